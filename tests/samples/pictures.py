"""Pictures that the tests find or make: pydicom's own files, encoded pictures, small DICOM files."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from vqa_eval.records import View
from vqa_eval.samples.pixels.preparing import open_picture


def encoded(picture: Image.Image, form: str = "PNG", **settings: Any) -> bytes:
    """Encode a picture."""
    file = BytesIO()
    picture.save(file, format=form, **settings)
    return file.getvalue()


def shipped(name: str) -> bytes:
    """Read one of pydicom's own test files."""
    import pydicom

    return (Path(pydicom.__file__).parent / "data/test_files" / name).read_bytes()


def dicom(pixels: Any, **elements: Any) -> bytes:
    """Build a small DICOM file around grey values, or around three samples a pixel as the elements say.

    Signed values make a signed file; `frames` are stored packed as they are, of the transfer syntax `syntax`.
    """
    import pydicom
    from pydicom.encaps import encapsulate
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    frames, syntax = elements.pop("frames", None), elements.pop("syntax", ExplicitVRLittleEndian)
    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "OT"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.itemsize
    dataset.PixelRepresentation = int(pixels.dtype.kind == "i")
    dataset.PixelData = pixels.tobytes() if frames is None else encapsulate(frames)
    dataset["PixelData"].VR = "OW" if frames is None and pixels.itemsize > 1 else "OB"
    for name, value in elements.items():
        setattr(dataset, name, value)
    dataset.HighBit = dataset.BitsStored - 1
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


def grey(data: bytes, view: View | None = None) -> Any:
    """Return the grey values that a file shows."""
    return np.asarray(open_picture(data, view or View(), name="grey"))[..., 0].astype(int)


def item(**elements: Any) -> Any:
    """Return a sequence of one item."""
    import pydicom

    dataset = pydicom.Dataset()
    for name, value in elements.items():
        setattr(dataset, name, value)
    return pydicom.Sequence([dataset])


def table(first: int, bits: int, entries: Any, form: str = "<u2") -> Any:
    """Return a lookup table as a sequence of one item."""
    lut = item(LUTDescriptor=[len(entries), first, bits], LUTData=np.asarray(entries, form).tobytes())
    lut[0]["LUTDescriptor"].VR, lut[0]["LUTData"].VR = "SS" if first < 0 else "US", "OW"
    return lut
