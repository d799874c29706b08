"""The summary of a run as tables that fit a window: intervals beside values or below, or fewer columns at once."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from vqa_eval.boards.cells import Cell
from vqa_eval.boards.lines import ABSENT, KINDS, Line, Table, percent
from vqa_eval.boards.summary import Glance, Spot, Summary
from vqa_eval.boards.terms import term
from vqa_eval.records import Interval

HEAD = 11
"""Characters of a line of a column's head; longer names are broken behind their signs."""
NAMES = 24
"""Characters of a line that the names of rows keep; longer ones are folded where columns need the room."""


class _Column(NamedTuple):
    """One column of the summary: its head and a text a line, each in one line or several."""

    head: str
    texts: tuple[str, ...]

    @property
    def width(self) -> int:
        return max(len(line) for text in (self.head, *self.texts) for line in text.split("\n"))


def summary_tables(summary: Summary, width: int, gap: int = 1) -> list[Table]:
    """Return the summary for a window: one table where it fits, else several with some of the columns each."""
    for between, most in ((" ", width), ("\n", width), ("\n", NAMES)):
        columns, names = _columns(summary, between), _names(summary, between)
        room = width - gap - min(most, max(len(line) for name in names for line in name.split("\n")))
        if sum(column.width + gap for column in columns) <= room:
            return [_table(summary, columns, names)]
    blocks: list[list[_Column]] = [[]]
    for column in columns:
        if blocks[-1] and sum(one.width + gap for one in (*blocks[-1], column)) > room:
            blocks.append([])
        blocks[-1].append(column)
    return [_table(summary, block, names, at) for at, block in enumerate(blocks)]


def summary_table(summary: Summary) -> Table:
    """Return the summary as one table, however wide."""
    return _table(summary, _columns(summary, " ", fold=False), _names(summary, " "))


def _table(summary: Summary, columns: Sequence[_Column], names: Sequence[str], block: int = 0) -> Table:
    title = f"at a glance: {KINDS[summary.kind]}, {term(summary.metric.name)}"
    title += ", continued" if block else ""
    rows = len(summary.glances)
    lines = [
        Line((name, *(column.texts[at] for column in columns)), baseline=at >= rows) for at, name in enumerate(names)
    ]
    head = "model · prompt\nn (clusters)"
    return Table(title, (head, *(column.head for column in columns)), (False, *[True] * len(columns)), tuple(lines))


def _names(summary: Summary, between: str) -> list[str]:
    rows = [f"{glance.row.model}{between}· {glance.row.prompt}" for glance in summary.glances]
    return [*rows, *(name.replace("_", " ") for name in summary.baselines)]


def _columns(summary: Summary, between: str, fold: bool = True) -> list[_Column]:
    """Return the columns; `between` stands between a value and its interval."""
    columns = []
    if summary.whole is not None:
        cells = [glance.whole for glance in summary.glances if glance.whole is not None]
        floors = {entry.name: entry.value for entry in cells[0].baselines} if cells else {}
        texts = [_cell(cell, between) for cell in cells]
        columns.append(_column(summary.whole, texts, [floors.get(name) for name in summary.baselines], fold))
        texts = [_macro(glance, between) for glance in summary.glances]
        means = [_mean([entry.value if entry else None for entry in found]) for found in summary.baselines.values()]
        columns.append(_Column(f"macro\nof {len(summary.spots)}", (*texts, *map(percent, means))))
    for at, spot in enumerate(summary.spots):
        texts = [_cell(glance.cells[at], between) for glance in summary.glances]
        entries = [found[at] for found in summary.baselines.values()]
        columns.append(_column(spot, texts, [entry.value if entry else None for entry in entries], fold))
    return columns


def _column(spot: Spot, texts: Sequence[str], floors: Sequence[float | None], fold: bool) -> _Column:
    name = "\n".join(_folded(spot.name)) if fold else spot.name
    return _Column(f"{name}\n{spot.n:,} ({spot.clusters:,})", (*texts, *map(percent, floors)))


def _cell(cell: Cell, between: str) -> str:
    mark = "*" if cell.incomplete and cell.value is not None else ""
    return f"{percent(cell.value)}{mark}{_around(cell.interval, between)}"


def _macro(glance: Glance, between: str) -> str:
    if glance.macro is None:
        return ABSENT
    mark = "*" if any(cell.incomplete for cell in glance.cells) else ""
    return f"{percent(glance.macro.value)}{mark}{_around(glance.macro.interval, between)}"


def _around(interval: Interval | None, between: str) -> str:
    if interval is None:
        return ""
    bounds = f"{percent(interval.low)}–{percent(interval.high)}"
    return f"\n{bounds}" if between == "\n" else f"{between}[{bounds}]"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known and len(known) == len(values) else None


def _folded(name: str) -> list[str]:
    """Return a name in lines, broken behind the signs between its words."""
    lines = [""]
    for piece in re.findall(r"[^-_/ ]*[-_/ ]?", name):
        if lines[-1] and len(lines[-1]) + len(piece) > HEAD:
            lines.append("")
        lines[-1] += piece
    return [line for line in lines if line]
