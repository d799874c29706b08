"""What a run asks of servers: a stream of requests in, their replies out.

Requests run as coroutines in a loop of the engine's own thread, so the callers stay plain. The key is read
from the environment; it is written nowhere, and what a server says is cleaned of it.
"""

import asyncio
import contextlib
import importlib.metadata
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from vqa_eval.engines.openai import servers
from vqa_eval.engines.openai.chat import Chat
from vqa_eval.engines.openai.dispatch import Came, Dispatch
from vqa_eval.engines.openai.endpoints import Endpoints
from vqa_eval.engines.openai.flight import Flight
from vqa_eval.engines.openai.notices import Notices
from vqa_eval.engines.openai.pacing import Pace
from vqa_eval.engines.openai.reach import Reach
from vqa_eval.engines.openai.retrying import AttemptError, Backoff
from vqa_eval.engines.openai.window import Window
from vqa_eval.engines.openai.wire import Wire
from vqa_eval.engines.pictures import cut_off
from vqa_eval.engines.reference import EngineSettings, ModelRef, require
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.errors import EngineError
from vqa_eval.records import Fault, ModelCard, ModelIdentity, Reply, Request

CONCURRENCY = 16
"""Requests that a server gets at once."""
ATTEMPTS = 5
"""Requests that are sent for one sample before it is a fault."""
TIMEOUT = 180.0
"""Seconds that a server may take for one request."""

START = 4
"""Requests at once with which a stranger's server is first asked; a server of one's own queues what it cannot do."""


