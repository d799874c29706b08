"""A real server of vLLM, as the command line starts and stops it."""

import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.standins import make_request
from tests.engines.vllm.opening import NEEDS_VLLM, open_vllm
from vqa_eval.errors import EngineError

pytestmark = [*NEEDS_VLLM]

START = 300.0
"""Seconds that a server may take on a busy machine."""


@pytest.fixture
def serving(checkpoint: Callable[[str], Path], tmp_path: Path) -> Iterator["subprocess.Popen[str]"]:
    """Start `vqa-eval serve` on a tiny checkpoint."""
    options = "enforce_eager=true,max_model_len=2048,max_num_seqs=8"
    words = [
        "serve",
        f"vllm:{checkpoint('internvl')}",
        "--port",
        "0",
        "--dtype",
        "float32",
        "--engine-options",
        options,
    ]
    with (tmp_path / "said").open("w") as stream:
        started = subprocess.Popen(
            [sys.executable, "-m", "vqa_eval", *words], stdout=subprocess.PIPE, stderr=stream, text=True, cwd=tmp_path
        )
    yield started
    started.kill()
    started.wait()


def family(number: int) -> list[Any]:
    """Return all processes that a process has started."""
    import psutil

    return list(psutil.Process(number).children(recursive=True))


def assert_gone(processes: list[Any]) -> None:
    """Wait until none of them runs."""
    import psutil

    _, left = psutil.wait_procs(processes, timeout=40)
    assert [] == left


def test_a_server_until_it_is_interrupted(serving: "subprocess.Popen[str]") -> None:
    """It says where and how it is asked, answers, and ends with code 0 and all its processes at Ctrl-C."""
    assert serving.stdout is not None
    where, how = serving.stdout.readline(), serving.stdout.readline()
    (url,) = re.findall(r"is served at (http://127\.0\.0\.1:\d+/v1)", where)
    assert how.endswith(f"vqa-eval --model openai:internvl --base-url {url}\n")
    body = {"model": "internvl", "messages": [{"role": "user", "content": "Which organ?"}], "max_tokens": 3}
    sent = urllib.request.Request(
        f"{url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent, timeout=60) as answer:
        assert 3 == json.load(answer)["usage"]["completion_tokens"]
    processes = family(serving.pid)
    assert processes
    serving.send_signal(signal.SIGINT)
    assert 0 == serving.wait(timeout=60)
    assert_gone(processes)


def test_a_server_ends_with_a_command_that_is_killed(serving: "subprocess.Popen[str]") -> None:
    """No process is left on the machine, even of a command that had no time to clear up."""
    until = time.monotonic() + START
    while len(processes := family(serving.pid)) < 2:  # the guard and the server
        assert time.monotonic() < until
        time.sleep(0.2)
    serving.kill()
    serving.wait()
    assert_gone(processes)


def test_a_server_that_is_lost_ends_the_run(checkpoint: Callable[[str], Path], home: Path) -> None:
    """Its last words are told, and nothing that it would have said is a fault of the model."""
    import psutil

    engine: Any = open_vllm("vllm-served", checkpoint("qwen2"), home, pictures=None)
    try:
        assert "vllm 0." in engine.identity.engine
        assert engine.identity.engine.endswith(" served")
        replies = engine.ask(make_request(n, pictures=0) for n in range(2000))
        assert next(replies).fault is None
        processes = family(engine._server._process.pid)
        for process in processes:
            process.kill()
        psutil.wait_procs(processes, timeout=40)
        with pytest.raises(EngineError, match="vLLM's server ended"):
            list(replies)
    finally:
        engine.close()
