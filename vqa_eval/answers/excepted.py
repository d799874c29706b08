"""A rule for the option that is excepted from a denial of all others: "everything except B can be excluded"."""

from vqa_eval.answers import foreign_judgements, judgements
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page, Slot
from vqa_eval.answers.slots import LABEL, read_label_list

_SAVE = (
    r"\s+(?:except(?:\s+for)?|but(?:\s+for)?|other\s+than|besides|save(?:\s+for)?|apart\s+from|aside\s+from|excluding|"
    r"bar)\s+(?:the\s+|an?\s+)?(?:option\s+|choice\s+|answer\s+)?[(\[\"']*"
)
_ALL_SAVE = expression(
    r"(?i)\b(?:everything|anything|all(?:\s+(?:of\s+)?(?:the\s+|these\s+)?(?:other\s+)?(?:options|choices|answers|possibilities|"
    r"candidates|diagnoses|others|them|rest))?|(?:every|each|any)(?:\s+(?:other\s+)?\w+)?|the\s+(?:others|rest|remaining\s+\w+|"
    rf"other\s+\w+)){_SAVE}"
)
_NONE_SAVE = expression(
    r"(?i)\b(?:nothing|none(?:\s+of\s+(?:the\s+|these\s+)?\w+)?|no(?:\s+(?:other\s+)?(?:option|choice|answer|one|possibility|"
    rf"candidate|diagnosis)))(?:\s+(?P<good>fits?|matches|works|applies|remains|is\s+\w+))?{_SAVE}"
)
_FAIL = expression(
    r"(?i)[)\]\"'*]*\s+(?:(?:is|are|was|were|can\s+be|may\s+be|could\s+be|has\s+been|have\s+been)\s+(?:\w+ly\s+)?(?:excluded|out\b|"
    r"ruled\s+out|wrong|incorrect|eliminated|discarded|dismissed|rejected|crossed\s+out|false|in\w+|un\w+|im\w+|not\b)|"
    r"conflicts?|contradicts?|fails?|falls?|drops?|do(?:es)?(?:\s+not|n't)|lacks?|must\s+go|goes|go)\b"
)


_DENY_ALL = expression(
    r"(?i)\b(?:exclud|eliminat|rul|dismiss|discard|reject|cross|strik|drop)\w*\s+(?:out\s+|off\s+)?(?:everything|all(?:\s+of)?(?:\s+(?:the\s+)?"
    rf"(?:other\s+)?(?:options|choices|answers|others|them))?|any(?:thing)?|every\s+\w+){_SAVE}"
)


def excepted(page: Page) -> Finding | None:
    """Read the option that is left when all others are denied, or the only one that is not."""
    if not page.holds(
        "except", "but", "other than", "besides", "save", "apart from", "aside from", "excluding", "bar "
    ):
        return None
    for lead in _ALL_SAVE.finditer(page.text):
        slot = _option(page, lead.end())
        if slot is not None and _FAIL.match(page.text, slot.end):
            return page.choose([slot])
    for lead in _DENY_ALL.finditer(page.text):
        slot = _option(page, lead.end())
        if slot is not None:
            return page.choose([slot])
    for lead in _NONE_SAVE.finditer(page.text):
        slot = _option(page, lead.end())
        good = slot is not None and (lead.group("good") or judgements.JUDGED_GOOD.match(page.text, slot.end))
        if slot is not None and good and not foreign_judgements.BAD.match(page.text, slot.end):
            return page.choose([slot])
    return None


def _option(page: Page, place: int) -> Slot | None:
    """Return the one option that stands at a place, by its words or by its label."""
    mention = page.mention_at(place)
    if mention is not None:
        return Slot((mention.index,), mention.start, mention.end, "text")
    label = LABEL.match(page.text, place)
    at = page.options.labelled(label.group(1)) if label and not label.group(1).islower() else None
    if label is None or at is None:
        return None
    if page.text[label.end() : label.end() + 1] == ".":
        return Slot((at,), place, label.end())  # what follows begins another sentence
    slot = read_label_list(page, place)
    return slot if slot is not None and not slot.against else None
