"""A budget: never overspent by what was to be expected, never under-used, kept over goes, and nothing asked twice."""

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.engines.standins import make_request
from tests.pipeline.paid import Eager, go, ordered, paid_catalog, says
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.pricing import parse_money, written
from vqa_eval.pipeline.spending import spending_on
from vqa_eval.records import Fault, Reply, Request


class Batches(ScriptedEngine):
    """Has the first requests of `letters` under way from an earlier go, and brings all of them once one is asked."""

    def __init__(self, letters: Path, folder: Path, sent: int) -> None:
        super().__init__(says())
        catalog = paid_catalog(letters, paid=1)
        probed = ScriptedEngine(says())
        go(ordered(catalog, folder, out=folder / "probed"), catalog, {"paid": probed})
        self._sent = {request.key: request for request in probed.asked[:sent]}

    def under_way(self) -> frozenset[str]:
        """Return the keys of what was sent and not collected."""
        return frozenset(self._sent)

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Ask what is not under way, and bring all that is where one of it is asked for."""
        wanted = list(requests)
        brought = self._sent if any(request.key in self._sent for request in wanted) else {}
        yield from super().ask([request for request in wanted if request.key not in brought])
        for request in [*brought.values()]:
            del self._sent[request.key]
            yield self._reply(request)


def test_a_run_stops_before_the_budget_is_passed(letters: Path, tmp_path: Path) -> None:
    """Replies cost 1 each: of 3.5 three are asked, two are left, and the board says that it is incomplete."""
    catalog = paid_catalog(letters, paid=1)
    engine = ScriptedEngine(says())
    store, board, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "3.5usd")
    assert (3, 2) == (len(engine.asked), store.count_unasked(1))
    assert spending is not None
    assert (3.0, True) == (spending.spent, spending.exhausted)
    assert any(note.startswith("INCOMPLETE") for note in board.notes)


def test_a_larger_budget_goes_on(letters: Path, tmp_path: Path) -> None:
    """What earlier goes have cost counts, what they asked is not asked again, and the last board is complete."""
    catalog = paid_catalog(letters, paid=1)
    go(ordered(catalog, tmp_path), catalog, {"paid": ScriptedEngine(says())}, "2usd")
    for budget, more in (("2usd", 0), ("4usd", 2), ("5usd", 1), ("5usd", 0)):
        engine = ScriptedEngine(says())
        store, board, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, budget)
        assert more == len(engine.asked)
    assert (0, 0) == (store.count_unasked(1), board.sections[0].cells[0].missing)
    assert spending is not None
    assert (5.0, False) == (spending.spent, spending.exhausted)


def test_what_is_under_way_is_counted(letters: Path, tmp_path: Path) -> None:
    """Five requests could be under way at once, but with a mean of 1 known only as many start as still fit."""
    catalog = paid_catalog(letters, paid=1)
    go(ordered(catalog, tmp_path), catalog, {"paid": ScriptedEngine(says())}, "1usd")
    engine = Eager(says(), width=5)
    _, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "3.5usd")
    assert (2, 1) == (len(engine.asked), engine.portions)
    assert spending is not None
    assert 3.0 == spending.spent


def test_cheap_replies_make_room(letters: Path, tmp_path: Path) -> None:
    """Before the first reply the most that one can cost is expected; what then costs less is used for further ones."""
    catalog = paid_catalog(letters, paid=1000)  # a reply of 512 tokens costs 0.512, each here 0.002
    engine = Eager(says(tokens=1, out=1), width=5)
    store, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "1.2usd")
    assert (5, 2, 0) == (len(engine.asked), engine.portions, store.count_unasked(1))
    assert spending is not None
    assert (pytest.approx(0.01), False) == (spending.spent, spending.exhausted)


def test_the_first_replies_tell_what_one_costs(letters: Path, tmp_path: Path) -> None:
    """Each costs far more than its size says: four start before one has told, and then nobody else."""
    catalog = paid_catalog(letters, paid=1)
    engine = Eager(says(), width=5)
    store, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "0.01usd")
    assert (4, 1) == (len(engine.asked), store.count_unasked(1))
    assert spending is not None
    assert (4.0, True) == (spending.spent, spending.exhausted)


def test_costs_that_vary_are_met_with_caution(letters: Path, tmp_path: Path) -> None:
    """After replies of 1 and 3 a third costs 2 on the mean and may cost 2 + 2 √(2 (1 + 1/2)): 5.46 in all."""
    catalog = paid_catalog(letters, paid=1)
    costs = {"letters/1": 1, "letters/2": 3}

    def reply(request: Request) -> Reply:
        return says(tokens=1_000_000 * costs.get(request.sample, 2), out=0)(request)

    for budget, asked in (("9.4usd", 2), ("9.5usd", 3)):
        engine = ScriptedEngine(reply)
        prepared = ordered(catalog, tmp_path, out=tmp_path / budget)
        go(prepared, catalog, {"paid": engine}, budget)
        assert asked == len(engine.asked)


def test_no_more_are_under_way_than_have_told(letters: Path, tmp_path: Path) -> None:
    """Four that cost next to nothing, as questions on one picture do, are no licence for any number at once."""
    catalog = paid_catalog(letters, paid=1)
    engine = Eager(says(tokens=1, out=1), width=5)
    go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "100usd")
    assert (5, 2) == (len(engine.asked), engine.portions)


def test_nobody_is_asked_where_one_reply_may_be_too_dear(letters: Path, tmp_path: Path) -> None:
    """A reply may cost 0.512 and more; of 0.5 none is asked."""
    catalog = paid_catalog(letters, paid=1000)
    engine = ScriptedEngine(says())
    _, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "0.5usd")
    assert [] == engine.asked
    assert spending is not None
    assert spending.exhausted


def test_a_reply_without_usage_costs_what_was_expected(letters: Path, tmp_path: Path) -> None:
    """It is never free: after one that cost 1, each that does not tell is taken to cost 1 too, now and later."""
    catalog = paid_catalog(letters, paid=1)
    told = iter([500_000])

    def reply(request: Request) -> Reply:
        return says(tokens=next(told, None))(request)

    engine = ScriptedEngine(reply)
    store, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "3usd")
    assert (3, 2) == (len(engine.asked), store.usage.of_row(1).untold)
    assert spending is not None
    assert 3.0 == spending.spent
    engine = ScriptedEngine(says())
    go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "4usd")
    assert 1 == len(engine.asked)


def test_a_fault_is_not_asked_again_by_the_next_portion(letters: Path, tmp_path: Path) -> None:
    """It costs nothing and waits for the next go, as without a budget."""
    catalog = paid_catalog(letters, paid=1000)

    def fails(request: Request) -> Reply:
        broken = request.sample == "letters/1"
        return Reply(request.key, fault=Fault("server", "500")) if broken else says(tokens=1, out=1)(request)

    engine = Eager(fails, width=5)
    store, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "1.2usd")
    assert 1 < engine.portions
    assert 5 == len({request.key for request in engine.asked}) == len(engine.asked)
    assert 1 == store.count_unasked(1)
    assert spending is not None
    assert pytest.approx(0.008) == spending.spent


def test_silent_replies_cost_the_same_in_every_go(letters: Path, tmp_path: Path) -> None:
    """Where none tells its usage each is estimated by one rule, now and later, and the last word says so."""
    catalog = paid_catalog(letters, paid=1000)
    silent = says(tokens=None, out=None)
    store, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": ScriptedEngine(silent)}, "1.2usd")
    assert spending is not None
    assert (2, True) == (store.usage.of_row(1).untold, spending.exhausted)
    first = spending.spent
    assert f"about {written(first)} of 1.20 USD are spent by estimate, as 2 replies tell no usage" in spending.sentence
    engine = ScriptedEngine(silent)
    _, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "1.2usd")
    assert spending is not None
    assert (pytest.approx(first, rel=0.02), []) == (spending.spent, engine.asked)
    told = go(ordered(catalog, tmp_path, out=tmp_path / "told"), catalog, {"paid": ScriptedEngine(says())}, "1.2usd")[2]
    assert told is not None
    assert "stopped at the budget: 1,000.00 of 1.20 USD are spent, and" in told.sentence


def test_what_is_under_way_already_is_collected_whatever_is_left(letters: Path, tmp_path: Path) -> None:
    """Four were sent by an earlier go: a budget below any request's cost collects them all, and asks nothing else."""
    catalog = paid_catalog(letters, paid=1)
    engine = Batches(letters, tmp_path, sent=4)
    store, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "0.0001usd")
    assert ([], 4, 1) == (engine.asked, store.usage.of_row(1).told, store.count_unasked(1))
    assert spending is not None
    assert (4.0, True) == (spending.spent, spending.exhausted)


