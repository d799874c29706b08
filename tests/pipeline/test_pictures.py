"""Pictures from the task file to the request: parts, regions, cuts of volumes, pipelines, and what cannot be shown."""

import gzip
import hashlib
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.samples.pictures import dicom, encoded, shipped
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import DataError, StoreError
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.records import Request
from vqa_eval.samples import Library, Pictures, ShelfAbout, home

TASK = """\
id: shown
title: Shown
about: A benchmark made by a test.
licence: CC0-1.0
evaluate: test
prompt: letter
pictures: {pictures}
forms:
  - name: test
    files: [rows.jsonl]
    format: jsonl
    split: test
    kind: choice
    id: id
    question: q
    options: {{fixed: [yes, no]}}
    answer: {{text: a}}
    image: {image}
    optional: {optional}
"""

GREY = 90
RED = (255, 0, 0)


@dataclass
class Asked:
    """What became of the rows."""

    about: ShelfAbout
    requests: dict[str, Request]
    """By row id."""
    faults: dict[str, str]
    """By row id: why nothing could be asked."""

    def pixels(self, row: str) -> Any:
        """Return the pixels that were sent for a row, as numbers."""
        (picture,) = self.requests[row].pictures
        assert hashlib.sha256(picture.data).hexdigest() == picture.digest
        return np.asarray(Image.open(BytesIO(picture.data)).convert("RGB")).astype(int)


Ask = Callable[..., Asked]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Return what adds rows by the keys of `image:` and asks each of them."""

    def go(image: str, *rows: dict[str, Any], pictures: str = "{}", optional: str = "[]", out: str = "") -> Asked:
        tasks = tmp_path / "tasks"
        tasks.mkdir(exist_ok=True)
        (tasks / "shown.yaml").write_text(TASK.format(image=image, pictures=pictures, optional=optional))
        whole = [{"id": str(number), "q": f"Is it {number}?", "a": "yes", **row} for number, row in enumerate(rows, 1)]
        (tmp_path / "rows.jsonl").write_text("\n".join(map(json.dumps, whole)) + "\n")
        catalog, library = Catalog([tmp_path]), Library(home())
        (about,) = library.add(catalog.tasks["shown"], tmp_path)
        engine = ScriptedEngine(lambda request: "A")
        out = out or f"run-{len(list(tmp_path.glob('run-*')))}"
        order = Order(("random",), tree=("benchmark/shown",), out=tmp_path / out)
        store, _ = run(prepare(order, catalog, library), catalog, Silence(), lambda ref, store: engine)
        faults = {}
        for sample in store.samples():
            reply, _, _ = store.marks.verdict(*_plain(sample.id))
            if reply is not None and reply.fault is not None:
                faults[sample.id.rpartition("/")[2]] = reply.fault.detail
        return Asked(about, {request.sample.rpartition("/")[2]: request for request in engine.asked}, faults)

    return go


def _plain(sample: str) -> tuple[Any, str]:
    from vqa_eval.records import PLAIN
    from vqa_eval.store import Reading

    return Reading(1, PLAIN), sample


def red(pixels: Any) -> list[tuple[int, int]]:
    """Return the places (x, y) that are red, from the upper left."""
    return [(int(x), int(y)) for y, x in np.argwhere((pixels == RED).all(axis=2))]


def picture(folder: Path, name: str, size: tuple[int, int] = (60, 40)) -> None:
    """Write a grey picture."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encoded(Image.new("RGB", size, (GREY, GREY, GREY))))


def mask(folder: Path, name: str, size: tuple[int, int] = (60, 40)) -> None:
    """Write a mask with a square of 10 pixels from (20, 10) on."""
    inside = Image.new("L", size)
    inside.paste(1, (20, 10, 30, 20))
    (folder / name).write_bytes(encoded(inside))


def test_a_crop_by_columns(ask: Ask, tmp_path: Path) -> None:
    """Four columns cut a part out, outwards to whole pixels; several parts of one picture are one cluster."""
    ramp = Image.linear_gradient("L").resize((60, 40)).convert("RGB")
    (tmp_path / "ramp.png").write_bytes(encoded(ramp))
    rows = [
        {"p": "ramp.png", "l": 10, "t": "5", "r": 30, "b": 25.0},
        {"p": "ramp.png", "l": 0.5, "t": 0, "r": 9.2, "b": 1},
    ]
    asked = ask("{file: p, crop: [l, t, r, b]}", *rows)
    assert np.array_equal(np.asarray(ramp)[5:25, 10:30], asked.pixels("1"))
    assert np.array_equal(np.asarray(ramp)[0:1, 0:10], asked.pixels("2"))
    assert 1 == asked.about.pictures


