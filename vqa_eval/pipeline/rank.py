"""A stored run becomes a board: read, sliced, tabulated; nothing is asked and nothing is changed."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from vqa_eval.boards import (
    Board,
    Check,
    Judged,
    make_sections,
    make_summaries,
    own_sections,
    readers_check,
    variant_checks,
)
from vqa_eval.boards.places import place_name, place_of, pools
from vqa_eval.pipeline.label import labelled, unlabelled
from vqa_eval.pipeline.measures import known_measures
from vqa_eval.pipeline.signature import IMPORTED, signature
from vqa_eval.records import PLAIN, BoardSpec, Node, Row, RunManifest, Sample
from vqa_eval.store import RULES, Reading, RunStore

OURS = "vqa-eval"
"""How the reader that is ours is called beside others."""


def rank(store: RunStore, spec: BoardSpec) -> Board:
    """Return the board of a run under `spec`."""
    manifest = store.manifest
    samples = list(store.samples(light=True))
    rows = {row: judged(store, Reading(row.number)) for row in store.rows()}
    bound = {metric.name: metric for metric in labelled(store)}  # their floors are scored here, which needs the labels
    measures = {
        place: tuple(bound.get(metric.name, metric) for metric in metrics)
        for place, metrics in known_measures(manifest).items()
    }
    asked = set(store.marks.marked_with.get("metrics", ()))
    apart = {metric.name for metrics in measures.values() for metric in metrics} - asked
    shares = _shares(store, rows) if any(metric.needs_shares for each in measures.values() for metric in each) else {}
    signatures = {
        row.number: signature(row, manifest, store.marks.marked_by) + ("|shares:logprobs" if shares.get(row) else "")
        for row in rows
    }
    return Board(
        title=manifest.selection or "everything at hand",
        sections=make_sections(spec, samples, rows, apart),
        signatures=signatures,
        notes=(*_notes(store, manifest, list(rows), samples), *unlabelled(samples, rows, store.folder)),
        checks=_checks(store, spec, samples, rows),
        summaries=make_summaries(samples, rows),
        own=own_sections(samples, rows, shares, measures) if measures else (),
    )


def judged(store: RunStore, reading: Reading) -> list[Judged]:
    """Return what a reading made of every sample of the run, in the samples' order."""
    return [Judged(answer, scores) for answer, scores in store.marks.judged(reading)]


def _shares(store: RunStore, rows: Iterable[Row]) -> dict[Row, list[Judged] | None]:
    """Return what rows made of the samples where they were asked for the log-probabilities of the options.

    None for rows that cannot be asked; without any where none was to be.
    """
    asked = [variant for variant in store.variants() if variant.kind == "logprobs"]
    return {
        row: None if store.declined(row.number, variant) else judged(store, Reading(row.number, variant))
        for variant in asked
        for row in rows
    }


def _checks(
    store: RunStore, spec: BoardSpec, samples: Sequence[Sample], rows: Mapping[Row, list[Judged]]
) -> tuple[Check, ...]:
    """Return what the run's other readers and variants show."""
    readers = [reader for reader in store.marks.readers() if reader != RULES]
    variants = [variant for variant in store.variants() if variant != PLAIN]
    if not readers and not variants:
        return ()
    positions = _positions(spec, samples)
    checks = []
    if readers:
        read = {
            row: {OURS: plain, **{name: judged(store, Reading(row.number, PLAIN, name)) for name in readers}}
            for row, plain in rows.items()
        }
        checks.append(readers_check(samples, read, positions))
    if variants:
        put = {
            row: {
                PLAIN: plain,
                **{
                    variant: judged(store, Reading(row.number, variant))
                    for variant in variants
                    if not store.declined(row.number, variant)
                },
            }
            for row, plain in rows.items()
        }
        checks += variant_checks(samples, put, positions, {variant: store.due(variant) for variant in variants})
    return tuple(checks)


def _positions(spec: BoardSpec, samples: Sequence[Sample]) -> dict[Node, list[int]]:
    """Return where the samples of the whole and of every node directly under the board's axes stand.

    Where a benchmark is there in parts, those of every place alone: a node would pool them.
    """
    found = defaultdict(list, {place: list(at) for place, at in pools(range(len(samples)), samples).items()})
    for at, sample in enumerate(samples if () in found else ()):
        for node in {node[:2] for node in sample.nodes if node[0] in spec.axes}:
            found[node].append(at)
    return {node: found[node] for node in sorted(found)}


def _parts(samples: Sequence[Sample]) -> list[str]:
    """Say which benchmarks are there in parts that their publishers report apart."""
    parts: defaultdict[str, set[str]] = defaultdict(set)
    for place in {place_of(sample) for sample in samples}:
        parts[place[1]].add(place_name(place))
    return [
        f"{name} is published in parts ({', '.join(sorted(known))}): read each by itself, never pooled"
        for name, known in sorted(parts.items())
        if len(known) > 1
    ]


def _notes(store: RunStore, manifest: RunManifest, rows: list[Row], samples: list[Sample]) -> list[str]:
    notes = [f"{row.model}: {note}" for row in rows if row.identity is not None for note in row.identity.notes]
    for row in rows:
        for variant in store.variants():
            missing = store.count_unasked(row.number, variant)
            if missing:
                faults = store.faults(row.number, variant)
                first = f"; first: {faults[0][1].kind}: {faults[0][1].detail}" if faults else ""
                cure = "" if row.prompt == IMPORTED else " The same command asks them again."
                put = "" if variant == PLAIN else f" ({variant.name})"
                notes.append(
                    f"INCOMPLETE: {row.model} under {row.prompt}{put}: {missing:,} of {store.size_due(variant):,} "
                    f"samples have no reply and are not counted as wrong{first}.{cure}"
                )
        declined = [variant.name for variant in store.variants() if store.declined(row.number, variant)]
        if declined:
            notes.append(f"{row.model} cannot be asked this way: {', '.join(declined)}")
    absent, parts = store.absent_parts()
    if absent:
        notes.append(
            f"{absent:,} of {parts:,} patches do not exist, the tissue of their slides has no room for them: "
            "the others vote"
        )
    notes += _parts(samples)
    keyless = sum(not sample.has_key for sample in samples)
    if keyless:
        notes.append(f"{keyless:,} of {len(samples):,} samples have no key here: asked, kept, and in no table")
    if manifest.left_out:
        notes.append(f"matching but not at hand: {', '.join(manifest.left_out)}")
    if manifest.limit is not None:
        notes.append(f"a sample of {store.size():,} by --limit {manifest.limit}, seed {manifest.seed}")
    return list(dict.fromkeys(notes))
