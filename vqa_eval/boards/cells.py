"""Slices of a run become cells: one number of one row on one node, with everything that must stand beside it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from vqa_eval.boards.columns import Column, Marked
from vqa_eval.boards.terms import term
from vqa_eval.metrics import Metric, for_kind
from vqa_eval.metrics.baselines import Baseline, Prior, choice_baselines, constant
from vqa_eval.metrics.floors import floors
from vqa_eval.metrics.pooling import number
from vqa_eval.records import Interval, Kind, Node, Row, Sample
from vqa_eval.stats import ClusteredMean, balanced_mean, detectable_difference

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
    baselines: tuple[Baseline, ...]
    detectable: float | None = None
    """The smallest difference between two models that the node shows with a power of 80 %, if the variance of
    their difference over questions is 1/9 (Miller 2024); None where the effective n is unknown."""
    asides: tuple[Aside, ...] = ()

    @property
    def best_baseline(self) -> Baseline | None:
        """The baseline with the highest value, from the key alone; None where none is defined."""
        defined = [baseline for baseline in self.baselines if baseline.value is not None]
        return max(defined, key=lambda baseline: baseline.value or 0.0, default=None)

    @property
    def gain(self) -> float | None:
        """Value minus best baseline; None while replies are missing, since the baselines count every sample."""
        best = self.best_baseline
        if self.missing or self.value is None or best is None or best.value is None:
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


Priors = Sequence[Prior | None]


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
    def _choice_baselines(self) -> tuple[Baseline, ...]:
        return choice_baselines(found for at in self.positions if (found := self._priors[at]) is not None)

    @cached_property
    def _lopsided(self) -> bool:
        if self._kind != "choice":
            return False
        classes = Counter(found.texts for at in self.positions if (found := self._priors[at]) is not None)
        return LOPSIDED < max(classes.values(), default=0) / max(1, classes.total()) < 1.0

    def cell(self, row: Row, metric: Metric, marked: Marked, beside: Sequence[Aside] = ()) -> Cell:
        """Return the row's cell; `marked` holds every sample of the run."""
        column, replies = marked.column(metric.name), marked.replies
        replied = sum(replies.replied[at] for at in self.positions)
        answered = sum(replies.answered[at] for at in self.positions)
        mean = self._number(metric, column)
        asides = [*beside, *(self._balanced(column) if metric.name == ACCURACY else ())]
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
            baselines=self.baselines(metric),
            detectable=detectable_difference(mean.n_eff) if mean and mean.n_eff else None,
            asides=tuple(asides),
        )

    def scored(self, column: Column) -> tuple[list[int], list[float], list[str]]:
        """Return position, value and cluster of the samples that have a score."""
        scored = [at for at in self.positions if column.values[at] is not None]
        values = [value for at in scored if (value := column.values[at]) is not None]
        return scored, values, [self._samples[at].cluster for at in scored]

    def _number(self, metric: Metric, column: Column) -> ClusteredMean | None:
        scored, values, clusters = self.scored(column)
        return number(metric, values, [column.units[at] for at in scored] if metric.pool else (), clusters)

    def _balanced(self, column: Column) -> list[Aside]:
        """Return balanced accuracy where one class holds most of the key."""
        scored, values, clusters = self.scored(column)
        if not self._lopsided or not scored:
            return []
        classes = [prior.texts if (prior := self._priors[at]) else None for at in scored]
        mean = balanced_mean(values, classes, clusters)
        return [Aside("balanced", mean.mean, mean.interval)]

    def beside(self, metrics: Sequence[Metric], marked: Marked) -> list[Aside]:
        """Return what stands beside every score of a row: the given metrics, and the share of empty replies."""
        asides = []
        for metric in metrics:
            found = self._number(metric, marked.column(metric.name))
            name = term(metric.name)
            asides.append(Aside(name, found.mean if found else None, found.interval if found else None))
        replied = sum(marked.replies.replied[at] for at in self.positions)
        empty = sum(marked.replies.empty[at] for at in self.positions)
        return [*asides, Aside("empty", empty / replied if replied else None)]
