"""A table of text and whole numbers as a file: xlsx, or CSV and TSV for programs.

In an xlsx a cell that begins with "=" stays the text that it is, and never becomes a formula. CSV and TSV have no
such distinction: a spreadsheet that opens one may take such a cell for a formula, so they hold the text for programs.
"""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from vqa_eval.errors import DataError

LARGEST = 32_767
"""Characters that a cell of an xlsx holds."""

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 (section 2.2) cannot say, in any spelling."""

SEPARATORS = {".csv": ",", ".tsv": "\t"}
ENDINGS = (".xlsx", *SEPARATORS)


def write_sheet(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> int:
    """Write the table, whole or not at all; return how many cells hold a character that xlsx cannot.

    Each such character becomes U+FFFD. Raises DataError for an ending that is none of ENDINGS, a folder that cannot
    be written, and a text longer than a cell of an xlsx.
    """
    if path.suffix.lower() not in ENDINGS:
        raise DataError(f"{path}: no kind of table", f"end its name with {', '.join(ENDINGS)}")
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        mended = 0
        if path.suffix.lower() == ".xlsx":
            mended = _write_xlsx(partial, path, columns, rows)
        else:
            with partial.open("w", encoding="utf-8", newline="") as file:
                separator = SEPARATORS[path.suffix.lower()]
                csv.writer(file, delimiter=separator, lineterminator="\n").writerows([columns, *rows])
        partial.replace(path)
    except OSError as error:
        raise DataError(f"{path}: cannot be written: {error.strerror}", "give --out a file of yours") from error
    finally:
        partial.unlink(missing_ok=True)
    return mended


def _write_xlsx(partial: Path, path: Path, columns: Sequence[str], rows: Iterable[Sequence[str | int]]) -> int:
    try:
        from openpyxl import Workbook
        from openpyxl.cell import WriteOnlyCell
    except ImportError as error:
        raise DataError(
            f"{path}: xlsx needs openpyxl", "pip install 'vqa-eval[xlsx]', or give --out a name that ends with .tsv"
        ) from error
    # Everything is looked at before the workbook is begun, which cannot be given up half-way.
    whole = [[_held(value, path) for value in row] for row in (columns, *rows)]
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Sheet1")
    for row in whole:
        sheet.append([_text(WriteOnlyCell(sheet, value.text)) if isinstance(value, _Held) else value for value in row])
    book.save(partial)
    return sum(isinstance(value, _Held) and value.mended for row in whole for value in row)


class _Held(NamedTuple):
    text: str
    mended: bool


def _held(value: str | int, path: Path) -> _Held | int:
    if isinstance(value, int):
        return value
    if len(value) > LARGEST:
        raise DataError(
            f"{path}: a text of {len(value):,} characters, where a cell of an xlsx holds {LARGEST:,}",
            "give --out a name that ends with .tsv",
        )
    clean = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", value)
    return _Held(clean, clean != value)


def _text(cell: Any) -> Any:
    """Return the cell as text, whatever openpyxl took it for: a formula, an error."""
    cell.data_type = "s"
    return cell
