"""Cells of published rows as clean text, and how one that holds something else is named."""

import json
import re
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.records import Column
from vqa_eval.samples.tables.reading import Row

MISSING = ("", "nan")
"""What published tables write where a value is absent (a NaN read back as text); "None" may be an option."""


def clean(cell: Any) -> str:
    """Return a cell as clean text: no half characters, no control characters but line breaks and tabs."""
    if cell is None:
        return ""
    said = str(cell)
    if said.isprintable():
        return said.strip()
    whole = said.encode("utf-8", "replace").decode()
    return "".join(char for char in whole if char >= " " or char in "\n\t").replace("\x7f", "").strip()


def present(cell: Any) -> str | None:
    """Return a cell's text, or None where the value is absent."""
    said = clean(cell)
    return None if said.casefold() in MISSING else said


def value(cells: dict[str, Any], column: Column) -> Any:
    """Return a cell as it is, or the text that is made of several; None where one of these is missing."""
    if not column.text:
        return cells.get(column.names[0])
    return filled(cells, column) if all(present(cells.get(name)) for name in column.names) else None


def filled(cells: dict[str, Any], column: Column) -> str:
    """Return the column's sentence with the cells in the place of their names."""
    return re.sub(r"{([^{}]+)}", lambda name: clean(cells.get(name[1])), column.text)


def wrong(row: Row, column: str, cell: Any, wanted: str) -> DataError:
    """Return the error that names row and column and says what stands there in the place of what is wanted."""
    shown = json.dumps(cell, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 80 else shown[:77] + "…"
    return DataError(f"{row.place}, column {column}: {shown} is not {wanted}", "mend or leave out that row")
