"""Stored bytes become the pixels that a view asks for, and bad bytes become a fault that names the picture."""

import hashlib
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from tests.samples.pictures import encoded
from vqa_eval.errors import PictureError
from vqa_eval.records import View
from vqa_eval.samples.pixels.limits import MAX_PIXELS
from vqa_eval.samples.pixels.preparing import open_picture, prepare

RAMP = encoded(Image.linear_gradient("L").resize((60, 40)).convert("RGB"))


MODES = [(mode, form) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") for form in ("PNG", "TIFF")]


@pytest.mark.parametrize(("mode", "form"), [*MODES, ("CMYK", "TIFF")])
def test_every_mode_becomes_rgb(mode: str, form: str) -> None:
    """Pictures of any usual mode become RGB of the same size."""
    picture = Image.linear_gradient("L").convert("I;16" if mode == "I;16" else mode)
    shown = open_picture(encoded(picture, form), View(), name=mode)
    assert (shown.mode, shown.size) == ("RGB", (256, 256))
    assert shown.getpixel((5, 250))[0] > shown.getpixel((5, 5))[0]


def test_deep_grey_is_spread_or_windowed() -> None:
    """A PNG of 16 bits is spread over what it holds, or shown through the view's window."""
    deep = Image.fromarray(np.array([[100, 300, 500]], "uint16"))
    spread, windowed = (open_picture(encoded(deep), View(window=window), name="deep") for window in (None, (100, 100)))
    assert [spread.getpixel((x, 0))[0] for x in range(3)] == [0, 128, 255]
    assert [windowed.getpixel((x, 0))[0] for x in range(3)] == [128, 255, 255]


def test_transparent_is_white() -> None:
    """What is transparent shows white, not the colour that happens to hide below."""
    assert open_picture(encoded(Image.new("RGBA", (2, 2), (9, 9, 9, 0))), View(), name="clear").getpixel((0, 0)) == (
        255,
        255,
        255,
    )


def test_crop_and_side() -> None:
    """The crop is cut in source pixels, and the side is the longer one, smaller or larger."""
    shown = open_picture(RAMP, View(crop=(10, 0, 30, 10)), name="crop")
    assert shown.size == (20, 10)
    assert Image.open(BytesIO(RAMP)).crop((10, 0, 30, 10)).tobytes() == shown.tobytes()
    assert open_picture(RAMP, View(side=30), name="small").size == (30, 20)
    assert open_picture(RAMP, View(crop=(10, 0, 30, 10), side=200), name="large").size == (200, 100)


@pytest.mark.parametrize("crop", [(-1, 0, 5, 5), (0, 0, 61, 5), (5, 5, 5, 9), (9, 9, 3, 12)])
def test_crop_outside_is_a_fault(crop: tuple[int, int, int, int]) -> None:
    """A crop that is empty or leaves the frame is a fault that names the picture and the frame's size."""
    with pytest.raises(PictureError, match=r"ramp: crop .* frame of 60 x 40"):
        open_picture(RAMP, View(crop=crop), name="ramp")


@pytest.mark.parametrize(("form", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_fitting_files_pass_through(form: str, media: str, mode: str) -> None:
    """A PNG or JPEG that fits is sent byte for byte, with the digest of its bytes."""
    data = encoded(Image.linear_gradient("L").convert(mode), form)
    sent = prepare(data, View(), name="as is", max_side=256)
    assert (data, media, 256, 256) == (sent.data, sent.media_type, sent.width, sent.height)
    assert hashlib.sha256(data).hexdigest() == sent.digest


def test_a_known_digest_is_that_of_stored_bytes() -> None:
    """A digest that is known is not counted again; what is rendered has other bytes and a digest of its own."""
    passed = prepare(RAMP, View(), name="as is", max_side=None, digest="known")
    assert (RAMP, "known") == (passed.data, passed.digest)
    rendered = prepare(RAMP, View(), name="small", max_side=30, digest="known")
    assert hashlib.sha256(rendered.data).hexdigest() == rendered.digest


def test_other_files_are_rendered_to_png() -> None:
    """Whatever is too large, viewed, of another mode or format is rendered to PNG, always to the same bytes."""
    too_large = prepare(RAMP, View(), name="large", max_side=30)
    assert (too_large.media_type, too_large.width, too_large.height) == ("image/png", 30, 20)
    assert (Image.open(BytesIO(too_large.data)).format, too_large) == (
        "PNG",
        prepare(RAMP, View(), name="again", max_side=30),
    )
    assert prepare(RAMP, View(crop=(0, 0, 9, 9)), name="crop", max_side=None).width == 9
    assert prepare(RAMP, View(side=600), name="enlarged", max_side=100).width == 100
    assert prepare(encoded(Image.new("RGBA", (4, 4))), View(), name="rgba", max_side=None).media_type == "image/png"
    assert prepare(encoded(Image.new("L", (4, 4)), "GIF"), View(), name="gif", max_side=None).data[:4] == b"\x89PNG"


def test_turned_photographs_are_set_upright() -> None:
    """A JPEG that is stored lying, with a note to turn it, is rendered upright rather than passed through."""
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = prepare(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif), View(), name="lying", max_side=None)
    assert (sent.media_type, sent.width, sent.height) == ("image/png", 20, 40)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("kept", [0, 3, 20, 0.6])
def test_truncated_files_are_faults(form: str, kept: float) -> None:
    """A file that is cut off anywhere is a fault that names the picture, both opened and prepared."""
    whole = encoded(Image.effect_noise((64, 64), 90).convert("RGB"), form)
    data = whole[: int(kept * len(whole)) if isinstance(kept, float) else kept]
    for attempt in (
        lambda: open_picture(data, View(), name="cut.img"),
        lambda: prepare(data, View(), name="cut.img", max_side=None),
    ):
        with pytest.raises(PictureError, match=r"cut\.img: cannot be decoded"):
            attempt()


def test_bytes_of_another_kind_are_faults() -> None:
    """Text and formats that start other programs are faults that say what was found."""
    for data in (b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b""):
        with pytest.raises(PictureError, match=r"odd: cannot be decoded"):
            open_picture(data, View(), name="odd")


def claimed(width: int, height: int) -> bytes:
    """Build a PNG of a few bytes that claims to be of any size."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (*parts, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.filterwarnings("ignore:Image size")
@pytest.mark.parametrize("side", [10_001, 60_000])
def test_too_many_pixels_are_refused_unseen(side: int) -> None:
    """A small file that claims more pixels than allowed is refused before it is unpacked."""
    assert side**2 > MAX_PIXELS
    for attempt in (
        lambda: open_picture(claimed(side, side), View(), name="bomb"),
        lambda: prepare(claimed(side, side), View(), name="bomb", max_side=None),
    ):
        with pytest.raises(PictureError, match=r"bomb: .*(pixels are more than|exceeds limit)"):
            attempt()


def test_enlargements_are_bounded() -> None:
    """A side that would make too many pixels is refused."""
    with pytest.raises(PictureError, match=r"wide: 60000 x 40000 pixels"):
        open_picture(RAMP, View(side=60_000), name="wide")
    with pytest.raises(PictureError, match=r"none: a longer side of 0"):
        open_picture(RAMP, View(side=0), name="none")


def test_volumes_are_sent_elsewhere() -> None:
    """A NIfTI file, compressed or not, is a fault that says how a task file names one."""
    for data in (b"\x1f\x8b\x08" + bytes(400), bytes(344) + b"n+1\0" + bytes(9), bytes(4) + b"n+2\0" + bytes(400)):
        with pytest.raises(PictureError, match="volume: cannot be decoded") as fault:
            open_picture(data, View(), name="volume")
        assert "image: {volume: COLUMN}" in fault.value.hint
