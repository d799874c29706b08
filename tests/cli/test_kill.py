"""`kill -9` in the middle of a run: the same command asks only what was missing, and the table is the same."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engines.standins import ChatServer, completion

TREE = "benchmark/demo & granularity/Image"
IN_FLIGHT = 2
READY = 1
"""Request that is ready beyond those in flight; it leaves when a reply lands, just before that reply is kept."""


def say(body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Answer with a letter that depends on the whole question, a little late."""
    time.sleep(0.03)
    letter = "ABCD"[hashlib.sha256(json.dumps(body, sort_keys=True).encode()).digest()[0] % 4]
    return completion(f"Answer: {letter}")


def questions(server: ChatServer) -> list[str]:
    """Return what the server was asked, question by question."""
    return [json.dumps(body, sort_keys=True) for body in server.asked]


@pytest.mark.parametrize("replies_before_the_kill", [1, 23, 50])
def test_kill_and_go_on(chat_server: ChatServer, tmp_path: Path, replies_before_the_kill: int) -> None:
    """Killed after some replies: at most what is not kept yet is asked twice, and board.csv equals a quiet run's."""
    pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")
    chat_server.answer = say
    words = [
        sys.executable, "-m", "vqa_eval", "-m", "openai:fake", "--base-url", chat_server.url, "-t", TREE,
        "--concurrency", str(IN_FLIGHT), "--out",
    ]  # fmt: skip
    run = subprocess.Popen([*words, "killed"], cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while len(chat_server.asked) < replies_before_the_kill + IN_FLIGHT:
        assert run.poll() is None, "the run ended before it could be killed"
        time.sleep(0.005)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    before = questions(chat_server)

    again = subprocess.run([*words, "killed"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 0 == again.returncode, again.stderr
    after = questions(chat_server)[len(before) :]
    assert len(set(before) & set(after)) <= IN_FLIGHT + READY
    assert len(after) == len(set(after))

    chat_server.asked.clear()
    quiet = subprocess.run([*words, "quiet"], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert 0 == quiet.returncode, quiet.stderr
    assert set(before) | set(after) == set(questions(chat_server))
    for name in ("board.csv", "board.md", "board.json"):
        assert (tmp_path / "quiet" / name).read_text() == (tmp_path / "killed" / name).read_text()
