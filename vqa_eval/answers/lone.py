"""A rule for replies in another script, where a Latin label stands out whatever the words around it say."""

from vqa_eval.answers import cues, foreign_judgements
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page, Slot

_FOREIGN = expression(r"[\u0370-\u1cff\u3040-\u9fff\uac00-\ud7af]")
_LABEL = expression(
    r"(?<![A-Za-z0-9_])(?<![A-Za-z0-9]-)(?<![A-Za-z]\s)[A-Z](?![A-Za-z0-9_]|['-][A-Za-z0-9]|\.\d|\s[a-z])"
)
"""A capital that stands alone, and not among Latin words, where it may be an article or part of a term."""
_LONGEST = 200
"""A longer text says more than one thing about its labels."""


def lone_label(page: Page) -> Finding | None:
    """Read the only label of a short reply in another script that denies, asks and declines nothing."""
    text = page.text
    if text.isascii() or len(text) > _LONGEST or page.options.lettered or "?" in text:
        return None
    if len(_FOREIGN.findall(text)) * 2 < sum(character.isalpha() for character in text):
        return None
    if foreign_judgements.REFUTED.search(text) or cues.GIVEN_UP.search(text):
        return None
    labels = list(_LABEL.finditer(text))
    places = {page.options.labelled(label.group()) for label in labels}
    if len(places) != 1 or None in places:
        return None
    label = labels[0]
    before = text[max(0, label.start() - 16) : label.start()]
    if foreign_judgements.TERM.search(before) or foreign_judgements.TERM_BEHIND.match(text, label.end()):
        return None
    return page.choose([Slot((place,), *label.span()) for place in places if place is not None])
