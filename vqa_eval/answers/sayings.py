"""The rules that read an answer, in their order."""

from collections.abc import Callable, Sequence

from vqa_eval.answers import (
    endings,
    excepted,
    lines,
    lone,
    objects,
    sentences,
    statements,
    structured,
    tables,
    terse,
    verdicts,
    wording,
)
from vqa_eval.answers.page import Finding, Page

Rule = Callable[[Page], Finding | None]

STATING: tuple[Rule, ...] = (
    objects.json_field,
    structured.element,
    structured.boxed,
    lines.whole_reply,
    tables.table,
    endings.undecided,
    statements.declared,
    excepted.excepted,
    verdicts.judged_list,
    lines.label_line,
    statements.judged,
    lines.leading_label,
    sentences.last_sentence,
    statements.concluded,
    sentences.closing_label,
)
"""Rules that read an explicit answer."""

SAYING: tuple[Rule, ...] = (
    *STATING,
    statements.ordinal,
    terse.opening_word,
    wording.option_words,
    wording.distinguishing_code,
    statements.doubted,
    lone.lone_label,
    endings.all_of_them,
)
"""Rules that read an answer."""


def first(page: Page, rules: Sequence[Rule]) -> Finding | None:
    """Return what the first of the rules finds that finds anything."""
    return next((finding for rule in rules if (finding := rule(page)) is not None), None)
