"""Runs a command in a group of processes of its own and ends the whole group when nobody holds its input any more.

`python -m vqa_eval.engines.vllm.guarding COMMAND …` is started with a pipe as its input. The system closes the pipe
when the process that holds its other end is no more, even if that was killed, so no server is left behind on a GPU.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence

PATIENCE = 20.0
"""Seconds that the processes have to end by themselves before they are killed."""


def guard(command: Sequence[str]) -> int:
    """Run the command until it ends or the input is closed; return its exit code."""
    # Ctrl-C reaches everybody at the terminal; who started this one decides what becomes of it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603
    signal.signal(signal.SIGTERM, lambda *_: _send(child.pid, signal.SIGTERM))
    threading.Thread(target=_end_with_the_input, args=(child,), daemon=True).start()
    code = child.wait()
    # What the command has started and left.
    _send(child.pid, signal.SIGKILL)
    return code


def _end_with_the_input(child: "subprocess.Popen[bytes]") -> None:
    while os.read(sys.stdin.fileno(), 1):
        pass
    _send(child.pid, signal.SIGTERM)
    time.sleep(PATIENCE)
    _send(child.pid, signal.SIGKILL)


def _send(group: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


if __name__ == "__main__":
    sys.exit(guard(sys.argv[1:]))
