"""The run store: replies are kept, only faults give way, and what is derived is replaced whole."""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from vqa_eval.errors import StoreError
from vqa_eval.records import (
    PLAIN,
    Answer,
    Fault,
    Image,
    ModelIdentity,
    Reply,
    RunManifest,
    Sample,
    Sampling,
    Score,
    Variant,
)
from vqa_eval.records.codec import fault_from, identity_from, manifest_from, mark_from, mark_text, to_text
from vqa_eval.store import FILE, Reading, RunStore
from vqa_eval.store.migrations import MIGRATIONS

MANIFEST = RunManifest(
    models=("m",),
    prompts=("letter",),
    prompt_digests={"letter": "0" * 64},
    selection="modality/CT",
    limit=None,
    seed=0,
    sampling=Sampling(),
    data={"b/test": "1" * 64},
    left_out=("other",),
    version="0.1.0",
)
SAMPLES = [
    Sample(id=f"b/{n}", benchmark="b", split="test", kind="choice", question="?", options=("x", "y"), correct=(0,))
    for n in range(3)
]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """Return a run with three samples, all of them under way."""
    store = RunStore.create(tmp_path / "run", MANIFEST)
    assert 3 == store.put_samples(SAMPLES)
    for sample in SAMPLES:
        store.ask(1, sample.id, f"key-{sample.id}")
    yield store
    store.close()


def test_a_reply_is_never_overwritten(store: RunStore) -> None:
    """The first reply to a key stays, whatever comes after it."""
    store.put(Reply("key-b/0", "A", "stop"))
    store.put(Reply("key-b/0", "B", "stop"))
    store.put(Reply("key-b/0", fault=Fault("server", "late")))
    assert ["A"] == [reply.text for _, reply in store.replies(1)]


def test_a_fault_gives_way_to_a_reply(store: RunStore) -> None:
    """A fault is overwritten by the reply that came at last."""
    store.put(Reply("key-b/0", fault=Fault("timeout", "late")))
    assert [("b/0", Fault("timeout", "late"))] == store.faults(1)
    store.put(Reply("key-b/0", "A", "stop"))
    assert [] == store.faults(1)
    assert 2 == store.count_unasked(1)


def test_unasked_are_those_without_a_reply(store: RunStore) -> None:
    """Faults and samples without any word are still to be asked, in the order of the run."""
    store.put(Reply("key-b/1", "A", "stop"))
    store.put(Reply("key-b/2", fault=Fault("memory", "full")))
    assert ["b/0", "b/2"] == [due.sample.id for due in store.unasked(1)]


def test_a_specimen_is_there_for_every_shape(tmp_path: Path) -> None:
    """Samples that a template can tell apart without reading them each have a specimen, the first of their shape."""
    plain = SAMPLES[0]
    shapes = {
        "others": replace(plain, benchmark="c"),
        "kind": replace(plain, kind="open", options=(), correct=()),
        "more": replace(plain, options=("x", "y", "z")),
        "multi": replace(plain, multi=True),
        "pictured": replace(plain, images=(Image("p", None),)),
        "told": replace(plain, context="?"),
    }
    store = RunStore.create(tmp_path / "shapes", MANIFEST)
    store.put_samples(
        replace(sample, id=f"{name}/{at}") for at in range(60) for name, sample in {"plain": plain, **shapes}.items()
    )
    assert ["plain/0", *(f"{name}/0" for name in shapes)] == [due.sample.id for due in store.specimens(1)]
    assert store.ids() == [due.sample.id for due in store.unasked(1)]
    store.close()


def test_a_fault_is_no_reply(store: RunStore) -> None:
    """A run has replies, and an answer to a key, once one has come that is no fault."""
    store.put(Reply("key-b/0", fault=Fault("timeout", "late")))
    assert (False, False) == (store.has_replies(), store.answered("key-b/0"))
    store.put(Reply("key-b/0", "A", "stop"))
    assert (True, True, False) == (store.has_replies(), store.answered("key-b/0"), store.answered("key-b/1"))
    assert store.ask(1, "b/1", "key-b/0")


def test_a_put_reply_is_durable(store: RunStore) -> None:
    """Another connection sees a reply as soon as `put` returns, without the first being closed."""
    store.put(Reply("key-b/0", "A", "stop", 7, 1, 0.5))
    other = sqlite3.connect(store.folder / FILE)
    assert [("A", 7, 1, 0.5)] == other.execute(
        "SELECT text, prompt_tokens, reply_tokens, seconds FROM replies"
    ).fetchall()
    other.close()


def test_marks_are_replaced_whole(store: RunStore) -> None:
    """New answers and scores of a row leave nothing of the old ones."""
    for sample in SAMPLES:
        store.put(Reply(f"key-{sample.id}", "A", "stop"))
    answer = Answer("answered", ("A",), rule="bare", span=(0, 1))
    right = [
        (at, mark_text(answer, [Score(sample.id, "choice.accuracy", 1.0)])) for at, sample in enumerate(SAMPLES, 1)
    ]
    store.marks.put(Reading(1), right)
    store.marks.put(Reading(1), [(1, mark_text(Answer("empty"), [Score("b/0", "choice.accuracy", 0.0)]))])
    judged = list(store.marks.judged(Reading(1)))
    assert (Answer("empty"), (Score("b/0", "choice.accuracy", 0.0),)) == judged[0]
    assert [(None, ()), (None, ())] == judged[1:]


