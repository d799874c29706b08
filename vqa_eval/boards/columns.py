"""What one row made of every sample of a run under one metric, in the samples' order: a column of numbers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from vqa_eval.records import Answer, Score, Unit


@dataclass(frozen=True, slots=True)
class Judged:
    """One sample under one row, as the store gives it; answer is None without a reply."""

    answer: Answer | None
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """The values of one metric; `values[i]` belongs to the run's sample i."""

    values: Sequence[float | None]
    """None: no reply, or nothing to score against."""
    units: Sequence[Unit]
    """What a corpus measure pools; empty tuples elsewhere."""


@dataclass(frozen=True, slots=True)
class Replies:
    """Which samples have a reply, and how it ended."""

    replied: Sequence[bool]
    answered: Sequence[bool]
    empty: Sequence[bool]


class Marked:
    """What one row made of every sample; its columns are made once, whatever asks for them."""

    def __init__(self, judged: Sequence[Judged]) -> None:
        """Take one entry a sample, in the samples' order."""
        self.judged = judged
        self._columns: dict[str, Column] = {}

    def column(self, metric: str) -> Column:
        """Return the column of a metric."""
        if metric not in self._columns:
            self._columns[metric] = column(self.judged, metric)
        return self._columns[metric]

    @cached_property
    def replies(self) -> Replies:
        """Which samples have a reply, an answer, and a reply that says nothing."""
        statuses = [entry.answer.status if entry.answer else None for entry in self.judged]
        return Replies(
            [status is not None for status in statuses],
            [status == "answered" for status in statuses],
            [status == "empty" for status in statuses],
        )


def column(judged: Iterable[Judged], metric: str) -> Column:
    """Return the column of a metric."""
    values: list[float | None] = []
    units: list[Unit] = []
    for entry in judged:
        for score in entry.scores:
            if score.metric == metric:
                values.append(score.value)
                units.append(score.unit)
                break
        else:
            values.append(None)
            units.append(())
    return Column(values, units)
