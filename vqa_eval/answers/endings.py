"""Rules for replies without an answer: why there is none; and the one that takes all options."""

import re

from vqa_eval.answers import claims, cues
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page

_NO_WORDS = expression(r"(?i)[\W_]*(?:nan|null|undefined|n/a|none|\[?no\s+(?:response|answer|output)\]?)?[\W_]*")
_CALL_FAILED = expression(
    r"(?i)[\s\[(<]*(?:failed\s+to\s+obtain|(?:api|connection|server|internal|request|runtime)\s+(?:server\s+)?(?:call\s+)?"
    r"(?:error|fail)|error(?:\s+code)?\s*[:\d\]]|traceback\b|rate\s+limit|request\s+(?:failed|timed\s+out)|"
    r"(?:\w+\.){0,4}\w*(?-i:Error|Exception|Violation|Timeout)\b\s*(?:[:(]|\Z)|https?(?:connectionpool|\s+\d{3}\b)|"
    r"[45]\d\d\s+(?:bad|too|service|gateway|internal|not|unauthorized|forbidden|client|server)\b|cuda\s+(?:error|out)|"
    r"out\s+of\s+memory|!doctype\b|\{\s*\"(?:error|detail|status|exception)\"\s*:)"
)


def blank(page: Page) -> Finding | None:
    """Find that nothing was said."""
    if any(character.isalnum() for character in page.text):
        return None
    return Finding("truncated" if page.cut_short else "empty")


def error_text(page: Page) -> Finding | None:
    """Find the text of a failed call, or the trace of an empty cell, where a reply should stand."""
    if _NO_WORDS.fullmatch(page.text[:60]) and len(page.text) < 60:
        return None if page.options.equal(page.text) is not None else Finding("empty", (), 0, len(page.text))
    return Finding("unparsed", (), 0, len(page.text)) if _CALL_FAILED.match(page.text) else None


def all_of_them(page: Page) -> Finding | None:
    """Read every option at once, where several are asked for."""
    if len(page.text) > 200 or not page.multi or not len(page.options):
        return None
    found = cues.ALL_FIT.search(f" {page.text} ")
    if found is None or cues.NEGATION.search(page.text):
        return None
    return Finding("answered", tuple(range(len(page.options))), 0, len(page.text))


def none_of_them(page: Page) -> Finding | None:
    """Find that no option fits; an option that says so itself has been read before."""
    found = cues.NONE_FITS.search(page.text)
    return Finding("out_of_range", (), *found.span()) if found else None


def given_up(page: Page) -> Finding | None:
    """Find that the reply declines, or says that it does not know."""
    found = cues.GIVEN_UP.search(page.text)
    return Finding("refused", (), *found.span()) if found else None


_EVEN = expression(
    r"(?i)\b(?:equally|just\s+as|as)\s+(?:likely|possible|plausible|probable|valid|good|consistent|compatible)\b(?!\s+as\b)|"
    r"\btoss-?\s?up\b|\b50\s?[/:-]\s?50\b|\bfifty-fifty\b|\bcoin\s+(?:flip|toss)\b|\btorn\s+between\b|"
    r"\b(?:can(?:no|')t|unable\s+to|could\s+not|hard\s+to|difficult\s+to|impossible\s+to)\s+(?:\w+\s+)?(?:decide|choose|"
    r"distinguish|differentiate|tell|discriminate|settle)\s+between\b"
)
_SHARE = expression(r"(?<![\w'-])([A-Z]|\d{1,2})[)\]]?\s?[:=(-]{0,2}\s?(\d{1,3}(?:\.\d+)?)\s?%")


def undecided(page: Page) -> Finding | None:
    """Find that several options are called equal, or given the same share, and none is stated afterwards."""
    even = _EVEN.search(page.text)
    if even is None or not _several(page):
        even = _same_shares(page)
    if even is None or any(slot.start > even.start() for slot in claims.strong_claims(page)):
        return None
    return Finding("hedged", (), *even.span())


def _several(page: Page) -> bool:
    labels = {page.options.labelled(label) for label in re.findall(r"(?<![\w'-])[A-Z1-9](?![\w'-])", page.text)} - {
        None
    }
    return len(labels | {mention.index for mention in page.mentions}) > 1


def _same_shares(page: Page) -> re.Match[str] | None:
    """Return where two labels share the highest percentage."""
    shares = [found for found in _SHARE.finditer(page.text) if page.options.labelled(found.group(1)) is not None]
    top = max((float(found.group(2)) for found in shares), default=0.0)
    best = [found for found in shares if float(found.group(2)) == top]
    return best[-1] if len({found.group(1) for found in best}) > 1 else None


def open_between(page: Page) -> Finding | None:
    """Find that more than one option is left open."""
    if len({mention.index for mention in page.mentions}) > 1 or re.search(
        r"\b[A-Z1-9]\s?(?:or|and|/|和|或)\s?[A-Z1-9]\b", page.text
    ):
        found = cues.OPEN_BETWEEN.search(page.text)
        return Finding("hedged", (), *found.span()) if found else None
    return None


def broken_off(page: Page) -> Finding | None:
    """Find that the reply was cut, or ends where an answer should follow."""
    found = cues.DANGLING.search(page.text[-60:])
    if found is None and not page.cut_short:
        return None
    return Finding("truncated", (), max(0, len(page.text) - 60), len(page.text))
