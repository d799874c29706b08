"""`kill -9` of a run with batches: the same command goes on with what was made, and nothing is paid for twice."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.batch_server import BatchServer, Point, serving
from tests.engines.standins import completion

pytest.importorskip("openai", reason="batches need vqa-eval[batch]")

TREE = "benchmark/demo & granularity/Image"
REQUESTS = 69
FILE = 30
"""Requests of one file, so that the run needs three batches where a test wants several."""


@pytest.fixture
def server() -> Iterator[BatchServer]:
    """Run a server with files and batches."""
    with serving() as state:
        yield state


def words(server: BatchServer, *more: str, options: str = "") -> list[str]:
    """Return the command."""
    settings = f"poll_seconds=0.05{options}"
    return [
        sys.executable, "-m", "vqa_eval", "-m", "openai:fake", "--base-url", server.url, "-t", TREE, "--out", "run",
        *(more or ("--batch", "--engine-options", settings)),
    ]  # fmt: skip


def typed(server: BatchServer, folder: Path, *more: str, options: str = "") -> subprocess.CompletedProcess[str]:
    """Type the command and wait for its end."""
    command = words(server, *more, options=options)
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def killed_at(point: Point, server: BatchServer, folder: Path, how: int = signal.SIGKILL, options: str = "") -> int:
    """Type the command, end its process at a point, let the server go on, and return the exit code."""
    server.stop_at = point
    said = folder / "said.txt"
    with said.open("w") as stream:
        run = subprocess.Popen(words(server, options=options), cwd=folder, stdout=stream, stderr=stream)
    while not server.stopped.wait(0.02):
        assert run.poll() is None, f"the run ended before it could be killed: {said.read_text()}"
    os.kill(run.pid, how)
    code = run.wait(30)
    server.go_on()
    return code


def board(folder: Path) -> dict[str, Any]:
    """Return the board of the run."""
    return dict(json.loads((folder / "run" / "board.json").read_text()))


def test_a_run_with_batches(server: BatchServer, tmp_path: Path) -> None:
    """Every sample is answered through one batch, and the board equals that of a run without."""
    done = typed(server, tmp_path)
    assert (0, "") == (done.returncode, done.stderr if done.returncode else "")
    assert (REQUESTS, 1, {1}) == (len(server.executed), len(server.batches), set(server.executed.values()))
    assert not [asked for asked in server.asked if "chat" in asked]
    with_batches = (tmp_path / "run" / "board.csv").read_text()
    other = tmp_path / "live"
    other.mkdir()
    assert 0 == typed(server, other, "--concurrency", "4").returncode
    assert with_batches == (other / "run" / "board.csv").read_text()


@pytest.mark.parametrize("point", ["uploaded", "create", "created", "poll"])
def test_kill_and_go_on(server: BatchServer, tmp_path: Path, point: Point) -> None:
    """Killed before or after any step took effect, also unnoted: one batch is made, each request executed once."""
    assert -signal.SIGKILL == killed_at(point, server, tmp_path)
    again = typed(server, tmp_path)
    assert 0 == again.returncode, again.stderr
    assert (REQUESTS, {1}) == (len(server.executed), set(server.executed.values()))
    assert 1 == len(server.batches)
    assert ["journal.jsonl"] == [path.name for path in (tmp_path / "run" / "batches").iterdir()]


@pytest.mark.parametrize("point", ["created", "poll"])
def test_kill_among_several(server: BatchServer, tmp_path: Path, point: Point) -> None:
    """Killed while some batches are made and others not: the next start makes only those that lack."""
    options = f",batch_requests={FILE}"
    server.polls = 4
    assert -signal.SIGKILL == killed_at(point, server, tmp_path, options=options)
    again = typed(server, tmp_path, options=options)
    assert 0 == again.returncode, again.stderr
    assert (REQUESTS, {1}) == (len(server.executed), set(server.executed.values()))
    assert 3 == len(server.batches)


def test_killed_twice(server: BatchServer, tmp_path: Path) -> None:
    """Killed again while it goes on, a run still asks nothing twice."""
    killed_at("created", server, tmp_path)
    server.hold_again()
    killed_at("poll", server, tmp_path)
    assert 0 == typed(server, tmp_path).returncode
    assert (REQUESTS, 1, {1}) == (len(server.executed), len(server.batches), set(server.executed.values()))


@pytest.mark.parametrize("point", ["created", "poll"])
def test_interrupted(server: BatchServer, tmp_path: Path, point: Point) -> None:
    """Ctrl-C leaves the batches running and exits as elsewhere; the same command collects them."""
    assert 130 == killed_at(point, server, tmp_path, signal.SIGINT)
    assert 0 == typed(server, tmp_path).returncode
    assert (1, {1}) == (len(server.batches), set(server.executed.values()))


def test_begun_without_and_finished_with(server: BatchServer, tmp_path: Path) -> None:
    """What has its reply from the live engine goes into no batch."""
    server.answer = lambda body: completion("A")
    live = subprocess.Popen(
        words(server, "--concurrency", "1"), cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    while len(server.asked) < 20:
        assert live.poll() is None, "the run ended before it could be killed"
    live.kill()
    live.wait()
    asked = len(server.asked)
    assert 0 == typed(server, tmp_path).returncode
    assert REQUESTS - asked <= len(server.executed) <= REQUESTS - asked + 3


def test_failed_lines_count_as_missing(server: BatchServer, tmp_path: Path) -> None:
    """Requests that a batch did not come to are faults, which the exit code says; they may be asked without batches."""
    kept: list[str] = []

    def say(body: dict[str, Any]) -> Any:
        kept.append("")
        return "batch_expired" if len(kept) <= 5 else completion("A")

    server.answer = say
    assert 1 == typed(server, tmp_path).returncode
    assert REQUESTS - 5 == sum(server.executed.values())
    sent = len(server.asked)
    assert 0 == typed(server, tmp_path, "--concurrency", "2").returncode
    assert ["POST /v1/chat/completions"] * 5 == server.asked[sent:]


def test_batches_under_way_are_not_asked_live(server: BatchServer, tmp_path: Path) -> None:
    """While batches hold its requests, a run is not asked without them: that would be paid twice."""
    killed_at("poll", server, tmp_path)
    refused = typed(server, tmp_path, "--concurrency", "2")
    said = " ".join(refused.stderr.split())
    assert (1, True) == (refused.returncode, "collect them by the same command with --batch" in said)
    assert 0 == typed(server, tmp_path).returncode
    assert (REQUESTS, {1}) == (len(server.executed), set(server.executed.values()))


def test_a_probe_waits_for_batches_under_way(server: BatchServer, tmp_path: Path) -> None:
    """What they hold is not asked once more to measure it; the hint names the command that collects them."""
    killed_at("poll", server, tmp_path)
    refused = typed(server, tmp_path, "--batch", "--dry-run", "--probe", "5")
    said = " ".join(refused.stderr.split())
    assert (1, True) == (refused.returncode, "with --batch, without --dry-run --probe" in said)
    assert not [asked for asked in server.asked if "chat" in asked]
    assert 0 == typed(server, tmp_path).returncode


def priced(folder: Path, *more: str) -> tuple[str, ...]:
    """Return the words that ask a model which charges a dollar for a thousand tokens, and half of it for batches."""
    models = folder / "catalog" / "models"
    models.mkdir(parents=True, exist_ok=True)
    (models / "fake.yaml").write_text(
        "{id: fake, title: Fake, schemes: [openai], price: {input: 1000, output: 1000, batch: 0.5}}\n"
    )
    return ("--catalog", str(models.parent), "--sampling", "max_tokens=16", *more)


def say_dear(body: dict[str, Any]) -> Any:
    """Answer with 500 tokens in all: half a dollar, or a quarter of it."""
    status, headers, said = completion("A")
    return status, headers, {**said, "usage": {"prompt_tokens": 499, "completion_tokens": 1, "total_tokens": 500}}


BATCH = ("--batch", "--engine-options", "poll_seconds=0.05")


def test_a_smaller_budget_collects_what_is_paid(server: BatchServer, tmp_path: Path) -> None:
    """Interrupted and gone on with for next to no money, a run keeps every reply that it paid and asks none twice."""
    server.answer = say_dear
    options = priced(tmp_path)
    server.stop_at = "poll"
    run = subprocess.Popen(
        words(server, *options, *BATCH, "--budget", "3usd"),
        cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    assert server.stopped.wait(60)
    os.kill(run.pid, signal.SIGKILL)
    run.wait(30)
    server.go_on()
    paid = len(server.executed)
    assert 1 < paid < REQUESTS
    again = typed(server, tmp_path, *options, *BATCH, "--budget", "0.01usd")
    said = " ".join(again.stderr.split())
    assert (1, paid) == (again.returncode, sum(server.executed.values()))
    assert f"{paid / 4:.2f} of 0.01 USD are spent" in said
    assert 0 == typed(server, tmp_path, *options, *BATCH).returncode
    assert (REQUESTS, {1}) == (len(server.executed), set(server.executed.values()))
    assert ["journal.jsonl"] == [path.name for path in (tmp_path / "run" / "batches").iterdir()]


def test_a_probe_is_charged_in_full(server: BatchServer, tmp_path: Path) -> None:
    """Samples of a probe are asked live, each for half a dollar: of three dollars six are asked, with --batch too."""
    server.answer = say_dear
    probed = typed(server, tmp_path, *priced(tmp_path, *BATCH, "--dry-run", "--probe", "20", "--budget", "3usd"))
    assert 0 == probed.returncode, probed.stderr
    assert ["POST /v1/chat/completions"] * 6 == server.asked


def test_a_failed_start_stays_resumable(server: BatchServer, tmp_path: Path) -> None:
    """A run whose first batch is refused keeps its folder, tells the provider's words, and goes on when it is cured."""
    server.queue = REQUESTS - 1
    refused = typed(server, tmp_path)
    assert (1, True) == (refused.returncode, "Enqueued token limit reached" in refused.stderr)
    server.queue = REQUESTS
    assert 0 == typed(server, tmp_path).returncode
    assert {1} == set(server.executed.values())
