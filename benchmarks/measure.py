"""One command measured: wall, processor time and memory, all its processes included."""

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.hosting import ROOT

LOOKED_EVERY = 0.05
"""Seconds between two looks at the processes."""


@dataclass(frozen=True)
class Measured:
    """What a command cost."""

    began: float
    """On the machine's monotonic clock, just before the process was started."""
    wall: float
    """Seconds."""
    cpu: float
    """Processor seconds in user and system mode."""
    peak: float
    """Bytes: the most memory that its processes held together; NaN where the machine does not say."""
    busy: float
    """Processor seconds that the whole machine spent meanwhile; NaN where it does not say."""
    exit_code: int
    said: str
    """Its output; errors are not in it."""
    killed: bool = False


def clean_environment(**more: str) -> dict[str, str]:
    """Return the environment without what would change a measurement.

    Without proxies and keys, and with bytecode written where the environment forbids it: compiling anew at every start
    is not what is measured.
    """
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy")
        and not name.endswith("_API_KEY")
        and name not in {"PYTHONDONTWRITEBYTECODE", "OPENAI_BASE_URL", "PYTHONPROFILEIMPORTTIME"}
    }
    return {**kept, "HF_HUB_OFFLINE": "1", **more}


def measure(
    words: Sequence[str],
    environment: Mapping[str, str],
    log: Path,
    *,
    kill_when: Callable[[], bool] | None = None,
    patience: float = 900.0,
) -> Measured:
    """Run a command to its end, or until `kill_when` says so (`kill -9` on all its processes).

    Its errors go to `log`. Raises TimeoutError after `patience` seconds.
    """
    busy, began = machine_seconds(), time.monotonic()
    with log.open("ab") as errors:
        process = subprocess.Popen(  # noqa: S603 - the words are those of a contender
            words,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            start_new_session=True,  # so that all its processes can be killed at once
        )
    ended = threading.Event()
    peak, late = 0, False

    def look() -> None:
        nonlocal peak, late
        while not ended.wait(LOOKED_EVERY):
            peak = max(peak, memory(process.pid))
            late = time.monotonic() - began > patience
            if late or (kill_when is not None and kill_when()):
                with contextlib.suppress(ProcessLookupError):  # it has just ended
                    os.killpg(process.pid, signal.SIGKILL)
                return

    watcher = threading.Thread(target=look)
    watcher.start()
    assert process.stdout
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - began
    ended.set()
    watcher.join()
    process.stdout.close()
    process.returncode = os.waitstatus_to_exitcode(status)
    if late:
        raise TimeoutError(f"not done after {patience:g} s: {' '.join(words)}; its errors: {log}")
    return Measured(
        began,
        wall,
        used.ru_utime + used.ru_stime,
        peak or float("nan"),
        machine_seconds() - busy,
        process.returncode,
        said.decode(errors="replace"),
        process.returncode == -signal.SIGKILL,
    )


def memory(process: int) -> int:
    """Return the bytes of memory that a process and all below it hold; 0 where there is no /proc.

    A page that several of them share, as forked workers do, is counted once (the kernel's proportional set size). No
    less is returned than the most that one of them ever held, which also tells of a peak between two looks. (What the
    kernel says of a process that has ended, its `ru_maxrss`, may be the memory of whoever started it.)
    """
    together, most, family = 0, 0, [process]
    for member in family:
        folder = Path(f"/proc/{member}")
        try:
            together += _kilobytes(folder / "smaps_rollup", "Pss:")
            most = max(most, _kilobytes(folder / "status", "VmHWM:"))
            for thread in (folder / "task").iterdir():
                family += (int(child) for child in (thread / "children").read_text().split())
        except OSError:  # it has just ended
            continue
    return max(together, most) * 1024


def _kilobytes(path: Path, name: str) -> int:
    lines = path.read_text(errors="replace").splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def machine_seconds() -> float:
    """Return the processor seconds that everybody on the machine has spent; NaN where it does not say."""
    try:
        first = Path("/proc/stat").read_text().split("\n", 1)[0]
    except OSError:
        return float("nan")
    user, nice, system, _idle, _waiting, *interrupts = (int(ticks) for ticks in first.split()[1:8])
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
