"""A board: the whole selection first, then a table for each axis, every number with its company."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple, get_args

from vqa_eval.boards.cells import Aside, Cell, Macro, Priors, Slice, resampling_notes
from vqa_eval.boards.checks import Check
from vqa_eval.boards.columns import Judged, Marked
from vqa_eval.boards.places import AXIS, by_place, place_name, pools
from vqa_eval.boards.summary import Summary
from vqa_eval.metrics import Metric, beside, find, for_kind, for_shares, profile_of
from vqa_eval.metrics.baselines import prior
from vqa_eval.records import BoardSpec, Kind, Node, Row, Sample
from vqa_eval.stats import Rank, macro_mean, rank_bootstrap

OWN = "own"
"""The profile of a benchmark's own measures."""


@dataclass(frozen=True, slots=True)
class Section:
    """One table: the whole selection under every metric of a kind, an axis under the headline, or own measures."""

    kind: str
    """Of the samples; several are joined by "and" where a benchmark's own measures take them together."""
    metrics: tuple[Metric, ...]
    axis: str
    """Empty for the whole selection."""
    cells: tuple[Cell, ...]
    profile: str = "default"
    """Whose way of scoring it is; metrics of two profiles never share a table."""
    macros: tuple[Macro, ...] = ()
    """One for each row below the nodes of an axis, where there are several."""
    ranking: Mapping[int, Rank] = field(default_factory=dict)
    """Row number to its rank by the headline metric on the samples that every row has a score on; of the whole
    selection only, and only where there are several rows."""
    benchmark: str = ""
    """The benchmark, or part of one, that the table is of; empty where it is of the whole selection."""
    notes: tuple[str, ...] = ()
    """Why a number or an interval is not there."""


@dataclass(frozen=True, slots=True)
class Board:
    """Every table of a run with what identifies and limits it."""

    title: str
    sections: tuple[Section, ...]
    signatures: Mapping[int, str]
    """Row number to signature."""
    notes: tuple[str, ...]
    """What a reader must know: random weights, faults, benchmarks left out."""
    checks: tuple[Check, ...] = ()
    """What the answers rest on: other readers, channels, orders of the options, pictures, draws."""
    summaries: tuple[Summary, ...] = ()
    """The benchmarks side by side, where there are several."""
    own: tuple[Section, ...] = ()
    """What benchmarks are reported in themselves."""


def make_sections(
    spec: BoardSpec,
    samples: Sequence[Sample],
    rows: Mapping[Row, Sequence[Judged]],
    apart: Set[str] = frozenset(),
) -> tuple[Section, ...]:
    """Return the tables of a board; `rows` gives for each row one entry a sample, in the samples' order.

    Every metric of a kind stands in the table of the whole selection, but for those that stand `apart` because
    only some benchmarks are scored by them; the axes show each kind's first one. Where a benchmark is there in
    several parts, each place has those tables for itself, and no number is over several places.
    """
    run = _Run(spec, samples, [prior(sample) for sample in samples], {row: Marked(each) for row, each in rows.items()})
    sections = []
    for kind in get_args(Kind):
        positions = [i for i, sample in enumerate(samples) if sample.kind == kind and sample.has_key]
        if positions:
            pooled = pools(positions, samples)
            sections += [table for place in pooled for table in _whole(run, kind, place, pooled[place], apart)]
            sections += _axes(run, kind, pooled, by_place(positions, samples))
    return tuple(sections)


class _Run(NamedTuple):
    """What the tables are made of."""

    spec: BoardSpec
    samples: Sequence[Sample]
    priors: Priors
    rows: Mapping[Row, Marked]


def _whole(run: _Run, kind: Kind, place: Node, positions: Sequence[int], apart: Set[str]) -> Iterator[Section]:
    """Yield the tables of samples that are pooled, one a profile."""
    whole = Slice(place, kind, positions, run.samples, run.priors)
    for profile, metrics in _by_profile(kind, run.rows, positions, apart).items():
        ranking = _ranking(metrics[0], run.rows, positions, run.samples) if profile == "default" else {}
        cells = _cells([whole], metrics, run.rows, kind)
        notes = resampling_notes(cells)
        yield Section(kind, metrics, "", cells, profile, ranking=ranking, benchmark=place_name(place), notes=notes)


