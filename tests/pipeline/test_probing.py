"""A probe: what it measures is worked out by hand, and what it asks is never asked again."""

from pathlib import Path

import pytest

from tests.pipeline.paid import Eager, go, ordered, paid_catalog, says
from tests.watchers import Silence
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.pricing import parse_money
from vqa_eval.pipeline.probing import Landing, Pace, pace, peak, probe
from vqa_eval.pipeline.spending import spending_on
from vqa_eval.records import Fault, Reply, Request, Sampling


def test_the_pace_of_a_served_model_is_that_of_a_full_line() -> None:
    """Four at once, each two seconds: two a second, although the first came after two and the tail was thin."""
    landings = [Landing(at, 2.0) for at in (2.0, 2.0, 2.0, 2.0, 4.0)]
    assert Pace(2.0, 4, 2.0) == pace(landings, began=0.0, served=True)


def test_one_that_ends_makes_room_for_the_next() -> None:
    """Requests one after the other are one at once."""
    assert Pace(1.0, 1, 1.0) == pace([Landing(1.0, 1.0), Landing(2.0, 1.0)], began=0.0, served=True)


def test_the_pace_of_a_model_here_is_replies_over_seconds() -> None:
    """A batch's replies each bear their share of its time, which says nothing about how many are at once."""
    landings = [Landing(at, 0.25) for at in (11.0, 11.0, 12.0, 12.0)]
    assert Pace(2.0, None, None) == pace(landings, began=10.0, served=False)
    assert Pace(2.0, None, None) == pace([Landing(at, None) for at, _ in landings], began=10.0, served=True)


def test_no_reply_is_no_pace() -> None:
    """Nothing is measured where only faults came, or nothing was left to ask."""
    assert pace([], began=0.0, served=True) is None


def test_the_run_goes_on_from_the_probe(letters: Path, tmp_path: Path) -> None:
    """Replies of a probe are the run's: the same order asks the other samples, the same probe nobody."""
    catalog = paid_catalog(letters, paid=1)
    prepared = ordered(catalog, tmp_path)
    asked = frozenset({"letters/2", "letters/5"})
    engine = Eager(says(), width=2)
    found = probe(prepared, asked, Silence(), lambda ref, store: engine)
    assert asked == {request.sample for request in engine.asked}
    (row,) = found.rows
    assert (2, 0, 2) == (row.replies, row.faults, found.store.usage.of_row(1).told)
    assert (asked, asked) == (row.asked, row.landed)
    assert row.pace is not None
    assert row.opening is not None
    found.store.close()
    again = ScriptedEngine(lambda request: pytest.fail("asked again"))
    second = probe(prepared, asked, Silence(), lambda ref, store: again)
    assert (0, None) == (second.rows[0].replies, second.rows[0].pace)
    second.store.close()
    rest = ScriptedEngine(says())
    store, *_ = go(prepared, catalog, {"paid": rest})
    assert {"letters/1", "letters/3", "letters/4"} == {request.sample for request in rest.asked}
    assert 0 == store.count_unasked(1)


def test_faults_of_a_probe_are_counted(letters: Path, tmp_path: Path) -> None:
    """They are neither replies nor a pace."""
    catalog = paid_catalog(letters, paid=1)

    def fails(request: Request) -> Reply:
        return Reply(request.key, fault=Fault("server", "500"))

    found = probe(
        ordered(catalog, tmp_path), frozenset({"letters/2"}), Silence(), lambda ref, store: ScriptedEngine(fails)
    )
    (row,) = found.rows
    assert (0, 1, None) == (row.replies, row.faults, row.pace)
    assert ({"letters/2"}, set()) == (row.asked, row.landed)
    found.store.close()


def test_a_budget_leaves_samples_of_a_probe_unasked(letters: Path, tmp_path: Path) -> None:
    """Of three samples at 1 each two fit into 2.5: the third is neither asked nor landed."""
    prepared = ordered(paid_catalog(letters, paid=1), tmp_path, sampling=Sampling(max_tokens=500_000))
    wanted = frozenset({"letters/1", "letters/3", "letters/5"})
    spending = spending_on(parse_money("2.5usd"), prepared.models)
    found = probe(prepared, wanted, Silence(), lambda ref, store: ScriptedEngine(says()), spending)
    assert {"letters/1", "letters/3"} == found.rows[0].asked == found.rows[0].landed
    assert spending.exhausted
    found.store.close()


def test_a_probe_of_nothing_opens_no_model(letters: Path, tmp_path: Path) -> None:
    """Where all that can be asked has its reply, the run is only looked at."""
    prepared = ordered(paid_catalog(letters, paid=1), tmp_path)
    first = probe(prepared, frozenset({"letters/1"}), Silence(), lambda ref, store: ScriptedEngine(says()))
    first.store.close()
    found = probe(prepared, frozenset(), Silence(), lambda ref, store: pytest.fail("opened"))
    assert (0, set(), 1) == (found.rows[0].replies, found.rows[0].asked, found.store.usage.of_row(1).told)
    found.store.close()


def test_the_peak_is_of_this_process() -> None:
    """Bytes, not kilobytes: an interpreter with pytest holds more than ten million."""
    assert 10_000_000 < peak().resident < 1_000_000_000_000
