"""Stored runs as if models had been asked: questions, what is said to them, and the run that holds both."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vqa_eval.pipeline.mark import mark
from vqa_eval.records import Fault, Image, ModelIdentity, Reply, RunManifest, Sample, Sampling
from vqa_eval.store import RunStore

MANIFEST = RunManifest(
    models=(),
    prompts=("letter",),
    prompt_digests={"letter": "0" * 64},
    selection="benchmark/b",
    limit=None,
    seed=0,
    sampling=Sampling(),
    data={"b/test": "1" * 64},
    version="0.1.0",
)


def questions(count: int, per_patient: int = 1) -> list[Sample]:
    """Return choice questions about pictures, half of them CT and half T1 MRI; the key goes round the letters."""
    nodes = (("modality", "CT"), ("modality", "MRI", "T1 MRI"))
    return [
        Sample(
            id=f"b/{n}",
            benchmark="b",
            split="test",
            kind="choice",
            question=f"Question {n}?",
            options=("liver", "spleen", "lung"),
            correct=(n % 3,),
            images=(Image(f"{n}.png", f"{n:064}"),),
            nodes=(nodes[n % 2], ("benchmark", "b")),
            cluster=f"p{n // per_patient}",
        )
        for n in range(count)
    ]


def right(samples: Sequence[Sample], *wrong: int) -> list[str | None]:
    """Return the right letter of every question, and the next one where the answer is to be wrong."""
    return ["ABC"[(sample.correct[0] + (at in wrong)) % 3] for at, sample in enumerate(samples)]


def stored(
    folder: Path, samples: Sequence[Sample], said: Mapping[str, Sequence[str | None]], **order: object
) -> RunStore:
    """Store a run as if models had been asked: a text or None, which is a fault, for each sample and model."""
    manifest = replace(MANIFEST, models=tuple(said), **order)
    store = RunStore.create(folder, manifest)
    store.put_samples(samples)
    for row in store.rows():
        store.identify(row.model, ModelIdentity(row.model, "scripted 1", "rev"))
        for sample, text in zip(samples, said[row.model], strict=True):
            key = f"{row.model}/{row.prompt}/{sample.id}"
            store.ask(row.number, sample.id, key)
            store.put(Reply(key, text or "", "stop", fault=None if text is not None else Fault("server", "500")))
    mark(store)
    store.release()
    return store
