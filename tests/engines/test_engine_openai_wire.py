"""What goes over the wire, and to whom: no proxy in between on one machine, no redirect, no secret in a fault."""

import pytest

from tests.engines.chat_servers import chat_servers
from tests.engines.standins import make_request, refusal
from vqa_eval.engines.openai import OpenAIEngine
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
