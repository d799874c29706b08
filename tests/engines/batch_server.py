"""A server with files and batches on this machine, as strict as the provider's; it counts what would be paid."""

import contextlib
import email.parser
import email.policy
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal
from urllib.parse import parse_qs, urlsplit

from tests.engines.standins import completion

Point = Literal["upload", "uploaded", "create", "created", "poll"]
"""Where a client can be left waiting: before and after something took effect, or while it asks how a batch stands."""

PAGE = 2
"""Batches that the list tells at once, however many are asked for; small, so that clients turn pages."""


@dataclass
class Made:
    """One batch that was made."""

    id: str
    file: str
    metadata: dict[str, str]
    lines: list[dict[str, Any]] = field(default_factory=list)
    failed: dict[str, Any] | None = None
    polls: int = 0
    output: str | None = None
    errors: str | None = None


@dataclass
class BatchServer:
    """What the server was sent, what it executed, and how it behaves."""

    url: str = ""
    answer: Callable[[dict[str, Any]], tuple[int, dict[str, str], Any] | str] = lambda body: completion("A")
    """From a request's body to its reply; a word is the code with which a request brings none."""
    polls: int = 2
    """Times that a batch is asked after before it is over."""
    ends_as: str = "completed"
    queue: int = 1_000_000
    """Requests that may wait in all; a batch with which there are more fails."""
    troubles: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)
    """(method and beginning of a path, status, headers): each is what one request gets; status 0 hangs up."""
    extra_lines: list[bytes] = field(default_factory=list)
    """Lines that stand in every file of replies although nobody asked for them."""
    says: str = "trouble"
    """What stands in the body of each of the troubles."""
    page: bool = False
    """Whether every answer is a web page."""
    silent: bool = False
    """Whether the file of replies lacks its last line."""
    executed: Counter[str] = field(default_factory=Counter)
    """Key of a request to the times that it was paid for."""
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: list[tuple[int, int]] = field(default_factory=list)
    """(requests, bytes) of each file that was sent."""
    batches: dict[str, Made] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Method and path of every request."""
    keys: list[tuple[str, str]] = field(default_factory=list)
    """(Authorization, api-key) of every request."""
    times: list[float] = field(default_factory=list)
    """Seconds of a clock at each of them."""
    stop_at: Point | None = None
    stopped: threading.Event = field(default_factory=threading.Event)
    """Set when a client arrived at `stop_at`, where it gets no answer until `go_on`."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _released: threading.Event = field(default_factory=threading.Event)

    def go_on(self) -> None:
        """Hang up on the client that waits, and answer further ones."""
        self.stop_at = None
        self._released.set()

    def hold_again(self) -> None:
        """Be ready to leave another client waiting."""
        self.stopped.clear()
        self._released.clear()

    def wait_at(self, point: Point) -> None:
        """Hold a client at a point, and hang up on it when all goes on."""
        if self.stop_at == point:
            self.stopped.set()
            self._released.wait(60)
            raise ConnectionError(point)

    def upload(self, kind: str, body: bytes) -> dict[str, Any]:
        """Keep a file that was sent as a form."""
        self.wait_at("upload")
        form = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(
            b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body
        )
        parts = {part.get_param("name", header="content-disposition"): part for part in form.iter_parts()}
        assert "batch" == parts["purpose"].get_payload(decode=True).decode()
        assert (parts["file"].get_filename() or "").endswith(".jsonl")
        content = parts["file"].get_payload(decode=True)
        with self.lock:
            name = f"file-{len(self.uploads)}"
            self.uploads.append((content.count(b"\n"), len(content)))
            self.files[name] = content
        self.wait_at("uploaded")
        return {"id": name, "object": "file", "bytes": len(content), "created_at": 1, "filename": "requests.jsonl",
                "purpose": "batch", "status": "processed"}  # fmt: skip

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        """Make a batch of a file and execute it, unless the file is not as the protocol wants it."""
        self.wait_at("create")
        assert {"input_file_id", "endpoint", "completion_window", "metadata"} == set(asked)
        assert "24h" == asked["completion_window"]
        with self.lock:
            made = Made(f"batch_{len(self.batches)}", asked["input_file_id"], asked["metadata"])
            made.failed = self._read(made, asked["endpoint"])
            self.batches[made.id] = made
            for line in made.lines:
                self.executed[line["custom_id"]] += self._execute(made, line)
        self.wait_at("created")
        return self.describe(made)

    def _read(self, made: Made, endpoint: str) -> dict[str, Any] | None:
        waiting = sum(len(one.lines) for one in self.batches.values() if one.polls < self.polls)
        lines: list[dict[str, Any]] = []
        seen: set[str] = set()
        for number, text in enumerate(self.files[made.file].splitlines(), start=1):
            line = json.loads(text)
            right = line["method"] == "POST" and line["url"] == endpoint == "/v1/chat/completions"
            if not right or line["custom_id"] in seen or line["body"]["model"] != "fake":
                return {"code": "invalid_request", "line": number, "message": "model `other` does not exist"}
            seen.add(line["custom_id"])
            lines.append(line)
        if waiting + len(lines) > self.queue:
            return {"code": "token_limit_exceeded", "line": None, "message": "Enqueued token limit reached for fake"}
        made.lines = lines
        return None

    def _execute(self, made: Made, line: dict[str, Any]) -> int:
        said = self.answer(line["body"])
        told: dict[str, Any] = {"id": f"r-{line['custom_id']}", "custom_id": line["custom_id"], "error": None}
        if isinstance(said, str):
            told |= {"response": None, "error": {"code": said, "message": f"it is {said}"}}
        else:
            told["response"] = {"status_code": said[0], "request_id": "1", "body": said[2]}
        good = not isinstance(said, str) and said[0] == 200
        name = f"{made.id}-{'output' if good else 'errors'}"
        self.files[name] = self.files.get(name, b"") + json.dumps(told).encode() + b"\n"
        if good:
            made.output = name
        else:
            made.errors = name
        return int(good)

    def describe(self, made: Made) -> dict[str, Any]:
        """Return a batch as the protocol describes it."""
        over = made.polls >= self.polls
        status = "failed" if made.failed else self.ends_as if over else "in_progress" if made.polls else "validating"
        done = over and not made.failed
        return {
            "id": made.id, "object": "batch", "endpoint": "/v1/chat/completions", "status": status, "created_at": 1,
            "input_file_id": made.file, "completion_window": "24h", "metadata": made.metadata,
            "output_file_id": made.output if done else None, "error_file_id": made.errors if done else None,
            "errors": {"object": "list", "data": [made.failed]} if made.failed else None,
        }  # fmt: skip

    def poll(self, batch: str) -> dict[str, Any]:
        """Say how a batch stands; every question brings it nearer to its end."""
        self.wait_at("poll")
        with self.lock:
            made = self.batches[batch]
            made.polls += 1
            return self.describe(made)

    def listed(self, after: str) -> dict[str, Any]:
        """Return a page of the batches, the newest first."""
        names = list(reversed(self.batches))
        rest = names[names.index(after) + 1 :] if after else names
        data = [self.describe(self.batches[name]) for name in rest[:PAGE]]
        return {"object": "list", "data": data, "has_more": len(rest) > PAGE,
                "first_id": rest[0] if rest else None, "last_id": data[-1]["id"] if data else None}  # fmt: skip

    def content(self, file: str) -> bytes:
        """Return a file, with the lines that nobody asked for."""
        lines = self.files[file].splitlines(keepends=True)
        return b"".join(lines[: len(lines) - self.silent] + self.extra_lines)


