"""Samples that are asked in parts: due part by part, answered when all parts are, missing when one is."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store.test_store import MANIFEST, SAMPLES
from vqa_eval.records import PLAIN, Answer, Fault, Reply, Variant
from vqa_eval.records.codec import mark_text
from vqa_eval.store import Reading, RunStore

FIRST, SECOND, THIRD = (Variant("patch", number) for number in (1, 2, 3))


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """Return a run in which b/1 is asked in three parts, and b/0 and b/2 in one piece."""
    store = RunStore.create(tmp_path / "run", MANIFEST)
    store.put_samples(SAMPLES)
    store.put_parts([("b/1", 3)])
    yield store
    store.close()


def answer(store: RunStore, sample: str, variant: Variant = PLAIN, fault: Fault | None = None) -> None:
    """Put a reply, or a fault."""
    key = f"{sample} {variant.name}"
    store.ask(1, sample, key, variant)
    store.put(Reply(key, "" if fault else "A", fault=fault))


def due(store: RunStore) -> list[tuple[str, str]]:
    """Return what the first row has still to ask."""
    return [(sample.id, variant.name) for sample, _, variant in store.unasked(1)]


def test_parts_are_asked_in_their_place(store: RunStore) -> None:
    """The parts of a sample stand together, in their order, where the sample stands in the run."""
    assert [
        ("b/0", "plain"),
        ("b/1", "patch-1"),
        ("b/1", "patch-2"),
        ("b/1", "patch-3"),
        ("b/2", "plain"),
    ] == due(store)
    assert [FIRST, SECOND, THIRD] == store.parts()


def test_parts_are_the_plain_question(store: RunStore) -> None:
    """They are no variant of their own: samples are counted once, requests one by one."""
    assert [PLAIN] == store.variants()
    assert (3, {0, 1, 2}, (0, 5)) == (store.size_due(PLAIN), store.due(PLAIN), store.requests(1))


def test_a_sample_is_missing_until_its_last_part_is_there(store: RunStore) -> None:
    """Of three parts two are not enough; a fault of one is the sample's fault, told once."""
    for part in (FIRST, SECOND):
        answer(store, "b/1", part)
    assert (3, (2, 5)) == (store.count_unasked(1), store.requests(1))
    answer(store, "b/1", THIRD, Fault("server", "500"))
    assert [("b/1", Fault("server", "500"))] == store.faults(1)
    assert [("b/0", "plain"), ("b/1", "patch-3"), ("b/2", "plain")] == due(store)
    answer(store, "b/1", THIRD)
    assert (2, []) == (store.count_unasked(1), store.faults(1))


def test_of_many_faults_of_one_sample_the_first_is_told(store: RunStore) -> None:
    """A slide that is not there fails every part of a question; the question is named once."""
    for part in (FIRST, SECOND, THIRD):
        answer(store, "b/1", part, Fault("picture", f"slide not there ({part.name})"))
    assert [("b/1", Fault("picture", "slide not there (patch-1)"))] == store.faults(1)


def test_a_part_that_does_not_exist_is_due_no_more(store: RunStore) -> None:
    """A slide with room for two patches is whole with two; how many there are not is kept."""
    answer(store, "b/1", THIRD, Fault("picture", "not there"))
    store.drop_part(THIRD, "b/1")
    for part in (FIRST, SECOND):
        answer(store, "b/1", part)
    assert (2, [], (1, 3)) == (store.count_unasked(1), store.faults(1), store.absent_parts())


def test_a_part_that_a_row_has_a_reply_to_is_never_dropped(store: RunStore) -> None:
    """What one row was shown and answered is there: a row that finds no such part does not take the reply away."""
    answer(store, "b/1", THIRD)
    assert not store.drop_part(THIRD, "b/1")
    assert ((1, 5), (0, 3)) == (store.requests(1), store.absent_parts())
    assert store.drop_part(SECOND, "b/1")
    assert (1, 3) == store.absent_parts()


def test_what_was_split_stays_so(store: RunStore) -> None:
    """The same order again changes nothing, not even what was found not to exist."""
    store.drop_part(THIRD, "b/1")
    store.put_parts([("b/1", 3)])
    assert ([FIRST, SECOND], (1, 3)) == (store.parts(), store.absent_parts())


def test_a_run_without_parts_has_none(tmp_path: Path) -> None:
    """Where nothing is split there are neither parts nor absent ones."""
    store = RunStore.create(tmp_path / "plain", MANIFEST)
    store.put_samples(SAMPLES)
    assert ([], (0, 0), (0, 3)) == (store.parts(), store.absent_parts(), store.requests(1))
    store.close()


def test_the_answers_to_all_parts_come_together(store: RunStore) -> None:
    """They come with their sample once the last is marked, and not before."""
    said = Answer("answered", ("A",), rule="letter")
    for part in (FIRST, SECOND):
        store.marks.put(Reading(1, part), [(2, mark_text(said, ()))])
    assert [] == list(store.marks.parts(1))
    store.marks.put(Reading(1, THIRD), [(2, mark_text(Answer("refused"), ()))])
    ((position, _, answers),) = store.marks.parts(1)
    assert (2, (said, said, Answer("refused"))) == (position, answers)


def test_an_answer_without_a_reply_of_its_own_is_found(store: RunStore) -> None:
    """What the parts decided is the sample's verdict, with no reply; samples that were not asked have neither."""
    voted = Answer("answered", ("B",), rule="vote")
    store.marks.put(Reading(1), [(2, mark_text(voted, ()))])
    assert (None, voted, ()) == store.marks.verdict(Reading(1), "b/1")
    assert (None, None, ()) == store.marks.verdict(Reading(1), "b/0")
    assert (None, None, ()) == store.marks.verdict(Reading(1), "none")


def test_replies_are_paired_with_their_own_answers(store: RunStore) -> None:
    """An answer that has no reply does not shift the others."""
    answer(store, "b/0")
    answer(store, "b/2")
    marks = [(1, "A"), (2, "B"), (3, "C")]
    store.marks.put(Reading(1), [(at, mark_text(Answer("answered", (letter,)), ())) for at, letter in marks])
    assert [("b/0", ("A",)), ("b/2", ("C",))] == [
        (sample.id, said.letters) for sample, (_, said) in store.with_answers(Reading(1))
    ]


def test_a_specimen_stands_for_all_parts(store: RunStore) -> None:
    """Of a sample in parts the first part is rendered for all of them, and one sample for each shape."""
    assert [("b/0", PLAIN)] == [(sample.id, variant) for sample, _, variant in store.specimens(1)]
    for number in (0, 2):
        answer(store, f"b/{number}")
    assert [("b/1", FIRST)] == [(sample.id, variant) for sample, _, variant in store.specimens(1)]
    for part in (FIRST, SECOND, THIRD):
        answer(store, "b/1", part)
    assert [] == list(store.specimens(1))
