"""Commands over stored runs, and the switches that add checks to a run: what they print, write, and refuse."""

import csv
import io
import json
import sqlite3
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.cli.typed import vqa_eval
from tests.engines.standins import ChatServer, as_vllm, completion, refusal
from tests.predictions.tables import write_tsv
from tests.stored import questions, right, stored
from vqa_eval.records import Sample
from vqa_eval.store import FILE

Record = dict[str, str]

MUMBLED = ("Quite a bright square.", "", "I cannot help with that.")
"""Replies that answer nothing: unparsed, empty, refused."""


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run of two models over 24 questions: `m` mumbles over three and errs over two, `n` errs over twelve."""
    samples = questions(24, per_patient=2)
    said = {"m": [*MUMBLED, *right(samples, 5, 6)[3:]], "n": right(samples, *range(12))}
    stored(tmp_path / "run", samples, said).close()
    return tmp_path / "run"


def records(path: Path) -> list[Record]:
    """Return the lines of a CSV file."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))


def document(folder: Path) -> dict[str, Any]:
    """Return the board of a run as its JSON file has it."""
    found: dict[str, Any] = json.loads((folder / "board.json").read_text(encoding="utf-8"))
    return found


def texts(entry: dict[str, Any]) -> Record:
    """Return what a CSV file says where JSON has a record: nothing for null."""
    return {name: "" if value is None else str(value) for name, value in entry.items()}


