"""Stored bytes of a picture -> the pixels that a question is about, and -> the file that is sent to a model.

A picture is one of the usual formats (PNG, JPEG, TIFF, BMP, GIF, WebP) or DICOM. A `View` says what of it is
shown: which frame, through which window, which crop, at what size and with what drawn on it.
"""

# pillow, numpy and pydicom are imported where they are used: a light start, and the latter two are optional.

import hashlib
import math
from io import BytesIO
from typing import TYPE_CHECKING, Any, NoReturn

from vqa_eval.errors import PictureError
from vqa_eval.records import Mark, Picture, View

if TYPE_CHECKING:
    from PIL.Image import Image

MAX_PIXELS = 100_000_000
"""More than this in one picture is refused before it is decoded: a small file can unpack to any size."""

_FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
"""Only these: pillow also knows formats that start other programs (EPS starts Ghostscript)."""
_END = {"PNG": b"IEND\xaeB`\x82", "JPEG": b"\xff\xd9"}
_ORIENTATION = 0x0112
_DEFLATED = b"1.2.840.10008.1.2.1.99"
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
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
    if _is_dicom(data):
        return None
    try:
        header = _open(data)
        jpeg_turned = header.format == "JPEG" and header.getexif().get(_ORIENTATION, 1) != 1
    except Exception as error:
        if _may_be_bare_dicom(data):
            return None
        _refuse(name, data, error)
    _bound(header.size, name)
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

    frame = _dicom(data, view, name) if _is_dicom(data) else _plain(data, view, name)
    left, top, right, bottom = view.crop or (0, 0, *frame.size)
    if not (0 <= left < right <= frame.width and 0 <= top < bottom <= frame.height):
        raise PictureError(f"{name}: crop {view.crop} does not lie in the frame of {_by(frame.size)} pixels")
    shown = frame.crop((left, top, right, bottom))
    longest = max(shown.size)
    side = longest if view.side is None else view.side
    side = side if max_side is None else min(side, max_side)
    if side < 1:
        raise PictureError(f"{name}: a longer side of {side} pixels shows nothing")
    if side != longest:
        size = (max(1, round(shown.width * side / longest)), max(1, round(shown.height * side / longest)))
        _bound(size, name)
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
        raise PictureError(f"{name}: the {mark.kind} lies outside of what is shown ({_by(shown.size)} pixels)")
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


def _open(data: bytes) -> "Image":
    from PIL import Image

    return Image.open(BytesIO(data), formats=_FORMATS)


def _plain(data: bytes, view: View, name: str) -> "Image":
    """Decode one frame of a picture in one of the usual formats."""
    from PIL import Image, ImageOps

    try:
        stored = _open(data)
    except Exception as error:
        if _may_be_bare_dicom(data):
            return _dicom(data, view, name)
        _refuse(name, data, error)
    try:
        try:
            stored.seek(view.frame)
        except EOFError:
            _no_frame(view.frame, getattr(stored, "n_frames", 1), name)
        _bound(stored.size, name)
        stored.load()
        frame: Image.Image = ImageOps.exif_transpose(stored)
        if frame.mode.startswith(("I", "F")):
            frame = _eight_bits(frame, view.window)
        if frame.has_transparency_data:
            frame = frame.convert("RGBA")
            frame = Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame)
        return frame.convert("RGB")
    except Exception as error:
        _refuse(name, data, error)


def _eight_bits(frame: "Image", window: tuple[float, float] | None) -> "Image":
    """Bring deep grey values to 8 bits through the window, or from the darkest to the brightest."""
    values = frame.convert("F")
    extrema: Any = values.getextrema()
    low, high = (window[0] - window[1] / 2, window[0] + window[1] / 2) if window else extrema
    if not (math.isfinite(low) and math.isfinite(high)):
        raise ValueError("its values are not finite")
    scale = 255 / (high - low) if high > low else 0.0
    return values.point(lambda value: value * scale + (0.5 - low * scale)).convert("L")


def _is_dicom(data: bytes) -> bool:
    return data[128:132] == b"DICM"


