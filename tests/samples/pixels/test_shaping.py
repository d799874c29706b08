"""A benchmark's image pipeline: limits, squares and formats, and what passes through untouched."""

import hashlib
from io import BytesIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.samples.pictures import encoded
from vqa_eval.records import Mark, Picture, PictureSpec, View
from vqa_eval.samples.pixels.preparing import prepare
from vqa_eval.samples.pixels.shaping import Shaping, describe

RAMP = Image.linear_gradient("L").resize((60, 40)).convert("RGB")


def sent(picture: Image.Image, spec: PictureSpec, max_side: int | None = None, form: str = "PNG") -> Picture:
    """Return what is sent of a picture that is stored in a format."""
    return prepare(encoded(picture, form), View(), name="ramp", max_side=max_side, spec=spec)


def opened(picture: Picture) -> Image.Image:
    """Return the pixels that are sent."""
    return Image.open(BytesIO(picture.data)).convert("RGB")


@pytest.mark.parametrize(
    ("spec", "model", "size"),
    [
        (PictureSpec(), None, (60, 40)),
        (PictureSpec(), 30, (30, 20)),
        (PictureSpec(max_side=30), None, (30, 20)),
        (PictureSpec(max_side=30), 15, (15, 10)),
        (PictureSpec(max_side=15), 30, (15, 10)),
        (PictureSpec(max_side=600), None, (60, 40)),
        (PictureSpec(max_pixels=600), None, (30, 20)),
        (PictureSpec(max_pixels=599), None, (29, 19)),
        (PictureSpec(max_pixels=2400), None, (60, 40)),
        (PictureSpec(max_pixels=600, max_side=15), None, (15, 10)),
        (PictureSpec(square=True), None, (60, 60)),
        (PictureSpec(square=True), 30, (30, 30)),
        (PictureSpec(square=True, max_side=30), None, (30, 30)),
        (PictureSpec(square=True, max_side=30), 12, (12, 12)),
        (PictureSpec(square=True, max_side=80), None, (80, 80)),
        (PictureSpec(square=True, max_pixels=900), None, (30, 30)),
        (PictureSpec(square=True, max_side=80, max_pixels=900), None, (30, 30)),
    ],
)
def test_the_smallest_limit_holds(spec: PictureSpec, model: int | None, size: tuple[int, int]) -> None:
    """Pictures are scaled down to the benchmark's and the model's limits, never up, and keep their shape."""
    picture = sent(RAMP, spec, model)
    assert size == (picture.width, picture.height) == opened(picture).size


@example(size=(3, 17), pixels=8, side=None, square=False)
@settings(max_examples=500, deadline=None)
@given(
    size=st.tuples(st.integers(1, 400), st.integers(1, 400)),
    pixels=st.integers(1, 200_000),
    side=st.none() | st.integers(1, 500),
    square=st.booleans(),
)
def test_no_limit_is_exceeded(size: tuple[int, int], pixels: int, side: int | None, square: bool) -> None:
    """What is sent has no more pixels and no longer side than allowed, and is not needlessly small."""
    spec = PictureSpec(max_side=side, max_pixels=pixels, square=square)
    longer = Shaping(spec).side(size)
    shown = tuple(max(1, round(length * longer / max(size))) for length in size)
    width, height = Shaping(spec).sent_size((shown[0], shown[1]))
    assert longer >= 1
    assert width * height <= pixels
    assert side is None or max(width, height) <= side
    assert not square or width == height
    if longer < max(size) and longer != side and not square:
        more = [max(1, round(length * (longer + 1) / max(size))) for length in size]
        assert more[0] * more[1] > pixels


def test_a_square_is_black_around_the_picture() -> None:
    """A square shows the whole picture in its middle, undistorted, and black where it has nothing."""
    pixels = opened(sent(Image.new("RGB", (60, 40), "white"), PictureSpec(square=True, max_side=30)))
    bright = [(x, y) for x in range(30) for y in range(30) if pixels.getpixel((x, y)) == (255, 255, 255)]
    assert (0, 5, 29, 24) == (*min(bright), *max(bright))
    assert 600 == len(bright)
    assert 900 - 600 == sum(pixels.getpixel((x, y)) == (0, 0, 0) for x in range(30) for y in range(30))


