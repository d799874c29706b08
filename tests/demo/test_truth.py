"""The demonstration's keys are true: headers, measured pixels and counts say what the keys say."""

import collections
import importlib.metadata
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.records import Mark, View
from vqa_eval.samples.pixels.preparing import open_picture

np = pytest.importorskip("numpy", reason="the demonstration's pictures need vqa-eval[demo]")
pydicom = pytest.importorskip("pydicom", reason="the demonstration's pictures need vqa-eval[demo]")
morphology = pytest.importorskip("skimage.morphology", reason="the demonstration's pictures need vqa-eval[demo]")
measure = pytest.importorskip("skimage.measure", reason="the demonstration's pictures need vqa-eval[demo]")

ROOT = Path(__file__).resolve().parents[2]


def read(name: str) -> list[dict[str, Any]]:
    """Read one of the demonstration's tables."""
    lines = (ROOT / "tasks/demo" / name).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


CHOICES = read("questions.jsonl")
CAPTIONS = read("captions.jsonl")
ROWS = CHOICES + CAPTIONS
BY_ID = {row["id"]: row for row in ROWS}
FOLDERS = {"pydicom": "data/test_files", "skimage": "data"}
DISTRIBUTIONS = {"pydicom": "pydicom", "skimage": "scikit-image"}

# What the values inside a mark must be on average for the key to hold: Hounsfield units for CT, stored ones else.
MEASURED = {
    "ct-003": ("Vertebral body", 120, 400),
    "ct-004": ("Vertebral body", 120, 400),
    "ct-005": ("Vertebral arch", 300, 900),
    "ct-006": ("Spinal canal", 0, 80),
    "ct-007": ("Descending aorta", 120, 220),
    "ct-010": ("Lung with air", -950, -600),
    "ct-011": ("Fat under the skin", -130, -60),
    "ct-012": ("Muscle of the back", 10, 80),
    "ct-017": ("-800", -850, -750),
    "ct-019": ("No", -950, -600),
    "ct-024": ("Frontal sinus", -1050, -300),
    "ct-025": ("Mastoid air cells", -700, 200),
    "ct-026": ("Occipital bone", 500, 1500),
    "ct-027": ("Cerebellum", 15, 60),
    "ct-028": ("Temporal lobe", 15, 60),
    "ct-029": ("Cerebrospinal fluid", -15, 20),
    "mr-007": ("Kidney", 450, 800),
    "mr-008": ("Kidney", 450, 800),
    "mr-009": ("Liver", 350, 480),
    "mr-010": ("Darker", 0, 340),
    "mr-011": ("Abdominal aorta", 380, 700),
    "mr-012": ("Vertebral body", 100, 300),
    "us-012": ("Flowing blood", 0, 30),
    "mi-005": ("One round cell", 150, 255),
    "mi-006": ("Background", 50, 90),
}


def stored(row: dict[str, Any]) -> bytes:
    """Read the bytes that a row's picture names."""
    package, name = row["picture"]["file"].split(":")
    spec = importlib.util.find_spec(package)
    assert spec
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0], FOLDERS[package], name).read_bytes()


def view(row: dict[str, Any], **changes: Any) -> View:
    """Read a row's view."""
    told = row["picture"] | changes
    mark = told.get("mark")
    return View(
        frame=told.get("frame", 0),
        window=tuple(told["window"]) if told.get("window") else None,
        crop=tuple(told["crop"]) if told.get("crop") else None,
        mark=Mark(mark["kind"], tuple((x, y) for x, y in mark["points"])) if mark else None,
        side=told.get("side"),
    )


def shown(row: dict[str, Any], **changes: Any) -> Any:
    """Return the pixels of a row's view as an array."""
    return np.asarray(open_picture(stored(row), view(row, **changes), name=row["id"])).astype(int)


