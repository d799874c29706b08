"""A board as Markdown, CSV and JSON: the same numbers, rounded only where a person reads them."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from vqa_eval.boards.board import Board, Section
from vqa_eval.boards.cells import Cell, Macro
from vqa_eval.boards.glance import summary_table
from vqa_eval.boards.lines import Table, make_check_table, make_table
from vqa_eval.boards.summary import Summary
from vqa_eval.records import Interval, Node


def to_markdown(board: Board) -> str:
    """Return the board as Markdown, percentages with one decimal, signatures and notes below."""
    parts = [f"# {board.title}", *(f"- {note}" for note in board.notes)]
    for summary in board.summaries:
        parts += ["", *markdown_table(summary_table(summary))]
    for section in (*board.own, *board.sections):
        parts += ["", *markdown_table(make_table(section))]
        parts += [line for note in section.notes for line in ("", note)]
    for check in board.checks:
        parts += ["", *markdown_table(make_check_table(check)), "", check.about]
    parts += ["", "Signatures:", "", *(f"{number}. `{text}`" for number, text in board.signatures.items())]
    return "\n".join(parts) + "\n"


def to_csv(board: Board) -> str:
    """Return every cell of the board as one CSV, shares between 0 and 1 unrounded, absent ones empty."""
    return csv_text(FIELDS, (fields for _, fields in _cells(board)))


def to_wide_csv(board: Board) -> str:
    """Return the summaries as one CSV: a line a row, a value and its bounds for each benchmark."""
    names = dict.fromkeys(spot.name for summary in board.summaries for spot in summary.spots)
    parts = ("", " low", " high", " n", " missing", " unscored")
    columns = [f"{name}{part}" for name in ("all", "macro", *names) for part in parts]
    head = ("kind", "metric", "model", "prompt")
    lines: dict[tuple[str, ...], dict[str, Any]] = {}
    for entry in (entry for summary in board.summaries for entry in summary_fields(summary)):
        key = tuple(entry[name] for name in head)
        line = lines.setdefault(key, dict(zip(head, key, strict=True)))
        values = (entry[name] for name in ("value", "low", "high", "n", "missing", "unscored"))
        line |= {f"{entry['benchmark']}{part}": value for part, value in zip(parts, values, strict=True)}
    return csv_text((*head, *columns), lines.values())


def summary_fields(summary: Summary) -> list[dict[str, Any]]:
    """Return each number of a summary as a flat record; the mean over benchmarks is the benchmark "macro"."""
    found = []
    for glance in summary.glances:
        spots = [*((summary.whole,) if summary.whole else ()), *summary.spots]
        cells = [*((glance.whole,) if glance.whole else ()), *glance.cells]
        numbers = [
            (spot.name, spot.n, cell.missing, cell.unscored, cell.value, cell.interval)
            for spot, cell in zip(spots, cells, strict=True)
        ]
        if summary.whole:
            missing, unscored = sum(cell.missing for cell in glance.cells), sum(cell.unscored for cell in glance.cells)
            value, interval = (glance.macro.value, glance.macro.interval) if glance.macro else (None, None)
            numbers.insert(1, ("macro", summary.whole.n, missing, unscored, value, interval))
        found += [
            {
                "kind": summary.kind,
                "metric": summary.metric.name,
                "benchmark": name,
                "model": glance.row.model,
                "prompt": glance.row.prompt,
                "n": n,
                "missing": missing,
                "unscored": unscored,
                "value": value,
                **_bounds(interval),
            }
            for name, n, missing, unscored, value, interval in numbers
        ]
    return found


def to_checks_csv(board: Board) -> str:
    """Return every figure of the board's checks as one CSV, a line a figure."""
    return csv_text(CHECK_FIELDS, _figures(board))


