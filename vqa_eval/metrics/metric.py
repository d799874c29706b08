"""What a metric is: a value with a name, a version, a pure score for one sample and a way to pool samples."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from vqa_eval.records import Answer, Kind, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray

Labels = Callable[[str], str | None]
"""From a text to what a labelling engine said of it, as the engine wrote it; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Metric:
    """How answers are scored; the number of a node is the mean over its samples, or the pool of their units."""

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
    """One sample's score; None where the sample has no key to score against."""
    top: float | None = 1.0
    """The largest score of a sample (the smallest is 0); None where there is no bound."""
    unit: Callable[[Sample, Answer], Unit | None] | None = None
    """For a corpus measure: one sample's part of it, all parts of one length; None where it has no key."""
    coded: "Callable[[Sequence[Unit]], ndarray] | None" = None
    """For a corpus measure of texts: units as numbers, a row a sample; made once, however often they are resampled."""
    pool: "Callable[[ndarray], float | None] | None" = None
    """For a corpus measure: the number of units, given as `coded` makes them, else as an array of shape
    (samples, parts), of floats where the parts are numbers and of objects otherwise; None where it is undefined."""
    fit: "Callable[[Sequence[Sample]], Metric] | None" = None
    """For a measure that depends on the other samples of the run (document frequencies): the metric that
    knows them; a metric that is not fitted scores nothing."""
    resampled: bool = True
    """For a corpus measure: whether percentiles of resamples hold its number; those of a biased one do not, and
    it has no interval."""
    setting: str = ""
    """What the number depends on beyond name and version, in sacrebleu's form: "case:lc|tok:13a|impl:…"."""
    needs_shares: bool = False
    """Whether it is about the probabilities of the options, which only some ways to ask a model bring."""
    missing: Callable[[], str] | None = None
    """Says what to install where the metric cannot be computed on this machine; empty where it can."""
    labeller: str = ""
    """For a measure over what a labelling engine said of the texts: the engine's scheme, such as "chexbert"."""
    bind: "Callable[[Labels], Metric] | None" = None
    """For such a measure: the metric that knows the labels; one that is not bound scores nothing."""
