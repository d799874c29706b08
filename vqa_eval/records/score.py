"""What one answer is worth under one metric."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Score:
    """One sample's score; None means that it cannot be scored (no key), which is counted, never zero."""

    sample: str
    metric: str
    value: float | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    low: float
    high: float
