"""A stored run becomes a board: read, sliced, tabulated; nothing is asked and nothing is changed."""

import re

from vqa_eval.boards import Board, Judged, light, make_sections
from vqa_eval.records import BoardSpec, Row, RunManifest, Sample
from vqa_eval.store import RunStore


def rank(store: RunStore, spec: BoardSpec) -> Board:
    """Return the board of a run under `spec`."""
    manifest = store.manifest
    samples = [light(sample) for sample in store.samples()]
    rows = {row: [Judged(answer, scores) for answer, scores in store.marks.judged(row.number)] for row in store.rows()}
    sections = make_sections(spec, samples, rows)
    signatures = {row.number: signature(row, manifest, store.marks.marked_by) for row in rows}
    return Board(
        title=manifest.selection or "everything at hand",
        sections=sections,
        signatures=signatures,
        notes=tuple(_notes(store, manifest, list(rows), samples)),
    )


def signature(row: Row, manifest: RunManifest, marked_by: str) -> str:
    """Return what a row's numbers depend on, in one line; rows that differ in it are not the same measure."""
    identity, sampling = row.identity, manifest.sampling
    prompts = [row.prompt] if row.prompt != "own" else sorted(manifest.prompt_digests)
    parts = {
        "model": row.model,
        "rev": _short(identity.revision) if identity else "not asked",
        "engine": identity.engine.replace(" ", "-") if identity else "none",
        "pictures": f"side<={identity.max_side}" if identity and identity.max_side else "as they are",
        "prompt": "+".join(f"{prompt}-{manifest.prompt_digests[prompt][:8]}" for prompt in prompts),
        "temp": f"{sampling.temperature:g}",
        "top_p": f"{sampling.top_p:g}",
        "max": str(sampling.max_tokens),
        "seed": str(sampling.seed),
        "limit": "none" if manifest.limit is None else f"{manifest.limit} by seed {manifest.seed}",
        "data": "+".join(f"{name}-{digest[:8]}" for name, digest in manifest.data.items()),
    }
    said = "|".join(f"{name}:{value}" for name, value in parts.items())
    return f"{said}|{marked_by}|version:{manifest.version}"


def _short(revision: str) -> str:
    """Cut the digest in a revision to 12 characters; names and addresses stay whole."""
    return re.sub(r"[0-9a-f]{16,}", lambda digest: digest[0][:12], revision)


def _notes(store: RunStore, manifest: RunManifest, rows: list[Row], samples: list[Sample]) -> list[str]:
    notes = [f"{row.model}: {note}" for row in rows if row.identity is not None for note in row.identity.notes]
    for row in rows:
        missing = store.count_unasked(row.number)
        if missing:
            faults = store.faults(row.number)
            first = f"; first: {faults[0][1].kind}: {faults[0][1].detail}" if faults else ""
            notes.append(
                f"INCOMPLETE: {row.model} under {row.prompt}: {missing:,} of {store.size():,} samples have no "
                f"reply and are not counted as wrong{first}. The same command asks them again."
            )
    keyless = sum(not sample.has_key for sample in samples)
    if keyless:
        notes.append(f"{keyless:,} of {len(samples):,} samples have no key here: asked, kept, and in no table")
    if manifest.left_out:
        notes.append(f"matching but not at hand: {', '.join(manifest.left_out)}")
    if manifest.limit is not None:
        notes.append(f"a sample of {store.size():,} by --limit {manifest.limit}, seed {manifest.seed}")
    return list(dict.fromkeys(notes))
