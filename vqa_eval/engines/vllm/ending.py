"""The end of vLLM's engine while a run needs it: nobody waits for it for ever, and the user is told how to go on."""

import contextlib
import threading
import time
from concurrent.futures import InvalidStateError
from typing import Any

from vqa_eval.errors import EngineError

_BETWEEN = 0.5
"""Seconds between two looks at whether the engine is there."""
_PATIENCE = 5.0
"""Seconds that an engine's own processes have to end after it."""

_AGAIN = "type the same command again: it continues"
_LESS = "with less at once: --batch-size 32 or --engine-options gpu_memory_utilization=0.8"


def wake_when_dead(core: Any) -> None:
    """Give whoever waits for the engine's process an `EngineError` once that has ended, or was closed.

    vLLM notes that a process of its own is no more, but a killed one leaves those waiting that wait for its outputs
    already. `core` is vLLM's client of the engine; there is nothing to watch where that works in this process.
    """
    if not hasattr(core, "outputs_queue"):
        return
    # Not the client itself, which could not be freed as long as the thread holds it.
    parts = core.resources, core.outputs_queue, core.utility_results
    threading.Thread(target=_watch, args=parts, name="vqa-eval-vllm-engine", daemon=True).start()


def workers_of(core: Any) -> list[Any]:
    """Return the processes that the engine's processes have started: a killed one leaves them with their memory."""
    manager = getattr(getattr(core, "resources", None), "engine_manager", None)
    if manager is None:
        return []
    import psutil

    found = []
    for process in getattr(manager, "processes", ()):
        with contextlib.suppress(psutil.Error):  # it has ended already
            found += psutil.Process(process.pid).children(recursive=True)
    return found


def end(workers: list[Any]) -> None:
    """Give processes some seconds to end by themselves, and end those that do not."""
    if workers:
        import psutil

        for worker in psutil.wait_procs(workers, timeout=_PATIENCE)[1]:
            with contextlib.suppress(psutil.Error):
                worker.kill()


def _watch(resources: Any, outputs: Any, calls: dict[int, Any]) -> None:
    while not resources.engine_dead:
        time.sleep(_BETWEEN)
    outputs.put(_lost())
    for call in list(calls.values()):
        with contextlib.suppress(InvalidStateError):  # it was answered in this moment
            call.set_exception(_lost())


def is_dead(error: Exception) -> bool:
    """Return whether vLLM raised it because its engine's process is no more."""
    from vllm.v1.engine.exceptions import EngineDeadError

    return isinstance(error, EngineDeadError)


def ended(error: Exception) -> EngineError:
    """Return why the engine answers nothing any more, and what to type."""
    if isinstance(error, EngineError):
        return error
    if is_dead(error):
        return _lost()
    text = " ".join(str(error).split())[:300]
    hint = f"{_AGAIN}; {_LESS}" if "out of memory" in text.lower() else _AGAIN
    return EngineError(f"vLLM's engine cannot go on: {type(error).__name__}: {text}", hint)


def _lost() -> EngineError:
    return EngineError(
        "vLLM's engine process ended: for the reason above, or, where there is none, perhaps for want of memory",
        f"{_AGAIN}; where memory was short, {_LESS}",
    )
