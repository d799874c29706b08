"""Work spread over processes: the same results in the same order, errors that arrive, nothing left behind."""

import itertools
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.stored import questions, stored
from vqa_eval.errors import CatalogError
from vqa_eval.pipeline import mark as marking
from vqa_eval.pipeline import workers
from vqa_eval.pipeline.mark import mark
from vqa_eval.records import Answer
from vqa_eval.store import FILE, RunStore

FORKS = pytest.mark.skipif(sys.platform != "linux", reason="workers are forked on Linux alone")

Work = Callable[[list[int]], list[int]]


@pytest.fixture
def forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fork for any number of things, as on a machine of three cores where nothing else goes on."""
    monkeypatch.setattr(workers, "MANY", 0)
    monkeypatch.setattr(workers, "CHUNK", 7)
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0, 1, 2})
    # Those who run tests side by side have threads of their own.
    monkeypatch.setattr(threading, "active_count", lambda: 1)


def twice(chunk: list[int]) -> list[int]:
    """Return each number twice."""
    return [number for number in chunk for _ in range(2)]


def where(chunk: list[int]) -> list[int]:
    """Return the process that works, once a number."""
    return [os.getpid()] * len(chunk)


@FORKS
@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("size", [0, 1, 6, 7, 8, 50, 500])
def test_the_same_results_in_order(size: int) -> None:
    """Whatever the number of things, many processes give what one gives, in order."""
    assert twice(list(range(size))) == list(workers.spread(twice, iter(range(size)), size))


@FORKS
@pytest.mark.usefixtures("forks")
def test_others_do_the_work() -> None:
    """The work is done in several processes, none of them this one."""
    found = set(workers.spread(where, range(300), 300))
    assert os.getpid() not in found
    assert 1 < len(found) <= 3


@FORKS
@pytest.mark.usefixtures("forks")
def test_slow_chunks_keep_their_place() -> None:
    """Chunks that end late stand where they belong."""

    def slow_at_first(chunk: list[int]) -> list[int]:
        threading.Event().wait(0.05 if chunk[0] < 14 else 0.0)
        return chunk

    assert list(range(60)) == list(workers.spread(slow_at_first, range(60), 60))


@FORKS
@pytest.mark.usefixtures("forks")
def test_work_may_know_anything() -> None:
    """A function that cannot be sent, with what it knows, works: workers inherit it."""
    lock = threading.Lock()  # cannot be pickled

    def locked(chunk: list[int]) -> list[int]:
        with lock:
            return [number + 1 for number in chunk]

    assert list(range(1, 31)) == list(workers.spread(locked, range(30), 30))


def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set a limit that is not reached."""
    monkeypatch.setattr(workers, "MANY", 100)


