"""Regions are drawn where they lie, in red, from points and from mask pictures, whatever the crop and the scale."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.samples.pictures import dicom, encoded
from vqa_eval.errors import PictureError
from vqa_eval.records import Mark, View
from vqa_eval.samples.pixels.drawing import MASK_ALPHA, RED, Excerpt, Region, line_width
from vqa_eval.samples.pixels.preparing import open_picture, prepare

Kind = Literal["box", "contour", "mask"]
KINDS: tuple[Kind, ...] = ("box", "contour", "mask")
GREY = (90, 90, 90)
PLAIN = encoded(Image.new("RGB", (100, 100), GREY))
SQUARE = ((40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0))


def disc(size: tuple[int, int], centre: tuple[float, float], radius: float, hole: float = 0) -> Any:
    """Return a disc, or a ring around a hole, as an array of 0 and 255."""
    y, x = np.mgrid[: size[1], : size[0]]
    distance = np.hypot(x - centre[0], y - centre[1])
    return ((distance <= radius) & (distance >= hole)).astype("uint8") * 255


def as_mask(array: Any) -> bytes:
    """Encode a mask picture."""
    return encoded(Image.fromarray(array))


def drawn(kind: Kind, mask: Any, view: View | None = None, picture: bytes = PLAIN) -> Any:
    """Return the pixels of a picture with a region."""
    return np.asarray(open_picture(picture, view or View(), name="grey", region=Region(kind, as_mask(mask))))


def reddened(shown: Any) -> Any:
    """Return which pixels of a grey picture are redder than they were."""
    return shown[..., 0] > shown[..., 1]


def test_box_is_a_red_rectangle() -> None:
    """A box is red on its border and leaves its inside as it was; corners may come in any order."""
    shown = open_picture(PLAIN, View(mark=Mark("box", ((60, 60), (40, 40)))), name="box")
    assert RED == shown.getpixel((40, 50)) == shown.getpixel((50, 60))
    assert GREY == shown.getpixel((50, 50)) == shown.getpixel((30, 50))


def test_contour_is_a_closed_red_line() -> None:
    """A contour is red along every edge, the closing one too, and leaves its inside as it was."""
    shown = open_picture(PLAIN, View(mark=Mark("contour", SQUARE)), name="contour")
    assert RED == shown.getpixel((50, 40)) == shown.getpixel((40, 50)) == shown.getpixel((60, 50))
    assert GREY == shown.getpixel((50, 50))


def test_mask_is_translucent() -> None:
    """A mask covers what lies below with 40 % of red, so that it can be seen through."""
    assert MASK_ALPHA == 0.4
    shown = open_picture(PLAIN, View(mark=Mark("mask", SQUARE)), name="mask")
    assert (156, 54, 54) == shown.getpixel((50, 50))
    assert (156, 54, 54) == tuple(drawn("mask", disc((100, 100), (50, 50), 20))[50, 50])


def test_marks_follow_crop_and_side() -> None:
    """A mark's points are source pixels: after a crop and an enlargement they lie right, lines thin."""
    view = View(crop=(30, 30, 70, 70), side=400, mark=Mark("box", ((40, 40), (60, 60))))
    shown = open_picture(PLAIN, view, name="box")
    assert RED == shown.getpixel((100, 200)) == shown.getpixel((200, 300))
    assert GREY == shown.getpixel((105, 200)) == shown.getpixel((200, 200))


@pytest.mark.parametrize(
    "mark",
    [
        Mark("box", SQUARE),
        Mark("contour", SQUARE[:2]),
        Mark("mask", ((1, 1), (2, float("nan")), (3, 3))),
        Mark("box", ((200, 200), (300, 300))),
    ],
)
def test_marks_that_cannot_be_seen_are_faults(mark: Mark) -> None:
    """A mark with too few or too many points, no number, or no part in the picture is a fault."""
    with pytest.raises(PictureError, match=r"grey: "):
        open_picture(PLAIN, View(mark=mark), name="grey")


