"""Whose server answers at a port: ours, or one that took the port before."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any

import pytest

from vqa_eval.engines.vllm import serving
from vqa_eval.engines.vllm.serving import Server


@pytest.fixture
def listening() -> Iterator[Any]:
    """Return a server whose `pages` say with which code and text each path is answered; it notes the keys it gets."""

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            code, text = server.pages.get(self.path, (404, ""))
            server.keys.append(self.headers["Authorization"])
            self.send_response(code)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            pass

    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    server.pages, server.keys = {}, []
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def ours(listening: Any, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Return our server as it is begun, without a process, at the port where somebody listens."""
    process = SimpleNamespace(poll=lambda: None)
    monkeypatch.setattr(serving.subprocess, "Popen", lambda *_, **__: process)
    monkeypatch.setattr(serving, "_free", lambda _: listening.server_address[1])
    monkeypatch.setenv("VLLM_API_KEY", "secret")
    return Server({}, "mine", log=None)


def models(*names: str) -> str:
    """Return a list of models as the protocol has it."""
    return json.dumps({"object": "list", "data": [{"id": name} for name in names]})


@pytest.mark.parametrize(
    ("listed", "health", "expected"),
    [
        ((200, models("mine")), 200, True),
        ((200, models("theirs", "mine")), 200, True),
        ((200, models("mine")), 503, False),
        ((200, models("theirs")), 200, False),
        ((200, "OK"), 200, False),
        ((200, "[]"), 200, False),
        ((404, ""), 200, False),
    ],
)
def test_only_a_server_that_offers_our_model_is_ours(
    listening: Any, ours: Server, listed: tuple[int, str], health: int, expected: bool
) -> None:
    """A page that says all is well is not enough, and the key of the environment is shown as vLLM wants it."""
    listening.pages |= {"/v1/models": listed, "/health": (health, "")}
    assert expected is ours._answers()
    assert "Bearer secret" == listening.keys[0]
