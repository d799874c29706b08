"""Rows of separated text (TSV, CSV) with the byte that each ends at, so that reading can go on behind any of them.

Cells are cut as Python's `csv` does, which the tests hold it against. `csv` itself keeps four bytes for every
character of a cell and cannot say where in the file it is; a table whose cells are pictures needs both.
"""

from collections.abc import Iterator, Sequence
from io import StringIO
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.lines import Lines, TooLong


def read_separated(
    path: Path, delimiter: str, number: int = 0, offset: int | None = None
) -> Iterator[tuple[int, dict[str, str], int]]:
    """Yield (number of the row, cells by column, bytes up to its end); the first row of data is row 1.

    With `number` and `offset` of a row that was yielded before, reading goes on behind it. Raises DataError with
    file and row for a row that is longer than LARGEST_CELL, a quote that never closes, and too many cells.
    """
    with Lines(path) as lines:
        header = _row(lines, delimiter, "header")
        if not header or header == [""]:
            raise DataError(f"{path}: empty", "give the file as it was published")
        if any("\r" in column for column in header):
            raise DataError(f"{path}: lines end with carriage returns alone", "save it with line feeds (Unix)")
        refuse_doubles(header, str(path))
        if offset is not None:
            lines.go_to(offset)
        while (cells := _row(lines, delimiter, f"row {number + 1}")) is not None:
            number += 1
            if not cells:
                continue
            if len(cells) > len(header):
                raise DataError(
                    f"{path}, row {number}: {len(cells)} cells under {len(header)} columns",
                    "check quoting and separators of that row",
                )
            yield number, dict(zip(header, cells, strict=False)), lines.offset


def refuse_doubles(header: Sequence[str], name: str) -> None:
    """Raise DataError where two columns of a file bear one name; columns without any are read by nobody."""
    double = next((column for at, column in enumerate(header) if column and column in header[:at]), None)
    if double is not None:
        raise DataError(f"{name}: two columns {double!r}", "leave out or rename one of them")


def _row(lines: Lines, delimiter: str, name: str) -> list[str] | None:
    """Return the cells of the next row: none for an empty line, None at the end of the file."""
    begin = lines.offset
    try:
        line = lines.next()
    except TooLong:
        raise DataError(
            f"{lines.path}, {name}: longer than the {lines.largest:,} bytes that a row may have",
            "the file is damaged, or holds what belongs into files of its own: mend or leave out that row",
        ) from None
    if not line:
        return None
    if '"' not in line:
        line = line.rstrip("\r\n")
        return line.split(delimiter) if line else []
    cells: list[str] = []
    at = 0
    while True:
        cell = ""
        if line.startswith('"', at):
            cell, line, at = _unquoted(lines, line, at + 1, begin, f"{name}, column {len(cells) + 1}")
        stop = line.find(delimiter, at)
        cells.append(cell + (line[at:].rstrip("\r\n") if stop < 0 else line[at:stop]))
        if stop < 0:
            return cells
        at = stop + 1


def _unquoted(lines: Lines, line: str, at: int, begin: int, name: str) -> tuple[str, str, int]:
    """Return the text up to the closing quote, and the line in which that stands with the place behind it.

    `begin` is the byte at which the row begins; a quoted cell may run over several lines.
    """
    text = StringIO()  # a list of many short lines would take ten times their bytes
    while True:
        stop = line.find('"', at)
        if stop < 0:
            text.write(line[at:])
            line, at = _more(lines, begin, name), 0
        elif line.startswith('"', stop + 1):
            text.write(line[at : stop + 1])
            at = stop + 2
        else:
            text.write(line[at:stop])
            return text.getvalue(), line, stop + 1


def _more(lines: Lines, begin: int, name: str) -> str:
    where = "before the end of the file"
    try:
        line = lines.next(held=lines.offset - begin)
    except TooLong:
        line, where = "", f"within the {lines.largest:,} bytes that a row may have"
    if not line:
        raise DataError(
            f"{lines.path}, {name}: a quote opens the cell and does not close {where}",
            "close the quote, or double the quotes that belong to the text",
        )
    return line
