"""A fake model server: chat completions with a number of slots, a latency and faults, and counts of what came.

It must never be what is measured, so HTTP is read by hand: one process, one loop, no framework, bodies are searched for
their marker and not parsed. A request takes a slot for the latency; what finds no slot waits in order of arrival, as it
does before a real server. The fate of the n-th attempt at a question depends on both numbers alone, so that every
client meets the same faults.

    python -m benchmarks.server --port-file FILE      prints nothing; the port stands in FILE once it listens

    POST /v1/chat/completions     an answer, or a fault
    POST /settings                fields of `Settings` as JSON; the counts begin anew
    GET  /counts                  `Counts` as JSON
"""

import argparse
import asyncio
import json
import socket
import struct
import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.items import number_in, right_letter, share


@dataclass(frozen=True)
class Settings:
    """How the model behaves."""

    slots: int = 64
    """Requests that are served at once; 0 sets no limit."""
    latency: float = 0.2
    """Seconds that a request occupies its slot."""
    limited: float = 0.0
    """Share of attempts that are answered with 429."""
    retry_after: float = 1.0
    """Seconds that a 429 asks to wait."""
    failing: float = 0.0
    """Share of attempts that are answered with 500."""
    resetting: float = 0.0
    """Share of attempts whose connection is reset."""
    poisoned: float = 0.0
    """Share of questions that are answered with 500 at every attempt."""


@dataclass
class Counts:
    """What came and what was said; times are seconds of the machine's monotonic clock, the same in every process."""

    requests: int = 0
    answers: int = 0
    first_request: float | None = None
    last_answer: float | None = None
    most_in_flight: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    """Faults by kind: 429, 500, reset, poison."""
    attempts: Counter[int] = field(default_factory=Counter)
    """Requests by question."""
    answered: Counter[int] = field(default_factory=Counter)
    """Answers by question."""
    cpu_seconds: float = 0.0
    """Processor time of the server since the counts began."""


def fate(settings: Settings, number: int, attempt: int) -> str:
    """Return what becomes of the n-th attempt (from one) at a question: "" is an answer, else the kind of fault."""
    if share(number, "poison") < settings.poisoned:
        return "poison"
    drawn = share(number, "fault", attempt)
    for kind, part in (("429", settings.limited), ("500", settings.failing), ("reset", settings.resetting)):
        if drawn < part:
            return kind
        drawn -= part
    return ""


class Model:
    """The slots behind the connections."""

    def __init__(self) -> None:
        self._began = 0.0
        self.behave(Settings())

    def behave(self, settings: Settings) -> None:
        """Take new settings and count anew; what is under way still lands, uncounted."""
        self.settings = settings
        self.counts = Counts()
        self._began = time.process_time()
        self._busy = 0
        self._waiting: deque[Callable[[], None]] = deque()

    def report(self) -> Counts:
        """Return the counts up to now."""
        self.counts.cpu_seconds = time.process_time() - self._began
        return self.counts

    def take(self, number: int, land: Callable[[str], None]) -> None:
        """Serve a question when there is a slot, then call `land` with its fate."""
        counts, settings = self.counts, self.settings
        counts.requests += 1
        counts.attempts[number] += 1
        if counts.first_request is None:
            counts.first_request = time.monotonic()
        end = fate(settings, number, counts.attempts[number])
        loop = asyncio.get_running_loop()

        def served() -> None:
            if counts is self.counts:
                self._busy -= 1
                if self._waiting:
                    self._waiting.popleft()()
                if end:
                    counts.faults[end] += 1
                else:
                    counts.answers += 1
                    counts.answered[number] += 1
                    counts.last_answer = time.monotonic()
            land(end)

        def begin() -> None:
            self._busy += 1
            loop.call_later(settings.latency, served)

        if settings.slots and self._busy >= settings.slots:
            self._waiting.append(begin)
        else:
            begin()
        counts.most_in_flight = max(counts.most_in_flight, self._busy + len(self._waiting))


class Connection(asyncio.Protocol):
    """One kept-alive connection; requests on it follow each other."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self._transport: asyncio.Transport | None = None
        self._read = bytearray()
        self._path = b""
        self._missing: int | None = None
        """Bytes of the body; None while the head is read."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep where to write."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Write no more."""
        self._transport = None

    def data_received(self, data: bytes) -> None:
        """Collect a head, then its body, then answer."""
        self._read += data
        while True:
            if self._missing is None:
                end = self._read.find(b"\r\n\r\n")
                if end < 0:
                    return
                self._open(bytes(self._read[:end]))
                del self._read[: end + 4]
            assert self._missing is not None
            if len(self._read) < self._missing:
                return
            body = bytes(self._read[: self._missing])
            del self._read[: self._missing]
            self._missing = None
            self._dispatch(body)

    def _open(self, head: bytes) -> None:
        self._path = head.split(b" ", 2)[1]
        low = head.lower()
        name = b"\r\ncontent-length:"
        start = low.find(name)
        self._missing = int(low[start + len(name) :].split(b"\r\n", 1)[0]) if start >= 0 else 0
        if b"\r\nexpect: 100-continue" in low and self._transport:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _dispatch(self, body: bytes) -> None:
        match self._path:
            case b"/v1/chat/completions":
                number = number_in(body)
                if number is None:
                    self._say(400, {"error": {"message": "a question without a number"}})
                else:
                    self._model.take(number, lambda end: self._land(number, len(body), end))
            case b"/settings":
                self._model.behave(Settings(**json.loads(body)))
                self._say(200, {})
            case b"/counts":
                self._say(200, vars(self._model.report()))
            case _:
                self._say(404, {"error": {"message": "no such path"}})

    def _land(self, number: int, size: int, end: str) -> None:
        if self._transport is None:
            return
        if end == "reset":
            # Closing without lingering sends a reset instead of a farewell, as a server does that crashed.
            handle: socket.socket = self._transport.get_extra_info("socket")
            handle.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self._transport.abort()
        elif end == "429":
            wait = f"retry-after: {self._model.settings.retry_after:g}\r\n"
            self._say(429, {"error": {"message": "too many requests"}}, wait)
        elif end:
            self._say(500, {"error": {"message": "a fault on purpose"}})
        else:
            self._say(200, completion(number, size))

    def _say(self, status: int, document: object, more: str = "") -> None:
        if self._transport is None:
            return
        body = json.dumps(document).encode()
        head = f"HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{more}\r\n"
        self._transport.write(head.encode() + body)


def completion(number: int, size: int) -> dict[str, object]:
    """Return the right answer as the protocol words it; a prompt's token is four bytes."""
    message = {"role": "assistant", "content": right_letter(number)}
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 1,
        "model": "fake",
        "choices": [{"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}],
        "usage": {"prompt_tokens": size // 4, "completion_tokens": 1, "total_tokens": size // 4 + 1},
    }


async def serve(port_file: Path) -> None:
    """Listen on this machine until the process is ended."""
    model = Model()
    server = await asyncio.get_running_loop().create_server(lambda: Connection(model), "127.0.0.1", 0, backlog=1024)
    partial = port_file.with_name(f"{port_file.name}.partial")
    partial.write_text(str(server.sockets[0].getsockname()[1]))
    partial.replace(port_file)
    await server.serve_forever()


if __name__ == "__main__":
    reading = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reading.add_argument("--port-file", type=Path, required=True, help="where the port is written")
    asyncio.run(serve(reading.parse_args().port_file))
