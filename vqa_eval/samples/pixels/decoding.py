"""Stored bytes become one upright frame, or a mask: the usual formats through pillow, the rest as DICOM."""

import math
from io import BytesIO
from typing import TYPE_CHECKING, Any

from vqa_eval.errors import PictureError
from vqa_eval.records import View
from vqa_eval.samples.pixels.dicom import dicom_frame, dicom_unshown, dicom_window, frames_sentence, may_be_bare_dicom
from vqa_eval.samples.pixels.limits import FORMATS, bound, by, is_dicom, no_frame, refuse

if TYPE_CHECKING:
    from PIL.Image import Image


def decode(data: bytes, view: View, name: str) -> "Image":
    """Return the frame that the view asks for; PictureError names the picture and what was found."""
    return dicom_frame(data, view, name) if is_dicom(data) else _plain(data, view, name)


def decode_mask(data: bytes, size: tuple[int, int], name: str) -> "Image":
    """Return a mask picture (mode L): 255 inside a region, which is where it holds anything but 0 or black.

    A DICOM segmentation is one too. PictureError where it is no such picture, is empty, or is not of the size of
    the frame that it belongs to.
    """
    import numpy as np
    from PIL import Image

    try:
        mask = decode(data, View(), name) if is_dicom(data) else open_header(data)
        bound(mask.size, name)
        if mask.format in {"JPEG", "MPO"}:
            raise PictureError(f"{name}: a mask has no sharp edge in a JPEG", "store the mask as PNG")
        mask.load()
    except Exception as error:
        refuse(name, data, error)
    if mask.size != size:
        raise PictureError(f"{name}: the mask is of {by(mask.size)} pixels, its picture of {by(size)}")
    # The numbers of a palette are kept: there each stands for a label, and 0 for none.
    values = np.asarray(mask if mask.mode in {"1", "L", "P", "I", "I;16", "F"} else mask.convert("RGB"))
    inside = values.any(axis=2) if values.ndim == 3 else values != 0
    if not inside.any():
        raise PictureError(f"{name}: the mask is empty, all of it is 0")
    return Image.fromarray((inside * 255).astype("uint8"))


def unshown(data: bytes, name: str, view: View | None = None) -> tuple[str, ...]:
    """Tell what a stored picture holds that a view of it (the default one) does not show, one sentence each."""
    if is_dicom(data) or may_be_bare_dicom(data):
        return dicom_unshown(data, name, view or View())
    try:
        frames = int(getattr(open_header(data), "n_frames", 1))
    except Exception as error:
        refuse(name, data, error)
    return (frames_sentence(frames, view.frame if view else 0),) if frames > 1 else ()


def window_words(data: bytes, name: str, view: View) -> str:
    """Say which window of a stored picture a view without one of its own looks through; empty but for grey DICOM."""
    return dicom_window(data, name, view) if is_dicom(data) or may_be_bare_dicom(data) else ""


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
