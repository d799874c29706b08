"""Rules that read a label at the end of a sentence: one that is a sentence by itself, one that others lead to."""

import re
from collections import deque

from vqa_eval.answers import claims, cues, leads, terms
from vqa_eval.answers.closing import closed
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.lines import OTHER_LEAD
from vqa_eval.answers.page import Finding, Page, Slot

_LAST_SENTENCE = expression(r"(\w+)[\"')\]]*([.!?])[\"')\]]*\s+[(\[\"']*([A-Z]|\d{1,2})[)\]\"'.!]*\s*\Z")
_LISTED = expression(r"(?:\A|[.)]\s+)[A-Z][.)]\s+[(\[]?\Z")
_MOST = 200
"""More labels than this at the ends of sentences are noise."""


def last_sentence(page: Page) -> Finding | None:
    """Read a last sentence that is a label and nothing else."""
    offset = max(0, len(page.text) - 120)
    tail = page.text[offset:]
    found = _LAST_SENTENCE.search(tail)
    if found is None or not _set_off(tail, found, page.options.numbered):
        return None
    label = found.group(3)
    start = offset + found.start(3)
    at = page.options.labelled(label)
    others = {
        page.options.labelled(other.group(1))
        for other in OTHER_LEAD.finditer(page.text, 0, start)
        if not cues.NEGATION.search(page.before(other.start(1)))
    }
    return None if others - {None, at} else page.choose([Slot((-1 if at is None else at,), start, start + len(label))])


def _set_off(tail: str, found: re.Match[str], numbered: bool) -> bool:
    """Whether a sentence ends before the label, rather than a name, an abbreviation or a list of labels."""
    word, mark, label = found.groups()
    if label.isdigit() and not numbered:
        return False
    if terms.NAMED_BY_LETTER.match(word) or _LISTED.search(tail[: found.start(3)]):
        return False
    return mark == "!" or len(tail[: found.start(2)].split()) > 1


_CLOSING = expression(
    rf"(?:(?P<sure>\b{leads.SURE_END}\b|->|=>)|(?P<plain>\b{leads.PLAIN_END}\b|'s|=)|(?P<loose>\b{leads.LOOSE_END}\b|%)|"
    r"(?P<sign>[,:;]|\s-))"
    r"[ \t]*[(\[\"']{0,3}(?:(?i:option|choice|answer|letter)\s+)?[(\[\"']{0,2}(?P<label>[A-Z]|\d{1,2})"
    r"(?=[)\]\"']{0,3}\s*(?:[.!;\n]|\Z|(?i:here|for\s+(?:me|sure)|to\s+me|instead|actually|then|obviously|of\s+course|anyway|"
    r"again)\s*(?:[.!;\n]|\Z)))"
)


def closing_labels(page: Page) -> list[Slot]:
    """Return the labels that sentences lead to and end with, none denied, graded, asked for or in doubt."""
    found = []
    for match in deque(_CLOSING.finditer(page.text), maxlen=_MOST):
        label = match.group("label")
        at = page.options.labelled(label)
        if at is None or label == "I" or (label.isdigit() and not page.options.numbered):
            continue
        if page.options.lettered and not match.group("sure"):
            continue
        if closed(page.text, match.end("label"), strict=True) and _leads(page, match):
            found.append(Slot((at,), match.start("label"), match.end("label")))
    return found


_OTHER_LABEL = expression(r"(?<![\w'-])(?:[B-HJ-Z]|[AI](?=[)\],;/&]))(?![\w'-])")
# What a colon leads from to something other than the answer.
_HEADING = expression(
    r"(?i)\b(?:differentials?|differential\s+diagnos[ie]s|alternatives?|runners?-?\s?up|second(?:ary)?|others?|excluded|"
    r"eliminated|ruled\s+out|notes?|references?|step\s*\d*|explanations?|reason\w*|rationale|analysis|comparison|versus|"
    r"options?|choices?|distractors?|labels?|given|list|legend|key)\s*\Z"
)
# Verbs that put an option aside, or only mention it.
_SET_ASIDE = expression(
    r"(?i)\b(?:skip|drop|ignore|forget|strike|cross|remove|abandon|oppose|leave\s+out|set|throw|scrap|disregard|decline|"
    r"refuse|contradict|refute|question|distrust|mistake|confus|resembl|mimic|see(?:\s+also)?|read|show(?:n|ed)\s+in|"
    r"allergic|secondary|similar|lose|lack|miss|dis(?!tinct|tal|cern)|weaken|undermin|challeng|kill|sink|hesitat|object|worr)\w*\b[^,.;:]{0,30}\Z"
)
_JUST_NO = expression(r"(?i)\s*(?:no|nope|yes|yeah|ok|okay)\s*")
_SO_IS = expression(r"(?i)\b(?:so|nor|neither|as|than)\s+\Z")
_WORD = expression(r"[^\W\d_]{2,}")


def _leads(page: Page, match: re.Match[str]) -> bool:
    """Whether the sentence before a label leads to it."""
    start, end, sign = match.start(), match.start("label"), match.group("sign")
    whole = page.before(start)
    before = whole if sign == "," else terms.TERM.sub(" ", cues.ASIDE.sub("", whole))
    near = before[before.rfind(",") + 1 :]
    if _graded(page, match) or _SO_IS.search(before) or claims.considering(page, start):
        return False
    denied = cues.NEGATION.search(cues.STILL_POSSIBLE.sub("", cues.NO_DOUBT.sub("", near + page.text[start:end])))
    if (denied and not _JUST_NO.fullmatch(near)) or _SET_ASIDE.search(page.before(end, 60)):
        return False
    if claims.denied(page, start, end):
        return False
    if sign is None and match.group("loose") is None:
        return True
    # Behind an adverb, a comma or a colon stands an answer only where no other label stands before it.
    if _OTHER_LABEL.search(before + (sign or "")) or _HEADING.search(before):
        return False
    words = len(_WORD.findall(whole))
    return sign is None or words > (sign == ",") or _JUST_NO.fullmatch(before) is not None


def _graded(page: Page, match: re.Match[str]) -> bool:
    """Whether the letter may belong to something that its sentence grades or names."""
    if match.group("sure") is not None:
        return False
    return terms.GRADED.search(terms.TERM.sub(" ", page.before(match.start("label")))) is not None


def closing_label(page: Page) -> Finding | None:
    """Read the label that sentences end with: "in this case, D.", "the tail makes it B."."""
    found = closing_labels(page)
    return page.choose(found) if found else None
