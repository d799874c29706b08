"""Tables of predictions as rows: separated by tabs, a workbook, or a JSON list of records."""

import contextlib
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.predictions.archives import SIGNATURES, opened
from vqa_eval.predictions.texts import AS_WRITTEN, LARGEST_CELL, parse_json, read_document, record

LARGEST_WORKBOOK = 1024**3
"""Bytes of a workbook, unpacked."""
MOST_ROWS = 2_000_000
"""Rows of a workbook, empty ones counted: a row may claim any number."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table."""

    cells: dict[str, Any]
    place: str
    """"FILE, row N", counting the first row of data as 1."""


def columns(path: Path, head: bytes) -> tuple[str, ...]:
    """Return the columns of the table in a file that begins with `head`; none where it is no table."""
    if head.startswith(SIGNATURES):
        with opened(path) as archive:
            if "xl/workbook.xml" not in archive.namelist():
                return ()
        return next((tuple(row.cells) for row in _workbook(path, header_only=True)), ())
    text = head.decode("utf-8-sig", "replace").lstrip()
    if text.startswith("["):
        first, _, _ = text.removeprefix("[").partition("}")
        try:
            return tuple(record(parse_json(f"{first}}}", str(path)), str(path)))
        except DataError:  # the first record holds records, or is longer than the head
            return tuple(name for name in ("index", "question", "prediction") if f'"{name}":' in first)
    line = text.partition("\n")[0].rstrip("\r")
    try:
        return tuple(next(csv.reader([line], delimiter="\t"), ())) if "\t" in line else ()
    except csv.Error:
        return ()


def read_rows(path: Path) -> Iterator[Row]:
    """Yield the rows of a file that `columns` knows; DataError with file and row for what cannot be read."""
    with path.open("rb") as file:
        head = file.read(16)
    if head.startswith(SIGNATURES):
        return _workbook(path)
    return _records(path) if head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[") else _separated(path)


def _separated(path: Path) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, delimiter="\t")
        try:
            header = next(reader, [])
            for number, cells in enumerate(reader, start=1):
                if len(cells) > len(header):
                    raise DataError(
                        f"{path}, row {number}: {len(cells)} cells under {len(header)} columns",
                        "check quoting and tabs of that row",
                    )
                if cells:
                    yield Row(dict(zip(header, cells, strict=False)), f"{path.name}, row {number}")
        except csv.Error as error:
            raise DataError(
                f"{path}, line {reader.line_num}: {error}", "check quoting and tabs of that line"
            ) from error
        except UnicodeDecodeError as error:
            raise DataError(f"{path}, after line {reader.line_num}: not UTF-8", "save the file as UTF-8") from error


def _records(path: Path) -> Iterator[Row]:
    document = read_document(path)
    for number, cells in enumerate(document if isinstance(document, list) else [document], start=1):
        place = f"{path.name}, row {number}"
        yield Row(record(cells, place), place)


def _workbook(path: Path, header_only: bool = False) -> Iterator[Row]:
    """Yield the rows of the first sheet; with `header_only` one row that holds the columns alone."""
    try:
        import openpyxl
    except ImportError as error:
        raise DataError(f"{path}: reading a workbook needs `openpyxl`", "pip install 'vqa-eval[xlsx]'") from error
    with opened(path) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST_WORKBOOK:
            raise DataError(f"{path}: unpacks to more than {LARGEST_WORKBOOK >> 30} GB", AS_WRITTEN)
    number = 0
    try:
        with (
            path.open("rb") as file,
            contextlib.closing(openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)) as book,
        ):
            sheet = book.worksheets[0]
            # What the sheet says of its own size is not needed, and need not be true.
            sheet.reset_dimensions()
            rows = sheet.iter_rows(values_only=True)
            header = ["" if name is None else str(name) for name in next(rows, ())]
            absent = dict.fromkeys(header)
            if header_only:
                yield Row(dict(absent), str(path))
                return
            for number, cells in enumerate(rows, start=1):
                if number > MOST_ROWS:
                    raise DataError(f"{path}: more than {MOST_ROWS:,} rows", AS_WRITTEN)
                if any(cell is not None for cell in cells):
                    # A row is stored up to its last cell that is not empty.
                    yield Row({**absent, **dict(zip(header, cells, strict=False))}, f"{path.name}, row {number}")
    except DataError:
        raise
    except Exception as error:  # a stranger's workbook may be broken in any way
        raise DataError(f"{path}, row {number + 1}: broken workbook: {error}", AS_WRITTEN) from error