def test_what_is_under_way_is_spent_before_anything_else_is(letters: Path, tmp_path: Path) -> None:
    """Two were sent before and cost 1 each: of 3.5 there is room for one more, and nothing is asked twice."""
    catalog = paid_catalog(letters, paid=1)
    engine = Batches(letters, tmp_path, sent=2)
    store, _, spending = go(ordered(catalog, tmp_path), catalog, {"paid": engine}, "3.5usd")
    assert (1, 2) == (len(engine.asked), store.count_unasked(1))
    assert spending is not None
    assert (3.0, True) == (spending.spent, spending.exhausted)


def test_room_is_left_for_what_other_rows_have_under_way(letters: Path, tmp_path: Path) -> None:
    """One reply tells that each costs 1: with two under way elsewhere, one more fits into 4.5 and not two."""
    catalog = paid_catalog(letters, paid=1)
    prepared = ordered(catalog, tmp_path)
    store = go(prepared, catalog, {"paid": ScriptedEngine(says())}, "1usd")[0]
    for elsewhere, fits in ((2, 1), (0, 3)):
        spending = spending_on(parse_money("4.5usd"), prepared.models)
        meter = spending.meters(store)["paid"]
        assert meter is not None
        portion = next(meter.portions([make_request(number) for number in range(5)], elsewhere))
        assert fits == len(list(itertools.islice(portion, 3)))


