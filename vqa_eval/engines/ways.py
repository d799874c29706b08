"""Which settings mean something on which way to a model, so that nobody types one in vain."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from vqa_eval.engines.reference import EngineSettings, ModelRef
from vqa_eval.errors import EngineError


@dataclass(frozen=True, slots=True)
class Way:
    """How a model is reached."""

    words: str
    """What a user types or has."""
    settings: frozenset[str]
    """Fields of `EngineSettings` that it heeds."""


_OVER_HTTP = frozenset({"concurrency", "attempts", "timeout", "deadline", "requests_per_minute", "tokens_per_minute"})

SERVER = Way("openai:NAME", _OVER_HTTP)
BATCH = Way("--batch", frozenset({"timeout", "options"}))
SERVE = Way("--serve", _OVER_HTTP | {"batch_size", "device", "dtype", "options", "tensor_parallel"})
VLLM = Way("vllm:ORG/NAME", frozenset({"batch_size", "concurrency", "device", "dtype", "options", "tensor_parallel"}))
TRANSFORMERS = Way("hf:ORG/NAME", frozenset({"batch_size", "device", "dtype"}))
RAY = Way("--ray", frozenset({"tensor_parallel"}))
"""What it heeds beside the engine whose copies it holds; of the options only those for the cluster."""

_BY_SCHEME = {"openai": SERVER, "vllm": VLLM, "transformers": TRANSFORMERS}

_TYPED = {
    "batch_size": "--batch-size",
    "concurrency": "--concurrency",
    "device": "--device",
    "dtype": "--dtype",
    "attempts": "--attempts",
    "timeout": "--timeout",
    "deadline": "--deadline",
    "requests_per_minute": "--rpm",
    "tokens_per_minute": "--tpm",
    "tensor_parallel": "--tensor-parallel",
    "options": "--engine-options",
}


def check_known(refs: Sequence[ModelRef], settings: EngineSettings) -> None:
    """Raise `EngineError` for a setting that none of the models heeds on the way that is chosen.

    Beside others a model may leave it aside: one command may name a local model and a served one. Baselines heed
    nothing; a scheme from outside is taken to heed everything.
    """
    usual = EngineSettings(settings.home)
    for field, typed in _TYPED.items():
        if getattr(settings, field) == getattr(usual, field) or any(_heeds(ref, settings, field) for ref in refs):
            continue
        knowing = (way.words for way in (TRANSFORMERS, VLLM, SERVER, SERVE, BATCH, RAY) if field in way.settings)
        raise EngineError(
            f"{typed} means nothing to {_listed(ref.name for ref in refs)}{_chosen(settings)}",
            f"leave it out; it is for {_listed(knowing, 'or')}",
        )


def _heeds(ref: ModelRef, settings: EngineSettings, field: str) -> bool:
    if ref.scheme == "baseline":
        return False
    if settings.batch:
        return field in BATCH.settings
    if settings.serve:
        return field in SERVE.settings
    way = _BY_SCHEME.get(ref.scheme)
    if way is None or field in way.settings:
        return True
    return bool(settings.ray) and (field in RAY.settings or (field == "options" and _for_cluster(settings)))


def _for_cluster(settings: EngineSettings) -> bool:
    from vqa_eval.engines.replicas.opening import OWN_OPTIONS

    return set(settings.options) <= set(OWN_OPTIONS)


def _chosen(settings: EngineSettings) -> str:
    chosen = {" with --batch": settings.batch, " with --serve": settings.serve, " with --ray": bool(settings.ray)}
    return next((words for words, named in chosen.items() if named), "")


def _listed(words: Iterable[str], last: str = "and") -> str:
    *some, end = words
    return f"{', '.join(some)} {last} {end}" if some else end
