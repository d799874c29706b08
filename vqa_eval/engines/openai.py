"""The scheme `openai`: any server that speaks the chat-completions protocol, the provider's or one's own.

Requests run as coroutines in a loop of the engine's own thread, so the callers stay plain. The key is read
from the environment and handed to the SDK; it is written nowhere, and what a server says is cleaned of it.
"""

import asyncio
import concurrent.futures
import importlib.metadata
import ipaddress
import itertools
import os
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Any, Literal
from urllib.parse import urlsplit

from vqa_eval.engines import served_labels
from vqa_eval.engines.pictures import data_url, decode
from vqa_eval.engines.reference import EngineSettings, ModelRef, require
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.engines.retrying import AttemptError, Retrying
from vqa_eval.errors import EngineError, PictureError
from vqa_eval.records import Channel, Fault, ModelCard, ModelIdentity, Reply, Request

_FINISH: dict[str, Literal["stop", "length", "filter"]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "filter",
}


NOBODY = 3
"""Requests that may lose their connection before the first answer; then nobody is there to be asked."""


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


class OpenAIEngine:
    """Keeps up to `concurrency` requests in flight and pulls the next when one comes back.

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
        import openai

        key = api_key(card, base_url)
        self._model = model
        self._client = openai.AsyncOpenAI(api_key=key, base_url=base_url or None, max_retries=0, timeout=timeout)
        self._retrying = Retrying(attempts, first_pause, secret=key)
        # The provider took a new name for the limit; servers of one's own know the old one.
        self._own_server = bool(base_url)
        self._limit = "max_tokens" if base_url else "max_completion_tokens"
        self._concurrency = concurrency
        served = f"{model} at {_address(base_url)}" if base_url else model
        version = importlib.metadata.version("openai")
        self.identity = ModelIdentity(name or f"openai:{model}", f"openai {version}", served, card.notes)
        self.max_pictures = card.max_pictures
        self.max_side = card.max_side
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="vqa-eval-openai", daemon=True)
        self._thread.start()

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies as they come; an engine that cannot go on first yields what is still coming back."""
        if self._loop.is_closed():
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        pulled = iter(requests)
        flying: set[concurrent.futures.Future[Reply]] = set()
        stopped: EngineError | None = None
        reach = _Reach(self.identity.revision)
        try:
            while True:
                if stopped is None:
                    for request in itertools.islice(pulled, self._concurrency - len(flying)):
                        flying.add(asyncio.run_coroutine_threadsafe(self._answer(request), self._loop))
                if not flying:
                    break
                landed, flying = concurrent.futures.wait(flying, return_when=concurrent.futures.FIRST_COMPLETED)
                for future in landed:
                    error = future.exception()
                    if error is None:
                        reply = future.result()
                        stopped = stopped or reach.lost(reply)
                        yield reply
                    elif isinstance(error, EngineError):
                        stopped = stopped or error
                    else:
                        raise error
        finally:
            for future in flying:
                future.cancel()
        if stopped is not None:
            raise stopped

    def close(self) -> None:
        """Close the connections and end the thread."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(timeout=10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()

    async def _end(self) -> None:
        await self._client.close()
        await self._loop.shutdown_default_executor()

    async def _answer(self, request: Request) -> Reply:
        if (fault := too_many(request, self.max_pictures) or without_labels(request)) is not None:
            return fault
        try:
            # Opened once before it is sent: a server may answer over half a picture without a word.
            for picture in request.pictures:
                await asyncio.to_thread(decode, picture)
        except PictureError as error:
            return Reply(request.key, fault=Fault("picture", error.message))
        start = time.perf_counter()
        try:
            completion = await self._retrying.run(lambda: self._send(request))
        except AttemptError as trouble:
            if trouble.ends_the_run:
                raise EngineError(f"{self.identity.name}: {trouble.detail}", trouble.hint) from None
            return Reply(request.key, fault=Fault(trouble.kind, trouble.detail))
        return self._reply(request, completion, time.perf_counter() - start)

    async def _send(self, request: Request) -> Any:
        prompt, sampling = request.prompt, request.sampling
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": data_url(picture)}} for picture in request.pictures
        ]
        content.append({"type": "text", "text": prompt.text})
        messages: list[dict[str, Any]] = [{"role": "user", "content": content}]
        if prompt.system:
            messages.insert(0, {"role": "system", "content": prompt.system})
        arguments: dict[str, Any] = {"temperature": sampling.temperature, self._limit: sampling.max_tokens}
        if sampling.temperature > 0:
            # Greedy replies draw nothing, and some servers refuse fields that they do not know.
            arguments |= {"top_p": sampling.top_p, "seed": sampling.seed}
        arguments |= served_labels.fields(request, self._own_server, self._limit)
        completion = await self._client.chat.completions.create(model=self._model, messages=messages, **arguments)
        if not getattr(completion, "choices", None):
            raise AttemptError("server", "the server's answer holds no choice", again=True)
        return completion

    def _reply(self, request: Request, completion: Any, seconds: float) -> Reply:
        try:
            choice, usage = completion.choices[0], completion.usage
            # A refusal stands in a field of its own; it is what the model said.
            text = choice.message.content or getattr(choice.message, "refusal", None) or ""
        except (AttributeError, IndexError, TypeError):
            return Reply(request.key, fault=Fault("server", "a reply without choices and a message"))
        if not isinstance(text, str):
            return Reply(request.key, fault=Fault("server", f"a reply whose content is a {type(text).__name__}"))
        reply = Reply(
            request.key,
            text,
            _FINISH.get(choice.finish_reason, ""),
            usage.prompt_tokens if usage else None,
            usage.completion_tokens if usage else None,
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
    require("openai", "openai")
    if ref.base_url and not (ref.base_url.startswith(("http://", "https://")) and _address(ref.base_url)):
        raise EngineError(f"{ref.base_url!r} is no address", "type --base-url http://localhost:8000/v1")
    api_key(ref.card, ref.base_url)


def open_model(ref: ModelRef, settings: EngineSettings) -> OpenAIEngine:
    """Return the engine; nothing is asked yet."""
    size = {} if settings.concurrency is None else {"concurrency": settings.concurrency}
    return OpenAIEngine(ref.location, ref.card, ref.base_url, name=ref.name, **size)


def host(ref: ModelRef) -> str:
    """Return the server's name, or the provider; empty for a server on this machine."""
    if not ref.base_url:
        return "the provider's own address"
    name = urlsplit(ref.base_url).hostname or ref.base_url
    return "" if _is_here(name) else name


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
