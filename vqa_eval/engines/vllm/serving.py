"""A server of vLLM for as long as a run, or a person, needs it; and the engine that asks one."""

import contextlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.reference import EngineSettings, ModelRef, is_folder, scheme_module
from vqa_eval.engines.transformers.checkpoints import Source, check_folder, resolve
from vqa_eval.engines.vllm import guarding
from vqa_eval.engines.vllm import options as vllm_options
from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, Dialect, ModelCard, ModelIdentity, Reply, Request

HOST = "127.0.0.1"
"""Servers are for this machine: they ask nobody who is there."""

LONGEST_START = 3600.0
"""Seconds that a server may take to fetch, load and compile a model."""

SERVED = frozenset({"transformers", "vllm"})
"""Schemes whose checkpoints a server can be started for."""

_AT_ONCE = 128
"""Requests in flight to each copy of the model where the user says nothing."""

_SHOWN = 4
"""Last lines of a server's log that an error shows."""

_ERROR = re.compile(r"\b[A-Z]\w*Error: ")


class Server:
    """vLLM's server for the chat-completions protocol in processes of its own; `stop` ends them all.

    They also end when this process does, in whatever way. What the server says goes to `log`, or to the terminal.
    """

    def __init__(self, arguments: Mapping[str, Any], name: str, port: int = 0, log: Path | None = None) -> None:
        self.port = _free(port)
        self.name = name
        """Under which the model is asked."""
        self.url = f"http://{HOST}:{self.port}/v1"
        self._log = log
        self._key = str(arguments.get("api_key") or os.environ.get("VLLM_API_KEY", ""))
        command = [
            *[sys.executable, "-m", guarding.__name__],
            # Not `vllm serve`, which wants the distribution to be called "vllm" and so fails in the CPU build.
            *[sys.executable, "-m", "vllm.entrypoints.openai.api_server"],
            *vllm_options.flags(arguments),
            *["--served-model-name", name, "--host", HOST, "--port", str(self.port)],
            *["--uvicorn-log-level", "warning"],
        ]
        environment = {**vllm_options.UNTOLD, **os.environ}
        with _written(log) as said:
            self._process = subprocess.Popen(  # noqa: S603
                command, stdin=subprocess.PIPE, stdout=said, stderr=said, env=environment
            )

    def wait_until_ready(self) -> None:
        """Return once the server answers; `EngineError` with its last words where it ends instead."""
        until = time.monotonic() + LONGEST_START
        while not self._answers():
            if (ended := self.ended()) is not None:
                raise ended
            if time.monotonic() > until:
                raise EngineError(
                    f"vLLM's server was not ready within {LONGEST_START / 60:.0f} minutes{self._last_words()}",
                    "try a smaller model, or start a server yourself and name it with --base-url",
                )
            time.sleep(0.3)

    def wait(self) -> None:
        """Return when the server has ended."""
        self._process.wait()

    def ended(self) -> EngineError | None:
        """Return what became of the server; None while it runs."""
        code = self._process.poll()
        if code is None:
            return None
        words = self._last_words()
        return EngineError(f"vLLM's server ended with code {code}{words}", vllm_options.hint_for(words))

    def stop(self) -> None:
        """End the server with all its processes, which have some seconds to do it by themselves."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=guarding.PATIENCE + 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        """Return whether there is a server that offers our model: another one may have taken the port before ours."""
        connection = http.client.HTTPConnection(HOST, self.port, timeout=5)
        try:
            connection.request("GET", "/v1/models", headers={"Authorization": f"Bearer {self._key}"})
            offered = json.load(connection.getresponse())["data"]
            return self.name in {model["id"] for model in offered} and self._healthy(connection)
        except (OSError, http.client.HTTPException, ValueError, LookupError, TypeError):
            return False
        finally:
            connection.close()

    def _healthy(self, connection: http.client.HTTPConnection) -> bool:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.HTTPStatus.OK

    def _last_words(self) -> str:
        if self._log is None:
            return "; it said why above"
        lines = [line.strip() for line in self._log.read_text(errors="replace").splitlines() if line.strip()]
        # The first error is the cause; what follows are the processes that missed the one that ended.
        cause = [line for line in lines[:-_SHOWN] if _ERROR.search(line) and "WARNING" not in line][:1]
        return f"; {self._log} says:\n" + "\n".join([*cause, *lines[-_SHOWN:]])


class ServedEngine:
    """Asks a server of its own, which ends with it. Replies do not depend on the port."""

    def __init__(self, asking: Engine, server: Server, identity: ModelIdentity) -> None:
        self._asking = asking
        self._server = server
        self.identity = identity
        self.max_pictures = asking.max_pictures
        self.max_side = asking.max_side
        self.looks_at_pictures = asking.looks_at_pictures
        self.channels: frozenset[Channel] = asking.channels
        self._closed = False

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies as they come; `EngineError` with the server's last words where it is no more."""
        if self._closed:
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        try:
            for reply in self._asking.ask(requests):
                lost = reply.fault is not None and reply.fault.kind == "connection"
                if lost and (ended := self._server.ended()) is not None:
                    raise ended
                yield reply
        except EngineError as error:
            raise self._server.ended() or error from error

    def close(self) -> None:
        """Close the connections and end the server."""
        self._closed = True
        self._asking.close()
        self._server.stop()


