"""A slide view has one name, which says everything about it; what is none is said to be none."""

import pytest

from vqa_eval.records import SLIDE_VIEWS, SlideView


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("thumbnail", "thumbnail:1024"),
        ("patches", "patches:30"),
        ("montage", "montage:5x6"),
        ("features", "features:38400"),
        ("thumbnail:0512", "thumbnail:512"),
        ("montage:1x12", "montage:1x12"),
        ("region:10,20,300,400", "region:10,20,300,400"),
        ("region:0,0,512,512@10.0", "region:0,0,512,512@10"),
        ("region:0,0,512,512@2.5", "region:0,0,512,512@2.5"),
        (" patches:7 ", "patches:7"),
    ],
)
def test_every_view_is_read_back_from_its_name(written: str, name: str) -> None:
    """Whatever is left out stands in the name, and the name means the same view."""
    view = SlideView.named(written)
    assert name == view.name
    assert view == SlideView.named(name)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("", "no slide view ''"),
        ("Thumbnail", "no slide view 'Thumbnail'"),
        ("thumbnail:", "is not written as thumbnail:SIDE"),
        ("thumbnail:0", "each size is from 1 to 10,000"),
        ("patches:1001", "each size is from 1 to 1,000"),
        ("patches:-1", "is not written as patches:COUNT"),
        ("patches:٣", "is not written as patches:COUNT"),
        ("montage:5", "is not written as montage:ROWSxCOLUMNS"),
        ("montage:0x4", "each size is from 1 to 40"),
        ("region", "is not written as region:X,Y,WIDTH,HEIGHT"),
        ("region:0,0,0,5", "each size is from 1 to 999,999,999"),
        ("region:0,0,5,5@0", "a magnification of 0 shows nothing"),
        ("features:100001", "each size is from 1 to 100,000"),
    ],
)
def test_what_is_no_view_is_named(written: str, said: str) -> None:
    """The error names what was written and what can be."""
    with pytest.raises(ValueError, match="slide view") as caught:
        SlideView.named(written)
    assert said in str(caught.value)


def test_the_list_of_views_is_true() -> None:
    """Every view in the text for people is a view, and only that of a region needs numbers."""
    listed = SLIDE_VIEWS.replace("X,Y,WIDTH,HEIGHT", "0,0,1,1").split(", ")
    assert ["thumbnail", "patches", "montage", "region", "features"] == [SlideView.named(one).kind for one in listed]


def test_only_patches_are_asked_one_by_one() -> None:
    """A slide is one request but in patches; chance decides over patches and montages alone."""
    kinds = ("thumbnail", "patches", "montage", "region:0,0,1,1", "features")
    views = [SlideView.named(kind) for kind in kinds]
    assert [0, 30, 0, 0, 0] == [view.patches for view in views]
    assert [False, True, True, False, False] == [view.drawn for view in views]
