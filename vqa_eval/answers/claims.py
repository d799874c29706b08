"""Every statement in a reply that an option is the answer, denied ones left out."""

import re
from collections import deque
from collections.abc import Iterable, Sequence

from vqa_eval.answers import cues, foreign_judgements, foreign_leads, judgements, leads
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.ordinals import counted_options
from vqa_eval.answers.page import Page, Slot
from vqa_eval.answers.slots import read_label_list, read_slot

_GOOD_NOUN = expression(
    r"(?i)\b(?:correct|right|best|final|likely|appropriate|suitable|accurate|true|my|diagnosis|selected|"
    r"chosen|answer)\b"
)
_COMMON_NOUN = expression(r"(?i)(?:options?|choices?|letters?|one|alternative|match|fit|selections?|decisions?)\Z")
_INLINE = expression(r"\w[^\n]*\Z")
_EACH = expression(
    r"(?i)\b(?:select|choose|pick|each|every|any|all|per|which)\s+(?:of\s+the\s+)?(?:answer\s+|given\s+)?\Z"
)
_LIST_NOUN = expression(r"(?i)(?:options|choices|letters)\Z")

_MOST = 200
"""More leads or labels than this are noise, and reading each of them would cost more than they can say."""


def _last(found: Iterable[re.Match[str]]) -> deque[re.Match[str]]:
    """Return the last matches; what is said last holds."""
    return deque(found, maxlen=_MOST)


def strong_claims(page: Page) -> list[Slot]:
    """Return explicit statements: "the answer is", "I choose", "答案是", an opened answer element."""
    return page.remember("strong", _strong_claims)


def _strong_claims(page: Page) -> list[Slot]:
    found = []
    for lead in _last(leads.STRONG.finditer(page.text)):
        noun = lead.group("noun") or ""
        prefix = page.text[max(0, lead.start() - 40) : lead.start()]
        good = _GOOD_NOUN.search(prefix + lead.group()) is not None
        if (_LIST_NOUN.match(noun) and not good) or _EACH.search(prefix):
            continue  # "the options are A, B and C", "each option: A" list them
        words = good or not _COMMON_NOUN.match(noun)
        found += _claim(page, lead, words=words, strict=False)
    for lead in _last(leads.BARE_NOUN.finditer(page.text)) if page.holds("ans", "final", "option", "choice") else ():
        heading = "\n" in lead.group()
        if heading and _INLINE.search(page.text[max(0, lead.start() - 40) : lead.start()]):
            continue  # "... <- correct answer" ends its line; a heading is one
        found += _claim(page, lead, words=heading, strict=True)
    for lead in _last(foreign_leads.strong(page.text)):
        found += _claim(page, lead, words=True, strict=False)
    for lead in _last(leads.LIKELY.finditer(page.text)) if page.holds("ly", " to ", "prob", "leaning") else ():
        found += _claim(page, lead, words=False, strict=True)
    found.sort(key=lambda slot: slot.start)
    return found


def weak_claims(page: Page) -> list[Slot]:
    """Return conclusions that are statements only because a closed label follows: "so B.", "this is C."."""
    marks = [*_last(leads.WEAK.finditer(page.text)), *_last(foreign_leads.WEAK.finditer(page.text))]
    found = [lead for lead in marks if not considering(page, lead.start())]
    slots = [slot for lead in found for slot in _claim(page, lead, words=False, strict=True)]
    return sorted(slots, key=lambda slot: slot.start)


def considering(page: Page, place: int) -> bool:
    """Whether what stands before a place in its clause only turns to something: "let us start with option A"."""
    before = page.before(place, 80)
    return cues.CONSIDERING.search(before[before.rfind(",") + 1 :]) is not None


def doubtful_claims(page: Page) -> list[Slot]:
    """Return labels named with doubt: "it might be C"."""
    if not page.holds("be", "poss", "erhaps"):
        return []
    # The words of an option that is the only one named say no more than its label would.
    words = len({mention.index for mention in page.mentions}) == 1
    found = _last(leads.PERHAPS.finditer(page.text))
    return [slot for lead in found for slot in _claim(page, lead, words=words, strict=True)]


