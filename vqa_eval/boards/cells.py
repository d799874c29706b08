"""Slices of a run become cells: one number of one row on one node, with everything that must stand beside it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import NamedTuple, TypeVar

from vqa_eval.boards.columns import Column, Marked
from vqa_eval.boards.terms import term
from vqa_eval.metrics import Metric, for_kind
from vqa_eval.metrics.baselines import Baseline, Prior, choice_baselines, constant
from vqa_eval.metrics.floors import floors
from vqa_eval.metrics.pooling import number
from vqa_eval.records import Interval, Kind, Node, Row, Sample
from vqa_eval.stats import ClusteredMean, balanced_mean, detectable_difference

T = TypeVar("T")

ACCURACY = "choice.accuracy"

LOPSIDED = 0.6
"""Share of one class in a node's key above which balanced accuracy stands beside accuracy."""


@dataclass(frozen=True, slots=True)
class Aside:
    """A number that stands beside a score and explains it; no cell is ranked by it."""

    name: str
    value: float | None
    interval: Interval | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One row's number on one node under one metric. A bare number never leaves the house."""

    row: Row
    metric: str
    node: Node
    """() for the whole selection."""
    n: int
    """Samples of the node that this metric applies to and that have a key."""
    clusters: int
    """Patients, slides or pictures among the scored samples."""
    value: float | None
    """Mean over the scored samples, or their pool; a reply that answers nothing counts as 0, a fault is not
    counted."""
    interval: Interval | None
    answered: float | None
    """Share of the replies that answer."""
    missing: int
    """Samples without a reply: faults, or not asked yet. Above zero the number is incomplete."""
    unscored: int
    """Samples with a reply and without a score, such as a description that was not labelled; incomplete likewise."""
    baselines: tuple[Baseline, ...]
    detectable: float | None = None
    """The smallest difference between two models that the node shows with a power of 80 %, if the variance of
    their difference over questions is 1/9 (Miller 2024); None where the effective n is unknown or shows none."""
    asides: tuple[Aside, ...] = ()
    undefined: float = 0.0
    """Share of the resamples on which the number is undefined; the interval leaves them out, and is None where they
    are more than 5 %."""

    @property
    def incomplete(self) -> bool:
        """Whether samples are not in the number."""
        return bool(self.missing or self.unscored)

    @property
    def best_baseline(self) -> Baseline | None:
        """The baseline with the highest value, from the key alone; None where none is defined."""
        defined = [baseline for baseline in self.baselines if baseline.value is not None]
        return max(defined, key=lambda baseline: baseline.value or 0.0, default=None)

    @property
    def gain(self) -> float | None:
        """Value minus best baseline; None where the number is incomplete, since the baselines count every sample."""
        best = self.best_baseline
        if self.incomplete or self.value is None or best is None or best.value is None:
            return None
        return self.value - best.value


@dataclass(frozen=True, slots=True)
class Macro:
    """One row's mean over the nodes of an axis, each as weighty as the other."""

    row: Row
    nodes: int
    """Nodes directly under the axis that have a number."""
    value: float
    interval: Interval | None
    incomplete: bool = False
    """Whether samples under the axis are not in the number."""


def _detectable(n_eff: float | None) -> float | None:
    """Return the smallest difference that a node shows; None where not even all against nothing would show."""
    found = detectable_difference(n_eff) if n_eff else None
    return found if found is not None and found <= 1.0 else None


Priors = Sequence[Prior | None]


class Scored(NamedTuple):
    """Samples that have a score under a metric, one by one."""

    positions: Sequence[int]
    values: Sequence[float]
    clusters: Sequence[str]


