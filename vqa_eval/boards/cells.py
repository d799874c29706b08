"""Slices of a run become cells: one number of one row on one node, with everything that must stand beside it."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from vqa_eval.metrics import Metric, for_kind
from vqa_eval.metrics.baselines import (
    Baseline,
    constant,
    longest_option,
    majority_letter,
    majority_text,
    uniform,
)
from vqa_eval.records import Interval, Kind, Node, Row, Sample
from vqa_eval.stats import mean_interval


@dataclass(frozen=True, slots=True)
class Mark:
    """What one row made of one sample under one metric."""

    value: float | None
    """None: no reply, or nothing to score against."""
    replied: bool
    answered: bool


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
    """Mean over the scored samples; a reply that answers nothing counts as 0, a fault is not counted."""
    interval: Interval | None
    answered: float | None
    """Share of the replies that answer."""
    missing: int
    """Samples without a reply: faults, or not asked yet. Above zero the number is incomplete."""
    baselines: tuple[Baseline, ...]

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


class Slice:
    """The samples of one node that one metric applies to; what does not depend on a row is made once."""

    def __init__(
        self, node: Node, kind: Kind, metric: Metric, positions: Sequence[int], samples: Sequence[Sample]
    ) -> None:
        """Take the samples at `positions`, all of one kind."""
        self.node = node
        self.metric = metric
        self._kind = kind
        self.positions = positions
        self._samples = samples

    @cached_property
    def baselines(self) -> tuple[Baseline, ...]:
        """What answering without looking scores under this metric, from the node's keys alone.

        Each is taken benchmark by benchmark and pooled: a prior knows which benchmark it is asked.
        """
        if self._kind == "choice":
            return tuple(self._pooled(way) for way in (uniform, majority_letter, majority_text, longest_option))
        # A constant text is scored by the kind's headline metric, and stands beside that metric only.
        return (self._pooled(constant),) if self.metric == for_kind(self._kind)[0] else ()

    def _pooled(self, way: Callable[[Sequence[Sample]], Baseline]) -> Baseline:
        groups: dict[str, list[Sample]] = {}
        for position in self.positions:
            sample = self._samples[position]
            groups.setdefault(sample.benchmark, []).append(sample)
        parts = [way(group) for group in groups.values()]
        total = sum(part.n for part in parts)
        value = math.fsum(part.value * part.n for part in parts if part.value is not None) / total if total else None
        return Baseline(parts[0].name, value, total)

    def cell(self, row: Row, marks: Sequence[Mark]) -> Cell:
        """Return the row's cell; `marks` says what the row made of the sample at each position."""
        scored = [(at, mark.value) for at, mark in zip(self.positions, marks, strict=True) if mark.value is not None]
        values = [value for _, value in scored]
        clusters = [self._samples[at].cluster for at, _ in scored]
        replied = sum(mark.replied for mark in marks)
        answered = sum(mark.answered for mark in marks)
        mean = mean_interval(values, clusters) if values else None
        return Cell(
            row=row,
            metric=self.metric.name,
            node=self.node,
            n=len(self.positions),
            clusters=len(set(clusters)),
            value=mean.mean if mean else None,
            interval=mean.interval if mean else None,
            answered=answered / replied if replied else None,
            missing=len(self.positions) - replied,
            baselines=self.baselines,
        )
