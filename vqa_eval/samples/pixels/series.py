"""The DICOM slices of one series as a volume: sorted by where they lie, decoded one by one."""

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

from vqa_eval.errors import PictureError
from vqa_eval.samples.pixels.dicom import own_window, padding_of, read_dataset, refuse_deflated, rescaled
from vqa_eval.samples.pixels.limits import bound, is_dicom, refuse
from vqa_eval.samples.pixels.transfer import unpack
from vqa_eval.samples.pixels.windows import Window

_EVEN = 0.1
"""How far a slice may lie from its even place, in distances between slices."""
_UPRIGHT = 0.99
"""The cosine of how far the stack may lean (8 degrees): a gantry that is tilted more distorts other planes."""


class DicomSeries:
    """Slices in the order of their places; nothing but headers is kept."""

    def __init__(self, source: Path | Sequence[Path], name: str) -> None:
        """Read the headers of a folder's files, or of those given; PictureError where they are no one series."""
        import numpy as np

        self._name = name
        paths = sorted(source.iterdir()) if isinstance(source, Path) and source.is_dir() else source
        headers = _headers([paths] if isinstance(paths, Path) else paths, name)
        series = Counter(str(header.get("SeriesInstanceUID")) for header in headers.values())
        if len(series) != 1:
            counts = ", ".join(f"{uid} ({count} slices)" for uid, count in series.most_common(5)) or "none"
            raise PictureError(f"{name}: one series of DICOM slices is shown; found {counts}", "give one series' files")
        frames = {_frame(header, name) for header in headers.values()}
        if len(frames) != 1:
            raise PictureError(
                f"{name}: its slices differ in size, spacing or direction", "give the files that lie in parallel"
            )
        rows, columns, spacing, directions = frames.pop()
        bound((columns, rows), name, len(headers))
        right, down = np.array(directions[:3]), np.array(directions[3:])
        normal = np.cross(right, down)
        places = {path: _place(header) for path, header in headers.items()}
        self._paths = sorted(headers, key=lambda path: float(places[path] @ normal))
        origin, step, self.uneven = _stacked([places[path] for path in self._paths], normal, name)
        if not step.any():
            step = normal * _thickness(headers[self._paths[0]])
        self.shape = (columns, rows, len(self._paths))
        # DICOM counts millimetres to the left and the back.
        to_right_and_front = np.diag([-1.0, -1.0, 1.0])
        self.affine = np.eye(4)
        axes = np.column_stack((right * spacing[1], down * spacing[0], step, origin))
        self.affine[:3] = to_right_and_front @ axes
        central = headers[self._paths[len(self._paths) // 2]]
        self.window: Window | None = own_window(central, 0)
        self.inverted = central.get("PhotometricInterpretation") == "MONOCHROME1"

    def slab(self, index: int) -> Any:
        """Return one slice, columns first, in the modality's units."""
        path = self._paths[index]
        data = path.read_bytes()
        dataset = read_dataset(data, f"{self._name}, {path.name}")
        try:
            frame = unpack(dataset, 0)
            if frame.ndim != 2 or frame.shape != (self.shape[1], self.shape[0]):
                raise ValueError(f"values of the shape {frame.shape} do not fit into the series")
            values, padding = rescaled(frame, dataset, 0), padding_of(frame, dataset)
            if padding is not None and padding.any():
                # What only fills the frame counts for no range, and is black.
                values = values.astype("float64")
                values[padding] = float("nan")
            return values.T
        except Exception as error:
            refuse(f"{self._name}, {path.name}", data, error)


def _headers(paths: Sequence[Path], name: str) -> dict[Path, Any]:
    """Read the headers of the files that are DICOM pictures; licences, indexes and the like are passed over."""
    import pydicom

    headers = {}
    for path in paths:
        data = path.read_bytes() if path.is_file() else b""
        if is_dicom(data):
            refuse_deflated(data, f"{name}, {path.name}")
            header = pydicom.dcmread(BytesIO(data), stop_before_pixels=True)
            if header.get("Rows") and header.get("Columns"):
                headers[path] = header
    if not headers:
        raise PictureError(f"{name}: no DICOM picture among {len(paths)} files", "give the folder of one series")
    return headers


def _frame(header: Any, name: str) -> tuple[int, int, tuple[float, ...], tuple[float, ...]]:
    """Return rows, columns, the distance between rows and between columns, and where columns and rows run to."""
    spacing, directions = header.get("PixelSpacing"), header.get("ImageOrientationPatient")
    if int(header.get("NumberOfFrames") or 1) > 1:
        raise PictureError(f"{name}: a file of many frames is no slice of a series", "show its frames one by one")
    if not header.get("ImagePositionPatient") or not spacing or not directions:
        raise PictureError(
            f"{name}: its slices do not say where they lie, so that they have no order", "show its files one by one"
        )
    return (
        int(header.Rows),
        int(header.Columns),
        tuple(round(float(number), 4) for number in spacing),
        tuple(round(float(number), 4) for number in directions),
    )


def _place(header: Any) -> Any:
    import numpy as np

    return np.array([float(number) for number in header.ImagePositionPatient])


def _stacked(places: list[Any], normal: Any, name: str) -> tuple[Any, Any, str]:
    """Return the first place, the mean step to the next, and why the steps are no even stack (or nothing)."""
    import numpy as np

    stack = np.array(places)
    steps = np.diff(stack @ normal)
    if len(steps) and steps.min() <= 1e-3:
        raise PictureError(
            f"{name}: {int((steps <= 1e-3).sum()) + 1} of its slices lie at one place", "give the slices of one phase"
        )
    if not len(steps):
        return stack[0], np.zeros(3), ""
    step = (stack[-1] - stack[0]) / len(steps)
    length = float(np.linalg.norm(step))
    if float(step @ normal) < _UPRIGHT * length:
        return stack[0], step, "its slices lean (the gantry was tilted)"
    off = np.linalg.norm(stack - stack[0] - np.arange(len(stack))[:, None] * step, axis=1).max()
    return stack[0], step, "its slices are not evenly spaced" if off > _EVEN * length else ""


def _thickness(header: Any) -> float:
    return float(header.get("SpacingBetweenSlices") or header.get("SliceThickness") or 1)
