"""DICOM files of every usual kind show what their headers say, and bad ones are faults that name the file."""

import hashlib
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.samples.pictures import dicom, encoded, grey, item, shipped, table
from vqa_eval.errors import PictureError
from vqa_eval.records import View
from vqa_eval.samples.pixels.decoding import unshown, window_words
from vqa_eval.samples.pixels.preparing import open_picture, prepare

pydicom = pytest.importorskip("pydicom", reason="DICOM pictures need vqa-eval[dicom]")

RAMP = np.arange(256, dtype="uint8").reshape(16, 16)


# Mean and spread of what is shown, and, where no lossy decoder has a say, the digest of its RGB bytes.
SHOWN = {
    "dicom_pydicom/CT_small.dcm": ((128, 128), (96.0,) * 3, 46.9, "f7204abd4780116c"),
    "dicom_pydicom/MR_small.dcm": ((64, 64), (113.1,) * 3, 61.0, "14a6bdecaf0d9a69"),
    "dicom_pydicom/examples_jpeg2k.dcm": ((640, 480), (40.4, 34.5, 28.7), 59.0, "e16892020c73095e"),
    "dicom_pydicom/examples_overlay.dcm": ((484, 300), (48.1,) * 3, 52.7, "0c94656916ee69ae"),
    "dicom_pydicom/examples_palette.dcm": ((800, 350), (15.9, 20.1, 25.4), 45.8, "322156a65198e9be"),
    "dicom_pydicom/examples_rgb_color.dcm": ((320, 240), (40.1, 34.2, 28.5), 53.1, "a64f021b9093684b"),
    "dicom_pydicom/examples_ybr_color.dcm": ((320, 240), (9.2, 9.5, 9.7), 20.1, None),
    "dicom_pydicom/liver_1frame.dcm": ((512, 512), (35.2,) * 3, 88.0, "dbc38ade1ed243e7"),
    "highdicom_sm/ct_image.dcm": ((128, 128), (96.0,) * 3, 46.9, "f7204abd4780116c"),
    "highdicom_sm/dx_image.dcm": ((211, 169), (89.2,) * 3, 48.8, "7286de24b01ceead"),
    "highdicom_sm/sm_image.dcm": ((10, 10), (243.8,) * 3, 0.4, "fca966161a41548b"),
}


@pytest.mark.parametrize("name", SHOWN)
def test_real_files_show_their_golden_figures(name: str, shared_data: Path) -> None:
    """Every DICOM file at hand renders to the pixels that were looked at once and found right."""
    size, mean, spread, digest = SHOWN[name]
    shown = open_picture((shared_data / name).read_bytes(), View(), name=name)
    values = np.asarray(shown).astype(float)
    assert size == shown.size
    assert mean == pytest.approx(values.mean((0, 1)), abs=0.1)
    assert spread == pytest.approx(values.std(), abs=0.1)
    if digest is not None:
        assert digest == hashlib.sha256(shown.tobytes()).hexdigest()[:16]


def test_no_real_file_is_left_out(shared_data: Path) -> None:
    """The golden figures are of all DICOM files in both folders."""
    there = {
        f"{folder}/{path.name}"
        for folder in ("dicom_pydicom", "highdicom_sm")
        for path in (shared_data / folder).glob("*.dcm")
    }
    assert there == SHOWN.keys()


def test_window_in_hounsfield_units() -> None:
    """A window of centre 40 and width 400 shows each Hounsfield unit at the grey that DICOM's formula gives."""
    data = shipped("CT_small.dcm")
    hounsfield = pydicom.dcmread(BytesIO(data)).pixel_array - 1024.0
    shown = grey(data, View(window=(40, 400)))
    expected = (((hounsfield - 39.5) / 399 + 0.5) * 255).clip(0, 255)
    assert np.abs(expected - shown).max() <= 0.5
    assert shown[hounsfield < -160].max() == 0
    assert shown[hounsfield > 240].min() == 255


def test_the_first_window_of_the_file_is_taken() -> None:
    """Of several windows in a file the first is used where the view brings none."""
    pixels = np.array([[0, 50, 100, 200]], "uint16")
    assert [0, 128, 255, 255] == grey(dicom(pixels, WindowCenter=[50.5, 500], WindowWidth=[101, 50]))[0].tolist()


