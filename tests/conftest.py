"""What every test stands on: a home of its own, the shared real data where they are, a small catalogue."""

import json
import os
import socket
import struct
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.engines.standins import ChatServer, Cut

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give every test an empty home folder, so that none reads or writes the user's."""
    folder = tmp_path / "home"
    monkeypatch.setenv("VQA_EVAL_HOME", str(folder))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for name in [name for name in os.environ if name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    return folder


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder with real data beside the checkout; tests that need it skip where it is absent."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder.relative_to(ROOT.parent)} beside the checkout")
    return folder


TASK = """\
id: letters
title: Letters
about: A benchmark made by a test.
licence: CC0-1.0
evaluate: test
prompt: letter
common:
  format: csv
  kind: choice
  id: id
  question: question
  options: [A, B, C]
  answer: {letter: answer}
  facets:
    modality: modality
    task: task
  cluster: patient
forms:
  - {name: test, files: [letters.csv], split: test}
  - {name: train, files: [letters-train.csv], split: train}
"""

ROWS = """\
id,question,A,B,C,answer,modality,task,patient
1,Which organ is bright?,Liver,Spleen,,A,CT,Organ Recognition - Abdomen,p1
2,Which organ is dark?,Liver,Spleen,Lung,C,CT,Organ Recognition - Thorax,p1
3,Which plane is it?,Axial,Coronal,Sagittal,B,T1 MRI,Attribute Recognition,p2
4,Which side is it?,Left,Right,,B,T1 MRI,Attribute Recognition,p3
5,What is shown?,Bone,Air,Fat,A,X-ray,Bone,p4
"""


@pytest.fixture
def letters(tmp_path: Path) -> Path:
    """Return a catalogue folder with the benchmark `letters`, its table beside the task file."""
    tasks = tmp_path / "catalog" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "letters.yaml").write_text(TASK, encoding="utf-8")
    (tasks / "letters.csv").write_text(ROWS, encoding="utf-8")
    return tasks.parent


@pytest.fixture
def chat_server() -> Iterator[ChatServer]:
    """Run a server on this machine; set `answer` to change what it says (status 0 hangs up)."""
    state = ChatServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with state.lock:
                state.asked.append(body)
                state.keys.append(self.headers["Authorization"])
                state.at_once += 1
                state.most_at_once = max(state.most_at_once, state.at_once)
            try:
                status, headers, content = state.answer(body)
            finally:
                with state.lock:
                    state.at_once -= 1
            if status == 0:
                self.connection.close()
                self.close_connection = True
                return
            cut = content if isinstance(content, Cut) else None
            payload = json.dumps(cut.body if cut else content).encode()
            sent = payload[: len(payload) // 2] if cut else payload
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(sent if cut and cut.ends == "whole" else payload)))
            self.end_headers()
            self.wfile.write(sent)
            if cut and cut.ends != "whole":
                self.close_connection = True
            if cut and cut.ends == "reset":
                # Without lingering, and with this as the last handle, closing sends a reset and no farewell.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                os.close(self.connection.detach())

        def log_message(self, *arguments: object) -> None:
            """Keep the terminal of the tests clean."""

        def handle(self) -> None:
            try:
                super().handle()
            except (ConnectionError, ValueError):
                # The client went away, or the connection was hung up on purpose.
                return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield state
    server.shutdown()
    server.server_close()
