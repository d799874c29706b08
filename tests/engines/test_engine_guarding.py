"""Processes that end with whoever started them, and a server that says why it ended."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from vqa_eval.engines.vllm import guarding
from vqa_eval.engines.vllm.serving import Server
from vqa_eval.errors import EngineError

FAMILY = """\
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[1], "w").write(f"{os.getpid()} {child.pid}")
time.sleep(600)
"""
"""A process with a child; it writes down both."""

HOLDER = """\
import subprocess, sys, time
held = subprocess.Popen([sys.executable, "-m", "vqa_eval.engines.vllm.guarding", *sys.argv[1:]], stdin=subprocess.PIPE)
time.sleep(600)
"""
"""A process that has another one guarded."""


def guarded(*command: str) -> "subprocess.Popen[bytes]":
    """Start a command under guard."""
    return subprocess.Popen([sys.executable, "-m", guarding.__name__, *command], stdin=subprocess.PIPE)


def numbers_in(file: Path) -> list[int]:
    """Return the processes that a family has written down, once it has."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if file.exists() and len(file.read_text().split()) == 2:
            return [int(number) for number in file.read_text().split()]
        time.sleep(0.05)
    raise AssertionError("the family did not start")


def lives(number: int) -> bool:
    """Say whether a process runs; one that has ended and was not asked for its code does not."""
    said = subprocess.run(["ps", "-o", "stat=", "-p", str(number)], capture_output=True, text=True, check=False)
    return said.stdout.strip()[:1] not in {"", "Z"}


def assert_gone(numbers: list[int]) -> None:
    """Wait until none of the processes runs."""
    until = time.monotonic() + 30
    while any(map(lives, numbers)):
        assert time.monotonic() < until, f"still there: {[number for number in numbers if lives(number)]}"
        time.sleep(0.05)


def test_the_code_of_the_command_is_handed_on() -> None:
    """A command that ends by itself ends the guard with its code."""
    with guarded(sys.executable, "-c", "raise SystemExit(3)") as guard:
        assert 3 == guard.wait(timeout=30)


def test_all_end_when_the_input_is_closed(tmp_path: Path) -> None:
    """Closing the pipe ends the command and what it has started."""
    with guarded(sys.executable, "-c", FAMILY, str(tmp_path / "family")) as guard:
        family = numbers_in(tmp_path / "family")
        assert all(map(lives, family))
        assert guard.stdin is not None
        guard.stdin.close()
        guard.wait(timeout=30)
    assert_gone(family)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_all_end_when_the_holder_is_killed(tmp_path: Path, how: signal.Signals) -> None:
    """Whoever started the guard need not come to its end in order."""
    words = [sys.executable, "-c", FAMILY, str(tmp_path / "family")]
    with subprocess.Popen([sys.executable, "-c", HOLDER, *words]) as holder:
        family = numbers_in(tmp_path / "family")
        holder.send_signal(how)
        holder.wait(timeout=30)
    assert_gone(family)


def test_what_a_command_leaves_behind_ends_too(tmp_path: Path) -> None:
    """A command that is killed does not leave its children."""
    with guarded(sys.executable, "-c", FAMILY, str(tmp_path / "family")) as guard:
        family = numbers_in(tmp_path / "family")
        os.kill(family[0], signal.SIGKILL)
        assert 0 != guard.wait(timeout=30)
    assert_gone(family)


def test_a_server_that_ends_says_why(tmp_path: Path) -> None:
    """Its code, its last words and what to type; with or without vLLM, a switch that is none ends it."""
    server = Server({"no_such_switch": 1}, "mine", log=tmp_path / "server.log")
    try:
        with pytest.raises(EngineError, match=r"(?s)ended with code \d.*says:.*(vllm|no-such-switch)") as caught:
            server.wait_until_ready()
    finally:
        server.stop()
    assert str(tmp_path / "server.log") in caught.value.message
    assert caught.value.hint


def test_a_port_that_is_taken_is_said() -> None:
    """Nobody else's server is taken for ours."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(EngineError, match=f"port {port} cannot be taken") as caught:
            Server({}, "mine", port)
    assert "--port 0" in caught.value.hint
