"""Every statement in a reply that an option is the answer, denied ones left out."""

import re
from collections import deque
from collections.abc import Iterable

from vqa_eval.answers import cues, languages
from vqa_eval.answers.page import Page, Slot
from vqa_eval.answers.slots import read_label_list, read_slot

_GOOD_NOUN = re.compile(
    r"(?i)\b(?:correct|right|best|final|likely|appropriate|suitable|accurate|true|my|diagnosis|selected|"
    r"chosen|answer)\b"
)
_COMMON_NOUN = re.compile(r"(?i)(?:options?|choices?|letters?|one|alternative|match|fit|selections?|decisions?)\Z")
_LIST_NOUN = re.compile(r"(?i)(?:options|choices|letters)\Z")

_MOST = 200
"""More leads or labels than this are noise, and reading each of them would cost more than they can say."""


def _last(leads: Iterable[re.Match[str]]) -> deque[re.Match[str]]:
    """Return the last leads; what is said last holds."""
    return deque(leads, maxlen=_MOST)


def strong_claims(page: Page) -> list[Slot]:
    """Return explicit statements: "the answer is", "I choose", "答案是", an opened answer element."""
    return page.remember("strong", _strong_claims)


def _strong_claims(page: Page) -> list[Slot]:
    found = []
    for lead in _last(cues.STRONG.finditer(page.text)):
        noun = lead.group("noun") or ""
        prefix = page.text[max(0, lead.start() - 40) : lead.start()]
        good = _GOOD_NOUN.search(prefix + lead.group()) is not None
        if _LIST_NOUN.match(noun) and not good:
            continue  # "the options are A, B and C" lists them
        words = good or not _COMMON_NOUN.match(noun)
        found += _claim(page, lead, words=words, strict=False)
    for lead in _last(cues.BARE_NOUN.finditer(page.text)) if page.holds("ans", "final", "option", "choice") else ():
        found += _claim(page, lead, words="\n" in lead.group(), strict=True)
    for lead in _last(languages.strong(page.text)):
        found += _claim(page, lead, words=True, strict=False)
    for lead in _last(cues.LIKELY.finditer(page.text)) if page.holds("ly", " to ") else ():
        found += _claim(page, lead, words=False, strict=True)
    found.sort(key=lambda slot: slot.start)
    return found


def weak_claims(page: Page) -> list[Slot]:
    """Return conclusions that are statements only because a closed label follows: "so B.", "this is C."."""
    leads = _last(cues.WEAK.finditer(page.text))
    return [slot for lead in leads for slot in _claim(page, lead, words=False, strict=True)]


def doubtful_claims(page: Page) -> list[Slot]:
    """Return labels named with doubt: "it might be C"."""
    if not page.holds("be", "poss", "erhaps"):
        return []
    leads = _last(cues.PERHAPS.finditer(page.text))
    return [slot for lead in leads for slot in _claim(page, lead, words=False, strict=True)]


def _claim(page: Page, lead: re.Match[str], *, words: bool, strict: bool) -> list[Slot]:
    slot = read_slot(page, lead.end(), strict=strict, words=words)
    if slot is None or _denied(page, lead.start(), lead.end()) or _refuted(page, slot.end):
        return []
    return [slot]


def _denied(page: Page, start: int, end: int) -> bool:
    """Whether what stands before a statement denies it, supposes it, or asks for it."""
    sentence = page.sentence(start)[0]
    if page.asks(max(start, end - 1)):
        return True
    before = page.text[max(sentence, start - 300) : start]
    if cues.SUPPOSED.search(page.text[start - len(before) : end]) or languages.SUPPOSED.search(before):
        return True
    last = 0
    lead = page.text[start:end]
    for mark in cues.BREAK.finditer(before + lead):
        if mark.start() >= len(before):
            break
        last = min(mark.end(), len(before))
    # "not B but" leads to an answer by denying another, and a conclusion is not denied by its grounds.
    clause = "" if _CONCLUDING.match(lead) else before[last:] + lead
    near = clause[clause.rfind(",") + 1 :]
    return cues.CLAIM_DENIED.search(clause) is not None or languages.DENIED.search(near) is not None


_CONCLUDING = re.compile(
    r"(?i)(?:so|thus|therefore|hence|ergo|consequently|accordingly|leav|left|finally|overall|->|=>|not|"
    r"n't|only|instead|ultimately|"
    r"而是|只剩|剩下|因此|所以|故|综上)"
)


def _refuted(page: Page, end: int) -> bool:
    """Whether what follows an option judges against it or makes it conditional."""
    return any(
        pattern.match(page.text, end) is not None for pattern in (cues.JUDGED_BAD, cues.ON_CONDITION, languages.BAD)
    )


_STANDING = re.compile(r"(?<![^\W_])(?<![^\W_]['-])(?:[A-Z](?![A-Za-z0-9_'-]|\.\d)|\d{1,2}(?![\w.,/%'-]\w|\w))")
_OPEN_LEFT = re.compile(
    r"(?i)(?:\A|[.,;:!?\n)\]>|=-]|[\u0e00-\u9fff\uac00-\ud7af]|\b(?:options?|choices?|answers?|letters?|"
    r"only|that|think|believe|so|and|but|or|thus|hence|"
    r"therefore|then|both|because|since|as|clearly|say|either|while|though|although|however|opci[oó]n|"
    r"opção|letra|alternativa))[\s(\[\"'*]*\Z"
)
_LINE_START = re.compile(r"(?i)(?:\A|\n)[ \t•*-]{0,6}(?:options?\s+|choice\s+|选项)?[(\[]?\Z|[,;]\s[(\[]\Z")


def names_a_label(page: Page, start: int) -> bool:
    """Whether anything behind a place looks like a label."""
    return _STANDING.search(page.text, start) is not None


def judged_claims(page: Page) -> list[Slot]:
    """Return options judged right by what follows them: "B is correct", "D fits best", "C: 正确"."""
    return page.remember("judged", _judged_claims)


def _judged_claims(page: Page) -> list[Slot]:
    found: list[Slot] = []
    done = 0
    for label in _last(_STANDING.finditer(page.text)):
        start = label.start()
        before = page.text[max(0, start - 24) : start]
        if start < done or not _OPEN_LEFT.search(before):
            continue
        slot = read_label_list(page, start)
        if slot is None:
            continue
        done = slot.end
        if _judged_good(page, slot, before):
            found.append(slot)
    return found


def _judged_good(page: Page, slot: Slot, before: str) -> bool:
    if _refuted(page, slot.end) or page.asks(slot.start):
        return False
    line = _LINE_START.search(before) is not None
    if line and cues.VERDICT_BAD.match(page.text, slot.end):
        return False
    good = cues.JUDGED_GOOD.match(page.text, slot.end) or languages.GOOD.match(page.text, slot.end)
    if good is None and line:
        good = cues.VERDICT_GOOD.match(page.text, slot.end)
    if good is None or cues.ON_CONDITION.match(page.text, good.end()):
        return False
    sentence = page.sentence(slot.start)[0]
    return cues.SUPPOSED.search(page.text[max(sentence, slot.start - 300) : slot.start]) is None
