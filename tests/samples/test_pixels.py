"""Stored bytes become the pixels that a view asks for, and bad bytes become a fault that names the picture."""

import hashlib
import struct
import sys
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vqa_eval.errors import PictureError
from vqa_eval.records import Mark, View
from vqa_eval.samples.limits import MAX_PIXELS
from vqa_eval.samples.pixels import open_picture, prepare

np = pytest.importorskip("numpy", reason="DICOM pictures need vqa-eval[dicom]")
pydicom = pytest.importorskip("pydicom", reason="DICOM pictures need vqa-eval[dicom]")

SHARED = Path(__file__).resolve().parents[3] / "shared/data/dicom_pydicom"
RED = (255, 0, 0)


def shipped(name: str) -> bytes:
    """Read one of pydicom's own test files."""
    return (Path(pydicom.__file__).parent / "data/test_files" / name).read_bytes()


def encoded(picture: Image.Image, form: str = "PNG", **settings: Any) -> bytes:
    """Encode a picture."""
    file = BytesIO()
    picture.save(file, format=form, **settings)
    return file.getvalue()


def dicom(pixels: Any, **elements: Any) -> bytes:
    """Build a small DICOM file around unsigned pixels."""
    from pydicom.uid import ExplicitVRLittleEndian, SecondaryCaptureImageStorage, generate_uid

    dataset = pydicom.Dataset()
    dataset.file_meta = pydicom.dataset.FileMetaDataset()
    dataset.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    dataset.file_meta.MediaStorageSOPClassUID = dataset.SOPClassUID = SecondaryCaptureImageStorage
    dataset.file_meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID = generate_uid()
    dataset.Modality = "OT"
    dataset.Rows, dataset.Columns = pixels.shape[-2:]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = dataset.BitsStored = 8 * pixels.itemsize
    dataset.HighBit, dataset.PixelRepresentation = dataset.BitsStored - 1, 0
    dataset.PixelData = pixels.tobytes()
    for name, value in elements.items():
        setattr(dataset, name, value)
    file = BytesIO()
    dataset.save_as(file, enforce_file_format=True)
    return file.getvalue()


RAMP = encoded(Image.linear_gradient("L").resize((60, 40)).convert("RGB"))


def test_window_in_hounsfield_units() -> None:
    """A window of centre 40 and width 400 shows each Hounsfield unit at the grey that DICOM's formula gives."""
    data = shipped("CT_small.dcm")
    hounsfield = pydicom.dcmread(BytesIO(data)).pixel_array - 1024.0
    shown = np.asarray(open_picture(data, View(window=(40, 400)), name="ct"))
    expected = (((hounsfield - 39.5) / 399 + 0.5) * 255).clip(0, 255)
    assert np.abs(expected - shown[..., 0]).max() <= 1
    assert shown[hounsfield < -160].max() == 0
    assert shown[hounsfield > 240].min() == 255


def test_without_any_window_the_values_are_spread() -> None:
    """A file without a window is shown from its lowest to its highest value."""
    assert open_picture(shipped("CT_small.dcm"), View(), name="ct").getextrema() == ((0, 255),) * 3


def test_the_first_window_of_the_file_is_taken() -> None:
    """Of several windows in a file the first is used where the view brings none."""
    pixels = np.array([[0, 50, 100, 200]], "uint16")
    several = dicom(pixels, WindowCenter=[50.5, 500], WindowWidth=[101, 50])
    shown = open_picture(several, View(), name="windows")
    assert [shown.getpixel((x, 0))[0] for x in range(4)] == [0, 128, 255, 255]


def test_the_view_wins_over_the_file() -> None:
    """The view's window is used even where the file has its own."""
    data = dicom(np.array([[0, 100, 200]], "uint16"), WindowCenter=1000, WindowWidth=10)
    shown = open_picture(data, View(window=(100.5, 201)), name="window")
    assert [shown.getpixel((x, 0))[0] for x in range(3)] == [0, 128, 255]


def test_monochrome1_is_inverted() -> None:
    """Where a file counts white as zero, zero is shown white."""
    ramp = np.arange(16, dtype="uint8").reshape(4, 4)
    plain = np.asarray(open_picture(dicom(ramp), View(), name="plain")).astype(int)
    inverted = open_picture(dicom(ramp, PhotometricInterpretation="MONOCHROME1"), View(), name="inverted")
    assert inverted.getpixel((0, 0)) == (255, 255, 255)
    assert np.array_equal(255 - plain, np.asarray(inverted))


