"""Features of slides: a table with a row for each patch, as an encoder such as CONCH writes it, instead of pixels.

Source: SlideChat's published inference (arXiv 2410.11761; xtuner/tools/test.py) reads a CSV of the slide's name
whose first line names the columns, takes the first 512 of them, and of too many rows evenly spaced ones.
"""

import gzip
import hashlib
import math
import zlib
from collections.abc import Generator
from contextlib import closing
from io import BytesIO
from pathlib import Path
from typing import Any, NoReturn

from vqa_eval.errors import PictureError
from vqa_eval.records import Picture

# numpy is imported where it is used: a light start.

ARRAY = "application/x-npy"
"""Media type of an array as numpy stores it."""

COLUMNS = 512
"""Numbers that CONCH gives for a patch."""

ENDINGS = (".csv", ".csv.gz")

_LONGEST = 1_000_000
"""Bytes of one line: 512 numbers take some thousands."""
_MOST_ROWS = 5_000_000
"""More patches than any slide has."""
_AGAIN = "make the features again: a CSV whose first line names the columns, then a row of numbers for each patch"


def find_features(folder: Path, slide: str) -> Path | None:
    """Return the CSV of a slide in `folder`; None where it is not at hand, PictureError where there are two."""
    found = [path for ending in ENDINGS if (path := folder / f"{slide}{ending}").is_file()]
    if any(not path.resolve().is_relative_to(folder.resolve()) for path in found):
        raise PictureError(f"features of {slide!r} would lie outside {folder}", "mend the id, or copy the file there")
    if len(found) > 1:
        raise PictureError(f"the features of {slide} are there twice: {found[0]}, {found[1]}", "leave one of them")
    return found[0] if found else None


def read_features(path: Path, most: int) -> Picture:
    """Return the features in a CSV as an array of float32, at most so many rows of 512 columns.

    Where there are more, rows evenly spaced from the first to the last are taken. Raises PictureError naming file,
    line and column for what is no finite number, and for a table that is cut off, too narrow or empty.
    """
    import numpy as np

    total = sum(1 for _ in _lines(path)) - 1
    if total < 1:
        raise PictureError(f"{path}: no features: no row of numbers below the names of the columns", _AGAIN)
    chosen = np.linspace(0, total - 1, most, dtype=int) if total >= most else np.arange(total)
    table: Any = np.empty((len(chosen), COLUMNS), "float32")
    wanted = iter(chosen.tolist())
    following, place = next(wanted), 0
    with closing(_lines(path)) as lines, np.errstate(over="ignore"):  # what does not fit becomes infinite: refused
        _, names = next(lines)
        header = _cells(path, 1, names)
        for row, (number, line) in enumerate(lines):
            if row != following:
                continue
            cells = _cells(path, number, line)
            try:
                table[place] = cells
            except ValueError:
                _refuse(path, number, header, cells)
            if not np.isfinite(table[place]).all():
                _refuse(path, number, header, cells)
            place += 1
            following = next(wanted, -1)
            if following < 0:
                break
    file = BytesIO()
    np.lib.format.write_array(file, table, version=(1, 0), allow_pickle=False)
    data = file.getvalue()
    return Picture(data, ARRAY, COLUMNS, len(table), hashlib.sha256(data).hexdigest())


def _lines(path: Path) -> Generator[tuple[int, str]]:
    """Yield the lines that are not blank with their numbers from 1, the names of the columns first."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            number = found = 0
            while line := file.readline(_LONGEST + 1):
                number += 1
                if len(line) > _LONGEST or found > _MOST_ROWS:
                    raise PictureError(f"{path}, line {number}: no features, the table is too large", _AGAIN)
                if text := line.decode().strip():
                    found += 1
                    yield number, text
    except UnicodeDecodeError as error:
        raise PictureError(f"{path}, line {number}: no text", _AGAIN) from error
    except (OSError, EOFError, zlib.error) as error:
        why = getattr(error, "strerror", None) or error
        raise PictureError(f"{path}: cannot be read: {why}", "fetch the file again") from error


def _cells(path: Path, number: int, line: str) -> list[str]:
    cells = line.split(",", COLUMNS)[:COLUMNS]
    if len(cells) < COLUMNS:
        raise PictureError(f"{path}, line {number}: {len(cells)} columns, fewer than {COLUMNS}", _AGAIN)
    return cells


def _refuse(path: Path, number: int, header: list[str], cells: list[str]) -> NoReturn:
    """Say which cell of a row is no finite number that fits."""
    column = next((at for at, cell in enumerate(cells) if not _is_number(cell)), 0)
    raise PictureError(
        f"{path}, line {number}, column {column + 1} ({header[column][:40].strip()}): "
        f"{cells[column][:40]!r} is no finite number",
        _AGAIN,
    )


def _is_number(cell: str) -> bool:
    import numpy as np

    try:
        return math.isfinite(np.float32(cell))
    except ValueError:
        return False