def _handler(state: BatchServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])) if "Content-Length" in self.headers else b""
            if "chunked" in self.headers.get("Transfer-Encoding", ""):
                while size := int(self.rfile.readline(), 16):
                    body += self.rfile.read(size)
                    self.rfile.readline()
                self.rfile.readline()
            if self.path == "/v1/files":
                self._give(lambda: state.upload(self.headers["Content-Type"], body))
            elif self.path == "/v1/batches":
                self._give(lambda: state.create(json.loads(body)))
            elif self.path == "/v1/chat/completions":
                self._give(lambda: state.answer(json.loads(body))[2])
            else:
                self._give(None)

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            words = parts.path.removeprefix("/v1/").split("/")
            if words == ["batches"]:
                self._give(lambda: state.listed(parse_qs(parts.query).get("after", [""])[0]))
            elif words[0] == "batches" and words[1] in state.batches:
                self._give(lambda: state.poll(words[1]))
            elif words[0] == "files" and words[1] in state.files:
                self._give(lambda: state.content(words[1]))
            else:
                self._give(None)

        def do_DELETE(self) -> None:
            file = self.path.removeprefix("/v1/files/")
            self._give(lambda: {"id": file, "object": "file", "deleted": state.files.pop(file, None) is not None})

        def _give(self, made: Callable[[], Any] | None) -> None:
            asked = f"{self.command} {self.path}"
            state.asked.append(asked)
            state.times.append(time.monotonic())
            state.keys.append((self.headers.get("Authorization", ""), self.headers.get("api-key", "")))
            try:
                trouble = next((one for one in state.troubles if asked.startswith(one[0])), None)
                if trouble is not None:
                    state.troubles.remove(trouble)
                    if not trouble[1]:
                        if made is not None:
                            made()
                        raise ConnectionError
                    self._say(trouble[1], {"error": {"message": state.says, "code": None}}, trouble[2])
                elif made is None:
                    self._say(404, {"error": {"message": f"nothing at {self.path}", "code": None}}, {})
                else:
                    self._say(200, made(), {})
            except ConnectionError:
                self.close_connection = True
                self.connection.close()

        def _say(self, status: int, said: Any, headers: dict[str, str]) -> None:
            payload = said if isinstance(said, bytes) else json.dumps(said).encode()
            kind = "application/jsonl" if isinstance(said, bytes) else "application/json"
            if state.page:
                payload, kind = b"<html>Welcome</html>", "text/html"
            self.send_response(status)
            for name, value in {**headers, "Content-Type": kind, "Content-Length": str(len(payload))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

        def log_message(self, *args: object) -> None:
            """Keep quiet."""

    return Handler


@contextlib.contextmanager
def serving() -> Iterator[BatchServer]:
    """Run a server until the block ends."""
    state = BatchServer()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(state))
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    try:
        yield state
    finally:
        state.go_on()
        server.shutdown()
        server.server_close()