def _may_be_bare_dicom(data: bytes) -> bool:
    """Tell whether bytes without DICOM's magic start as a bare data set does, with group 2 or 8."""
    return data[:2] in {b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08"}


def _dicom(data: bytes, view: View, name: str) -> "Image":
    """Decode one frame of a DICOM file and bring it to RGB the way its header and the view say."""
    try:
        import pydicom
        from PIL import Image
        from pydicom import pixels
    except ImportError as error:
        hint = "pip install 'vqa-eval[dicom]'"
        raise PictureError(f"{name}: DICOM pictures need pydicom and numpy: {hint}", hint) from error

    if _DEFLATED in data[:2048]:
        # It unpacks as a whole before anything can be measured, so that nothing would bound it.
        raise PictureError(f"{name}: a deflated DICOM file is not opened", "store it without deflate")
    try:
        dataset: Any = pydicom.dcmread(BytesIO(data), force=not _is_dicom(data))
        rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
        frames = int(dataset.get("NumberOfFrames") or 1)
        if not (rows and columns and any(kind in dataset for kind in _PIXELS)):
            raise PictureError(f"{name}: a DICOM file without pixels (modality {dataset.get('Modality')})")
        _bound((columns, rows), name)
        if not 0 <= view.frame < frames:
            _no_frame(view.frame, frames, name)
        if "TransferSyntaxUID" not in dataset.file_meta:
            # What a file without a meta header was read by: implicit, explicit little or explicit big endian.
            implicit, little = dataset.original_encoding
            suffix = "" if implicit else ".1" if little else ".2"
            dataset.file_meta.TransferSyntaxUID = f"1.2.840.10008.1.2{suffix}"
        # One frame only: the others of a long series are never unpacked. YBR becomes RGB on the way.
        frame = pixels.pixel_array(dataset, index=view.frame)
        bits = int(dataset.get("BitsStored", 8))
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            frame = pixels.apply_color_lut(frame, dataset)[..., :3]
            bits = 8 * frame.itemsize
        if frame.ndim == 3:
            return Image.fromarray((frame >> max(0, bits - 8)).astype("uint8"))
        return Image.fromarray(_grey(frame, dataset, view.window)).convert("RGB")
    except Exception as error:
        _refuse(name, data, error)


def _grey(frame: Any, dataset: Any, window: tuple[float, float] | None) -> Any:
    """Rescale, window and, where the file counts white as zero, invert grey values; 8 bits come out."""
    from pydicom import Dataset, pixels

    values = pixels.apply_rescale(frame, dataset)
    # pydicom spreads a window over the range that a header states; this one states that 8 bits are wanted.
    eight = Dataset()
    eight.PhotometricInterpretation, eight.BitsStored, eight.PixelRepresentation = "MONOCHROME2", 8, 0
    if window is not None:
        eight.WindowCenter, eight.WindowWidth = window
        grey = pixels.apply_windowing(values, eight)
    elif dataset.get("VOILUTSequence"):
        bits = int(dataset.VOILUTSequence[0].LUTDescriptor[2])
        grey = pixels.apply_voi(values.astype("int32"), dataset) * (255 / (2**bits - 1))
    elif dataset.get("WindowCenter") is not None and dataset.get("WindowWidth") is not None:
        eight.WindowCenter, eight.WindowWidth = dataset.WindowCenter, dataset.WindowWidth
        eight.VOILUTFunction = dataset.get("VOILUTFunction") or "LINEAR"
        grey = pixels.apply_windowing(values, eight)
    else:
        low, high = float(values.min()), float(values.max())
        grey = (values.astype("float64") - low) * (255 / (high - low) if high > low else 0.0)
    grey = (grey + 0.5).clip(0, 255).astype("uint8")
    return 255 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey


def _bound(size: tuple[int, int], name: str) -> None:
    if size[0] * size[1] > MAX_PIXELS:
        raise PictureError(
            f"{name}: {_by(size)} pixels are more than the {MAX_PIXELS:,} that one picture may have",
            "cut the picture into parts, or store it smaller",
        )


def _by(size: tuple[int, int]) -> str:
    return f"{size[0]} x {size[1]}"


def _no_frame(frame: int, frames: int, name: str) -> NoReturn:
    raise PictureError(f"{name}: frame {frame} asked for, but it holds {frames} (counted from 0)")


def _refuse(name: str, data: bytes, error: Exception) -> NoReturn:
    """Say that bytes cannot be decoded, and what was found; on bad bytes decoders raise any kind of error."""
    from PIL import UnidentifiedImageError

    if isinstance(error, PictureError):
        raise error
    start = "are DICOM" if _is_dicom(data) else f"start with {data[:8]!r}"
    why = " ".join(str(error).split())[:240] or type(error).__name__
    if isinstance(error, UnidentifiedImageError):
        why = f"neither DICOM nor one of {', '.join(_FORMATS)}"
    raise PictureError(f"{name}: cannot be decoded, its {len(data):,} bytes {start}: {why}") from error