def test_rescale_is_applied_before_the_window() -> None:
    """Slope and intercept act before the window, so that windows are in rescaled units."""
    data = dicom(np.array([[0, 10, 20]], "uint8"), RescaleSlope=10, RescaleIntercept=-100)
    shown = open_picture(data, View(window=(0.5, 201)), name="rescaled")
    assert [shown.getpixel((x, 0))[0] for x in range(3)] == [0, 128, 255]


def test_frames() -> None:
    """A view's frame is shown, and one beyond the last is a fault that says how many there are."""
    data = dicom(np.stack([np.full((4, 4), value, "uint8") for value in (20, 80)]), NumberOfFrames=2)
    window = (50.5, 101)
    assert tuple(
        open_picture(data, View(frame=frame, window=window), name="film").getpixel((1, 1))[0] for frame in (0, 1)
    ) == (51, 204)
    with pytest.raises(PictureError, match=r"film: frame 2 asked for, but it holds 2"):
        open_picture(data, View(frame=2), name="film")
    with pytest.raises(PictureError, match=r"png: frame 1 asked for, but it holds 1"):
        open_picture(RAMP, View(frame=1), name="png")


@pytest.mark.parametrize("name", ["examples_palette.dcm", "examples_ybr_color.dcm", "examples_rgb_color.dcm"])
def test_colour_dicom(name: str) -> None:
    """Palette, YBR and RGB files become RGB pictures that hold colour."""
    shown = np.asarray(open_picture(shipped(name), View(), name=name)).astype(int)
    assert shown.shape[2] == 3
    assert (shown.max(2) - shown.min(2)).max() > 60


def test_ybr_and_rgb_agree() -> None:
    """A picture stored as YBR shows the colours that it shows when stored as RGB."""
    ybr, rgb = (
        np.asarray(open_picture(shipped(name), View(), name=name)).astype(int)
        for name in ("SC_ybr_full_422_uncompressed.dcm", "SC_rgb_dcmtk_+eb+cr.dcm")
    )
    assert np.median(np.abs(ybr - rgb)) <= 2


def test_deep_colour_is_brought_to_8_bits() -> None:
    """RGB of 16 bits shows as RGB of 8 bits does."""
    deep, plain = (
        open_picture(shipped(name), View(), name=name) for name in ("SC_rgb_rle_16bit.dcm", "SC_rgb_rle.dcm")
    )
    assert plain.tobytes() == deep.tobytes()


def test_shared_examples_open() -> None:
    """The example files at hand beside the repository open as RGB."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data/dicom_pydicom is not at hand")
    for path in sorted(SHARED.glob("*.dcm")):
        assert open_picture(path.read_bytes(), View(side=64), name=path.name).mode == "RGB"


MODES = [(mode, form) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16") for form in ("PNG", "TIFF")]


@pytest.mark.parametrize(("mode", "form"), [*MODES, ("CMYK", "TIFF")])
def test_every_mode_becomes_rgb(mode: str, form: str) -> None:
    """Pictures of any usual mode become RGB of the same size."""
    picture = Image.linear_gradient("L").convert("I;16" if mode == "I;16" else mode)
    shown = open_picture(encoded(picture, form), View(), name=mode)
    assert (shown.mode, shown.size) == ("RGB", (256, 256))
    assert shown.getpixel((5, 250))[0] > shown.getpixel((5, 5))[0]


def test_deep_grey_is_spread_or_windowed() -> None:
    """A PNG of 16 bits is spread over what it holds, or shown through the view's window."""
    deep = Image.fromarray(np.array([[100, 300, 500]], "uint16"))
    spread, windowed = (open_picture(encoded(deep), View(window=window), name="deep") for window in (None, (100, 100)))
    assert [spread.getpixel((x, 0))[0] for x in range(3)] == [0, 128, 255]
    assert [windowed.getpixel((x, 0))[0] for x in range(3)] == [128, 255, 255]


def test_transparent_is_white() -> None:
    """What is transparent shows white, not the colour that happens to hide below."""
    assert open_picture(encoded(Image.new("RGBA", (2, 2), (9, 9, 9, 0))), View(), name="clear").getpixel((0, 0)) == (
        255,
        255,
        255,
    )


def test_crop_and_side() -> None:
    """The crop is cut in source pixels, and the side is the longer one, smaller or larger."""
    shown = open_picture(RAMP, View(crop=(10, 0, 30, 10)), name="crop")
    assert shown.size == (20, 10)
    assert Image.open(BytesIO(RAMP)).crop((10, 0, 30, 10)).tobytes() == shown.tobytes()
    assert open_picture(RAMP, View(side=30), name="small").size == (30, 20)
    assert open_picture(RAMP, View(crop=(10, 0, 30, 10), side=200), name="large").size == (200, 100)


