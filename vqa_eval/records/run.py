"""What a run was asked to do, and the rows of its board."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from vqa_eval.records.prompt import Labelling
from vqa_eval.records.request import ModelIdentity, Sampling


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What a run was asked: two runs with equal manifests ask the same questions of the same models."""

    models: tuple[str, ...]
    prompts: tuple[str, ...]
    """Prompt ids as asked for; empty where each benchmark uses its own."""
    prompt_digests: Mapping[str, str]
    """Every prompt in use with its digest."""
    selection: str
    """The tree expression in its canonical form; empty for everything at hand."""
    limit: int | None
    seed: int
    sampling: Sampling
    data: Mapping[str, str]
    """"task/form" with its data digest, for every prepared table that gives samples."""
    cut: str = ""
    """sha256 (hex) of the leaves that the selection takes, with their nodes: the lexicon's part of the order."""
    left_out: tuple[str, ...] = ()
    """Benchmarks that match but are not at hand."""
    version: str = ""
    """Version of vqa-eval that began the run."""
    measures: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Benchmark, or part of one ("slidebench/vqa-tcga"), with the metrics that it is reported in itself."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """Benchmark with what is done to its pictures, in words; absent where they are sent as they are."""
    labels: Mapping[str, Labelling] = field(default_factory=dict)
    """Prompt, or own/BENCHMARK where each benchmark uses its own, with what its options bear if that is not letters."""
    unsure: Mapping[str, str] = field(default_factory=dict)
    """Prompt, or own/BENCHMARK, with the label by which it lets a model say that it does not know."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a board: one model under one prompt choice."""

    number: int
    model: str
    prompt: str
    """Prompt id, or "own" where each benchmark uses its own."""
    identity: ModelIdentity | None = None
    """Known once the engine was opened."""
