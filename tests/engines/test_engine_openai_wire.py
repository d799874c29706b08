"""What goes over the wire, and to whom: no proxy in between on one machine, no redirect, no secret in a fault."""

import pytest

from vqa_eval.engines.openai.wire import Wire

KEY = "sk-very-secret-0123456789"


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]"])
def test_what_stays_on_this_machine_passes_no_proxy(monkeypatch: pytest.MonkeyPatch, host: str) -> None:
    """A proxy that the environment names gets what leaves the machine, and nothing else."""
    monkeypatch.setenv("HTTP_PROXY", "http://user:pw@proxy.test:3128")
    monkeypatch.setenv("http_proxy", "http://user:pw@proxy.test:3128")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    assert Wire(f"http://{host}:8000/v1", KEY, 1.0)._proxy is None
    assert "http://user:pw@proxy.test:3128" == Wire("http://elsewhere.test/v1", KEY, 1.0)._proxy