def open_served(ref: ModelRef, settings: EngineSettings) -> ServedEngine:
    """Start a server for the model, and return the engine that asks it once it answers."""
    source, arguments = plan(ref, settings)
    log = (settings.folder or settings.home) / "server.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    server = Server(arguments, served_name(ref), log=log)
    try:
        server.wait_until_ready()
        card = _card(ref.card, arguments["limit_mm_per_prompt"])
        asked = ModelRef(ref.name, "openai", server.name, card, (server.url,))
        at_once = settings.concurrency or _AT_ONCE * (settings.replicas or 1)
        asking = scheme_module("openai").open_model(asked, replace(settings, serve=False, concurrency=at_once))
    except BaseException:
        server.stop()
        raise
    engine = f"vllm {vllm_options.version()} served"
    return ServedEngine(asking, server, ModelIdentity(ref.name, engine, source.revision, ref.card.notes))


def check_served(ref: ModelRef) -> None:
    """Raise `EngineError` where no server can be started for a model, or vLLM is not installed."""
    if ref.scheme not in SERVED or ref.card.build:
        raise EngineError(
            f"{ref.name} is no checkpoint that vLLM serves", "name one: ./FOLDER, vllm:ORG/NAME, or a card with weights"
        )
    vllm_options.version()
    if is_folder(ref.location):
        check_folder(ref.location)


def plan(ref: ModelRef, settings: EngineSettings) -> tuple[Source, dict[str, Any]]:
    """Return where the checkpoint lies and what its server is started with, or raise `EngineError`."""
    check_served(ref)
    source = resolve(ref.location, ref.card)
    arguments = vllm_options.engine_arguments(source, ref.card, settings)
    if settings.replicas is not None and settings.replicas > 1:
        arguments.setdefault("data_parallel_size", settings.replicas)
    return source, arguments


def served_name(ref: ModelRef) -> str:
    """Return the name under which a server offers the model: a card's own names find it there."""
    folder = Path(ref.location).expanduser().resolve().name
    return ref.card.api_name or ref.card.hub or (folder if is_folder(ref.location) else ref.location)


def _card(card: ModelCard, limits: object) -> ModelCard:
    """Return the card of the model as this server offers it: nobody's dialect, price or key."""
    most = limits.get("image") if isinstance(limits, dict) else None
    return replace(card, max_pictures=most, dialect=Dialect(), price=None, base_url="", key_variable="VLLM_API_KEY")


def _free(port: int) -> int:
    """Return the port, or a free one for 0; `EngineError` where somebody listens there already."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
        except OSError as error:
            raise EngineError(
                f"port {port} cannot be taken: {error.strerror}", "type --port 0 for a free one"
            ) from error
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _written(log: Path | None) -> Iterator[IO[bytes] | int]:
    """Give where a server's words go: its log, begun anew, or the terminal beside the results."""
    if log is None:
        yield sys.stderr.fileno()
        return
    with log.open("wb") as stream:
        yield stream
