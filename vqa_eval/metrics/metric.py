"""What a metric is: a value with a name, a version and a pure score for one sample."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from vqa_eval.records import Answer, Kind, Sample


@dataclass(frozen=True, slots=True)
class Metric:
    """How one answer is scored; the mean over samples is the number of a node."""

    name: str
    """module.attribute under vqa_eval.metrics: the name is the registry."""
    version: str
    """Changes with every change that can move a score; part of a number's signature."""
    better: Literal["higher", "lower"]
    kinds: tuple[Kind, ...]
    """Kinds of sample that it can score."""
    about: str
    """One sentence for tables and for help."""
    score: Callable[[Sample, Answer], float | None]
    """One sample's score in [0, 1]; None where the sample has no key to score against."""
