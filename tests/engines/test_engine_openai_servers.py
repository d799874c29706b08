"""Several servers of one model, some of which refuse, fail or die; and how often a request is sent."""

import socket
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.engines.chat_servers import LoopServer, chat_servers
from tests.engines.limiters import SlidingWindow
from tests.engines.standins import completion, make_request, refusal
from vqa_eval.engines.openai import OpenAIEngine
from vqa_eval.engines.openai.endpoints import FAILURES, Endpoints
from vqa_eval.engines.openai.retrying import AttemptError
from vqa_eval.engines.openai.window import Window
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard, Reply, Request

CARD = ModelCard("stand-in", "Stand-in")
LOST = AttemptError("connection", "gone", again=True)


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


@pytest.fixture
def three() -> Iterator[list[LoopServer]]:
    """Run three servers of one model."""
    with chat_servers(3) as servers:
        yield servers


@pytest.fixture
def one(three: list[LoopServer]) -> LoopServer:
    """Run a server."""
    return three[0]


def questions(count: int) -> list[Request]:
    """Return questions without pictures, numbered from 0."""
    return [make_request(number, pictures=0) for number in range(count)]


def ask(requests: list[Request], *servers: LoopServer | str, **options: Any) -> dict[int, Reply]:
    """Return what servers reply to each question; every question has exactly one reply."""
    urls = [server if isinstance(server, str) else server.url for server in servers]
    engine = OpenAIEngine("stand-in", CARD, *urls, **{"first_pause": 0.001, **options})
    try:
        replies = list(engine.ask(requests))
    finally:
        engine.close()
    numbers = {request.key: number for number, request in enumerate(requests)}
    assert sorted(numbers) == sorted(reply.key for reply in replies)
    return {numbers[reply.key]: reply for reply in replies}


def said(replies: dict[int, Reply]) -> dict[int, str]:
    """Return the texts, having seen that there is no fault."""
    assert {} == {number: reply.fault for number, reply in replies.items() if reply.fault}
    return {number: reply.text for number, reply in replies.items()}


def nobody() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def test_servers_share_the_requests(three: list[LoopServer]) -> None:
    """Each server is asked about as many as the others, and each request goes to one of them."""
    for server in three:
        server.takes = 0.005
    assert {number: f"{number}" for number in range(120)} == said(ask(questions(120), *three, concurrency=4))
    assert list(range(120)) == sorted(number for server in three for number in server.asked)
    assert min(len(server.asked) for server in three) > 20


def test_one_of_three_dies_in_the_middle(three: list[LoopServer]) -> None:
    """A server that is closed with requests under way loses none: the others answer them, each once."""
    dying = three[1]

    def answer(number: int) -> Any:
        if len(dying.asked) == 40:
            dying.close_soon()
        return completion(f"{number}")

    dying.answer = answer
    for server in three:
        server.takes = 0.005
    assert {number: f"{number}" for number in range(400)} == said(
        ask(questions(400), *three, concurrency=8, attempts=2)
    )
    times = Counter(number for server in three for number in server.asked)
    again = [number for number, asked in times.items() if asked > 1]
    assert set(again) <= set(dying.asked)
    assert len(dying.asked) < 60


def test_one_that_is_not_there_costs_nothing(one: LoopServer) -> None:
    """Two of three addresses at which nobody listens from the beginning: all requests are answered by the third."""
    one.takes = 0.05
    assert 40 == len(said(ask(questions(40), nobody(), one, nobody(), concurrency=8, attempts=3)))
    assert list(range(40)) == sorted(one.asked)


def test_nobody_at_all_ends_the_run() -> None:
    """Where nobody listens at any address the run ends with an error that says so."""
    with pytest.raises(EngineError, match="nobody answers"):
        ask(questions(50), nobody(), nobody(), nobody(), concurrency=4)


