"""A labelling engine reads references and descriptions: asked once a text, kept, and counted by the metrics."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from vqa_eval.boards import Judged
from vqa_eval.engines import Engine
from vqa_eval.engines.reference import scheme_module
from vqa_eval.errors import EngineError
from vqa_eval.metrics import Metric, find, over_labels
from vqa_eval.records import ModelIdentity, Prompt, Reply, Request, Row, Sample, Sampling, request_key
from vqa_eval.store import Reading, RunStore

SAMPLING = Sampling()
"""Labels are the likeliest ones; the greedy default says so in their keys."""


def labellers() -> tuple[str, ...]:
    """Return the schemes of the labelling engines that a metric counts the labels of."""
    return tuple(sorted({metric.labeller for metric in over_labels()}))


def label(store: RunStore, engine: Engine, replied: Callable[[Reply], None] = lambda reply: None) -> None:
    """Ask a labeller about every text of the run's descriptions that it has not labelled yet.

    The texts are the references and what every row answered, in every variant, each once; a fault is asked again.
    The run must be marked; the scores are made by the next `mark`. Raises EngineError where the engine is no
    labeller, or cannot go on; what it said until then is kept.
    """
    name = engine.identity.name
    if name not in labellers():
        raise EngineError(f"{name} labels no texts", f"labellers: {', '.join(f'{known}:…' for known in labellers())}")
    store.labels.identify(name, engine.identity)
    for reply in engine.ask(_requests(store, engine)):
        store.put(reply)
        replied(reply)


def _requests(store: RunStore, engine: Engine) -> Iterator[Request]:
    # What reads the weights counts too: labels of another version of the engine are asked anew.
    identity = replace(engine.identity, revision=_version(engine.identity))
    for text, sample in _texts(store).items():
        prompt = Prompt(text)
        key = request_key(identity, prompt, (), SAMPLING)
        if not store.labels.ask(engine.identity.name, text, key):
            yield Request(key, sample, prompt, (), SAMPLING)


def _texts(store: RunStore) -> dict[str, str]:
    """Return every text that says something, with the id of the first sample that bears it."""
    found: dict[str, str] = {}
    described = [sample if _described(sample) else None for sample in store.samples(light=True)]
    for sample in described:
        if sample:
            found |= {reference: sample.id for reference in sample.references if reference not in found}
    for row in store.rows():
        for variant in (*store.parts(), *store.variants()):
            for sample, (answer, _) in zip(described, store.marks.judged(Reading(row.number, variant)), strict=True):
                if sample and answer and answer.status == "answered":
                    found.setdefault(answer.text, sample.id)
    return {text: sample for text, sample in found.items() if text.strip()}


def _described(sample: Sample) -> bool:
    return sample.kind == "caption" and bool(sample.references)


def labelled(store: RunStore) -> tuple[Metric, ...]:
    """Return the metrics over the labels that this run has, bound to them.

    Their version names the engine and the weights that labelled: they stand in the signature of what they score.
    """
    known = {name: (store.labels.said(name), store.labels.identity(name)) for name in store.labels.labellers()}
    return tuple(
        replace(metric.bind(said), version=f"{metric.version}@{_version(identity) if identity else 'unknown'}")
        for metric in (over_labels() if known else ())  # most runs have none, and looking reads every module of metrics
        if metric.bind and metric.labeller in known
        for said, identity in [known[metric.labeller]]
    )


def _version(identity: ModelIdentity) -> str:
    return f"{identity.engine.replace(' ', '-')}:{identity.revision}"


def unlabelled(samples: Sequence[Sample], rows: Mapping[Row, Sequence[Judged]], folder: Path) -> list[str]:
    """Return what a board says of measures over labels that some descriptions lack: how many, and what to type."""
    lacking = Counter[str]()
    descriptions = 0
    for judged in rows.values():
        for sample, entry in zip(samples, judged, strict=True):
            if _described(sample) and entry.answer:
                descriptions += 1
                lacking.update({find(score.metric).labeller for score in entry.scores if score.value is None} - {""})
    return [
        f"NOT LABELLED: {count:,} of {descriptions:,} descriptions lack the labels of {name} and are not counted. "
        + _cure(name, folder)
        for name, count in sorted(lacking.items())
    ]


def _cure(labeller: str, folder: Path) -> str:
    try:
        scheme_module(labeller).installed()  # type: ignore[attr-defined]  # labellers offer it beside a scheme's two
    except EngineError as error:
        return f"{error.message}: {error.hint}"
    return f"vqa-eval score {folder} --labeller {labeller}:FOLDER labels them."
