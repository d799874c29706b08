"""A light start: help and tree import nothing heavy."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch",
    "pandas",
    "datasets",
    "transformers",
    "numpy",
    "pyarrow",
    "openai",
    "aiohttp",
    "pydicom",
    "PIL",
    "jinja2",
)


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["tree", "modality/CT"],
        ["tree", "keywords/task/DD/CT & keywords/department/O"],
        ["tree"],
        ["data", "list"],
        ["prompt"],
        ["--version"],
    ],
)
def test_nothing_heavy_is_imported(tmp_path: Path, words: list[str]) -> None:
    """Commands that only look at the tree or print help leave every heavy library asleep."""
    program = (
        "import sys; sys.argv = ['vqa-eval', *sys.argv[1:]]\n"
        "from vqa_eval.cli import main\n"
        "try:\n    main()\n"
        "except SystemExit as stop:\n    assert not stop.code, stop.code\n"
        f"print('HEAVY', [name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *words], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert "HEAVY []" == done.stdout.splitlines()[-1]


LATER = ("vqa_eval.answers", "vqa_eval.boards", "vqa_eval.stats", "numpy", "scipy", "sklearn", "PIL", "torch")


def test_a_model_is_asked_before_replies_can_be_read() -> None:
    """A run starts without what reads replies and makes tables: that is imported when the model is done."""
    program = (
        "import sys; import vqa_eval.cli.running, vqa_eval.engines.openai\n"
        f"print([name for name in {LATER!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "[]" == done.stdout.strip()
