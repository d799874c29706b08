"""The verdict on one reply: what was answered, by which rule it was read, and where it stands."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["answered", "refused", "hedged", "conflict", "out_of_range", "truncated", "empty", "unparsed"]
"""How a reply ended; only `answered` carries an answer, and none is ever a guess."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on one reply."""

    status: Status
    letters: tuple[str, ...] = ()
    """Labels of the chosen options, in the options' order; empty unless answered. Open samples have none."""
    text: str = ""
    """The answer text of an open or caption sample, reasoning and wrappers removed."""
    rule: str = ""
    """Name of the rule that decided."""
    span: tuple[int, int] | None = None
    """Characters of the reply that the rule read, from and to."""
    shares: tuple[float, ...] = ()
    """Probability of each option in the options' order, summing to one; empty where the reply brings none."""
