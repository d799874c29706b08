"""A board: the whole selection first, then a table for each axis, every number with its company."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import get_args

from vqa_eval.boards.cells import Cell, Mark, Slice
from vqa_eval.metrics import Metric, for_kind
from vqa_eval.records import Answer, BoardSpec, Kind, Node, Row, Sample, Score


@dataclass(frozen=True, slots=True)
class Judged:
    """One sample under one row, as the store gives it; answer is None without a reply."""

    answer: Answer | None
    scores: tuple[Score, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """One table: the whole selection, or one axis, under one metric of one kind of samples."""

    kind: Kind
    metric: Metric
    axis: str
    """Empty for the whole selection."""
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """Every table of a run with what identifies and limits it."""

    title: str
    sections: tuple[Section, ...]
    signatures: Mapping[int, str]
    """Row number to signature."""
    notes: tuple[str, ...]
    """What a reader must know: random weights, faults, benchmarks left out."""


def make_sections(
    spec: BoardSpec, samples: Sequence[Sample], rows: Mapping[Row, Sequence[Judged]]
) -> tuple[Section, ...]:
    """Return the tables of a board; `rows` gives for each row one entry a sample, in the samples' order.

    Every metric of a kind stands in the table of the whole selection; the axes show each kind's first one.
    """
    sections = []
    for kind in get_args(Kind):
        positions = [i for i, sample in enumerate(samples) if sample.kind == kind and sample.has_key]
        if not positions:
            continue
        metrics = for_kind(kind)
        for metric in metrics:
            whole = [Slice((), kind, metric, positions, samples)]
            sections.append(Section(kind, metric, "", _cells(whole, rows)))
        for axis in spec.axes:
            slices = _slices(axis, kind, positions, samples)
            # One benchmark is the whole selection over again.
            if slices and (axis != "benchmark" or len(slices) > 1):
                sections.append(Section(kind, metrics[0], axis, _cells(slices, rows)))
    return tuple(sections)


def light(sample: Sample) -> Sample:
    """Return the sample without the parts that a board does not read, to hold many in memory."""
    return replace(sample, question="", context="", images=())


def _slices(axis: str, kind: Kind, positions: Iterable[int], samples: Sequence[Sample]) -> list[Slice]:
    """Return a slice for every node of the axis, parents before children."""
    found: defaultdict[Node, list[int]] = defaultdict(list)
    for position in positions:
        nodes = {
            node[:depth] for node in samples[position].nodes if node[0] == axis for depth in range(2, len(node) + 1)
        }
        for node in nodes:
            found[node].append(position)
    metric = for_kind(kind)[0]
    return [Slice(node, kind, metric, found[node], samples) for node in sorted(found)]


def _cells(slices: Sequence[Slice], rows: Mapping[Row, Sequence[Judged]]) -> tuple[Cell, ...]:
    cells = []
    for piece in slices:
        for row, judged in rows.items():
            marks = [_mark(judged[position], piece.metric.name) for position in piece.positions]
            cells.append(piece.cell(row, marks))
    return tuple(cells)


def _mark(judged: Judged, metric: str) -> Mark:
    if judged.answer is None:
        return Mark(None, replied=False, answered=False)
    value = next((score.value for score in judged.scores if score.metric == metric), None)
    return Mark(value, replied=True, answered=judged.answer.status == "answered")