def test_a_box_by_columns(ask: Ask, tmp_path: Path) -> None:
    """Four columns draw a red box, counted in pixels of the file, on the crop too."""
    picture(tmp_path, "in/grey.png")
    row = {"p": "grey.png", "x1": 20, "y1": 10, "x2": 40, "y2": 30}
    drawn = red(ask("{file: p, folder: in, box: [x1, y1, x2, y2]}", row).pixels("1"))
    assert [(20, 10), (40, 30)] == [drawn[0], drawn[-1]]
    cropped = {**row, "l": 10, "t": 5, "r": 60, "b": 40}
    drawn = red(ask("{file: p, folder: in, box: [x1, y1, x2, y2], crop: [l, t, r, b]}", cropped).pixels("1"))
    assert [(10, 5), (30, 25)] == [drawn[0], drawn[-1]]


@pytest.mark.parametrize("region", ["box", "contour", "mask"])
def test_a_region_by_a_mask(ask: Ask, tmp_path: Path, region: str) -> None:
    """A mask beside the picture is drawn as a box, a contour or a translucent area."""
    picture(tmp_path, "p.png")
    mask(tmp_path, "p-mask.png")
    asked = ask(f'{{file: p, mask: {{text: "{{n}}-mask.png"}}, region: {region}}}', {"p": "p.png", "n": "p"})
    pixels = asked.pixels("1")
    touched = np.argwhere((pixels != GREY).any(axis=2))
    assert (0, 1) == (asked.about.pictures_missing, asked.about.pictures)
    if region == "mask":
        assert ([10, 20], [19, 29]) == (touched.min(0).tolist(), touched.max(0).tolist())
        assert 100 == len(touched)
        assert [156, 54, 54] == pixels[15, 25].tolist()
    else:
        assert GREY == pixels[15, 25, 0]
        assert red(pixels)
        assert ([8, 18], [21, 31]) == (touched.min(0).tolist(), touched.max(0).tolist()) or "contour" == region
        assert 7 <= touched.min(0)[0] <= 10
        assert 19 <= touched.max(0)[0] <= 22


def test_a_region_is_scaled_with_its_picture(ask: Ask, tmp_path: Path) -> None:
    """The pipeline's limits and squares hold for a picture with a region, and the region stays where it is."""
    picture(tmp_path, "p.png")
    mask(tmp_path, "m.png")
    row = {"p": "p.png", "m": "m.png"}
    asked = ask("{file: p, mask: m, region: mask}", row, pictures="{max_side: 120, square: true}")
    pixels = asked.pixels("1")
    assert (120, 120, 3) == pixels.shape
    assert (156, 54, 54) == tuple(pixels[40 + 15, 30 + 25])
    assert (0, 0, 0) == tuple(pixels[39, 60])
    small = ask("{file: p, mask: m, region: mask}", row, pictures="{max_side: 30, square: true}").pixels("1")
    assert (30, 30, 3) == small.shape
    assert (156, 54, 54) == tuple(small[5 + 7, 12])


def test_another_pipeline_asks_anew(ask: Ask, tmp_path: Path) -> None:
    """What is done to a picture is part of its request's key and of the run; a JPEG is sent as one."""
    picture(tmp_path, "p.png")
    asked = [ask("{file: p}", {"p": "p.png"}, pictures=pipe) for pipe in ("{}", "{max_side: 30}", "{format: jpeg}")]
    requests = [each.requests["1"] for each in asked]
    with pytest.raises(StoreError, match="run-0"):
        ask("{file: p}", {"p": "p.png"}, pictures="{max_side: 31}", out="run-0")
    assert 3 == len({request.key for request in requests})
    assert ["image/png", "image/png", "image/jpeg"] == [request.pictures[0].media_type for request in requests]
    assert [(60, 40), (30, 20), (60, 40)] == [(r.pictures[0].width, r.pictures[0].height) for r in requests]


