"""Rules that read what sentences state by label: explicit statements, judgements, conclusions, counting."""

import re
from collections.abc import Sequence

from vqa_eval.answers import claims, cues
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


_LABEL_BEHIND = re.compile(r"\s*[(\[]\s*(?:(?i:option|choice|answer)\s+)?([A-Z]|\d{1,2})\s*[)\]]")


def contradicting_label(page: Page, chosen: Sequence[int], end: int) -> bool:
    """Whether an option's words are followed by another option's label in brackets."""
    label = _LABEL_BEHIND.match(page.text, end)
    at = page.options.labelled(label.group(1)) if label else None
    return at is not None and at not in chosen


def judged(page: Page) -> Finding | None:
    """Read options judged right by what follows them: "B is correct"."""
    found = claims.judged_claims(page)
    return page.choose(found) if found else None


def concluded(page: Page) -> Finding | None:
    """Read the last conclusion with a closed label: "so B."."""
    found = claims.weak_claims(page)
    return page.choose([found[-1]]) if found else None


def doubted(page: Page) -> Finding | None:
    """Read one label named with doubt, in a reply that does not give up: "it might be C"."""
    found = claims.doubtful_claims(page)
    if not found or cues.GIVEN_UP.search(page.text):
        return None
    return page.choose(found)


_ORDINAL = re.compile(
    r"(?i)[\s\"'(]*(?:(?:I\s+(?:choose|pick|select|think\s+it\s+is)|the\s+answer\s+is|answer:|it\s+is|"
    r"it's)\s+)?(?:the\s+)?"
    r"(?:(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|1st|2nd|3rd|4th|5th|6th|"
    r"7th|8th|9th|10th)\s+(?:one|option|choice|answer|statement|item)"
    r"|(?:option|choice|answer|number|no\.)\s+(?:number\s+)?(one|two|three|four|five|six|seven|eight|nine|"
    r"ten|#?\d{1,2})"
    r"|第([一二三四五六七八九十])(?:个|项|個|項)?(?:选项|選項)?)[\s.!)\"']*"
)
_ORDINALS = {
    word: at
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th",
        "one two three four five six seven eight nine ten",
        "一 二 三 四 五 六 七 八 九 十",
    )
    for at, word in enumerate(words.split())
}


def ordinal(page: Page) -> Finding | None:
    """Read a reply that only counts the options: "the fifth one"."""
    found = _ORDINAL.fullmatch(page.text) if len(page.text) < 120 else None
    if found is None:
        return None
    word = (found.group(1) or found.group(2) or found.group(3)).casefold().lstrip("#")
    if any(word in words for words in page.options.words):
        return None
    at = len(page.options) - 1 if word == "last" else int(word) - 1 if word.isdigit() else _ORDINALS[word]
    if not 0 <= at < len(page.options):
        return Finding("out_of_range", (), *found.span())
    return Finding("answered", (at,), *found.span())