def test_all_that_die_end_the_run(three: list[LoopServer]) -> None:
    """Where all servers are gone in the middle of a run it ends too, and the same command goes on."""
    for server in three:

        def answer(number: int, server: LoopServer = server) -> Any:
            if len(server.asked) == 10:
                server.close_soon()
            return completion(f"{number}")

        server.answer = answer
    with pytest.raises(EngineError, match="nobody answers any more") as caught:
        ask(questions(400), *three, concurrency=4, attempts=3)
    assert "the same command goes on" in caught.value.hint


def test_a_server_that_refuses_is_left_alone(three: list[LoopServer]) -> None:
    """While one server asks to wait, its requests go to the others, and it is not asked again."""
    busy, *others = three
    busy.answer = lambda number: refusal(429, "slow down", Retry_After="600")
    for server in others:
        server.takes = 0.002
    assert 100 == len(said(ask(questions(100), *three, concurrency=4)))
    assert 1 <= len(busy.asked) <= 4


def test_a_server_that_fails_is_set_aside(three: list[LoopServer]) -> None:
    """After three failures in a row a server gets no more but for a knock now and then."""
    broken, *others = three
    broken.answer = lambda number: refusal(500, "out of memory")
    for server in others:
        server.takes = 0.002
    assert 300 == len(said(ask(questions(300), *three, concurrency=4)))
    assert FAILURES <= len(broken.asked) <= FAILURES + 4


def test_poison_is_asked_as_often_as_said(one: LoopServer) -> None:
    """Five of a thousand that always fail are faults after exactly three requests each; all others are answered."""
    poison = {3, 200, 201, 500, 999}
    one.answer = lambda number: refusal(500, "boom") if number in poison else completion(f"{number}")
    replies = ask(questions(1000), one, attempts=3)
    faults = {number: reply.fault.kind for number, reply in replies.items() if reply.fault}
    assert dict.fromkeys(poison, "server") == faults
    assert {number: f"{number}" for number in range(1000)} == {
        **{number: reply.text for number, reply in replies.items()},
        **{number: f"{number}" for number in poison},
    }
    assert {number: 3 if number in poison else 1 for number in range(1000)} == dict(Counter(one.asked))


def test_poison_is_asked_as_often_as_said_by_all_servers_together(three: list[LoopServer]) -> None:
    """Several servers are no reason to send a request more often."""
    for server in three:
        server.answer = lambda number: refusal(500, "boom") if number in {3, 77} else completion(f"{number}")
    replies = ask(questions(150), *three, attempts=3)
    assert {3, 77} == {number for number, reply in replies.items() if reply.fault}
    times = Counter(number for server in three for number in server.asked)
    assert {number: 3 if number in {3, 77} else 1 for number in range(150)} == dict(times)


@pytest.mark.parametrize("told", [False, True], ids=["found out", "told"])
def test_a_rate_is_kept_to(one: LoopServer, told: bool) -> None:
    """Of sixty requests in six seconds 95 % are used and under 2 % of the requests are refused."""
    limiter, start = SlidingWindow(60, 6.0, whole_seconds=False), time.monotonic()
    refused: list[int] = []

    def answer(number: int) -> Any:
        after = limiter(time.monotonic() - start)
        if after is None:
            return completion(f"{number}")
        refused.append(number)
        return refusal(429, "slow down", Retry_After=f"{after:g}")

    one.answer = answer
    said(ask(questions(120), one, concurrency=2, **({"requests_per_minute": 600} if told else {})))
    assert len(refused) / len(one.asked) < 0.02
    # Two windows are full after one whole window and the moment in which the second is filled.
    assert 0.95 <= 120 / (10 * (time.monotonic() - start))


