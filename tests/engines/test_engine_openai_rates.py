"""How fast and how much at once servers are asked, on a made-up clock."""

import itertools
import math
import statistics
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.engines.limiters import AtRandom, Bucket, FixedWindow, Limiter, SlidingWindow, ask_for
from vqa_eval.engines.openai.allowance import Allowance
from vqa_eval.engines.openai.pacing import Pace, Pacer
from vqa_eval.engines.openai.window import Window

ceilings = st.integers(1, 300)
steps = st.lists(st.sampled_from(["begin", "answered", "overwhelmed", "lost"]), max_size=200)


def walk(window: Window, taken: list[str]) -> list[float]:
    """Do the steps that can be done, the oldest request ending first; return the limits on the way."""
    under_way: list[int] = []
    limits = [window.limit]
    for step in taken:
        if step == "begin":
            if window.room:
                under_way.append(window.begin())
        elif under_way:
            number = under_way.pop(0)
            if step == "answered":
                window.widen()
            elif step == "overwhelmed":
                window.narrow(number)
            window.end()
        limits.append(window.limit)
        assert len(under_way) == window.in_flight
    return limits


@given(start=ceilings, ceiling=ceilings, taken=steps)
def test_a_window_stays_between_one_and_its_ceiling(start: int, ceiling: int, taken: list[str]) -> None:
    """Whatever happens, at least one request may be under way and never more than the ceiling."""
    window = Window(start, ceiling)
    limits = walk(window, taken)
    assert 1 <= min(limits)
    assert max(limits) <= ceiling
    assert window.in_flight <= ceiling


@given(ceiling=ceilings, taken=st.lists(st.sampled_from(["begin", "answered", "lost"]), max_size=200))
def test_a_window_only_narrows_when_a_server_is_overwhelmed(ceiling: int, taken: list[str]) -> None:
    """Answers and lost requests alone never make a limit smaller."""
    limits = walk(Window(1, ceiling), taken)
    assert sorted(limits) == limits


@given(ceiling=st.integers(2, 300))
def test_requests_under_way_together_narrow_once(ceiling: int) -> None:
    """Of a whole window that fails the first alone makes it smaller, by the factor 0.7; the next window counts anew."""
    window = Window(ceiling, ceiling)
    numbers = [window.begin() for _ in range(ceiling)]
    for number in numbers:
        window.narrow(number)
        window.end()
    assert max(1.0, 0.7 * ceiling) == pytest.approx(window.limit)
    window.narrow(window.begin())
    assert max(1.0, 0.49 * ceiling) == pytest.approx(window.limit)


def test_a_window_doubles_until_it_was_narrowed() -> None:
    """With every request answered it goes 4, 8, 16; after a decrease a round of answers makes room for one more."""

    def answer_a_round(window: Window) -> float:
        for _ in range(window.in_flight):
            window.widen()
            window.end()
            while window.room:
                window.begin()
        return window.limit

    window = Window(4, 64)
    last = max(window.begin() for _ in range(4))
    assert [8, 16, 32, 64, 64] == [answer_a_round(window) for _ in range(5)]
    window.narrow(last + 1)
    while window.in_flight > window.limit:
        window.end()
    assert 64 * 0.7 + 1 == pytest.approx(answer_a_round(window), abs=0.05)


def test_a_limit_that_nobody_strains_does_not_grow() -> None:
    """One request at a time says nothing about how many a server can take."""
    window = Window(4, 64)
    walk(window, ["begin", "answered"] * 50)
    assert 4 == window.limit


amounts = st.lists(st.floats(0.1, 500), min_size=1, max_size=60)
gaps = st.lists(st.floats(0, 30), min_size=60, max_size=60)


@given(per_minute=st.floats(1, 1e5), amounts=amounts, idle=gaps)
def test_no_stretch_of_time_holds_more_than_is_permitted(
    per_minute: float, amounts: list[float], idle: list[float]
) -> None:
    """Any stretch holds the rate times its length, a second's worth, and one amount at most."""
    pacer, now, sent = Pacer(per_minute), 0.0, []
    for amount, gap in zip(amounts, idle, strict=False):
        now += gap
        now += pacer.wait(now)
        pacer.take(now, amount)
        sent.append((now, amount))
    rate = per_minute / 60
    for first, (begins, _) in enumerate(sent):
        flowed = 0.0
        for ends, amount in sent[first:]:
            # The last amount may begin once those before it are out.
            assert flowed <= rate * (ends - begins) * (1 + 1e-9) + rate + 1e-6
            flowed += amount


@given(per_minute=st.floats(1, 1e5))
def test_what_is_permitted_is_used(per_minute: float) -> None:
    """Somebody who always has a request sends 98 % of what is permitted."""
    pacer, now = Pacer(per_minute), 0.0
    for _ in range(200):
        now += pacer.wait(now)
        pacer.take(now, 1)
    assert 0.98 * per_minute / 60 == pytest.approx(200 / (now + pacer.wait(now)), rel=1e-6)


def test_a_stall_is_caught_up_with_for_a_second() -> None:
    """After a busy machine came late by less than a second the rate is that of a quiet one; more is lost."""
    pacer = Pacer(60 / 0.98)
    pacer.take(0.0, 1)
    assert 1.0 == pytest.approx(pacer.wait(0.0))
    pacer.take(1.8, 1)
    assert 0.2 == pytest.approx(pacer.wait(1.8))
    pacer.take(9.0, 1)
    assert 0.0 == pytest.approx(pacer.wait(9.0))
    pacer.take(9.0, 1)
    assert 1.0 == pytest.approx(pacer.wait(9.0))


