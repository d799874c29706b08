"""What is typed about money and the time ahead, against a server on this machine."""

import csv
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from tests.cli.typed import vqa_eval
from tests.engines.standins import ChatServer, completion
from tests.pipeline.paid import CARD
from vqa_eval.cli import running
from vqa_eval.cli.app import app
from vqa_eval.engines import EngineSettings
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.run import Opener, usual_opener
from vqa_eval.store import RunStore

NODE = "modality/CT"
SAMPLES = 38


def answer(body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """Say A, at ten thousand tokens in and a thousand out."""
    status, headers, said = completion("A")
    said["usage"] = {"prompt_tokens": 10_000, "completion_tokens": 1_000, "total_tokens": 11_000}
    return status, headers, said


@pytest.fixture
def paid(tmp_path: Path, chat_server: ChatServer) -> list[str]:
    """Return the words that name a served model whose replies cost 0.011 each."""
    (tmp_path / "mine" / "models").mkdir(parents=True)
    card = CARD.format(name="paid", price=1, currency="USD").replace("http://127.0.0.1:9/v1", chat_server.url)
    (tmp_path / "mine" / "models" / "paid.yaml").write_text(card, encoding="utf-8")
    chat_server.answer = answer
    return ["--catalog", str(tmp_path / "mine"), "-m", "paid", "-t", NODE, "--out", str(tmp_path / "run")]


def typed(words: list[str], *more: str) -> Result:
    """Type a command in this process, in a window wide enough for every table."""
    return CliRunner().invoke(app, [*words, *more])


def left(run: Path) -> int:
    """Return how many samples of a run have no reply."""
    store = RunStore.open(run)
    count = store.count_unasked(1)
    store.close()
    return count


def test_a_run_says_what_it_used(paid: list[str], tmp_path: Path) -> None:
    """One line a row with replies, tokens and money, and a file with a line for every sample."""
    done = typed(paid)
    assert 0 == done.exit_code, done.output
    assert f"paid · gmai: {SAMPLES} replies, 380,000 tokens in, 38,000 out, 0.418 USD" in done.stderr
    with (tmp_path / "run" / "usage.csv").open(encoding="utf-8", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert (SAMPLES, {"0.011"}) == (len(lines), {line["money"] for line in lines})
    shown = typed(["show", lines[0]["sample"], "--run", str(tmp_path / "run")])
    assert "10,000 tokens in, 1,000 tokens out" in shown.stdout


def test_a_budget_stops_and_a_larger_one_goes_on(paid: list[str], tmp_path: Path, chat_server: ChatServer) -> None:
    """At 0.011 each ten replies fit into 0.115; the board is incomplete, the exit code 1, and nothing is paid twice."""
    done = typed(paid, "--budget", "0.115usd", "--concurrency", "1")
    assert 1 == done.exit_code
    assert (10, SAMPLES - 10) == (len(chat_server.asked), left(tmp_path / "run"))
    assert "stopped at the budget: 0.11 of 0.115 USD are spent" in done.stderr
    assert "INCOMPLETE" in done.stdout
    again = typed(paid, "--budget", "1 USD")
    assert (0, SAMPLES, 0) == (again.exit_code, len(chat_server.asked), left(tmp_path / "run"))
    assert "stopped" not in again.stderr
    assert "0.418 USD" in again.stderr


def test_a_price_that_is_not_known_ends_it_before_anything_is_asked(
    paid: list[str], tmp_path: Path, chat_server: ChatServer
) -> None:
    """What to write and where is the hint; no folder is left behind."""
    words = ["-m", "openai:other", "--base-url", chat_server.url, "-t", NODE, "--out", "run", "--budget", "20usd"]
    done = vqa_eval(*words, cwd=tmp_path)
    assert 1 == done.returncode
    assert "no price is known of openai:other" in done.stderr
    assert "models/my-other.yaml" in done.stderr
    assert [] == chat_server.asked
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--budget", "20"], "is no amount of money"),
        (["--budget", "20eur"], "paid is paid in USD"),
        (["--probe", "20"], "--probe measures for a dry run"),
    ],
)
def test_what_cannot_be_meant_is_refused(paid: list[str], chat_server: ChatServer, words: list[str], said: str) -> None:
    """A number without a currency, another currency, a probe of no dry run: nobody is asked."""
    refused = typed(paid, *words)
    assert isinstance(refused.exception, EngineError)
    assert said in refused.exception.message
    assert refused.exception.hint
    assert [] == chat_server.asked


def test_a_dry_run_tells_money_and_what_it_cannot_tell(
    paid: list[str], tmp_path: Path, chat_server: ChatServer
) -> None:
    """Money is a range over the length of replies; time is unknown, with what would tell it; nobody is asked."""
    done = typed(paid, "--dry-run", "--sampling", "max_tokens=1000000")
    assert 0 == done.exit_code, done.output
    assert "money with replies of 1 to 1,000,000 tokens" in done.stdout
    assert any(line.split()[:2] == ["paid", "gmai"] and "to 38.0" in line for line in done.stdout.splitlines())
    assert "smallest difference that each node can show" in done.stdout
    for part in ("time: unknown", "--probe 20", "heaviest sample: demo/", "4 characters a token"):
        assert part in done.stderr
    assert [] == chat_server.asked
    assert not (tmp_path / "run").exists()


