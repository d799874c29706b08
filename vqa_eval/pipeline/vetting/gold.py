"""The key of a benchmark said back to it: a model that knows it must score 1 on every sample that has one.

The whole way is gone that a run goes: prompt, engine, store, rules, metrics. A label that is not read back shows a
benchmark that no model can be right on; an option whose own words are not read back shows one on which a model that
answers in words gets less than it should.
"""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from vqa_eval.catalog import Catalog
from vqa_eval.engines import Engine, ModelRef
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.metrics import for_kind
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.pipeline.vetting.finding import Finding, Tally
from vqa_eval.records import ModelCard, Reply, Request, Row, Sample, Variant
from vqa_eval.samples import Library
from vqa_eval.store import Reading, RunStore

LABELS, TEXTS = "labels", "texts"
"""Two models that know the key: one says the label of the right option, the other its words."""


def replay(benchmark: str, catalog: Catalog, library: Library, progress: Callable[[int], None]) -> Iterator[Finding]:
    """Yield what a run says of two models that know the key; `progress` gets the number of replies so far.

    The run lies in a folder of the system's own and is thrown away. Pictures are not looked at.
    """
    with tempfile.TemporaryDirectory(prefix="vqa-eval-") as folder:
        order = Order(models=("majority",), tree=(f"benchmark/{benchmark}", "split/*"), out=Path(folder) / "run")
        prepared = prepare(order, catalog, library)
        models = tuple(ModelRef(name, "scripted", name, ModelCard(name, name)) for name in (LABELS, TEXTS))
        manifest = replace(prepared.manifest, models=(LABELS, TEXTS))
        store, _ = run(replace(prepared, models=models, manifest=manifest), catalog, _Counter(progress), _opened)
        try:
            for row in store.rows():
                yield from _unread(store, row)
        finally:
            store.close()


def _opened(ref: ModelRef, store: RunStore) -> Engine:
    def say(request: Request) -> str:
        sample = store.sample(request.sample)
        return _label(sample, request.prompt.labels) if ref.name == LABELS else _words(sample)

    engine = ScriptedEngine(say, name=ref.name)
    engine.looks_at_pictures = False
    return engine


def _label(sample: Sample, labels: Sequence[str]) -> str:
    return ", ".join(labels[at] for at in sample.correct) if sample.kind == "choice" else _words(sample)


def _words(sample: Sample) -> str:
    if sample.kind == "choice":
        return "\n".join(sample.options[at] for at in sample.correct)
    return sample.references[0] if sample.references else ""


def _unread(store: RunStore, row: Row) -> Iterator[Finding]:
    """Yield what a row shows: every sample with a key whose headline score is not 1."""
    labels = Tally("keys not read back", "wrong", "the right label, or the right text, said by a model scores below 1")
    texts = Tally("options not read back", "odd", "the right option said in its own words is not read as that option")
    for sample, (_, scores) in zip(store.samples(), store.marks.judged(Reading(row.number)), strict=True):
        if not sample.has_key or (row.model == TEXTS and sample.kind != "choice"):
            continue
        headline = for_kind(sample.kind)[0].name
        worth = next((score.value for score in scores if score.metric == headline), None)
        (labels if row.model == LABELS else texts).look(worth is None or worth < 1 - 1e-9, sample.id)
    yield from (tally.finding() for tally in (labels, texts) if tally.of)


class _Counter:
    """Looks on while the run goes, and counts replies."""

    def __init__(self, progress: Callable[[int], None]) -> None:
        self._progress = progress
        self._replies = 0

    def opens(self, model: str) -> None:
        """Note nothing: there is nothing to load."""

    def lacks(self, row: Row, pictures: int) -> None:
        """Note nothing: pictures are not looked at."""

    def begins(self, row: Row, variant: Variant, done: int, total: int) -> None:
        """Note nothing: replies are counted over both rows."""

    def replied(self, reply: Reply) -> None:
        """Count a reply."""
        self._replies += 1
        self._progress(self._replies)

    def ends(self, row: Row, done: int) -> None:
        """Note nothing."""

    def rests(self) -> None:
        """Note nothing."""
