"""The bare client: everything asked once and scored, faults left over, runs taken up again."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from benchmarks.bare import questions, rescored, score
from benchmarks.hosting import ROOT, Hosted
from benchmarks.items import right_letter
from benchmarks.server import Settings
from benchmarks.workload import write_pictures, write_texts

pytest.importorskip("aiohttp", reason="the bare client needs vqa-eval[openai]")


def run(server: Hosted, table: Path, out: Path, attempts: int = 3) -> tuple[int, dict[str, Any]]:
    """Run the client: exit code and what it printed."""
    done = subprocess.run(
        [
            sys.executable, "-m", "benchmarks.bare", "--table", str(table), "--base-url", server.url,
            "--in-flight", "8", "--attempts", str(attempts), "--out", str(out),
        ],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


@pytest.mark.parametrize("write", [write_texts, write_pictures], ids=["text", "pictures"])
def test_all_is_right(hosted: Hosted, tmp_path: Path, write: Any) -> None:
    """Every question is asked once and scored as right; so are the stored lines when they are scored again."""
    hosted.behave(Settings(slots=8, latency=0.001))
    out = tmp_path / "lines.jsonl"
    assert (0, {"scored": 40, "right": 40, "faults": 0}) == run(hosted, write(tmp_path, 40), out)
    assert [1] * 40 == list(hosted.counts().attempts.values())
    assert {"scored": 40, "right": 40, "faults": 0} == rescored(out)


def test_what_has_a_line_is_not_asked_again(hosted: Hosted, tmp_path: Path) -> None:
    """Behind ten lines and half of one more, thirty of forty questions are asked."""
    hosted.behave(Settings(slots=8, latency=0.0))
    table, out = write_texts(tmp_path, 40), tmp_path / "lines.jsonl"
    run(hosted, table, out)
    lines = out.read_text().splitlines(keepends=True)
    out.write_text("".join(lines[:10]) + lines[10][:20])
    hosted.behave(Settings(slots=8, latency=0.0))
    assert (0, {"scored": 40, "right": 40, "faults": 0}) == run(hosted, table, out)
    assert 30 == hosted.counts().requests


def test_what_never_heals_is_a_fault(hosted: Hosted, tmp_path: Path) -> None:
    """Poisoned questions get their attempts, no line, and exit code 1."""
    hosted.behave(Settings(slots=8, latency=0.0, poisoned=1.0))
    out = tmp_path / "lines.jsonl"
    assert (1, {"scored": 0, "right": 0, "faults": 3}) == run(hosted, write_texts(tmp_path, 3), out, attempts=2)
    assert {0: 2, 1: 2, 2: 2} == hosted.counts().attempts
    assert "" == out.read_text()


def test_the_questions_carry_what_the_table_says(tmp_path: Path) -> None:
    """A request holds the question, its five options and its picture; the key is the server's answer."""
    ((name, key, body),) = questions(write_pictures(tmp_path, 1))
    content = json.loads(body)["messages"][0]["content"]
    assert ("1000000", right_letter(1_000_000)) == (name, key)
    assert ["image_url", "text"] == [part["type"] for part in content]
    assert content[0]["image_url"]["url"].startswith("data:image/jpeg;base64,/9j/")
    assert 7 == len(content[1]["text"].splitlines())


@pytest.mark.parametrize(
    ("text", "right"), [("B", True), ("The answer is B.", True), ("A or B", False), ("Because", False), ("", False)]
)
def test_the_first_letter_that_stands_alone_counts(text: str, right: bool) -> None:
    """Letters within words are none."""
    assert right == score(text, "B")
