"""Stored runs side by side: rows are joined on the samples they share, and nothing unlike is ranked silently."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import get_args

from vqa_eval.boards import Judged
from vqa_eval.boards.comparison import Comparison, Pair, make_comparison
from vqa_eval.boards.places import AXIS, place_name, pools
from vqa_eval.errors import CatalogError, StoreError
from vqa_eval.pipeline.mark import refresh
from vqa_eval.pipeline.rank import judged
from vqa_eval.pipeline.signature import signature
from vqa_eval.records import Kind, Node, Row, Sample
from vqa_eval.records.codec import to_text
from vqa_eval.store import Reading, RunStore

OWN = frozenset({"model", "rev", "engine", "pictures"})
"""Parts of a signature in which models may differ and still be compared."""


FEW = 10
"""Clusters below which percentiles of resampled ranks claim more than they know."""


@dataclass(frozen=True, slots=True)
class Compared:
    """Every comparison of some rows, with what a reader must know."""

    comparisons: tuple[Comparison, ...]
    signatures: dict[str, str]
    """Name of a row to its signature."""
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    row: Row
    store: RunStore
    signature: str


def compare(folders: Sequence[Path], axes: Sequence[str], against: str = "") -> Compared:
    """Compare every row of some runs on the samples that all of them have a score on.

    Where a benchmark is there in several parts, each benchmark or part is compared by itself: they are never pooled.
    `against` names a model: only the pairs with its rows are tested, which costs the others no power. Raises
    StoreError where runs share no samples or hold different samples under one id, and CatalogError where
    `against` is none of the rows.
    """
    entries = _entries(folders)
    if len(entries) < 2:
        raise StoreError("one row cannot be compared", "give another run, or ask several models at once")
    notes = _unlike(entries)
    samples, rows, alone = _joined(entries)
    if alone:
        notes.append(f"{alone:,} samples are left out, because not every run has them")
    comparisons = tuple(_comparisons(entries, axes, _pairs(entries, against), samples, rows))
    if not comparisons:
        raise StoreError("no sample has a score in every row", "vqa-eval board RUN shows what each run holds")
    if any(comparison.benchmark for comparison in comparisons):
        notes.append("a benchmark is there in parts: each is compared by itself, never pooled, and p is adjusted in it")
    for comparison in comparisons:
        about = f"{comparison.kind} of {comparison.benchmark}" if comparison.benchmark else comparison.kind
        if comparison.clusters < FEW:
            notes.append(f"{about}: {comparison.clusters} clusters are few; ranks by resampling are too sure")
        if comparison.nodes and not any(one.p is not None for one in comparison.nodes):
            notes.append(f"{about}: no node of the map has the clusters that a test needs")
    return Compared(comparisons, {entry.name: entry.signature for entry in entries}, tuple(notes))


def _comparisons(
    entries: Sequence[_Entry],
    axes: Sequence[str],
    pairs: Sequence[Pair] | None,
    samples: Sequence[Sample],
    rows: Sequence[Sequence[Judged]],
) -> Iterator[Comparison]:
    """Yield what can be compared: each kind, and of it each place where a benchmark is there in parts."""
    names = tuple(entry.name for entry in entries)
    for kind in get_args(Kind):
        positions = [at for at, sample in enumerate(samples) if sample.kind == kind and sample.has_key]
        for place, found in pools(positions, samples).items():
            some = [samples[at] for at in found]
            nodes = _nodes([axis for axis in axes if axis != AXIS or not place], some)
            judgements = [[row[at] for at in found] for row in rows]
            comparison = make_comparison(kind, names, some, judgements, pairs=pairs, nodes=nodes)
            if comparison is not None:
                yield replace(comparison, benchmark=place_name(place))


def _entries(folders: Sequence[Path]) -> list[_Entry]:
    entries = []
    for folder in dict.fromkeys(folder.resolve() for folder in folders):
        store = RunStore.open(folder)
        refresh(store)
        manifest, marked_by = store.manifest, store.marks.marked_by
        entries += [
            _Entry(f"{row.model} · {row.prompt}", row, store, signature(row, manifest, marked_by))
            for row in store.rows()
        ]
    count = Counter(entry.name for entry in entries)
    # Rows of one name are told apart by their run, and runs of one name by their whole path.
    folders_named = {entry.store.folder.name for entry in entries}
    short = len(folders_named) == len({entry.store.folder for entry in entries})
    return [
        replace(entry, name=f"{entry.name} ({entry.store.folder.name if short else entry.store.folder})")
        if count[entry.name] > 1
        else entry
        for entry in entries
    ]


def _unlike(entries: Sequence[_Entry]) -> list[str]:
    """Return in what the rows differ beside their models.

    The rules and the metrics that are compared are today's in all of them; one may be scored by further ones.
    """
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for entry in entries:
        for part in entry.signature.split("|"):
            name, _, value = part.partition(":")
            parts[name].add(value)
            if name == "pictures":  # models may be sent other sizes, but a benchmark has one pipeline
                own = [said for said in value.split("+") if "=" in said and not said.startswith("side<=")]
                parts["the benchmarks' pictures"].add("+".join(own) or "as they are")
    differing = [name for name, values in parts.items() if len(values) > 1 and name not in {*OWN, "metrics"}]
    return [f"the rows differ in {name}: {', '.join(sorted(parts[name]))}" for name in differing]


def _joined(entries: Sequence[_Entry]) -> tuple[list[Sample], list[list[Judged]], int]:
    """Return the samples that every run has, what each row made of them, and how many some run lacks."""
    stores = list({id(entry.store): entry.store for entry in entries}.values())
    bodies: list[dict[str, str]] = [{sample.id: _asked(sample) for sample in store.samples()} for store in stores]
    # In the order of their ids, so that the resamples do not depend on the order of the runs.
    shared = sorted(set(bodies[0]).intersection(*bodies[1:]))
    if not shared:
        raise StoreError("the runs share no sample", "compare runs over the same node of the tree")
    for sample in shared:
        if len({others[sample] for others in bodies}) > 1:
            raise StoreError(
                f"sample {sample} is not the same in all runs", "the data have changed between them: ask again"
            )
    wanted = set(shared)
    samples = {sample.id: sample for sample in stores[0].samples(light=True) if sample.id in wanted}
    rows = []
    for entry in entries:
        made = dict(zip(entry.store.ids(), judged(entry.store, Reading(entry.row.number)), strict=True))
        rows.append([made[sample] for sample in shared])
    return [samples[sample] for sample in shared], rows, len(set().union(*bodies)) - len(shared)


def _asked(sample: Sample) -> str:
    """Return what must be equal for two runs to have asked the same: pictures are told by their digests."""
    return to_text(replace(sample, nodes=(), cluster=""))


def _pairs(entries: Sequence[_Entry], against: str) -> list[Pair] | None:
    if not against:
        return None
    base = [at for at, entry in enumerate(entries) if against in (entry.row.model, entry.name)]
    if not base:
        models = ", ".join(dict.fromkeys(entry.row.model for entry in entries))
        raise CatalogError(f"--against {against!r} is none of the rows", f"models: {models}")
    if len(base) == len(entries):
        raise CatalogError(f"every row is one of {against!r}", "give a run of another model too")
    return [(other, one) for one in base for other in range(len(entries)) if other not in base]


def _nodes(axes: Sequence[str], samples: Sequence[Sample]) -> dict[Node, list[int]]:
    found: defaultdict[Node, list[int]] = defaultdict(list)
    for at, sample in enumerate(samples):
        on_axes = [node for node in sample.nodes if node[0] in axes]
        for above in {node[:depth] for node in on_axes for depth in range(2, len(node) + 1)}:
            found[above].append(at)
    return {node: found[node] for node in sorted(found)}
