"""DICOM files that are damaged, cut off, too large or of an unknown kind are faults that say what to do."""

import random
import sys
from io import BytesIO
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.samples.pictures import dicom, encoded, grey, shipped, table
from vqa_eval.errors import DataError, PictureError
from vqa_eval.records import View
from vqa_eval.samples.pixels.limits import MAX_VOXELS
from vqa_eval.samples.pixels.preparing import open_picture
from vqa_eval.samples.pixels.transfer import codestream_size

pydicom = pytest.importorskip("pydicom", reason="DICOM pictures need vqa-eval[dicom]")

RAMP = np.arange(256, dtype="uint8").reshape(16, 16)


def test_a_window_of_no_width_is_a_fault() -> None:
    """A view's window without a width is a fault that says what to give; one narrower than 1 is exact."""
    with pytest.raises(PictureError, match=r"ct: a LINEAR_EXACT window cannot be 0 wide around 40"):
        open_picture(shipped("CT_small.dcm"), View(window=(40, 0)), name="ct")
    fractions = dicom(np.array([[0, 5, 10]], "uint8"), RescaleSlope=0.1, RescaleIntercept=0)
    assert [0, 128, 255] == grey(fractions, View(window=(0.5, 0.8)))[0].tolist()


def test_a_table_that_is_cut_off_is_a_fault() -> None:
    """A table with fewer entries than it says is a fault."""
    lut = table(0, 16, range(10))
    lut[0].LUTDescriptor = [12, 0, 16]
    with pytest.raises(PictureError, match=r"a lookup table of 12 entries holds 10"):
        grey(dicom(RAMP, VOILUTSequence=lut))


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("MR_small_jpeg_ls_lossless.dcm", "pip install pyjpegls"),
        ("SC_rgb_jpeg_gdcm.dcm", "pip install pylibjpeg pylibjpeg-libjpeg"),
        ("JPGExtended.dcm", "pip install pylibjpeg pylibjpeg-libjpeg"),
        ("JPEG2000.dcm", "pip install pylibjpeg pylibjpeg-openjpeg"),
    ],
)
def test_a_missing_decoder_says_what_to_install(name: str, hint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file whose decoder is not installed is a fault that names its transfer syntax and the package."""
    monkeypatch.setattr("pydicom.pixels.get_decoder", lambda syntax: SimpleNamespace(available_plugins=()))
    with pytest.raises(PictureError, match=rf"{name}: .*stored as JPEG.* missing") as fault:
        open_picture(shipped(name), View(), name=name)
    assert fault.value.hint.startswith(hint)


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.100", "1.2.840.10008.1.2.4.94"])
def test_unknown_transfer_syntaxes_are_faults(syntax: str) -> None:
    """A film, or pixels that lie elsewhere, are a fault that names the syntax and says to convert the file."""
    said = pydicom.uid.UID(syntax).name.split("@")[0].strip()
    with pytest.raises(PictureError, match="which nothing here unpacks") as fault:
        open_picture(dicom(RAMP, syntax=syntax, frames=[b"abcd"]), View(), name="film")
    assert said[:8] in fault.value.message
    assert "convert it" in fault.value.hint


@pytest.mark.parametrize(("space", "samples"), [("HSV", 3), ("YBR_PARTIAL_420", 3), ("RGB", 1), ("MONOCHROME2", 3)])
def test_unknown_colours_are_faults(space: str, samples: int) -> None:
    """A colour space that is not shown, or that does not fit the samples, is a fault rather than false colours."""
    data = dicom(np.zeros((4, 4, 3), "uint8"), Rows=4, PhotometricInterpretation=space, SamplesPerPixel=samples)
    with pytest.raises(PictureError, match=rf"odd: {samples} samples a pixel in the colour space '{space}'"):
        open_picture(data, View(), name="odd")


PACKED = ["MR_small_RLE.dcm", "MR_small_jp2klossless.dcm", "SC_rgb_jpeg_dcmtk.dcm", "SC_rgb_gdcm_KY.dcm"]


@pytest.mark.parametrize("name", ["MR_small.dcm", "MR_small_implicit.dcm", "SC_rgb_rle.dcm", *PACKED])
def test_pixels_that_are_cut_off_are_never_shown(name: str) -> None:
    """A file that ends early is a fault that says so, or has lost nothing but what follows its pixels."""
    whole = shipped(name)
    expected, told = grey(whole), []
    for end in (*range(len(whole) * 3 // 4, len(whole), len(whole) // 40), len(whole) - 1):
        try:
            shown = grey(whole[:end])
        except PictureError as fault:
            told.append(fault)
        else:
            assert np.array_equal(expected, shown)
    assert told
    assert all("copy it again" in fault.hint for fault in told)


def test_cut_off_pixels_are_counted() -> None:
    """Of uncompressed pixels a fault says how many bytes are there; of compressed ones that they are not there."""
    with pytest.raises(PictureError, match=r"grey: .*9,000 bytes are DICOM: cut off: 2,\d+ of 32,768 bytes"):
        grey(shipped("CT_small.dcm")[:9000])
    with pytest.raises(PictureError, match=r"MR_small: .*cut off: its header tells of 64 x 64 pixels"):
        open_picture(shipped("MR_small_RLE.dcm")[:5000], View(), name="MR_small")
    frames = dicom(np.zeros((2, 4, 4), "uint8"), NumberOfFrames=3)
    with pytest.raises(PictureError, match=r"grey: .*cut off: 32 of 48 bytes"):
        grey(frames)


def test_files_without_pixels_are_faults() -> None:
    """A plan or a report is a fault that names its modality and says what to name instead."""
    for name, modality in (("rtplan.dcm", "RTPLAN"), ("test-SR.dcm", "SR"), ("waveform_ecg.dcm", "ECG")):
        with pytest.raises(
            PictureError, match=rf"{name}: a DICOM file without pixels \(modality {modality}\)"
        ) as fault:
            open_picture(shipped(name), View(), name=name)
        assert "name a picture" in fault.value.hint
    bare = pydicom.dcmread(BytesIO(shipped("CT_small.dcm")))
    del bare.PixelData
    file = BytesIO()
    bare.save_as(file)
    with pytest.raises(PictureError, match=r"CT: a DICOM file without pixels: its header tells of 128 x 128") as fault:
        open_picture(file.getvalue(), View(), name="CT")
    assert "if this one was cut off" in fault.value.hint


def test_deflated_files_are_refused_unseen() -> None:
    """A deflated file would unpack to any size at once; it is refused wherever its header says so."""
    with pytest.raises(PictureError, match=r"dfl: a deflated DICOM file is not opened"):
        open_picture(shipped("image_dfl.dcm"), View(), name="dfl")
    with pytest.raises(PictureError, match=r"dfl: a deflated DICOM file is not opened"):
        open_picture(shipped("CT_small.dcm") + b"1.2.840.10008.1.2.1.99\0", View(), name="dfl")


def test_too_many_pixels_are_refused_unread() -> None:
    """Rows times columns, and these times the frames, are judged before a pixel is unpacked."""
    with pytest.raises(PictureError, match=r"huge: 65535 x 65535 pixels are more than the 100,000,000"):
        open_picture(dicom(np.zeros((2, 2), "uint8"), Rows=65535, Columns=65535), View(), name="huge")
    frames = MAX_VOXELS // 4 + 1
    with pytest.raises(PictureError, match=rf"long: 2 x 2 pixels in {frames:,} frames are more than"):
        open_picture(dicom(np.zeros((2, 2), "uint8"), NumberOfFrames=frames), View(), name="long")


@pytest.mark.parametrize("form", ["JPEG", "JPEG2000"])
def test_a_frame_larger_than_its_header_is_refused_unseen(form: str) -> None:
    """What the packed frame claims for itself is held against rows and columns before it is unpacked."""
    syntax = pydicom.uid.JPEGBaseline8Bit if form == "JPEG" else pydicom.uid.JPEG2000Lossless
    frame = encoded(Image.new("L", (300, 200)), form)
    with pytest.raises(PictureError, match=r"grey: .*frame 0 is of 300 x 200 pixels, where the header says 16 x 16"):
        grey(dicom(RAMP, syntax=syntax, frames=[frame]))


def test_sizes_that_streams_declare() -> None:
    """The size is read from JPEG, also after fill bytes, from JPEG-LS and JPEG 2000, and else is unknown."""
    jpeg = encoded(Image.new("RGB", (31, 17)), "JPEG")
    assert codestream_size(jpeg) == codestream_size(jpeg[:2] + b"\xff\xff" + jpeg[2:]) == (31, 17)
    assert codestream_size(encoded(Image.new("L", (31, 17)), "JPEG2000", no_jp2=True)) == (31, 17)
    assert codestream_size(encoded(Image.new("L", (31, 17)), "JPEG2000")) == (31, 17)
    jpeg_ls = pydicom.dcmread(BytesIO(shipped("MR_small_jpeg_ls_lossless.dcm"))).PixelData
    assert codestream_size(pydicom.encaps.get_frame(jpeg_ls, 0, number_of_frames=1)) == (64, 64)
    for cut in (b"", jpeg[:9], b"\xff\xd8\xff\xc0\0", b"\xff\xd8hello there", b"\xff\x4f\xff\x51\0\0", b"RIFF"):
        assert codestream_size(cut) is None


@pytest.mark.parametrize("length", [0, 1, 7])
def test_boxes_that_lead_nowhere_end_the_search(length: int) -> None:
    """A JPEG 2000 frame in a box, after one too short to be a box, is a fault; it is not looked at for ever."""
    boxed = encoded(Image.fromarray(RAMP), "JPEG2000")
    assert boxed[12:20] == b"\0\0\0\x14ftyp"
    frame = boxed[:12] + bytes((0, 0, 0, length)) + b"free" + boxed[12:]
    with pytest.raises(PictureError, match=r"grey: .*frame 0 has no size"):
        grey(dicom(RAMP, syntax=pydicom.uid.JPEG2000Lossless, frames=[frame]))
    assert np.array_equal(RAMP, grey(dicom(RAMP, syntax=pydicom.uid.JPEG2000Lossless, frames=[boxed])))


def test_missing_pydicom_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pydicom no DICOM picture is called damaged: the whole job ends with the command that brings it."""
    data = shipped("CT_small.dcm")
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(DataError, match="ct: DICOM pictures need pydicom") as caught:
        open_picture(data, View(), name="ct")
    assert "pip install 'vqa-eval[dicom]'" == caught.value.hint


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Damage a file: a few bytes changed, a piece lost, put in or overwritten, or the end cut off."""
    changed = bytearray(data)
    most = min(len(changed), dice.choice((400, 2000, len(changed))))
    at, kind = dice.randrange(most), dice.randrange(4)
    if kind == 0:
        for _ in range(dice.choice((1, 2, 16))):
            changed[dice.randrange(most)] = dice.choice((0, 255, 127, 128, dice.randrange(256)))
    elif kind == 1:
        changed[at : at + dice.randrange(9)] = dice.randbytes(dice.randrange(9))
    elif kind == 2:
        changed[at : at + 4] = b"\xff\xff\xff\xff"
    else:
        del changed[at:]
    return bytes(changed)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "name", ["CT_small.dcm", "rtdose_1frame.dcm", "SC_rgb_small_odd.dcm", "SC_rgb_rle.dcm", *PACKED]
)
def test_damaged_files_raise_nothing_else(name: str) -> None:
    """Whatever is damaged in a file, it opens or is a PictureError that names it."""
    dice, told = random.Random(name), []
    for _ in range(40):
        try:
            open_picture(mutated(shipped(name), dice), View(), name=name)
        except PictureError as fault:
            told.append(fault.message)
    assert told
    assert all(name in message for message in told)