def test_a_region_is_drawn_before_the_square() -> None:
    """A mark counts in pixels of the file, whatever is added around the picture."""
    view = View(mark=Mark("box", ((10, 10), (50, 30))))
    spec = PictureSpec(square=True)
    picture = prepare(encoded(Image.new("RGB", (60, 40))), view, name="marked", max_side=None, spec=spec)
    red = [(x, y) for x in range(60) for y in range(60) if opened(picture).getpixel((x, y)) == (255, 0, 0)]
    assert (10, 20) == min(red)
    assert (50, 40) == max(red)


@pytest.mark.parametrize(
    ("form", "spec"),
    [
        ("PNG", PictureSpec(format="png")),
        ("JPEG", PictureSpec(format="jpeg")),
        ("JPEG", PictureSpec(max_side=60, max_pixels=2400)),
        ("PNG", PictureSpec(slide="thumbnail:512")),
    ],
)
def test_what_fits_passes_through(form: str, spec: PictureSpec) -> None:
    """A file that is all that the pipeline asks for is sent byte for byte."""
    data = encoded(RAMP, form)
    picture = sent(RAMP, spec, form=form)
    assert (data, hashlib.sha256(data).hexdigest()) == (picture.data, picture.digest)


def test_a_square_file_of_the_right_size_passes_through() -> None:
    """A picture that is the benchmark's square already is sent byte for byte; a smaller one is not."""
    whole, small = Image.new("RGB", (30, 30), "red"), Image.new("RGB", (20, 20), "red")
    spec = PictureSpec(square=True, max_side=30)
    assert encoded(whole) == sent(whole, spec).data
    assert (30, 30) == opened(sent(small, spec)).size


@pytest.mark.parametrize(
    ("spec", "form", "media"),
    [
        ("jpeg", "PNG", "jpeg"),
        ("png", "JPEG", "png"),
        ("png", "GIF", "png"),
        ("", "GIF", "png"),
    ],
)
def test_formats(spec: str, form: str, media: str) -> None:
    """What is of another format than the pipeline's becomes one of it, always the same bytes."""
    picture = sent(RAMP, PictureSpec(format=spec), form=form)  # type: ignore[arg-type]  # a literal by hand
    assert f"image/{media}" == picture.media_type == f"image/{(Image.open(BytesIO(picture.data)).format or '').lower()}"
    assert picture == sent(RAMP, PictureSpec(format=spec), form=form)  # type: ignore[arg-type]


def test_a_jpeg_keeps_its_colours() -> None:
    """A JPEG that is made here is of a named quality and of full colour resolution, and carries no notes."""
    picture = sent(RAMP, PictureSpec(format="jpeg"))
    header = Image.open(BytesIO(picture.data))
    header.load()
    assert [(1, 1, 0), (2, 1, 1), (3, 1, 1)] == [(number, h, q) for number, h, _, q in header.layer]
    assert max(abs(a - b) for a, b in zip(RAMP.tobytes(), header.tobytes(), strict=True)) <= 4
    assert not header.getexif()


def test_another_pipeline_is_another_picture() -> None:
    """Requests are known by the pixels that are sent, so that no two pipelines share a digest."""
    specs = [PictureSpec(), PictureSpec(max_side=30), PictureSpec(max_pixels=700), PictureSpec(square=True)]
    specs += [PictureSpec(format="jpeg"), PictureSpec(max_side=30, square=True)]
    assert len(specs) == len({sent(RAMP, spec).digest for spec in specs})


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        (PictureSpec(), "as stored"),
        (PictureSpec(max_side=224, square=True), "longer side at most 224; black to a square of 224"),
        (PictureSpec(max_pixels=1_000_000, format="png"), "at most 1000000 pixels; PNG"),
        (PictureSpec(square=True, format="jpeg"), "black to a square; JPEG of quality 95"),
        (PictureSpec(slide="thumbnail:1024"), "slides as thumbnail:1024"),
    ],
)
def test_a_pipeline_in_words(spec: PictureSpec, words: str) -> None:
    """The words of a signature name every limit."""
    assert words == describe(spec)
