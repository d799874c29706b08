"""GMAI-MMBench's TEST split on the hub: eleven parts of one repository are one table."""

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.samples.gmai import write_test_parts

REPOSITORY = "OpenGVLab/GMAI-MMBench"

FETCH = """
from tests.samples.gmai import unsummed
from vqa_eval.catalog import Catalog
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.samples import Library, home
catalog, library = Catalog(), Library(home())
(about,) = library.fetch(unsummed(catalog.tasks["gmai-mmbench"]), only=("hub-test",))
print(about.form, about.samples)
plan = make_plan(Tree(catalog, library), ("benchmark/gmai-mmbench & split/test",), None, 0)
print(*(sample.id.rpartition("/")[2] for sample in plan.samples()))
"""


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[str]:
    """Run a hub with the eleven parts, two rows each, and a file beside them that is none."""
    folder = tmp_path / "hub"
    folder.mkdir()
    write_test_parts(folder, rows=2)
    (folder / "README.md").write_text("about", encoding="utf-8")
    files = {path.name: path.read_bytes() for path in folder.iterdir()}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_HEAD(self) -> None:
            self.answer(with_body=False)

        def do_GET(self) -> None:
            self.answer(with_body=True)

        def answer(self, *, with_body: bool) -> None:
            path = self.path.partition("?")[0]
            name = path.removeprefix(f"/datasets/{REPOSITORY}/resolve/main/")
            listing = path.startswith(f"/api/datasets/{REPOSITORY}/tree/main")
            entries = [{"type": "file", "oid": "0" * 40, "size": len(data), "path": at} for at, data in files.items()]
            body = json.dumps(entries).encode() if listing else files.get(name, b"{}")
            self.send_response(200 if listing or name in files else 404)
            if name in files:
                self.send_header("ETag", f'"{hashlib.sha256(body).hexdigest()}"')
                self.send_header("X-Repo-Commit", "0123456789abcdef0123456789abcdef01234567")
                self.send_header("Accept-Ranges", "bytes")
            self.send_header("Content-Type", "application/json")
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


def test_the_eleven_parts_are_fetched(hub: str, tmp_path: Path) -> None:
    """All parts are fetched and read one after the other, part 2 before part 10."""
    pytest.importorskip("datasets", reason="the hub needs vqa-eval[hub]")
    done = subprocess.run(
        [sys.executable, "-c", FETCH],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_ENDPOINT": hub, "HF_HUB_OFFLINE": "0", "HF_HOME": str(tmp_path / "hf")},
    )
    assert 0 == done.returncode, done.stderr
    assert ["hub-test 22", " ".join(map(str, range(22)))] == done.stdout.splitlines()
