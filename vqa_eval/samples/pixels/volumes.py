"""One picture is cut from a volume: a slice, or a grid of slices, upright and as radiologists look at it.

A volume is a NIfTI file, or the DICOM slices of one series. Its voxels are put in order along the patient's axes
(right, front, up; the closest ones where it lies oblique). Then the patient's right is at the picture's left, front
is up in an axial picture and at the left in a sagittal one, the head is up in the others, and pixels are square.
"""

# numpy, pillow and nibabel are imported where they are used: a light start, and nibabel is optional.

import math
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol

from vqa_eval.errors import PictureError
from vqa_eval.samples.pixels.limits import DAMAGED, bound, is_dicom
from vqa_eval.samples.pixels.windows import Window, chosen, span, spread, through

if TYPE_CHECKING:
    from PIL.Image import Image

_AXES = {"sagittal": 0, "coronal": 1, "axial": 2}
"""Which of the patient's axes a plane stands upright on."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What of a volume is shown."""

    plane: Literal["axial", "coronal", "sagittal"] = "axial"
    index: int | None = None
    """Which slice, counted from the feet, the back or the left; None is the central one, or all tiles."""
    tiles: int = 1
    """More than one: a grid of so many evenly spaced slices, row by row; fewer where the volume has fewer."""
    window: tuple[float, float] | None = None
    """Centre and width (Hounsfield for CT); None takes the file's own, or what `windows.span` finds in the cut."""
    time: int = 0
    """Which of several volumes in one file, counted from 0."""


class Volume(Protocol):
    """What a reader offers: slabs of voxels, read one by one, and where they lie."""

    shape: tuple[int, int, int]
    """Voxels along each stored axis; slabs follow each other along the last."""
    affine: Any
    """4 x 4: from a voxel's place to millimetres right, front and up of an origin."""
    window: Window | None
    inverted: bool
    """Whether low values are meant to be bright."""
    uneven: str
    """Why no plane across the slabs can be shown; empty where all can."""

    def slab(self, index: int) -> Any:
        """Return one slab, (first axis, second axis), in the modality's units."""


def cut_picture(source: Path | Sequence[Path], cut: Cut, *, name: str) -> bytes:
    """Return the PNG of what is shown, ready to be stored; `name` is for messages.

    `source` is a file (.nii, .nii.gz), a folder that holds the DICOM files of one series, or these files. Only the
    slices that are shown are held in memory. Raises PictureError on anything that cannot be read or shown so.
    """
    file = BytesIO()
    open_cut(source, cut, name=name).save(file, format="PNG")
    return file.getvalue()


def cut_mask(source: Path, cut: Cut, *, name: str) -> bytes:
    """Return the PNG of a volume of labels, cut as its picture is: 255 inside a region, which is any label but 0.

    Raises PictureError as `cut_picture` does.
    """
    file = BytesIO()
    open_cut(source, cut, name=name, labels=True).save(file, format="PNG")
    return file.getvalue()


def open_cut(source: Path | Sequence[Path], cut: Cut, *, name: str, labels: bool = False) -> "Image":
    """Return what is shown as a picture of 8 bits of grey, or which `labels` are not 0 in black and white."""
    try:
        import nibabel  # noqa: F401 - said here once, for both readers
        import pydicom  # noqa: F401
    except ImportError as error:
        hint = "pip install 'vqa-eval[volumes]'"
        raise PictureError(f"{name}: volumes need nibabel and pydicom: {hint}", hint) from error
    from vqa_eval.samples.pixels.nifti import opened_nifti
    from vqa_eval.samples.pixels.series import DicomSeries

    if isinstance(source, Path) and not source.exists():
        raise PictureError(f"{name}: there is no file or folder {source}")
    try:
        if isinstance(source, Path) and source.is_file() and not is_dicom(_start(source)):
            with opened_nifti(source, cut.time, name) as volume:
                return _show(volume, cut, name, labels)
        return _show(DicomSeries(source, name), cut, name, labels)
    except PictureError:
        raise
    except Exception as error:  # readers raise any kind of error on bad bytes
        why = " ".join(str(error).split())[:240] or type(error).__name__
        raise PictureError(f"{name}: the volume cannot be read: {why}", DAMAGED) from error


