"""Slices and grids are cut from volumes the right way up, from few bytes, and bad volumes are faults."""

import gzip
import hashlib
import itertools
import random
import sys
import tracemalloc
from io import BytesIO
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pytest
from PIL import Image

from tests.samples.pictures import dicom, shipped
from vqa_eval.errors import PictureError
from vqa_eval.records import View
from vqa_eval.samples.pixels.preparing import prepare
from vqa_eval.samples.pixels.volumes import Cut, cut_picture, open_cut

nibabel = pytest.importorskip("nibabel", reason="volumes need vqa-eval[volumes]")
pydicom = pytest.importorskip("pydicom", reason="volumes need vqa-eval[volumes]")

Plane = Literal["axial", "coronal", "sagittal"]
PLANES: tuple[Plane, ...] = ("axial", "coronal", "sagittal")
SHAPE, STEPS = (24, 30, 14), (1.0, 1.0, 2.0)
EAR, NOSE, HAT = 300, 600, 900
"""What the head has at its right, front and top, and how bright each is."""


def head() -> Any:
    """Return an asymmetric head in voxels that run to the patient's right, front and top."""
    x, y, z = (
        np.arange(length).reshape([-1 if axis == at else 1 for axis in range(3)]) for at, length in enumerate(SHAPE)
    )
    voxels = np.zeros(SHAPE, "int16")
    voxels[((x - 12) / 9) ** 2 + ((y - 14) / 11) ** 2 + ((z - 6) / 5) ** 2 < 1] = 100
    voxels[20:23, 13:16, 5:8] = EAR
    voxels[11:14, 25:29, 5:8] = NOSE
    voxels[11:14, 13:16, 11:14] = HAT
    return voxels


def nifti(folder: Path, voxels: Any, affine: Any = None, name: str = "head.nii.gz", kind: Any = None) -> Path:
    """Write a NIfTI file."""
    path = folder / name
    image = (kind or nibabel.Nifti1Image)(voxels, np.diag([*STEPS, 1]) if affine is None else affine)
    nibabel.save(image, path)
    return path


def shown(source: Any, **cut: Any) -> Any:
    """Return the grey values of what is cut."""
    return np.asarray(open_cut(source, Cut(window=cut.pop("window", (450.5, 901)), **cut), name="head")).astype(int)


def middle(values: Any, value: int) -> tuple[float, float]:
    """Return where a part of the head is in a picture: how far from the left and from the top, of 1."""
    rows, columns = np.nonzero(np.abs(values - round(value * 255 / 900)) <= 1)
    return float(columns.mean() / values.shape[1]), float(rows.mean() / values.shape[0])


def test_the_right_way_up(tmp_path: Path) -> None:
    """Right is at the picture's left, front at the top of an axial picture and at the left of a sagittal one."""
    path = nifti(tmp_path, head())
    axial, coronal, sagittal = (
        shown(path, plane=plane, index=index) for plane, index in zip(PLANES, (6, 14, 12), strict=True)
    )
    assert axial.shape == (30, 24)
    ear, nose = middle(axial, EAR), middle(axial, NOSE)
    assert ear[0] < 0.2
    assert 0.4 < ear[1] < 0.6
    assert 0.4 < nose[0] < 0.6
    assert nose[1] < 0.2
    # Twice as high as it has slices: these lie 2 mm apart, pixels 1 mm.
    assert coronal.shape == (28, 24)
    ear, hat = middle(coronal, EAR), middle(coronal, HAT)
    assert ear[0] < 0.2
    assert 0.4 < hat[0] < 0.6
    assert hat[1] < 0.2
    assert sagittal.shape == (28, 30)
    nose, hat = middle(sagittal, NOSE), middle(sagittal, HAT)
    assert nose[0] < 0.2
    assert hat[1] < 0.2


def test_every_way_of_storing_shows_the_same(tmp_path: Path) -> None:
    """Whichever of the 48 ways the axes are stored in, each plane shows the same pixels."""
    whole = nibabel.Nifti1Image(head(), np.diag([*STEPS, 1]))
    seen = set()
    for order in itertools.permutations(range(3)):
        for ways in itertools.product((1, -1), repeat=3):
            stored = whole.as_reoriented(np.column_stack((order, ways)))
            path = nifti(tmp_path, np.asarray(stored.dataobj), stored.affine, "head.nii")
            seen.add(tuple(shown(path, plane=plane, tiles=tiles).tobytes() for plane in PLANES for tiles in (1, 5)))
    assert len(seen) == 1