@pytest.mark.parametrize(("size", "width"), [((10, 10), 2), ((400, 300), 2), ((300, 1000), 5), ((4000, 10), 20)])
def test_lines_are_as_wide_as_the_picture_is_large(size: tuple[int, int], width: int) -> None:
    """A line is a two-hundredth of the longer side wide, and never less than 2 pixels."""
    assert width == line_width(size)


def test_mask_from_a_picture_covers_exactly_its_pixels() -> None:
    """At the source's size a mask reddens the pixels of its picture and no other, holes left out."""
    ring = disc((100, 100), (45, 52), 30, hole=11)
    assert np.array_equal(ring > 0, reddened(drawn("mask", ring)))


def test_contour_from_a_picture_follows_its_edge() -> None:
    """A contour is a closed line as wide as lines are, half inside and half outside, around holes too."""
    picture = encoded(Image.new("RGB", (800, 800), GREY))
    shown = drawn("contour", disc((800, 800), (400, 400), 300, hole=100), picture=picture)
    row = reddened(shown)[400]
    edges = np.flatnonzero(np.diff(row.astype(int)))
    assert [4, 4, 4, 4] == np.diff(edges)[::2].tolist()
    for edge, place in zip(edges[::2], (99.5, 299.5, 499.5, 699.5), strict=True):
        assert abs(edge + 0.5 + 2 - place) <= 1
    assert {GREY, RED} == set(map(tuple, shown.reshape(-1, 3).tolist()))


def test_a_contour_is_equally_wide_in_every_direction() -> None:
    """Around a disc the line takes up its length times its width, within 8 %."""
    picture = encoded(Image.new("RGB", (1000, 1000), GREY))
    line = reddened(drawn("contour", disc((1000, 1000), (500, 500), 300), picture=picture))
    assert line.sum() == pytest.approx(2 * np.pi * 300 * 5, rel=0.08)


def test_a_contour_is_the_same_measured_in_strips(monkeypatch: pytest.MonkeyPatch) -> None:
    """Measuring distances strip by strip, to bound memory, changes no pixel."""
    mask = disc((100, 100), (50, 50), 40, hole=20)
    whole = drawn("contour", mask)
    monkeypatch.setattr("vqa_eval.samples.pixels.drawing._STRIP", 700)
    assert np.array_equal(whole, drawn("contour", mask))


def test_box_from_a_picture_lies_around_the_region() -> None:
    """A box leaves the region itself free and touches it on all four sides."""
    mask = disc((100, 100), (50, 40), 12)
    line = reddened(drawn("box", mask))
    rows, columns = (np.flatnonzero(line.any(axis)) for axis in (1, 0))
    assert (26, 54, 36, 64) == (rows[0], rows[-1], columns[0], columns[-1])
    assert not line[28:53, 38:63].any()
    assert line[26:28, 36:65].all()
    assert line[26:55, 63:65].all()


@pytest.mark.parametrize("kind", ["box", "contour"])
def test_a_region_that_fills_the_frame_has_its_line_inside(kind: Kind) -> None:
    """Where a region reaches the edge of the frame its line lies on that edge rather than beyond."""
    line = reddened(drawn(kind, np.full((100, 100), 255, "uint8")))
    assert line[0].all()
    assert line[:, -1].all()
    assert not line[4:-4, 4:-4].any()


@pytest.mark.parametrize("kind", KINDS)
def test_a_region_too_small_for_the_scale_is_still_shown(kind: Kind) -> None:
    """A single pixel of a picture that is reduced tenfold is marked all the same, within a pixel of its place."""
    mask = np.zeros((100, 100), "uint8")
    mask[33, 71] = 255
    rows, columns = np.nonzero(reddened(drawn(kind, mask, View(side=10))))
    assert abs(rows.mean() + 0.5 - 3.35) <= 1
    assert abs(columns.mean() + 0.5 - 7.15) <= 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_region_outside_of_the_crop_is_a_fault(kind: Kind) -> None:
    """A region of which nothing is shown is a fault; so are a box and a contour that run around all that is shown."""
    for crop in ((0, 0, 20, 20), (45, 45, 55, 55)):
        if kind == "mask" and crop[0]:
            continue
        with pytest.raises(PictureError, match=rf"grey: the {kind} lies outside of what is shown"):
            drawn(kind, disc((100, 100), (50, 50), 25), View(crop=crop))


