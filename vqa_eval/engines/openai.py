"""The scheme `openai`: any server that speaks the chat-completions protocol, the provider's or one's own.

Requests run as coroutines in a loop of the engine's own thread, so the callers stay plain. The key is read
from the environment; it is written nowhere, and what a server says is cleaned of it.
"""

import asyncio
import importlib.metadata
import ipaddress
import json
import os
import queue
import threading
import time
import uuid
from collections.abc import Coroutine, Iterable, Iterator, Mapping
from typing import Any, Literal
from urllib.parse import urlsplit

from vqa_eval.engines import served_labels
from vqa_eval.engines.pictures import cut_off, data_url
from vqa_eval.engines.reference import EngineSettings, ModelRef, require
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.engines.retrying import AttemptError, Retrying
from vqa_eval.engines.wire import Wire
from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, Fault, ModelCard, ModelIdentity, Reply, Request

_FINISH: dict[str, Literal["stop", "length", "filter"]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "filter",
}


_PICTURE = f"picture-{uuid.uuid4().hex}-"
"""Stands in the place of a picture while a request is written; nothing that people write holds it."""

PROVIDER = "https://api.openai.com/v1"
"""Where requests go if no server is named."""

NOBODY = 3
"""Requests that may lose their connection before the first answer; then nobody is there to be asked."""

KNOCKS = 6
"""Lost connections before the first answer that are tried again."""


class _Reach:
    """Watches whether anybody is there: an address that nobody listens at ends the run at once."""

    def __init__(self, address: str) -> None:
        self._address = address
        self._reached = False
        self._lost = 0

    def lost(self, reply: Reply) -> EngineError | None:
        """Return the error that ends the run once enough requests found nobody and none has found somebody."""
        if reply.fault is None or reply.fault.kind != "connection":
            self._reached = True
            return None
        self._lost += 1
        if self._reached or self._lost < NOBODY:
            return None
        return EngineError(
            f"{self._address}: nobody answers: {reply.fault.detail}",
            "start the server, or check --base-url and the network",
        )


class _Flight:
    """The requests of one `ask` that have no reply yet: started in the loop, landing where the caller waits."""

    def __init__(self) -> None:
        self.count = 0
        self._landed: queue.SimpleQueue[Reply | BaseException] = queue.SimpleQueue()
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, answering: Coroutine[Any, Any, Reply]) -> None:
        """Begin a request; called in the loop."""
        task = asyncio.get_running_loop().create_task(self._fly(answering))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _fly(self, answering: Coroutine[Any, Any, Reply]) -> None:
        try:
            self._landed.put(await answering)
        except BaseException as error:  # whatever it is, the caller's thread is where it is heard
            self._landed.put(error)

    def landed(self) -> bool:
        """Return whether something has come back."""
        return not self._landed.empty()

    def land(self) -> Reply | BaseException:
        """Wait for the next reply, or what came in its place."""
        reply = self._landed.get()
        self.count -= 1
        return reply

    def cancel(self) -> None:
        """Give up what is still under way; called in the loop."""
        for task in self._tasks:
            task.cancel()


