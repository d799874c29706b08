"""The rule that reads an answer which takes the place of another, or one that is taken back."""

import re

from vqa_eval.answers import claims
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.sayings import SAYING, STATING, first
from vqa_eval.answers.slots import read_label_list

_TAKEN_BACK = expression(
    r"(?i)\b(?:wait\b(?!-)|hold\s+on\b|correction\b|on\s+second\s+thoughts?\b|(?:scratch|strike)\s+that\b|"
    r"I\s+(?:have\s+)?made\s+an?\s+(?:mistake|error)|my\s+mistake\b|"
    r"I\s+was\s+(?:wrong|mistaken)\b|let\s+me\s+(?:reconsider|rethink|re-think|correct\b|revise|change)|"
    r"I\s+(?:take\s+(?:that|it)\s+back|misspoke|stand\s+corrected|(?:have\s+)?mis(?:read|interpreted|judged|took))|oops\b|"
    r"(?<=[.!\n,;:-]\s)no\b(?=\s?(?:[,.!:-]|that))|I\s+apologi[sz]e\b|"
    r"that(?:'s|\s+is|\s+was)\s+(?:wrong|incorrect|not\s+right)\b|"
    r"actually,?\s+no\b|revis(?:ed|ing)\b|chang(?:e|ed|ing)\s+my\s+(?:answer|mind|choice)\b(?!\s+to\b)|"
    r"correct\s+myself\b|I\s+(?:must|need\s+to|have\s+to|should|will)\s+(?:correct|revise)(?!\w|.{0,20}\bto\b))"
    r"|更正|等等|等一下|(?<=[.,!\s])不对|重新考虑|我错了"
)
_RECONSIDERED = expression(
    r"(?i)\b(?:actually|looking\s+again|looking\s+more\s+closely|re-?examin\w+|reconsider\w*|on\s+reflection|"
    r"on\s+(?:closer|further|re-?)\s?\w+|upon\s+(?:closer|further|re-?)\s?\w+|after\s+(?:further|closer|looking|checking|"
    r"more|re-?)\s?\w+|thinking\s+again|in\s+fact|or\s+rather|I\s+mean(?:t)?|(?:(?<=[,.;!?-]\s)|(?<=-\s\s))(?:sorry|hmm+|er+m?|uh+)|"
    r"edit(?:ed)?(?=\s*:)|updated?(?=\s*:))\b|再看|仔细看|其实|实际上"
)
# Weaker turns: they count where what is behind them ends the reply with another answer.
_TURN = expression(
    r"(?i)\b(?:but|however|yet|no(?=\s?[,.!:-])|nope|pardon|apolog\w+|sorry|ah|oh|hmm+|make\s+(?:that|it)|my\s+bad|cancel\s+that|"
    r"hang\s+on|again|a\s+second\s+look|check(?:ing|ed)?|update|correct\s+this|change\s+(?:that|this|it))\b"
)
_AFTERTHOUGHT = expression(
    r"(?i)[\s,.:!-]*(?:(?:no|yes|actually|sorry|I\s+meant?|in\s+fact|rather|hmm+|to|"
    r"it\s+should\s+be|make\s+(?:that|it)|oh|ah|wait|on)\b[\s,.:!-]*){0,4}"
)
_NOW = expression(
    r"(?:\A|[\s(])((?:[A-Z]|\d{1,2})(?![\w'-]))[)\]]?(?:(?![A-Z](?![\w'-]))[^\n.;]){0,60}?(?:[(\[]\s*(?i:revised|corrected|correction|updated|changed|amended)\b|,\s(?i:I\s+meant?|sorry)\W*\Z)(?!\s*:?\s*[A-Z\d](?![\w'-]))"
)
_SHORTEST = 4
"""Shorter than two labels with a word between them, nothing can have been corrected."""


def corrected(page: Page) -> Finding | None:
    """Read what is said after the last correction; an answer taken back without another is none."""
    if len(page.text) < _SHORTEST:
        return None
    renamed = _renamed(page)
    if renamed is not None:
        return renamed
    taken = next(iter(_marks(page, _TAKEN_BACK)[-1:]), None)
    return _turned(page) if taken is None else _taken_back(page, taken)


def _renamed(page: Page) -> Finding | None:
    """Read the label that an answer bears now, where one was named before."""
    renamed = next(iter([*_NOW.finditer(page.text)][-1:]), None)
    if renamed is None or not _named(page.part(0, renamed.start())):
        return None
    slot = read_label_list(page, renamed.start(1))
    return None if slot is None else page.choose([slot])


def _taken_back(page: Page, taken: re.Match[str]) -> Finding | None:
    finding = _behind(page, taken, saying=True)
    if finding is not None:
        return finding
    before = first(page.part(0, taken.start()), SAYING)
    return None if before is None else Finding("hedged", (), *taken.span())


def _turned(page: Page) -> Finding | None:
    """Read what is said after the last second thought, where something was said before it."""
    for turned in reversed(_marks(page, _RECONSIDERED)):
        finding = _behind(page, turned, saying=False)
        if finding is not None and finding.status == "answered":
            return finding if _named(page.part(0, turned.start())) else None
    for turn in reversed(_marks(page, _TURN)):
        finding = _behind(page, turn, saying=False)
        if finding is not None and finding.status == "answered" and not page.text[finding.end :].strip(" .!)\"'*\n"):
            before = first(page.part(0, turn.start()), STATING)
            return finding if before is not None and before.status == "answered" else None
    return None


_FEW = 3
"""Marks of second thoughts looked at, from the last."""


def _marks(page: Page, marks: re.Pattern[str]) -> list[re.Match[str]]:
    """Return the last marks behind some text, where they are no option's own words: "A. No, it is not"."""
    found = [mark for mark in marks.finditer(page.text) if page.mention_at(mark.start()) is None]
    return [mark for mark in found[-_FEW:] if page.text[: mark.start()].strip()]


def _behind(page: Page, mark: re.Match[str], *, saying: bool) -> Finding | None:
    thought = _AFTERTHOUGHT.match(page.text, mark.end())
    start = thought.end() if thought else mark.end()
    finding = first(page.part(start), SAYING if saying else STATING)
    if finding is None:
        return None
    return Finding(finding.status, finding.chosen, finding.start + start, finding.end + start)


def _named(page: Page) -> bool:
    """Whether an option is named at all: only an answer can be corrected."""
    return bool(page.mentions) or claims.names_a_label(page, 0)
