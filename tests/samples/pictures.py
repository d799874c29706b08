"""Pictures that the tests find or make: pydicom's own files, encoded pictures, small DICOM files."""

from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

GREY = (90, 90, 90)
RED = (255, 0, 0)


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
