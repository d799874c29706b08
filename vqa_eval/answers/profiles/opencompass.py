"""OpenCompass's first_option_postprocess with its cushion: the first step that finds a label anywhere decides.

Kept as they are: a missing comma in the original's list joins two phrases to one that nobody writes; "answer: b"
in lower case is passed over; a label between blanks counts at the start of the reply only; "1." and whatever
follows it counts as a list with the answer in it; at last any capital letter that is a label counts, so that
"Colon" is option C.  Phrases of the original that an earlier one always anticipates are left out.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from vqa_eval.answers.profiles.profile import Profile
from vqa_eval.records import Answer

# (rule, how the phrase begins, how it goes on), in the original's order; "@" stands for any one label.  Where a
# phrase captures more than a label, the first label of the options that is in it counts.
_STEPS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "answer_zh",
        "答案",
        (
            r"是?\s*@",
            r"是?\s*：\s*@",
            r"是?\s*:\s*@",
            r"选项应?该?是\s*@",
            r"选项应?该?为\s*@",
            r"应该?是\s*@",
            r"应该?选\s*@",
            r"选项为?\s*：\s*@",
            r"选项为?\s+\(?\*?\*?@",
            r"选项是?\s*:\s*@",
            r"为\s*@",
            r"选\s*@",
        ),
    ),
    ("choose_zh", "", (r"选择?\s*@", r"故选?\s*@只有选?项?\s?@\s?是?对")),
    ("only_zh", r"只有选?项?\s?@\s?", ("是?错", "不?正确")),
    ("statement_zh", "说法", (r"不?对选?项?的?是\s?@", r"不?正确选?项?的?是\s?@", r"错误选?项?的?是\s?@")),
    ("right_zh", "", (r"@\s?是正确的", r"@\s?是正确答案", r"选项\s?@\s?正确", r"所以答\s?@")),
    # Eight phrases of the original end where the reply ends, so they cannot disagree on the label.
    (
        "end",
        "",
        (r"(?:所[以有]\s?@[.。$]?|[\s，：:,]@[。，,.]?|(?:[\s，,：:][故即]|[是为。]\s?|(?:因此|显然)\s?)@[。.]?)\Z",),
    ),
    # Tried at the first announcement of a run without blanks and at its last word: what fails at the first fails
    # between them, and a model that repeats itself to the end costs no time.
    (
        "words_zh",
        "",
        tuple(
            rf"(?<!\S)(?>\S*?答案{verb}\s?)(\S+)(?:。|\Z)|答案{verb}\s(\S+)(?:。|\Z)" for verb in ("是", "应该是", "为")
        ),
    ),
    ("answer", "", (r"(?i:answer\s*:\s*@)",)),
    (
        "the_answer_is",
        "[Tt]he ",
        (
            r"answer is:?\s+\(?@",
            r"answer is:?\s+\(?\*?\*?@",
            r"answer is option:?\s+\(?@",
            r"correct answer is:?\s+\(?@",
            r"correct answer is option:?\s+\(?@",
        ),
    ),
    # Only the first announcement is tried (an atomic group): a later one cannot see a box that it does not.
    (
        "boxed",
        r"\A(?>.*?[Tt]he correct ",
        (r"answer is).*?boxed\{@\}", r"option is).*?boxed\{@\}", r"answer option is).*?boxed\{@\}"),
    ),
    ("the_answer_is", "[Tt]he ", (r"answer to the question is:?\s+\(?@",)),
    ("start", r"\A", (r"选项\s?@", r"@\s?选?项", r"@[\s。，,：:.$]")),
    ("list", "", (r"1.\s?(.*)",)),
    ("cushion", "", (r"@:", r"@")),
)


@lru_cache(maxsize=256)
def _steps(letters: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return rule and pattern of every step, for options with these labels."""
    label = f"([{re.escape(letters)}])"
    return tuple(
        (rule, re.compile((begin + end).replace("@", label), re.DOTALL)) for rule, begin, ends in _STEPS for end in ends
    )


def _read(reply: str, options: Sequence[str], labels: Sequence[str], multi: bool) -> Answer:
    letters = "".join(labels)
    text = reply.strip()
    for rule, pattern in _steps(letters) if letters else ():
        found = pattern.search(text)
        if found:
            captured = next(filter(None, found.groups()), found[0])
            label = next((letter for letter in letters if letter in captured), None)
            if label is not None:
                return Answer("answered", (label,), rule=rule) if label in labels else Answer("unparsed", rule=rule)
    return Answer("unparsed", rule="none")


profile = Profile(
    name="opencompass",
    about="OpenCompass's first_option_postprocess with cushion: about fifty phrases, at last any capital label letter",
    source="open-compass/opencompass release 0.5.4 opencompass/utils/text_postprocessors.py",
    version="1",
    read=_read,
    guesses=False,
)