def test_models_share_a_budget(letters: Path, tmp_path: Path) -> None:
    """What the first costs is missing to the second; a baseline is asked whatever is left."""
    catalog = paid_catalog(letters, paid=1, dear=2)
    engines = {name: ScriptedEngine(says(), name=name) for name in ("paid", "dear", "random")}
    prepared = ordered(catalog, tmp_path, ("paid", "dear", "random"))
    _, _, spending = go(prepared, catalog, engines, "7.5usd")
    assert {"paid": 5, "dear": 1, "random": 5} == {name: len(engine.asked) for name, engine in engines.items()}
    assert spending is not None
    assert 7.0 == spending.spent


def test_a_model_without_a_price_is_refused_before_anything_is_asked(letters: Path, tmp_path: Path) -> None:
    """The hint holds the card to write, with scheme, name and price."""
    catalog = paid_catalog(letters, paid=1)
    prepared = ordered(catalog, tmp_path, ("openai:other",), base_url="http://127.0.0.1:9/v1")
    with pytest.raises(EngineError, match="no price is known of openai:other") as refused:
        spending_on(parse_money("20usd"), prepared.models)
    for part in ("models/my-other.yaml", "schemes: [openai]", "api_name: other", "price: {input:", "--model my-other"):
        assert part in refused.value.hint
    assert not (tmp_path / "run").exists()


def test_currencies_are_not_mixed(letters: Path, tmp_path: Path) -> None:
    """A budget in euros says nothing about a price in dollars."""
    catalog = paid_catalog(letters, paid="1 EUR", dear="1 usd")
    prepared = ordered(catalog, tmp_path, ("paid", "dear"))
    with pytest.raises(EngineError, match=r"--budget 20\.00 EUR: dear is paid in USD"):
        spending_on(parse_money("20eur"), prepared.models)


def test_a_budget_of_nobody_is_refused(letters: Path, tmp_path: Path) -> None:
    """Models that run here cost nothing: the budget would stop nothing."""
    catalog = paid_catalog(letters)
    with pytest.raises(EngineError, match="none of the models costs anything"):
        spending_on(parse_money("20usd"), ordered(catalog, tmp_path, ("random",)).models)


def test_a_batch_api_charges_less(letters: Path, tmp_path: Path) -> None:
    """Replies that it brought are half price, also in a later go that asks without it."""
    catalog = paid_catalog(letters, paid=1)
    engine = ScriptedEngine(lambda request: replace(says()(request), batched=True))
    prepared = ordered(catalog, tmp_path, limit=2)
    go(prepared, catalog, {"paid": engine})
    store, _, spending = go(prepared, catalog, {"paid": ScriptedEngine(says())}, "9usd")
    usage = store.usage.of_row(1)
    assert (2, 1_000_000, 1_000_000) == (usage.told, usage.prompt_tokens, usage.batch_prompt_tokens)
    assert spending is not None
    assert 1.0 == spending.spent
