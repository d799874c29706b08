"""Whether a reply declines or does not know, whatever words its options have."""

from collections.abc import Sequence

from vqa_eval.answers import cues
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.options import Mention
from vqa_eval.answers.page import Page

_SEES_NONE = expression(
    r"(?i)\b(?:I|we)\s+(?:do\s+not|don't|cannot|can't)\s+(?:see|think|believe|find|detect|observe|notice)\b"
    r"(?!.{0,12}image)"
)


def gives_up(page: Page) -> bool:
    """Whether the reply declines or does not know, beside the options' own words and what is not seen."""
    return cues.GIVEN_UP.search(cues.UNSURE.sub("", _SEES_NONE.sub("", without(page, page.mentions)))) is not None


def without(page: Page, mentions: Sequence[Mention]) -> str:
    """Return the text with the options' own words blanked: "cannot be determined" may be an option."""
    parts: list[str] = []
    done = 0
    for mention in mentions:
        parts += (page.text[done : mention.start], " ¤ ")
        done = max(done, mention.end)
    return "".join([*parts, page.text[done:]])
