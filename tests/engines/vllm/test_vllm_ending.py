"""vLLM's engine that is no more: nobody waits for it, and the user is told how to go on."""

import json
import os
import queue
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.engines.vllm.opening import NEEDS_VLLM
from vqa_eval.engines.vllm import ending
from vqa_eval.errors import EngineError

ROOT = Path(__file__).parents[3]


def needs_vllm(test: Callable[..., None]) -> Callable[..., None]:
    """Mark a test that starts an engine."""
    for mark in NEEDS_VLLM:
        test = mark(test)
    return test


def test_who_waits_is_woken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits for outputs, or for the answer to a call, gets the error; an answer that came stays."""
    monkeypatch.setattr(ending, "_BETWEEN", 0.01)
    waits: Future[int] = Future()
    answered: Future[int] = Future()
    answered.set_result(7)
    core = SimpleNamespace(
        resources=SimpleNamespace(engine_dead=False),
        outputs_queue=queue.Queue[Exception](),
        utility_results={1: answered, 2: waits},
    )
    ending.wake_when_dead(core)
    with pytest.raises(queue.Empty):
        core.outputs_queue.get(timeout=0.1)
    core.resources.engine_dead = True
    assert "want of memory" in str(core.outputs_queue.get(timeout=10))
    with pytest.raises(EngineError, match="engine process ended"):
        waits.result(timeout=10)
    assert 7 == answered.result()


@needs_vllm
def test_a_killed_engine_ends_the_run(checkpoint: Callable[[str], Path], home: Path) -> None:
    """SIGKILL, as of a system without memory, ends the run within seconds with what to type, and leaves no process."""
    command = [sys.executable, "-m", "tests.engines.vllm.killing", str(checkpoint("qwen2")), str(home)]
    environment = os.environ | {"VLLM_ENABLE_V1_MULTIPROCESSING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, timeout=120, check=True
    )
    said = json.loads(done.stdout.splitlines()[-1])
    for message, hint in said["raised"]:
        assert message.startswith("vLLM's engine process ended")
        assert "same command" in hint
        assert "--batch-size" in hint
    assert 2 == len(said["raised"])
    assert said["workers"] > 0
    assert [] == said["left"]
    assert said["seconds"] < 20