def to_json(board: Board) -> str:
    """Return the board as JSON, shares between 0 and 1 unrounded, absent ones null."""
    metrics = {metric.name: metric for section in (*board.sections, *board.own) for metric in section.metrics}
    document = {
        "title": board.title,
        "notes": list(board.notes),
        "signatures": {str(number): text for number, text in board.signatures.items()},
        "metrics": {
            name: {"version": metric.version, "about": metric.about, "setting": metric.setting}
            for name, metric in metrics.items()
        },
        "cells": [
            {**fields, "node": list(cell.node), "baselines": {entry.name: entry.value for entry in cell.baselines}}
            for cell, fields in _cells(board)
        ],
        "macros": [_macro_fields(section, found, board) for section in board.sections for found in section.macros],
        "summary": [entry for summary in board.summaries for entry in summary_fields(summary)],
        "own_notes": {section.benchmark: list(section.notes) for section in board.own},
        "checks": {check.name: check.about for check in board.checks},
        "figures": _figures(board),
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


FIELDS = (
    "kind",
    "benchmark",
    "profile",
    "metric",
    "axis",
    "node",
    "model",
    "prompt",
    "n",
    "missing",
    "unscored",
    "clusters",
    "value",
    "low",
    "high",
    "undefined",
    "answered",
    "best_baseline",
    "best_baseline_value",
    "gain",
    "shows_from",
    "rank_low",
    "rank_high",
    "balanced",
    "balanced_low",
    "balanced_high",
    "length_ratio",
    "empty",
    "signature",
)

CHECK_FIELDS = (
    "check",
    "axis",
    "node",
    "model",
    "prompt",
    "n",
    "missing",
    "clusters",
    "figure",
    "value",
    "low",
    "high",
    "signature",
)


def cell_fields(cell: Cell, section: Section, signature: str) -> dict[str, Any]:
    """Return one cell as a flat record under the names of `FIELDS`."""
    best = cell.best_baseline
    asides = {aside.name: aside for aside in cell.asides}
    headline = cell.metric == section.metrics[0].name
    rank = section.ranking.get(cell.row.number) if headline else None
    balanced, ratio, empty = (asides.get(name) for name in ("balanced", "length ratio", "empty"))
    return {
        "kind": section.kind,
        "benchmark": section.benchmark,
        "profile": section.profile,
        "metric": cell.metric,
        "axis": section.axis or (cell.node[0] if cell.node else ""),
        "node": _path(cell.node),
        "model": cell.row.model,
        "prompt": cell.row.prompt,
        "n": cell.n,
        "missing": cell.missing,
        "unscored": cell.unscored,
        "clusters": cell.clusters,
        "value": cell.value,
        **_bounds(cell.interval),
        "undefined": cell.undefined,
        "answered": cell.answered,
        "best_baseline": best.name if best else None,
        "best_baseline_value": best.value if best else None,
        "gain": cell.gain,
        "shows_from": cell.detectable,
        "rank_low": rank.low if rank else None,
        "rank_high": rank.high if rank else None,
        "balanced": balanced.value if balanced else None,
        **{f"balanced_{name}": value for name, value in _bounds(balanced.interval if balanced else None).items()},
        "length_ratio": ratio.value if ratio else None,
        "empty": empty.value if empty else None,
        "signature": signature,
    }


def csv_text(names: Sequence[str], records: Iterable[Mapping[str, Any]]) -> str:
    """Return records as CSV under the names, absent values empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return out.getvalue()


def markdown_table(table: Table) -> list[str]:
    """Return a table as lines of Markdown under its title."""

    def line(cells: Sequence[str]) -> str:
        marks = {"|": "\\|", "  ": "&emsp;", "\n": "<br>"}
        for mark, shown in marks.items():
            cells = [cell.replace(mark, shown) for cell in cells]
        return "| " + " | ".join(cells) + " |"

    rule = ["---:" if numeric else "---" for numeric in table.numeric]
    title = f"## {table.title[0].upper()}{table.title[1:]}"
    return [title, "", line(table.columns), line(rule), *(line(entry.cells) for entry in table.lines)]


def _cells(board: Board) -> list[tuple[Cell, dict[str, Any]]]:
    return [
        (cell, cell_fields(cell, section, board.signatures[cell.row.number]))
        for section in (*board.sections, *board.own)
        for cell in section.cells
    ]


def _macro_fields(section: Section, found: Macro, board: Board) -> dict[str, Any]:
    return {
        "metric": section.metrics[0].name,
        "benchmark": section.benchmark,
        "axis": section.axis,
        "model": found.row.model,
        "prompt": found.row.prompt,
        "nodes": found.nodes,
        "value": found.value,
        "incomplete": found.incomplete,
        **_bounds(found.interval),
        "signature": board.signatures[found.row.number],
    }


def _figures(board: Board) -> list[dict[str, Any]]:
    return [
        {
            "check": check.name,
            "axis": line.node[0] if line.node else "",
            "node": _path(line.node),
            "model": line.row.model,
            "prompt": line.row.prompt,
            "n": line.n,
            "missing": line.missing,
            "clusters": line.clusters,
            "figure": figure.name,
            "value": figure.value,
            **_bounds(figure.interval),
            "signature": board.signatures[line.row.number],
        }
        for check in board.checks
        for line in check.lines
        for figure in line.figures
    ]


def _bounds(interval: Interval | None) -> dict[str, float | None]:
    return {"low": interval.low if interval else None, "high": interval.high if interval else None}


def _path(node: Node) -> str:
    return "/".join(name.replace("/", "∕") for name in node[1:])
