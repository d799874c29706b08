"""The house itself: style, types and floors hold, and the floors' contracts notice what breaks them."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT


def tool(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run a tool of the environment that runs the tests."""
    program = Path(sys.executable).parent / words[0]
    return subprocess.run([str(program), *words[1:]], cwd=cwd, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("ruff", "check", "--no-cache"),
        ("ruff", "format", "--check", "--no-cache"),
        ("mypy",),
        ("lint-imports", "--no-cache"),
    ],
    ids=lambda words: " ".join(words[:2]),
)
def test_the_checks_are_clean(words: tuple[str, ...]) -> None:
    """ruff, mypy --strict and the import contracts have nothing to say."""
    done = tool(*words)
    assert 0 == done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("records/sample.py", "import vqa_eval.tree.names", "Imports run one way"),
        ("tree/names.py", "import vqa_eval.samples.tables.reading", "Imports run one way"),
        ("metrics/choice.py", "import random", "The pure floors"),
        ("answers/ladder.py", "import sqlite3", "The pure floors"),
        ("store/run.py", "import pydantic", "pydantic and YAML"),
        ("boards/cells.py", "import vqa_eval.boards.board", "No circles"),
    ],
)
def test_a_planted_fault_breaks_its_contract(tmp_path: Path, module: str, line: str, contract: str) -> None:
    """An import against the floors, in a copy of the package, is found by the contract that forbids it."""
    shutil.copytree(ROOT / "vqa_eval", tmp_path / "vqa_eval", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    path = tmp_path / "vqa_eval" / module
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}\n{line}\n", encoding="utf-8")
    done = tool("lint-imports", "--no-cache", cwd=tmp_path)
    assert 0 != done.returncode
    broken = [entry for entry in done.stdout.splitlines() if entry.endswith("BROKEN")]
    assert any(entry.startswith(contract) for entry in broken), done.stdout


def test_every_test_says_what_holds() -> None:
    """Every test has a docstring."""
    import ast

    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in sorted((ROOT / "tests").rglob("test_*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and not ast.get_docstring(node)
    ]
    assert [] == silent


def test_the_wheel_carries_what_people_write(tmp_path: Path) -> None:
    """A wheel built from the checkout holds tasks, prompts, models and leaderboards, and reads them from there."""
    done = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(tmp_path), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert 0 == done.returncode, done.stderr
    (wheel,) = tmp_path.glob("*.whl")
    import zipfile

    zipfile.ZipFile(wheel).extractall(tmp_path / "site")
    program = "from vqa_eval.catalog import Catalog as C; c = C(); print(len(c.tasks), len(c.prompts), len(c.axes))"
    seen = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path / "site", capture_output=True, text=True, check=True
    )
    from vqa_eval.catalog import Catalog

    here = Catalog()
    assert f"{len(here.tasks)} {len(here.prompts)} {len(here.axes)}\n" == seen.stdout
    assert (tmp_path / "site/vqa_eval/shipped/tasks/demo/questions.jsonl").is_file()
