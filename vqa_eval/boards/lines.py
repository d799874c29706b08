"""A table of a board as lines of plain text cells: what the terminal, Markdown and CSV all show."""

from collections.abc import Iterable
from dataclasses import dataclass

from vqa_eval.boards.board import Section
from vqa_eval.boards.cells import Cell
from vqa_eval.records import Node

ABSENT = "–"
"""Stands where a number is not defined; never a zero."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a table."""

    cells: tuple[str, ...]
    baseline: bool = False
    """Whether it shows a baseline rather than a model."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table ready to be shown."""

    title: str
    columns: tuple[str, ...]
    numeric: tuple[bool, ...]
    """Which columns are set flush right."""
    lines: tuple[Line, ...]


def make_table(section: Section) -> Table:
    """Return the section as a table; the table of the whole selection shows the baselines as lines."""
    score = section.metric.name
    numbers = ("n", "clusters", score, "95 % interval", "answered", "best baseline", "gain")
    head = (section.axis,) if section.axis else ()
    columns = (*head, "model", "prompt", *numbers)
    lines = [Line(_texts(cell, section.axis)) for cell in section.cells]
    if not section.axis and section.cells:
        lines.extend(_baseline_lines(section.cells[0]))
    names = {"choice": "multiple choice", "open": "open questions", "caption": "captions"}
    title = f"{names[section.kind]} by {section.axis}" if section.axis else names[section.kind]
    return Table(title, columns, (False,) * (len(head) + 2) + (True,) * len(numbers), tuple(lines))


def percent(value: float | None) -> str:
    """Return a share as a percentage with one decimal, or the sign for an undefined one."""
    return ABSENT if value is None else f"{100 * value:.1f}"


def _texts(cell: Cell, axis: str) -> tuple[str, ...]:
    interval = cell.interval
    best = cell.best_baseline
    head = (_indented(cell.node),) if axis else ()
    return (
        *head,
        cell.row.model,
        cell.row.prompt,
        f"{cell.n:,}" + (f" ({cell.missing:,} missing)" if cell.missing else ""),
        f"{cell.clusters:,}",
        percent(cell.value) + ("*" if cell.missing and cell.value is not None else ""),
        f"{percent(interval.low)} to {percent(interval.high)}" if interval else ABSENT,
        percent(cell.answered),
        f"{best.name.replace('_', ' ')} {percent(best.value)}" if best else ABSENT,
        ABSENT if cell.gain is None else f"{100 * cell.gain:+.1f}",
    )


def _baseline_lines(cell: Cell) -> Iterable[Line]:
    for baseline in cell.baselines:
        name = baseline.name.replace("_", " ")
        cells = (name, "from the key", f"{baseline.n:,}", "", percent(baseline.value), "", "", "", "")
        yield Line(cells, baseline=True)


def _indented(node: Node) -> str:
    return "  " * (len(node) - 2) + node[-1]
