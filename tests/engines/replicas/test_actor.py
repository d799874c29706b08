"""What runs in an actor, without the actor: pieces of work become one stream into the engine."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterable, Iterator

import pytest

from tests.engines.standins import make_request
from vqa_eval.engines.replicas import actor
from vqa_eval.engines.replicas.actor import AHEAD, Opened, Replica
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import EngineError
from vqa_eval.records import Reply, Request

REQUESTS = [make_request(n, pictures=0) for n in range(12)]


class Streams(ScriptedEngine):
    """Reads all that it is asked before it answers; notes how much that was, and in which thread."""

    def __init__(self) -> None:
        super().__init__(lambda request: request.sample)
        self.streams: list[int] = []
        self.threads: set[str] = set()
        self.mute: set[str] = set()

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Answer each, but for those that it keeps mute about."""
        self.threads.add(threading.current_thread().name)
        read = list(requests)
        self.streams.append(len(read))
        yield from super().ask(request for request in read if request.sample not in self.mute)


def going(engine: ScriptedEngine, work: Callable[[Replica], Awaitable[None]]) -> Opened:
    """Open a replica with the engine and let `work` ask it; return what it said when it was open."""

    async def go() -> Opened:
        replica = Replica(lambda: engine)
        opened = await replica.open()
        await work(replica)
        await replica.close()
        return opened

    return asyncio.run(go())


def test_replies_come_in_the_order_of_the_piece() -> None:
    """A piece has one reply for each of its requests, in their order; the engine is closed at the end."""
    engine = Streams()

    async def work(replica: Replica) -> None:
        replies = await replica.answer(REQUESTS[:5], more=False)
        assert [request.key for request in REQUESTS[:5]] == [reply.key for reply in replies]

    opened = going(engine, work)
    assert (engine.identity, AHEAD) == (opened.traits.identity, opened.ahead)
    with pytest.raises(EngineError, match="closed"):
        next(ScriptedEngine.ask(engine, REQUESTS[:1]))


def test_pieces_that_follow_each_other_are_one_stream() -> None:
    """Three pieces, of which two announce the next one, are asked in one go and in one thread."""
    engine = Streams()

    async def work(replica: Replica) -> None:
        pieces = [replica.answer(REQUESTS[n : n + 4], more=n < 8) for n in (0, 4, 8)]
        assert [4, 4, 4] == [len(replies) for replies in await asyncio.gather(*pieces)]

    going(engine, work)
    assert [12] == engine.streams
    assert 1 == len(engine.threads)


@pytest.mark.parametrize("told", [True, False])
def test_a_piece_that_does_not_come_holds_nothing_up(told: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the announced piece is taken back, or does not come for a while, the engine is told that this was all."""
    monkeypatch.setattr(actor, "LULL", 60.0 if told else 0.01)
    engine = Streams()

    async def work(replica: Replica) -> None:
        answering = asyncio.ensure_future(replica.answer(REQUESTS[:2], more=True))
        await asyncio.sleep(0)  # it is sent before it is taken back
        if told:
            await replica.no_more()
        assert 2 == len(await asyncio.wait_for(answering, 30))
        assert 1 == len(await replica.answer(REQUESTS[2:3], more=False))

    going(engine, work)
    assert [2, 1] == engine.streams


def test_a_request_without_reply_is_a_fault() -> None:
    """An engine that forgets a request does not hold up its piece."""
    engine = Streams()
    engine.mute = {"demo/1"}

    async def work(replica: Replica) -> None:
        replies = await replica.answer(REQUESTS[:3], more=False)
        assert [None, "engine", None] == [reply.fault and reply.fault.kind for reply in replies]

    going(engine, work)


def test_one_question_may_come_twice() -> None:
    """Equal requests of two pieces each get their reply."""
    engine = Streams()

    async def work(replica: Replica) -> None:
        pieces = [replica.answer(REQUESTS[:1], more=more) for more in (True, False)]
        assert ["demo/0", "demo/0"] == [reply.text for (reply,) in await asyncio.gather(*pieces)]

    going(engine, work)


def test_what_an_engine_dies_of_reaches_everybody_who_waits() -> None:
    """An engine that cannot go on says so to every piece, also to those that it has not begun."""

    async def work(replica: Replica) -> None:
        pieces = [replica.answer(REQUESTS[n : n + 4], more=n < 8) for n in (0, 4, 8)]
        ends = await asyncio.gather(*pieces, return_exceptions=True)
        assert [EngineError] * 3 == [type(end) for end in ends]

    going(ScriptedEngine(lambda request: "fine", dies_after=2), work)


def test_any_other_error_is_the_engines_too() -> None:
    """An error that is none of ours reaches the driver by its name, since its class may not be known there."""

    def say(request: Request) -> str:
        raise ZeroDivisionError("division by zero")

    async def work(replica: Replica) -> None:
        with pytest.raises(EngineError, match="ZeroDivisionError: division by zero"):
            await replica.answer(REQUESTS[:1], more=False)

    going(ScriptedEngine(say), work)


def test_closing_waits_for_one_reply_only() -> None:
    """A replica that is closed while it answers ends at the next reply; it asks nothing more."""
    may_go_on = threading.Event()

    def say(request: Request) -> str:
        may_go_on.wait(30)
        return "fine"

    engine = ScriptedEngine(say)

    async def work(replica: Replica) -> None:
        answering = asyncio.ensure_future(replica.answer(REQUESTS, more=False))
        while not engine.asked:
            await asyncio.sleep(0.001)
        closing = asyncio.ensure_future(replica.close())
        await asyncio.sleep(0)
        may_go_on.set()
        await asyncio.wait_for(closing, 30)
        answering.cancel()

    going(engine, work)
    assert REQUESTS[:1] == engine.asked