@pytest.mark.parametrize("hangs", [False, True], ids=["fails", "hangs"])
def test_a_sample_has_a_deadline(one: LoopServer, hangs: bool) -> None:
    """All attempts and pauses together end by the deadline, and the fault says so."""
    if hangs:
        one.takes = 60.0
    else:
        one.answer = lambda number: refusal(500, "boom")
    (reply,) = ask(questions(1), one, attempts=10_000, deadline=0.3, first_pause=0.02).values()
    assert reply.fault is not None
    assert "timeout" == reply.fault.kind
    assert "the deadline of 0.3 s passed after" in reply.fault.detail
    assert 1 <= len(one.asked) < 1000


def test_a_deadline_counts_what_a_server_asks_to_wait(one: LoopServer) -> None:
    """A request that would have to wait beyond its deadline is a fault at once."""
    one.answer = lambda number: refusal(429, "slow down", Retry_After="60")
    (reply,) = ask(questions(1), one, deadline=5.0).values()
    assert reply.fault is not None
    assert "the deadline of 5 s passed after 1 attempts: 429: slow down" == reply.fault.detail


def test_a_fault_names_the_server(three: list[LoopServer]) -> None:
    """Where there are several, what went wrong says at which."""
    for server in three:
        server.answer = lambda number: refusal(400, "no such thing")
    (reply,) = ask(questions(1), *three).values()
    assert reply.fault is not None
    assert any(f"400: no such thing ({server.url.removeprefix('http://')})" == reply.fault.detail for server in three)


def test_the_first_server_stands_for_all(three: list[LoopServer]) -> None:
    """The identity names the first address alone, so that others may come and go."""
    urls = [server.url for server in three]
    identities = []
    for named in (urls[:1], urls, [urls[0], urls[2]]):
        engine = OpenAIEngine("m", CARD, *named)
        identities.append(engine.identity)
        engine.close()
    assert 1 == len(set(identities))
    assert f"m at {urls[0].removeprefix('http://')}" == identities[0].revision


def test_an_ask_that_is_given_up_leaves_room(one: LoopServer) -> None:
    """After a caller stops in the middle, the next has all slots."""
    one.takes = 0.02
    engine = OpenAIEngine("stand-in", CARD, one.url, concurrency=2)
    for _ in range(3):
        replies = engine.ask(questions(20))
        next(replies)
        replies.close()
    assert 6 == len(list(engine.ask(questions(6))))
    engine.close()


def test_nothing_more_is_sent_once_a_run_has_ended(one: LoopServer) -> None:
    """A refused key is told at once: what was ready is not sent any more, and no pause is sat out."""
    one.answer = lambda number: refusal(401, "who are you?") if number == 1 else refusal(500, "boom")
    with pytest.raises(EngineError, match="who are you"):
        ask(questions(200), one, concurrency=2, first_pause=1000.0)
    assert len(one.asked) < 8


def endpoints(count: int) -> Endpoints:
    """Return endpoints that take four requests at once."""
    return Endpoints([Window(4, 4) for _ in range(count)])


def lose(choice: Endpoints, number: int, now: float, times: int = FAILURES) -> None:
    """Let a server lose requests."""
    one = choice.all[number]
    begun = [one.begin(now) for _ in range(times)]
    for each in begun:
        one.failed(each, LOST, now)
        one.window.end()


def test_the_emptiest_server_is_next() -> None:
    """Whoever has the most room gets the next request; where nobody has any, only an answer helps."""
    choice = endpoints(2)
    order = []
    for turn in range(8):
        found, wait = choice.choose(float(turn))
        assert found is not None
        assert 0.0 == wait
        found.begin(float(turn))
        order.append(found.number)
    assert [0, 1, 0, 1, 0, 1, 0, 1] == order
    assert (None, float("inf")) == choice.choose(9.0)


def test_a_server_that_is_gone_is_knocked_at_with_growing_pauses() -> None:
    """It gets one request after 1, 2, 4 … 60 seconds; requests that were lost together are one loss."""
    choice = endpoints(2)
    lose(choice, 1, 0.0, times=4)
    now, knocks = 0.0, []
    while now < 400:
        found, _ = choice.choose(now)
        assert found is not None
        if found.number == 1:
            knocks.append(now)
            lose(choice, 1, now, times=1)
        now += 0.5
    assert [1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0] == knocks[:8]
    found, _ = choice.choose(now, may_knock=False)
    assert found is choice.all[0]