def test_files_of_all_kinds_agree(tmp_path: Path) -> None:
    """Compressed or not, NIfTI-1 or NIfTI-2, scaled or of another type: the same pixels."""
    scaled = nibabel.Nifti1Image(head(), np.diag([*STEPS, 1]))
    scaled.header.set_slope_inter(2, -100)
    scaled_path = tmp_path / "scaled.nii.gz"
    scaled.header.set_data_dtype("int16")
    nibabel.save(nibabel.Nifti1Image(head().astype(float), scaled.affine, scaled.header), scaled_path)
    paths = [
        nifti(tmp_path, head()),
        nifti(tmp_path, head(), name="plain.nii"),
        nifti(tmp_path, head(), name="second.nii.gz", kind=nibabel.Nifti2Image),
        nifti(tmp_path, head().astype("float64"), name="deep.nii"),
        nifti(tmp_path, np.stack([head() * 0, head()], axis=3), name="film.nii.gz"),
        scaled_path,
    ]
    times = [0, 0, 0, 0, 1, 0]
    assert 1 == len({shown(path, time=time).tobytes() for path, time in zip(paths, times, strict=True)})


def test_oblique_volumes_take_the_closest_axes(tmp_path: Path) -> None:
    """A volume that lies 20 degrees askew shows as the one that lies straight."""
    turn = np.radians(20)
    affine = np.eye(4)
    affine[:2, :2] = [[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]]
    askew = nifti(tmp_path, head(), affine @ np.diag([*STEPS, 1]), "askew.nii")
    assert np.array_equal(shown(nifti(tmp_path, head())), shown(askew))