def test_a_picture_in_a_cell_takes_regions_too(ask: Ask) -> None:
    """Pictures in base64 are cropped and marked as files are."""
    import base64

    cell = base64.b64encode(encoded(Image.new("RGB", (60, 40)))).decode()
    row = {"p": cell, "x1": 20, "y1": 10, "x2": 40, "y2": 30}
    assert (20, 10) == red(ask("{base64: p, box: [x1, y1, x2, y2]}", row).pixels("1"))[0]


def test_a_dicom_file_by_frame_and_window(ask: Ask, tmp_path: Path) -> None:
    """A column names the frame of a file, and the task file the window."""
    frames = np.stack([np.full((4, 5), value, "uint16") for value in (0, 500, 1000)])
    (tmp_path / "film.dcm").write_bytes(dicom(frames, NumberOfFrames=3))
    rows = [{"p": "film.dcm", "n": number} for number in range(3)]
    asked = ask("{file: p, index: n, window: [500.5, 1001]}", *rows)
    assert [0, 128, 255] == [int(asked.pixels(row)[0, 0, 0]) for row in "123"]


@pytest.mark.parametrize("row", [{"l": "left"}, {"l": None}, {"l": float("nan")}, {"n": -1}, {"n": "1.5"}, {"n": ""}])
def test_a_place_that_is_no_number_is_refused(ask: Ask, tmp_path: Path, row: dict[str, Any]) -> None:
    """A corner or a slice that is no number names row and column when the data are added."""
    picture(tmp_path, "p.png")
    (column,) = row
    with pytest.raises(DataError, match=rf"rows\.jsonl, row 1, column {column}: .* is not "):
        ask("{file: p, crop: [l, t, r, b], index: n}", {"p": "p.png", "l": 0, "t": 0, "r": 9, "b": 9, "n": 0, **row})


def test_what_may_be_empty_is_not_drawn(ask: Ask, tmp_path: Path) -> None:
    """Columns that the task file calls optional may be empty: the row's picture is whole and unmarked."""
    picture(tmp_path, "p.png")
    row = {"p": "p.png", "x1": "", "y1": "", "x2": "", "y2": "", "m": None, "n": ""}
    optional = "[x1, y1, x2, y2, m, n]"
    asked = ask("{file: p, box: [x1, y1, x2, y2], mask: m, index: n}", row, optional=optional)
    assert encoded(Image.new("RGB", (60, 40), (GREY,) * 3)) == asked.requests["1"].pictures[0].data


def test_a_missing_mask_is_a_missing_picture(ask: Ask, tmp_path: Path) -> None:
    """A question about a marked area is never asked without its mark; it is counted as missing and says so."""
    picture(tmp_path, "p.png")
    mask(tmp_path, "m.png")
    asked = ask(
        "{file: p, mask: m}", {"p": "p.png", "m": "m.png"}, {"p": "p.png", "m": "gone.png"}, {"p": "p.png", "m": ""}
    )
    assert 2 == asked.about.pictures_missing
    assert ["1"] == list(asked.requests)
    assert "shown/2: mask gone.png is not at hand" == asked.faults["2"]
    assert {"2", "3"} == set(asked.faults)
    catalog = Catalog([tmp_path])
    prepared = prepare(Order(("random",), tree=("benchmark/shown",)), catalog, Library(home()))
    ready = Pictures(pick.shelf for pick in prepared.plan.picks)
    assert [False, True, True] == [ready.lacks(sample) for sample in prepared.plan.samples()]


