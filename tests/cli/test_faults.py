"""A server that fails now and then: the table is that of a quiet run, bit for bit, or says what it lacks."""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.engines.standins import ChatServer, Cut, completion, refusal
from tests.samples.gmai import write_table
from vqa_eval.cli.app import app

SAMPLES = 300
RATE = 0.1
"""Share of requests that are answered with a fault."""
SEED = 4
"""Drawn with it, every kind of fault is met three times or more."""
BOARDS = ("board.csv", "board.md", "board.json")

Answer = tuple[int, dict[str, str], Any]

FAULTS: dict[str, Callable[[Answer], Answer]] = {
    "429": lambda answer: refusal(429, "slow down"),
    "429 with seconds": lambda answer: refusal(429, "slow down", Retry_After="0.003"),
    "429 with milliseconds": lambda answer: refusal(429, "slow down", Retry_After_Ms="3"),
    "500": lambda answer: refusal(500, "out of order"),
    "hung up": lambda answer: (0, {}, None),
    "closed within the body": lambda answer: (200, {}, Cut(answer[2], "closed")),
    "reset within the body": lambda answer: (200, {}, Cut(answer[2], "reset")),
    "half a body": lambda answer: (200, {}, Cut(answer[2], "whole")),
}


def say(body: dict[str, Any]) -> Answer:
    """Answer with a letter that depends on the whole question, picture included."""
    return completion(f"Answer: {'ABCD'[_digest(body)[0] % 4]}")


class Unsteady:
    """Answers of which a share are faults; the fate of the n-th attempt at a question depends on both alone."""

    def __init__(self, rate: float, hopeless: dict[int, str] | None = None) -> None:
        self.met: Counter[str] = Counter()
        """Faults by kind."""
        self._rate = rate
        self._hopeless = hopeless or {}
        self._attempts: Counter[int] = Counter()

    def __call__(self, body: dict[str, Any]) -> Answer:
        """Answer, or fail."""
        question = picture_number(body)
        # One question is asked by one coroutine, so its own count needs no lock.
        self._attempts[question] += 1
        drawn = _digest([SEED, question, self._attempts[question]])
        share = int.from_bytes(drawn[:8]) / 2**64
        kind = self._hopeless.get(question)
        if kind is None and share < self._rate:
            kind = list(FAULTS)[int(share / self._rate * len(FAULTS))]
        if kind is None:
            return say(body)
        self.met[kind] += 1
        return FAULTS[kind](say(body))


def _digest(content: Any) -> bytes:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def picture_number(body: dict[str, Any]) -> int:
    """Return the number that the question bears."""
    found = re.search(r"This is picture (\d+)", body["messages"][-1]["content"][-1]["text"])
    assert found
    return int(found[1])


Go = Callable[[str], tuple[int, str]]


@pytest.fixture
def go(chat_server: ChatServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Go:
    """Return a command that runs some hundred questions with pictures into a folder: exit code and output."""
    pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_PROXY", "*")
    # Pauses between attempts end after 20 ms; everything else is as in every run.
    monkeypatch.setattr("vqa_eval.engines.openai.retrying._LONGEST_PAUSE", 0.02)
    words = ["-m", "openai:fake", "--base-url", chat_server.url, "-t", "gmai-mmbench", "--out"]
    typed = CliRunner()
    table = write_table(tmp_path / "GMAI_mm_bench_VAL.tsv", SAMPLES)
    assert 0 == typed.invoke(app, ["data", "add", "gmai-mmbench", str(table)]).exit_code

    def start(folder: str) -> tuple[int, str]:
        done = typed.invoke(app, [*words, folder])
        return done.exit_code, done.output

    return start


def boards(folder: str) -> list[bytes]:
    """Return the three boards of a run."""
    return [Path(folder, name).read_bytes() for name in BOARDS]


def test_faults_that_heal_leave_no_trace(chat_server: ChatServer, go: Go) -> None:
    """With a tenth of all requests failing, in every way, the boards are those of a quiet run, and nothing is lost."""
    chat_server.answer = say
    assert 0 == go("quiet")[0]
    assert SAMPLES == len(chat_server.asked)
    chat_server.asked.clear()
    chat_server.answer = unsteady = Unsteady(RATE)
    code, said = go("unsteady")
    assert 0 == code, said
    assert set(FAULTS) == {kind for kind, times in unsteady.met.items() if times > 2}
    assert SAMPLES + unsteady.met.total() == len(chat_server.asked)
    assert RATE == pytest.approx(unsteady.met.total() / len(chat_server.asked), abs=0.01)
    assert boards("quiet") == boards("unsteady")


def test_faults_that_stay_are_missing_until_they_heal(chat_server: ChatServer, go: Go) -> None:
    """Five questions that always fail: INCOMPLETE and exit code 1; healed, the same command asks those five alone."""
    chat_server.answer = say
    assert 0 == go("quiet")[0]
    hopeless = {3: "429", 77: "500", 150: "hung up", 151: "reset within the body", 299: "half a body"}
    chat_server.answer = Unsteady(RATE, hopeless)
    code, said = go("hopeless")
    assert 1 == code, said
    assert f"INCOMPLETE: openai:fake under gmai: 5 of {SAMPLES} samples have no reply" in " ".join(said.split())
    whole = json.loads(Path("hopeless", "board.json").read_text(encoding="utf-8"))["cells"][0]
    assert (SAMPLES, 5) == (whole["n"], whole["missing"])
    assert boards("quiet") != boards("hopeless")

    chat_server.answer = say
    chat_server.asked.clear()
    code, said = go("hopeless")
    assert 0 == code, said
    assert sorted(hopeless) == sorted(picture_number(body) for body in chat_server.asked)
    assert boards("quiet") == boards("hopeless")
