"""Usage: summed where it is told, counted where it is not, and once where samples share a reply."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.test_store import MANIFEST, SAMPLES
from vqa_eval.records import PLAIN, Fault, Reply, Variant
from vqa_eval.records.codec import to_text
from vqa_eval.store import RunStore, Usage, Used
from vqa_eval.store.base import connect
from vqa_eval.store.migrations import MIGRATIONS
from vqa_eval.store.run import FILE

BLIND = Variant("blind")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """Return a run of three samples and one row."""
    store = RunStore.create(tmp_path / "run", MANIFEST)
    store.put_samples(SAMPLES)
    yield store
    store.close()


def put(
    store: RunStore, sample: str, key: str, *used: float | None, variant: Variant = PLAIN, batched: bool = False
) -> None:
    """Put a reply with tokens in, tokens out and seconds."""
    tokens_in, tokens_out, seconds = (*used, None, None, None)[:3]
    store.ask(1, sample, key, variant)
    reply = Reply(key, "A", "stop", tokens_in, tokens_out, seconds)  # type: ignore[arg-type]  # tokens are whole
    store.put(replace(reply, batched=batched))


def test_what_is_told_is_summed_and_what_is_not_is_counted(store: RunStore) -> None:
    """A reply that tells only half of its usage tells none of it; a fault is no reply."""
    put(store, "b/0", "one", 100, 3, 0.5)
    put(store, "b/1", "two", 7, None, 0.25)
    store.ask(1, "b/2", "three")
    store.put(Reply("three", prompt_tokens=9, reply_tokens=9, fault=Fault("server", "500")))
    usage = store.usage.of_row(1)
    assert Usage(replies=2, told=1, prompt_tokens=100, reply_tokens=3, seconds=0.75) == usage
    assert 1 == usage.untold


def test_a_shared_reply_counts_once(store: RunStore) -> None:
    """Two samples that ask the very same were answered by one reply; the second one says whose it shares."""
    put(store, "b/0", "same", 100, 3, 0.5)
    store.ask(1, "b/1", "same")
    store.keep_asks()
    assert Usage(replies=1, told=1, prompt_tokens=100, reply_tokens=3, seconds=0.5) == store.usage.of_row(1)
    assert [
        Used(1, "plain", "b/0", "", 100, 3, 0.5, False),
        Used(1, "plain", "b/1", "b/0", 100, 3, 0.5, False),
    ] == list(store.usage.of_samples())


def test_variants_are_told_apart(store: RunStore) -> None:
    """Each sample is told in each variant, and the row has the sum of all."""
    put(store, "b/0", "one", 100, 3)
    put(store, "b/0", "two", 50, 2, variant=BLIND)
    assert [("plain", 100), ("blind", 50)] == [(used.variant, used.prompt_tokens) for used in store.usage.of_samples()]
    assert 150 == store.usage.of_row(1).prompt_tokens


def test_batched_replies_are_known(store: RunStore) -> None:
    """What came through a batch API is a part of the sums of its own."""
    put(store, "b/0", "one", 100, 3)
    put(store, "b/1", "two", 50, 2, batched=True)
    usage = store.usage.of_row(1)
    assert (150, 50, 5, 2) == (
        usage.prompt_tokens,
        usage.batch_prompt_tokens,
        usage.reply_tokens,
        usage.batch_reply_tokens,
    )
    assert [False, True] == [bool(used.batched) for used in store.usage.of_samples()]


def test_what_a_batch_failed_to_bring_is_charged_as_it_was_asked_then(store: RunStore) -> None:
    """A fault out of a batch gives way to a live reply, and the batch's price goes with it; a reply stays as it is."""
    store.ask(1, "b/0", "one")
    assert store.put(Reply("one", fault=Fault("timeout", "too late"), batched=True))
    assert store.put(Reply("one", "A", "stop", 100, 3))
    assert not store.put(Reply("one", "B", "stop", 100, 3, batched=True))
    assert (100, 0) == (store.usage.of_row(1).prompt_tokens, store.usage.of_row(1).batch_prompt_tokens)


def test_flags_of_an_earlier_layout_are_carried_over(tmp_path: Path) -> None:
    """Where the flag stood in a table of its own, a reply keeps it and a fault loses it."""
    (tmp_path / "run").mkdir()
    base = connect(tmp_path / "run" / FILE)
    for step in MIGRATIONS[:4]:
        base.executescript(step)
    base.execute("INSERT INTO about VALUES ('manifest', ?)", (to_text(MANIFEST),))
    base.execute("INSERT INTO rows VALUES (1, ?, 'letter', NULL)", MANIFEST.models[:1])
    for key, fault in (("live", None), ("brought", None), ("late", to_text(Fault("timeout", "too late")))):
        base.execute("INSERT INTO replies VALUES (?, 'A', 'stop', 9, 1, NULL, ?, '2026', NULL)", (key, fault))
        base.execute("INSERT INTO asks VALUES (1, 'plain', ?, ?)", (key, key))
    base.executescript("INSERT INTO batched VALUES ('brought'), ('late'); PRAGMA user_version = 4")
    base.close()
    store = RunStore.open(tmp_path / "run")
    store.put(Reply("late", "A", "stop", 7, 1))
    assert {(9, 1, False), (9, 1, True), (7, 1, False)} == set(store.usage.each(MANIFEST.models[0]))
    store.close()


def test_a_run_without_replies_used_nothing(store: RunStore) -> None:
    """Sums of nothing are 0 and nobody is counted."""
    assert Usage() == store.usage.of_row(1)
    assert [] == list(store.usage.of_samples())


def test_each_reply_is_told_once(store: RunStore) -> None:
    """Tokens reply by reply, whoever shares them; faults are none."""
    put(store, "b/0", "one", 100, 3)
    store.ask(1, "b/1", "one")
    put(store, "b/2", "two", 50, batched=True)
    assert {(100, 3, False), (50, None, True)} == set(store.usage.each(MANIFEST.models[0]))
    assert 2 == len(list(store.usage.each(MANIFEST.models[0])))