def _claim(page: Page, lead: re.Match[str], *, words: bool, strict: bool) -> list[Slot]:
    slot = read_slot(page, lead.end(), strict=strict, words=words)
    if slot is None or denied(page, lead.start(), lead.end()) or _refuted(page, slot.end):
        return []
    return [slot]


def denied(page: Page, start: int, end: int) -> bool:
    """Whether what stands before a statement denies it, supposes it, or asks for it."""
    if page.asks(max(start, end - 1)):
        return True
    before = cues.ASIDE.sub(_blank, page.before(start))
    if cues.SUPPOSED.search(page.text[start - len(before) : end]) or foreign_judgements.SUPPOSED.search(before):
        return True
    last = 0
    lead = page.text[start:end]
    for mark in cues.BREAK.finditer(before + lead):
        if mark.start() >= len(before):
            break
        last = min(mark.end(), len(before))
    # "not B but" leads to an answer by denying another, and a conclusion is not denied by its grounds.
    clause = "" if _CONCLUDING.match(lead) else before[last:] + lead
    clause = cues.STILL_POSSIBLE.sub("", cues.UNSURE.sub("", cues.NO_DOUBT.sub("", clause)))
    near = clause[clause.rfind(",") + 1 :]
    return cues.CLAIM_DENIED.search(clause) is not None or foreign_judgements.DENIED.search(near) is not None


def _blank(found: re.Match[str]) -> str:
    return " " * len(found.group())


_CONCLUDING = expression(
    r"(?i)(?:so|thus|therefore|hence|ergo|consequently|accordingly|leav|left|gives|yields|finally|overall|->|=>|not|"
    r"n't|only|instead|ultimately|"
    r"mais|sino|sondern|ma\b|mas\b|maar|utan|vaan|lecz|hanem|nego|melainkan|mà|но\b|а\b|بل|"
    r"而是|只剩|剩下|因此|所以|故|综上|ではなく|じゃなく|[가이]\s*아니라)"
)


def _refuted(page: Page, end: int) -> bool:
    """Whether what follows an option judges against it or makes it conditional."""
    return any(
        pattern.match(page.text, end) is not None
        for pattern in (judgements.JUDGED_BAD, cues.ON_CONDITION, foreign_judgements.BAD)
    )


_STANDING = expression(
    r"(?<![^\W_])(?<![^\W_]['-])(?:[A-Z](?![A-Za-z0-9_-]|'\w|\.\d)|\d{1,2}(?![\w.,/%'-]\w|\w)|"
    r"(?:\A[b-hj-z]|(?<=option )[a-z]|(?<=choice )[a-z]|(?<=answer )[a-z])(?=\s+(?:is|fits|seems|looks|matches)\b))"
)
_OPEN_LEFT = expression(
    r"(?i)(?:\A|[.,;:!?\n)\]>|=-]|[\u0e00-\u9fff\uac00-\ud7af]|\b(?:options?|choices?|answers?|letters?|statements?|"
    r"only|makes?|making|leaves|leaving|that|think|believe|so|and|but|or|thus|hence|"
    r"la|el|le|die|l'|ist|est|antwort|respuesta|réponse|resposta|risposta|antwoord|optie|odpowied[zź]|svar|vastaus|cevap|"
    r"jawaban|pilihan|вариант|ответ|"
    r"therefore|then|both|because|since|as|clearly|say|either|while|though|although|however|opci[oó]n|"
    r"opção|letra|alternativa))[\s(\[\"'*]*\Z"
)
# A label joined to one before it, which then ought to have been read as a list with it.
_LATER_LABEL = expression(r"(?<![\w'-])[A-Z\d][)\]\"']?(?:\s*[&/]\s*|,?\s+(and|or|as\s+well\s+as|plus)\s+)[(\[\"']?\Z")
_NONE_OF = expression(
    r"(?i)\b(?:none\s+of|neither|nor|not)\s+(?:options?\s+)?(?:[(\[]?(?-i:[A-Z\d])[)\]]?\s*(?:,|and\b|or\b|nor\b|&)\s*(?:or\s+|and\s+)?){1,9}[(\[]?\Z"
)
_PLURAL = expression(
    r"(?i)[)\]\"']*\s+(?:are|were|fit|match|apply|seem|hold|explain|describe|can|could|might|may|both)\b"
)
_CONCEDED = expression(r"(?i)\b(?:while|although|though|whereas|even\s+if)\b[^,.;]*\Z")
_UNBELIEVED = expression(
    r"(?i)(?:n't|\b(?:not|never|cannot|hardly|doubt|deny|disagree|none|neither|no\s+(?:evidence|reason|option|one|proof)))\b"
    r"[^.;:\n]{0,40}\Z"
)
_LINE_START = expression(r"(?i)(?:\A|\n)[ \t•*-]{0,6}(?:options?\s+|choice\s+|选项)?[(\[]?\Z|[,;]\s[(\[]\Z")


