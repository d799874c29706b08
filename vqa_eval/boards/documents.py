"""A board as Markdown, CSV and JSON: the same numbers, rounded only where a person reads them."""

import csv
import io
import json
from collections.abc import Sequence
from typing import Any

from vqa_eval.boards.board import Board
from vqa_eval.boards.cells import Cell
from vqa_eval.boards.lines import Table, make_table


def to_markdown(board: Board) -> str:
    """Return the board as Markdown, percentages with one decimal, signatures and notes below."""
    parts = [f"# {board.title}", *(f"- {note}" for note in board.notes)]
    for section in board.sections:
        parts += ["", *_markdown_table(make_table(section))]
    parts += ["", "Signatures:", "", *(f"{number}. `{text}`" for number, text in board.signatures.items())]
    return "\n".join(parts) + "\n"


def to_csv(board: Board) -> str:
    """Return every cell of the board as one CSV, shares between 0 and 1 unrounded, absent ones empty."""
    out = io.StringIO()
    writer = csv.DictWriter(out, FIELDS, lineterminator="\n")
    writer.writeheader()
    for section in board.sections:
        for cell in section.cells:
            writer.writerow(cell_fields(cell, section.kind, section.axis, board.signatures[cell.row.number]))
    return out.getvalue()


def to_json(board: Board) -> str:
    """Return the board as JSON, shares between 0 and 1 unrounded, absent ones null."""
    document = {
        "title": board.title,
        "notes": list(board.notes),
        "signatures": {str(number): text for number, text in board.signatures.items()},
        "cells": [
            {
                **cell_fields(cell, section.kind, section.axis, board.signatures[cell.row.number]),
                "node": list(cell.node),
                "baselines": {baseline.name: baseline.value for baseline in cell.baselines},
            }
            for section in board.sections
            for cell in section.cells
        ],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


FIELDS = (
    "kind",
    "metric",
    "axis",
    "node",
    "model",
    "prompt",
    "n",
    "missing",
    "clusters",
    "value",
    "low",
    "high",
    "answered",
    "best_baseline",
    "best_baseline_value",
    "gain",
    "signature",
)


def cell_fields(cell: Cell, kind: str, axis: str, signature: str) -> dict[str, Any]:
    """Return one cell as a flat record under the names of `FIELDS`."""
    best = cell.best_baseline
    return {
        "kind": kind,
        "metric": cell.metric,
        "axis": axis,
        "node": "/".join(name.replace("/", "∕") for name in cell.node[1:]),
        "model": cell.row.model,
        "prompt": cell.row.prompt,
        "n": cell.n,
        "missing": cell.missing,
        "clusters": cell.clusters,
        "value": cell.value,
        "low": cell.interval.low if cell.interval else None,
        "high": cell.interval.high if cell.interval else None,
        "answered": cell.answered,
        "best_baseline": best.name if best else None,
        "best_baseline_value": best.value if best else None,
        "gain": cell.gain,
        "signature": signature,
    }


def _markdown_table(table: Table) -> list[str]:
    def line(cells: Sequence[str]) -> str:
        return "| " + " | ".join(cell.replace("|", "\\|").replace("  ", "&emsp;") for cell in cells) + " |"

    rule = ["---:" if numeric else "---" for numeric in table.numeric]
    title = f"## {table.title[0].upper()}{table.title[1:]}"
    return [title, "", line(table.columns), line(rule), *(line(entry.cells) for entry in table.lines)]
