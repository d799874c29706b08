"""What replies of many forms say; the table beside this file is the specification."""

import json
from pathlib import Path
from string import ascii_uppercase
from typing import Any

import pytest

from vqa_eval.answers import letters, read_choice

TABLE: dict[str, Any] = json.loads(Path(__file__).with_name("replies.json").read_text(encoding="utf-8"))
SHARED = Path(__file__).parents[3] / "shared" / "eval"


def misread(form: str, labels: str, *, multi: bool) -> list[tuple[str, str | None, str | None]]:
    """Return the replies of one part of the table that are read otherwise than it says."""
    found = []
    for name, reply, expected in TABLE[form]:
        options = TABLE["options"][name]
        answer = read_choice(reply, options, labels[: len(options)], multi)
        said = "".join(answer.letters) or None
        if said != expected:
            found.append((reply, expected, said))
    return found


def test_one_answer_is_read() -> None:
    """Every form of a single answer is read, and what is no answer is not."""
    assert [] == misread("one", ascii_uppercase, multi=False)


def test_several_answers_are_read() -> None:
    """Where several options are asked for, the whole set is read."""
    assert [] == misread("several", ascii_uppercase, multi=True)


def test_numbered_answers_are_read() -> None:
    """Numbers are labels where the options are numbered, and nowhere else."""
    assert [] == misread("numbered", "123456789", multi=False)


@pytest.mark.parametrize(("name", "least"), [("replies_dev.jsonl", 0.99), ("replies_numbered.jsonl", 1.0)])
def test_labelled_replies_are_read(name: str, least: float) -> None:
    """On the labelled sets nearly all is right, no letter is wrong, and nothing is read from a null."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"labelled replies are not at hand: {path}")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [row for row in rows if not row["policy"]]
    said = [letters(row["reply"], row["options"], row["multi"]) for row in rows]
    right = sum(row["gold"] == got for row, got in zip(rows, said, strict=True))
    wrong = [row["reply"] for row, got in zip(rows, said, strict=True) if got is not None and row["gold"] != got]
    assert [] == wrong
    assert right / len(rows) >= least