def lonely(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave one core to this process."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: {0})


def threaded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let another thread run."""
    monkeypatch.setattr(threading, "active_count", lambda: 2)


def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Be on another system."""
    monkeypatch.setattr(sys, "platform", "darwin")


@pytest.mark.usefixtures("forks")
@pytest.mark.parametrize("reason", [few, lonely, threaded, elsewhere])
def test_one_process_where_that_is_better(
    reason: Callable[[pytest.MonkeyPatch], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Few things, one core, another thread, or a system that does not fork: this process does it all."""
    reason(monkeypatch)
    assert {os.getpid()} == set(workers.spread(where, range(99), 99))
    assert twice(list(range(99))) == list(workers.spread(twice, range(99), 99))


@FORKS
@pytest.mark.usefixtures("forks")
def test_memory_stays_within_some_chunks() -> None:
    """Things are pulled as their turn comes: after the first result, not more than a few chunks a worker."""
    pulled = itertools.count()
    found = workers.spread(twice, ((next(pulled), 1)[1] for _ in range(7 * 1000)), 7000)
    next(found)
    assert next(pulled) <= 7 * (2 * 3 + 1)
    found.close()  # type: ignore[attr-defined]  # it is a generator


def fails(chunk: list[int]) -> list[int]:
    """Fail over the number 30."""
    if 30 in chunk:
        raise CatalogError("thirty is too much", "take less")
    return chunk


@pytest.mark.parametrize("many", [0, 1000])
@pytest.mark.usefixtures("forks")
def test_an_error_arrives_as_it_was_raised(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of the work comes out with message and hint, after the results before it; no worker stays."""
    monkeypatch.setattr(workers, "MANY", many)
    found = workers.spread(fails, range(200), 200)
    assert list(range(28)) == list(itertools.islice(found, 28))
    with pytest.raises(CatalogError, match="thirty is too much") as caught:
        list(found)
    assert "take less" == caught.value.hint
    assert [] == multiprocessing.active_children()


@pytest.mark.parametrize("many", [0, 1000])
@pytest.mark.usefixtures("forks")
def test_an_error_of_the_things_arrives(many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Things that fail while they are pulled end the work; no worker stays."""
    monkeypatch.setattr(workers, "MANY", many)

    def pulled() -> Iterator[int]:
        yield from range(100)
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        list(workers.spread(twice, pulled(), 100))
    assert [] == multiprocessing.active_children()


@FORKS
@pytest.mark.usefixtures("forks")
def test_nobody_stays_when_the_results_are_left() -> None:
    """Who stops listening half way leaves no worker behind, and the next work is done."""
    found = workers.spread(twice, range(500), 500)
    next(found)
    assert multiprocessing.active_children()
    found.close()  # type: ignore[attr-defined]  # it is a generator
    assert [] == multiprocessing.active_children()
    assert twice(list(range(20))) == list(workers.spread(twice, range(20), 20))


DEATH = """
import os, sys
from vqa_eval.pipeline import workers

class Unsendable(Exception):
    def __init__(self, one, two):
        super().__init__(one)

def dies(chunk):
    if 7 in chunk:
        {end}
    return chunk

workers.MANY, workers.CHUNK = 0, 2
os.sched_getaffinity = lambda process: {{0, 1, 2}}
print(list(workers.spread(dies, range(20), 20)))
"""
"""A program whose worker ends in some way; in a process of its own, so that waiting for ever has an end."""


@FORKS
@pytest.mark.parametrize(
    ("end", "code", "says"),
    [
        ("os.kill(os.getpid(), 9)", 1, "StoreError: a process that read replies was killed"),
        ("raise Unsendable(1, 2)", 1, "StoreError: a process that read replies was killed"),
        ("sys.exit(3)", 3, ""),
    ],
)
def test_nobody_waits_for_a_worker_that_died(end: str, code: int, says: str) -> None:
    """A worker that is killed (memory), that leaves, or whose error cannot be sent ends the work with an error."""
    program = [sys.executable, "-c", DEATH.format(end=end)]
    done = subprocess.run(program, capture_output=True, text=True, cwd=ROOT, timeout=60, check=False)
    assert (code, "") == (done.returncode, done.stdout), done.stderr
    assert says in done.stderr


@FORKS
@pytest.mark.usefixtures("forks")
def test_two_works_at_once() -> None:
    """Two works whose results are taken in turns do not touch each other."""
    one = workers.spread(twice, range(100), 100)
    other = workers.spread(lambda chunk: [-number for number in chunk], range(200), 200)
    pairs = list(zip(one, other, strict=True))
    assert twice(list(range(100))) == [left for left, _ in pairs]
    assert [-number for number in range(200)] == [right for _, right in pairs]


Marks = list[tuple[object, ...]]


@pytest.fixture
def run(tmp_path: Path) -> RunStore:
    """Return a run of sixty questions of two models that was marked by this process."""
    replies = ["A", "The answer is B.", "", "I cannot tell.", "lung", "(C) lung", "A or B", "Answer: Z", None, "c"]
    said = {name: [replies[(at * step) % 10] for at in range(60)] for name, step in (("m", 1), ("n", 3))}
    return stored(tmp_path / "run", questions(60), said)


def marks(store: RunStore) -> Marks:
    """Return every mark of a run as it is stored."""
    base = sqlite3.connect(store.folder / FILE)
    found = base.execute("SELECT * FROM marks ORDER BY row, variant, reader, position").fetchall()
    base.close()
    return found


@FORKS
@pytest.mark.usefixtures("forks")
def test_many_processes_mark_as_one_does(run: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers and scores, of our rules, of profiles and of further metrics, are equal to the byte."""
    order = (("medevalkit", "mmmu"), ("classification.macro_f1",))
    monkeypatch.setattr(workers, "MANY", 1000)
    mark(run, *order)
    alone, signed = marks(run), run.marks.marked_by
    assert 6 * 54 == len(alone)
    run.marks.forget(run.marks.readers())
    assert [] == marks(run)
    monkeypatch.setattr(workers, "MANY", 0)
    mark(run, *order)
    assert (alone, signed) == (marks(run), run.marks.marked_by)


@FORKS
@pytest.mark.usefixtures("forks")
def test_marking_is_spread(run: RunStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large run is read by other processes than the one that writes."""
    monkeypatch.setattr(marking, "read_choice", lambda *_: Answer("refused", rule=f"{os.getpid()}"))
    mark(run)
    rules = {answer.rule for _, (_, answer) in run.with_answers(marking.Reading(1))}
    assert f"{os.getpid()}" not in rules
    assert rules


@pytest.mark.parametrize("many", [0, 1000])
@pytest.mark.usefixtures("forks")
def test_a_rule_that_fails_leaves_the_earlier_marks(run: RunStore, many: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error in the middle of reading arrives and changes nothing: the run is scored as it was before."""
    before, signed = marks(run), run.marks.marked_by
    read = marking.read_choice

    def fails_late(reply: str, *rest: object) -> Answer:
        if reply == "(C) lung":
            raise RuntimeError("a rule of somebody else's")
        return read(reply, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(workers, "MANY", many)
    monkeypatch.setattr(marking, "read_choice", fails_late)
    with pytest.raises(RuntimeError, match="somebody else's"):
        mark(run)
    assert (before, signed) == (marks(run), run.marks.marked_by)
    monkeypatch.setattr(marking, "read_choice", read)
    mark(run)
    assert before == marks(run)
