"""A stored run becomes a board: read, sliced, tabulated; nothing is asked and nothing is changed."""

from vqa_eval.answers import RULES_VERSION
from vqa_eval.boards import Board, Judged, light, make_sections
from vqa_eval.metrics import for_kind
from vqa_eval.records import BoardSpec, Row, RunManifest
from vqa_eval.store import RunStore


def rank(store: RunStore, spec: BoardSpec) -> Board:
    """Return the board of a run under `spec`."""
    manifest = store.manifest
    samples = [light(sample) for sample in store.samples()]
    rows = {row: [Judged(answer, scores) for answer, scores in store.judged(row.number)] for row in store.rows()}
    sections = make_sections(spec, samples, rows)
    signatures = {row.number: signature(row, manifest) for row in rows}
    return Board(
        title=manifest.selection or "everything at hand",
        sections=sections,
        signatures=signatures,
        notes=tuple(_notes(store, manifest, list(rows))),
    )


def signature(row: Row, manifest: RunManifest) -> str:
    """Return what a row's numbers depend on, in one line; rows that differ in it are not the same measure."""
    identity = row.identity
    prompts = [row.prompt] if row.prompt != "own" else sorted(manifest.prompt_digests)
    metrics = sorted({f"{m.name}.v{m.version}" for kind in ("choice", "open", "caption") for m in for_kind(kind)})
    sampling = manifest.sampling
    parts = {
        "model": row.model,
        "rev": identity.revision[:24] if identity else "not asked",
        "engine": identity.engine.replace(" ", "-") if identity else "none",
        "prompt": "+".join(f"{prompt}-{manifest.prompt_digests[prompt][:8]}" for prompt in prompts),
        "temp": f"{sampling.temperature:g}",
        "top_p": f"{sampling.top_p:g}",
        "max": str(sampling.max_tokens),
        "seed": str(sampling.seed),
        "data": "+".join(f"{name}-{digest[:8]}" for name, digest in manifest.data.items()),
        "rules": f"v{RULES_VERSION}",
        "metrics": "+".join(metrics),
        "version": manifest.version,
    }
    return "|".join(f"{name}:{value}" for name, value in parts.items())


def _notes(store: RunStore, manifest: RunManifest, rows: list[Row]) -> list[str]:
    notes = [f"{row.model}: {note}" for row in rows if row.identity is not None for note in row.identity.notes]
    for row in rows:
        missing = store.count_unasked(row.number)
        if missing:
            first = next((f"; first: {fault.kind}: {fault.detail}" for _, fault in store.faults(row.number)), "")
            notes.append(
                f"INCOMPLETE: {row.model} under {row.prompt}: {missing:,} of {store.size():,} samples have no "
                f"reply and are not counted as wrong{first}. The same command asks them again."
            )
    if manifest.left_out:
        notes.append(f"matching but not at hand: {', '.join(manifest.left_out)}")
    if manifest.limit is not None:
        notes.append(f"a sample of {store.size():,} by --limit {manifest.limit}, seed {manifest.seed}")
    return list(dict.fromkeys(notes))
