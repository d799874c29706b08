"""The hub: a server of this machine speaks its protocol, and the real client fetches from it."""

import hashlib
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.samples.gmai import write_table

FILE = "/datasets/VLMEval/GMAI-MMBench/resolve/main/GMAI-MMBench_VAL.tsv"


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """Run a hub that has GMAI-MMBench's VAL table of twelve rows, and nothing else."""
    content = write_table(tmp_path / "VAL.tsv", 12).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            found = self.path.partition("?")[0] == FILE
            body = content if found else b"{}"
            self.send_response(200 if found else 404)
            if found:
                self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
                self.send_header("X-Repo-Commit", "0123456789abcdef0123456789abcdef01234567")
                self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if with_body:
                self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Keep the terminal of the tests clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def get(benchmark: str, hub: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Type `vqa-eval data get` with that hub."""
    return subprocess.run(
        [sys.executable, "-m", "vqa_eval", "data", "get", benchmark],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0", "HF_HOME": str(cwd / "hf")},
    )


def test_a_benchmark_is_fetched(hub: str, tmp_path: Path) -> None:
    """`data get gmai-mmbench` fetches the VAL table, prepares it, and says that it is not the whole one."""
    pytest.importorskip("datasets", reason="the hub needs vqa-eval[hub]")
    done = get("gmai-mmbench", hub, tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "gmai-mmbench/hub-val: 12 samples, 12 pictures" in done.stdout
    assert "read 12 rows; the published table has 4,550" in done.stderr


def test_what_the_hub_has_not_is_said(hub: str, tmp_path: Path) -> None:
    """A file that the hub does not have ends in one line that names it, with what to type instead."""
    pytest.importorskip("datasets", reason="the hub needs vqa-eval[hub]")
    done = get("slidebench", hub, tmp_path)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert (1, 1) == (done.returncode, len(lines)), done.stderr
    assert "General-Medical-AI/SlideBench/SlideBench-VQA-TCGA.csv" in lines[0]
    assert "vqa-eval data add" in done.stderr.splitlines()[-1]