def test_one_knock_at_a_time() -> None:
    """While somebody waits at the door of a server that is set aside, nobody else is sent there; an answer opens it."""
    choice = endpoints(2)
    lose(choice, 1, 0.0)
    gone = choice.all[1]
    assert gone is choice.choose(2.0)[0]
    gone.begin(2.0)
    assert choice.all[0] is choice.choose(2.0)[0]
    gone.answered()
    gone.window.end()
    assert not gone.aside
    assert gone is choice.choose(2.1, avoided=choice.all[0])[0]


def test_where_all_are_gone_none_is_set_aside() -> None:
    """There is nowhere else to go: each is asked, as often as the requests themselves pause."""
    choice = endpoints(2)
    lose(choice, 0, 0.0)
    lose(choice, 1, 0.0)
    assert choice.choose(0.1)[0] is not None


def test_who_just_failed_is_avoided() -> None:
    """Its request waits for another server rather than going back, unless there is no other."""
    choice = endpoints(2)
    first, second = choice.all
    for _ in range(4):
        second.begin(0.0)
    assert (None, float("inf")) == choice.choose(1.0, avoided=first)
    for number in range(FAILURES):
        second.failed(number, LOST, 1.0)
    assert first is choice.choose(1.0, avoided=first)[0]


def test_a_server_that_hangs_gets_one_knock_at_a_time() -> None:
    """The next knock is after the last has ended and another rest, however it ended, and only where there is room."""
    choice = endpoints(2)
    lose(choice, 1, 0.0)
    hung = choice.all[1]
    assert hung is choice.choose(1.0)[0]
    knock = hung.begin(1.0)
    assert choice.all[0] is choice.choose(1000.0)[0]
    hung.end(knock, 1000.0)  # its request was given up
    assert choice.all[0] is choice.choose(1000.9)[0]
    assert hung is choice.choose(1002.0)[0]
    for _ in range(4):
        hung.window.begin()
    assert choice.all[0] is choice.choose(1002.0)[0]


def test_who_waits_for_another_server_holds_up_nobody(three: list[LoopServer]) -> None:
    """While one server is slow and full, what the other fails now and then does not leave that other idle."""
    slow, quick, _ = three
    slow.takes, quick.takes = 1.0, 0.005
    failed: set[int] = set()

    def answer(number: int) -> Any:
        if number % 20 or number in failed:
            return completion(f"{number}")
        failed.add(number)
        return refusal(500, "boom")

    quick.answer = answer
    start = time.monotonic()
    assert 300 == len(said(ask(questions(300), slow, quick, concurrency=4)))
    assert time.monotonic() - start < 2.5
    assert len(slow.asked) <= 12
    assert failed


def test_a_server_that_was_set_aside_comes_back_where_nothing_is_sent_twice(three: list[LoopServer]) -> None:
    """With one attempt a request, one of them knocks all the same."""
    steady, broken, _ = three
    steady.takes = 0.02
    broken.answer = lambda number: refusal(500, "boom") if len(broken.asked) <= FAILURES else completion(f"{number}")
    replies = ask(questions(200), steady, broken, concurrency=2, attempts=1)
    assert FAILURES == sum(reply.fault is not None for reply in replies.values())
    assert len(broken.asked) > 2 * FAILURES


def test_nobody_is_found_out_in_small_portions() -> None:
    """A caller who asks two requests at a time learns as well that nobody is there."""
    engine = OpenAIEngine("stand-in", CARD, nobody(), attempts=1)
    assert ["connection"] * 2 == [reply.fault.kind for reply in engine.ask(questions(2)) if reply.fault]
    with pytest.raises(EngineError, match="nobody answers"):
        list(engine.ask(questions(2)))
    engine.close()