class OpenAIEngine:
    """Keeps up to `concurrency` requests in flight; a few more are ready to follow.

    A request is tried `attempts` times where trying again may help (429, 5xx, lost connections, time-outs of
    `timeout` seconds), then it is a fault. Refusals of one request are faults at once; a refused key or an
    unknown model ends the run.
    """

    looks_at_pictures: bool = True
    channels: frozenset[Channel] = frozenset({"text", "choice", "logprobs"})

    def __init__(
        self,
        model: str,
        card: ModelCard,
        base_url: str = "",
        *,
        name: str = "",
        concurrency: int = 16,
        attempts: int = 5,
        timeout: float = 180.0,
        first_pause: float = 1.0,
    ) -> None:
        if concurrency < 1:
            raise EngineError(f"a concurrency of {concurrency} asks nothing", "type --concurrency 1 or more")
        self._model = model
        self._wire = Wire(base_url or PROVIDER, api_key(card, base_url), timeout, concurrency)
        self._retrying = Retrying(attempts, first_pause)
        # The provider took a new name for the limit; servers of one's own know the old one.
        self._own_server = bool(base_url)
        self._limit = "max_tokens" if base_url else "max_completion_tokens"
        self._reached = False
        self._knocks = 0
        self._concurrency = concurrency
        self._ahead = max(1, concurrency // 8)
        served = f"{model} at {_address(base_url)}" if base_url else model
        version = importlib.metadata.version("aiohttp")
        self.identity = ModelIdentity(name or f"openai:{model}", f"aiohttp {version}", served, card.notes)
        self.max_pictures = card.max_pictures
        self.max_side = card.max_side
        self._loop = asyncio.new_event_loop()
        self._slots = asyncio.Semaphore(concurrency)
        self._thread = threading.Thread(target=self._loop.run_forever, name="vqa-eval-openai", daemon=True)
        self._thread.start()

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies as they come; an engine that cannot go on first yields what is still coming back."""
        if self._loop.is_closed():
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        flight = _Flight()
        pulled = iter(requests)
        stopped: EngineError | None = None
        reach = _Reach(self.identity.revision)
        try:
            while True:
                if stopped is None:
                    yield from self._fill(flight, pulled)
                if not flight.count:
                    break
                reply = flight.land()
                if isinstance(reply, Reply):
                    stopped = stopped or reach.lost(reply)
                    yield reply
                elif isinstance(reply, EngineError):
                    stopped = stopped or reply
                else:
                    raise reply
        finally:
            if flight.count and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(flight.cancel)
        if stopped is not None:
            raise stopped

    def _fill(self, flight: "_Flight", pulled: Iterator[Request]) -> Iterator[Reply]:
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
                flight.count += 1
                self._loop.call_soon_threadsafe(flight.start, self._answer(request, self._body(request)))

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._wire.close(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def _answer(self, request: Request, body: bytes) -> Reply:
        async with self._slots:
            start = time.perf_counter()
            try:
                completion = await self._retrying.run(lambda: self._post(body))
            except AttemptError as trouble:
                if trouble.ends_the_run:
                    raise EngineError(f"{self.identity.name}: {trouble.detail}", trouble.hint) from None
                return Reply(request.key, fault=Fault(trouble.kind, trouble.detail))
            return self._reply(request, completion, time.perf_counter() - start)

    async def _post(self, body: bytes) -> Mapping[str, Any]:
        """Send once; before anybody has answered, a lost connection is tried again a few times in all, not for each."""
        try:
            completion = await self._wire.post(body)
        except AttemptError as trouble:
            self._reached = self._reached or trouble.kind != "connection"
            self._knocks += not self._reached
            trouble.again = trouble.again and (self._reached or self._knocks <= KNOCKS)
            raise
        self._reached = True
        return completion

    def _body(self, request: Request) -> bytes:
        prompt, sampling = request.prompt, request.sampling
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": f"{_PICTURE}{number}"}}
            for number in range(len(request.pictures))
        ]
        content.append({"type": "text", "text": prompt.text})
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if prompt.system:
            messages.insert(0, {"role": "system", "content": prompt.system})
        body: dict[str, Any] = {
            "model": self._model,
            "messages": messages,
            "temperature": sampling.temperature,
            self._limit: sampling.max_tokens,
        }
        if sampling.temperature > 0:
            # Greedy replies draw nothing, and some servers refuse fields that they do not know.
            body |= {"top_p": sampling.top_p, "seed": sampling.seed}
        body |= served_labels.fields(request, self._own_server, self._limit)
        # Pictures are set into the finished text: as JSON's strings they would be read letter by letter.
        said = json.dumps(body, separators=(",", ":")).encode()
        for number, picture in enumerate(request.pictures):
            said = said.replace(f'"{_PICTURE}{number}"'.encode(), b'"%b"' % data_url(picture), 1)
        return said

    def _reply(self, request: Request, completion: Mapping[str, Any], seconds: float) -> Reply:
        try:
            choice, usage = completion["choices"][0], completion.get("usage") or {}
            message = choice["message"]
            # A refusal stands in a field of its own; it is what the model said.
            text = message.get("content") or message.get("refusal") or ""
        except (AttributeError, KeyError, IndexError, TypeError):
            return Reply(request.key, fault=Fault("server", "a reply without choices and a message"))
        if not isinstance(text, str):
            return Reply(request.key, fault=Fault("server", f"a reply whose content is a {type(text).__name__}"))
        reply = Reply(
            request.key,
            text,
            _FINISH.get(choice.get("finish_reason"), ""),
            usage.get("prompt_tokens"),
            usage.get("completion_tokens"),
            seconds,
        )
        return served_labels.read(reply, request, choice, self._own_server)


def api_key(card: ModelCard, base_url: str) -> str:
    """Return the key from the environment; a server on this machine needs none."""
    variable = card.key_variable or "OPENAI_API_KEY"
    key = os.environ.get(variable, "").strip()
    if key:
        return key
    if base_url and _is_here(urlsplit(base_url).hostname or ""):
        return "none"
    raise EngineError(f"no key for {card.id}: {variable} is not set", f"type: export {variable}=YOUR_KEY")


def check(ref: ModelRef) -> None:
    """Raise `EngineError` for a missing library, an address that is none, or a missing key."""
    require("openai", "aiohttp")
    server = _server(ref)
    if server and not (server.startswith(("http://", "https://")) and _address(server)):
        raise EngineError(f"{server!r} is no address", "type --base-url http://localhost:8000/v1")
    api_key(ref.card, server)


def open_model(ref: ModelRef, settings: EngineSettings) -> OpenAIEngine:
    """Return the engine; nothing is asked yet."""
    size = {} if settings.concurrency is None else {"concurrency": settings.concurrency}
    return OpenAIEngine(ref.location, ref.card, _server(ref), name=ref.name, **size)


def host(ref: ModelRef) -> str:
    """Return the server's name, or the provider; empty for a server on this machine."""
    server = _server(ref) or PROVIDER
    name = urlsplit(server).hostname or server
    return "" if _is_here(name) else name


def _server(ref: ModelRef) -> str:
    """Return the server that is named, here or in the environment as every client of the protocol reads it."""
    return ref.base_urls[0] if ref.base_urls else os.environ.get("OPENAI_BASE_URL", "").strip()


def _is_here(name: str) -> bool:
    """Whether a host's name means this machine; other names are not looked up, since they may change."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def _address(base_url: str) -> str:
    """Return host, port and path: what may be printed of an address, without a password in it."""
    try:
        parts = urlsplit(base_url)
        port = f":{parts.port}" if parts.port else ""
    except ValueError:  # a port that is no number, a bracket that is not closed
        return ""
    return f"{parts.hostname}{port}{parts.path.rstrip('/')}" if parts.hostname else ""