def _axes(
    run: _Run, kind: Kind, pooled: Mapping[Node, Sequence[int]], places: Mapping[Node, Sequence[int]]
) -> Iterator[Section]:
    """Yield the tables of the axes; the parts of a benchmark stand in one table, and have no mean."""
    headline = for_kind(kind)[:1]
    alike = {place: _alike(positions, run.samples) for place, positions in pooled.items()}
    for axis in run.spec.axes:
        tables = {(): places} if axis == AXIS else {place: _on_axis(axis, alike[place]) for place in pooled}
        for place, nodes in tables.items():
            # One benchmark is the whole selection over again.
            if len(nodes) > (axis == AXIS):
                slices = [Slice(node, kind, nodes[node], run.samples, run.priors) for node in sorted(nodes)]
                top = [piece for piece in slices if axis == AXIS or len(piece.node) == 2]
                macros = _macros(top, headline[0], run.rows) if place in pooled else ()
                cells = _cells(slices, headline, run.rows, kind)
                yield Section(kind, headline, axis, cells, macros=macros, benchmark=place_name(place))


def _alike(positions: Sequence[int], samples: Sequence[Sample]) -> dict[tuple[Node, ...], list[int]]:
    """Return the samples by all their nodes: there are far fewer of these than samples."""
    groups: defaultdict[tuple[Node, ...], list[int]] = defaultdict(list)
    for at in positions:
        groups[samples[at].nodes].append(at)
    return groups


def _by_profile(
    kind: Kind, rows: Mapping[Row, Marked], positions: Sequence[int], apart: Set[str]
) -> dict[str, tuple[Metric, ...]]:
    """Return the metrics of a kind by profile, as far as the rows were scored by them; ours first."""
    known = for_kind(kind)
    shares = {metric.name for metric in for_shares()}  # of log-probabilities, which stand in a check of their own
    names = {
        score.metric
        for marked in rows.values()
        for score in next((marked.judged[at].scores for at in positions if marked.judged[at].answer), ())
    }
    found: defaultdict[str, list[Metric]] = defaultdict(list, {"default": [*known]})
    for name in sorted(names - shares - apart - {metric.name for metric in known}):
        found[profile_of(name)].append(find(name))
    aside = beside(kind)
    return {profile: tuple(metric for metric in metrics if metric not in aside) for profile, metrics in found.items()}


def _ranking(
    metric: Metric, rows: Mapping[Row, Marked], positions: Sequence[int], samples: Sequence[Sample]
) -> dict[int, Rank]:
    if len(rows) < 2 or metric.pool is not None:
        return {}
    columns = [marked.column(metric.name).values for marked in rows.values()]
    common = [at for at in positions if all(values[at] is not None for values in columns)]
    if not common:
        return {}
    scores = [[values[at] or 0.0 for at in common] for values in columns]
    ranking = rank_bootstrap(scores, [samples[at].cluster for at in common])
    return {row.number: rank for row, rank in zip(rows, ranking.ranks, strict=True)}


def _on_axis(axis: str, groups: Mapping[tuple[Node, ...], Sequence[int]]) -> dict[Node, list[int]]:
    """Return the samples of every node of the axis; a parent has those of its children."""
    found: defaultdict[Node, list[int]] = defaultdict(list)
    for nodes, positions in groups.items():
        for above in {node[:depth] for node in nodes if node[0] == axis for depth in range(2, len(node) + 1)}:
            found[above] += positions
    return {node: sorted(positions) for node, positions in found.items()}


def _cells(
    slices: Sequence[Slice], metrics: Sequence[Metric], rows: Mapping[Row, Marked], kind: Kind
) -> tuple[Cell, ...]:
    """Return the cells slice by slice, in each row by row, in each metric by metric."""
    aside = beside(kind)
    cells = []
    for piece in slices:
        for row, marked in rows.items():
            by: list[Aside] = piece.beside(aside, marked) if aside else []
            cells += [piece.cell(row, metric, marked, by) for metric in metrics]
    return tuple(cells)


def _macros(top: Sequence[Slice], metric: Metric, rows: Mapping[Row, Marked]) -> tuple[Macro, ...]:
    macros = []
    for row, marked in rows.items() if len(top) > 1 and metric.pool is None else ():
        column = marked.column(metric.name)
        scored = [(one.values, one.clusters) for piece in top if (one := piece.scored(column)).values]
        if len(scored) > 1:
            mean = macro_mean(scored)
            incomplete = sum(map(len, (values for values, _ in scored))) < sum(len(piece.positions) for piece in top)
            macros.append(Macro(row, len(scored), mean.macro, mean.interval, incomplete))
    return tuple(macros)
