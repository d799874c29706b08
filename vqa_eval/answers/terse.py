"""Options of one short word (yes, true, a number), which count only where nothing but an answer stands."""

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.options import Mention
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.refusals import gives_up

_TERSE = frozenset(["yes", "no", "none", "true", "false", "other", "maybe", "unknown", "both", "neither", "all"])
_YES_GOES_ON = expression(r"\s*(?:[,.!;:\n(-]|\Z)|\s+(?!and\b|or\b|/)")
_NO_GOES_ON = expression(r"\s*(?:[,.!;:\n(-]|\Z)|\s+(?:there|it|this|that|the|I|we|because|since|as)\b")
_LED = expression(
    r"(?i)(?:[,:=-]|->|\b(?:oh|well|ah|so|thus|hence|therefore|definitely|certainly|clearly|surely|obviously|probably|presumably|likely|"
    r"say|answer|an?))\s*[\"']?\Z"
)
_ENDS = expression(r"[\"')]?\s*(?:[,.!;\n]|\Z)")
_SAID_OF_IT = expression(
    r"(?i)\b(?:statement|claim|assertion|proposition|sentence|hypothesis|this|that|it)(?:\s+(?:given|above))?(?:'s|\s+is|"
    r"\s+would\s+be|\s+must\s+be)(?:\s+(?:indeed|therefore|clearly|thus|definitely|certainly|probably|most\s+likely|in\s+fact))?"
    r"(?:\s+an?)?\s*\Z"
)


def stands_alone(page: Page, mention: Mention, word: str) -> bool:
    """Whether a single short word, which may be anything in a sentence, stands where only an answer stands."""
    if word[0].isdigit():
        return _only_number(page, mention)
    if word not in _TERSE and len(word) > 1:
        return True
    if page.text[: mention.start].strip(" \n\"'(*"):
        before = page.text[max(0, mention.start - 80) : mention.start]
        if word in {"true", "false"} and _SAID_OF_IT.search(before):
            return True
        if len(word) > 1 and _LED.search(before) and _ENDS.match(page.text, mention.end):
            return True
        sentence = page.sentence(mention.start)
        return page.text[slice(*sentence)].strip(" .!\n\"'") == page.text[mention.start : mention.end] and sentence[
            1
        ] >= len(page.text.rstrip())
    goes_on = _NO_GOES_ON if word in {"no", "none"} else _YES_GOES_ON
    return len(word) > 1 and goes_on.match(page.text, mention.end) is not None


def _only_number(page: Page, mention: Mention) -> bool:
    """Whether the option's number is the only one in the reply, or what a sum comes to at its end."""
    numbers = sum(token.word[0].isdigit() for token in page.tokens)
    if numbers == sum(other.index == mention.index for other in page.mentions):
        return True
    result = page.text[: mention.start].rstrip().endswith("=") and not page.text[mention.end :].strip(" .")
    return result and page.text.count("=") == 1


def opening_word(page: Page) -> Finding | None:
    """Read a reply that begins with such a word, set off from what follows: "No, the cortex is intact."."""
    mention = page.mentions[0] if page.mentions else None
    if mention is None or page.cut_short or page.text[: mention.start].strip(" \n\"'(*"):
        return None
    words = page.options.words[mention.index]
    if len(words) != 1 or words[0] not in _SET_OFF or page.asks(mention.start) or gives_up(page):
        return None
    if not stands_alone(page, mention, words[0]) or _BOTH.match(page.text, mention.end):
        return None
    others = [other for other in page.mentions if other.index != mention.index]
    if any(_alone(page, other) for other in others):
        return None
    return Finding("answered", (mention.index,), mention.start, mention.end)


_SET_OFF = frozenset(["yes", "no", "true", "false", "maybe"])
_BOTH = expression(r"(?i)\W*(?:and|or)\b|\s*/")


def _alone(page: Page, mention: Mention) -> bool:
    """Whether a word is a sentence by itself, or what one ends with behind a comma."""
    start, end = page.sentence(mention.start)
    said = page.text[start:end].strip(" .!\n\"'")
    led = _LED.search(page.text[max(0, mention.start - 80) : mention.start]) is not None
    return said == page.text[mention.start : mention.end] or (led and _ENDS.match(page.text, mention.end) is not None)
