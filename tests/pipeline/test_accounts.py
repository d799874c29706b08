"""What a run has used: one line a row, one line a sample in a file."""

import csv
from pathlib import Path

from tests.pipeline.paid import go, ordered, paid_catalog, says
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.accounts import accounts, prices_of, write_usage
from vqa_eval.records import Reply, Request


def test_a_row_is_told_on_one_line(letters: Path, tmp_path: Path) -> None:
    """Replies, tokens in and out, money, and how many tell nothing."""
    catalog = paid_catalog(letters, paid=1)
    silent = {"letters/1", "letters/2"}

    def reply(request: Request) -> Reply:
        return says(tokens=None if request.sample in silent else 400_000, out=1_000)(request)

    prepared = ordered(catalog, tmp_path, ("paid", "random"))
    engines = {"paid": ScriptedEngine(reply), "random": ScriptedEngine(lambda request: "A", name="random")}
    store, *_ = go(prepared, catalog, engines)
    (account,) = accounts(store, prices_of(prepared.models))
    said = "paid · letter: 5 replies, 1,200,000 tokens in, 3,000 out, 1.20 USD (2 without usage)"
    assert said == account.sentence


def test_a_row_without_a_price_tells_its_tokens(letters: Path, tmp_path: Path) -> None:
    """Money that is not known is left out, not 0."""
    catalog = paid_catalog(letters, paid=1)
    store, *_ = go(ordered(catalog, tmp_path), catalog, {"paid": ScriptedEngine(says(tokens=10, out=1))})
    (account,) = accounts(store, {"paid": None})
    assert "paid · letter: 5 replies, 50 tokens in, 5 out" == account.sentence


def test_a_paid_model_that_tells_nothing_is_not_free(letters: Path, tmp_path: Path) -> None:
    """No usage at all is said as such."""
    catalog = paid_catalog(letters, paid=1)
    store, *_ = go(ordered(catalog, tmp_path), catalog, {"paid": ScriptedEngine(says(tokens=None, out=None))})
    (account,) = accounts(store, prices_of(ordered(catalog, tmp_path).models))
    assert "paid · letter: 5 replies, none of which tells its usage" == account.sentence
    assert write_usage(store, {}) is None


def test_a_line_a_sample(letters: Path, tmp_path: Path) -> None:
    """The file has tokens, seconds and money of every sample; what is not told stays empty."""
    catalog = paid_catalog(letters, paid=1)

    def reply(request: Request) -> Reply:
        return says(tokens=None if request.sample == "letters/3" else 30, out=2)(request)

    prepared = ordered(catalog, tmp_path)
    store, *_ = go(prepared, catalog, {"paid": ScriptedEngine(reply)})
    path = write_usage(store, prices_of(prepared.models))
    assert path == store.folder / "usage.csv"
    with path.open(encoding="utf-8", newline="") as stream:
        lines = {line["sample"]: line for line in csv.DictReader(stream)}
    assert [f"letters/{number}" for number in range(1, 6)] == sorted(lines)
    one, three = lines["letters/1"], lines["letters/3"]
    assert ("paid", "letter", "plain", "30", "2", "0.5", "0.000032", "USD") == tuple(one.values())[1:9]
    assert ("", "2", "", "") == (three["prompt_tokens"], three["reply_tokens"], three["money"], three["currency"])
