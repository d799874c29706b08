"""A run whose engine is killed while it answers: `python -m tests.engines.vllm.killing CHECKPOINT HOME`.

It writes as JSON what was raised, its hint, what a second run raised, the seconds that all of it took to end, and which
of the engine's own processes are left.
"""

import json
import sys
import time
from pathlib import Path
from typing import Any

from tests.engines.standins import make_request
from tests.engines.vllm.opening import open_vllm
from vqa_eval.errors import EngineError
from vqa_eval.records import Sampling

REQUESTS = 5000
"""More than are answered before the engine is missed."""


def main(checkpoint: str, home: str) -> None:
    """Kill the engine's process after the first reply."""
    engine: Any = open_vllm("vllm", Path(checkpoint), Path(home), pictures=None)
    long = Sampling(max_tokens=200)
    replies = engine.ask(make_request(number, pictures=0, sampling=long) for number in range(REQUESTS))
    next(replies)
    for process in engine._llm.llm_engine.engine_core.resources.engine_manager.processes:
        process.kill()
    began = time.monotonic()
    raised = [said_of(replies), said_of(engine.ask([make_request(0, pictures=0)]))]
    workers = engine._workers
    engine.close()
    left = [worker.pid for worker in workers if worker.is_running() and worker.status() != "zombie"]
    took = time.monotonic() - began
    sys.stdout.write(json.dumps({"raised": raised, "seconds": took, "workers": len(workers), "left": left}) + "\n")


def said_of(replies: Any) -> list[str]:
    """Return the message and the hint of the error that ends the replies; nothing where none does."""
    try:
        list(replies)
    except EngineError as error:
        return [error.message, error.hint]
    return []


if __name__ == "__main__":
    main(*sys.argv[1:])