def claimed(width: int, height: int) -> bytes:
    """Build a PNG of a few bytes that claims to be of any size."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )


def tiff(width: int, height: int) -> bytes:
    """Build a TIFF of a few bytes that claims to be of any size."""
    tags = [(256, width), (257, height), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, height), (279, 16)]
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    return b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(20)


@pytest.mark.filterwarnings("ignore:Image size")
def test_bad_pictures_are_counted_faults(ask: Ask, tmp_path: Path) -> None:
    """Every bad file is a fault of its own row that names it; the good rows are asked all the same."""
    whole = dicom(np.arange(4096, dtype="uint16").reshape(64, 64))
    film = BytesIO()
    flat = [Image.new("L", (8, 8), shade) for shade in range(200)]
    flat[0].save(film, "GIF", save_all=True, append_images=flat[1:])
    bad = {
        "plan.dcm": (shipped("rtplan.dcm"), "without pixels"),
        "cut.dcm": (whole[:-2000], "cannot be decoded"),
        "header.dcm": (whole[:200], "cannot be decoded|without pixels"),
        "bomb.png": (claimed(10_001, 10_001), "10001 x 10001 pixels are more than"),
        "huge.png": (claimed(1 << 30, 1 << 30), "cannot be decoded"),
        "bomb.tif": (tiff(10_001, 10_001), "10001 x 10001 pixels are more than"),
        "text.png": (b"not a picture at all", "cannot be decoded"),
        "empty.png": (b"", "cannot be decoded"),
        "film.gif": (film.getvalue(), "frame 200 asked for, but it holds 200"),
    }
    for name, (data, _) in bad.items():
        (tmp_path / name).write_bytes(data)
    picture(tmp_path, "good.png")
    rows = [{"id": name, "p": name, "n": 200 if name == "film.gif" else 0} for name in (*bad, "good.png", "gone.png")]
    asked = ask("{file: p, index: n}", *rows)
    assert ["good.png"] == list(asked.requests)
    assert (1, 11) == (asked.about.pictures_missing, asked.about.samples)
    assert {*bad, "gone.png"} == set(asked.faults)
    for name, (_, said) in bad.items():
        assert asked.faults[name].startswith(f"shown/{name}: {name}: ")
        assert any(part in asked.faults[name] for part in said.split("|")), asked.faults[name]


def test_regions_that_do_not_fit_are_counted_faults(ask: Ask, tmp_path: Path) -> None:
    """A mask of another size, an empty one, and a box or crop outside of the picture name what is wrong."""
    picture(tmp_path, "p.png")
    mask(tmp_path, "m.png")
    mask(tmp_path, "large.png", (61, 40))
    (tmp_path / "empty.png").write_bytes(encoded(Image.new("L", (60, 40))))
    right = {"p": "p.png", "m": "m.png", "x1": 1, "y1": 1, "x2": 9, "y2": 9, "l": 0, "t": 0, "r": 60, "b": 40}
    wrong = [
        ({"m": "large.png"}, "large.png: the mask is of 61 x 40 pixels, its picture of 60 x 40"),
        ({"m": "empty.png"}, "empty.png: the mask is empty, all of it is 0"),
        ({"m": "p.txt"}, "p.txt: cannot be decoded"),
        ({"x1": 60, "x2": 90}, "p.png: the box lies outside of what is shown (60 x 40 pixels)"),
        ({"r": 61}, "p.png: crop (0, 0, 61, 40) does not lie in the frame of 60 x 40 pixels"),
        ({"l": 9, "r": 9}, "p.png: crop (9, 0, 9, 40) does not lie in the frame"),
        ({"r": 15, "b": 9}, "the contour lies outside of what is shown"),
    ]
    (tmp_path / "p.txt").write_text("no picture")
    image = "{file: p, mask: m, box: [x1, y1, x2, y2], crop: [l, t, r, b]}"
    asked = ask(image, right, *({**right, **row} for row, _ in wrong))
    assert ["1"] == list(asked.requests)
    for number, (_, said) in enumerate(wrong, 2):
        assert said in asked.faults[str(number)]


def test_nothing_is_decoded_when_data_are_added(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`data add` of files, regions and damaged pictures opens none of them."""
    (tmp_path / "bomb.png").write_bytes(claimed(10_001, 10_001))
    (tmp_path / "plan.dcm").write_bytes(shipped("rtplan.dcm"))
    opened: list[str] = []
    monkeypatch.setattr("PIL.Image.open", lambda *_, **__: opened.append("pillow"))
    monkeypatch.setattr("pydicom.dcmread", lambda *_, **__: opened.append("pydicom"))
    monkeypatch.setattr("tests.pipeline.test_pictures.run", lambda *_: (_Nothing(), None))
    asked = ask("{file: p, mask: m}", {"p": "bomb.png", "m": "plan.dcm"}, {"p": "plan.dcm", "m": "bomb.png"})
    assert ([], 2) == (opened, asked.about.samples)


class _Nothing:
    @staticmethod
    def samples() -> tuple[()]:
        """Return no sample."""
        return ()


def head() -> Any:
    """Return voxels that grow brighter towards the patient's top, with a region at the right."""
    voxels = np.zeros((12, 10, 8), "int16")
    voxels += np.arange(8, dtype="int16") * 100
    return voxels


