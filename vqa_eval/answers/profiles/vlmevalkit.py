"""VLMEvalKit without a judge (`exact_matching`): a label among the words, a phrase, or the only option quoted.

Kept as they are: the phrase knows A to D only; a label counts among the last four words only; a text longer than
twice all options together is not searched; an option's text is found inside longer words.  Options whose labels
are no capital letters make the original stop with an AssertionError at the last step; here that is no answer.
"""

import re
from collections.abc import Sequence
from string import ascii_uppercase

from vqa_eval.answers.profiles.profile import Profile
from vqa_eval.records import Answer

_NONE = "Z"
"""What the original puts where it has no answer; wrong unless a question has 26 options."""

_TRANSPORT = "Failed to obtain answer via API"
_REFUSALS = (
    "Sorry, I can't help with images of people yet.",
    "I can't process this file.",
    "I'm sorry, but without the image provided",
    "Cannot determine the answer",
)
_BLANKED = str.maketrans(dict.fromkeys(".()[],:;!*#{}", " "))
_LAST_WORDS = 4
_PHRASE = re.compile(r"answer\s+is\s+\**([a-d])", re.IGNORECASE)


def _read(reply: str, options: Sequence[str], labels: Sequence[str], multi: bool) -> Answer:
    choices = dict(zip(labels, options, strict=False))
    letter, rule = _by_label(reply, choices) or _by_text(reply.lower(), choices) or (_NONE, "none")
    return Answer("answered", (letter,), rule=rule) if letter in choices else Answer("unparsed", rule=rule)


def _by_label(reply: str, choices: dict[str, str]) -> tuple[str, str] | None:
    if _TRANSPORT in reply:
        return None
    if any(refusal in reply for refusal in _REFUSALS):
        return _NONE, "refusal"
    words = reply.translate(_BLANKED).split()
    present = [label for label in choices if label in words]
    if len(present) == 1 and words.index(present[0]) >= len(words) - _LAST_WORDS:
        return present[0], "word"
    if not present and _NONE in words:
        return _NONE, "none"
    phrase = _PHRASE.search(reply)
    if phrase and phrase[1].upper() in choices:
        return phrase[1].upper(), "phrase"
    return None


def _by_text(reply: str, choices: dict[str, str]) -> tuple[str, str] | None:
    if len(reply) > 2 * sum(map(len, choices.values())):
        return None
    if any(label not in ascii_uppercase for label in choices):
        return _NONE, "assertion"
    quoted = [label for label, text in choices.items() if text.lower() in reply]
    return (quoted[0], "text") if len(quoted) == 1 else None


profile = Profile(
    name="vlmevalkit",
    about="VLMEvalKit's can_infer without a judge: a label near the end, 'answer is X' up to D, or one option quoted",
    source="open-compass/VLMEvalKit@d21c5e9 vlmeval/utils/matching_util.py",
    version="1",
    read=_read,
    guesses=False,
)
