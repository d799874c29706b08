"""What one answer is worth under one metric."""

from dataclasses import dataclass

Unit = tuple[float | str, ...]
"""One sample's part of a corpus measure: n-gram counts, a pair of labels, a confidence and a hit."""


@dataclass(frozen=True, slots=True)
class Score:
    """One sample's score; None means that it cannot be scored (no key), which is counted, never zero."""

    sample: str
    metric: str
    value: float | None
    unit: Unit = ()
    """What a corpus measure pools over; empty for metrics whose number is the mean of the values."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float
