"""The header of an everyday JPEG is read as pillow reads it, and every other file is left to pillow."""

from io import BytesIO
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from vqa_eval.samples.pixels.jpeg import everyday_size
from vqa_eval.samples.pixels.limits import FORMATS

RAMP = Image.linear_gradient("L").resize((60, 40))


def jpeg(mode: str = "RGB", form: str = "JPEG", **options: Any) -> bytes:
    """Return a file that pillow writes."""
    file = BytesIO()
    RAMP.convert(mode).save(file, form, **options)
    return file.getvalue()


def turned() -> Image.Exif:
    """Return what a camera writes that was held upright."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


EVERYDAY = [
    jpeg(mode, progressive=progressive, **options)
    for mode in ("L", "RGB")
    for progressive in (False, True)
    for options in ({}, {"subsampling": 0}, {"dpi": (300, 300)}, {"comment": b"by hand"}, {"restart_marker_blocks": 4})
]

ODD = [
    jpeg("CMYK"),
    jpeg(exif=turned()),
    jpeg(icc_profile=b"a profile"),
    jpeg(form="PNG"),
    jpeg(form="MPO", save_all=True, append_images=[RAMP]),
    jpeg()[:300],
    b"",
    b"\xff\xd8\xff",
]


@pytest.mark.parametrize("data", EVERYDAY)
def test_everyday_files_are_known(data: bytes) -> None:
    """Grey or coloured, baseline or progressive: the size is found."""
    assert everyday_size(data) == (60, 40)


@pytest.mark.parametrize("data", ODD)
def test_odd_files_are_left_to_pillow(data: bytes) -> None:
    """Four colours, a camera's or a profile's words, several pictures, files that are cut off: no size is told."""
    assert everyday_size(data) is None


@given(
    data=st.sampled_from([*EVERYDAY, *ODD]),
    changes=st.lists(st.tuples(st.integers(0, 700), st.one_of(st.binary(max_size=3), st.integers(1, 80))), max_size=4),
)
@example(data=EVERYDAY[0], changes=[])
def test_pillow_says_the_same(data: bytes, changes: list[tuple[int, bytes | int]]) -> None:
    """Whatever bytes are written over, set in or left out: where a size is told, pillow opens such a file."""
    for at, change in changes:
        if isinstance(change, int):
            data = data[:at] + data[at + change :]
        elif change[:1] < b"\x80":
            data = data[:at] + change + data[at + len(change) :]
        else:
            data = data[:at] + change + data[at:]
    size = everyday_size(data)
    if size is None or size[0] * size[1] > 100_000_000:
        return
    with Image.open(BytesIO(data), formats=FORMATS) as opened:
        assert ("JPEG", size) == (opened.format, opened.size)
        assert opened.mode in {"L", "RGB"}
        assert opened.getexif().get(0x0112, 1) == 1
