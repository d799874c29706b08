"""Published tables as streams of rows: one reader a format, one row in memory where the format allows.

A row is a plain dict from column to cell; `Row.place` says where it stands, for messages to people. Reading can go
on behind any row: at its byte in separated text and JSON lines, by its number in the other formats.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.samples.tables import lines
from vqa_eval.samples.tables.archives import HARMLESS, MOST_EXPANDED
from vqa_eval.samples.tables.lines import Lines, TooLong
from vqa_eval.samples.tables.separated import read_separated

LAYOUTS = ("tsv", "csv", "json", "jsonl", "parquet")
"""Layouts of a file, named as their usual endings."""
LARGEST_DOCUMENT = 2 * 1024**3
"""Bytes of one JSON document, which must be read whole."""
BATCH_ROWS = 4
"""Rows of a Parquet table that are unpacked at once."""
DEEPEST = 100
"""Lists and mappings within each other in a row of JSON."""
PUBLISHED = "give the file as it was published"
"""What to do about a file that is not what it seems."""


class BrokenOff(DataError):  # noqa: N818 - whoever catches a DataError catches it too
    """Reading or writing came to an end for a cause outside the rows: the same again may go on from there."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a published table."""

    cells: dict[str, Any]
    place: str
    """"FILE, row N", counting the first row of data as 1."""
    number: int = 0
    """N of the place; 0 where the rows are not counted."""
    end: int | None = None
    """Bytes of the file up to the end of this row; None in a format that is not read from one end to the other."""
    share: float | None = None
    """Share of the file that lies behind with this row; None where it is not known."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far tables that are read one after the other have been read."""

    file: int = 0
    """Number of the table, from 0."""
    row: int = 0
    """Number of its last row that was read."""
    end: int | None = None
    """Bytes of it up to the end of that row, where its format has such a place."""
    rows: int = 0
    """Rows of all tables that were read."""


def read_rows(path: Path, layout: str, after: int = 0, end: int | None = None) -> Iterator[Row]:
    """Yield the rows of a local file in the layout tsv, csv, json, jsonl or parquet.

    With `after` and `end` of a row that was yielded before (its number and end), reading goes on behind it.
    Raises DataError with file and row for what cannot be read.
    """
    readers: dict[str, Callable[[], Iterator[Row]]] = {
        "tsv": lambda: _separated(path, "\t", after, end),
        "csv": lambda: _separated(path, ",", after, end),
        "json": lambda: islice(_json(path), after, None),
        "jsonl": lambda: _json_lines(path, after, end),
        "parquet": lambda: _parquet(path, after),
    }
    try:
        yield from readers[layout]()
    except OSError as error:
        raise BrokenOff(f"{path}: {error.strerror or error}", "check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start})", "save the file as UTF-8") from error


def natural(name: str) -> list[tuple[int, str]]:
    """Return what to sort names by so that part_2 comes before part_10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", name)]


def _separated(path: Path, delimiter: str, after: int, end: int | None) -> Iterator[Row]:
    size = path.stat().st_size
    for number, cells, behind in read_separated(path, delimiter, after, end):
        yield Row(cells, f"{path.name}, row {number}", number, behind, behind / size)


def _json(path: Path) -> Iterator[Row]:
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise DataError(f"{path}: larger than 2 GB in one JSON document", "convert it to JSON lines")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        line = f", line {error.lineno}" if isinstance(error, json.JSONDecodeError) else ""
        raise _no_json(f"{path}{line}", error) from error
    if isinstance(document, dict):
        entries = [{"_id": key, **cells} if isinstance(cells, dict) else cells for key, cells in document.items()]
    else:
        entries = document if isinstance(document, list) else []
    for number, cells in enumerate(entries, start=1):
        yield _record(cells, path, number, None, number / len(entries))


def _json_lines(path: Path, after: int, end: int | None) -> Iterator[Row]:
    size = path.stat().st_size
    with Lines(path) as file:
        if end is not None:
            file.go_to(end)
        number = after
        while True:
            number += 1
            try:
                line = file.next()
                if not line:
                    return
                if line.strip():
                    yield _record(json.loads(line), path, number, file.offset, file.offset / size)
            except TooLong:
                raise DataError(
                    f"{path}, line {number}: longer than the {file.largest:,} bytes that a line may have",
                    "a JSON document belongs into a file that ends in .json; else mend or leave out that line",
                ) from None
            except (ValueError, RecursionError) as error:
                raise _no_json(f"{path}, line {number}", error) from error


def _no_json(where: str, error: ValueError | RecursionError) -> DataError:
    why = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
    return DataError(f"{where}: not JSON: {why}", PUBLISHED)


def _record(cells: Any, path: Path, number: int, end: int | None, share: float) -> Row:
    place = f"{path.name}, row {number}"
    if not isinstance(cells, dict):
        raise DataError(f"{place}: {type(cells).__name__}, not keys with values", PUBLISHED)
    if _deeper(cells, DEEPEST):
        raise DataError(f"{place}: lists and keys within each other, more than {DEEPEST} deep", PUBLISHED)
    return Row(cells, place, number, end, share)


def _deeper(value: Any, most: int) -> bool:
    """Whether lists and mappings lie more than so many deep within each other: as text they would end in an error."""
    if not isinstance(value, (dict, list)):
        return False
    return not most or any(_deeper(entry, most - 1) for entry in (value.values() if isinstance(value, dict) else value))


def _bound(path: Path, group: Any) -> None:
    """Raise DataError where a group of rows says that it unpacks to more than published data do."""
    columns = [group.column(number) for number in range(group.num_columns)]
    packed = sum(column.total_compressed_size for column in columns)
    size = sum(column.total_uncompressed_size for column in columns)
    if size > max(HARMLESS, MOST_EXPANDED * packed):
        raise DataError(
            f"{path}: {size:,} bytes unpacked from {packed:,}, as a decompression bomb does",
            "do not trust this file; write it again without compression",
        )


def _parquet(path: Path, after: int) -> Iterator[Row]:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(f"{path}: reading Parquet needs `pyarrow`", "pip install 'vqa-eval[parquet]'") from error
    try:
        # Without these two a whole group of rows, often thousands of pictures, is held at once.
        with pyarrow.parquet.ParquetFile(path, buffer_size=1024 * 1024, pre_buffer=False) as table:
            number, total = 0, table.metadata.num_rows
            groups: list[int] = []
            for group in range(table.num_row_groups):
                rows = table.metadata.row_group(group).num_rows
                _bound(path, table.metadata.row_group(group))
                if groups or number + rows > after:
                    groups.append(group)
                else:
                    number += rows
            # A cell that is packed once and meant often is unpacked for every row of a batch.
            for batch in table.iter_batches(batch_size=BATCH_ROWS, row_groups=groups):
                for at in range(batch.num_rows):
                    number += 1
                    if number > after:
                        row = batch.slice(at, 1)
                        if row.nbytes > lines.LARGEST_CELL:
                            raise DataError(
                                f"{path}, row {number}: {row.nbytes:,} bytes are more than the "
                                f"{lines.LARGEST_CELL:,} that a row may have",
                                "mend or leave out that row",
                            )
                        (cells,) = row.to_pylist()
                        yield Row(cells, f"{path.name}, row {number}", number, None, number / total)
    except pyarrow.ArrowException as error:
        raise DataError(f"{path}: not Parquet: {error}", PUBLISHED) from error
