"""Bad input: one red line, what to type next, exit code 1, nothing half-written."""

import json
import os
from pathlib import Path

import pytest

from tests.cli.typed import vqa_eval
from tests.samples.gmai import write_table


@pytest.mark.parametrize(
    ("words", "says", "next_step"),
    [
        (["-m", "random", "-t", "modality/Histopatology"], "Histopatology", "modality/Histopathology"),
        (["-m", "random"], "no node of the tree", "--tree modality/CT"),
        (["-m", "random", "-t", " "], "no node of the tree", "--tree benchmark"),
        (["-t", "modality/CT"], "no model", "--model tiny-vlm"),
        (["-m", "", "-t", "modality/CT"], "no model", "--model tiny-vlm"),
        (["-m", "random", "-t", "modality/CT &"], "modality/CT &", ""),
        (
            ["-m", "random", "-t", "modality/OCT"],
            "no sample at hand under modality/OCT (at hand: demo 113)",
            "data get",
        ),
        (["-t", "demo", "-m", "tiny-vml"], "no model is called 'tiny-vml'", "tiny-vlm"),
        (["-t", "demo", "-m", "./nowhere"], "nowhere", ""),
        (["-t", "demo", "-m", "openai:gpt-4o"], "OPENAI_API_KEY", "export OPENAI_API_KEY="),
        (["-t", "demo", "-m", "openai:gpt-4o", "--base-url", ""], "--base-url is empty", "name the server"),
        (["-t", "demo", "-m", "random", "--prompt", "stepz"], "no prompt 'stepz'", "steps"),
        (["-t", "demo", "-m", "random", "--sampling", "heat=2"], "'heat=2' is no setting", "temperature"),
        (["-t", "demo", "-m", "random", "--sampling", "temperature=hot"], "'hot' is no float", "temperature=0.2"),
        (["-t", "demo", "-m", "random", "--catalog", "nowhere"], "nowhere: no such folder", "--catalog"),
        (["data", "add", "vqarad", "."], "no benchmark 'vqarad'", "vqa-rad"),
        (["data", "add", "vqa-rad", "nowhere"], "nowhere: no such file or folder", "vqa-eval data add vqa-rad PATH"),
        (["data", "add", "vqa-rad", "."], "no file of VQA-RAD; found nothing", "VQA_RAD Dataset Public.json"),
        (["show", "demo/none"], "no sample 'demo/none' at hand", "vqa-eval show --tree"),
        (["prompt", "none"], "no prompt 'none'", "gmai"),
        (["board", "nowhere"], "nowhere: no run here", ""),
        (["score", "nowhere"], "nowhere: no run here", ""),
    ],
)
def test_one_line_and_what_to_type_next(tmp_path: Path, words: list[str], says: str, next_step: str) -> None:
    """Each mistake ends in exit code 1, a line `error: …`, a hint, and an empty folder."""
    done = vqa_eval(*words, cwd=tmp_path)
    lines = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert (1, 1) == (done.returncode, len(lines)), done.stderr
    assert says in lines[0]
    hint = done.stderr.splitlines()[-1]
    assert hint.startswith("  → ")
    assert next_step in hint
    assert "Traceback" not in done.stderr
    assert not [path for path in tmp_path.iterdir() if path.name != "home"]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """`data add` of a table without a column names file, column and what was found."""
    table = tmp_path / "GMAI-MMBench_TEST.tsv"
    table.write_text("index\tquestion\tA\tB\n1\tWhat?\tx\ty\n", encoding="utf-8")
    done = vqa_eval("data", "add", "gmai-mmbench", str(table), cwd=tmp_path)
    assert 1 == done.returncode
    assert "GMAI-MMBench_TEST.tsv, row 1: no column 'C'; found: 'index', 'question', 'A', 'B'" in done.stderr