def source(row: dict[str, Any]) -> Any:
    """Return the whole unmarked source frame of a row as shown without a window, at its own size."""
    return shown(row, mark=None, crop=None, side=None)


def header(row: dict[str, Any]) -> Any:
    """Read the DICOM data set of a row."""
    from io import BytesIO

    return pydicom.dcmread(BytesIO(stored(row)))


def values(row: dict[str, Any]) -> Any:
    """Return rescaled DICOM values, or grey values of a plain picture."""
    if not row["picture"]["file"].endswith(".dcm"):
        return source(row)[..., 0]
    dataset = header(row)
    if dataset.get("Modality") == "US":
        return source(row)[..., 0]
    return dataset.pixel_array * float(dataset.get("RescaleSlope", 1)) + float(dataset.get("RescaleIntercept", 0))


def inside(row: dict[str, Any]) -> Any:
    """Return which source pixels a row's mark covers."""
    from PIL import Image, ImageDraw

    height, width = values(row).shape
    area = Image.new("1", (width, height))
    points = [tuple(point) for point in row["picture"]["mark"]["points"]]
    draw = ImageDraw.Draw(area)
    (draw.rectangle if row["picture"]["mark"]["kind"] == "box" else draw.polygon)(points, fill=1)
    return np.asarray(area)


def key(name: str) -> str:
    """Return the text of the right option."""
    row = BY_ID[name]
    text: str = row["options"]["ABCDE".index(row["answer"])]
    return text


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])
def test_every_view_opens_and_shows_something(row: dict[str, Any]) -> None:
    """A row's picture renders to its side and is not one flat colour."""
    pixels = shown(row)
    assert row["picture"]["side"] == max(pixels.shape[:2])
    assert pixels.std() > 0.5


def test_rows_have_one_form() -> None:
    """Ids are unique; a choice has 2 to 5 unlike options and a key among them, a caption has its text."""
    assert len(ROWS) == len(BY_ID)
    for row in CHOICES:
        assert 2 <= len(row["options"]) <= 5
        assert len({option.casefold() for option in row["options"]}) == len(row["options"])
        assert row["answer"] in "ABCDE"[: len(row["options"])]
    for row in CAPTIONS:
        assert row["caption"].endswith(".")


def test_the_questions_spread() -> None:
    """The axes hold as many values as the demonstration promises."""
    assert 100 <= len(ROWS) <= 115
    assert len({row["modality"] for row in ROWS}) >= 5
    assert len({row["task"] for row in ROWS}) >= 6
    assert len({row["department"] for row in ROWS}) >= 5
    assert {f"{name} Level" for name in ("Image", "Box", "Contour", "Mask")} == {row["granularity"] for row in ROWS}
    assert sum(row["modality"] == "CT" for row in ROWS) >= 20
    assert 8 <= len(CAPTIONS) <= 10


def test_facets_are_names_of_gmai() -> None:
    """Modalities, tasks and departments stand in the lexicons with exactly this spelling."""
    lexicon = {axis.id: {value.name for value in axis.values} for axis in Catalog().axes}
    for axis in ("modality", "task", "department", "granularity"):
        assert lexicon[axis] >= {row[axis] for row in ROWS}


def test_granularity_is_the_mark() -> None:
    """A question is as fine as what is drawn: nothing, a box, a contour or a mask."""
    for row in ROWS:
        drawn = row["picture"].get("mark", {"kind": "image"})["kind"]
        assert f"{drawn.title()} Level" == row["granularity"]


def test_letters_tell_nothing() -> None:
    """No letter is right much more often than another, and the longest option is right near chance."""
    letters = collections.Counter(row["answer"] for row in CHOICES)
    assert set("ABCD") == set(letters)
    assert max(letters.values()) / len(CHOICES) < 0.30
    assert min(letters.values()) / len(CHOICES) > 0.20
    longest = 0.0
    for row in CHOICES:
        most = max(map(len, row["options"]))
        ties = [option for option in row["options"] if len(option) == most]
        longest += (key(row["id"]) in ties) / len(ties)
    chance = sum(1 / len(row["options"]) for row in CHOICES) / len(CHOICES)
    assert longest / len(CHOICES) == pytest.approx(chance, abs=0.08)


