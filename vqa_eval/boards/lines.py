"""A table of a board as lines of plain text cells: what the terminal, Markdown and CSV all show."""

from collections.abc import Iterable, Sequence
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
    """Return the section as a flat table: a line for each node and row, baselines below the whole selection.

    The prompt has a column only where rows differ in it.
    """
    several = len({cell.row.prompt for cell in section.cells}) > 1
    head = [section.axis] if section.axis else []
    head += ["model", "prompt"] if several or not section.axis else ["model"]
    lines = [Line((*_head(cell, section.axis, len(head)), *_numbers(cell))) for cell in section.cells]
    lines += [Line((line.cells[0], "the key alone", *line.cells[1:]), baseline=True) for line in _baselines(section)]
    return _table(section, head, _NUMBERS, lines)


def make_screen_table(section: Section, narrow: bool) -> Table:
    """Return the section as a table with one column of names, for a window: rows stand below their node.

    `narrow` leaves the name of the best baseline out, which stands in the table of the whole selection.
    """
    rows = list(dict.fromkeys(cell.row for cell in section.cells))
    prompts = len({row.prompt for row in rows}) > 1 or not section.axis
    lines: list[Line] = []
    for cell in section.cells:
        label = f"{cell.row.model} · {cell.row.prompt}" if prompts else cell.row.model
        if not section.axis:
            name = label
        elif len(rows) == 1:
            name = _indented(cell.node)
        else:
            if cell.row == rows[0]:
                lines.append(Line((_indented(cell.node), *([""] * len(_NUMBERS)))))
            name = f"{'  ' * (len(cell.node) - 1)}{label}"
        lines.append(Line((name, *_numbers(cell, narrow))))
    lines += _baselines(section)
    head = section.axis or ("model · prompt" if section.cells else "")
    numbers = [name.replace("best ", "") for name in _NUMBERS] if narrow else list(_NUMBERS)
    return _table(section, [head], numbers, lines)


_NUMBERS = ("n (clusters)", "score", "95 % interval", "answered", "best baseline", "gain")


def _table(section: Section, head: Sequence[str], numbers: Sequence[str], lines: Iterable[Line]) -> Table:
    score = section.metric.name.partition(".")[2].replace("_", " ")
    title = f"{KINDS[section.kind]} by {section.axis}" if section.axis else f"{KINDS[section.kind]}, {score}"
    columns = (*head, *(score if name == "score" else name for name in numbers))
    return Table(title, columns, (False,) * len(head) + (True,) * len(numbers), tuple(lines))


def percent(value: float | None) -> str:
    """Return a share as a percentage with one decimal, or the sign for an undefined one."""
    return ABSENT if value is None else f"{100 * value:.1f}"


def _head(cell: Cell, axis: str, size: int) -> tuple[str, ...]:
    head = (_indented(cell.node), cell.row.model, cell.row.prompt) if axis else (cell.row.model, cell.row.prompt)
    return head[:size]


def _numbers(cell: Cell, narrow: bool = False) -> tuple[str, ...]:
    interval, best = cell.interval, cell.best_baseline
    named = "" if narrow or best is None else f"{best.name.replace('_', ' ')} "
    missing = f", {cell.missing:,} missing" if cell.missing else ""
    return (
        f"{cell.n:,} ({cell.clusters:,}{missing})",
        percent(cell.value) + ("*" if cell.missing and cell.value is not None else ""),
        f"{percent(interval.low)} to {percent(interval.high)}" if interval else ABSENT,
        percent(cell.answered),
        f"{named}{percent(best.value)}" if best else ABSENT,
        ABSENT if cell.gain is None else f"{100 * cell.gain:+.1f}",
    )


def _baselines(section: Section) -> list[Line]:
    """Return a line for each baseline of the whole selection; none below an axis."""
    found = section.cells[0].baselines if section.cells and not section.axis else ()
    return [
        Line((entry.name.replace("_", " "), f"{entry.n:,}", percent(entry.value), "", "", "", ""), baseline=True)
        for entry in found
    ]


def _indented(node: Node) -> str:
    return "  " * (len(node) - 2) + node[-1]
