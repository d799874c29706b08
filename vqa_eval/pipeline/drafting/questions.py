"""Which columns hold the question and its options."""

import re
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.pipeline.drafting.meaning import FormDraft
from vqa_eval.pipeline.drafting.names import OPTIONS, QUESTION, bare, named, option_columns
from vqa_eval.pipeline.drafting.survey import Survey
from vqa_eval.pipeline.vetting.labels import labelled
from vqa_eval.samples.tables.lists import unfolded

ASKED = {
    "caption": "Describe this picture.",
    "open": "What does this picture show?",
    "choice": "What does this picture show?",
}
"""What is asked where no column does, by the kind."""
SOUNDS = ("question", "qtext", "query", "问题", "题目", "問題", "提问")
"""What the names of question columns hold."""
MARKS = ("?", "？")
_INLINE = re.compile(r"^A:.*\n(?s:.*)^B:", re.MULTILINE)
ASKS = 0.6
"""Share of a column's cells that end in a question mark where its name does not tell."""


def find_options(draft: FormDraft, survey: Survey) -> None:
    """Place the options, if there are any: a column each, or one cell with all of them.

    DataError where a column is named as the options and its cells are no lists.
    """
    columns = option_columns(survey.columns)
    if columns:
        draft.place("options", columns, tuple(columns), f"their names: {len(columns)} options a row at most")
        firsts = [str(next(iter(survey.cells(column)), "")) for column in columns]
        if labelled(firsts):
            draft.warnings.append(f"options begin with labels of their own, {firsts[0]!r}: a model sees two")
        return
    columns = named(survey.columns, OPTIONS)[:1]
    if not columns:
        _find_inline(draft, survey)
    for column in columns:
        cells = survey.cells(column)
        opened = [unfolded(cell) for cell in cells]
        if cells and all(isinstance(cell, list) for cell in opened):
            draft.place("options", {"list": column}, (column,), _why(cells, "a list of options"))
        elif cells and all(isinstance(cell, dict) for cell in opened):
            draft.place("options", {"mapping": column}, (column,), _why(cells, "labels with options"))
        else:
            shown = str(next((cell for cell, read in zip(cells, opened, strict=True) if isinstance(read, str)), ""))
            raise DataError(
                f"{column!r} is named as the options, but its cells are no lists: {shown[:60]!r}",
                'write them as ["one", "other"], or one column each: A, B, C; --kind open leaves them out',
            )


def _find_inline(draft: FormDraft, survey: Survey) -> None:
    """Place options that stand in the question itself, a line each: "A:text"."""
    for column in named(survey.columns, QUESTION)[:1]:
        cells = survey.cells(column)
        if cells and all(isinstance(cell, str) and _INLINE.search(cell) for cell in cells):
            draft.place("options", {"inline": column}, (column,), 'lines "A:", "B:" in each cell, cut out of it')


def find_question(draft: FormDraft, survey: Survey, kind: str, needed: bool) -> None:
    """Place the question, or the sentence that is asked of every row where no column asks.

    `needed` says that rows differ in what is asked, so that no sentence will do: DataError where no column asks.
    """
    inline = (draft.keys.get("options") or {}).get("inline") if isinstance(draft.keys.get("options"), dict) else None
    kept = {*draft.used, draft.given.get("answer", "")}
    left = [column for column in survey.columns if column not in kept and survey.columns[column].present]
    for column in [inline] if inline else draft.named("question", left, QUESTION)[:1]:
        draft.place("question", column, (column,), "as you say" if column in draft.given.values() else "its name")
        return
    for column in (column for column in left if _sounds(column) and not survey.columns[column].values):
        draft.place("question", column, (column,), "its name sounds like it, and its cells are texts")
        return
    shares = {column: _asking(survey.cells(column)) for column in left}
    best = max(shares, key=lambda column: shares[column], default="")
    if best and shares[best] >= ASKS:
        draft.place("question", best, (best,), f"{shares[best]:.0%} of its cells end in a question mark")
        return
    texts = [column for column in left if _are_texts(survey, column)]
    if needed or ("image" not in draft.keys and texts):
        if len(texts) != 1:
            shown = ", ".join(map(repr, texts)) or "none"
            raise DataError(
                f"no column is named as the question; columns of texts: {shown}",
                "name one of them `question`, or say which it is: --question COLUMN",
            )
        draft.place("question", texts[0], (texts[0],), "the only column whose cells are texts of several words")
        return
    draft.place("question", {"text": ASKED[kind]}, (), "no column asks: this sentence is asked of every row")
    draft.remarks["question"] = "the same for every row; put columns into it in braces: Is {finding} shown?"


def _sounds(column: str) -> bool:
    return any(word in bare(column) for word in SOUNDS)


def _are_texts(survey: Survey, column: str) -> bool:
    cells = survey.cells(column)
    return sum(isinstance(cell, str) and len(cell.split()) > 2 for cell in cells) * 2 > len(cells)


def _why(cells: list[Any], what: str) -> str:
    return f"its name; each cell is {what}" + (" written as text" if isinstance(cells[0], str) else "")


def _asking(cells: list[Any]) -> float:
    texts = [str(cell).strip() for cell in cells if isinstance(cell, str)]
    return sum(text.endswith(MARKS) for text in texts) / len(cells) if cells else 0.0
