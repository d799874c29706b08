"""A cleaned reply opened beside its options, with what every rule needs: words, mentions, sentences."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.folding import Token
from vqa_eval.answers.options import Mention, Options
from vqa_eval.answers.passage import Passage
from vqa_eval.records import Status

_SENTENCE_END = expression(r"(?<!\bi\.e)(?<!\be\.g)(?<!\bvs)[.!?]+(?=[\s\"')\]]|\Z)|[;\n]|[\u0080-\uffff]\.(?=\s)")


_ANNOUNCES = expression(
    r"(?i)(?:\b(?:each|every|all|the|these|given|available|answer)\s+(?:of\s+the\s+)?(?:\w+\s+)?(?:options|choices)|"
    r"\b(?:each|every)\s+(?:\w+\s+)?(?:option|choice|one)|\boptions|\bone\s+by\s+one|\bin\s+turn)(?:\s+\w+){0,4}\s*:\Z"
)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule concluded: how the reply ended, the options it named, the text that says so."""

    status: Status
    chosen: tuple[int, ...] = ()
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Slot:
    """What stands in an answer's place."""

    chosen: tuple[int, ...]
    """Positions of the options named; -1 for a label that is none of this question's."""
    start: int
    end: int
    said: Literal["label", "text"] = "label"
    """text where the option's words are there."""
    joined_by_or: bool = False
    against: bool = False
    """Whether the words behind the label are another option's."""


class Page:
    """The cleaned reply beside its options; nothing on it changes."""

    def __init__(self, passage: Passage, options: Options, multi: bool, finish: str = "") -> None:
        self.passage = passage
        self.text = passage.text
        self.options = options
        self.multi = multi
        self.cut_short = finish == "length"
        self.lower = self.text.lower()
        self._remembered: dict[str, list[Slot]] = {}

    def part(self, start: int, end: int | None = None) -> "Page":
        """Return a page with only a part of the text."""
        whole = end is None or end >= len(self.text)
        finish = "length" if self.cut_short and whole else ""
        return Page(self.passage.cut(start, end), self.options, self.multi, finish)

    def holds(self, *pieces: str) -> bool:
        """Whether the text holds any of the pieces, in whatever case: far cheaper than a pattern that cannot match."""
        return any(piece in self.lower for piece in pieces)

    def remember(self, name: str, make: Callable[["Page"], list[Slot]]) -> list[Slot]:
        """Return what was found on this page under a name; looked for once, however many rules ask."""
        if name not in self._remembered:
            self._remembered[name] = make(self)
        return self._remembered[name]

    @cached_property
    def tokens(self) -> list[Token]:
        """The words of the text."""
        return self.options.tokens(self.text)

    @cached_property
    def mentions(self) -> list[Mention]:
        """Where options stand in the text by their words."""
        return self.options.mentions(self.text, self.tokens)

    @cached_property
    def _mention_starts(self) -> list[int]:
        return [mention.start for mention in self.mentions]

    def mention_at(self, place: int) -> Mention | None:
        """Return the option whose words begin exactly there."""
        at = bisect_left(self._mention_starts, place)
        if at < len(self.mentions) and self.mentions[at].start == place:
            return self.mentions[at]
        return None

    def first_mention(self, start: int, end: int) -> Mention | None:
        """Return the first option whose words begin between two places, both of them included."""
        at = bisect_left(self._mention_starts, start)
        return self.mentions[at] if at < len(self.mentions) and self.mentions[at].start <= end else None

    @cached_property
    def _sentence_ends(self) -> list[int]:
        return [match.end() for match in _SENTENCE_END.finditer(self.text)]

    def sentence(self, place: int) -> tuple[int, int]:
        """Return where the sentence around a place begins and ends."""
        ends = self._sentence_ends
        at = bisect_right(ends, place)
        return (ends[at - 1] if at else 0), (ends[at] if at < len(ends) else len(self.text))

    def before(self, place: int, most: int = 300) -> str:
        """Return what stands before a place in its sentence, the last so many characters of it."""
        return self.text[max(self.sentence(place)[0], place - most) : place]

    def asks(self, place: int) -> bool:
        """Whether the sentence around a place is a question."""
        end = self.sentence(place)[1]
        return self.text[max(0, end - 20) : end].rstrip("\"') \n").endswith("?")

    def announced(self, place: int) -> bool:
        """Whether the line before a place says that options will be gone through: "let us look at each option:"."""
        before = self.text[max(0, place - 200) : place].rstrip(" \n\t*-•#([")
        return _ANNOUNCES.search(before) is not None

    def choose(self, slots: Sequence[Slot]) -> Finding:
        """Return what slots that are read together amount to.

        Several options are an answer only where several are asked for and no "or" joins them.
        """
        start, end = slots[0].start, slots[-1].end
        if any(slot.against for slot in slots):
            return Finding("conflict", (), start, end)
        chosen = tuple(sorted({index for slot in slots for index in slot.chosen}))
        if chosen == (-1,):
            return Finding("out_of_range", (), start, end)
        if len(chosen) == 1:
            return Finding("answered", chosen, start, end)
        if self.multi and chosen[0] >= 0 and not any(slot.joined_by_or for slot in slots):
            return Finding("answered", chosen, start, end)
        # The labels in a row from the first are the list of options, not a choice between them.
        listed = len(chosen) > 2 and chosen == tuple(range(len(chosen)))
        return Finding("unparsed" if listed and not self.multi else "hedged", (), start, end)
