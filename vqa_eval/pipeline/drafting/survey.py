"""A table read once: its first rows, and what every column holds over all of them."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.reading import Row

LOOKED = 300
"""Rows whose cells are kept to look at."""
KEPT = 4096
"""Characters or bytes of a cell that are kept; a multiple of 4, so that base64 still decodes."""
DISTINCT = 400
"""Different values of a column that are counted; a column with more is no list of names."""
NAME = 120
"""Characters that a name has at most; longer cells are texts."""
NOTHING = frozenset(("", "nan"))
"""What tables write where a value is absent."""


@dataclass(slots=True)
class ColumnLook:
    """What one column holds over the whole table."""

    name: str
    there: int = 0
    """Rows that have the column at all."""
    present: int = 0
    """Rows in which it is not empty."""
    values: Counter[str] = field(default_factory=Counter)
    """Values with their rows; cleared where there are too many, or one is too long for a name."""
    unique: bool = True
    """Whether no value occurs twice."""
    _seen: set[int] = field(default_factory=set)
    _listed: bool = True

    def look(self, cell: Any) -> None:
        """Look at the cell of the next row."""
        self.there += 1
        text = "" if cell is None else str(cell)[:KEPT].strip()
        if text.casefold() in NOTHING:
            return
        self.present += 1
        if self.unique:
            mark = hash(text)
            self.unique = mark not in self._seen
            self._seen.add(mark)
            if not self.unique:
                self._seen.clear()
        if self._listed:
            self.values[text] += 1
            self._listed = len(self.values) <= DISTINCT and len(text) <= NAME and isinstance(cell, (str, int, float))
            if not self._listed:
                self.values.clear()


@dataclass(slots=True)
class Survey:
    """A table as far as a look at it tells."""

    rows: list[dict[str, Any]]
    """The first rows, long cells cut."""
    count: int
    columns: dict[str, ColumnLook]
    whole: bool
    """Whether every row was read."""

    def cells(self, column: str) -> list[Any]:
        """Return the kept cells of a column that are not empty."""
        found = (row.get(column) for row in self.rows)
        return [cell for cell in found if cell is not None and str(cell).strip().casefold() not in NOTHING]


def survey(rows: Iterable[Row], most: int | None = None) -> Survey:
    """Read a table, or its first `most` rows; DataError where there are none."""
    kept: list[dict[str, Any]] = []
    columns: dict[str, ColumnLook] = {}
    count = 0
    for row in islice(rows, most):
        count += 1
        for name, cell in row.cells.items():
            columns.setdefault(name, ColumnLook(name)).look(cell)
        if len(kept) < LOOKED:
            kept.append({name: _cut(cell) for name, cell in row.cells.items()})
    if not count:
        raise DataError("the table has no rows", "give a table with a header and rows")
    if len(columns) == 1 and (sign := next((sign for sign in ";|\t" if sign in next(iter(columns))), "")):
        raise DataError(
            f"the table has one column, {next(iter(columns))!r}: its cells are parted by {sign!r}",
            "save it with commas, or with tabs as .tsv",
        )
    return Survey(kept, count, columns, most is None or count < most)


def _cut(cell: Any) -> Any:
    if isinstance(cell, (str, bytes)):
        return cell[:KEPT]
    if isinstance(cell, dict) and isinstance(cell.get("bytes"), bytes):
        return {**cell, "bytes": cell["bytes"][:KEPT]}
    return cell