def _start(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(132)


def _show(volume: Volume, cut: Cut, name: str, labels: bool) -> "Image":
    import numpy as np
    from nibabel.orientations import io_orientation
    from PIL import Image

    axis = _AXES[cut.plane]
    # For each stored axis: along which of the patient's axes it runs, and whether forwards.
    lies = io_orientation(volume.affine)
    if not np.isfinite(lies).all():
        raise PictureError(f"{name}: its affine places no axis; what is right and what is up is not known")
    stored = [int(number) for number in lies[:, 0]]
    lengths = {along: volume.shape[at] for at, along in enumerate(stored)}
    steps = {along: float(np.linalg.norm(volume.affine[:3, at])) for at, along in enumerate(stored)}
    places = _places(cut, lengths[axis], name)
    across, up = (other for other in range(3) if other != axis)
    size = (lengths[across], lengths[up])
    finest = min(steps[across], steps[up])
    square = (round(size[0] * steps[across] / finest), round(size[1] * steps[up] / finest))
    columns = math.ceil(math.sqrt(len(places)))
    sheet = (columns * square[0], math.ceil(len(places) / columns) * square[1])
    bound(sheet, name)
    planes = _planes(volume, lies, axis, places, name)
    tiles = (np.nan_to_num(planes) != 0).astype("uint8") * 255 if labels else _grey(planes, volume, cut, name)
    # Linear in between: nothing becomes brighter or darker than the voxels are. Between labels there is nothing.
    between = Image.Resampling.NEAREST if labels else Image.Resampling.BILINEAR
    shown = Image.new("L", sheet)
    for number, tile in enumerate(tiles):
        picture = Image.fromarray(np.ascontiguousarray(tile[::-1, ::-1].T))
        if picture.size != square:
            picture = picture.resize(square, between)
        shown.paste(picture, (number % columns * square[0], number // columns * square[1]))
    return shown


def _places(cut: Cut, length: int, name: str) -> list[int]:
    """Return which slices are shown; several are the middles of as many equal parts."""
    if cut.index is not None:
        if cut.tiles != 1:
            raise PictureError(f"{name}: one slice or {cut.tiles} tiles can be shown, not both")
        if not 0 <= cut.index < length:
            raise PictureError(f"{name}: {cut.plane} slice {cut.index} asked for, but it has {length} (from 0)")
        return [cut.index]
    if cut.tiles < 1:
        raise PictureError(f"{name}: {cut.tiles} tiles show nothing")
    tiles = min(cut.tiles, length)
    return [(2 * tile + 1) * length // (2 * tiles) for tile in range(tiles)]


def _planes(volume: Volume, lies: Any, axis: int, places: list[int], name: str) -> Any:
    """Read slices across one of the patient's axes, each in order along the other two, lower axis first."""
    import numpy as np

    at = int(np.flatnonzero(lies[:, 0] == axis)[0])
    picks = [place if lies[at, 1] > 0 else volume.shape[at] - 1 - place for place in places]
    if at == 2:
        # In the stored order: a compressed file is read forwards, and going back means starting anew.
        slabs = {pick: volume.slab(pick) for pick in sorted(picks)}
        read = [slabs[pick] for pick in picks]
    elif volume.uneven:
        raise PictureError(f"{name}: {volume.uneven}, so that planes across its slices would be distorted")
    else:
        # A slab is read, the lines that are shown are kept, and the slab is let go.
        lines = [np.take(volume.slab(index), picks, axis=at) for index in range(volume.shape[2])]
        stacked = np.stack(lines, axis=2)
        read = [np.take(stacked, number, axis=at) for number in range(len(picks))]
    first, second = (other for other in range(3) if other != at)
    forwards = tuple(slice(None, None, 1 if lies[other, 1] > 0 else -1) for other in (first, second))
    turned = lies[first, 0] > lies[second, 0]
    return np.stack([plane[forwards].T if turned else plane[forwards] for plane in read])


def _grey(values: Any, volume: Volume, cut: Cut, name: str) -> Any:
    """Return the slices as grey of 8 bits, all through one window, so that tiles can be compared."""
    window = volume.window if cut.window is None else chosen(cut.window, name)
    grey = spread(values, *span(values)) if window is None else through(values, window)
    return 255 - grey if volume.inverted else grey