def test_a_probe_asks_some_and_the_run_goes_on(paid: list[str], tmp_path: Path, chat_server: ChatServer) -> None:
    """Five spread samples and the heaviest are asked and told; the run then asks the others only."""
    done = typed(paid, "--dry-run", "--probe", "5")
    assert 0 == done.exit_code, done.output
    asked = len(chat_server.asked)
    assert 5 <= asked <= 6
    (line,) = [line.split() for line in done.stdout.splitlines() if "≈" in line and line.split()[0] == "paid"]
    assert [str(asked), "0", "10,000", "1,000"] == line[2:6]
    assert ["≈", "0.418", "USD"] == line[-3:]
    assert f"probe of {asked} samples" in done.stdout
    for part in ("requests under way at once", "the run may have 16", "goes on from them", "heaviest sample was among"):
        assert part in done.stderr
    assert SAMPLES - asked == left(tmp_path / "run")
    assert 0 == typed(paid).exit_code
    assert SAMPLES == len(chat_server.asked)


def probe_line(said: str) -> list[str]:
    """Return the words of the model's line in the table of a probe."""
    after = said[said.index("probe of") :]
    (line,) = [line.split() for line in after.splitlines() if line.split()[:1] == ["paid"]]
    return line


def test_the_same_probe_again_asks_others(paid: list[str], chat_server: ChatServer) -> None:
    """Time is measured each time, until everybody was asked; then nothing is left and nothing is unknown but time."""
    for _ in range(2):
        done = typed(paid, "--dry-run", "--probe", "20")
        assert 0 == done.exit_code, done.output
    assert SAMPLES == len(chat_server.asked)
    again = typed(paid, "--dry-run", "--probe", "20")
    assert (0, SAMPLES) == (again.exit_code, len(chat_server.asked))
    assert "every sample that can be asked has its reply" in again.stderr
    assert ["0", "–", "≈", "0.418", "USD"] == probe_line(again.stdout)[-5:]


def test_a_probe_that_its_budget_stopped_says_so(paid: list[str], chat_server: ChatServer) -> None:
    """Five of twenty are asked: so the title says, and of the heaviest sample only what is true."""
    done = typed(paid, "--dry-run", "--probe", "20", "--budget", "0.06usd", "--concurrency", "1")
    assert 0 == done.exit_code, done.output
    wanted = done.stdout[done.stdout.index("probe of") :].split()[2]
    assert (5, f"probe of {wanted} samples, of which 5 were asked") == (
        len(chat_server.asked),
        done.stdout[done.stdout.index("probe of") :].splitlines()[0].strip(),
    )
    assert "stopped at the budget: 0.055 of 0.06 USD are spent" in done.stderr
    heaviest = done.stderr[done.stderr.index("heaviest sample: ") :].split()[2].removesuffix(":")
    store = RunStore.open(Path(paid[-1]))
    replied = heaviest in {sample.id for sample, _ in store.replies(1)}
    store.close()
    assert replied == ("the heaviest sample was among the asked" in done.stderr)
    assert replied == ("the heaviest sample was not among" not in done.stderr)


@pytest.mark.parametrize(
    ("budget", "said"),
    [("0.000001usd", "does not suffice"), ("0.01usd", "may or may not suffice"), ("99usd", "USD suffices")],
)
def test_a_dry_run_holds_the_budget_against_the_estimate(
    paid: list[str], chat_server: ChatServer, budget: str, said: str
) -> None:
    """Nobody is asked for it."""
    done = typed(paid, "--dry-run", "--budget", budget)
    assert said in done.stderr
    assert "money ≈" in done.stdout
    assert [] == chat_server.asked


def test_what_the_model_declines_is_not_left_to_ask(paid: list[str], tmp_path: Path) -> None:
    """A server that keeps no reply to labels is not asked for it: after the probe that is neither time nor money."""
    card = tmp_path / "mine" / "models" / "paid.yaml"
    card.write_text(card.read_text() + "dialect: {choice: none}\n")
    done = typed(paid, "--dry-run", "--probe", "5", "--channels", "text,choice")
    assert 0 == done.exit_code, done.output
    line = probe_line(done.stdout)
    asked = int(line[2])
    assert str(SAMPLES - asked) in line
    assert ["≈", "0.418", "USD"] == line[-3:]


def test_a_probe_shows_what_its_engine_says(paid: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """What an engine tells while it waits stands above the bar, as in a run."""
    given: list[EngineSettings] = []

    def kept(settings: EngineSettings) -> Opener:
        given.append(settings)
        return usual_opener(settings)

    monkeypatch.setattr(running, "usual_opener", kept)
    assert 0 == typed(paid, "--dry-run", "--probe", "5").exit_code
    assert [True] == [settings.notice is not None for settings in given]


def test_a_probe_of_nobody_fails_as_the_run_does(tmp_path: Path) -> None:
    """A server that is not there ends a probe as it ends a run, and leaves no folder."""
    words = ["-m", "openai:any", "--base-url", "http://127.0.0.1:9/v1", "-t", NODE, "--out", "run"]
    done = vqa_eval(*words, "--dry-run", "--probe", "5", cwd=tmp_path)
    assert 1 == done.returncode
    assert "nobody answers" in done.stderr
    assert not (tmp_path / "run").exists()