def test_scoring_with_profiles(run: Path, tmp_path: Path) -> None:
    """--profile adds a column a reader, ours first; the four files agree; without it the columns are gone."""
    done = vqa_eval("score", "run", "--profile", "mmmu,medevalkit", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "readers" in done.stdout
    figures = document(run)["figures"]
    whole = [entry for entry in figures if not entry["axis"] and entry["model"] == "m"]
    assert ["vqa-eval", "medevalkit", "mmmu"] == [entry["figure"] for entry in whole]
    assert 19 / 24 == pytest.approx(whole[0]["value"])
    assert 19 / 24 < whole[2]["value"]  # a guess among three for what is no answer
    assert [texts(entry) for entry in figures] == records(run / "checks.csv")
    cells = document(run)["cells"]
    names = records(run / "board.csv")[0].keys() - {"node"}
    assert [{name: texts(cell)[name] for name in names} for cell in cells] == [
        {name: row[name] for name in names} for row in records(run / "board.csv")
    ]
    assert "| medevalkit |" in (run / "board.md").read_text(encoding="utf-8")

    done = vqa_eval("score", "run", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "readers" not in done.stdout
    assert ([], {}, cells) == tuple(document(run)[name] for name in ("figures", "checks", "cells"))
    assert "medevalkit" not in (run / "board.md").read_text(encoding="utf-8")
    assert not (run / "checks.csv").exists()


def test_all_profiles(run: Path, tmp_path: Path) -> None:
    """--profile all reads with every parser that there is, beside ours."""
    from vqa_eval.answers import profiles

    done = vqa_eval("score", "run", "--profile", "all", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert {"vqa-eval", *profiles.names()} == {entry["figure"] for entry in document(run)["figures"]}


def test_scoring_with_metrics(tmp_path: Path) -> None:
    """--metrics adds metrics to the table, each with its interval and version; without it they are gone."""
    samples = [
        Sample(f"b/{n}", "b", "test", "open", "Is it?", references=("yes it is",), cluster=f"p{n}") for n in range(9)
    ]
    stored(tmp_path / "run", samples, {"m": ["yes it is", "yes it was not", "no no"] * 3}).close()
    done = vqa_eval("score", "run", "--metrics", "caption.rouge_l, caption.bleu1", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    board = document(tmp_path / "run")
    usual, added = ["text.exact_match", "text.token_f1"], ["caption.bleu1", "caption.rouge_l"]
    whole = {cell["metric"]: cell for cell in board["cells"] if not cell["axis"]}
    assert [*usual, *added] == list(whole)
    assert 1 / 3 == pytest.approx(whole["text.exact_match"]["value"])
    assert 5 / 9 == pytest.approx(whole["caption.bleu1"]["value"])
    assert all(cell["low"] < cell["value"] < cell["high"] for cell in whole.values())
    assert all(f"{name}.v" in board["signatures"]["1"] for name in whole)
    assert whole.keys() == board["metrics"].keys()
    vqa_eval("score", "run", cwd=tmp_path)
    board = document(tmp_path / "run")
    assert set(usual) == {cell["metric"] for cell in board["cells"]}
    assert "caption" not in board["signatures"]["1"]


def test_several_runs_are_scored(run: Path, tmp_path: Path) -> None:
    """Each named run gets its board; one with a fault makes the exit code 1, wherever it stands."""
    samples = questions(4)
    stored(tmp_path / "torn", samples, {"m": ["A", None, "B", "C"]}).close()
    done = vqa_eval("score", "torn", "run", cwd=tmp_path)
    assert 1 == done.returncode, done.stderr
    assert ["board.csv", "board.json", "board.md"] * 2 == sorted(path.name for path in run.glob("board.*")) + sorted(
        path.name for path in (tmp_path / "torn").glob("board.*")
    )
    assert "INCOMPLETE: m under letter: 1 of 4 samples have no reply" in done.stdout
    assert {1, 0} == {cell["missing"] for folder in (run, tmp_path / "torn") for cell in document(folder)["cells"][:1]}


def reread(folder: Path, position: int, body: str) -> None:
    """Write a mark as an earlier version of the rules might have made it."""
    base = sqlite3.connect(folder / FILE)
    base.execute("UPDATE marks SET body = ? WHERE row = 1 AND position = ?", (body, position))
    base.execute("UPDATE about SET value = 'rules:v0|metrics:choice.accuracy.v1' WHERE key = 'marked by'")
    base.commit()
    base.close()


def test_what_flips_is_listed(run: Path, tmp_path: Path) -> None:
    """--diff prints which samples are read otherwise, by the rules, and writes them all; the second time none."""
    reread(run, 2, '["answered",["A"],"","old_guess",null,[],[["choice.accuracy",1.0]]]')
    reread(run, 4, '["unparsed",[],"","old_none",null,[],[["choice.accuracy",0.0]]]')
    reread(run, 8, '["answered",["B"],"","old_name",null,[],[["choice.accuracy",1.0]]]')
    reread(run, 9, '["answered",["C"],"","old_name",null,[],[["choice.accuracy",0.0]]]')
    done = vqa_eval("score", "run", "--diff", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "before: rules:v0|metrics:choice.accuracy.v1" in done.stderr
    assert "what flips, and by which rule" in done.stdout
    assert "answered: old_guess" in done.stdout
    assert "3 in all: run/flips.csv" in done.stderr
    flipped = records(run / "flips.csv")
    assert [("b/1", "A", "empty", "-1.0", ""), ("b/3", "unparsed", "A", "1.0", "A"), ("b/8", "C", "C", "1.0", "C")] == [
        (flip["sample"], flip["before"], flip["now"], flip["change"], flip["reply"]) for flip in flipped
    ]  # b/7 is said alike by another rule
    assert {("m", "letter", "plain")} == {(flip["model"], flip["prompt"], flip["variant"]) for flip in flipped}
    assert ["old_guess", "old_none", "old_name"] == [flip["before_rule"] for flip in flipped]
    again = vqa_eval("score", "run", "--diff", cwd=tmp_path)
    assert "no sample is read or scored otherwise than before" in again.stdout
    assert "what flips" not in again.stdout
    assert not (run / "flips.csv").exists()


def test_an_extractor_has_a_column_of_its_own(chat_server: ChatServer, run: Path, tmp_path: Path) -> None:
    """--extractor asks about what is unparsed alone, without the key, and once; its column stands beside ours."""
    pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")
    words = ["score", "run", "--extractor", "openai:reader", "--base-url", chat_server.url]
    chat_server.answer = lambda body: completion("A")
    done = vqa_eval(*words, cwd=tmp_path, NO_PROXY="*")
    assert 0 == done.returncode, done.stderr
    assert "openai:reader: 1 replies and 0 faults now, 1 samples in all" in done.stderr
    (asked,) = chat_server.asked
    said = json.dumps(asked)
    assert MUMBLED[0] in said
    assert "Question 0?" not in said
    assert "image_url" not in said
    read = {e["figure"]: e["value"] for e in document(run)["figures"] if not e["axis"] and e["model"] == "m"}
    assert {"vqa-eval": pytest.approx(19 / 24), "extractor openai:reader": pytest.approx(20 / 24)} == read
    whole = next(cell for cell in document(run)["cells"] if cell["model"] == "m")
    assert pytest.approx(19 / 24) == whole["value"]  # what another model read is never in our number
    chat_server.asked.clear()
    again = vqa_eval(*words, cwd=tmp_path, NO_PROXY="*")
    assert ([], 0) == (chat_server.asked, again.returncode)
    assert "0 replies and 0 faults now, 1 samples in all" in again.stderr


def test_an_extractor_that_refuses(chat_server: ChatServer, run: Path, tmp_path: Path) -> None:
    """A refused question is a fault: its sample is missing from the column, never wrong in it."""
    pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")
    chat_server.answer = lambda body: refusal(400, "not this one")
    words = ["score", "run", "--extractor", "openai:reader", "--base-url", chat_server.url]
    done = vqa_eval(*words, cwd=tmp_path, NO_PROXY="*")
    assert "openai:reader: 0 replies and 1 faults now, 1 samples in all" in done.stderr
    entries = [entry for entry in document(run)["figures"] if not entry["axis"] and entry["model"] == "m"]
    assert ["vqa-eval", "extractor openai:reader"] == [entry["figure"] for entry in entries]
    assert [(23, 1, pytest.approx(19 / 23))] * 2 == [(e["n"], e["missing"], e["value"]) for e in entries]


def test_an_extractor_that_is_none_changes_nothing(run: Path, tmp_path: Path) -> None:
    """A mistyped extractor is refused before the run is marked again: what --profile added stays."""
    vqa_eval("score", "run", "--profile", "mmmu", cwd=tmp_path)
    before = content(run)
    done = vqa_eval("score", "run", "--extractor", "random", cwd=tmp_path)
    assert 1 == done.returncode, done.stderr
    assert before == content(run)
    base = sqlite3.connect(run / FILE)
    readers = {reader for (reader,) in base.execute("SELECT DISTINCT reader FROM marks")}
    base.close()
    assert {"rules", "mmmu"} == readers


def test_compare_in_every_form(run: Path, tmp_path: Path) -> None:
    """`compare` prints ranks, paired differences and a map of nodes; the forms hold the same numbers."""
    forms = {
        form: vqa_eval("compare", "run", "--by", "modality", "--format", form, cwd=tmp_path)
        for form in ("screen", "md", "csv", "json")
    }
    assert [0] * 4 == [done.returncode for done in forms.values()]
    found = json.loads(forms["json"].stdout)
    (comparison,) = found["comparisons"]
    assert ("choice", 24, 0, 12) == tuple(comparison[name] for name in ("kind", "n", "left_out", "clusters"))
    whole, *nodes = comparison["differences"]
    assert ("m · letter", "n · letter", 7, 0) == tuple(whole[name] for name in ("first", "second", "won", "lost"))
    assert 7 / 24 == pytest.approx(whole["difference"])
    assert whole["p"] == whole["adjusted_p"]
    assert [("modality", "CT"), ("modality", "MRI"), ("modality", "MRI/T1 MRI")] == [
        (entry["axis"], entry["node"]) for entry in nodes
    ]
    assert [texts(entry) for entry in comparison["differences"]] == list(
        csv.DictReader(io.StringIO(forms["csv"].stdout))
    )
    assert {"m · letter": 19 / 24, "n · letter": 0.5} == pytest.approx(
        {name: rank["mean"] for name, rank in comparison["ranks"].items()}
    )
    for form in ("screen", "md"):
        shown = " ".join(forms[form].stdout.split())  # a title takes as many lines as its table is narrow
        assert "24 samples in 12 clusters that every row has a score on" in shown
        assert "m · letter − n · letter" in shown
        assert "+29.2" in shown
        assert "n · letter: " in shown
    assert "## " in forms["md"].stdout
    assert found["signatures"]["m · letter"].startswith("model:m|")


def test_compare_two_runs_against_one(run: Path, tmp_path: Path) -> None:
    """Rows of several runs are compared, those of one name by their run; --against leaves the pairs with one model."""
    samples = questions(24, per_patient=2)
    stored(tmp_path / "later", samples, {"m": right(samples), "o": right(samples, 3)}, limit=24).close()
    done = vqa_eval("compare", "run", "later", "--against", "o", "--format", "json", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    found = json.loads(done.stdout)
    (comparison,) = found["comparisons"]
    assert {"m · letter (run)", "n · letter", "m · letter (later)", "o · letter"} == comparison["ranks"].keys()
    assert 3 == sum(not entry["axis"] for entry in comparison["differences"])
    assert {"o · letter"} == {entry["second"] for entry in comparison["differences"]}
    assert any("the rows differ in limit: 24 by seed 0, none" in note for note in found["notes"])


def test_a_review_file(tmp_path: Path) -> None:
    """--review writes a hundred answered replies and all others, of every row, with question and rule and no key."""
    samples = questions(130)
    said: list[str | None] = [*["The answer is B."] * 120, *["", "Hard to say.", "A or B"] * 3, None]
    stored(tmp_path / "run", samples, {"m": said, "n": ["C"] * 130}).close()
    done = vqa_eval("answers", "run", "--review", "review.jsonl", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "review.jsonl: 209 replies to review, without the key" in done.stderr
    lines = [json.loads(line) for line in (tmp_path / "review.jsonl").read_text(encoding="utf-8").splitlines()]
    counts = Counter((line["model"], line["status"] == "answered") for line in lines)
    assert {("m", True): 100, ("m", False): 9, ("n", True): 100} == counts
    assert len(lines) == len({(line["model"], line["sample"]) for line in lines})
    first = next(line for line in lines if line["status"] == "answered")
    assert ("The answer is B.", ["B"]) == (first["reply"], first["answer"])
    assert (["liver", "spleen", "lung"], "letter") == (first["options"], first["prompt"])
    start, end = first["span"]
    assert "B" in first["reply"][start:end]
    assert not {"correct", "key", "references", "score"} & {name for line in lines for name in line}
    again = vqa_eval("answers", "run", "--review", "again.jsonl", cwd=tmp_path)
    assert 0 == again.returncode
    assert (tmp_path / "review.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()


def test_predictions_are_imported(tmp_path: Path) -> None:
    """`import` says what it read, scores it, and leaves a run that the other commands take; failures are missing."""
    write_tsv(tmp_path / "net_Organs.tsv")
    done = vqa_eval("import", "net_Organs.tsv", "-m", "net", "--out", "taken", cwd=tmp_path)
    assert 1 == done.returncode, done.stderr
    assert "VLMEvalKit" in done.stdout
    assert done.stdout.rstrip().endswith("run: taken")
    assert "INCOMPLETE: net under imported: 2 of 6 samples have no reply" in done.stdout
    assert "asks them again" not in done.stdout
    whole = document(tmp_path / "taken")["cells"][0]
    assert ("net", "imported", 6, 2, 0.5) == tuple(whole[name] for name in ("model", "prompt", "n", "missing", "value"))
    again = vqa_eval("score", "taken", "--profile", "vlmevalkit", cwd=tmp_path)
    assert (1, "") == (again.returncode, "".join(line for line in again.stderr.splitlines() if "error" in line))
    assert {"vqa-eval", "vlmevalkit"} == {entry["figure"] for entry in document(tmp_path / "taken")["figures"]}


def test_every_switch_of_a_run(chat_server: ChatServer, tmp_path: Path) -> None:
    """Channels, orders, no picture, another picture and draws are asked side by side, once, and stand on the board."""
    pytest.importorskip("aiohttp", reason="a served model needs vqa-eval[openai]")
    chat_server.answer = as_vllm
    words = ["-m", "openai:fake", "--base-url", chat_server.url, "-t", "demo & modality/CT", "--limit", "6"]
    words += ["--out", "run", "--sampling", "temperature=0.7,max_tokens=16", "--concurrency", "4"]
    switches = ["--blind", "--wrong-image", "--channels", "text,choice,logprobs", "--rotate", "2", "--draws", "3"]
    done = vqa_eval(*words, *switches, cwd=tmp_path, NO_PROXY="*")
    assert 0 == done.returncode, done.stderr
    base = sqlite3.connect(tmp_path / "run" / FILE)
    due = dict(base.execute("SELECT variant, COUNT(*) FROM due GROUP BY variant"))
    asked = base.execute("SELECT COUNT(*) FROM asks JOIN replies USING (key) WHERE fault IS NULL").fetchone()[0]
    base.close()
    names = {"plain", "blind", "wrong-image", "choice", "logprobs", "rotate-1", "draw-1", "draw-2"}
    assert names == due.keys()
    assert sum(due.values()) == asked
    assert due["logprobs"] == sum(bool(body.get("logprobs")) for body in chat_server.asked)
    assert {0, 1, 2} == {body["seed"] for body in chat_server.asked}
    checks = document(tmp_path / "run")["checks"]
    kinds = {name.partition(",")[0] for name in checks}
    assert {"channels", "order of the options", "without its picture", "another picture", "draws"} == kinds
    assert all(name in done.stdout for name in checks)
    before = len(chat_server.asked)
    again = vqa_eval(*words, *switches, cwd=tmp_path, NO_PROXY="*")
    assert (0, before) == (again.returncode, len(chat_server.asked))


def test_a_baseline_answers_plainly_alone(tmp_path: Path) -> None:
    """What a baseline cannot be asked is said on its board, and the run is complete without it."""
    words = ["-m", "random", "-t", "demo & modality/CT", "--limit", "5", "--out", "run", "--rotate", "all", "--blind"]
    done = vqa_eval(*words, cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    (said,) = [line for line in done.stdout.splitlines() if "cannot be asked this way" in line]
    assert "random cannot be asked this way: blind, rotate-1" in said
    assert {} == document(tmp_path / "run")["checks"]


def content(folder: Path) -> dict[str, object]:
    """Return every file below a folder but its home with its content; of a run's file, the rows of its tables."""
    found: dict[str, object] = {}
    for path in folder.rglob("*"):
        if path.is_file() and folder / "home" not in path.parents:
            found[str(path.relative_to(folder))] = path.read_bytes() if path.name != FILE else list(dump(path))
    return found


def dump(path: Path) -> Iterator[str]:
    """Yield a run's file as statements."""
    base = sqlite3.connect(path)
    yield from base.iterdump()
    base.close()


@pytest.mark.parametrize(
    ("words", "says", "next_step"),
    [
        (["score", "run", "--profile", "lmms"], "there is no profile 'lmms'", "vlmevalkit"),
        (["score", "run", "--profile", "mmmu,all"], "there is no profile 'all'", "mmmu"),
        (["score", "run", "--metrics", "choice.precision"], "there is no metric 'choice.precision'", "choice.accuracy"),
        (["score", "run", "--extractor", "random"], "random reads nothing", "--extractor openai:NAME"),
        (["score", "run", "--extractor", "openai:gpt-4o"], "OPENAI_API_KEY", "export OPENAI_API_KEY="),
        (["score", "nowhere", "--diff"], "nowhere: no run here", "runs here: alone, run"),
        (["compare", "alone"], "one row cannot be compared", "another run"),
        (["compare", "run", "nowhere"], "nowhere: no run here", "runs here: alone, run"),
        (["compare", "run", "--by", "modalty"], "no axis 'modalty'", "modality"),
        (["compare", "run", "--format", "xml"], "--format 'xml'", "screen, md, csv, json"),
        (["compare", "run", "--against", "gpt"], "--against 'gpt' is none of the rows", "models: m, n"),
        (["compare", "run", "other"], "sample b/0 is not the same in all runs", "ask again"),
        (["answers", "nowhere"], "nowhere: no run here", "runs here: alone, run"),
        (["answers", "run", "--review", "no/where.jsonl"], "no/where.jsonl", "--review"),
        (["import", "nowhere.tsv"], "nowhere.tsv", ""),
        (["import", "notes.txt"], "notes.txt", ""),
        (["-m", "random", "-t", "demo", "--channels", "text,voice"], "--channels 'voice' is no channel", "logprobs"),
        (["-m", "random", "-t", "demo", "--rotate", "1"], "--rotate '1' is no number of orders", "--rotate all"),
        (["-m", "random", "-t", "demo", "--rotate", "9" * 5000], "is no number of orders", "--rotate all"),
        (["-m", "random", "-t", "demo", "--draws", "3"], "--draws of a greedy model", "--sampling temperature"),
    ],
)
def test_bad_input_is_one_line_and_a_hint(tmp_path: Path, words: list[str], says: str, next_step: str) -> None:
    """Each mistake ends in exit code 1, one red line and a hint, and no file of a run is written or changed."""
    samples = questions(6)
    stored(tmp_path / "run", samples, {"m": right(samples), "n": right(samples, 0)}).close()
    stored(tmp_path / "alone", samples, {"m": right(samples)}).close()
    if "other" in words:
        changed = [replace(samples[0], question="Another?"), *samples[1:]]
        stored(tmp_path / "other", changed, {"o": ["A"] * 6}).close()
    (tmp_path / "notes.txt").write_text("no predictions", encoding="utf-8")
    before = content(tmp_path)
    done = vqa_eval(*words, cwd=tmp_path, FORCE_COLOR="1")
    plain = [line for line in done.stderr.splitlines() if "error:" in line]
    assert (1, 1) == (done.returncode, len(plain)), done.stderr
    assert plain[0].startswith("\x1b[1;31merror:\x1b[0m \x1b[31m")
    assert says in plain[0]
    hint = done.stderr.splitlines()[-1]
    assert "→" in hint
    assert next_step in hint
    assert "Traceback" not in done.stderr
    assert before == content(tmp_path)
