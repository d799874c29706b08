"""`vqa-eval answers`: how replies were read."""

import json
from pathlib import Path

from tests.cli.typed import vqa_eval


def test_json_lines_in_and_out(tmp_path: Path) -> None:
    """--stdin answers each line with letters, status and rule; what is no answer has null letters."""
    options = {"A": "liver", "B": "spleen"}
    rows = [
        {"options": options, "reply": "The answer is B.", "multi": False},
        {"options": options, "reply": "", "multi": False},
        {"options": {"1": "x", "2": "y", "3": "z"}, "reply": "1 and 3", "multi": True},
    ]
    done = vqa_eval("answers", "--stdin", cwd=tmp_path, typed="".join(json.dumps(row) + "\n" for row in rows))
    read = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(["B"], "answered"), (None, "empty"), (["1", "3"], "answered")] == [
        (entry["answer"], entry["status"]) for entry in read
    ]


def test_a_line_that_is_none_is_named(tmp_path: Path) -> None:
    """A line without options and reply is named by its number."""
    done = vqa_eval("answers", "--stdin", cwd=tmp_path, typed='{"options": {"A": "x"}, "reply": "A"}\n{}\n')
    assert 1 == done.returncode
    assert "standard input, line 2" in done.stderr


def test_a_run_is_audited(tmp_path: Path) -> None:
    """Statuses and rules are counted row by row, and some replies that answered nothing are shown."""
    vqa_eval("-m", "tiny-vlm", "-t", "modality/CT", "--out", "run", cwd=tmp_path)
    done = vqa_eval("answers", "run", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "tiny-vlm · gmai" in done.stdout
    assert "out_of_range:" in done.stdout
    counted = [
        line.split() for line in done.stdout.splitlines() if line.split()[1:2] in (["whole_reply"], ["whole_text"])
    ]
    assert 38 == sum(int(words[2]) for words in counted)