def names_a_label(page: Page, start: int) -> bool:
    """Whether anything behind a place looks like a label."""
    return _STANDING.search(page.text, start) is not None


def other_labels(page: Page, chosen: Sequence[int]) -> bool:
    """Whether labels of other options stand in the text too."""
    places = {
        page.options.labelled(label.group()) for label in _last(_STANDING.finditer(page.text)) if label.group() != "I"
    }
    return bool(places - {None} - set(chosen))


def judged_claims(page: Page) -> list[Slot]:
    """Return options judged right by what follows them: "B is correct", "D fits best", "C: 正确"."""
    return page.remember("judged", _judged_claims)


def _judged_claims(page: Page) -> list[Slot]:
    found: list[Slot] = []
    done = 0
    for label in _last(_STANDING.finditer(page.text)):
        start = label.start()
        before = page.text[max(0, start - 24) : start]
        if start < done or not _OPEN_LEFT.search(before) or _joined_on(page, before, start, label.end()):
            continue
        slot = read_label_list(page, start)
        if slot is None or (label.group() == "I" and slot.chosen == (-1,)):
            continue
        done = slot.end
        if _judged_good(page, slot, before):
            found.append(slot)
    for slot in counted_options(page):
        if _judged_good(page, slot, page.text[max(0, slot.start - 24) : slot.start]):
            found.append(slot)
    found.sort(key=lambda slot: slot.start)
    return found


def _joined_on(page: Page, before: str, start: int, end: int) -> bool:
    """Whether a label is the rest of "A or B", so that what is said behind it is said of both."""
    joint = _LATER_LABEL.search(before)
    if _NONE_OF.search(page.before(start, 80)):
        return True
    return joint is not None and (joint.group(1) != "and" or _PLURAL.match(page.text, end) is not None)


def _judged_good(page: Page, slot: Slot, before: str) -> bool:
    if _refuted(page, slot.end) or page.asks(slot.start):
        return False
    line = _LINE_START.search(before) is not None
    if line and judgements.VERDICT_BAD.match(page.text, slot.end):
        return False
    good = judgements.JUDGED_GOOD.match(page.text, slot.end) or foreign_judgements.GOOD.match(page.text, slot.end)
    if good is None and line:
        good = judgements.VERDICT_GOOD.match(page.text, slot.end)
    if good is None or cues.ON_CONDITION.match(page.text, good.end()):
        return False
    before = page.before(slot.start)
    near = before[max((mark.end() for mark in cues.BREAK.finditer(before)), default=0) :]
    if _CONCEDED.search(before):
        return False
    near = cues.NO_DOUBT.sub("", near[near.rfind(",") + 1 :])
    return cues.SUPPOSED.search(before) is None and _UNBELIEVED.search(near) is None