def test_masks_of_every_kind() -> None:
    """Masks of one bit, of grey, of labels with a palette, of deep labels, of colour, and of DICOM mean the same."""
    array = disc((100, 100), (50, 50), 20)
    inside = array > 0
    palette = Image.fromarray(inside.astype("uint8") * 3).convert("P")
    palette.putpalette([0] * 768)
    coloured = np.zeros((100, 100, 3), "uint8")
    coloured[inside] = (0, 0, 200)
    masks = [
        encoded(Image.fromarray(array).convert("1")),
        encoded(Image.fromarray(inside.astype("uint8"))),
        encoded(palette),
        encoded(Image.fromarray(inside.astype("uint16") * 700)),
        encoded(Image.fromarray(coloured)),
        encoded(Image.fromarray(array), "TIFF"),
        dicom(inside.astype("uint8")),
    ]
    expected = drawn("mask", array)
    for mask in masks:
        shown = np.asarray(open_picture(PLAIN, View(), name="grey", region=Region("mask", mask)))
        assert np.array_equal(expected, shown)


@pytest.mark.parametrize(
    ("mask", "said"),
    [
        (as_mask(np.full((50, 100), 255, "uint8")), r"the mask is of 100 x 50 pixels, its picture of 100 x 100"),
        (as_mask(np.zeros((100, 100), "uint8")), r"the mask is empty"),
        (encoded(Image.fromarray(disc((100, 100), (50, 50), 20)), "JPEG"), r"a mask has no sharp edge in a JPEG"),
        (b"none", r"cannot be decoded"),
    ],
)
def test_masks_that_mark_nothing_are_faults(mask: bytes, said: str) -> None:
    """A mask of another size, without a region, blurred by JPEG or no picture at all is a fault that says so."""
    with pytest.raises(PictureError, match=rf"grey: {said}"):
        open_picture(PLAIN, View(), name="grey", region=Region("mask", mask))


def test_a_region_is_part_of_the_digest() -> None:
    """A picture with a region is another picture than without, and always the same one."""
    regions = [None, *(Region(kind, as_mask(disc((100, 100), (50, 50), 20))) for kind in KINDS)]
    first, again = (
        [prepare(PLAIN, View(), name="grey", max_side=None, region=region).digest for region in regions]
        for _ in range(2)
    )
    assert len(set(first)) == 4
    assert first == again


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    place=st.tuples(st.integers(40, 60), st.integers(40, 60)),
    radius=st.integers(4, 14),
    crop=st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(80, 100), st.integers(80, 100)),
    side=st.integers(60, 500),
)
def test_crop_and_scale_keep_regions_in_place(
    kind: Kind, place: tuple[int, int], radius: int, crop: tuple[int, int, int, int], side: int
) -> None:
    """After any crop and scale the middle of what is red lies within a pixel of the region's middle."""
    shown = reddened(drawn(kind, disc((100, 100), place, radius), View(crop=crop, side=side)))
    for axis, (found, true) in enumerate(zip(np.nonzero(shown), reversed(place), strict=True)):
        scale = shown.shape[axis] / (crop[3 - axis] - crop[1 - axis])
        middle = (found.min() + found.max() + 1) / 2
        expected = (true + 0.5 - crop[1 - axis]) * scale
        assert abs(middle - expected) <= max(1.0, scale)


