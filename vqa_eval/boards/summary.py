"""A run over several benchmarks at a glance: a row a model, a column a benchmark, and never two kinds in one number."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from vqa_eval.boards.cells import Cell, Macro, Slice
from vqa_eval.boards.columns import Judged, Marked
from vqa_eval.boards.places import by_place, place_name, place_of, pools
from vqa_eval.metrics import Metric, for_kind
from vqa_eval.metrics.baselines import Baseline, prior
from vqa_eval.records import Kind, Row, Sample
from vqa_eval.stats import macro_mean

HEADLINES: Mapping[Kind, int] = {"choice": 1, "open": 2, "caption": 1}
"""How many metrics of each kind, the headline first, are shown: exact match alone hides what is nearly right."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A column: a benchmark, or the part of one that its publisher reports apart."""

    name: str
    n: int
    clusters: int
    """Patients, slides or pictures among all n samples."""


@dataclass(frozen=True, slots=True)
class Glance:
    """One row over all columns."""

    row: Row
    cells: tuple[Cell, ...]
    """A cell a column."""
    whole: Cell | None
    """Over the samples of all columns; None where some are parts of one benchmark, which are never pooled."""
    macro: Macro | None
    """The mean of the columns, each as weighty as the other; None where one of them has no number."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One kind under one metric: a line a row, a column a benchmark."""

    kind: Kind
    metric: Metric
    spots: tuple[Spot, ...]
    whole: Spot | None
    glances: tuple[Glance, ...]

    @property
    def baselines(self) -> Mapping[str, Sequence[Baseline | None]]:
        """Baseline to its value in each column."""
        cells = self.glances[0].cells
        names = dict.fromkeys(entry.name for cell in cells for entry in cell.baselines)
        return {
            name: [next((entry for entry in cell.baselines if entry.name == name), None) for cell in cells]
            for name in names
        }


def make_summaries(samples: Sequence[Sample], rows: Mapping[Row, Sequence[Judged]]) -> tuple[Summary, ...]:
    """Return a summary for each kind and headline metric; none where all samples are of one benchmark or part."""
    if len({place_of(sample) for sample in samples}) < 2 or not rows:
        return ()
    priors = [prior(sample) for sample in samples]
    marked = {row: Marked(judged) for row, judged in rows.items()}
    summaries = []
    for kind in get_args(Kind):
        positions = [at for at, sample in enumerate(samples) if sample.kind == kind and sample.has_key]
        if positions:
            places = by_place(positions, samples)
            slices = [Slice(place, kind, found, samples, priors) for place, found in places.items()]
            pooled = () in pools(positions, samples)
            whole = Slice((), kind, positions, samples, priors) if pooled and len(places) > 1 else None
            for metric in for_kind(kind)[: HEADLINES[kind]]:
                glances = tuple(_glance(row, metric, entry, slices, whole) for row, entry in marked.items())
                spots = tuple(_spot(piece, samples) for piece in slices)
                everything = _spot(whole, samples) if whole else None
                summaries.append(Summary(kind, metric, spots, everything, glances))
    return tuple(summaries)


def _spot(piece: Slice, samples: Sequence[Sample]) -> Spot:
    clusters = len({samples[at].cluster for at in piece.positions})
    return Spot(place_name(piece.node) or "all", len(piece.positions), clusters)


def _glance(row: Row, metric: Metric, marked: Marked, slices: Sequence[Slice], whole: Slice | None) -> Glance:
    cells = tuple(piece.cell(row, metric, marked) for piece in slices)
    if whole is None:
        return Glance(row, cells, None, None)
    scored = [piece.scored(marked.column(metric.name)) for piece in slices]
    if not all(found.values for found in scored):
        return Glance(row, cells, whole.cell(row, metric, marked), None)
    mean = macro_mean([(found.values, found.clusters) for found in scored])
    macro = Macro(row, len(scored), mean.macro, mean.interval)
    return Glance(row, cells, whole.cell(row, metric, marked), macro)