@pytest.mark.parametrize("crop", [(-1, 0, 5, 5), (0, 0, 61, 5), (5, 5, 5, 9), (9, 9, 3, 12)])
def test_crop_outside_is_a_fault(crop: tuple[int, int, int, int]) -> None:
    """A crop that is empty or leaves the frame is a fault that names the picture and the frame's size."""
    with pytest.raises(PictureError, match=r"ramp: crop .* frame of 60 x 40"):
        open_picture(RAMP, View(crop=crop), name="ramp")


GREY = encoded(Image.new("RGB", (100, 100), (90, 90, 90)))
SQUARE = ((40.0, 40.0), (60.0, 40.0), (60.0, 60.0), (40.0, 60.0))


def test_box_is_a_red_rectangle() -> None:
    """A box is red on its border and leaves its inside as it was; corners may come in any order."""
    shown = open_picture(GREY, View(mark=Mark("box", ((60, 60), (40, 40)))), name="box")
    assert RED == shown.getpixel((40, 50)) == shown.getpixel((50, 60))
    assert (90, 90, 90) == shown.getpixel((50, 50)) == shown.getpixel((30, 50))


def test_contour_is_a_closed_red_line() -> None:
    """A contour is red along every edge, the closing one too, and leaves its inside as it was."""
    shown = open_picture(GREY, View(mark=Mark("contour", SQUARE)), name="contour")
    assert RED == shown.getpixel((50, 40)) == shown.getpixel((40, 50)) == shown.getpixel((60, 50))
    assert shown.getpixel((50, 50)) == (90, 90, 90)


def test_mask_is_translucent() -> None:
    """A mask reddens its inside without hiding it."""
    red, green, blue = open_picture(GREY, View(mark=Mark("mask", SQUARE)), name="mask").getpixel((50, 50))
    assert 130 < red < 200
    assert 30 < green == blue < 90


def test_marks_follow_crop_and_side() -> None:
    """A mark's points are source pixels: after a crop and an enlargement they lie right, lines thin."""
    view = View(crop=(30, 30, 70, 70), side=400, mark=Mark("box", ((40, 40), (60, 60))))
    shown = open_picture(GREY, view, name="box")
    assert RED == shown.getpixel((100, 200)) == shown.getpixel((200, 300))
    assert (90, 90, 90) == shown.getpixel((105, 200)) == shown.getpixel((200, 200))


@pytest.mark.parametrize(
    "mark",
    [
        Mark("box", SQUARE),
        Mark("contour", SQUARE[:2]),
        Mark("mask", ((1, 1), (2, float("nan")), (3, 3))),
        Mark("box", ((200, 200), (300, 300))),
    ],
)
def test_marks_that_cannot_be_seen_are_faults(mark: Mark) -> None:
    """A mark with too few or too many points, no number, or no part in the picture is a fault."""
    with pytest.raises(PictureError, match=r"grey: "):
        open_picture(GREY, View(mark=mark), name="grey")


@pytest.mark.parametrize(("form", "media"), [("PNG", "image/png"), ("JPEG", "image/jpeg")])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_fitting_files_pass_through(form: str, media: str, mode: str) -> None:
    """A PNG or JPEG that fits is sent byte for byte, with the digest of its bytes."""
    data = encoded(Image.linear_gradient("L").convert(mode), form)
    sent = prepare(data, View(), name="as is", max_side=256)
    assert (data, media, 256, 256) == (sent.data, sent.media_type, sent.width, sent.height)
    assert hashlib.sha256(data).hexdigest() == sent.digest


def test_other_files_are_rendered_to_png() -> None:
    """Whatever is too large, viewed, of another mode or format is rendered to PNG, always to the same bytes."""
    too_large = prepare(RAMP, View(), name="large", max_side=30)
    assert (too_large.media_type, too_large.width, too_large.height) == ("image/png", 30, 20)
    assert (Image.open(BytesIO(too_large.data)).format, too_large) == (
        "PNG",
        prepare(RAMP, View(), name="again", max_side=30),
    )
    assert prepare(RAMP, View(crop=(0, 0, 9, 9)), name="crop", max_side=None).width == 9
    assert prepare(RAMP, View(side=600), name="enlarged", max_side=100).width == 100
    assert prepare(encoded(Image.new("RGBA", (4, 4))), View(), name="rgba", max_side=None).media_type == "image/png"
    assert prepare(encoded(Image.new("L", (4, 4)), "GIF"), View(), name="gif", max_side=None).data[:4] == b"\x89PNG"
    assert prepare(shipped("CT_small.dcm"), View(), name="ct", max_side=64).height == 64


