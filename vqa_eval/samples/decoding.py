"""Stored bytes become one upright frame: the usual formats through pillow, the rest as DICOM."""

import math
from io import BytesIO
from typing import TYPE_CHECKING, Any

from vqa_eval.records import View
from vqa_eval.samples.dicom import dicom_frame, may_be_bare_dicom
from vqa_eval.samples.limits import FORMATS, bound, is_dicom, no_frame, refuse

if TYPE_CHECKING:
    from PIL.Image import Image


def decode(data: bytes, view: View, name: str) -> "Image":
    """Return the frame that the view asks for; PictureError names the picture and what was found."""
    return dicom_frame(data, view, name) if is_dicom(data) else _plain(data, view, name)


def open_header(data: bytes) -> "Image":
    """Open a picture without decoding it; any error of pillow's where it is none."""
    from PIL import Image

    return Image.open(BytesIO(data), formats=FORMATS)


def _plain(data: bytes, view: View, name: str) -> "Image":
    """Decode one frame of a picture in one of the usual formats."""
    from PIL import Image, ImageOps

    try:
        stored = open_header(data)
    except Exception as error:
        if may_be_bare_dicom(data):
            return dicom_frame(data, view, name)
        refuse(name, data, error)
    try:
        try:
            stored.seek(view.frame)
        except EOFError:
            no_frame(view.frame, getattr(stored, "n_frames", 1), name)
        bound(stored.size, name)
        stored.load()
        frame: Image.Image = ImageOps.exif_transpose(stored)
        if frame.mode.startswith(("I", "F")):
            frame = _eight_bits(frame, view.window)
        if frame.has_transparency_data:
            frame = frame.convert("RGBA")
            frame = Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame)
        return frame.convert("RGB")
    except Exception as error:
        refuse(name, data, error)


def _eight_bits(frame: "Image", window: tuple[float, float] | None) -> "Image":
    """Bring deep grey values to 8 bits through the window, or from the darkest to the brightest."""
    values = frame.convert("F")
    extrema: Any = values.getextrema()
    low, high = (window[0] - window[1] / 2, window[0] + window[1] / 2) if window else extrema
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("its values are not finite")
    scale = 255 / (high - low) if high > low else 0.0
    return values.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")
