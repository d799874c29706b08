"""MMMU's own scorer: the last "(B)", else the last " B ", else the last option quoted in a longer reply, else a draw.

Kept as they are: "A" as an article is option A; an empty reply is a draw; lower-case labels are not seen; of
bracketed and bare labels only the bracketed are looked at, even where they list the options.
"""

from collections.abc import Iterator, Sequence

from vqa_eval.answers.profiles.profile import GUESS, Profile
from vqa_eval.records import Answer

_MARKS = ",.!?;:'"
_QUOTING_WORDS = 6
"""Option texts are looked for in replies of at least so many words."""


def _read(reply: str, options: Sequence[str], labels: Sequence[str], multi: bool) -> Answer:
    for mark in _MARKS:
        reply = reply.strip(mark)
    for rule, text, wanted in _looks(f" {reply} ", dict(zip(labels, options, strict=False))):
        places = {label: place for label, words in wanted.items() if (place := text.rfind(words)) >= 0}
        if places:
            return Answer("answered", (max(places, key=lambda label: places[label]),), rule=rule)
    return Answer("unparsed", rule=GUESS)


def _looks(reply: str, choices: dict[str, str]) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Yield each look's name, the text it searches, and what it looks for by label, in the original's order."""
    yield "bracket", reply, {label: f"({label})" for label in choices}
    yield "bare", reply, {label: f" {label} " for label in choices}
    if len(reply.split()) >= _QUOTING_WORDS:
        yield "text", reply.lower(), {label: text.lower() for label, text in choices.items()}


profile = Profile(
    name="mmmu",
    about="MMMU's parse_multi_choice_response: the last (B), B or quoted option; it guesses where it finds none",
    source="MMMU-Benchmark/MMMU@44b45b5 eval/eval_utils.py",
    version="1",
    read=_read,
    guesses=True,
)
