"""A stored picture becomes the pixels that a question is about, and the file that is sent to a model.

A picture is one of the usual formats (PNG, JPEG, TIFF, BMP, GIF, WebP) or DICOM. A `View` says what of it is
shown: which frame, through which window, which crop, at what size and with what drawn on it.
"""

# pillow, numpy and pydicom are imported where they are used: a light start, and pydicom is optional.

import hashlib
from typing import TYPE_CHECKING

from vqa_eval.errors import PictureError
from vqa_eval.records import Picture, PictureSpec, View
from vqa_eval.samples.pixels.decoding import decode, decode_mask, open_header
from vqa_eval.samples.pixels.dicom import may_be_bare_dicom
from vqa_eval.samples.pixels.drawing import Excerpt, Region, draw_mark, draw_region
from vqa_eval.samples.pixels.jpeg import everyday_size
from vqa_eval.samples.pixels.limits import bound, by, is_dicom, refuse
from vqa_eval.samples.pixels.shaping import AS_STORED, Shaping

if TYPE_CHECKING:
    from PIL.Image import Image

_END = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}
_ORIENTATION = 0x0112


def open_picture(data: bytes, view: View, *, name: str, region: Region | None = None) -> "Image":
    """Show stored bytes as `view` wants them, as one RGB picture of 8 bits; `name` is for messages.

    Crop, mark and region are counted in pixels of the upright source frame. Transparent pixels are laid on white.
    """
    return _render(data, view, region, name, Shaping())


def prepare(
    data: bytes,
    view: View,
    *,
    name: str,
    max_side: int | None,
    spec: PictureSpec = AS_STORED,
    region: Region | None = None,
    digest: str = "",
) -> Picture:
    """Make the file that is sent: what fits already stays as it is, byte for byte; all else is rendered.

    `spec` is the benchmark's pipeline and `max_side` the model's limit; the smaller one holds. `digest` is the
    sha256 (hex) of the stored bytes where that is known.
    """
    shaping = Shaping(spec, max_side)
    if view == View() and region is None and (ready := _ready(data, name, shaping, digest)):
        return ready
    shown = _render(data, view, region, name, shaping)
    bound(shaping.sent_size(shown.size), name)
    sent = shaping.padded(shown)
    encoded, media_type = shaping.encoded(sent)
    return Picture(encoded, media_type, *sent.size, digest=_digest(encoded))


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _ready(data: bytes, name: str, shaping: Shaping, digest: str) -> Picture | None:
    """Return the picture as stored if nothing about it has to change; reads the header and the last bytes."""
    if is_dicom(data):
        return None
    if size := everyday_size(data):
        bound(size, name)
        fits = shaping.takes(size, "JPEG") and data.endswith(_END["JPEG"])
        return Picture(data, "image/jpeg", *size, digest=digest or _digest(data)) if fits else None
    try:
        header = open_header(data)
        jpeg_turned = header.format == "JPEG" and header.getexif().get(_ORIENTATION, 1) != 1
    except Exception as error:
        if may_be_bare_dicom(data):
            return None
        refuse(name, data, error)
    bound(header.size, name)
    if (
        header.format in _END
        and shaping.takes(header.size, header.format)
        and header.mode in {"RGB", "L"}
        and not header.info.keys() & ({"transparency", "exif"} if header.format == "PNG" else set())
        and not jpeg_turned
        # A file without its end is cut off: the renderer decodes it and says so.
        and data.endswith(_END[header.format])
    ):
        return Picture(data, f"image/{header.format.lower()}", *header.size, digest=digest or _digest(data))
    return None


def _render(data: bytes, view: View, region: Region | None, name: str, shaping: Shaping) -> "Image":
    from PIL.Image import Resampling

    frame = decode(data, view, name)
    left, top, right, bottom = view.crop or (0, 0, *frame.size)
    if not (0 <= left < right <= frame.width and 0 <= top < bottom <= frame.height):
        raise PictureError(f"{name}: crop {view.crop} does not lie in the frame of {by(frame.size)} pixels")
    shown = frame.crop((left, top, right, bottom))
    longest, side = max(shown.size), shaping.side(shown.size, view.side)
    if side < 1:
        raise PictureError(f"{name}: a longer side of {side} pixels shows nothing")
    if side != longest:
        size = (max(1, round(shown.width * side / longest)), max(1, round(shown.height * side / longest)))
        bound(size, name)
        shown = shown.resize(size, Resampling.LANCZOS)
    excerpt = Excerpt((left, top, right, bottom), shown.size)
    if region is not None:
        draw_region(shown, region.kind, decode_mask(region.mask, frame.size, region.name or name), excerpt, name)
    if view.mark is not None:
        draw_mark(shown, view.mark, excerpt, name)
    return shown