def test_the_view_wins_over_the_file() -> None:
    """The view's window is used even where the file has its own, or a table."""
    pixels, view = np.array([[0, 100, 200]], "uint16"), View(window=(100.5, 201))
    for own in ({"WindowCenter": 1000, "WindowWidth": 10}, {"VOILUTSequence": table(0, 8, [9] * 201)}):
        assert [0, 128, 255] == grey(dicom(pixels, **own), view)[0].tolist()


@pytest.mark.parametrize(
    ("function", "expected"),
    [("LINEAR", [0, 0, 128, 255, 255]), ("LINEAR_EXACT", [0, 0, 128, 255, 255]), ("SIGMOID", [0, 30, 128, 225, 255])],
)
def test_window_functions(function: str, expected: list[int]) -> None:
    """The file's window function is the one that it names; a sigmoid reaches 12 % and 88 % at the window's ends."""
    pixels = np.array([[0, 400, 500, 600, 2000]], "uint16")
    centre = 500.5 if function == "LINEAR" else 500
    width = 201 if function == "LINEAR" else 200
    data = dicom(pixels, WindowCenter=centre, WindowWidth=width, VOILUTFunction=function)
    assert expected == grey(data)[0].tolist()


@pytest.mark.parametrize("width", [0, -5, 0.5])
def test_a_window_that_dicom_forbids_counts_as_none(width: float) -> None:
    """A file whose own window can show nothing is spread over its values."""
    pixels = np.array([[0, 51, 255]], "uint16")
    assert [0, 51, 255] == grey(dicom(pixels, WindowCenter=50, WindowWidth=width))[0].tolist()