@settings(max_examples=60, deadline=None)
@given(
    kind=st.sampled_from(KINDS),
    corners=st.tuples(*[st.integers(25, 75)] * 4).filter(lambda c: abs(c[0] - c[2]) > 4 and abs(c[1] - c[3]) > 4),
    crop=st.tuples(st.integers(0, 20), st.integers(0, 20), st.integers(80, 100), st.integers(80, 100)),
    side=st.integers(60, 500),
)
def test_crop_and_scale_keep_marks_in_place(
    kind: Kind, corners: Sequence[int], crop: tuple[int, int, int, int], side: int
) -> None:
    """After any crop and scale each side of a mark lies within a source pixel, or a line's width, of its place."""
    x0, y0, x1, y1 = corners
    points = ((x0, y0), (x1, y1)) if kind == "box" else ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    shown = reddened(np.asarray(open_picture(PLAIN, View(crop=crop, side=side, mark=Mark(kind, points)), name="grey")))
    excerpt = Excerpt(crop, (shown.shape[1], shown.shape[0]))
    slack = max(1.0, *excerpt.scale) + line_width(excerpt.size) / 2
    for axis, (low, high) in enumerate((sorted((x0, x1)), sorted((y0, y1)))):
        found = np.nonzero(shown)[1 - axis]
        assert abs(found.min() - (low - crop[axis]) * excerpt.scale[axis]) <= slack
        assert abs(found.max() - (high - crop[axis]) * excerpt.scale[axis]) <= slack


def organs(shared_data: Path) -> list[tuple[Path, Path]]:
    """Return the real slices with the masks of their organs."""
    folder = shared_data / "sam_med2d_demo/data_demo"
    return [
        (picture, mask)
        for picture in sorted((folder / "images").glob("*.png"))
        for mask in sorted((folder / "masks").glob(f"{picture.stem}_*.png"))
    ]


def test_real_organs_are_marked(shared_data: Path) -> None:
    """On every real slice each organ's box, contour and mask lie where its mask picture says."""
    pairs = organs(shared_data)
    assert len(pairs) == 30
    for picture, mask in pairs:
        data, region = picture.read_bytes(), mask.read_bytes()
        inside = np.asarray(Image.open(mask)) > 0
        plain = np.asarray(open_picture(data, View(), name=picture.stem)).astype(int)
        shown = {
            kind: np.asarray(open_picture(data, View(), name=mask.stem, region=Region(kind, region))).astype(int)
            for kind in KINDS
        }
        assert np.array_equal(inside, (shown["mask"] != plain).any(-1))
        assert np.abs(plain[inside] * 0.6 + np.array(RED) * 0.4 - shown["mask"][inside]).max() <= 1
        line = (shown["contour"] == RED).all(-1)
        edge = inside & ~(
            np.roll(inside, 1, 0) & np.roll(inside, -1, 0) & np.roll(inside, 1, 1) & np.roll(inside, -1, 1)
        )
        assert line[edge].all()
        assert np.array_equal(plain[~line], shown["contour"][~line])
        left, top, right, bottom = Image.open(mask).getbbox() or (0, 0, 0, 0)
        box = (shown["box"] == RED).all(-1)
        assert not box[top + 2 : bottom - 2, left + 2 : right - 2].any()
        assert box[max(top - 1, 0), left:right].all()
        assert box[top:bottom, max(left - 1, 0)].all()


def test_real_regions_have_their_golden_digests(shared_data: Path) -> None:
    """The pixels of three marks, looked at once and found right, stay as they are."""
    folder = shared_data / "sam_med2d_demo/data_demo"
    data = (folder / "images/amos_0006_90.png").read_bytes()
    mask = (folder / "masks/amos_0006_90_spleen_000.png").read_bytes()
    golden = {"box": "22ecd0815362c199", "contour": "f4cfe3582c6df529", "mask": "d587003d24e742fd"}
    for kind in KINDS:
        shown = open_picture(data, View(), name=kind, region=Region(kind, mask))
        assert golden[kind] == hashlib.sha256(shown.tobytes()).hexdigest()[:16]
