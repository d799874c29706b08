"""A table of a board as lines of plain text cells: what the terminal, Markdown and CSV all show."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vqa_eval.boards.board import OWN, Section
from vqa_eval.boards.cells import Aside, Cell, Macro
from vqa_eval.boards.checks import Check, CheckLine, Figure
from vqa_eval.boards.places import AXIS, place_name
from vqa_eval.boards.terms import term
from vqa_eval.records import Interval, Node, Row

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
    """Return the section as a flat table: a line for each node, row and metric, baselines below.

    The prompt has a column only where rows differ in it, the metric only where there are several.
    """
    several = len({cell.row.prompt for cell in section.cells}) > 1
    metrics = len(section.metrics) > 1
    head = [section.axis] if section.axis else []
    head += ["model", "prompt"] if several or not section.axis else ["model"]
    size = len(head)
    head += ["metric"] if metrics else []
    asides = _beside(section)
    lines = []
    for cell in section.cells:
        named = (*_head(cell, section.axis, size), *([term(cell.metric)] if metrics else []))
        detectable = ABSENT if cell.detectable is None else f"{100 * cell.detectable:.1f}"
        lines.append(Line((*named, *_numbers(cell), detectable, *_asides(cell, section, asides))))
    blank = [""] * (1 + len(asides))
    for found in section.macros:
        whose = (_macro_name(found.nodes, section.axis), found.row.model, found.row.prompt)[:size]
        lines.append(Line((*whose, *_macro_numbers(found), *blank)))
    for name, metric, value in _baselines(section):
        beside = (name, "the key alone", *([metric] if metrics else []))
        lines.append(Line((*beside, value[0], value[1], *[""] * 4, *blank), baseline=True))
    return _table(section, head, (*_NUMBERS, "shows from", *asides), lines)


def make_screen_table(section: Section, narrow: bool) -> Table:
    """Return the section as a table with one column of names, for a window: rows stand below their node.

    `narrow` leaves the name of the best baseline out, which stands in the table of the whole selection.
    """
    rows = list(dict.fromkeys(cell.row for cell in section.cells))
    prompts = len({row.prompt for row in rows}) > 1 or not section.axis
    metrics = len(section.metrics) > 1
    asides = _beside(section)
    blank = [""] * (len(_NUMBERS) + len(asides))
    lines: list[Line] = []
    for cell in section.cells:
        label = _label(cell.row, prompts)
        if not section.axis:
            name = label
            if metrics:
                if cell.metric == section.metrics[0].name:
                    lines.append(Line((label, *blank)))
                name = f"  {term(cell.metric)}"
        elif len(rows) == 1:
            name = _indented(cell.node)
        else:
            if cell.row == rows[0]:
                lines.append(Line((_indented(cell.node), *blank)))
            name = f"{'  ' * (_depth(cell.node) + 1)}{label}"
        lines.append(Line((name, *_numbers(cell, narrow), *_asides(cell, section, asides, narrow))))
    for found in section.macros:
        name = _macro_name(found.nodes, section.axis)
        name = name if len(rows) == 1 else f"{name}: {_label(found.row, prompts)}"
        lines.append(Line((name, *_macro_numbers(found), *[""] * len(asides))))
    for name, metric, value in _baselines(section):
        named = f"{name}, {metric}" if metrics else name
        lines.append(Line((named, value[0], value[1], *[""] * (4 + len(asides))), baseline=True))
    head = section.axis or ("model · prompt" if section.cells else "")
    numbers = [name.replace("best ", "") for name in _NUMBERS] if narrow else list(_NUMBERS)
    return _table(section, [head], [*numbers, *asides], lines)


def _label(row: Row, prompts: bool) -> str:
    return f"{row.model} · {row.prompt}" if prompts else row.model


def make_check_table(check: Check) -> Table:
    """Return what a check shows on the whole selection: a line a row, a column a figure.

    Where nothing is over the whole, there is a line for each row and benchmark or part of one.
    """
    lines = [line for line in check.lines if not line.node] or list(check.lines)
    places = any(line.node for line in lines)
    names = list(dict.fromkeys(figure.name for line in lines for figure in line.figures))
    shown = []
    for line in lines:
        by_name = {figure.name: figure for figure in line.figures}
        numbers = (figure_text(by_name.get(name)) for name in names)
        place = (place_name(line.node),) if places else ()
        shown.append(Line((*place, line.row.model, line.row.prompt, _counted(line), *numbers)))
    head = (*(("benchmark",) if places else ()), "model", "prompt")
    columns = (*head, "n (clusters)", *names)
    return Table(check.name, columns, (False,) * len(head) + (True,) * (1 + len(names)), tuple(shown))


def figure_text(figure: Figure | None) -> str:
    """Return a figure with its interval: "41.2 (35.0 to 47.6)"."""
    if figure is None or figure.value is None:
        return ABSENT
    if figure.form == "number":
        said = f"{figure.value:.3g}"
        around = f" ({figure.interval.low:.3g} to {figure.interval.high:.3g})" if figure.interval else ""
    else:
        sign = "+" if figure.form == "points" else ""
        said = f"{100 * figure.value:{sign}.1f}"
        between = figure.interval and f"{100 * figure.interval.low:{sign}.1f} to {100 * figure.interval.high:{sign}.1f}"
        around = f" ({between})" if between else ""
    return said + around


def percent(value: float | None) -> str:
    """Return a share as a percentage with one decimal, or the sign for an undefined one."""
    return ABSENT if value is None else f"{100 * value:.1f}"


_NUMBERS = ("n (clusters)", "score", "95 % interval", "answered", "best baseline", "gain")


def _table(section: Section, head: Sequence[str], numbers: Sequence[str], lines: Iterable[Line]) -> Table:
    score = term(section.metrics[0].name) if len(section.metrics) == 1 else "score"
    own = section.profile == OWN
    title = f"{section.benchmark}, its own measures" if own else KINDS[section.kind]
    title += f" of {section.benchmark}" if section.benchmark and not own else ""
    if section.axis:
        title += f" by {section.axis}" + (f", {score}" if section.kind != "choice" else "")
    elif len(section.metrics) == 1:
        title += f", {score}"
    if section.profile not in ("default", OWN):
        title += f", as {section.profile} scores them"
    columns = (*head, *(score if name == "score" else name for name in numbers))
    return Table(title, columns, (False,) * len(head) + (True,) * len(numbers), tuple(lines))


def _head(cell: Cell, axis: str, size: int) -> tuple[str, ...]:
    head = (_indented(cell.node), cell.row.model, cell.row.prompt) if axis else (cell.row.model, cell.row.prompt)
    return head[:size]


def _numbers(cell: Cell, narrow: bool = False) -> tuple[str, ...]:
    best = cell.best_baseline
    named = "" if narrow or best is None else f"{best.name.replace('_', ' ')} "
    lacking = f", {cell.missing:,} missing" if cell.missing else ""
    lacking += f", {cell.unscored:,} unscored" if cell.unscored else ""
    return (
        f"{cell.n:,} ({cell.clusters:,}{lacking})",
        percent(cell.value) + ("*" if cell.incomplete and cell.value is not None else ""),
        _between(cell.interval),
        percent(cell.answered),
        f"{named}{percent(best.value)}" if best else ABSENT,
        ABSENT if cell.gain is None else f"{100 * cell.gain:+.1f}",
    )


def _between(interval: Interval | None) -> str:
    return f"{percent(interval.low)} to {percent(interval.high)}" if interval else ABSENT


def _beside(section: Section) -> tuple[str, ...]:
    """Return the columns behind the usual ones: rank, floors of captions, asides."""
    rank = ["rank"] if section.ranking else []
    floors = [entry.name for entry in section.cells[0].baselines] if _floored(section) else []
    asides = dict.fromkeys(aside.name for cell in section.cells for aside in cell.asides)
    return (*rank, *floors, *asides)


def _floored(section: Section) -> bool:
    """Return whether baselines stand beside each score: captions have many metrics, and each its floors."""
    return section.kind == "caption" and bool(section.cells)


def _asides(cell: Cell, section: Section, names: Sequence[str], narrow: bool = False) -> tuple[str, ...]:
    asides: dict[str, Aside] = {aside.name: aside for aside in cell.asides}
    floors = {entry.name: percent(entry.value) for entry in cell.baselines} if _floored(section) else {}
    shown = []
    for name in names:
        aside = asides.get(name)
        if name == "rank":
            ranked = cell.metric == section.metrics[0].name
            shown.append(section.ranking[cell.row.number].shown if ranked else "")
        elif name in floors:
            shown.append(floors[name])
        else:
            interval = aside.interval if aside and not narrow else None
            shown.append(percent(aside.value if aside else None) + (f" ({_between(interval)})" if interval else ""))
    return tuple(shown)


def _macro_name(nodes: int, axis: str) -> str:
    return f"macro over {nodes} of {axis}"


def _macro_numbers(found: Macro) -> tuple[str, ...]:
    mark = "*" if found.incomplete else ""
    return ("", f"{percent(found.value)}{mark}", _between(found.interval), "", "", "")


def _baselines(section: Section) -> list[tuple[str, str, tuple[str, str]]]:
    """Return (name, metric, (n, value)) of each baseline of the whole selection; none elsewhere."""
    if section.axis or section.profile == OWN or not section.cells or _floored(section):
        return []
    of_one_row = [cell for cell in section.cells if cell.row == section.cells[0].row]
    return [
        (entry.name.replace("_", " "), term(cell.metric), (f"{entry.n:,}", percent(entry.value)))
        for cell in of_one_row
        for entry in cell.baselines
    ]


def _counted(line: CheckLine) -> str:
    missing = f", {line.missing:,} missing" if line.missing else ""
    return f"{line.n:,} ({line.clusters:,}{missing})"


def _indented(node: Node) -> str:
    return "  " * _depth(node) + (place_name(node) if node[0] == AXIS else node[-1])


def _depth(node: Node) -> int:
    return 0 if node[0] == AXIS else len(node) - 2
