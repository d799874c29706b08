"""The fake server as a process of its own, and how the driver speaks to it."""

import http.client
import json
import subprocess
import sys
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from benchmarks.server import Counts, Settings

ROOT = Path(__file__).resolve().parents[1]

PATIENCE = 30.0
"""Seconds within which the server must listen."""


class Hosted:
    """A running fake server; ends with the `with` block."""

    def __init__(self, folder: Path) -> None:
        """Start it; its port is written into `folder`."""
        port_file = folder / "port"
        port_file.unlink(missing_ok=True)
        words = [sys.executable, "-m", "benchmarks.server", "--port-file", str(port_file)]
        self._process = subprocess.Popen(words, cwd=ROOT)  # noqa: S603 - our own words
        until = time.monotonic() + PATIENCE
        while not port_file.exists():
            if self._process.poll() is not None or time.monotonic() > until:
                self._process.kill()
                raise RuntimeError("the fake server does not listen")
            time.sleep(0.01)
        self._port = int(port_file.read_text())

    @property
    def url(self) -> str:
        """The base URL for clients."""
        return f"http://127.0.0.1:{self._port}/v1"

    def behave(self, settings: Settings) -> None:
        """Give new settings; the counts begin anew."""
        self._call("/settings", json.dumps(asdict(settings)).encode())

    def counts(self) -> Counts:
        """Return what came since the settings were given."""
        said = self._call("/counts")
        for name in ("attempts", "answered"):
            said[name] = Counter({int(number): count for number, count in said[name].items()})
        return Counts(**{**said, "faults": Counter(said["faults"])})

    def _call(self, path: str, body: bytes | None = None) -> Any:
        # Not urllib, which would ask a proxy where the environment names one.
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=PATIENCE)
        try:
            connection.request("GET" if body is None else "POST", path, body)
            return json.load(connection.getresponse())
        finally:
            connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