def test_pictures_are_in_the_wheels() -> None:
    """Every picture stands in the RECORD of the package that ships it, so nothing is downloaded."""
    for package, distribution in DISTRIBUTIONS.items():
        shipped = {str(file) for file in importlib.metadata.files(distribution) or ()}
        used = {row["picture"]["file"].split(":")[1] for row in ROWS if row["picture"]["file"].startswith(package)}
        assert {f"{package}/{FOLDERS[package]}/{name}" for name in used} <= shipped


def test_headers_say_the_modality() -> None:
    """A DICOM picture's header names the modality of its facet; a segmentation refers to CT pictures."""
    said = {"CT": "CT", "UltraSound": "US", "T1 weighted MRI": "MR", "T2 weighted MRI": "MR"}
    for row in ROWS:
        if not row["picture"]["file"].startswith("pydicom:") or row["modality"] == "Histopathology":
            continue
        dataset = header(row)
        if dataset.Modality == "SEG":
            references = dataset.ReferencedSeriesSequence[0].ReferencedInstanceSequence
            assert {pydicom.uid.CTImageStorage} == {item.ReferencedSOPClassUID for item in references}
            assert dataset.SegmentSequence[0].SegmentLabel == row["label"].capitalize() == key("ct-037")
        else:
            assert said[row["modality"]] == dataset.Modality


@pytest.mark.parametrize("name", MEASURED)
def test_values_inside_the_mark(name: str) -> None:
    """The mean inside a mark lies where the keyed tissue must lie."""
    text, low, high = MEASURED[name]
    row = BY_ID[name]
    assert text == key(name)
    assert low < values(row)[inside(row)].mean() < high


def test_orientation_keys() -> None:
    """Keys about sides rest on headers: columns run to the patient's left, rows to the back."""
    for name, text in {"ct-009": "Left", "ct-018": "Back", "mr-015": "Right"}.items():
        assert text == key(name)
        assert [float(number) for number in header(BY_ID[name]).ImageOrientationPatient] == [1, 0, 0, 0, 1, 0]
    assert key("ct-031") == "The forehead"
    assert list(header(BY_ID["ct-031"]).PatientOrientation) == ["L", "PF"]
    assert header(BY_ID["ct-021"]).BodyPartExamined == "HEAD"
    assert key("ct-021") == "Head"
    assert header(BY_ID["mr-006"]).BodyPartExamined == "ABDOMEN"
    assert key("mr-006") == "Abdomen"


def test_aorta_and_brightest_bone() -> None:
    """The contrast-filled vessel lies at the upper right, and the highest value lies in the vertebral arch."""
    hounsfield = values(BY_ID["ct-008"])
    assert key("ct-008") == "Upper right"
    assert 120 < hounsfield[2:16, 78:102].mean() < 220
    assert key("ct-016") == "Vertebral arch"
    row, column = np.unravel_index(hounsfield.argmax(), hounsfield.shape)
    assert inside(BY_ID["ct-005"])[row, column]


def test_windows_are_the_keyed_ones() -> None:
    """A question about a window is shown through one that bears this name by centre and width."""
    for name, text in {"ct-013": "Lung window", "ct-014": "Bone window", "ct-023": "Bone window"}.items():
        assert text == key(name)
        centre, width = BY_ID[name]["picture"]["window"]
        assert (centre < -400) if text == "Lung window" else (centre >= 300 and width >= 1500)
    assert key("ct-022") == "Brain window"
    dataset = header(BY_ID["ct-022"])
    assert (dataset.WindowCenter[0], dataset.WindowWidth[0]) == (40, 100)


