"""How a text is read that is meant to be an answer and nothing else: a cell, a field, what stands in an element."""

from vqa_eval.answers import lines, sentences, statements, wording
from vqa_eval.answers.page import Finding, Page

_RULES = (
    lines.whole_reply,
    lines.label_line,
    statements.declared,
    lines.leading_label,
    statements.judged,
    sentences.last_sentence,
    statements.concluded,
    statements.ordinal,
    wording.option_words,
)


def field_reading(page: Page) -> Finding | None:
    """Return what such a text says, in the order of these rules."""
    return next((finding for rule in _RULES if (finding := rule(page)) is not None), None)
