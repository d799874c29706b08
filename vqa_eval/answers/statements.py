"""Rules that read what sentences state by label: explicit statements, judgements, conclusions, counting."""

from collections.abc import Sequence
from dataclasses import replace

from vqa_eval.answers import claims, cues
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.ordinals import whole_ordinal
from vqa_eval.answers.page import Finding, Page


def declared(page: Page) -> Finding | None:
    """Read the last explicit statement: "the answer is B"; a later judgement that contradicts it is a conflict."""
    found = claims.strong_claims(page)
    if not found:
        return None
    slot = found[-1]
    if page.cut_short and slot.said == "text" and not page.text[slot.end :].strip(" .\n"):
        return Finding("truncated", (), slot.start, slot.end)
    if slot.said == "text" and contradicting_label(page, slot.chosen, slot.end):
        return Finding("conflict", (), slot.start, slot.end)
    if not page.multi and claims.names_a_label(page, slot.end):
        later = [other for other in claims.judged_claims(page) if other.start > slot.end]
        if any(set(other.chosen) != set(slot.chosen) for other in later):
            return Finding("conflict", (), slot.start, slot.end)
    return page.choose([slot])


_LABEL_BEHIND = expression(r"[ \t]*[(\[]\s*(?:(?i:option|choice|answer)\s+)?([A-Z]|\d{1,2})\s*[)\]]")


def contradicting_label(page: Page, chosen: Sequence[int], end: int) -> bool:
    """Whether an option's words are followed by another option's label in brackets."""
    label = _LABEL_BEHIND.match(page.text, end)
    at = page.options.labelled(label.group(1)) if label else None
    return at is not None and at not in chosen


def judged(page: Page) -> Finding | None:
    """Read options judged right by what follows them: "B is correct"."""
    found = claims.judged_claims(page)
    if len(found) > 1 and not page.multi and _CONTRAST.search(page.text, found[-2].end, found[-1].start):
        found = found[-1:]  # "A seems plausible at first, but B is the one"
    return page.choose(found) if found else None


_CONTRAST = expression(r"(?i)\b(?:but|however|yet|whereas|in\s+truth|in\s+fact|actually|still)\b")


def concluded(page: Page) -> Finding | None:
    """Read the last conclusion with a closed label: "so B."."""
    found = claims.weak_claims(page)
    return page.choose([found[-1]]) if found else None


def doubted(page: Page) -> Finding | None:
    """Read one label named with doubt, in a reply that does not give up: "it might be C"."""
    found = claims.doubtful_claims(page)
    if found and not page.multi and claims.other_labels(page, found[0].chosen):
        return None
    if not found or cues.GIVEN_UP.search(cues.UNSURE.sub("", page.text)) or cues.DANGLING.search(page.text[-60:]):
        return None
    return page.choose(found)


def ordinal(page: Page) -> Finding | None:
    """Read a reply that only counts the options: "the fifth one"."""
    start = page.text.rstrip().rfind("\n") + 1
    slot = whole_ordinal(page.part(start)) if len(page.text) - start < _LONGEST_COUNT else None
    return page.choose([replace(slot, start=slot.start + start, end=slot.end + start)]) if slot else None


_LONGEST_COUNT = 120
"""A longer reply does more than count."""