def test_voi_tables() -> None:
    """A table shows each value as it says, those outside as its ends, whatever the bits of its entries."""
    pixels = np.array([[0, 1000, 2047, 3000, 4095, 9000]], "uint16")
    for form in ("u1", "<u2"):
        ramp = table(0, 8, np.arange(4096) // 16, form)
        assert [0, 62, 127, 187, 255, 255] == grey(dicom(pixels, VOILUTSequence=ramp))[0].tolist()
    deep = table(1000, 12, np.arange(0, 4096, 2))
    assert [0, 0, 130, 249, 255, 255] == grey(dicom(pixels, VOILUTSequence=deep))[0].tolist()
    below = table(-100, 8, np.arange(201))
    signed = np.array([[-500, -100, 0, 100, 500]], "int16")
    assert [0, 0, 100, 200, 200] == grey(dicom(signed, VOILUTSequence=below))[0].tolist()


def test_modality_tables() -> None:
    """A modality table acts before the window, in place of slope and intercept."""
    pixels = np.array([[0, 1, 2, 3]], "uint8")
    lut = table(1, 16, [1000, 1500, 2000])
    data = dicom(pixels, ModalityLUTSequence=lut, WindowCenter=1500.5, WindowWidth=1001)
    assert [0, 0, 128, 255] == grey(data)[0].tolist()


@pytest.mark.parametrize(
    "elements",
    [
        {},
        {"WindowCenter": 100, "WindowWidth": 77},
        {"WindowCenter": 100, "WindowWidth": 77, "VOILUTFunction": "SIGMOID"},
        {"RescaleSlope": -2, "RescaleIntercept": 7, "WindowCenter": -99, "WindowWidth": 300},
        {"VOILUTSequence": [(0, 8, range(200))]},
    ],
    ids=["spread", "window", "sigmoid", "rescaled", "table"],
)
def test_monochrome1_is_the_exact_negative(elements: dict[str, Any]) -> None:
    """Where a file counts white as zero, each pixel is 255 less what it is without, whichever way it is shown."""
    if "VOILUTSequence" in elements:
        elements = {"VOILUTSequence": table(*elements["VOILUTSequence"][0])}
    inverted = grey(dicom(RAMP, PhotometricInterpretation="MONOCHROME1", **elements))
    assert np.array_equal(255 - grey(dicom(RAMP, **elements)), inverted)


def test_rescale_is_applied_before_the_window() -> None:
    """Slope and intercept act before the window, so that windows are in rescaled units."""
    data = dicom(np.array([[0, 10, 20]], "uint8"), RescaleSlope=10, RescaleIntercept=-100)
    assert [0, 128, 255] == grey(data, View(window=(0.5, 201)))[0].tolist()


@pytest.mark.parametrize(
    ("kind", "stored"), [("uint8", 8), ("uint16", 12), ("uint16", 16), ("int16", 12), ("int16", 16), ("int8", 8)]
)
def test_every_depth_shows_the_same(kind: str, stored: int) -> None:
    """The same values show the same, stored in 8, 12 or 16 bits, with or without a sign."""
    values = np.arange(0, 120, dtype=kind).reshape(10, 12)
    data = dicom(values, BitsStored=stored, WindowCenter=60.5, WindowWidth=101)
    expected = ((values.astype(float) - 60) / 100 + 0.5) * 255
    assert np.abs(expected.clip(0, 255) - grey(data)).max() <= 0.5


def test_negative_values_of_12_bits() -> None:
    """A signed file of 12 bits in 16 shows its negative values below the others, whatever its spare bits hold."""
    pixels = (np.array([[-2000, -1, 0, 1500]]).astype("int16") & 0x0FFF).astype("int16")
    data = dicom(pixels, BitsStored=12, WindowCenter=0.5, WindowWidth=4001)
    assert [0, 127, 128, 223] == grey(data)[0].tolist()


def test_one_bit_a_pixel() -> None:
    """A segmentation of one bit a pixel shows black and white."""
    assert {0, 255} == set(np.unique(grey(shipped("liver_1frame.dcm"))))


def test_without_any_window_the_values_are_spread() -> None:
    """A file without a window is shown from its lowest to its highest value."""
    assert open_picture(shipped("CT_small.dcm"), View(), name="ct").getextrema() == ((0, 255),) * 3


def test_a_clip_of_metal_does_not_darken_the_rest() -> None:
    """Where a few outliers would take up more than half of the range, they are cut off."""
    tissue = np.tile(np.arange(100, 200, dtype="uint16"), (100, 1))
    tissue[0, :3] = 30_000
    shown = grey(dicom(tissue))
    assert shown[0, :3].tolist() == [255, 255, 255]
    assert np.ptp(shown[1:]) == 255


def test_padding_does_not_count() -> None:
    """Pixels that only fill the frame do not set the range, whether one value or a range of them."""
    scan = np.tile(np.arange(1000, 1100, dtype="int16"), (10, 1))
    scan[:, :40] = -2000
    scan[:, 0] = -2010
    for padding in ({"PixelPaddingValue": -2000, "PixelPaddingRangeLimit": -2010}, {"PixelPaddingValue": -2010}):
        shown = grey(dicom(scan, **padding))
        assert shown[0, 0] == 0
        assert shown[0, -1] == 255
        assert (shown[0, 40] == 0) == (len(padding) == 2)


def test_frames() -> None:
    """A view's frame is shown, and one beyond the last is a fault that says how many there are."""
    data = dicom(np.stack([np.full((4, 4), value, "uint8") for value in (20, 80)]), NumberOfFrames=2)
    window = (50.5, 101)
    assert [51, 204] == [grey(data, View(frame=frame, window=window))[1, 1] for frame in (0, 1)]
    for frame in (2, -1):
        with pytest.raises(PictureError, match=rf"film: frame {frame} asked for, but it holds 2"):
            open_picture(data, View(frame=frame), name="film")


def test_enhanced_files_speak_frame_by_frame() -> None:
    """What an enhanced file says of one frame wins over what it says of all, for rescaling as for windows."""
    pixels = np.stack([np.array([[0, 50, 100]], "uint16")] * 2)
    for_all = pydicom.Dataset()
    for_all.FrameVOILUTSequence = item(WindowCenter=50.5, WindowWidth=101)
    for_all.PixelValueTransformationSequence = item(RescaleSlope=1, RescaleIntercept=0)
    for_second = pydicom.Dataset()
    for_second.PixelValueTransformationSequence = item(RescaleSlope=1, RescaleIntercept=-50)
    data = dicom(
        pixels,
        NumberOfFrames=2,
        SharedFunctionalGroupsSequence=pydicom.Sequence([for_all]),
        PerFrameFunctionalGroupsSequence=pydicom.Sequence([pydicom.Dataset(), for_second]),
    )
    assert [0, 128, 255] == grey(data)[0].tolist()
    assert [0, 0, 128] == grey(data, View(frame=1))[0].tolist()


@pytest.mark.parametrize("name", ["examples_palette.dcm", "examples_ybr_color.dcm", "examples_rgb_color.dcm"])
def test_colour_dicom(name: str) -> None:
    """Palette, YBR and RGB files become RGB pictures that hold colour."""
    shown = np.asarray(open_picture(shipped(name), View(), name=name)).astype(int)
    assert shown.shape[2] == 3
    assert (shown.max(2) - shown.min(2)).max() > 60


@pytest.mark.parametrize(("bits", "form", "factor"), [(8, "u1", 1), (16, "<u2", 257), (16, "<u2", 1), (8, "<u2", 1)])
def test_palettes(bits: int, form: str, factor: int) -> None:
    """A palette gives each value its colour, also beyond 256 values, and where its bits are stated too many."""
    colours = np.stack([np.arange(300) % 256, np.arange(300) // 2, np.full(300, 7)])
    elements: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, entries in zip(("Red", "Green", "Blue"), colours, strict=True):
        elements[f"{name}PaletteColorLookupTableDescriptor"] = [300, 10, bits]
        elements[f"{name}PaletteColorLookupTableData"] = (entries * factor).astype(form).tobytes()
    shown = open_picture(dicom(np.array([[0, 10, 110, 309, 900]], "uint16"), **elements), View(), name="palette")
    assert [(0, 0, 7), (0, 0, 7), (100, 50, 7), (43, 149, 7), (43, 149, 7)] == [
        shown.getpixel((x, 0)) for x in range(5)
    ]


def test_planes_and_pixels_of_rgb_agree() -> None:
    """RGB shows the same, stored colour by pixel or colour by plane."""
    rgb = np.random.default_rng(1).integers(0, 256, (6, 8, 3), "uint8")
    elements = {"Rows": 6, "Columns": 8, "SamplesPerPixel": 3, "PhotometricInterpretation": "RGB"}
    by_pixel = dicom(rgb, PlanarConfiguration=0, **elements)
    by_plane = dicom(np.ascontiguousarray(rgb.transpose(2, 0, 1)), PlanarConfiguration=1, **elements)
    for data in (by_pixel, by_plane):
        assert np.array_equal(rgb, np.asarray(open_picture(data, View(), name="rgb")))


def test_ybr_shows_its_colours() -> None:
    """YBR of full and of halved colour shows the RGB that it stands for."""
    colours = np.array([[[200, 30, 60]] * 4, [[10, 220, 90]] * 4], "uint8")
    ybr = np.asarray(Image.fromarray(colours).convert("YCbCr"))
    elements = {"Rows": 2, "Columns": 4, "SamplesPerPixel": 3, "PlanarConfiguration": 0}
    full = dicom(ybr, PhotometricInterpretation="YBR_FULL", **elements)
    # Two pixels of brightness, then the one colour that they share.
    pairs = np.concatenate([ybr[:, 0::2, :1], ybr[:, 1::2, :1], ybr[:, 0::2, 1:]], axis=2)
    halved = dicom(np.ascontiguousarray(pairs), PhotometricInterpretation="YBR_FULL_422", **elements)
    for data in (full, halved):
        shown = np.asarray(open_picture(data, View(), name="ybr")).astype(int)
        assert np.abs(colours.astype(int) - shown).max() <= 2


def test_ybr_and_rgb_agree() -> None:
    """A picture stored as YBR shows the colours that it shows when stored as RGB."""
    ybr, rgb = (
        np.asarray(open_picture(shipped(name), View(), name=name)).astype(int)
        for name in ("SC_ybr_full_422_uncompressed.dcm", "SC_rgb_dcmtk_+eb+cr.dcm")
    )
    assert np.median(np.abs(ybr - rgb)) <= 2


def test_deep_colour_is_brought_to_8_bits() -> None:
    """RGB of 16 and of 32 bits shows as RGB of 8 bits does."""
    plain, *deep = (
        open_picture(shipped(name), View(), name=name).tobytes()
        for name in ("SC_rgb_rle.dcm", "SC_rgb_rle_16bit.dcm", "SC_rgb_rle_32bit.dcm")
    )
    assert [plain, plain] == deep


@pytest.mark.parametrize(
    "name",
    [
        "MR_small_RLE.dcm",
        "MR_small_bigendian.dcm",
        "MR_small_implicit.dcm",
        "MR_small_expb.dcm",
        "MR_small_jp2klossless.dcm",
        "MR_small_padded.dcm",
        "MR_small_jpeg_ls_lossless.dcm",
    ],
)
def test_every_way_of_storing_shows_the_same_pixels(name: str) -> None:
    """One picture, stored in eight ways without loss, is prepared to one digest."""
    if "jpeg_ls" in name:
        pytest.importorskip("jpeg_ls", reason="JPEG-LS needs pyjpegls")
    expected = prepare(shipped("MR_small.dcm"), View(), name="plain", max_side=None)
    assert expected == prepare(shipped(name), View(), name=name, max_side=None)


def test_jpeg_and_jpeg_2000_frames() -> None:
    """Colour that pillow packed as JPEG 2000 comes back as it was, as JPEG nearly so."""
    rgb = np.asarray(Image.linear_gradient("L").resize((16, 16)).convert("RGB")).copy()
    rgb[:8, :, 1] = 40
    elements = {"Rows": 16, "Columns": 16, "SamplesPerPixel": 3, "PlanarConfiguration": 0}
    picture = Image.fromarray(rgb)
    for form, syntax, space, most in (
        ("JPEG2000", pydicom.uid.JPEG2000Lossless, "YBR_RCT", 0),
        ("JPEG", pydicom.uid.JPEGBaseline8Bit, "YBR_FULL_422", 40),
    ):
        frame = encoded(picture, form, **({"no_jp2": True, "mct": 1} if form == "JPEG2000" else {"quality": 95}))
        data = dicom(rgb, frames=[frame], syntax=syntax, PhotometricInterpretation=space, **elements)
        shown = np.asarray(open_picture(data, View(), name=form)).astype(int)
        assert np.abs(shown - rgb).max() <= most


def test_what_else_is_installed_changes_no_pixel(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of several decoders pillow is asked first, though pydicom would take them by name, and gdcm never."""
    asked = []

    def pixel_array(dataset: Any, index: int, decoding_plugin: str = "") -> Any:
        asked.append(decoding_plugin)
        raise RuntimeError("plugins: none")

    decoder = SimpleNamespace(available_plugins=("gdcm", "pillow", "pylibjpeg"))
    monkeypatch.setattr("pydicom.pixels.get_decoder", lambda syntax: decoder)
    monkeypatch.setattr("pydicom.pixels.pixel_array", pixel_array)
    with pytest.raises(PictureError):
        open_picture(shipped("SC_rgb_jpeg_dcmtk.dcm"), View(), name="jpeg")
    assert asked == ["pillow", "pylibjpeg"]


def test_what_is_not_shown_is_said() -> None:
    """Overlays, further windows and frames, and text in the pixels are told of, one sentence each."""
    assert ("Overlays that are not drawn: 1.", "Windows: 2, of which the first is used.") == unshown(
        shipped("examples_overlay.dcm"), "mr"
    )
    assert unshown(shipped("examples_ybr_color.dcm"), "film") == (
        "Frames: 30, of which number 0 is shown (the first is 0).",
    )
    assert unshown(dicom(RAMP, BurnedInAnnotation="YES"), "us") == ("Text is burned into the pixels.",)
    assert ("Overlays that are not drawn: 1.",) == unshown(shipped("examples_overlay.dcm"), "mr", View(window=(9, 9)))
    assert unshown(shipped("CT_small.dcm"), "ct") == ()


def test_the_window_that_is_used_is_said() -> None:
    """The file's own window, or the ends of its values; nothing where the view brings one, nor of colours."""
    own = dicom(RAMP, WindowCenter=40, WindowWidth=400)
    assert "window of centre 40 and width 400, the file's own" == window_words(own, "ct", View())
    assert "" == window_words(own, "ct", View(window=(9, 9)))
    said = f"no window in the file: from {RAMP.min():g} to {RAMP.max():g}"
    assert said == window_words(dicom(RAMP), "ct", View())
    assert "" == window_words(shipped("examples_ybr_color.dcm"), "film", View())


def test_overlays_change_no_pixel() -> None:
    """A file shows the same with its overlay and without."""
    data = shipped("examples_overlay.dcm")
    dataset = pydicom.dcmread(BytesIO(data))
    for element in list(dataset.group_dataset(0x6000)):
        del dataset[element.tag]
    file = BytesIO()
    dataset.save_as(file)
    assert np.array_equal(grey(file.getvalue()), grey(data))


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


@given(
    values=st.lists(st.integers(-32768, 32767), min_size=2, max_size=30).map(sorted),
    centre=st.integers(-2000, 2000),
    width=st.integers(1, 5000),
    function=st.sampled_from(["LINEAR", "LINEAR_EXACT", "SIGMOID"]),
)
def test_brighter_values_are_never_darker(values: list[int], centre: int, width: int, function: str) -> None:
    """Grey never falls as values rise, and turns around exactly where the file counts white as zero."""
    pixels = np.array([values], "int16")
    elements = {"WindowCenter": centre, "WindowWidth": width, "VOILUTFunction": function}
    shown = grey(dicom(pixels, **elements))[0]
    assert (np.diff(shown) >= 0).all()
    assert np.array_equal(255 - shown, grey(dicom(pixels, PhotometricInterpretation="MONOCHROME1", **elements))[0])
