"""Replies of models that read other models' replies: noted, kept, and forgotten where another model would answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vqa_eval.records import Fault, ModelIdentity, Reply, RunManifest, Sample, Sampling
from vqa_eval.store import RunStore

MANIFEST = RunManifest(
    models=("m", "n"),
    prompts=("letter",),
    prompt_digests={"letter": "0" * 64},
    selection="",
    limit=None,
    seed=0,
    sampling=Sampling(),
    data={},
)
READER = "extractor clever"
CLEVER = ModelIdentity("clever", "scripted 1", "rev", ("a note",), 448)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """Return a run of two rows and three questions."""
    store = RunStore.create(tmp_path / "run", MANIFEST)
    store.put_samples(Sample(f"b/{n}", "b", "test", "choice", "?", ("x", "y"), (0,)) for n in range(3))
    yield store
    store.close()


def said(store: RunStore, row: int = 1, reader: str = READER) -> dict[str, str | None]:
    """Return what an extractor said of each sample of a row that it was asked about; None for a fault."""
    return {sample: reply.text if reply else None for sample, reply in store.extractions.replies(row, reader)}


def test_what_was_asked_and_said(store: RunStore) -> None:
    """A sample that was asked about is there from then on: without a word, with a fault, with a reply."""
    assert {} == said(store)
    assert not store.extractions.ask(1, READER, "b/0", "key 0")
    assert {"b/0": None} == said(store)
    store.put(Reply("key 0", fault=Fault("server", "500")))
    assert {"b/0": None} == said(store)
    assert not store.extractions.ask(1, READER, "b/0", "key 0")
    store.put(Reply("key 0", "A", "stop"))
    assert {"b/0": "A"} == said(store)
    assert store.extractions.ask(1, READER, "b/0", "key 0")


def test_a_reply_is_kept_with_its_ending(store: RunStore) -> None:
    """Key, text and why it ended come back as they were put."""
    store.extractions.ask(1, READER, "b/0", "key 0")
    store.put(Reply("key 0", "B, or", "length", 7, 3, 0.5))
    assert [("b/0", Reply("key 0", "B, or", "length"))] == list(store.extractions.replies(1, READER))


def test_one_reply_serves_two_samples(store: RunStore) -> None:
    """The same question about two samples, or of two rows, is one reply."""
    store.extractions.ask(1, READER, "b/0", "key")
    store.put(Reply("key", "A", "stop"))
    assert store.extractions.ask(1, READER, "b/1", "key")
    assert store.extractions.ask(2, READER, "b/2", "key")
    assert ({"b/0": "A", "b/1": "A"}, {"b/2": "A"}) == (said(store), said(store, 2))


def test_another_question_takes_the_place(store: RunStore) -> None:
    """A sample whose reply changed is asked about under another key, and the earlier reading is not shown."""
    store.extractions.ask(1, READER, "b/0", "key")
    store.put(Reply("key", "A", "stop"))
    assert not store.extractions.ask(1, READER, "b/0", "other key")
    assert {"b/0": None} == said(store)


def test_readers_are_kept_apart(store: RunStore) -> None:
    """Two extractors and two rows share nothing; the readers are named in order."""
    store.extractions.ask(1, READER, "b/0", "key")
    store.extractions.ask(2, "extractor bright", "b/0", "other key")
    store.put(Reply("key", "A", "stop"))
    assert ["extractor bright", READER] == store.extractions.readers()
    assert ({"b/0": "A"}, {}) == (said(store), said(store, 2))
    assert ({}, {"b/0": None}) == (said(store, 1, "extractor bright"), said(store, 2, "extractor bright"))


def test_extractions_are_no_asks(store: RunStore) -> None:
    """What an extractor is asked leaves the run's own samples unasked, unmarked and without a fault."""
    store.extractions.ask(1, READER, "b/0", "key")
    store.put(Reply("key", fault=Fault("server", "500")))
    assert (3, []) == (store.count_unasked(1), store.faults(1))
    store.put(Reply("key", "A", "stop"))
    assert (3, 0) == (store.count_unasked(1), store.marks.unmarked())


def test_who_read(store: RunStore) -> None:
    """An extractor is nobody before it read, and then the model that it was, to the note; not a row's model."""
    assert store.extractions.identity(READER) is None
    store.extractions.identify(READER, CLEVER)
    assert CLEVER == store.extractions.identity(READER)
    assert store.extractions.identity("extractor bright") is None
    assert [None, None] == [row.identity for row in store.rows()]
    assert MANIFEST == store.manifest


def test_the_same_model_goes_on(store: RunStore) -> None:
    """Identified again as it was, an extractor keeps what it said."""
    store.extractions.identify(READER, CLEVER)
    store.extractions.ask(1, READER, "b/0", "key")
    store.put(Reply("key", "A", "stop"))
    store.extractions.identify(READER, CLEVER)
    assert {"b/0": "A"} == said(store)


@pytest.mark.parametrize("change", [{"revision": "other"}, {"engine": "scripted 2"}])
def test_another_model_starts_anew(store: RunStore, change: dict[str, str]) -> None:
    """Another revision or engine under the name takes the place: two models are never one column; others stay."""
    store.extractions.identify(READER, CLEVER)
    for sample, reader in (("b/0", READER), ("b/1", "extractor bright")):
        store.extractions.ask(1, reader, sample, f"key {reader}")
        store.put(Reply(f"key {reader}", "A", "stop"))
    other = replace(CLEVER, **change)
    store.extractions.identify(READER, other)
    assert ({}, other) == (said(store), store.extractions.identity(READER))
    assert {"b/1": "A"} == said(store, 1, "extractor bright")


def test_what_was_said_is_durable(store: RunStore) -> None:
    """Another process sees at once who read, and what was said of which sample."""
    store.extractions.identify(READER, CLEVER)
    store.extractions.ask(1, READER, "b/2", "key")
    store.put(Reply("key", "B", "stop"))
    other = RunStore.open(store.folder)
    assert ({"b/2": "B"}, CLEVER) == (said(other), other.extractions.identity(READER))
    other.close()
