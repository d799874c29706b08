"""What one check found, and how bad that is."""

from dataclasses import dataclass, field
from typing import Literal

Grade = Literal["wrong", "odd", "fine"]
"""wrong: scores on it would not mean what they say; odd: a person should know; fine: nothing was found."""

SHOWN = 5
"""Names that a finding gives as examples."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found in a benchmark."""

    check: str
    """What was looked for: "pictures not at hand"."""
    grade: Grade
    count: int
    """How often it was found."""
    of: int
    """Among how many it was looked for."""
    said: str = ""
    """What it means, or the figures behind it."""
    examples: tuple[str, ...] = ()
    """The first places: sample ids, or names."""


@dataclass(slots=True)
class Tally:
    """A finding that is still being counted."""

    check: str
    grade: Grade
    """The grade where the count is not 0."""
    said: str = ""
    count: int = 0
    of: int = 0
    examples: list[str] = field(default_factory=list)

    def look(self, found: bool, example: str) -> None:
        """Count one thing that was looked at, and whether the fault was found there."""
        self.of += 1
        if found:
            self.count += 1
            if len(self.examples) < SHOWN:
                self.examples.append(example)

    def finding(self) -> Finding:
        """Return what was found."""
        grade: Grade = self.grade if self.count else "fine"
        return Finding(self.check, grade, self.count, self.of, self.said if self.count else "", tuple(self.examples))
