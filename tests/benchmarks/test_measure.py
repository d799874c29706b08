"""Commands measured: time, processor time and memory of all their processes."""

import sys
from pathlib import Path

import pytest

from benchmarks.measure import clean_environment, measure

CHILD = "import subprocess, sys; subprocess.run([sys.executable, '-c', sys.argv[1]], check=True)"


def python(program: str, *words: str) -> list[str]:
    """Return the command that runs a program."""
    return [sys.executable, "-c", program, *words]


def test_children_count(tmp_path: Path) -> None:
    """A child's processor time and memory are the command's, and its output is kept."""
    work = "import time; held = bytearray(100_000_000); print('done')\nwhile time.process_time() < 0.3: pass"
    seen = measure(python(CHILD, work), clean_environment(), tmp_path / "log")
    assert (0, "done\n", False) == (seen.exit_code, seen.said, seen.killed)
    assert 0.3 <= seen.cpu < 2
    assert seen.wall >= 0.3
    assert 100_000_000 < seen.peak < 300_000_000


def test_who_measures_is_not_measured(tmp_path: Path) -> None:
    """The memory of whoever starts a command, and held it once, is not the command's."""
    held = bytearray(200_000_000)
    seen = measure(python("import time; time.sleep(0.3)"), clean_environment(), tmp_path / "log")
    assert 1_000_000 < seen.peak < len(held) / 2


def test_a_kill_ends_all_processes(tmp_path: Path) -> None:
    """When it is told to, the command is killed, and its child, which would have kept the output open."""
    sleeping = python(CHILD, "import time; time.sleep(60)")
    seen = measure(sleeping, clean_environment(), tmp_path / "log", kill_when=lambda: True)
    assert (True, -9) == (seen.killed, seen.exit_code)
    assert seen.wall < 30


def test_patience_ends(tmp_path: Path) -> None:
    """A command that takes too long is killed and is an error."""
    with pytest.raises(TimeoutError, match=r"not done after 0\.2 s"):
        measure(python("import time; time.sleep(60)"), clean_environment(), tmp_path / "log", patience=0.2)


def test_the_environment_is_clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proxies, keys and the ban on bytecode are left out; what is added is there."""
    for name in ("HTTP_PROXY", "https_proxy", "OPENAI_API_KEY", "OPENAI_BASE_URL", "PYTHONDONTWRITEBYTECODE"):
        monkeypatch.setenv(name, "1")
    environment = clean_environment(VQA_EVAL_HOME="here")
    assert not [name for name in environment if name.lower().endswith(("_proxy", "_api_key", "_base_url"))]
    assert "PYTHONDONTWRITEBYTECODE" not in environment
    assert "here" == environment["VQA_EVAL_HOME"]