def test_marking_that_fails_changes_nothing(store: RunStore) -> None:
    """An error in the middle of marking leaves the earlier answers as they were."""
    empty = mark_text(Answer("empty"), [])
    store.marks.put(Reading(1), [(1, empty)])

    def broken() -> Iterator[tuple[int, str]]:
        yield 2, empty
        raise RuntimeError("a rule of somebody else's")

    with pytest.raises(RuntimeError):
        store.marks.put(Reading(1), broken())
    assert [Answer("empty"), None, None] == [answer for answer, _ in store.marks.judged(Reading(1))]


def test_variants_and_readers_are_kept_apart(store: RunStore) -> None:
    """What is due, asked and read in one variant or by one reader touches no other."""
    blind = Variant("blind")
    store.put_due(blind, [("b/0", ""), ("b/2", "")])
    assert [PLAIN, blind] == store.variants()
    assert (3, 2) == (store.count_unasked(1), store.count_unasked(1, blind))
    store.ask(1, "b/2", "key-blind", blind)
    store.put(Reply("key-blind", "A", "stop"))
    assert (3, 1) == (store.count_unasked(1), store.count_unasked(1, blind))
    store.marks.put(Reading(1, blind), [(3, mark_text(Answer("empty"), []))])
    store.marks.put(Reading(1, PLAIN, "mmmu"), [(1, mark_text(Answer("refused"), []))])
    assert [None, None, None] == [answer for answer, _ in store.marks.judged(Reading(1))]
    assert [None, None, Answer("empty")] == [answer for answer, _ in store.marks.judged(Reading(1, blind))]
    assert ["rules", "mmmu"] == store.marks.readers()
    store.decline(1, blind)
    assert 0 == store.count_unasked(1, blind)


def test_a_run_of_the_first_layout_is_carried_over(tmp_path: Path) -> None:
    """A file that an earlier version wrote keeps its samples and replies; its marks are made again."""
    (tmp_path / "run").mkdir()
    base = sqlite3.connect(tmp_path / "run" / FILE)
    base.executescript(MIGRATIONS[0])
    base.execute("INSERT INTO about VALUES ('manifest', ?)", (to_text(MANIFEST),))
    base.execute("INSERT INTO rows VALUES (1, 'm', 'letter', NULL)")
    base.execute("INSERT INTO samples VALUES (1, 'b/0', ?)", (to_text(SAMPLES[0]),))
    base.execute("INSERT INTO asks VALUES (1, 'b/0', 'k')")
    base.execute("INSERT INTO replies VALUES ('k', 'A', 'stop', 1, 1, 0.5, NULL, '2026')")
    base.execute("PRAGMA user_version = 1")
    base.commit()
    base.close()
    store = RunStore.open(tmp_path / "run")
    assert [("b/0", "A")] == [(sample.id, reply.text) for sample, reply in store.replies(1)]
    assert (0, 1) == (store.count_unasked(1), store.marks.unmarked())


def test_a_run_is_continued_only_by_the_same_order(tmp_path: Path) -> None:
    """What is left out and which version began may differ between two goes; nothing else may."""
    from dataclasses import replace

    RunStore.create(tmp_path / "run", MANIFEST).close()
    RunStore.create(tmp_path / "run", replace(MANIFEST, left_out=(), version="9")).close()
    with pytest.raises(StoreError, match="seed"):
        RunStore.create(tmp_path / "run", replace(MANIFEST, seed=1))


def test_what_is_no_run_is_said(tmp_path: Path) -> None:
    """A folder without a run, a file that is no database and a run of the future are refused with a hint."""
    with pytest.raises(StoreError, match="no run here"):
        RunStore.open(tmp_path / "none")
    (tmp_path / "torn").mkdir()
    (tmp_path / "torn" / FILE).write_bytes(b"not a database" * 100)
    with pytest.raises(StoreError, match="cannot be read"):
        RunStore.open(tmp_path / "torn")
    RunStore.create(tmp_path / "run", MANIFEST).close()
    base = sqlite3.connect(tmp_path / "run" / FILE)
    base.execute("PRAGMA user_version = 99")
    base.close()
    with pytest.raises(StoreError, match="newer vqa-eval"):
        RunStore.open(tmp_path / "run")


def test_records_survive_their_text() -> None:
    """Manifest, identity, answer and fault are the same after being written and read."""
    identity = ModelIdentity("m", "engine 1", "abc", ("random weights",))
    answer = Answer("answered", ("A", "C"), "", "bare", (3, 4))
    assert MANIFEST == manifest_from(to_text(MANIFEST))
    assert identity == identity_from(to_text(identity))
    scores = (Score("b/0", "choice.accuracy", 1.0), Score("b/0", "caption.bleu1", None, (1.0, 2.0)))
    assert (answer, scores) == mark_from("b/0", mark_text(answer, scores))
    assert Fault("server", "500") == fault_from(to_text(Fault("server", "500")))
