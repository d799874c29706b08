"""Text from strangers, read within bounds: lines, JSON, and lists as Python writes them."""

import ast
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vqa_eval.errors import DataError

LARGEST_DOCUMENT = 1024**3
"""Bytes of a JSON document, which must be read whole."""
LARGEST_LINE = 64 * 1024**2
"""Characters of one line; a long reply stays far below, a file that is no table does not."""
LARGEST_CELL = 4 * 1024**2
"""Characters of one cell, question or reply."""
LARGEST_LIST = 100_000
"""Characters of a cell that is read as a Python list."""

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
"""How one half of a character beyond the first 65,536 is written; both halves together are one character."""

AS_WRITTEN = "give the file as the harness wrote it"


def read_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (number from 1, line) of a UTF-8 file, blank lines left out."""
    number = 0
    try:
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            while line := file.readline(LARGEST_LINE + 1):
                number += 1
                if len(line) > LARGEST_LINE:
                    raise DataError(f"{path}, line {number}: longer than {LARGEST_LINE:,} characters", AS_WRITTEN)
                if line.strip():
                    yield number, line
    except UnicodeDecodeError as error:
        raise DataError(f"{path}, after line {number}: not UTF-8", "save the file as UTF-8") from error


def read_document(path: Path) -> Any:
    """Return the JSON document in a file."""
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise DataError(f"{path}: larger than {LARGEST_DOCUMENT >> 30} GB in one document", "split it into several")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start})", "save the file as UTF-8") from error
    return parse_json(text, str(path))


def parse_json(text: str, place: str, line: int | None = None) -> Any:
    """Return the value of a JSON text, half characters in it replaced, since they cannot be stored.

    DataError with the place, and the line where it is not given, for what is no JSON.
    """
    try:
        value = json.loads(text)
        if _HALF.search(text):
            whole = json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")
            value = json.loads(whole)
        return value
    except json.JSONDecodeError as error:
        raise DataError(f"{place}, line {line or error.lineno}: not JSON: {error.msg}", AS_WRITTEN) from error
    except (ValueError, RecursionError) as error:  # a number of thousands of digits, lists in lists without end
        where = f", line {line}" if line else ""
        raise DataError(f"{place}{where}: JSON that cannot be read: {error}", AS_WRITTEN) from error


def as_text(cell: Any, place: str, column: str) -> str:
    """Return a cell as text, nothing for an absent one or a NaN; DataError where it is longer than any reply."""
    absent = cell is None or (isinstance(cell, float) and math.isnan(cell))
    text = "" if absent else str(cell)
    if len(text) > LARGEST_CELL:
        raise DataError(f"{place}, column {column}: {len(text):,} characters", "mend or leave out that row")
    return text


def as_list(text: str) -> list[str] | None:
    """Return the texts of a list as Python writes it, "['a', 'b']"; None for any other text. Nothing is run."""
    bare = text.strip()
    if not (bare.startswith("[") and bare.endswith("]")) or len(bare) > LARGEST_LIST:
        return None
    try:
        value = ast.literal_eval(bare)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None
    return value if isinstance(value, list) and all(isinstance(entry, str) for entry in value) else None


def record(value: Any, place: str) -> dict[str, Any]:
    """Return a JSON value that must be keys with values; DataError with its place otherwise."""
    if not isinstance(value, dict):
        raise DataError(f"{place}: {type(value).__name__}, not keys with values", AS_WRITTEN)
    return value


def field_of(cells: dict[str, Any], name: str, place: str) -> Any:
    """Return a field that must be there; DataError with its place and what was found otherwise."""
    if name not in cells:
        shown = ", ".join(map(repr, list(cells)[:12]))
        raise DataError(f"{place}: no field {name!r}; found: {shown}", AS_WRITTEN)
    return cells[name]