def test_air_behind_the_forehead() -> None:
    """The black areas behind the forehead are air; the other head's file is very strongly compressed."""
    assert key("ct-030") == "Air in a sinus"
    assert values(BY_ID["ct-030"])[66:80, 300:340].mean() < -900
    assert key("ct-033") == "Compression blocks"
    assert float(header(BY_ID["ct-033"]).LossyImageCompressionRatio) > 300
    assert key("ct-034") == "Poor"
    assert key("ct-036") == "Head holder"
    assert header(BY_ID["ct-036"]).BitsStored < header(BY_ID["ct-036"]).BitsAllocated


def test_liver_mask() -> None:
    """Three quarters of the segmented liver lie in the left half of the picture."""
    mask = values(BY_ID["ct-038"])
    assert key("ct-038") == "Left half"
    assert 0.74 < mask[:, :256].sum() / mask.sum() < 0.76


def test_mri_weighting() -> None:
    """Long times make the spin echo T2 weighted; the liver's series is named T1 and had contrast medium."""
    small, liver = header(BY_ID["mr-001"]), header(BY_ID["mr-005"])
    assert key("mr-001") == "T2"
    assert (small.ScanningSequence, float(small.RepetitionTime), float(small.EchoTime)) == ("SE", 4000, 240)
    assert liver.ProtocolName.startswith("t1_")
    assert "Omniscan" in liver.ContrastBolusAgent
    assert key("mr-004") == "Low resolution"
    assert (small.Rows, small.Columns) == (64, 64)


def test_mri_signals() -> None:
    """The ring lies right of the middle and outshines the box; kidneys outshine the other options."""
    small = values(BY_ID["mr-003"])
    assert key("mr-003") == "Clearly lower"
    assert small[inside(BY_ID["mr-003"])].mean() < 0.5 * small[30:33, 42:52].mean()
    assert key("mr-002") == "Right of the middle"
    assert small[36:40, 39:44].mean() < 0.6 * small[30:33, 42:52].mean()
    liver = values(BY_ID["mr-014"])
    assert key("mr-014") == "Kidney cortex"
    kidney = liver[inside(BY_ID["mr-008"])].mean()
    others = [liver[inside(BY_ID[name])].mean() for name in ("mr-012", "mr-010")] + [liver[260:275, 160:210].mean()]
    assert kidney > 1.5 * max(others)
    assert liver[125:145, 126:146].mean() < 0.7 * liver[inside(BY_ID["mr-009"])].mean()


def test_ultrasound_colours() -> None:
    """The node's colour is yellow to red, more of it in the left rectangle; the node is darker than around it."""
    frame = shown(BY_ID["us-007"], side=None)
    hot = frame[..., 0] - frame[..., 2] > 80
    assert key("us-007") == "The left one"
    assert hot[150:292, 90:316].sum() > 1.3 * hot[150:292, 320:546].sum()
    assert key("us-006") == "They are darker"
    grey = frame.max(2) - frame.min(2) < 25
    node = frame[255:275, 150:250][grey[255:275, 150:250]].mean()
    around = frame[300:330, 100:300][grey[300:330, 100:300]].mean()
    assert node < 0.7 * around


def test_heart_frames() -> None:
    """The film has 30 frames; the bright leaflet crosses the middle in the first and is gone in the tenth."""
    assert int(header(BY_ID["us-013"]).NumberOfFrames) == 30
    leaflet = [shown(BY_ID[name], side=None, crop=[165, 122, 184, 135]).max() for name in ("us-013", "us-014")]
    assert (key("us-013"), key("us-014")) == ("Yes", "No")
    assert leaflet[0] > 1.8 * leaflet[1]
    assert "EPICARDIAL" in header(BY_ID["us-009"]).ImageType
    assert key("us-009") == "The heart"


