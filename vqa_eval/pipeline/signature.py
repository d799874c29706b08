"""The signature of a row: what its numbers depend on, in one line of parts apart by "|", lists joined by "+"."""

import re
from collections.abc import Iterable

from vqa_eval.records import Row, RunManifest

IMPORTED = "imported"
"""The prompt of rows whose replies another harness brought."""


def signature(row: Row, manifest: RunManifest, marked_by: str) -> str:
    """Return what a row's numbers depend on, in one line; rows that differ in it are not the same measure."""
    identity, sampling = row.identity, manifest.sampling
    prompts = [row.prompt] if row.prompt != "own" else sorted(manifest.prompt_digests)
    parts = {
        "model": row.model,
        "rev": _short(identity.revision) if identity else "not asked",
        "engine": identity.engine.replace(" ", "-") if identity else "none",
        "pictures": listed(_pictures(row, manifest)) or "as they are",
        "prompt": listed(f"{prompt}-{manifest.prompt_digests[prompt][:8]}" for prompt in prompts),
        "temp": f"{sampling.temperature:g}",
        "top_p": f"{sampling.top_p:g}",
        "max": str(sampling.max_tokens),
        "seed": str(sampling.seed),
        "limit": "none" if manifest.limit is None else f"{manifest.limit} by seed {manifest.seed}",
        "data": listed(f"{name}-{digest[:8]}" for name, digest in manifest.data.items()),
    }
    if row.prompt == IMPORTED:  # how another harness asked is not in what it stored
        parts |= dict.fromkeys(("pictures", "temp", "top_p", "max", "seed"), "unknown")
    said = "|".join(f"{name}:{_whole(value)}" for name, value in parts.items())
    return f"{said}|{marked_by}|version:{manifest.version}"


def marked_by(rules: str, metrics: Iterable[tuple[str, str]]) -> str:
    """Return the versions of the rules and of metrics, as (name, version), as they stand in a signature."""
    return f"rules:v{rules}|metrics:{_whole(listed(sorted({f'{name}.v{version}' for name, version in metrics})))}"


def versions(signature: str) -> dict[str, str]:
    """Return what a signature, or `marked_by`, says of its rules ("rules") and of each metric by its name."""
    parts = dict(part.partition(":")[::2] for part in signature.split("|"))
    metrics = (one.split(".", 2) for one in parts.get("metrics", "").split("+") if one.count(".") > 1)
    return {"rules": parts.get("rules", "")} | {f"{module}.{name}": version for module, name, version in metrics}


def listed(values: Iterable[str]) -> str:
    """Return values as one list; the sign between them is escaped within them."""
    return "+".join(value.replace("+", "%2B") for value in values)


def _whole(value: str) -> str:
    return value.replace("|", "%7C")


def _pictures(row: Row, manifest: RunManifest) -> list[str]:
    """Return what is done to pictures: by the engine to all of them, and by the benchmarks to their own."""
    side = row.identity.max_side if row.identity else None
    own = [f"{name}={words}" for name, words in manifest.pictures.items()]
    return [*([f"side<={side}"] if side else []), *own]


def _short(revision: str) -> str:
    """Cut the digest in a revision to 12 characters; names and addresses stay whole."""
    return re.sub(r"[0-9a-f]{16,}", lambda digest: digest[0][:12], revision)