def test_the_central_slice_is_the_default(tmp_path: Path) -> None:
    """Without an index the central slice is shown; an index counts from the feet, the back and the left."""
    path = nifti(tmp_path, head())
    for plane, axis in zip(PLANES, (2, 1, 0), strict=True):
        assert np.array_equal(shown(path, plane=plane, index=SHAPE[axis] // 2), shown(path, plane=plane))
    assert shown(path, index=13).max() == 255
    assert shown(path, index=0).max() == 0
    assert shown(path, plane="coronal", index=26).max() == round(NOSE * 255 / 900)
    assert shown(path, plane="sagittal", index=21).max() == round(EAR * 255 / 900)


def test_a_grid_shows_evenly_spaced_slices(tmp_path: Path) -> None:
    """Tiles are the middles of equal parts, row by row from the feet up; missing tiles are black."""
    path = nifti(tmp_path, head())
    grid = shown(path, tiles=7)
    assert grid.shape == (3 * 30, 3 * 24)
    for tile in range(7):
        row, column = divmod(tile, 3)
        part = grid[row * 30 : row * 30 + 30, column * 24 : column * 24 + 24]
        assert np.array_equal(shown(path, index=2 * tile + 1), part)
    assert grid[60:, 24:].max() == 0


def test_a_grid_of_more_tiles_than_slices_shows_them_all(tmp_path: Path) -> None:
    """A volume with fewer slices than tiles shows each of its slices once."""
    assert shown(nifti(tmp_path, head()), tiles=100).shape == (4 * 30, 4 * 24)


def test_windows(tmp_path: Path) -> None:
    """The cut's window wins, then the file's own, then the range of what is shown; tiles share one."""
    voxels = np.zeros((4, 4, 4), "int16")
    # The brightest only in the last slice.
    voxels[1], voxels[2], voxels[3, :, 3] = 51, 255, 510
    path = nifti(tmp_path, voxels, np.eye(4), "steps.nii")
    assert [0, 255, 65, 0] == shown(path, index=0, window=(100.5, 201))[0].tolist()
    assert [0, 255, 51, 0] == shown(path, index=0, window=None)[0].tolist()
    assert [255, 128, 26, 0] == shown(path, index=3, window=None)[0].tolist()
    assert [0, 128, 26, 0] == shown(path, tiles=4, window=None)[0, :4].tolist()
    image = nibabel.Nifti1Image(voxels, np.eye(4))
    image.header["cal_min"], image.header["cal_max"] = 0, 255
    nibabel.save(image, tmp_path / "own.nii")
    assert [255, 255, 51, 0] == shown(tmp_path / "own.nii", index=3, window=None)[0].tolist()


def test_values_that_are_no_numbers_are_black(tmp_path: Path) -> None:
    """What is not a number counts for no range and is black; nothing but such is a fault."""
    voxels = head().astype("float32")
    voxels[:, :10] = np.nan
    values = shown(nifti(tmp_path, voxels), window=None)
    assert values[-5:].max() == 0
    assert values.max() == 255
    with pytest.raises(PictureError, match=r"head: .*none of its values is finite"):
        shown(nifti(tmp_path, voxels * np.nan), window=None)


def test_a_cut_is_stored_as_png_and_prepared_as_it_is(tmp_path: Path) -> None:
    """What is cut is a PNG that is always the same and passes through to the model unchanged."""
    path = nifti(tmp_path, head())
    data = cut_picture(path, Cut("coronal"), name="head")
    assert data == cut_picture(path, Cut("coronal"), name="head")
    sent = prepare(data, View(), name="head", max_side=None)
    assert (data, hashlib.sha256(data).hexdigest()) == (sent.data, sent.digest)
    assert Image.open(BytesIO(data)).size == (24, 28)


def series(folder: Path, plane: Plane = "axial", **elements: Any) -> Path:
    """Write the head as the DICOM slices of one series, in files whose names say nothing of their order."""
    axis = {"axial": 2, "coronal": 1, "sagittal": 0}[plane]
    across, up = (other for other in range(3) if other != axis)
    # Where columns and rows run to, in DICOM's left, back and top.
    ends = np.array([[-1, 0, 0], [0, -1, 0], [0, 0, 1]], float)
    uid = pydicom.uid.generate_uid()
    order = list(range(SHAPE[axis]))
    random.Random(plane).shuffle(order)
    folder.mkdir(exist_ok=True)
    for number, index in enumerate(order):
        pixels = np.take(head(), index, axis=axis)[::-1, ::-1].T
        corner = [SHAPE[other] - 1 if other != axis else index for other in range(3)]
        said = {
            "SeriesInstanceUID": uid,
            "PixelSpacing": [STEPS[up], STEPS[across]],
            "ImageOrientationPatient": [*-ends[across], *-ends[up]],
            "ImagePositionPatient": list((ends * (np.array(corner) * STEPS)[:, None]).sum(0)),
            "RescaleSlope": 1,
            "RescaleIntercept": -1000,
        }
        data = dicom(np.ascontiguousarray(pixels + 1000).astype("int16"), **{**said, **elements})
        (folder / f"{number:03}.dcm").write_bytes(data)
    return folder


@pytest.mark.parametrize("plane", PLANES)
def test_a_series_shows_what_a_nifti_file_shows(plane: Plane, tmp_path: Path) -> None:
    """DICOM slices of any direction, in any order, show the same in every plane as the same head in NIfTI."""
    folder, path = series(tmp_path / "series", plane), nifti(tmp_path, head())
    (folder / "LICENSE").write_text("not a picture")
    for wanted in PLANES:
        for tiles in (1, 6):
            assert np.array_equal(shown(path, plane=wanted, tiles=tiles), shown(folder, plane=wanted, tiles=tiles))
    assert np.array_equal(shown(path), shown(sorted(folder.glob("*.dcm"))))


def test_a_series_has_its_own_window_and_its_own_white(tmp_path: Path) -> None:
    """A series is shown through its own window, and turned around where it counts white as zero."""
    own = {"WindowCenter": 450.5, "WindowWidth": 901}
    plain = shown(series(tmp_path / "plain", **own), window=None)
    assert np.array_equal(shown(nifti(tmp_path, head())), plain)
    turned = shown(series(tmp_path / "turned", PhotometricInterpretation="MONOCHROME1", **own), window=None)
    assert np.array_equal(255 - plain, turned)


def test_padding_of_a_series_does_not_count(tmp_path: Path) -> None:
    """Values that only fill the frame are black and set no range."""
    plain = shown(series(tmp_path / "plain"), window=None)
    padded = shown(series(tmp_path / "padded", PixelPaddingValue=1000, RescaleIntercept=1000), window=None)
    assert padded.max() == 255
    assert padded[0, 0] == 0
    inside = plain > 0
    assert padded[inside].min() == 0
    assert np.ptp(padded[inside]) == 255


def test_one_file_of_a_series_is_a_volume_of_one_slice(tmp_path: Path) -> None:
    """A single DICOM slice can be cut too, whatever it is called."""
    path = tmp_path / "slice"
    path.write_bytes(shipped("CT_small.dcm"))
    assert shown(path).shape == (128, 128)


def test_real_series_of_pydicom() -> None:
    """Five real slices are sorted by their places, though their names and files are not in this order."""
    folder = Path(pydicom.__file__).parent / "data/test_files/dicomdirtests/98892001/CT5N"
    places = {path: float(pydicom.dcmread(path).ImagePositionPatient[2]) for path in folder.iterdir()}
    for index, path in enumerate(sorted(places, key=lambda path: places[path])):
        dataset = pydicom.dcmread(path)
        assert np.array_equal(shown(path, window=(40, 400)), shown(folder, index=index, window=(40, 400)))
        assert dataset.Modality == "CT"
    assert shown(folder, tiles=5, window=(40, 400)).shape == (32, 48)


def faulty(folder: Path, name: str, **header: Any) -> Path:
    """Write a NIfTI file whose header is then changed."""
    path = nifti(folder, head(), name="right.nii")
    data = bytearray(path.read_bytes())
    fields = nibabel.Nifti1Header(bytes(data[:348]), check=False)
    for field, value in header.items():
        fields[field] = value
    data[:348] = fields.binaryblock
    path = folder / name
    path.write_bytes(gzip.compress(bytes(data)) if name.endswith(".gz") else bytes(data))
    return path


@pytest.mark.parametrize("name", ["head.nii", "head.nii.gz"])
@pytest.mark.parametrize(
    ("header", "said"),
    [
        ({"dim": [3, 30_000, 30_000, 30_000, 1, 1, 1, 1]}, r"30000 x 30000 x 30000 voxels; from 1 to 4,000,000,000"),
        ({"dim": [3, 1000, 1000, 1000, 1, 1, 1, 1]}, r"its header says 2,000,000,352 bytes, which [\d,]+ cannot hold"),
        ({"dim": [3, 0, 30, 14, 1, 1, 1, 1]}, r"0 x 30 x 14 voxels"),
        ({"dim": [2, 24, 30, 1, 1, 1, 1, 1]}, r"a volume has 3 or 4 axes; this is of 24 x 30 voxels"),
        ({"dim": [5, 24, 30, 2, 1, 7, 1, 1]}, r"a volume has 3 or 4 axes; this is of 24 x 30 x 2 x 1 x 7"),
        ({"datatype": 128, "bitpix": 24}, r"voxels of the kind .* are not shown"),
        ({"datatype": 32, "bitpix": 64, "dim": [3, 2, 2, 2, 1, 1, 1, 1]}, r"voxels of the kind complex64"),
        ({"sform_code": 0, "qform_code": 0}, r"does not say how the patient lies in it"),
        ({"vox_offset": 1e9}, r"1,000,000,000 bytes before its voxels"),
        ({"srow_x": [0] * 4, "srow_y": [0] * 4, "srow_z": [0] * 4}, r"its affine places no axis"),
    ],
)
def test_false_headers_are_refused_unread(name: str, header: dict[str, Any], said: str, tmp_path: Path) -> None:
    """What a header makes too large, unclear or false is refused before its voxels are read."""
    path = faulty(tmp_path, name, **header)
    tracemalloc.start()
    with pytest.raises(PictureError, match=f"head: .*{said}"):
        shown(path)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("plane", PLANES)
def test_memory_does_not_grow_with_the_volume(plane: Plane, tmp_path: Path) -> None:
    """A compressed volume of 72 million voxels is cut with a few slabs in memory."""
    path = tmp_path / "large.nii.gz"
    image = nibabel.Nifti1Image(np.zeros((600, 600, 1), "int16"), np.eye(4))
    image.header.set_data_shape((600, 600, 200))
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.write(image.header.binaryblock + bytes(4))
        for slab in range(200):
            file.write(np.full((600, 600), slab, "int16").tobytes())
    tracemalloc.start()
    values = shown(path, plane=plane, window=(100.5, 200))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert values[0, 0] == (128 if plane == "axial" else 254)
    assert peak < 25_000_000 < 600 * 600 * 200 * 2


def test_a_file_that_is_cut_off_is_a_fault(tmp_path: Path) -> None:
    """A volume that ends early is a fault, whichever slice is asked for of those that are missing."""
    for name in ("head.nii.gz", "head.nii"):
        path = nifti(tmp_path, np.random.default_rng(1).integers(0, 900, SHAPE).astype("int16"), name=name)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        with pytest.raises(PictureError, match=r"head: ") as fault:
            shown(path, index=13)
        assert "copy it again" in fault.value.hint


@pytest.mark.parametrize(
    ("cut", "said"),
    [
        ({"index": 14}, r"axial slice 14 asked for, but it has 14"),
        ({"index": -1}, r"axial slice -1 asked for"),
        ({"index": 3, "tiles": 4}, r"one slice or 4 tiles can be shown, not both"),
        ({"tiles": 0}, r"0 tiles show nothing"),
        ({"time": 1}, r"volume 1 asked for, but it holds 1"),
        ({"window": (40, 0)}, r"cannot be 0 wide"),
    ],
)
def test_cuts_that_show_nothing_are_faults(cut: dict[str, Any], said: str, tmp_path: Path) -> None:
    """A slice beyond the last, no tiles, or a window of no width is a fault."""
    with pytest.raises(PictureError, match=f"head: .*{said}"):
        shown(nifti(tmp_path, head()), **cut)


def test_folders_that_are_no_series_are_faults(tmp_path: Path) -> None:
    """No slices, two series, slices of one place, of two sizes, or without a place are faults that say so."""
    one, two = series(tmp_path / "one"), series(tmp_path / "two")
    files = [*one.iterdir(), *two.iterdir()]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(PictureError, match=r"head: no DICOM picture among 0 files"):
        shown(empty)
    with pytest.raises(PictureError, match=r"head: one series .* \(14 slices\), .* \(14 slices\)"):
        shown(files)
    uid = pydicom.dcmread(one / "000.dcm").SeriesInstanceUID
    with pytest.raises(PictureError, match=r"head: 15 of its slices lie at one place"):
        shown(
            [
                *series(one, SeriesInstanceUID=uid).iterdir(),
                *series(tmp_path / "again", SeriesInstanceUID=uid).iterdir(),
            ]
        )
    lost = tmp_path / "lost.dcm"
    lost.write_bytes(dicom(np.zeros((4, 4), "int16"), SeriesInstanceUID="1.2"))
    with pytest.raises(PictureError, match=r"head: its slices do not say where they lie"):
        shown(lost)
    with pytest.raises(PictureError, match=r"head: there is no file or folder"):
        shown(tmp_path / "nowhere")
    text = tmp_path / "text.nii"
    text.write_bytes(b"hello")
    with pytest.raises(PictureError, match=r"head: neither a NIfTI file nor a folder of DICOM slices"):
        shown(text)


def test_gaps_and_tilts_show_only_their_own_plane(tmp_path: Path) -> None:
    """Where slices are missing or lean, their own plane is shown, and the planes across them are a fault."""
    folder = series(tmp_path / "gap")
    for path in folder.iterdir():
        if pydicom.dcmread(path).ImagePositionPatient[2] in (8, 10):
            path.unlink()
    assert shown(folder).shape == (30, 24)
    with pytest.raises(PictureError, match=r"head: its slices are not evenly spaced"):
        shown(folder, plane="coronal")
    tilted = series(tmp_path / "tilted")
    for path in tilted.iterdir():
        dataset = pydicom.dcmread(path)
        dataset.ImagePositionPatient[1] += dataset.ImagePositionPatient[2] / 2
        dataset.save_as(path)
    assert shown(tilted).shape == (30, 24)
    with pytest.raises(PictureError, match=r"head: its slices lean"):
        shown(tilted, plane="sagittal")


def test_a_damaged_slice_is_named(tmp_path: Path) -> None:
    """A slice whose pixels are cut off is a fault that names its file."""
    folder = series(tmp_path / "series")
    path = folder / "005.dcm"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(PictureError, match=r"head, 005\.dcm: .*cut off"):
        shown(folder, plane="coronal")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["head.nii", "head.nii.gz"])
def test_damaged_volumes_raise_nothing_else(name: str, tmp_path: Path) -> None:
    """Whatever is damaged in a file, it is cut or is a PictureError that names it."""
    dice, told = random.Random(name), []
    whole = nifti(tmp_path, head(), name=name).read_bytes()
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(dice.choice((1, 2, 8))):
            damaged[dice.randrange(min(len(damaged), dice.choice((120, 348, 2000))))] = dice.randrange(256)
        path = tmp_path / f"damaged{name}"
        path.write_bytes(damaged[: dice.choice((len(damaged), dice.randrange(len(damaged))))])
        try:
            shown(path, plane=dice.choice(PLANES))
        except PictureError as fault:
            told.append(fault.message)
    assert told
    assert all(message.startswith("head: ") for message in told)


def test_missing_readers_say_what_to_type(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without nibabel a volume is a fault that bears the command that brings it."""
    path = nifti(tmp_path, head())
    monkeypatch.setitem(sys.modules, "nibabel", None)
    with pytest.raises(PictureError, match=r"head: .*pip install 'vqa-eval\[volumes\]'"):
        shown(path)
