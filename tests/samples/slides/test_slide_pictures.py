"""What is sent of a slide under each view: the same every time, small, and an error that names the file otherwise."""

import io
from pathlib import Path

import numpy as np
import pytest

from tests.samples.slide_fixtures import GLASS
from tests.slides import stain
from vqa_eval.errors import DataError, PictureError
from vqa_eval.records import Picture, PictureSpec, SlideView
from vqa_eval.samples.slides.slide import Slide
from vqa_eval.samples.slides.views import SlidePictures

pytest.importorskip("openslide", reason="slides need vqa-eval[slides]")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with one slide of 2400 x 1800 pixels at 20x, known as "one"."""
    stain(tmp_path / "slides", "one")
    return tmp_path / "slides"


def pixels(picture: Picture) -> np.ndarray:
    """Return what a picture shows."""
    from PIL import Image

    return np.asarray(Image.open(io.BytesIO(picture.data)))


def look(folder: Path, view: str, seed: int = 0) -> tuple[Picture, ...]:
    """Return what is sent of the slide "one"."""
    return SlidePictures(folder, seed).of("one", SlideView.named(view))


@pytest.mark.parametrize(
    ("view", "sizes"),
    [
        ("thumbnail", [(1024, 768)]),
        ("thumbnail:256", [(256, 192)]),
        ("patches:4", [(224, 224)] * 4),
        ("montage:2x3", [(3 * 228 - 4, 2 * 228 - 4)]),
        ("region:100,200,400,300", [(400, 300)]),
        ("region:100,200,400,300@5", [(100, 75)]),
    ],
)
def test_every_view_has_its_size(folder: Path, view: str, sizes: list[tuple[int, int]]) -> None:
    """A thumbnail fits its box, patches are 224 pixels, a region is as large as its magnification makes it."""
    pictures = look(folder, view)
    assert sizes == [(picture.width, picture.height) for picture in pictures]
    assert sizes == [pixels(picture).shape[1::-1] for picture in pictures]


def test_patches_show_tissue_and_differ(folder: Path) -> None:
    """Every patch is tissue for a half, and a montage shows the same patches row by row."""
    patches = look(folder, "patches:4")
    assert all((pixels(patch) != GLASS).any(axis=2).mean() >= 0.5 for patch in patches)
    montage = pixels(*look(folder, "montage:2x2"))
    places = [montage[top : top + 224, left : left + 224] for top in (0, 228) for left in (0, 228)]
    assert all((pixels(patch) == place).all() for patch, place in zip(patches, places, strict=True))


def test_the_seed_decides_what_is_drawn(folder: Path) -> None:
    """The same seed gives the same bytes in another process's object, another seed other places."""
    assert look(folder, "patches:4", 3) == look(folder, "patches:4", 3)
    with Slide(folder / "one.svs") as slide:
        drawn = [[cutout.region for cutout in slide.patches(4, seed=seed).cutouts] for seed in (3, 4)]
    assert drawn[0] != drawn[1]


def test_the_pipeline_and_the_model_bound_what_is_sent(folder: Path) -> None:
    """The smaller of both limits holds, and the format is the pipeline's."""
    slides = SlidePictures(folder)
    (picture,) = slides.of("one", SlideView(), PictureSpec(max_side=512, format="jpeg"), 300)
    assert ((300, 225), "image/jpeg") == ((picture.width, picture.height), picture.media_type)


def test_a_slide_is_opened_once_while_its_questions_come(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Thirty questions on one slide read it once; it is closed again; another slide in between reads it anew."""
    import vqa_eval.samples.slides.slide as module

    opened: list[str] = []

    class Watched(Slide):
        def __init__(self, path: Path) -> None:
            opened.append(path.stem)
            super().__init__(path)

        def close(self) -> None:
            opened.append("closed")
            super().close()

    monkeypatch.setattr(module, "Slide", Watched)
    stain(folder, "two")
    slides = SlidePictures(folder)
    first = [slides.of("one", SlideView.named("patches:3")) for _ in range(30)]
    assert (["one", "closed"], 1) == (opened, len({pictures[0].digest for pictures in first}))
    slides.of("two", SlideView.named("patches:3"))
    assert first[0] == slides.of("one", SlideView.named("patches:3"))
    assert ["one", "closed", "two", "closed", "one", "closed"] == opened


def test_a_slide_that_is_not_there_is_said_to_be_missing(folder: Path) -> None:
    """The error names slide and folder; that it is there, or not, is known without opening it."""
    slides = SlidePictures(folder)
    with pytest.raises(PictureError, match=r"slide two is not in .*slides"):
        slides.of("two", SlideView())
    assert (True, False) == (slides.has("one", SlideView()), slides.has("two", SlideView()))
    assert not slides.has("one", SlideView.named("features"))
    with pytest.raises(PictureError, match=r"one\.csv is not in"):
        slides.of("one", SlideView.named("features"))


def test_two_files_of_one_slide_are_none(folder: Path) -> None:
    """Which of two is meant is not guessed: the slide counts as not at hand."""
    stain(folder / "again", "one")
    slides = SlidePictures(folder)
    assert not slides.has("one", SlideView())
    with pytest.raises(PictureError, match="there 2 times"):
        slides.of("one", SlideView())


@pytest.mark.parametrize("share", [0.001, 0.3, 0.9])
@pytest.mark.parametrize("view", ["thumbnail", "patches:30"])
def test_a_slide_that_is_cut_off_is_named(folder: Path, share: float, view: str) -> None:
    """However much is left of a slide, looking at it ends in an error with the file's name, every time it is asked."""
    path = folder / "one.svs"
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    slides = SlidePictures(folder)
    for _ in range(2):
        with pytest.raises(PictureError, match=r"one\.svs"):
            slides.of("one", SlideView.named(view))


def test_a_slide_without_tissue_has_no_patches(folder: Path) -> None:
    """Glass alone can be looked at from afar; there is nothing to draw from, and the error says so."""
    stain(folder, "empty", ellipses=())
    slides = SlidePictures(folder)
    assert 1 == len(slides.of("empty", SlideView()))
    with pytest.raises(PictureError, match=r"empty\.svs: no patch .* is tissue"):
        slides.of("empty", SlideView.named("patches:30"))


def test_a_folder_that_is_none_is_an_error_at_once(tmp_path: Path) -> None:
    """A mistyped folder costs nobody a run."""
    with pytest.raises(DataError, match="no such folder"):
        SlidePictures(tmp_path / "nowhere")
