"""Money and time foretold: ranges whose ends are worked out by hand."""

from pathlib import Path

import pytest

from vqa_eval.engines import EngineSettings, ModelRef
from vqa_eval.pipeline.forecast import (
    Range,
    at_once,
    budget_words,
    duration,
    money_as,
    money_range,
    money_words,
    time_range,
    time_words,
)
from vqa_eval.pipeline.preflight import Load, Spread
from vqa_eval.pipeline.pricing import Money
from vqa_eval.pipeline.probing import Pace
from vqa_eval.records import ModelCard, Price
from vqa_eval.store import Usage

PRICE = Price(input=1.0, output=10.0, batch=0.5)
LOAD = Load("m", "p", 1000, 1000, 0, 0, 0, Spread(100, 100, 100, 100_000), 100_000, 0, None)


def settings(**given: object) -> EngineSettings:
    """Return settings of the machine."""
    return EngineSettings(Path(), **given)  # type: ignore[arg-type]  # named as the fields are


def test_money_lies_between_the_shortest_and_the_longest_replies() -> None:
    """A thousand requests of 100 tokens: 0.1 for the prompts, and 0.01 to 5.12 for the replies; batches cost half."""
    found = money_range(PRICE, LOAD, 512)
    assert (pytest.approx(0.11), pytest.approx(5.22)) == (found.low, found.high)
    assert "0.11 to 5.22 USD" == money_words(found, "USD")
    assert pytest.approx(0.055) == money_range(PRICE, LOAD, 512, batch=True).low


def test_money_as_the_asked_ones_cost() -> None:
    """Twenty replies of 110 tokens in and 5 out make a thousand cost 0.16; none that tells makes it unknown."""
    assert Money(pytest.approx(0.16), "USD") == money_as(PRICE, 1000, Usage(20, 20, 2200, 100))
    assert money_as(PRICE, 1000, Usage(20, 0)) is None


def test_time_is_at_the_pace_of_the_probe() -> None:
    """At 20 replies a second a thousand take 50 s; with twice as many under way half of it, if each is as quick."""
    pace = Pace(rate=20.0, at_once=10, seconds=0.5)
    assert Range(50.0, 50.0) == time_range(1000, pace, settings())
    assert Range(25.0, 50.0) == time_range(1000, pace, settings(), widest=20)
    assert Range(50.0, 50.0) == time_range(1000, pace, settings(), widest=5)


def test_time_heeds_the_limits_of_the_provider() -> None:
    """600 requests or 60,000 tokens a minute: no machine is quicker than that."""
    pace = Pace(rate=1000.0, at_once=10, seconds=0.01)
    assert Range(100.0, 100.0) == time_range(1000, pace, settings(requests_per_minute=600))
    assert Range(200.0, 200.0) == time_range(1000, pace, settings(tokens_per_minute=60_000), tokens=200)


def test_a_run_may_have_more_under_way_than_its_probe() -> None:
    """What is usual for a server counts where nothing is said, for each of several; a model here has no such number."""
    one, two, here = (
        ModelRef("m", scheme, "m", ModelCard("m", "m"), urls)
        for scheme, urls in (("openai", ()), ("openai", ("http://a/v1", "http://b/v1")), ("transformers", ()))
    )
    assert (16, 32, None) == tuple(at_once(ref, settings()) for ref in (one, two, here))
    assert (40, 80, None) == tuple(at_once(ref, settings(concurrency=40)) for ref in (one, two, here))


@pytest.mark.parametrize(
    ("amount", "verdict"),
    [(5.88, "suffices"), (5.5, "may or may not suffice"), (5.0, "does not suffice: the run will stop at it")],
)
def test_a_budget_is_held_against_the_estimate(amount: float, verdict: str) -> None:
    """Above the longest replies it suffices, below the shortest it does not, and between nobody knows."""
    said = budget_words(Money(amount, "USD"), Range(5.29, 5.88))
    assert f"by the estimate of ≈ 5.29 to 5.88 USD in all the budget of {amount:.2f} USD {verdict}" == said
    assert "unknown" in budget_words(Money(amount, "USD"), None)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0.2, "under 1 s"),
        (59.4, "59 s"),
        (59.6, "1 min"),
        (3599.0, "1 h"),
        (7800.0, "2 h 10 min"),
        (86400.0, "24 h"),
        (273600.0, "3 d 4 h"),
    ],
)
def test_durations_are_said_as_people_say_them(seconds: float, said: str) -> None:
    """Two units at most."""
    assert said == duration(seconds)


def test_a_range_of_one_is_one() -> None:
    """Ends that read the same are said once."""
    assert "3 min" == time_words(Range(178, 182))
    assert "3 min to 9 min" == time_words(Range(180, 540))
    assert "1.00 USD" == money_words(Range(1.001, 1.002), "USD")
