"""Which column holds the answer and how it is written: every way to read it is tried on every row."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.pipeline.drafting.meaning import FormDraft
from vqa_eval.pipeline.drafting.names import ANSWER, CAPTION, CLUSTER, ID, SPLIT, WEAK_ANSWER, axis_of, named
from vqa_eval.pipeline.drafting.survey import ColumnLook, Survey
from vqa_eval.samples.rows import RowReader
from vqa_eval.samples.tables.reading import Row

_WAYS = ("letter", "index", "number", "option-number", "text", "letters")
"""How the answer of a choice may be written, the plainest first."""
_MEANS = {
    "letter": "the letter of an option",
    "letters": "the letters of all right options",
    "index": "the number of an option, counted from 0",
    "number": "the number of an option, counted from 1",
    "option-number": 'the number of an option after the word "option"',
    "text": "the text of an option",
}
_SPELLED = re.compile(r"\W*(?:the )?(?:option|answer|choice|选项|答案|选|)\W*([A-Za-z])\W*", re.IGNORECASE)
_PLAIN = ("letter", "option-number", "text", "letters")
"""The same where no name says so: any small number could be that of an option, as an age or a row's is."""
PAIRS = (("yes", "no"), ("true", "false"), ("是", "否"), ("有", "没有"))
"""Pairs of answers to open questions that are a choice between the two."""
HAND = "or say which it is: --answer COLUMN"


@dataclass(slots=True)
class Candidate:
    """A column, one way to read it as the answer, and how far that went."""

    column: str
    way: str
    spec: dict[str, Any]
    reader: RowReader
    keyed: int = 0
    failed: str = ""


Reading = Callable[[dict[str, Any]], RowReader]
"""Makes the reader of a form that has this answer."""


def find_choice_answer(draft: FormDraft, survey: Survey, rows: Iterable[Row], reading: Reading) -> None:
    """Place the answer of a choice; DataError where no column can be read as it, or two contradict each other.

    All of `rows` are read; a way to read a column falls with the first row that it does not fit.
    """
    left = [column for column in survey.columns if column not in draft.used]
    strong = draft.named("answer", left, ANSWER)
    likely = list(dict.fromkeys((*strong, *(() if "answer" in draft.given else named(left, WEAK_ANSWER)))))
    tried = [one for column in likely or _unnamed(left) for one in _candidates(survey.columns[column], reading)]
    tried = [candidate for candidate in tried if likely or candidate.way in _PLAIN]
    clash = _try(tried, rows)
    alive = [candidate for candidate in tried if not candidate.failed and candidate.keyed * 2 >= survey.count]
    good = [candidate for candidate in alive if candidate.column in strong] or alive
    good.sort(key=lambda candidate: _WAYS.index(candidate.way))
    begun = [one for one in tried if one.column in strong and one.failed and one.keyed]
    if not good or (begun and good[0].column not in strong):
        raise _not_understood(tried, strong or likely)
    best = good[0]
    sure = strong or ([] if likely else left)
    for other in good[1:]:
        if (place := _clashed(clash, best, other)) and (other.column in sure or other.column == best.column):
            raise DataError(
                f"{place}: {best.column!r} read as {_MEANS[best.way]} and {other.column!r} read as {_MEANS[other.way]}"
                " are different options, and no row tells which is meant",
                f"name the right column `answer` and write letters or texts into it, {HAND}",
            )
    draft.place("answer", best.spec, (best.column,), f"every cell is {_MEANS[best.way]}", f"answer: {best.way}")
    if best.keyed < survey.count:
        draft.warnings.append(f"{survey.count - best.keyed} rows have no answer: no score will count them")
    for column in dict.fromkeys(candidate.column for candidate in good if candidate.column != best.column):
        if not any(_clashed(clash, best, it) for it in good if it.column == column):
            draft.place("answer", best.spec, (column,), f"says the same as {best.column!r}", "not needed")


def find_text_answer(draft: FormDraft, survey: Survey, kind: str) -> str:
    """Place the right text of an open question or a description; return the kind, which the name of it may tell.

    DataError where no column is named as an answer.
    """
    left = [column for column in survey.columns if column not in draft.used and survey.columns[column].present]
    names = {"caption": (*CAPTION, *ANSWER, *WEAK_ANSWER), "open": (*ANSWER, *WEAK_ANSWER, *CAPTION)}
    found = draft.named("answer", left, names.get(kind, (*ANSWER, *CAPTION, *WEAK_ANSWER)))
    if not found:
        shown = ", ".join(map(repr, left)) or "nothing else"
        raise DataError(
            f"no column is named as an answer; left over: {shown}", f"name it `answer` (or `caption`), {HAND}"
        )
    column = found[0]
    letters = [value for value in survey.columns[column].values if re.fullmatch("[A-Za-z]", value)]
    if not kind and len(letters) > 1 and len(letters) == len(survey.columns[column].values):
        raise DataError(
            f"{column!r} holds letters, but no options were found",
            "name the options A, B, C … or `options`; --kind open takes the letters for the answers themselves",
        )
    kind = kind or ("caption" if column in named(left, CAPTION) else "open")
    look = survey.columns[column]
    draft.place("answer", {"text": column}, (column,), f"its name; the right text of {kind} samples", "answer: text")
    if look.present < survey.count:
        draft.warnings.append(f"{survey.count - look.present} rows have no answer: no score will count them")
    if kind == "open":
        _pairs(draft, survey, look)
    return kind


