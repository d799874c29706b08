"""A stored picture becomes the pixels that a question is about, and the file that is sent to a model.

A picture is one of the usual formats (PNG, JPEG, TIFF, BMP, GIF, WebP) or DICOM. A `View` says what of it is
shown: which frame, through which window, which crop, at what size and with what drawn on it.
"""

# pillow, numpy and pydicom are imported where they are used: a light start, and the latter two are optional.

import hashlib
import math
from io import BytesIO
from typing import TYPE_CHECKING

from vqa_eval.errors import PictureError
from vqa_eval.records import Mark, Picture, View
from vqa_eval.samples.decoding import decode, open_header
from vqa_eval.samples.dicom import may_be_bare_dicom
from vqa_eval.samples.limits import bound, by, is_dicom, refuse

if TYPE_CHECKING:
    from PIL.Image import Image

_END = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}
_ORIENTATION = 0x0112
_RED = (255, 0, 0)
_MASK_ALPHA = 0.4
"""How much of a mask's red covers what lies below: enough to see it, little enough to see through it."""


def open_picture(data: bytes, view: View, *, name: str) -> "Image":
    """Show stored bytes as `view` wants them, as one RGB picture of 8 bits; `name` is for messages.

    Crop and mark are counted in pixels of the upright source frame. Transparent pixels are laid on white.
    """
    return _render(data, view, name, max_side=None)


def prepare(data: bytes, view: View, *, name: str, max_side: int | None) -> Picture:
    """Make the file that is sent: a PNG or JPEG that already fits stays as it is, all else becomes a PNG."""
    if view == View() and (ready := _ready(data, name, max_side)):
        return ready
    shown = _render(data, view, name, max_side=max_side)
    file = BytesIO()
    shown.save(file, format="PNG")
    return _picture(file.getvalue(), "image/png", shown.size)


def _picture(data: bytes, media_type: str, size: tuple[int, int]) -> Picture:
    return Picture(data, media_type, *size, digest=hashlib.sha256(data).hexdigest())


def _ready(data: bytes, name: str, max_side: int | None) -> Picture | None:
    """Return the picture as stored if nothing about it has to change; reads the header and the last bytes."""
    if is_dicom(data):
        return None
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
        and header.mode in {"RGB", "L"}
        and not header.info.keys() & ({"transparency", "exif"} if header.format == "PNG" else set())
        and not jpeg_turned
        and (max_side is None or max(header.size) <= max_side)
        # A file without its end is cut off: the renderer decodes it and says so.
        and data.endswith(_END[header.format])
    ):
        return _picture(data, f"image/{header.format.lower()}", header.size)
    return None


def _render(data: bytes, view: View, name: str, max_side: int | None) -> "Image":
    from PIL.Image import Resampling

    frame = decode(data, view, name)
    left, top, right, bottom = view.crop or (0, 0, *frame.size)
    if not (0 <= left < right <= frame.width and 0 <= top < bottom <= frame.height):
        raise PictureError(f"{name}: crop {view.crop} does not lie in the frame of {by(frame.size)} pixels")
    shown = frame.crop((left, top, right, bottom))
    longest = max(shown.size)
    side = longest if view.side is None else view.side
    side = side if max_side is None else min(side, max_side)
    if side < 1:
        raise PictureError(f"{name}: a longer side of {side} pixels shows nothing")
    if side != longest:
        size = (max(1, round(shown.width * side / longest)), max(1, round(shown.height * side / longest)))
        bound(size, name)
        shown = shown.resize(size, Resampling.LANCZOS)
    if view.mark is None:
        return shown
    # Drawn last, so that lines stay crisp and equally wide whatever the picture was enlarged by.
    x_scale, y_scale = shown.width / (right - left), shown.height / (bottom - top)
    points = [((x - left) * x_scale, (y - top) * y_scale) for x, y in view.mark.points]
    return _draw(shown, view.mark, points, name)


def _draw(shown: "Image", mark: Mark, points: list[tuple[float, float]], name: str) -> "Image":
    """Draw a region as GMAI-MMBench does: a red box, a red outline, or a translucent red area."""
    from PIL import Image, ImageDraw

    enough = len(points) == 2 if mark.kind == "box" else len(points) >= 3
    if not enough or not all(math.isfinite(number) for point in points for number in point):
        raise PictureError(f"{name}: a {mark.kind} cannot be drawn with the points {mark.points}")
    xs, ys = zip(*points, strict=True)
    if max(xs) <= 0 or max(ys) <= 0 or min(xs) >= shown.width or min(ys) >= shown.height:
        raise PictureError(f"{name}: the {mark.kind} lies outside of what is shown ({by(shown.size)} pixels)")
    width = max(2, round(max(shown.size) / 200))
    if mark.kind == "mask":
        area = Image.new("L", shown.size)
        ImageDraw.Draw(area).polygon(points, fill=round(255 * _MASK_ALPHA))
        shown.paste(_RED, (0, 0), area)
    elif mark.kind == "contour":
        # The first two points again at the end: joints are rounded, the one that closes the outline too.
        ImageDraw.Draw(shown).line([*points, *points[:2]], fill=_RED, width=width, joint="curve")
    else:
        ImageDraw.Draw(shown).rectangle((min(xs), min(ys), max(xs), max(ys)), outline=_RED, width=width)
    return shown