class Slice:
    """The samples of one node; what does not depend on a row is made once."""

    def __init__(
        self,
        node: Node,
        kind: Kind | None,
        positions: Sequence[int],
        samples: Sequence[Sample],
        priors: Priors,
    ) -> None:
        """Take the samples at `positions`, of one kind or, without it, of any; `priors` belong to all samples."""
        self.node = node
        self.positions = positions
        self._kind = kind
        self._samples = samples
        self._priors = priors
        self._floors: dict[str, tuple[Baseline, ...]] = {}

    def baselines(self, metric: Metric) -> tuple[Baseline, ...]:
        """Return what answering without looking scores under the metric, from the node's keys alone."""
        if metric.name not in self._floors:
            self._floors[metric.name] = self._baselines(metric)
        return self._floors[metric.name]

    def _baselines(self, metric: Metric) -> tuple[Baseline, ...]:
        if self._kind == "choice" and metric.name == ACCURACY:
            return self._choice_baselines
        samples = [self._samples[at] for at in self.positions]
        if self._kind == "open":
            # A constant text is scored by the kind's headline metric, and stands beside that metric only.
            return (constant(samples),) if metric == for_kind("open")[0] else ()
        return floors(samples, metric)

    @cached_property
    def _known(self) -> list[Prior]:
        return [found for found in _taken(self._priors, self.positions) if found is not None]

    @cached_property
    def _choice_baselines(self) -> tuple[Baseline, ...]:
        return choice_baselines(self._known)

    @cached_property
    def _lopsided(self) -> bool:
        if self._kind != "choice":
            return False
        classes = Counter(map(attrgetter("texts"), self._known))
        return LOPSIDED < max(classes.values(), default=0) / max(1, classes.total()) < 1.0

    @cached_property
    def _clusters(self) -> list[str]:
        return list(map(attrgetter("cluster"), _taken(self._samples, self.positions)))

    def cell(self, row: Row, metric: Metric, marked: Marked, beside: Sequence[Aside] = ()) -> Cell:
        """Return the row's cell; `marked` holds every sample of the run."""
        column, replies = marked.column(metric.name), marked.replies
        replied = sum(_taken(replies.replied, self.positions))
        answered = sum(_taken(replies.answered, self.positions))
        scored = self.scored(column)
        mean = _number(metric, column, scored)
        asides = [*beside, *(self._balanced(scored) if metric.name == ACCURACY else ())]
        return Cell(
            row=row,
            metric=metric.name,
            node=self.node,
            n=len(self.positions),
            clusters=mean.clusters if mean else 0,
            value=mean.mean if mean else None,
            interval=mean.interval if mean else None,
            answered=answered / replied if replied else None,
            missing=len(self.positions) - replied,
            unscored=replied - len(scored.values),
            baselines=self.baselines(metric),
            detectable=_detectable(mean.n_eff if mean else None),
            asides=tuple(asides),
            undefined=mean.undefined if mean else 0.0,
        )

    def scored(self, column: Column) -> Scored:
        """Return the samples that have a score."""
        found = _taken(column.values, self.positions)
        values = [value for value in found if value is not None]
        if len(values) == len(found):
            return Scored(self.positions, values, self._clusters)
        there = [at for at, value in zip(self.positions, found, strict=True) if value is not None]
        return Scored(there, values, [self._samples[at].cluster for at in there])

    def _balanced(self, scored: Scored) -> list[Aside]:
        """Return balanced accuracy where one class holds most of the key."""
        if not self._lopsided or not scored.positions:
            return []
        classes = [prior.texts if (prior := self._priors[at]) else None for at in scored.positions]
        mean = balanced_mean(scored.values, classes, scored.clusters)
        return [Aside("balanced", mean.mean, mean.interval)]

    def beside(self, metrics: Sequence[Metric], marked: Marked) -> list[Aside]:
        """Return what stands beside every score of a row: the given metrics, and the share of empty replies."""
        asides = []
        for metric in metrics:
            column = marked.column(metric.name)
            found = _number(metric, column, self.scored(column))
            name = term(metric.name)
            asides.append(Aside(name, found.mean if found else None, found.interval if found else None))
        replied = sum(_taken(marked.replies.replied, self.positions))
        empty = sum(_taken(marked.replies.empty, self.positions))
        return [*asides, Aside("empty", empty / replied if replied else None)]


def resampling_notes(cells: Sequence[Cell]) -> tuple[str, ...]:
    """Return where an interval leaves resamples out, or is not there because too many are undefined."""
    return tuple(
        f"{term(cell.metric)} of {cell.row.model}: undefined on {100 * cell.undefined:.1f} % of the resamples, "
        + ("which its interval leaves out" if cell.interval else "which leaves it without an interval")
        for cell in cells
        if cell.undefined
    )


def _number(metric: Metric, column: Column, scored: Scored) -> ClusteredMean | None:
    units = _taken(column.units, scored.positions) if metric.pool else ()
    return number(metric, scored.values, units, scored.clusters)


def _taken(things: Sequence[T], positions: Sequence[int]) -> list[T]:
    """Return the things at the positions, at the speed of the interpreter's own loops: boards do little else."""
    return list(map(things.__getitem__, positions))