def find_class_answer(draft: FormDraft, survey: Survey) -> None:
    """Place an answer whose few different values are the options of every row; DataError where they are none."""
    left = [column for column in survey.columns if column not in draft.used]
    for column in draft.named("answer", left, ANSWER) or named(left, WEAK_ANSWER):
        values = survey.columns[column].values
        if 2 <= len(values) <= 100 and not survey.columns[column].unique:
            draft.place("options", {"fixed": sorted(values)}, (column,), f"its {len(values)} different values")
            draft.place("answer", {"text": column}, (column,), "its name", "answer: text")
            return
    raise DataError(
        "a choice needs options, and neither columns with options nor an answer with few different values was found",
        f"name the options A, B, C …, or `options`, {HAND}",
    )


def _unnamed(columns: Iterable[str]) -> list[str]:
    """Return the columns whose names leave open what they hold."""
    columns = list(columns)
    said = named(columns, (*ID, *CLUSTER, *SPLIT))
    return [column for column in columns if column not in said and not axis_of(column)]


def _candidates(look: ColumnLook, reading: Reading) -> Iterator[Candidate]:
    if not look.present:
        return
    for way in _WAYS:
        spec: dict[str, Any] = {way: look.name}
        yield Candidate(look.name, way, spec, reading(spec))
        spelled = {value: match[1].upper() for value in look.values if (match := _SPELLED.fullmatch(value))}
        if (
            way == "letter"
            and spelled
            and len(spelled) == len(look.values)
            and any(len(value) > 1 for value in spelled)
        ):
            spec = {"letter": {"column": look.name, "map": spelled}}
            yield Candidate(look.name, way, spec, reading(spec))


def _try(tried: list[Candidate], rows: Iterable[Row]) -> dict[tuple[int, int], str]:
    """Read every row in every way; return the first place where two ways that fit so far give different options."""
    clash: dict[tuple[int, int], str] = {}
    for number, row in enumerate(rows, start=1):
        given: list[tuple[Candidate, tuple[int, ...]]] = []
        for candidate in tried:
            if candidate.failed:
                continue
            try:
                correct = candidate.reader.read(row, number).sample.correct
            except DataError as error:
                candidate.failed = error.message
                continue
            candidate.keyed += bool(correct)
            given.append((candidate, correct))
        for at, (one, correct) in enumerate(given):
            for other, others in given[at + 1 :]:
                if correct and others and correct != others:
                    clash.setdefault((id(one), id(other)), row.place)
    return clash


def _clashed(clash: dict[tuple[int, int], str], one: Candidate, other: Candidate) -> str:
    """Return where two ways to read gave different options first; empty where they never did."""
    return clash.get((id(one), id(other))) or clash.get((id(other), id(one))) or ""


def _not_understood(tried: list[Candidate], columns: list[str]) -> DataError:
    """Return the error that names the way that went furthest on a column that is named as an answer."""
    likely = [candidate for candidate in tried if candidate.column in columns and candidate.failed]
    if not likely:
        left = ", ".join(dict.fromkeys(repr(candidate.column) for candidate in tried)) or "nothing"
        return DataError(
            f"no column holds the answer as letter, number or text of an option; left over: {left}",
            f"name it `answer`, {HAND}",
        )
    furthest = max(likely, key=lambda candidate: candidate.keyed)
    return DataError(f"the answer is not understood: {furthest.failed}", f"mend or leave out that row, {HAND}")


def _pairs(draft: FormDraft, survey: Survey, look: ColumnLook) -> None:
    folded = {str(cell).strip().casefold().rstrip(".") for cell in survey.cells(look.name)}
    pairs = [list(pair) for pair in PAIRS if set(pair) <= folded]
    if pairs:
        shown = ", ".join("/".join(pair) for pair in pairs)
        draft.place("options", {"pairs": pairs}, (look.name,), f"answers {shown} are a choice between the two")
    elif 2 <= len(look.values) <= 12 and not look.unique:
        count = len(look.values)
        draft.warnings.append(f"{look.name!r} has {count} different values: --kind choice makes them the options")
