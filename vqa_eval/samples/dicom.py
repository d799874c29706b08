"""One frame of a DICOM file becomes RGB as its header and the view say; pydicom does the work."""

from io import BytesIO
from typing import TYPE_CHECKING, Any

from vqa_eval.errors import PictureError
from vqa_eval.records import View
from vqa_eval.samples.limits import bound, is_dicom, no_frame, refuse

if TYPE_CHECKING:
    from PIL.Image import Image

_DEFLATED = b"1.2.840.10008.1.2.1.99"
_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")


def may_be_bare_dicom(data: bytes) -> bool:
    """Tell whether bytes without DICOM's magic start as a bare data set does, with group 2 or 8."""
    return data[:2] in {b"\x02\x00", b"\x08\x00", b"\x00\x02", b"\x00\x08"}


def dicom_frame(data: bytes, view: View, name: str) -> "Image":
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
        dataset: Any = pydicom.dcmread(BytesIO(data), force=not is_dicom(data))
        rows, columns = int(dataset.get("Rows") or 0), int(dataset.get("Columns") or 0)
        frames = int(dataset.get("NumberOfFrames") or 1)
        if not (rows and columns and any(kind in dataset for kind in _PIXELS)):
            raise PictureError(f"{name}: a DICOM file without pixels (modality {dataset.get('Modality')})")
        bound((columns, rows), name)
        if not 0 <= view.frame < frames:
            no_frame(view.frame, frames, name)
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
        refuse(name, data, error)


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
