"""Slides at the command line: killed in the middle of a vote, and the same command goes on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.cli.typed import vqa_eval
from tests.engines.standins import ChatServer, completion
from tests.slides import stain, write_benchmark

pytest.importorskip("openslide", reason="slides need vqa-eval[slides]")

IN_FLIGHT = 2
READY = 1
"""Requests that wait for a slot: one may have taken that of a reply which was on its way to the store."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the benchmark `biopsies` at hand and both its slides."""
    catalog = write_benchmark(tmp_path)
    for name in ("one", "two"):
        stain(tmp_path / "slides", name)
    added = vqa_eval(
        "data", "add", "biopsies", str(catalog / "tasks" / "vqa.csv"), "--catalog", "catalog", cwd=tmp_path
    )
    assert 0 == added.returncode, added.stderr
    return tmp_path


def say(body: dict[str, Any]) -> tuple[int, dict[str, str], dict[str, Any]]:
    """Answer with a letter that depends on the question alone, a little late."""
    time.sleep(0.05)
    text = json.dumps(body["messages"][-1]["content"][-1])
    return completion("AB"[len(text) % 2])


def test_a_vote_that_was_killed_goes_on(chat_server: ChatServer, folder: Path) -> None:
    """`kill -9` after some patches: those in flight or ready may be asked twice, and the board equals a quiet run's."""
    pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")
    chat_server.answer = say
    words = [
        "-m", "openai:fake", "--base-url", chat_server.url, "-t", "biopsies", "--catalog", "catalog",
        "--slides", "slides", "--slide-view", "patches:6", "--concurrency", str(IN_FLIGHT), "--out",
    ]  # fmt: skip
    run = subprocess.Popen(
        [sys.executable, "-m", "vqa_eval", *words, "killed"],
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while len(chat_server.asked) < 9 + IN_FLIGHT:
        assert run.poll() is None, "the run ended before it could be killed"
        time.sleep(0.005)
    os.kill(run.pid, signal.SIGKILL)
    run.wait()
    before = [json.dumps(body, sort_keys=True) for body in chat_server.asked]
    again = vqa_eval(*words, "killed", cwd=folder)
    assert 0 == again.returncode, again.stderr
    after = [json.dumps(body, sort_keys=True) for body in chat_server.asked[len(before) :]]
    assert len(set(before) & set(after)) <= IN_FLIGHT + READY
    assert 4 * 6 == len(set(before) | set(after))
    quiet = vqa_eval(*words, "quiet", cwd=folder)
    assert 0 == quiet.returncode, quiet.stderr
    assert (folder / "quiet" / "board.csv").read_text() == (folder / "killed" / "board.csv").read_text()


def test_a_slide_that_is_not_there_ends_with_one(chat_server: ChatServer, folder: Path) -> None:
    """The run goes on without it, says INCOMPLETE and ends with 1; with it the same command asks the rest: 0."""
    pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")
    chat_server.answer = say
    words = ["-m", "openai:fake", "--base-url", chat_server.url, "-t", "biopsies", "--catalog", "catalog"]
    words += ["--slides", "slides", "--out", "run"]
    away = (folder / "slides" / "two.svs").rename(folder / "two.svs")
    done = vqa_eval(*words, cwd=folder)
    assert (1, 2) == (done.returncode, len(chat_server.asked)), done.stderr
    assert "INCOMPLETE" in done.stdout
    assert "slide two is not in slides" in done.stdout
    away.rename(folder / "slides" / "two.svs")
    done = vqa_eval(*words, cwd=folder)
    assert (0, 4) == (done.returncode, len(chat_server.asked)), done.stderr
    assert "INCOMPLETE" not in done.stdout


def test_a_dry_run_counts_every_patch(folder: Path) -> None:
    """Requests and pictures are those of all patches; a view that is none is one red line."""
    (folder / "slides" / "two.svs").unlink()
    words = ["-m", "random", "-t", "biopsies", "--catalog", "catalog", "--slides", "slides", "--dry-run"]
    done = vqa_eval(*words, "--slide-view", "patches:6", cwd=folder)
    (line,) = [line.split() for line in done.stdout.splitlines() if line.startswith("letter")]
    assert ["letter", "4", "24", "24", "12", "2"] == line[:6]
    wrong = vqa_eval(*words, "--slide-view", "cubes", cwd=folder)
    assert 1 == wrong.returncode
    assert "--slide-view: no slide view 'cubes'" in wrong.stderr
    assert 1 == wrong.stderr.count("montage:5x6")


def test_what_patches_said_is_shown(folder: Path) -> None:
    """`answers` reads every patch's reply; `show` tells how they voted, and saves what the run was sent."""
    words = ["-m", "random", "-t", "biopsies", "--catalog", "catalog", "--slides", "slides", "--out", "run"]
    done = vqa_eval(*words, "--slide-view", "patches:6", cwd=folder)
    assert 0 == done.returncode, done.stderr
    read = vqa_eval("answers", "run", cwd=folder)
    (line,) = [line.split() for line in read.stdout.splitlines() if line.startswith("answered ")]
    assert "24" == line[2]
    look = ["show", "biopsies/vqa/1", "--run", "run", "--catalog", "catalog"]
    shown = vqa_eval(*look, "--slides", "slides", "--save", "saved", cwd=folder)
    assert "6 patches: " in shown.stdout
    assert "(rule vote)" in shown.stdout
    assert [f"biopsies-vqa-1-{number}.png" for number in range(1, 7)] == sorted(
        path.name for path in (folder / "saved").iterdir()
    )


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("region:0,0,400,400@40", "one: region at 20x (as scanned; 40x was asked)"),
        ("region:0,0,400,400@10", "one: region at 10x"),
        ("region:0,0,400,400", "one: region at 20x (as scanned)"),
        ("thumbnail:9000", "one: thumbnail of 2400, all that the slide has; 9000 was asked"),
    ],
)
def test_the_power_that_is_read_is_said(folder: Path, view: str, said: str) -> None:
    """A slide gives no more than was scanned: where a view asks for more, what was read is said."""
    look = ["show", "biopsies/vqa/1", "--catalog", "catalog", "--slides", "slides", "--save", "saved"]
    shown = vqa_eval(*look, "--slide-view", view, cwd=folder)
    assert 0 == shown.returncode, shown.stderr
    assert said in shown.stderr.splitlines()