def test_turned_photographs_are_set_upright() -> None:
    """A JPEG that is stored lying, with a note to turn it, is rendered upright rather than passed through."""
    exif = Image.Exif()
    exif[0x0112] = 6
    sent = prepare(encoded(Image.new("RGB", (40, 20)), "JPEG", exif=exif), View(), name="lying", max_side=None)
    assert (sent.media_type, sent.width, sent.height) == ("image/png", 20, 40)


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "WEBP"])
@pytest.mark.parametrize("kept", [0, 3, 20, 0.6])
def test_truncated_files_are_faults(form: str, kept: float) -> None:
    """A file that is cut off anywhere is a fault that names the picture, both opened and prepared."""
    whole = encoded(Image.effect_noise((64, 64), 90).convert("RGB"), form)
    data = whole[: int(kept * len(whole)) if isinstance(kept, float) else kept]
    for attempt in (
        lambda: open_picture(data, View(), name="cut.img"),
        lambda: prepare(data, View(), name="cut.img", max_side=None),
    ):
        with pytest.raises(PictureError, match=r"cut\.img: cannot be decoded"):
            attempt()


def test_bytes_of_another_kind_are_faults() -> None:
    """Text, formats that start other programs, and DICOM that is cut off are faults that say what was found."""
    for data in (b"hello", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", b""):
        with pytest.raises(PictureError, match=r"odd: cannot be decoded"):
            open_picture(data, View(), name="odd")
    with pytest.raises(PictureError, match=r"cut: cannot be decoded, its 9,000 bytes are DICOM"):
        open_picture(shipped("CT_small.dcm")[:9000], View(), name="cut")
    with pytest.raises(PictureError, match=r"plan: a DICOM file without pixels \(modality RTPLAN\)"):
        open_picture(shipped("rtplan.dcm"), View(), name="plan")
    with pytest.raises(PictureError, match=r"dfl: a deflated DICOM file is not opened"):
        open_picture(shipped("image_dfl.dcm"), View(), name="dfl")


def claimed(width: int, height: int) -> bytes:
    """Build a PNG of a few bytes that claims to be of any size."""
    parts = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)), (b"IDAT", zlib.compress(b"")))
    chunks = [
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in (*parts, (b"IEND", b""))
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.filterwarnings("ignore:Image size")
@pytest.mark.parametrize("side", [10_001, 60_000])
def test_too_many_pixels_are_refused_unseen(side: int) -> None:
    """A small file that claims more pixels than allowed is refused before it is unpacked."""
    assert side**2 > MAX_PIXELS
    for attempt in (
        lambda: open_picture(claimed(side, side), View(), name="bomb"),
        lambda: prepare(claimed(side, side), View(), name="bomb", max_side=None),
    ):
        with pytest.raises(PictureError, match=r"bomb: .*(pixels are more than|exceeds limit)"):
            attempt()


def test_dicom_and_enlargements_are_bounded() -> None:
    """A DICOM header that claims too many pixels, and a side that would make too many, are refused."""
    with pytest.raises(PictureError, match=r"huge: 65535 x 65535 pixels are more than the 100,000,000"):
        open_picture(dicom(np.zeros((2, 2), "uint8"), Rows=65535, Columns=65535), View(), name="huge")
    with pytest.raises(PictureError, match=r"wide: 60000 x 40000 pixels"):
        open_picture(RAMP, View(side=60_000), name="wide")
    with pytest.raises(PictureError, match=r"none: a longer side of 0"):
        open_picture(RAMP, View(side=0), name="none")


def test_dicom_without_its_magic() -> None:
    """A bare data set, without preamble and meta header, is tried as DICOM and shows the same."""
    data = dicom(np.arange(16, dtype="uint8").reshape(4, 4))
    dataset = pydicom.dcmread(BytesIO(data))
    del dataset.file_meta
    file = BytesIO()
    dataset.preamble = None
    pydicom.dcmwrite(file, dataset, implicit_vr=True, little_endian=True)
    assert file.getvalue()[128:132] != b"DICM"
    bare = prepare(file.getvalue(), View(), name="bare", max_side=None)
    assert prepare(data, View(), name="whole", max_side=None) == bare


def test_missing_pydicom_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pydicom a DICOM picture is a fault that bears the command that brings it."""
    monkeypatch.setitem(sys.modules, "pydicom", None)
    with pytest.raises(PictureError, match=r"ct: .*pip install 'vqa-eval\[dicom\]'"):
        open_picture(shipped("CT_small.dcm"), View(), name="ct")
