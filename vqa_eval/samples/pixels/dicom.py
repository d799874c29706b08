"""One frame of a DICOM file becomes RGB as its header and the view say; pydicom does the work.

Grey values go the standard's way: modality table or rescale, then VOI table or window (the first of several), then
inverted where the file counts white as zero. What an enhanced file says of single frames wins over what it says of
all. Overlays are not drawn; `dicom_unshown` tells of them.
"""

from io import BytesIO
from typing import TYPE_CHECKING, Any

from vqa_eval.errors import DataError, PictureError
from vqa_eval.records import View
from vqa_eval.samples.pixels.limits import DAMAGED, Undecodable, bound, by, is_dicom, no_frame, refuse
from vqa_eval.samples.pixels.lookups import Lookup, colours, lookup
from vqa_eval.samples.pixels.transfer import unpack
from vqa_eval.samples.pixels.windows import Window, chosen, span, spread, through

if TYPE_CHECKING:
    from PIL.Image import Image

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_GREY = ("MONOCHROME1", "MONOCHROME2")
_COLOUR = ("RGB", "YBR_FULL", "YBR_FULL_422", "YBR_ICT", "YBR_RCT")


def may_be_bare_dicom(data: bytes) -> bool:
    """Tell whether bytes without DICOM's magic start as a bare data set does, with group 2 or 8."""
    return data[:2] in {b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08"}


def dicom_frame(data: bytes, view: View, name: str) -> "Image":
    """Decode one frame of a DICOM file and bring it to RGB the way its header and the view say."""
    dataset = read_dataset(data, name)
    try:
        from PIL import Image

        frames = int(dataset.get("NumberOfFrames") or 1)
        bound((int(dataset.Columns), int(dataset.Rows)), name, frames)
        if not 0 <= view.frame < frames:
            no_frame(view.frame, frames, name)
        frame = unpack(dataset, view.frame)
        little = dataset.file_meta.TransferSyntaxUID.is_little_endian
        if dataset.PhotometricInterpretation == "PALETTE COLOR":
            return Image.fromarray(colours(frame, dataset, little_endian=little))
        if frame.ndim == 3:
            # Of deep colour the upper 8 bits are shown.
            return Image.fromarray((frame >> max(0, int(dataset.get("BitsStored", 8)) - 8)).astype("uint8"))
        return Image.fromarray(_grey(frame, dataset, view, name)).convert("RGB")
    except Exception as error:
        refuse(name, data, error)


def read_dataset(data: bytes, name: str) -> Any:
    """Read a DICOM file that holds pixels in a known colour space, without unpacking them."""
    try:
        import pydicom
    except ImportError as error:
        # Not the picture's fault: no other DICOM picture would be opened either.
        raise DataError(f"{name}: DICOM pictures need pydicom", "pip install 'vqa-eval[dicom]'") from error

    refuse_deflated(data, name)
    try:
        dataset: Any = pydicom.dcmread(BytesIO(data), force=not is_dicom(data))
        if not any(kind in dataset for kind in _PIXELS):
            # Of a file that is cut off in compressed pixels, pydicom keeps not even the header.
            header = dataset or pydicom.dcmread(BytesIO(data), stop_before_pixels=True, force=not is_dicom(data))
            if (size := _size(header)) and not dataset:
                raise Undecodable(f"cut off: its header tells of {by(size)} pixels, which are not there", DAMAGED)
            dataset = header
            if size:
                raise PictureError(
                    f"{name}: a DICOM file without pixels: its header tells of {by(size)}, and none follow it",
                    "name a file that holds them; if this one was cut off, copy it again from where it came from",
                )
        if not _size(dataset):
            raise PictureError(
                f"{name}: a DICOM file without pixels (modality {dataset.get('Modality')})",
                "name a picture of the study: reports, plans and indexes hold none, nor do files cut off early",
            )
        if "TransferSyntaxUID" not in dataset.file_meta:
            # What a file without a meta header was read by: implicit, explicit little or explicit big endian.
            implicit, little = dataset.original_encoding
            suffix = "" if implicit else ".1" if little else ".2"
            dataset.file_meta.TransferSyntaxUID = f"1.2.840.10008.1.2{suffix}"
        space, samples = str(dataset.PhotometricInterpretation), int(dataset.get("SamplesPerPixel") or 1)
        if samples != 1 if space in (*_GREY, "PALETTE COLOR") else samples != 3 or space not in _COLOUR:
            raise PictureError(
                f"{name}: {samples} samples a pixel in the colour space {space!r} are not shown",
                f"store it in one of {', '.join((*_GREY, 'PALETTE COLOR', *_COLOUR))}",
            )
        return dataset
    except Exception as error:
        refuse(name, data, error)


def _size(dataset: Any) -> tuple[int, int] | None:
    """Return columns and rows; None without them."""
    columns, rows = int(dataset.get("Columns") or 0), int(dataset.get("Rows") or 0)
    return (columns, rows) if columns and rows else None


def refuse_deflated(data: bytes, name: str) -> None:
    """Raise PictureError on a deflated file: it unpacks as a whole before anything of it can be measured."""
    if _DEFLATED in data:
        raise PictureError(f"{name}: a deflated DICOM file is not opened", "store it without deflate")


def dicom_unshown(data: bytes, name: str, view: View) -> tuple[str, ...]:
    """Tell what a DICOM file holds that a view of it does not show, one sentence each."""
    dataset = read_dataset(data, name)
    try:
        overlays = [group for group in range(0x6000, 0x6020, 2) if (group, 0x0010) in dataset]
        frames = int(dataset.get("NumberOfFrames") or 1)
        windows = len(_all(_voi(dataset, 0).get("WindowCenter")))
    except Exception as error:
        refuse(name, data, error)
    told = (
        (overlays, f"Overlays that are not drawn: {len(overlays)}."),
        (frames > 1, frames_sentence(frames, view.frame)),
        (windows > 1 and view.window is None, f"Windows: {windows}, of which the first is used."),
        (dataset.get("BurnedInAnnotation") == "YES", "Text is burned into the pixels."),
    )
    return tuple(sentence for holds, sentence in told if holds)


def frames_sentence(frames: int, frame: int) -> str:
    """Say that of several frames one is shown, and which."""
    return f"Frames: {frames}, of which number {frame} is shown (the first is 0)."


def dicom_window(data: bytes, name: str, view: View) -> str:
    """Say through which window of the file a view without one shows grey values; empty where nothing is to be said."""
    dataset = read_dataset(data, name)
    if view.window is not None or dataset.PhotometricInterpretation not in _GREY:
        return ""
    try:
        frame = unpack(dataset, view.frame)
        way = _way(frame, rescaled(frame, dataset, view.frame), dataset, view, name)
    except Exception as error:
        refuse(name, data, error)
    if isinstance(way, Window):
        return f"window of centre {way.centre:g} and width {way.width:g}, the file's own"
    if isinstance(way, Lookup):
        return "the file's own table of greys"
    return "no window in the file: from {:g} to {:g}".format(*way)


def rescaled(frame: Any, dataset: Any, index: int) -> Any:
    """Return stored values in the modality's units (Hounsfield for CT), through its table or by its straight line."""
    said = _macro(dataset, index, "PixelValueTransformationSequence")
    if dataset.get("ModalityLUTSequence"):
        item = dataset.ModalityLUTSequence[0]
        little = dataset.file_meta.TransferSyntaxUID.is_little_endian
        return lookup(item.LUTDescriptor, item.LUTData, little_endian=little).of(frame)
    slope, intercept = said.get("RescaleSlope"), said.get("RescaleIntercept")
    if slope is None or intercept is None:
        return frame
    return frame.astype("float64") * float(slope) + float(intercept)


def own_window(dataset: Any, index: int) -> Window | None:
    """Return the first window of the file, or of one of its frames; None without one that DICOM allows."""
    said = _voi(dataset, index)
    centres, widths = _all(said.get("WindowCenter")), _all(said.get("WindowWidth"))
    if not (centres and widths):
        return None
    function: Any = str(said.get("VOILUTFunction") or "LINEAR").upper()
    try:
        return Window(float(centres[0]), float(widths[0]), function)
    except ValueError:
        return None


def _voi(dataset: Any, index: int) -> Any:
    """Return the part of the header that says how a frame is shown."""
    return _macro(dataset, index, "FrameVOILUTSequence")


def _macro(dataset: Any, index: int, sequence: str) -> Any:
    """Return what an enhanced file says of this frame, or of all its frames; else the header itself."""
    single, shared = dataset.get("PerFrameFunctionalGroupsSequence"), dataset.get("SharedFunctionalGroupsSequence")
    for group in (single[index] if single and index < len(single) else None, shared[0] if shared else None):
        if group is not None and group.get(sequence):
            return group[sequence].value[0]
    return dataset


def _all(value: Any) -> list[Any]:
    """Return the values of an element that may hold none, one or several."""
    if value is None or value == "":
        return []
    return [value] if isinstance(value, str) or not hasattr(value, "__len__") else list(value)


def _grey(frame: Any, dataset: Any, view: View, name: str) -> Any:
    """Rescale, window and, where the file counts white as zero, invert grey values; 8 bits come out."""
    values = rescaled(frame, dataset, view.frame)
    way = _way(frame, values, dataset, view, name)
    if isinstance(way, Window):
        grey = through(values, way)
    elif isinstance(way, Lookup):
        grey = (way.of(values) * (255 / (2**way.bits - 1)) + 0.5).clip(0, 255).astype("uint8")
    else:
        grey = spread(values, *way)
    return 255 - grey if dataset.PhotometricInterpretation == "MONOCHROME1" else grey


def _way(frame: Any, values: Any, dataset: Any, view: View, name: str) -> Window | Lookup | tuple[float, float]:
    """Return how rescaled values become grey: the view's window, the file's table or window, else a span."""
    if view.window is not None:
        return chosen(view.window, name)
    said = _voi(dataset, view.frame)
    if said.get("VOILUTSequence"):
        item = said.VOILUTSequence[0]
        little = dataset.file_meta.TransferSyntaxUID.is_little_endian
        return lookup(item.LUTDescriptor, item.LUTData, little_endian=little)
    if (own := own_window(dataset, view.frame)) is not None:
        return own
    padding = padding_of(frame, dataset)
    return span(values if padding is None or padding.all() else values[~padding])


def padding_of(frame: Any, dataset: Any) -> Any:
    """Return which stored values only fill the frame, as those around a round CT do; None where the file says none."""
    padding = dataset.get("PixelPaddingValue")
    if not isinstance(padding, int):
        return None
    limit = dataset.get("PixelPaddingRangeLimit", padding)
    return (frame >= min(padding, limit)) & (frame <= max(padding, limit))
