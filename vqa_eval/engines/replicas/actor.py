"""What runs in an actor on some machine: one engine, which never runs dry while anything waits."""

import asyncio
import platform
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from vqa_eval.engines.protocol import Engine, media_types
from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, Fault, ModelIdentity, Reply, Request

AHEAD = 8
"""Requests that an engine is taken to pull before it answers the first, where it does not say."""

LULL = 1.0
"""Seconds for which the stream waits for the next piece; then the engine answers what it has."""


@dataclass(frozen=True, slots=True)
class Traits:
    """What an engine says about itself; the replicas of a model must all say the same."""

    identity: ModelIdentity
    channels: frozenset[Channel]
    media_types: frozenset[str]
    max_pictures: int | None
    max_side: int | None
    looks_at_pictures: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A replica whose model is loaded."""

    traits: Traits
    ahead: int
    """Requests that its engine pulls before it answers the first of them."""


class Replica:
    """One engine, asked by calls that each bring a piece of the work and run beside each other.

    The pieces go as one stream into `Engine.ask`, so that an engine with many requests in hand does not run dry
    at the end of each. The stream ends where no piece is about to follow, and begins anew with the next one: an
    engine that reads on would otherwise wait for a sender that waits for its replies. The engine is opened, asked
    and closed in one thread of its own.
    """

    def __init__(self, opener: Callable[[], Engine]) -> None:
        self._opener = opener
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="engine")
        self._engine: Engine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waiting: queue.SimpleQueue[tuple[Request, asyncio.Future[Reply]] | None] = queue.SimpleQueue()
        self._asked: dict[str, list[asyncio.Future[Reply]]] = {}
        self._closing = threading.Event()

    async def where(self) -> str:
        """Return the name of the machine on which the replica has found room."""
        return platform.node()

    async def open(self) -> Opened:
        """Load the model, which may take minutes, or raise what the engine raises."""
        self._loop = asyncio.get_running_loop()
        return await self._loop.run_in_executor(self._thread, self._open)

    async def answer(self, requests: Sequence[Request], more: bool) -> list[Reply]:
        """Return a reply for each request, in their order, or raise what the engine raises when it cannot go on.

        `more` says that the next piece comes before a reply to this one is needed.
        """
        assert self._loop is not None
        replies: list[asyncio.Future[Reply]] = [self._loop.create_future() for _ in requests]
        for entry in zip(requests, replies, strict=True):
            self._waiting.put(entry)
        if not more:
            self._waiting.put(None)
        # Where the stream is running, this finds nothing left when its turn comes.
        self._thread.submit(self._stream)
        return await asyncio.gather(*replies)

    async def no_more(self) -> None:
        """Take back what the last piece said about another one."""
        self._waiting.put(None)

    async def close(self) -> None:
        """Give back what the engine holds, at the next reply where it is still answering."""
        self._closing.set()
        if self._loop is not None:
            await self._loop.run_in_executor(self._thread, self._close)

    def _open(self) -> Opened:
        self._engine = engine = self._opener()
        traits = Traits(
            engine.identity,
            engine.channels,
            media_types(engine),
            engine.max_pictures,
            engine.max_side,
            engine.looks_at_pictures,
        )
        return Opened(traits, int(getattr(engine, "ahead", AHEAD)))

    def _close(self) -> None:
        if self._engine is not None:
            self._engine.close()

    def _stream(self) -> None:
        if self._waiting.empty() or self._closing.is_set():
            return
        try:
            assert self._engine is not None
            for reply in self._engine.ask(self._requests()):
                self._settle(reply)
                if self._closing.is_set():
                    return
            # An engine owes a reply to each; without this a piece would wait for ever.
            for key in [key for key, replies in self._asked.items() for _ in replies]:
                self._settle(Reply(key, fault=Fault("engine", "the engine gave no reply")))
        except Exception as error:
            self._give_up(error)

    def _requests(self) -> Iterator[Request]:
        while True:
            try:
                entry = self._waiting.get(timeout=LULL)
            except queue.Empty:
                return
            if entry is not None:
                request, reply = entry
                self._asked.setdefault(request.key, []).append(reply)
                yield request
            elif self._waiting.empty():
                return

    def _settle(self, reply: Reply) -> None:
        waiting = self._asked[reply.key]
        self._tell(waiting.pop(), reply)
        if not waiting:
            del self._asked[reply.key]

    def _give_up(self, error: Exception) -> None:
        left = [waiting for same in self._asked.values() for waiting in same]
        self._asked.clear()
        while not self._waiting.empty():
            if (entry := self._waiting.get()) is not None:
                left.append(entry[1])
        why = error if isinstance(error, EngineError) else EngineError(f"{type(error).__name__}: {error}")
        for waiting in left:
            self._tell(waiting, why)

    def _tell(self, waiting: "asyncio.Future[Reply]", said: Reply | EngineError) -> None:
        assert self._loop is not None
        self._loop.call_soon_threadsafe(_answer, waiting, said)


def _answer(waiting: "asyncio.Future[Reply]", said: Reply | EngineError) -> None:
    if waiting.done():
        return
    if isinstance(said, Reply):
        waiting.set_result(said)
    else:
        waiting.set_exception(said)