def write_volume(path: Path, voxels: Any) -> None:
    """Write a NIfTI file of voxels of 1 x 1 x 2 mm."""
    nibabel = pytest.importorskip("nibabel", reason="volumes need vqa-eval[volumes]")
    nibabel.save(nibabel.Nifti1Image(voxels, np.diag([1.0, 1.0, 2.0, 1.0])), path)


def test_slices_of_a_volume(ask: Ask, tmp_path: Path) -> None:
    """A column names the slice, the task file plane and window; slices of one volume are one cluster."""
    write_volume(tmp_path / "v.nii.gz", head())
    rows = [{"v": "v.nii.gz", "z": number} for number in (0, 7)]
    asked = ask("{volume: v, index: z, plane: axial, window: [350.5, 701]}", *rows)
    assert [(10, 12), (10, 12)] == [asked.pixels(row).shape[:2] for row in "12"]
    assert [0, 255] == [int(asked.pixels(row).mean()) for row in "12"]
    task = Catalog([tmp_path]).tasks["shown"]
    (shelf,) = Library(home()).shelves(task)
    assert {"shown/v.nii.gz"} == {shelf.sample(number).cluster for number in (1, 2)}
    assert "v.nii.gz, axial slice 7" == shelf.sample(2).images[0].name


def test_a_grid_of_slices(ask: Ask, tmp_path: Path) -> None:
    """Tiles stand side by side in one picture, all through one window."""
    write_volume(tmp_path / "v.nii", head())
    pixels = ask("{volume: v, plane: axial, tiles: 4, window: [350.5, 701]}", {"v": "v.nii"}).pixels("1")
    assert (20, 24, 3) == pixels.shape
    assert [36, 109, 182, 255] == [int(pixels[y, x, 0]) for y, x in ((5, 5), (5, 17), (15, 5), (15, 17))]


def test_the_central_slice_of_a_series(ask: Ask, tmp_path: Path) -> None:
    """A folder with the DICOM slices of one series is a volume; without an index its central slice is shown."""
    pydicom = pytest.importorskip("pydicom", reason="volumes need vqa-eval[volumes]")
    folder = Path(pydicom.__file__).parent / "data/test_files/dicomdirtests/98892001/CT5N"
    (tmp_path / "series" / "one").mkdir(parents=True)
    for path in folder.iterdir():
        (tmp_path / "series" / "one" / path.name).write_bytes(path.read_bytes())
    row = {"v": "one", "z": 2}
    central = ask("{volume: v, folder: series, window: [40, 400]}", row).pixels("1")
    assert np.array_equal(central, ask("{volume: v, folder: series, index: z, window: [40, 400]}", row).pixels("1"))
    assert np.ptp(central) > 100


@pytest.mark.parametrize("plane", ["axial", "coronal", "sagittal"])
def test_a_region_in_a_volume(ask: Ask, tmp_path: Path, plane: str) -> None:
    """A volume of labels is cut as its volume is, though it may be stored the other way round."""
    nibabel = pytest.importorskip("nibabel", reason="volumes need vqa-eval[volumes]")
    write_volume(tmp_path / "v.nii.gz", head() * 0)
    labels = np.zeros((12, 10, 8), "uint8")
    # At the patient's right, front and top.
    labels[9:12, 7:10, 6:8] = 3
    stored = nibabel.Nifti1Image(labels, np.diag([1.0, 1.0, 2.0, 1.0])).as_reoriented(
        np.array([[0, -1], [1, -1], [2, 1]])
    )
    nibabel.save(stored, tmp_path / "l.nii.gz")
    index = {"axial": 7, "coronal": 9, "sagittal": 11}[plane]
    asked = ask(
        f"{{volume: v, index: z, plane: {plane}, mask: m, region: mask, window: [50, 100]}}",
        {"v": "v.nii.gz", "z": index, "m": "l.nii.gz"},
        {"v": "v.nii.gz", "z": 0, "m": "l.nii.gz"},
    )
    marked = np.argwhere(asked.pixels("1")[..., 0] > 0)
    # The patient's right, and in a sagittal picture the front, is at the picture's left.
    height, width = {"axial": (3, 3), "coronal": (4, 3), "sagittal": (4, 3)}[plane]
    assert ([0, 0], [height - 1, width - 1]) == (marked.min(0).tolist(), marked.max(0).tolist())
    assert "l.nii.gz: the mask is empty" in asked.faults["2"]


