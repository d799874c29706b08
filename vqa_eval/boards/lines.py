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


KINDS = {"choice": "multiple choice", "open": "open questions", "caption": "captions"}


def make_table(section: Section) -> Table:
    """Return the section as a table; the table of the whole selection shows the baselines as lines.

    The prompt has a column only where rows differ in it.
    """
    several = len({cell.row.prompt for cell in section.cells}) > 1
    head = [section.axis] if section.axis else []
    head += ["model", "prompt"] if several or not section.axis else ["model"]
    numbers = ["n (clusters)", section.metric.name.partition(".")[2].replace("_", " "), "95 % interval"]
    numbers += ["answered", "best baseline", "gain"]
    lines = [Line((*_head(cell, section.axis, len(head)), *_numbers(cell))) for cell in section.cells]
    if not section.axis and section.cells:
        lines.extend(_baseline_lines(section.cells[0]))
    title = f"{KINDS[section.kind]} by {section.axis}" if section.axis else KINDS[section.kind]
    numeric = (False,) * len(head) + (True,) * len(numbers)
    return Table(title, (*head, *numbers), numeric, tuple(lines))


def percent(value: float | None) -> str:
    """Return a share as a percentage with one decimal, or the sign for an undefined one."""
    return ABSENT if value is None else f"{100 * value:.1f}"


def _head(cell: Cell, axis: str, size: int) -> tuple[str, ...]:
    head = (_indented(cell.node), cell.row.model, cell.row.prompt) if axis else (cell.row.model, cell.row.prompt)
    return head[:size]


def _numbers(cell: Cell) -> tuple[str, ...]:
    interval, best = cell.interval, cell.best_baseline
    missing = f", {cell.missing:,} missing" if cell.missing else ""
    return (
        f"{cell.n:,} ({cell.clusters:,}{missing})",
        percent(cell.value) + ("*" if cell.missing and cell.value is not None else ""),
        f"{percent(interval.low)} to {percent(interval.high)}" if interval else ABSENT,
        percent(cell.answered),
        f"{best.name.replace('_', ' ')} {percent(best.value)}" if best else ABSENT,
        ABSENT if cell.gain is None else f"{100 * cell.gain:+.1f}",
    )


def _baseline_lines(cell: Cell) -> Iterable[Line]:
    for baseline in cell.baselines:
        name = baseline.name.replace("_", " ")
        yield Line((name, "the key alone", f"{baseline.n:,}", percent(baseline.value), "", "", "", ""), baseline=True)


def _indented(node: Node) -> str:
    return "  " * (len(node) - 2) + node[-1]
