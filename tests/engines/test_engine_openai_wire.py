"""What goes over the wire, and to whom: no proxy in between on one machine, no redirect, no secret in a fault."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.engines.chat_servers import chat_servers
from tests.engines.standins import make_request, refusal
from vqa_eval.engines.openai import OpenAIEngine
from vqa_eval.engines.openai.servers import check_address
from vqa_eval.engines.openai.wire import Wire
from vqa_eval.errors import EngineError
from vqa_eval.records import Dialect, ModelCard

KEY = "sk-very-secret-0123456789"
CARD = ModelCard("s", "s", key_variable="WIRE_KEY", dialect=Dialect(key_header="api-key"))


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WIRE_KEY", KEY)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_what_stays_on_this_machine_passes_no_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """A proxy that the environment names gets what leaves the machine, and nothing else."""
    monkeypatch.setenv("HTTP_PROXY", "http://user:pw@proxy.test:3128")
    monkeypatch.setenv("http_proxy", "http://user:pw@proxy.test:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert Wire(f"http://{host}:8000/v1", KEY, 1.0)._proxy is None
    assert "http://user:pw@proxy.test:3128" == Wire("http://elsewhere.test/v1", KEY, 1.0)._proxy


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """Neither key nor question go where a server points to; the run ends and says where that is, without secrets."""
    with chat_servers(2) as (server, other):
        port = other.url.rpartition(":")[2]
        server.answer = lambda number: refusal(status, "moved", Location=f"http://u:pw@127.0.0.1:{port}/chat?code=abc")
        engine = OpenAIEngine("stand-in", CARD, server.url)
        with pytest.raises(EngineError, match=f"{status}: .* points to 127.0.0.1:{port}/chat, ") as caught:
            list(engine.ask([make_request(1, pictures=0)]))
        engine.close()
    assert ([1], []) == (server.asked, other.asked)
    assert "--base-url" in caught.value.hint
    assert [] == [secret for secret in ("pw", "abc", KEY) if secret in f"{caught.value}"]


@contextmanager
def saying(answer: bytes) -> Iterator[int]:
    """Run a server that says the same to everybody, and yield its port."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(65536)
            self.request.sendall(answer)

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def fault(url: str) -> str:
    """Return what is told of one request that fails."""
    engine = OpenAIEngine("stand-in", CARD, url, attempts=1)
    (reply,) = engine.ask([make_request(1, pictures=0)])
    engine.close()
    assert reply.fault is not None
    assert "connection" == reply.fault.kind
    return reply.fault.detail


def test_a_fault_tells_no_query() -> None:
    """What stands behind the path may be a key, so a connection that fails is told without it."""
    with saying(b"HTTX nonsense\r\n\r\n") as port:
        detail = fault(f"http://127.0.0.1:{port}/v1?code=QUERYSECRET")
    assert detail.startswith("the connection failed: 400, ")
    assert "QUERYSECRET" not in detail


def test_a_fault_tells_no_password_of_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proxy that refuses is told by its status, without the address that bears its password."""
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    with saying(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n") as port:
        monkeypatch.setenv("https_proxy", f"http://puser:PROXYPW@127.0.0.1:{port}")
        detail = fault("https://api.example.test/v1")
    assert "the connection failed: 407, Proxy Authentication Required" == detail


@pytest.mark.parametrize("server", ["http://user:PASSWORD@host.test/v1", "http://user:PASSWORD@host.test:port/v1"])
def test_an_address_bears_no_password(server: str) -> None:
    """A password in an address is refused before anything is asked, and is not repeated."""
    with pytest.raises(EngineError) as caught:
        check_address(server)
    assert "--base-url" in caught.value.hint
    assert "PASSWORD" not in f"{caught.value}"


def test_a_machine_that_takes_no_connection_is_not_there() -> None:
    """Connections that nobody takes are lost ones and no slow answers, so the run ends."""
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        waiting = [socket.socket() for _ in range(3)]
        for one in waiting:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        url = f"http://127.0.0.1:{full.getsockname()[1]}/v1"
        engine = OpenAIEngine("stand-in", CARD, url, attempts=1, timeout=0.2)
        with pytest.raises(EngineError, match="nobody answers: the connection failed: nobody took it in time"):
            list(engine.ask([make_request(number, pictures=0) for number in range(8)]))
        engine.close()
        for one in waiting:
            one.close()
