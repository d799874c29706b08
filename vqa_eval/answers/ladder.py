"""The ladder from a reply to a verdict: rules by name and in order; the first that finds something decides."""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache

from vqa_eval.answers import corrections, endings, lines
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.options import Options, prepare
from vqa_eval.answers.page import Page
from vqa_eval.answers.passage import Passage, normalise
from vqa_eval.answers.sayings import SAYING, Rule
from vqa_eval.answers.wrappers import strip_markup, strip_reasoning, strip_turns
from vqa_eval.records import Answer

RULES_VERSION = "3"
"""Changes with every change that can change a verdict; part of a number's signature."""

_OPENER = expression(
    r"(?i)\s*(?:sure|certainly|of\s+course|okay|ok|absolutely|great(?:\s+question)?|good\s+question|well|"
    r"alright|all\s+right|no\s+problem|understood|got\s+it|hello|hi|thank\s+you|thanks|"
    r"yes(?=[,!]\s*(?-i:[A-Z])[.,)\s]*\Z)|"
    r"here(?:'s|\s+is)\s+(?:my|the)\s+answer)\s*(?:[!.,:]+|-\s)\s*(?=\S)"
)
_BLANKS = expression(r"\s{4,}")
RULES: tuple[Rule, ...] = (
    endings.blank,
    lines.whole_reply,
    endings.error_text,
    corrections.corrected,
    *(rule for rule in SAYING if rule is not lines.whole_reply),
    endings.none_of_them,
    endings.open_between,
    endings.given_up,
    endings.broken_off,
)
"""The whole ladder; the name of the rule that decided stands in `Answer.rule`."""


def read_choice(
    reply: str, options: Sequence[str], labels: Sequence[str], multi: bool = False, finish: str = ""
) -> Answer:
    """Return what a reply to a question with options says; never a guess, and never an exception.

    options and labels stand in the order shown to the model.  multi: every right option is asked for.
    finish: why the model stopped; "length" makes an open end truncated.  `Answer.letters` bears the labels
    of the chosen options in their order, `Answer.rule` the rule that decided, `Answer.span` what it read.
    """
    read = _read_again if len(reply) <= _RECURRING else _read
    return read(reply, tuple(options), tuple(labels), multi, finish)


_RECURRING = 80
"""Replies no longer than this recur ("B", "Yes") and are read once; long ones would only fill the memory."""


def _read(reply: str, options: tuple[str, ...], labels: tuple[str, ...], multi: bool, finish: str) -> Answer:
    clean = _clean_again if len(reply) <= _RECURRING else _clean
    passage = clean(reply)
    if passage is None:
        return Answer("truncated", rule="open_reasoning")
    prepared = prepare(options, labels)
    return _decide(Page(passage, prepared, multi, finish), prepared, passage)


def _clean(reply: str) -> Passage | None:
    """Return what a reply says beside reasoning, dress and courtesies; None where its reasoning has no end."""
    passage, opened = strip_reasoning(normalise(reply))
    if opened:
        return None
    # Short blanks keep every later pattern's work in proportion to the text.
    passage = passage.sub(_BLANKS, _shorter)
    passage = strip_markup(strip_turns(passage))
    for _ in range(2):
        opener = _OPENER.match(passage.text)
        if opener:
            passage = passage.cut(opener.end())
    return passage


_read_again = lru_cache(maxsize=16384)(_read)
_clean_again = lru_cache(maxsize=16384)(_clean)


def _shorter(blank: re.Match[str]) -> str:
    return "\n\n" if "\n" in blank.group() else "  "


def _decide(page: Page, options: Options, passage: Passage) -> Answer:
    for rule in RULES:
        finding = rule(page)
        if finding is not None:
            letters = tuple(options.labels[at] for at in finding.chosen)
            return Answer(finding.status, letters, "", rule.__name__, passage.span(finding.start, finding.end))
    return Answer("unparsed", rule="no_rule")


def letters(reply: str, options: Mapping[str, str], multi: bool = False) -> list[str] | None:
    """Return the labels that a reply chooses among options given as label to text; None where it is no answer."""
    answer = read_choice(reply, tuple(options.values()), tuple(options), multi)
    return list(answer.letters) or None
