"""Which columns hold the question and its options."""

import json
from typing import Any

from vqa_eval.pipeline.drafting.meaning import FormDraft
from vqa_eval.pipeline.drafting.names import OPTIONS, QUESTION, named, option_columns
from vqa_eval.pipeline.drafting.survey import Survey

ASKED = {"caption": "Describe this picture.", "open": "What does this picture show?"}
"""What is asked where no column does, by the kind; a choice is asked as an open question."""
MARKS = ("?", "？")
ASKS = 0.6
"""Share of a column's cells that end in a question mark where its name does not tell."""


def find_options(draft: FormDraft, survey: Survey) -> None:
    """Place the options, if there are any: a column each, or one cell with all of them."""
    for column in named(survey.columns, OPTIONS):
        cells = survey.cells(column)
        opened = [_opened(cell) for cell in cells]
        if cells and all(isinstance(cell, list) for cell in opened):
            draft.place("options", {"list": column}, (column,), _why(cells, "a list of options"))
        elif cells and all(isinstance(cell, dict) for cell in opened):
            draft.place("options", {"mapping": column}, (column,), _why(cells, "labels with options"))
        elif cells:
            shown = str(cells[0])[:40]
            draft.warnings.append(f"{column!r} was not placed: its cells are no lists, such as {shown!r}")
            continue
        return
    columns = option_columns(survey.columns)
    if columns:
        draft.place("options", columns, tuple(columns), f"their names: {len(columns)} options a row at most")


def find_question(draft: FormDraft, survey: Survey, kind: str) -> None:
    """Place the question, or the sentence that is asked of every row where no column asks."""
    left = [column for column in survey.columns if column not in draft.used and survey.columns[column].present]
    for column in named(left, QUESTION)[:1]:
        draft.place("question", column, (column,), "its name")
        return
    shares = {column: _asking(survey.cells(column)) for column in left}
    best = max(shares, key=lambda column: shares[column], default="")
    if best and shares[best] >= ASKS:
        draft.place("question", best, (best,), f"{shares[best]:.0%} of its cells end in a question mark")
        return
    sentence = ASKED.get(kind, ASKED["open"])
    draft.place("question", {"text": sentence}, (), "no column asks: this sentence is asked of every row")
    draft.remarks["question"] = "the same for every row; put columns into it in braces: Is {finding} shown?"


def _opened(cell: Any) -> Any:
    """Return a cell, or what the JSON in it says."""
    if not isinstance(cell, str):
        return cell
    try:
        return json.loads(cell)
    except ValueError:
        return None


def _why(cells: list[Any], what: str) -> str:
    return f"its name; each cell is {what}" + (" in JSON" if isinstance(cells[0], str) else "")


def _asking(cells: list[Any]) -> float:
    texts = [str(cell).strip() for cell in cells if isinstance(cell, str)]
    return sum(text.endswith(MARKS) for text in texts) / len(cells) if cells else 0.0
