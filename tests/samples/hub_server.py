"""A hub on this machine: repositories of files behind the protocol that huggingface_hub speaks, with its troubles."""

import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@dataclass
class Hub:
    """What the hub has, and what it was asked."""

    files: dict[str, bytes] = field(default_factory=dict)
    """ "owner/name/file" to content."""
    gated: set[str] = field(default_factory=set)
    """Repositories whose owners grant access; a token of `granted` opens them."""
    granted: str = "hf_granted"
    cuts: dict[str, list[int]] = field(default_factory=dict)
    """File to the bytes after which the next answers hang up, in turn."""
    slow: set[str] = field(default_factory=set)
    """Files of which a second half never comes."""
    asked: list[tuple[str, str, str]] = field(default_factory=list)
    """Method, file and Range of every request for a file."""
    url: str = ""

    def gets(self, file: str) -> list[str]:
        """Return the ranges of the transfers of a file."""
        return [span for method, name, span in self.asked if method == "GET" and name == file]


@contextmanager
def running(hub: Hub) -> Iterator[Hub]:
    """Serve the hub on this machine for as long as the context lasts."""
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer()

        def do_GET(self) -> None:
            self.answer()

        def answer(self) -> None:
            path = self.path.partition("?")[0].strip("/")
            words = path.split("/")
            repository = "/".join(words[2:4] if words[0] == "api" else words[1:3])
            names = [name for name in hub.files if name.startswith(f"{repository}/")]
            token = self.headers.get("Authorization", "")
            if repository in hub.gated and token != f"Bearer {hub.granted}":
                return self.send(401, b"{}", {"X-Error-Code": "GatedRepo", "X-Error-Message": "Access is restricted"})
            if not names:
                return self.send(401, b"{}", {"X-Error-Code": "RepoNotFound"})
            if words[0] == "api" and len(words) == 4:
                about = {"id": repository, "sha": COMMIT, "siblings": []}
                return self.send(200, json.dumps(about).encode(), {"Content-Type": "application/json"})
            if words[0] == "api":
                tree = [{"type": "file", "path": name.split("/", 2)[2], "size": len(hub.files[name]), "oid": "0"}
                        for name in names]  # fmt: skip
                return self.send(200, json.dumps(tree).encode(), {"Content-Type": "application/json"})
            file = f"{repository}/{'/'.join(words[5:])}"
            hub.asked.append((self.command, file, self.headers.get("Range", "")))
            if file not in hub.files:
                return self.send(404, b"{}", {"X-Error-Code": "EntryNotFound", "X-Repo-Commit": COMMIT})
            return self.file(file, hub.files[file])

        def file(self, name: str, content: bytes) -> None:
            """Answer with the content or, for a Range, with the rest of it."""
            start = int(self.headers.get("Range", "bytes=0-").removeprefix("bytes=").partition("-")[0])
            headers = {
                "ETag": f'"{hashlib.sha256(content).hexdigest()}"',
                "X-Repo-Commit": COMMIT,
                "Accept-Ranges": "bytes",
            }
            if "Range" in self.headers:
                headers["Content-Range"] = f"bytes {start}-{len(content) - 1}/{len(content)}"
            body = content[start:]
            cut = hub.cuts.get(name, []) if self.command == "GET" else []
            self.send(206 if start else 200, body, headers, cut.pop(0) if cut else None, name in hub.slow)

        def send(
            self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None, slow: bool = False
        ) -> None:
            self.send_response(status)
            for key, value in headers.items():
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command == "HEAD":
                return
            if slow:
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                over.wait(60)
            self.wfile.write(body[:cut])
            if cut is not None:
                self.close_connection = True

        def log_message(self, *arguments: object) -> None:
            """Keep the terminal of the tests clean."""

        def handle(self) -> None:
            try:
                super().handle()
            except ConnectionError:
                # The client went away, or was killed on purpose.
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    hub.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield hub
    over.set()
    server.shutdown()
    server.server_close()