def test_tokens_are_guessed_and_corrected() -> None:
    """A reply is first taken to be as long as it may be; what it was is given back, and the next guess is better."""
    pace = Pace(tokens_per_minute=60_000 / 0.98)
    guess = pace.send(0.0, 500, 1500)
    assert 2000 == guess
    assert 2.0 == pytest.approx(pace.wait(0.0))
    pace.settle(guess, 500, 500, 100)
    assert 0.6 == pytest.approx(pace.wait(0.0))
    assert 600 == pytest.approx(pace.send(0.6, 500, 1500))
    assert 50 + 500 == pytest.approx(pace.send(2.0, 500, 50), abs=60)


def test_what_was_refused_is_not_counted() -> None:
    """A request that brought nothing gives its tokens back."""
    pace = Pace(tokens_per_minute=60_000 / 0.98)
    pace.refund(pace.send(0.0, 500, 1500))
    assert 0.0 == pace.wait(0.0)


def test_without_a_limit_nothing_waits() -> None:
    """Neither requests nor tokens are held back where nobody names a limit."""
    pace = Pace()
    assert [0.0, 0.0] == [pace.send(0.0, 10_000, 10_000) for _ in range(2)]
    assert 0.0 == pace.wait(0.0)


LIMITERS: dict[str, tuple[Callable[[], Limiter], Callable[[float], float]]] = {
    "a bucket of a minute": (lambda: Bucket(1, 60), lambda seconds: 60 + seconds),
    "a bucket of a minute, exact": (lambda: Bucket(1, 60, whole_seconds=False), lambda seconds: 60 + seconds),
    "a bucket of five": (lambda: Bucket(1, 5), lambda seconds: 5 + seconds),
    "a minute of the clock": (lambda: FixedWindow(60, 60), lambda seconds: 60 * math.ceil(seconds / 60)),
    "the last sixty seconds": (lambda: SlidingWindow(60, 60), lambda seconds: 60 * math.ceil(seconds / 60)),
    "ten a second": (lambda: Bucket(10, 600), lambda seconds: 600 + 10 * seconds),
    "five a second over sixty seconds": (lambda: SlidingWindow(300, 60), lambda seconds: 5 * seconds),
}


@pytest.mark.parametrize("start", [4, 16], ids=["begun slowly", "begun with all"])
@pytest.mark.parametrize("name", LIMITERS)
def test_the_rate_is_learned_from_refusals(name: str, start: int) -> None:
    """Over ten minutes 95 % of what a server permits is used and under 2 % of the requests are refused."""
    make, permitted = LIMITERS[name]
    day = ask_for(600, make(), Window(start, 16))
    assert 0.95 <= day.let_through / permitted(600)
    assert day.wasted < 0.02


def test_a_rate_that_was_raised_is_found() -> None:
    """A server that permits three times as much from the second minute on is asked as much within the half hour."""
    slow, fast = Bucket(1, 5), Bucket(3, 15)
    day = ask_for(1800, lambda now: slow(now) if now < 120 else fast(now), Window(16, 16))
    assert 0.75 * (120 + 3 * 1680) <= day.let_through
    assert day.wasted < 0.02


def test_one_refusal_does_not_stop_a_run() -> None:
    """A rate that was measured on three requests is doubted: who refused once is soon asked as fast as before."""
    met = itertools.count(1)
    day = ask_for(math.inf, lambda now: 30.0 if next(met) == 3 else None, Window(64, 64), most=5000)
    assert 1 == day.refused
    assert day.seconds < 500


@pytest.mark.parametrize("way", [0.001, 0.05], ids=["near", "far"])
@pytest.mark.parametrize("share", [0.01, 0.05, 0.2])
def test_refusals_at_random_do_not_stop_a_run(share: float, way: float) -> None:
    """A server that refuses up to a fifth of all requests is taken for what it is: only the refused must wait."""
    days = [ask_for(6000, AtRandom(share, seed), Window(64, 64), most=2000, way=way) for seed in range(20)]
    assert statistics.median(day.seconds for day in days) < 60
    assert max(day.seconds for day in days) < 300
    assert share == pytest.approx(statistics.mean(day.wasted for day in days), abs=0.3 * share)


def test_all_sending_pauses_for_as_long_as_was_asked() -> None:
    """After a refusal nothing is sent before the time that it names, the longest where several name one."""
    allowance = Allowance()
    for now in (0.0, 0.1, 0.2):
        allowance.send(now)
    allowance.refuse(0.3, 5.0)
    allowance.refuse(0.4, 2.0)
    assert 4.6 == pytest.approx(allowance.wait(0.7))
    assert 0.0 == allowance.wait(5.3)


def test_refusals_that_turn_out_to_be_about_the_rate_are_measured_anew() -> None:
    """Refusals that come at once after a trial of random ones pause what is sent, before anything more was."""
    allowance, now = Allowance(), 0.0
    while not allowance._at_random:
        now += allowance.wait(now)
        allowance.send(now)
        now += 1.0
        allowance.refuse(now, 1.0 + now / 10)
    for _ in range(50):
        allowance.refuse(now, 1.0)
    assert 0.0 < allowance.wait(now) <= 1.0
    now += allowance.wait(now)
    allowance.send(now)
    assert 0.0 < allowance.interval < 10.0