class OpenAIEngine:
    """Keeps up to `concurrency` requests in flight to each server; a few more are ready to follow.

    A request is tried `attempts` times in all where trying again may help (429, 5xx, lost connections, time-outs of
    `timeout` seconds), then it is a fault. Refusals of one request are faults at once; a refused key or an
    unknown model ends the run.
    """

    looks_at_pictures: bool = True

    def __init__(
        self,
        model: str,
        card: ModelCard,
        *base_urls: str,
        name: str = "",
        concurrency: int = CONCURRENCY,
        attempts: int = ATTEMPTS,
        timeout: float = TIMEOUT,
        deadline: float | None = None,
        requests_per_minute: float | None = None,
        tokens_per_minute: float | None = None,
        first_pause: float = 1.0,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        """Ask `model` at the servers, or at the provider where none is named."""
        _check_positive(concurrency=concurrency, attempts=attempts, timeout=timeout, deadline=deadline)
        _check_positive(rpm=requests_per_minute, tpm=tokens_per_minute)
        self._chat = Chat(model, card.dialect, own_server=bool(base_urls))
        self.channels = self._chat.channels
        self.identity = identity(model, card, base_urls, name)
        self.max_pictures = card.max_pictures
        self.max_side = card.max_side
        asked = base_urls or (servers.PROVIDER,)
        self._concurrency = concurrency * len(asked)
        self._ahead = max(1, self._concurrency // 8)
        self._notices = Notices(notice)
        self._reach = Reach(self.identity.revision)
        self._loop = asyncio.new_event_loop()
        self._dispatch = Dispatch(
            [Wire(url, servers.api_key(card, url), timeout, card.dialect.key_header) for url in asked],
            Endpoints([_window(url, concurrency) for url in asked]),
            Pace(requests_per_minute, tokens_per_minute),
            Backoff(first_pause),
            self._notices,
            attempts=attempts,
            deadline=deadline,
        )
        self._thread = threading.Thread(target=self._run, name="vqa-eval-openai", daemon=True)
        self._thread.start()

    def _run(self) -> None:
        # It takes a quarter of a second, in which the caller makes its first requests ready. One that is broken is told
        # by the first request.
        with contextlib.suppress(Exception):
            import aiohttp  # noqa: F401

        self._loop.run_forever()

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies as they come; an engine that cannot go on first yields what is still coming back."""
        if self._loop.is_closed():
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        flight = Flight(self._loop, self._dispatch)
        pulled = iter(requests)
        stopped: EngineError | None = None
        try:
            while True:
                if stopped is None:
                    yield from self._fill(flight, pulled)
                if not flight.count:
                    break
                reply = self._reply(*flight.land(self._notices.tell))
                if isinstance(reply, Reply):
                    yield reply
                end = reply if isinstance(reply, EngineError) else self._reach.lost(reply)
                if end is not None and stopped is None:
                    stopped = end
                    flight.finish()
        finally:
            flight.cancel()
        if stopped is not None:
            raise stopped

    def _fill(self, flight: Flight, pulled: Iterator[Request]) -> Iterator[Reply]:
        """Send what there is room for, and yield the faults of what is not sent.

        A few requests are ready beyond those in flight, so that no slot waits; what has come back is kept before
        more is made ready.
        """
        while flight.count < self._concurrency + self._ahead and not flight.landed():
            request = next(pulled, None)
            if request is None:
                return
            fault = too_many(request, self.max_pictures) or without_labels(request) or cut_off(request)
            if fault is not None:
                yield fault
            else:
                flight.start(request, self._chat.body(request), request.expected_tokens)

    def _reply(self, request: Request, came: Came, seconds: float) -> Reply | EngineError | None:
        """Return what came of a request: a reply, what ends the run, or nothing since it has ended."""
        if came is None:
            return None
        if isinstance(came, AttemptError):
            if came.ends_the_run:
                return EngineError(f"{self.identity.name}: {came.detail}", came.hint)
            return Reply(request.key, fault=Fault(came.kind, came.detail))
        if isinstance(came, ImportError):
            raise EngineError(f"aiohttp cannot be imported: {came}", "pip install --force-reinstall aiohttp") from came
        if isinstance(came, Exception):
            raise came
        return self._chat.reply(request, came, seconds)

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._dispatch.close(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


def identity(model: str, card: ModelCard, base_urls: Sequence[str], name: str = "") -> ModelIdentity:
    """Return which model answers: of several servers the first, since others may come and go.

    What of the dialect may change replies stands in it, so that nothing that was asked in another way is taken for it.
    """
    served = f"{model} at {servers.address(base_urls[0])}" if base_urls else model
    manner = Chat(model, card.dialect, own_server=bool(base_urls)).manner
    version = importlib.metadata.version("aiohttp")
    revision = f"{served} ({manner})" if manner else served
    return ModelIdentity(name or f"openai:{model}", f"aiohttp {version}", revision, card.notes)


def check(ref: ModelRef) -> None:
    """Raise `EngineError` for a missing library, an address that is none, or a missing key."""
    require("openai", "aiohttp", "pybase64")
    named = servers.servers_of(ref)
    for server in named:
        servers.check_address(server)
    for server in named or ("",):
        servers.api_key(ref.card, server)


def open_model(ref: ModelRef, settings: EngineSettings) -> OpenAIEngine:
    """Return the engine; nothing is asked yet."""
    chosen = {
        "concurrency": settings.concurrency,
        "attempts": settings.attempts,
        "timeout": settings.timeout,
        "deadline": settings.deadline,
        "requests_per_minute": settings.requests_per_minute,
        "tokens_per_minute": settings.tokens_per_minute,
        "notice": settings.notice,
    }
    given: dict[str, Any] = {name: value for name, value in chosen.items() if value is not None}
    return OpenAIEngine(ref.location, ref.card, *servers.servers_of(ref), name=ref.name, **given)


def host(ref: ModelRef) -> str:
    """Return the first server that is not on this machine, or the provider; empty where all are here."""
    names = (urlsplit(server).hostname or server for server in servers.servers_of(ref) or (servers.PROVIDER,))
    return next((name for name in names if not servers.is_here(name)), "")


def _window(url: str, concurrency: int) -> Window:
    own = url.startswith("http://")  # nobody offers a model to strangers without encryption
    return Window(concurrency if own else START, concurrency)


def _check_positive(**options: float | None) -> None:
    for name, value in options.items():
        if value is not None and not value > 0:
            raise EngineError(f"--{name} {value:g} lets nothing through", f"type --{name} 1 or more")