def test_an_undecodable_picture_is_a_fault_of_its_row(tmp_path: Path) -> None:
    """The run goes on past a broken picture, names its row, does not count it as wrong, and ends with code 1."""
    table = write_table(tmp_path / "GMAI_mm_bench_VAL.tsv", 6)
    lines = table.read_text(encoding="utf-8").splitlines()
    cells = lines[3].split("\t")
    lines[3] = "\t".join([*cells[:-1], "bm90IGEgcGljdHVyZQ=="])
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    added = vqa_eval("data", "add", "gmai-mmbench", str(table), cwd=tmp_path)
    assert 0 == added.returncode, added.stderr
    done = vqa_eval("-m", "tiny-vlm", "-t", "gmai-mmbench", "--out", "run", cwd=tmp_path)
    assert 1 == done.returncode, done.stderr
    assert "INCOMPLETE: tiny-vlm under gmai: 1 of 6 samples have no reply" in done.stdout
    assert "gmai-mmbench/2: row 3: cannot be decoded" in done.stdout
    board = json.loads((tmp_path / "run" / "board.json").read_text(encoding="utf-8"))
    whole = board["cells"][0]
    assert (6, 1) == (whole["n"], whole["missing"])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_said(tmp_path: Path) -> None:
    """--out in a folder that may not be written is said before anything is asked."""
    (tmp_path / "locked").mkdir(mode=0o500)
    done = vqa_eval("-m", "random", "-t", "modality/CT", "--out", "locked/run", cwd=tmp_path)
    assert 1 == done.returncode
    assert "locked/run: cannot be written" in done.stderr


def test_a_file_in_the_way_is_said(tmp_path: Path) -> None:
    """--out below a file cannot be written, whoever runs it."""
    (tmp_path / "file").write_text("")
    done = vqa_eval("-m", "random", "-t", "modality/CT", "--out", "file/run", cwd=tmp_path)
    assert 1 == done.returncode
    assert "file/run: cannot be written" in done.stderr


def test_a_home_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    """VQA_EVAL_HOME below a file is said with the variable to set."""
    (tmp_path / "file").write_text("")
    done = vqa_eval("tree", "modality/CT", cwd=tmp_path, VQA_EVAL_HOME=str(tmp_path / "file" / "home"))
    assert 1 == done.returncode
    assert "VQA_EVAL_HOME" in done.stderr


def test_no_key_is_ever_written(tmp_path: Path) -> None:
    """A key in the environment appears in no output and in no file of the run, also when the server refuses."""
    done = vqa_eval(
        "-m", "openai:any", "--base-url", "http://127.0.0.1:9/v1", "-t", "modality/CT", "--limit", "1", "--out", "run",
        cwd=tmp_path, OPENAI_API_KEY="sk-very-secret-0123456789",
    )  # fmt: skip
    assert 1 == done.returncode
    assert "very-secret" not in done.stdout + done.stderr
    written = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert b"very-secret" not in written


def test_a_server_that_is_not_there_ends_the_run_at_once(tmp_path: Path) -> None:
    """Nobody listening is one line after a few tries, and no run is left behind."""
    words = ["-m", "openai:any", "--base-url", "http://127.0.0.1:9/v1", "-t", "modality/CT", "--out", "run"]
    done = vqa_eval(*words, cwd=tmp_path)
    assert 1 == done.returncode
    assert "any at 127.0.0.1:9/v1: nobody answers" in done.stderr
    assert "--base-url" in done.stderr.splitlines()[-1]
    assert not (tmp_path / "run").exists()


def test_an_empty_table_replaces_nothing(tmp_path: Path) -> None:
    """`data add` of a table without rows is an error, and what was there before stays."""
    table = write_table(tmp_path / "GMAI-MMBench_TEST.tsv", 3)
    vqa_eval("data", "add", "gmai-mmbench", str(table), cwd=tmp_path)
    table.write_text(table.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    done = vqa_eval("data", "add", "gmai-mmbench", str(table), cwd=tmp_path)
    assert 1 == done.returncode
    assert "GMAI-MMBench_TEST.tsv: no rows" in done.stderr
    assert "test has 3 of 21,281 rows" in " ".join(vqa_eval("data", "list", cwd=tmp_path).stdout.split())


def test_a_dry_run_needs_no_key(tmp_path: Path) -> None:
    """What a served model would be sent is estimated without its key."""
    done = vqa_eval("-m", "gpt-4o", "-t", "modality/CT", "--dry-run", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "dry run for gpt-4o" in done.stdout
