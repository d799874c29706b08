"""What a row says of its picture: where the bytes are, which part of it is shown, and what is drawn on it."""

import base64
import binascii
import math
from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Any

from vqa_eval.records import Image, ImageSpec, Mark, Overlay, View
from vqa_eval.samples.cells import clean, present, value, wrong
from vqa_eval.samples.pixels.volumes import Cut
from vqa_eval.samples.tables.reading import Row

VOLUMES = (".nii", ".nii.gz")
"""Endings of a mask that is a volume itself."""


@dataclass(frozen=True, slots=True)
class Depiction:
    """The picture of a row, with what still has to be fetched."""

    image: Image | None = None
    """None where the task file says that a row may have no picture."""
    picture: bytes | str | None = None
    """Its bytes, or where to find them: "file:NAME", "view:PACKAGE:NAME", "slide:ID", "volume:NAME"."""
    mask: str | None = None
    """Where to find the mask of the region that is drawn: "file:NAME", "volume:NAME"."""
    cut: Cut | None = None
    """What of a volume becomes the picture."""
    cluster: str = ""
    """What pictures are cut from, where several may be cut from one: they are not independent."""


def picture_columns(spec: ImageSpec | None) -> list[str]:
    """Return the columns that say which picture a row has, and what of it is shown."""
    if spec is None:
        return []
    columns = [*spec.cell.names, *spec.crop, *spec.box, spec.index, *(spec.mask.names if spec.mask else ())]
    return [column for column in columns if column]


def depicted(row: Row, spec: ImageSpec | None, optional: Collection[str]) -> Depiction:
    """Return the picture of a row; `optional` are columns that may be empty.

    Raises DataError with row and column where a place in the picture is no number.
    """
    if spec is None:
        return Depiction()
    cell, name = value(row.cells, spec.cell), row.place.rpartition(", ")[2]
    if not cell:
        # Without its picture the question would be asked blind; only the task file may say that this is meant.
        return Depiction() if set(spec.cell.names) <= set(optional) else Depiction(Image(name, None))
    if spec.form == "view":
        return Depiction(Image(cell["file"], None, _view(cell)), f"view:{cell['file']}")
    index = _whole(row, spec.index, optional) if spec.index else None
    if spec.form == "volume":
        place, cut = clean(cell), Cut(spec.plane, index, spec.tiles, spec.window)
        view = _framed(row, spec, View(), optional)
        return Depiction(Image(_cut_name(place, cut), None, view), f"volume:{place}", _mask(row, spec), cut, place)
    view = _framed(row, spec, View(frame=index or 0, window=spec.window), optional)
    if spec.form in ("base64", "bytes"):
        return Depiction(Image(name, None, view), _stored(row, spec, cell), _mask(row, spec))
    image = Image(clean(cell), None, view, slide=spec.form == "slide")
    return Depiction(image, f"{'slide' if image.slide else 'file'}:{image.name}", _mask(row, spec))


def _framed(row: Row, spec: ImageSpec, view: View, optional: Collection[str]) -> View:
    """Return the view with the row's crop and the region that is drawn."""
    crop, box = (_corners(row, columns, optional) for columns in (spec.crop, spec.box))
    if crop:
        # What lies between two pixels shows both: no edge of the crop is lost.
        left, top, right, bottom = crop
        view = replace(view, crop=(math.floor(left), math.floor(top), math.ceil(right), math.ceil(bottom)))
    if box:
        view = replace(view, mark=Mark("box", (box[:2], box[2:])))
    if spec.mask is not None:
        name = present(value(row.cells, spec.mask))
        # Without its mask a question about the marked area cannot be asked.
        if name or not set(spec.mask.names) <= set(optional):
            view = replace(view, overlay=Overlay(spec.region, name or row.place.rpartition(", ")[2], None))
    return view


def _mask(row: Row, spec: ImageSpec) -> str | None:
    name = present(value(row.cells, spec.mask)) if spec.mask else None
    if name is None:
        return None
    # The labels of a volume are cut as the volume is.
    return f"{'volume' if spec.form == 'volume' and name.endswith(VOLUMES) else 'file'}:{name}"


def _corners(row: Row, columns: tuple[str, ...], optional: Collection[str]) -> Any:
    """Return left, top, right and bottom; None where none is named, or all are empty and may be."""
    if not columns or (set(columns) <= set(optional) and not any(present(row.cells.get(name)) for name in columns)):
        return None
    return tuple(_number(row, name) for name in columns)


def _number(row: Row, column: str) -> float:
    cell = row.cells.get(column)
    try:
        number = float(clean(cell))
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise wrong(row, column, cell, "a place in the picture, counted in pixels")
    return number


def _whole(row: Row, column: str, optional: Collection[str]) -> int | None:
    cell = row.cells.get(column)
    if column in optional and present(cell) is None:
        return None
    number = clean(cell).removesuffix(".0")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        raise wrong(row, column, cell, "the number of a slice or frame, counted from 0")
    return int(number)


def _cut_name(name: str, cut: Cut) -> str:
    if cut.index is not None:
        return f"{name}, {cut.plane} slice {cut.index}"
    return f"{name}, {cut.tiles} {cut.plane} slices" if cut.tiles > 1 else f"{name}, central {cut.plane} slice"


def _stored(row: Row, spec: ImageSpec, cell: Any) -> bytes | None:
    """Return the bytes of a picture in a cell: base64 text or a data URL, bytes, or a Parquet picture."""
    if isinstance(cell, str):
        # A cell that is no base64 is kept as it is: the sample is then a fault at the run, with its row.
        try:
            return base64.b64decode(cell.partition("base64,")[2] if cell.startswith("data:") else cell, validate=True)
        except (binascii.Error, ValueError):
            return cell.encode("utf-8", "replace")
    data = cell["bytes"] if isinstance(cell, dict) and "bytes" in cell else cell
    if data is not None and not isinstance(data, bytes):
        # bytes(9) would be nine zeros, and bytes([9]) a picture that nobody stored.
        raise wrong(row, ", ".join(spec.cell.names), cell, "the bytes of a picture")
    return data or None


def _view(cell: dict[str, Any]) -> View:
    """Return the view that a shipped row writes out."""
    mark = cell.get("mark")
    window, crop = cell.get("window"), cell.get("crop")
    return View(
        frame=int(cell.get("frame", 0)),
        window=(float(window[0]), float(window[1])) if window else None,
        crop=(int(crop[0]), int(crop[1]), int(crop[2]), int(crop[3])) if crop else None,
        mark=Mark(mark["kind"], tuple((float(x), float(y)) for x, y in mark["points"])) if mark else None,
        side=cell.get("side"),
    )