def test_a_volume_that_cannot_be_cut_is_missing(ask: Ask, tmp_path: Path) -> None:
    """One bad volume does not stop the others: it is a missing picture, counted, with row and reason kept."""
    nibabel = pytest.importorskip("nibabel", reason="volumes need vqa-eval[volumes]")
    write_volume(tmp_path / "good.nii.gz", np.random.default_rng(1).integers(0, 900, (12, 10, 8)).astype("int16"))
    data = bytearray(gzip.decompress((tmp_path / "good.nii.gz").read_bytes()))
    header = nibabel.Nifti1Header(bytes(data[:348]))
    header["dim"] = [3, 30_000, 30_000, 30_000, 1, 1, 1, 1]
    (tmp_path / "absurd.nii").write_bytes(header.binaryblock + bytes(data[348:]))
    (tmp_path / "cut.nii.gz").write_bytes((tmp_path / "good.nii.gz").read_bytes()[:800])
    (tmp_path / "empty").mkdir()
    rows = [
        {"v": "good.nii.gz", "z": 3},
        {"v": "absurd.nii", "z": 3},
        {"v": "cut.nii.gz", "z": 3},
        {"v": "good.nii.gz", "z": 8},
        {"v": "empty", "z": 0},
        {"v": "gone.nii.gz", "z": 3},
    ]
    asked = ask("{volume: v, index: z}", *rows)
    assert (6, 5, 1) == (asked.about.samples, asked.about.pictures_missing, asked.about.pictures)
    assert ["1"] == list(asked.requests)
    assert {"2", "3", "4", "5", "6"} == set(asked.faults)
    reasons = [
        r"rows.jsonl, row 2: absurd.nii, axial slice 3: 30000 x 30000 x 30000 voxels",
        r"rows.jsonl, row 3: cut.nii.gz, axial slice 3: ",
        r"rows.jsonl, row 4: good.nii.gz, axial slice 8: axial slice 8 asked for, but it has 8",
        r"rows.jsonl, row 5: empty, axial slice 0: ",
    ]
    assert 4 == len(asked.about.uncut)
    assert all(said.startswith(reason) for said, reason in zip(asked.about.uncut, reasons, strict=True))


@pytest.mark.parametrize("name", ["../outside.png", "/etc/hostname", "in/../../outside.png"])
@pytest.mark.parametrize("image", ["{file: p}", "{volume: p}", "{file: q, mask: p}"])
def test_no_name_leaves_its_folder(ask: Ask, tmp_path: Path, name: str, image: str) -> None:
    """Pictures, masks and volumes lie under the benchmark's folder; a name that leads out of it is refused."""
    picture(tmp_path, "p.png")
    with pytest.raises(DataError, match=r"row 1: picture .* lies outside"):
        ask(image, {"p": name, "q": "p.png"})


@pytest.mark.parametrize("region", ["box", "contour", "mask"])
def test_real_masks(ask: Ask, tmp_path: Path, shared_data: Path, region: str) -> None:
    """Every mask of SAM-Med2D's demonstration is drawn on its picture through a task file, at its size."""
    demo = shared_data / "sam_med2d_demo" / "data_demo"
    pairs = json.loads((demo / "label2image_test.json").read_text())
    for path in {*pairs, *pairs.values()}:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes((demo.parent / path).read_bytes())
    rows = [{"id": Path(m).stem, "p": p, "m": m} for m, p in sorted(pairs.items())]
    asked = ask(f"{{file: p, mask: m, region: {region}}}", *rows)
    assert (11, 2, 0) == (asked.about.samples, asked.about.pictures, len(asked.faults))
    for row in rows:
        with Image.open(tmp_path / row["p"]) as plain, Image.open(tmp_path / row["m"]) as inside:
            changed = (asked.pixels(row["id"]) != np.asarray(plain.convert("RGB"))).any(axis=2)
            where = np.asarray(inside) > 0
        assert changed.any()
        near = np.argwhere(where)
        (top, left), (bottom, right) = near.min(0) - 4, near.max(0) + 5
        changed[max(top, 0) : bottom, max(left, 0) : right] = False
        assert not changed.any()
