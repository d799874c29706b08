"""A model reads what the rules leave unparsed: asked once, kept, and shown in a column of its own."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from vqa_eval.engines import Engine
from vqa_eval.records import PLAIN, PromptSpec, Reply, Request, Sample, Sampling, request_key
from vqa_eval.rendering import render
from vqa_eval.store import Reading, RunStore

LONGEST = 8000
"""Characters of a reply that are shown, its end: a committed answer stands there."""

SAMPLING = Sampling(temperature=0.0, max_tokens=16)


def reader_name(model: str) -> str:
    """Return the name of the reader that a model is."""
    return f"extractor {model}"


def extract(
    store: RunStore, engine: Engine, spec: PromptSpec, replied: Callable[[Reply], None] = lambda reply: None
) -> None:
    """Ask the engine about every plain reply to a choice question that our rules left unparsed.

    What was asked before is not asked again. The run must be marked. Raises EngineError where the engine
    cannot go on; what it said until then is kept. Marks are made by `mark`.
    """
    reader = reader_name(engine.identity.name)
    store.extractions.identify(reader, engine.identity)
    for row in store.rows():
        for reply in engine.ask(_requests(store, row.number, reader, engine, spec)):
            store.put(reply)
            replied(reply)


def _requests(store: RunStore, row: int, reader: str, engine: Engine, spec: PromptSpec) -> Iterator[Request]:
    under_way: set[str] = set()
    for sample, reply in list(unparsed(store, row)):
        prompt = render(spec, _quoted(sample, reply))
        key = request_key(engine.identity, prompt, (), SAMPLING)
        answered = store.extractions.ask(row, reader, sample.id, key)
        if not answered and key not in under_way:
            under_way.add(key)
            yield Request(key, sample.id, prompt, (), SAMPLING)


def unparsed(store: RunStore, row: int) -> Iterable[tuple[Sample, Reply]]:
    """Yield the row's choice samples whose plain reply our rules could not read, with the reply."""
    for sample, (reply, answer) in store.with_answers(Reading(row, PLAIN)):
        if sample.kind == "choice" and answer.status == "unparsed" and not reply.logprobs:
            yield sample, reply


def _quoted(sample: Sample, reply: Reply) -> Sample:
    """Return what the extractor is shown: the options and the reply, no question, no picture, no key."""
    return replace(sample, question="", context=reply.text[-LONGEST:], images=(), correct=(), nodes=())
