"""What the commands print and write."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

from tests.cli.typed import vqa_eval


def test_the_main_job(tmp_path: Path) -> None:
    """A run prints a board with notes and signature, names its folder, and writes three files beside the replies."""
    done = vqa_eval("-m", "majority", "-t", "modality/CT", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "modality/CT: 38 samples (demo 38)" in done.stderr
    assert "not at hand: gmai-mmbench" in done.stderr
    assert "multiple choice by granularity" in done.stdout
    assert "1. model:majority|rev:" in done.stdout
    folder = tmp_path / done.stdout.strip().splitlines()[-1].removeprefix("run: ")
    assert {"run.sqlite", "board.md", "board.csv", "board.json"} == {path.name for path in folder.iterdir()}


def test_the_board_in_every_form(tmp_path: Path) -> None:
    """`board` prints screen, Markdown, CSV and JSON of the same cells, sliced by the axes that are named."""
    vqa_eval("-m", "majority,longest", "-t", "demo", "--out", "run", cwd=tmp_path)
    forms = {form: vqa_eval("board", "run", "--by", "organ", "--format", form, cwd=tmp_path).stdout for form in
             ("screen", "md", "csv", "json")}  # fmt: skip
    rows = list(csv.DictReader(io.StringIO(forms["csv"])))
    cells = json.loads(forms["json"])["cells"]
    assert len(rows) == len(cells)
    assert {"", "organ"} == {row["axis"] for row in rows}
    assert {"majority", "longest"} == {row["model"] for row in rows}
    assert "multiple choice by organ" in forms["screen"]
    assert "## Multiple choice by organ" in forms["md"]


def test_a_dry_run_asks_nobody_and_writes_nothing(tmp_path: Path) -> None:
    """--dry-run counts samples and pictures, estimates tokens, opens no model and leaves the folder empty."""
    done = vqa_eval("-m", "internvl-4b", "-t", "modality/CT", "--prompt", "gmai,steps", "--dry-run", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    lines = [line.split() for line in done.stdout.splitlines()]
    assert ["gmai", "38", "38"] in [line[:3] for line in lines]
    assert ["steps", "38", "38"] in [line[:3] for line in lines]
    assert not [path for path in tmp_path.iterdir() if path.name != "home"]


def test_the_tree_counts(tmp_path: Path) -> None:
    """`tree` prints a node with its children and the samples under each by benchmark; without a node the axes."""
    node = vqa_eval("tree", "modality/MRI", cwd=tmp_path).stdout
    lines = {line.strip().rsplit(maxsplit=2)[0]: line.split()[-1] for line in node.splitlines() if line.strip()}
    assert ("17", "13", "4", "0") == tuple(
        lines[name] for name in ("MRI", "T1 weighted MRI", "T2 weighted MRI", "FLAIR MRI")
    )
    axes = vqa_eval("tree", cwd=tmp_path).stdout
    assert all(axis in axes for axis in ("modality", "department", "granularity", "label", "benchmark"))
    assert "717" in axes


def test_a_sample_is_shown_whole(tmp_path: Path) -> None:
    """`show` prints question, key, places, prompt, reply and verdict, and saves the pixels as they are sent."""
    vqa_eval("-m", "longest", "-t", "modality/CT", "--out", "run", cwd=tmp_path)
    done = vqa_eval("show", "demo/ct-003", "--run", "run", "--save", "pictures", "--prompt", "steps", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    for part in ("← key", "granularity/Box Level", "prompt steps", "longest · gmai", "→ answered: "):
        assert part in done.stdout
    (picture,) = (tmp_path / "pictures").iterdir()
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert "demo/ct-0" in vqa_eval("show", "-t", "modality/CT", "--limit", "3", cwd=tmp_path).stdout


def test_data_come_and_go(letters: Path, tmp_path: Path) -> None:
    """`data` adds a benchmark of one's own, lists it, counts it in the tree, and removes it."""
    mine = ("--catalog", str(letters))
    added = vqa_eval("data", "add", "letters", str(letters / "tasks"), *mine, cwd=tmp_path)
    assert "letters/test: 5 samples" in added.stdout
    listed = vqa_eval("data", "list", *mine, cwd=tmp_path).stdout
    assert any(line.split()[:2] == ["letters", "5"] and "at hand" in line for line in listed.splitlines())
    assert "5" in vqa_eval("tree", "letters", *mine, cwd=tmp_path).stdout.split()
    assert "1 prepared table deleted" in vqa_eval("data", "remove", "letters", *mine, cwd=tmp_path).stdout
    assert 1 == vqa_eval("-m", "random", "-t", "letters", *mine, cwd=tmp_path).returncode


def test_a_prompt_of_ones_own(letters: Path, tmp_path: Path) -> None:
    """A template in a folder of one's own is listed, printed and used by name."""
    (letters / "prompts").mkdir()
    body = "---\nid: terse\nabout: Terse.\n---\n{{ question }} {% for o in options %}{{ o.label }} {% endfor %}\n"
    (letters / "prompts" / "terse.jinja").write_text(body)
    mine = ("--catalog", str(letters))
    assert "terse" in vqa_eval("prompt", *mine, cwd=tmp_path).stdout
    assert "{{ question }}" in vqa_eval("prompt", "terse", *mine, cwd=tmp_path).stdout
    done = vqa_eval("-m", "random", "-t", "modality/CT", "--prompt", "terse", *mine, cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "prompt:terse-" in done.stdout


def test_two_prompts_are_two_rows(tmp_path: Path) -> None:
    """--prompt a,b runs both, and the board has a row for each."""
    done = vqa_eval("-m", "random", "-t", "modality/CT", "--prompt", "letter,role", "--out", "run", cwd=tmp_path)
    board = json.loads((tmp_path / "run" / "board.json").read_text(encoding="utf-8"))
    assert {"letter", "role"} == {cell["prompt"] for cell in board["cells"]}
    assert 0 == done.returncode


def test_digits_are_never_cut(tmp_path: Path) -> None:
    """In a window of forty columns every number of a table is still whole."""
    program = (
        "import sys; from rich.console import Console; from vqa_eval.cli import screen\n"
        "screen.out = Console(width=40)\n"
        "screen.show_table('', ('a long name', 'n', 'm'), [('x' * 50, '1,234,567', '89,012,345')], (0, 1, 1))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert "1,234,567 89,012,345" in done.stdout
