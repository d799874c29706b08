"""MedEvalKit's judge of choices: it is asked of one key whether the reply meets it, and always finds a likeness.

The answer here holds every label for which the original says yes.  Kept as they are: any text is an answer, since
the option most similar by difflib counts, so that an empty reply is the first option; what follows the last colon
is not stripped, so that "Option: B" is compared as a text; "boxed" without braces is read as the word "none".

The original is called with the options as its benchmarks hold them, some with "A. " in front, which moves the
likeness; here they are as given.
"""

from collections.abc import Sequence
from difflib import SequenceMatcher

from vqa_eval.answers.profiles.profile import Profile
from vqa_eval.records import Answer

# Each cuts off everything up to its last appearance, one after the other.
_ANNOUNCEMENTS = (
    "**answer**:",
    "**answer**",
    "*answer*:",
    "**answer:**",
    "answer is",
    "answer:",
    "答案:",
    "final answer",
)
_BOX = "\\boxed{"
_NO_BOX = "none"
_OPENED, _CLOSED = "<answer>", "</answer>"


def _read(reply: str, options: Sequence[str], labels: Sequence[str], multi: bool) -> Answer:
    texts = [text.lower() for text in options]
    letters = [chr(ord("a") + position) for position in range(len(texts))]
    said = _announced(_paragraph(reply.lower(), letters)).strip().replace("\n", "")
    head = said.split(".", 1)[0].rpartition(":")[2]
    if head in letters:
        rule, keys = "letter", {head, texts[letters.index(head)]}
    elif head in texts:
        rule, keys = "text", {head, *(letter for letter, text in zip(letters, texts, strict=True) if text == head)}
    elif texts:
        nearest = _nearest(said, texts)
        rule, keys = "likeness", {head, letters[nearest], texts[nearest]}
    else:
        return Answer("unparsed", rule="no_options")
    right = tuple(label for label in labels if label.strip().lower() in keys)
    return Answer("answered", right, rule=rule) if right else Answer("unparsed", rule=rule)


def _paragraph(reply: str, letters: Sequence[str]) -> str:
    """Return the first or the last paragraph where it is a letter ("b. because" only as the last), else the reply."""
    paragraphs = reply.split("\n\n")
    if paragraphs[0] in letters:
        return paragraphs[0]
    last = paragraphs[-1].split(".", 1)[0]
    return last if last in letters else reply


def _announced(reply: str) -> str:
    """Return what the reply puts in a box or in tags, without what stands before an announcement."""
    if "boxed" in reply:
        reply = _boxed(reply)
    elif _OPENED in reply:
        reply = _tagged(reply) or reply
    for announcement in _ANNOUNCEMENTS:
        reply = reply.split(announcement)[-1]
    return reply


def _boxed(reply: str) -> str:
    """Return what stands in the last box, braces balanced; the word "none" where no box is closed."""
    opened = reply.rfind(_BOX)
    if opened < 0:
        return _NO_BOX
    start, depth = opened + len(_BOX), 0
    for place in range(start, len(reply)):
        depth += (reply[place] == "{") - (reply[place] == "}")
        if depth < 0:
            return reply[start:place].strip()
    return _NO_BOX


def _tagged(reply: str) -> str:
    """Return what stands between the tags, all pairs joined by spaces."""
    parts = []
    rest = reply.partition(_OPENED)[2]
    while _CLOSED in rest:
        part, _, rest = rest.partition(_CLOSED)
        parts.append(part)
        rest = rest.partition(_OPENED)[2]
    return " ".join(parts).strip()


def _nearest(said: str, texts: Sequence[str]) -> int:
    """Return the position of the first text with the highest ratio; the first text where nothing is alike."""
    matcher = SequenceMatcher(None, "", said)
    best, highest = 0, 0.0
    for position, text in enumerate(texts):
        matcher.set_seq1(text)
        # The two quick ratios are upper bounds, so that most texts need no full comparison.
        if matcher.real_quick_ratio() > highest and matcher.quick_ratio() > highest:
            ratio = matcher.ratio()
            if ratio > highest:
                best, highest = position, ratio
    return best


profile = Profile(
    name="medevalkit",
    about="MedEvalKit's judge_multi_choice: every reply is an answer, by letter, by text or by likeness to an option",
    source="alibaba-damo-academy/MedEvalKit@9b12e3b utils/utils.py, with extract_boxed_content of mathruler 0.1.0",
    version="1",
    read=_read,
    guesses=False,
)