def test_obstetric_header() -> None:
    """The obstetric picture's header names a curved probe; two white crosses stand below the echoes."""
    dataset = header(BY_ID["us-019"])
    assert dataset.TransducerType == "CURVED LINEAR"
    assert key("us-019") == "Curved surface"
    assert "OBSTETRICAL" in dataset.ImageType
    white = shown(BY_ID["us-016"], side=None)[200:].min(2) > 200
    parts = [part for part in measure.regionprops(measure.label(white, connectivity=2)) if part.area > 12]
    assert key("us-016") == "Two"
    assert len(parts) == 2


def test_stain_colours() -> None:
    """The gland has more red than blue (brown), the stroma has not, and the box without tissue is light."""
    frame = source(BY_ID["hp-003"])
    gland, stroma, empty, lumen = (
        frame[inside(BY_ID[name])].mean(0) for name in ("hp-007", "hp-004", "hp-005", "hp-006")
    )
    assert gland[0] - gland[2] > 30
    assert abs(stroma[0] - stroma[2]) < 12
    assert key("hp-008") == "Stroma"
    assert empty.min() > 215
    assert key("hp-005") == "Empty space"
    assert lumen.min() > gland.max()


def test_tiles_are_blank() -> None:
    """More than 99 per cent of both slide tiles is as light as glass."""
    for name in ("hp-011", "hp-012"):
        assert (source(BY_ID[name]).min(2) > 220).mean() > 0.99
    assert (key("hp-011"), key("hp-012")) == ("Empty glass", "No")


def test_retina() -> None:
    """The brightest place lies in the outlined disc, the darkest of the middle in the masked macula."""
    from PIL import Image, ImageFilter

    picture = Image.fromarray(source(BY_ID["fp-007"]).astype("uint8")).convert("L")
    smooth = np.asarray(picture.filter(ImageFilter.GaussianBlur(15)))
    assert key("fp-005") == key("fp-007") == "Optic disc"
    assert inside(BY_ID["fp-005"])[np.unravel_index(smooth.argmax(), smooth.shape)]
    assert inside(BY_ID["fp-003"])[np.unravel_index(smooth.argmax(), smooth.shape)]
    middle = smooth[450:950, 450:950]
    row, column = np.unravel_index(middle.argmin(), middle.shape)
    assert key("fp-006") == key("fp-004") == "Macula"
    assert inside(BY_ID["fp-006"])[row + 450, column + 450]


def test_microaneurysms() -> None:
    """Two small dark spots stand alone, and the upper left one is the darker."""
    grey = values(BY_ID["fp-013"])
    assert key("fp-013") == "Two"
    # Darker than what a closing makes of it: vessels and spots; only the spots are short.
    hollow = morphology.closing(grey, morphology.disk(6)) - grey > 12
    spots = [
        part for part in measure.regionprops(measure.label(hollow)) if part.axis_major_length < 10 and part.area > 12
    ]
    assert [tuple(round(number) for number in spot.centroid) for spot in spots] == [(22, 16), (71, 49)]
    assert key("fp-017") == "The upper left one"
    assert grey[18:28, 10:22].min() < grey[66:76, 43:54].min() - 15


def test_cell() -> None:
    """One large bright round region lies at the lower right, wholly inside the box, with a dark rim."""
    grey = values(BY_ID["mi-001"])
    (cell,) = [part for part in measure.regionprops(measure.label(grey > 130)) if part.area > 50]
    assert key("mi-001") == "One"
    row, column = cell.centroid
    assert key("mi-002") == "Lower right"
    assert row > grey.shape[0] / 2
    assert column > grey.shape[1] / 2
    assert key("mi-003") == "Round disc"
    assert cell.eccentricity < 0.3
    assert key("mi-004") == "Yes"
    assert not ((grey > 130) & ~inside(BY_ID["mi-004"])).any()
    assert key("mi-007") == "A dark halo"
    assert grey[300:308, 400:460].mean() < 0.6 * grey[460:620, 40:260].mean()
