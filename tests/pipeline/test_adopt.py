"""Imported predictions: scored like any run, a failure never wrong, a benchmark's own samples where it is named."""

import csv
import json
import re
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.cli.typed import vqa_eval
from tests.predictions.tables import ANSWERED, FAULTS, RIGHT, ROWS, write_row, write_tsv
from tests.samples.gmai import write_table
from vqa_eval.boards import Board
from vqa_eval.catalog import Catalog
from vqa_eval.cli.adopting import import_predictions
from vqa_eval.errors import CatalogError, DataError, StoreError
from vqa_eval.pipeline.adopt import adopt
from vqa_eval.pipeline.mark import mark
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.pipeline.rank import rank
from vqa_eval.records import Sample
from vqa_eval.samples import Library, home
from vqa_eval.store import RunStore

CATALOG = Catalog()
DATA = Path(__file__).parents[1] / "predictions" / "data"


def scored(folder: Path) -> Board:
    """Return the board of a run, marked again from what is stored."""
    store = RunStore.open(folder)
    mark(store)
    board = rank(store, CATALOG.boards["default"])
    store.close()
    return board


def samples(folder: Path) -> list[Sample]:
    """Return the samples of a run."""
    return list(RunStore.open(folder).samples())


def test_a_result_table_is_scored_by_hand(tmp_path: Path) -> None:
    """Of six questions two failed, and two of the four replies are right: 50 %, with two missing."""
    folder, (read,) = adopt([write_tsv(tmp_path / "net_Organs.tsv")], "net", tmp_path / "run", CATALOG)
    assert ("VLMEvalKit", "organs", 6, 6, 1, FAULTS) == (
        read.harness,
        read.benchmark,
        read.samples,
        read.with_key,
        read.empty,
        read.faults,
    )
    cell = scored(folder).sections[0].cells[0]
    assert (RIGHT / ANSWERED, 6, FAULTS) == (cell.value, cell.n, cell.missing)
    store = RunStore.open(folder)
    assert ["organs/4", "organs/6"] == [sample for sample, _ in store.faults(1)]
    assert 2 == store.count_unasked(1)


@pytest.mark.parametrize(
    ("pattern", "right", "answered"),
    [
        ("organs.json", 1, 3),
        ("organs-deflated.eval", 1, 3),
        ("samples_organs_mc_*", 3, 4),
        ("samples_organs_letters_*", 1, 4),
    ],
)
def test_real_logs_give_the_harness_own_accuracy(tmp_path: Path, pattern: str, right: int, answered: int) -> None:
    """inspect_ai's own accuracy is 1 of 3 with one error; lm-eval's `acc` is 3 of 4 and 1 of 4."""
    folder, _ = adopt(list(DATA.glob(pattern)), "net", tmp_path / "run", CATALOG)
    cell = scored(folder).sections[0].cells[0]
    assert (right / answered, 4 - answered) == (cell.value, cell.missing)


def test_nodes_and_clusters_of_a_plain_table(tmp_path: Path) -> None:
    """Columns named as an axis and VLMEvalKit's categories give nodes; questions on one picture are one cluster."""
    folder, _ = adopt([write_tsv(tmp_path / "net_Organs.tsv")], "net", tmp_path / "run", CATALOG)
    first, second, third, *_ = samples(folder)
    assert (("benchmark", "organs"), ("modality", "CT"), ("task", "seeing", "organ")) == first.nodes
    assert ("modality", "MRI", "T1 MRI") in third.nodes
    assert ("organs/1.jpg", "organs/1.jpg", "organs/3.jpg") == (first.cluster, second.cluster, third.cluster)
    assert ("1.jpg", None) == (first.images[0].name, first.images[0].digest)


def test_the_signature_tells_where_it_came_from(tmp_path: Path) -> None:
    """Engine, revision and data name the harness and the file's digest; what is not known is said."""
    path = write_tsv(tmp_path / "net_Organs.tsv")
    folder, _ = adopt([path], "net", tmp_path / "run", CATALOG)
    store = RunStore.open(folder)
    (row,) = store.rows()
    digest = store.manifest.data["net_Organs.tsv"]
    assert row.identity is not None
    assert ("net", "imported from VLMEvalKit", f"sha256 {digest[:12]}") == (
        row.identity.name,
        row.identity.engine,
        row.identity.revision,
    )
    assert ("imported", ("net",), "benchmark/organs") == (row.prompt, store.manifest.models, store.manifest.selection)
    assert any("not known here" in note for note in scored(folder).notes)


def test_further_draws_are_left_out_and_said(tmp_path: Path) -> None:
    """Of two replies to each of four questions the first counts, and the board says so."""
    folder, (read,) = adopt(list(DATA.glob("samples_organs_gen_*")), "net", tmp_path / "run", CATALOG)
    assert (4, 4, 1) == (read.samples, read.draws, read.empty)
    board = scored(folder)
    assert 1 / 4 == board.sections[0].cells[0].value
    assert any("4 further replies to the same questions were left out" in note for note in board.notes)


def test_what_a_log_lacks_is_said(tmp_path: Path) -> None:
    """A log that was to hold four questions and holds one makes the board incomplete."""
    log = json.loads((DATA / "organs.json").read_text(encoding="utf-8"))
    log |= {"samples": log["samples"][:1], "status": "cancelled"}
    (tmp_path / "x.json").write_text(json.dumps(log), encoding="utf-8")
    notes = scored(adopt([tmp_path / "x.json"], "", tmp_path / "run", CATALOG)[0]).notes
    assert any("INCOMPLETE: x.json holds 1 of 4 questions" in note for note in notes)
    assert any("x.json: the log's status is 'cancelled'" in note for note in notes)


def gmai_results(folder: Path, *, lower: bool = False) -> tuple[Path, Path]:
    """Write a table of GMAI-MMBench's shape and what VLMEvalKit leaves of it beside the replies: 2 of 4 right."""
    table = write_table(folder / "GMAI_mm_bench_VAL.tsv", 4)
    results = folder / "net_GMAI-MMBench_VAL.tsv"
    with table.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    for row, said in zip(rows, "ABBA", strict=True):
        row.pop("image")
        row["prediction"] = f"The answer is {'C' if row['index'] == '2' else said}."
    named = {name: name.lower() if lower and len(name) > 1 else name for name in rows[0]}
    with results.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerows([named.values(), *(row.values() for row in rows)])
    return table, results


@pytest.mark.parametrize("lower", [False, True])
def test_a_benchmark_gives_its_own_nodes_and_keys(tmp_path: Path, lower: bool) -> None:
    """With --task the rows are read by the benchmark's columns, also as VLMEvalKit lower-cases them."""
    table, results = gmai_results(tmp_path, lower=lower)
    folder, _ = adopt([results], "net", tmp_path / "run", CATALOG, task="gmai-mmbench")
    Library(home()).add(CATALOG.tasks["gmai-mmbench"], table)
    plan = make_plan(Tree(CATALOG, Library(home())), ("benchmark/gmai-mmbench",), None, 0)
    own, found = {sample.id: sample for sample in plan.samples()}, samples(folder)
    assert own.keys() == {sample.id for sample in found}
    for sample in found:
        expected = own[sample.id]
        assert (expected.nodes, expected.correct, expected.options) == (sample.nodes, sample.correct, sample.options)
        assert (expected.split, expected.question) == (sample.split, sample.question)
        assert [None] == [image.digest for image in sample.images]


def test_a_benchmark_at_hand_gives_its_pictures_and_clusters(tmp_path: Path) -> None:
    """Where the benchmark is prepared, an imported sample is the one that a run of ours would ask."""
    table, results = gmai_results(tmp_path)
    library = Library(home())
    library.add(CATALOG.tasks["gmai-mmbench"], table)
    folder, _ = adopt([results], "net", tmp_path / "run", CATALOG, task="gmai-mmbench", library=library)
    plan = make_plan(Tree(CATALOG, library), ("benchmark/gmai-mmbench",), None, 0)
    assert {sample.id: sample for sample in plan.samples()} == {sample.id: sample for sample in samples(folder)}


def test_another_key_than_the_benchmark_at_hand_is_refused(tmp_path: Path) -> None:
    """A table whose key was changed is not the benchmark as it was prepared."""
    table, results = gmai_results(tmp_path)
    library = Library(home())
    library.add(CATALOG.tasks["gmai-mmbench"], table)
    text = results.read_text(encoding="utf-8")
    results.write_text(text.replace("\tA\tliver\t", "\tB\tliver\t"), encoding="utf-8")
    with pytest.raises(DataError, match="gmai-mmbench/0: has another key"):
        adopt([results], "net", tmp_path / "run", CATALOG, task="gmai-mmbench", library=library)


def medmcqa(path: Path, cop: int, target: int) -> Path:
    """Write one line of lm-eval's log on MedMCQA with the right option's number in the document and as the target."""
    doc = {"id": "m1", "question": "Which?", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "subject_name": "Anatomy"}
    arguments = {f"gen_args_{n}": {"arg_0": "Which?", "arg_1": f" {letter}"} for n, letter in enumerate("ABCD")}
    replies = [[[f"-{n + 1}.5", "False"]] for n in range(4)]
    line = {"doc_id": 0, "doc": {**doc, "cop": cop}, "target": str(target), "arguments": arguments, "resps": replies}
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize(("cop", "target"), [(1, 1), (2, 1)])
def test_the_form_is_the_one_whose_key_agrees(tmp_path: Path, cop: int, target: int) -> None:
    """MedMCQA's file counts the right option from one and its hub's table from zero: the log's target decides."""
    path = medmcqa(tmp_path / "samples_medmcqa.jsonl", cop, target)
    folder, _ = adopt([path], "net", tmp_path / "run", CATALOG, task="medmcqa")
    (sample,) = samples(folder)
    assert ("medmcqa/m1", (1,), ("a", "b", "c", "d")) == (sample.id, sample.correct, sample.options)
    assert ("subject", "Anatomy") in sample.nodes
    assert 0.0 == scored(folder).sections[0].cells[0].value


def test_a_key_that_no_form_agrees_with_is_refused(tmp_path: Path) -> None:
    """Where the benchmark's key and the log's are two, neither is taken."""
    path = medmcqa(tmp_path / "samples_medmcqa.jsonl", 4, 1)
    with pytest.raises(DataError, match=r"samples_medmcqa\.jsonl, line 1: MedMCQA has the key D, the file B"):
        adopt([path], "net", tmp_path / "run", CATALOG, task="medmcqa")


def test_a_wrong_letter_is_not_read_as_a_table_without_key(tmp_path: Path) -> None:
    """A table with the column of the key is never taken for the form that has none."""
    _, results = gmai_results(tmp_path)
    text = results.read_text(encoding="utf-8")
    results.write_text(text.replace("\tA\tliver\t", "\t?\tliver\t"), encoding="utf-8")
    with pytest.raises(DataError, match="row 1, column answer: '\\?' is not the letter"):
        adopt([results], "net", tmp_path / "run", CATALOG, task="gmai-mmbench")


def test_a_test_set_without_key_is_kept(tmp_path: Path) -> None:
    """Results on questions whose key is kept back are imported, counted, and in no table."""
    path = write_row(tmp_path / "net_T.tsv", A="Liver", B="Spleen")
    folder, (read,) = adopt([path], "net", tmp_path / "run", CATALOG)
    assert (1, 0) == (read.samples, read.with_key)
    assert any("1 of 1 samples have no key here" in note for note in scored(folder).notes)


@pytest.mark.parametrize(
    ("changes", "words", "says", "next_step"),
    [
        (
            {"answer": "D"},
            {},
            "net_T.tsv, row 1, column answer: 'D' is not the letter of one of 2",
            "mend or leave out",
        ),
        ({}, {"task": "gmai"}, "no benchmark 'gmai'", "gmai-mmbench"),
        ({}, {"task": "gmai-mmbench"}, "net_T.tsv, row 1: no column", "GMAI-MMBench"),
        ({}, {"task": "vqa-rad"}, "net_T.tsv, row 1: VQA-RAD knows its rows by their number", "without --task"),
        ({}, {"model": ""}, "which model do these predictions come from? they do not say", "--model NAME"),
    ],
)
def test_bad_input_leaves_nothing(
    tmp_path: Path, changes: dict[str, Any], words: dict[str, str], says: str, next_step: str
) -> None:
    """Each mistake is one error with what to type next, and no folder of a run is left."""
    path = write_tsv(tmp_path / "net_T.tsv", **changes)
    with pytest.raises((DataError, CatalogError)) as caught:
        adopt([path], words.get("model", "net"), tmp_path / "run", CATALOG, task=words.get("task"))
    assert says in caught.value.message
    assert next_step in caught.value.hint
    assert ["net_T.tsv"] == [entry.name for entry in tmp_path.iterdir()]


def test_a_split_that_is_told_elsewhere_is_said(tmp_path: Path) -> None:
    """PubMedQA lists its test questions in a file beside the table, which no log repeats."""
    cells = {"QUESTION": "Does it?", "CONTEXTS": "It does.", "final_decision": "yes"}
    with pytest.raises(DataError, match=r"row 1: PubMedQA .*tells its splits by test_ground_truth\.json"):
        adopt([write_row(tmp_path / "net_T.tsv", **cells)], "net", tmp_path / "run", CATALOG, task="pubmedqa")


def test_two_rows_with_one_id_are_named(tmp_path: Path) -> None:
    """The second row of an id is named with file and row."""
    path = write_tsv(tmp_path / "net_T.tsv", [*ROWS, ROWS[0]])
    with pytest.raises(DataError, match=r"net_T\.tsv, row 7: a second row with the id '1'"):
        adopt([path], "net", tmp_path / "run", CATALOG)
    assert not (tmp_path / "run").exists()


def test_two_files_with_one_question_are_named(tmp_path: Path) -> None:
    """Two files of one data set would count its questions twice: both places are named."""
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
    files = [write_tsv(tmp_path / folder / "net_T.tsv") for folder in ("a", "b")]
    with pytest.raises(DataError, match=r"net_T\.tsv, row 1: the same question as net_T\.tsv, row 1"):
        adopt(files, "net", tmp_path / "run", CATALOG)


def test_a_table_without_rows_is_said(tmp_path: Path) -> None:
    """A table that holds its columns alone has no predictions."""
    path = tmp_path / "net_T.tsv"
    path.write_text("index\tquestion\tprediction\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"net_T\.tsv: no predictions"):
        adopt([path], "net", tmp_path / "run", CATALOG)


def test_the_model_is_what_the_log_says(tmp_path: Path) -> None:
    """Without a name the files' own is taken, if they agree on one."""
    folder, _ = adopt([DATA / "organs.json"], "", tmp_path / "run", CATALOG)
    assert ("mockllm/model",) == RunStore.open(folder).manifest.models
    log = json.loads((DATA / "organs.json").read_text(encoding="utf-8"))
    log["eval"]["model"] = "other"
    (tmp_path / "other.json").write_text(json.dumps(log), encoding="utf-8")
    with pytest.raises(DataError, match="they say mockllm/model, other"):
        adopt([DATA / "organs.json", tmp_path / "other.json"], "", tmp_path / "run2", CATALOG)


def test_the_same_files_again_are_the_same_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a folder the run gets a name under runs/, the same twice; another file gets another."""
    monkeypatch.chdir(tmp_path)
    first, _ = adopt([write_tsv(tmp_path / "net_T.tsv")], "net", None, CATALOG)
    again, _ = adopt([write_tsv(tmp_path / "net_T.tsv")], "net", None, CATALOG)
    other, _ = adopt([write_tsv(tmp_path / "net_T.tsv", prediction="B")], "net", None, CATALOG)
    assert first == again != other
    assert re.fullmatch(r"runs/net-imported-[0-9a-f]{8}", str(first))
    assert 6 == len(samples(first))


def test_a_folder_never_mixes_two_files(tmp_path: Path) -> None:
    """A folder that holds the import of another file is refused, and stays as it was."""
    folder, _ = adopt([write_tsv(tmp_path / "net_T.tsv")], "net", tmp_path / "run", CATALOG)
    before = scored(folder).signatures
    with pytest.raises(StoreError, match="asked something else"):
        adopt([write_tsv(tmp_path / "net_T.tsv", prediction="B")], "net", folder, CATALOG)
    assert before == scored(folder).signatures


def test_a_disk_that_is_full_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written, no run is left behind and the error says so."""

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(RunStore, "put", full)
    with pytest.raises(StoreError, match="run: cannot be written: database or disk is full"):
        adopt([write_tsv(tmp_path / "net_T.tsv")], "net", tmp_path / "run", CATALOG)
    assert not (tmp_path / "run").exists()


def test_half_characters_do_not_stop_an_import(tmp_path: Path) -> None:
    """A lone surrogate in question, option, picture or reply becomes a question mark."""
    log = json.loads((DATA / "organs.json").read_text(encoding="utf-8"))
    content = [{"type": "image", "image": "\ud800.png"}, {"type": "text", "text": "Which \ud800?"}]
    log["samples"][0] |= {"input": [{"role": "user", "content": content}], "choices": ["Liver \ud800", "Spleen"]}
    log["samples"][0]["output"]["completion"] = "ANSWER: A \udfff"
    (tmp_path / "x.json").write_text(json.dumps(log), encoding="utf-8")
    folder, _ = adopt([tmp_path / "x.json"], "", tmp_path / "run", CATALOG)
    first = samples(folder)[0]
    assert ("Which ??", "Liver ?", "?.png") == (first.question, first.options[0], first.images[0].name)


def test_the_command_says_what_was_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The import prints a line for the file and the board, and ends with 1 where questions have no reply."""
    path = write_tsv(tmp_path / "net_Organs.tsv")
    assert 1 == import_predictions([path], "net", None, tmp_path / "run", CATALOG)
    said = capsys.readouterr().out
    assert re.search(r"net_Organs\.tsv +VLMEvalKit +organs +6 +6 +1 +2\b", said)
    assert "50.0" in said
    assert "run: " in said
    (whole, *_) = json.loads((tmp_path / "run" / "board.json").read_text(encoding="utf-8"))["cells"]
    assert (0.5, 6, 2) == (whole["value"], whole["n"], whole["missing"])
    whole_log = write_tsv(tmp_path / "whole_Organs.tsv", ROWS[:3])
    assert 0 == import_predictions([whole_log], "whole", None, tmp_path / "run2", CATALOG)


@pytest.mark.parametrize("word", ["score", "board", "answers"])
def test_an_imported_run_is_a_run(tmp_path: Path, word: str) -> None:
    """`score`, `board` and `answers` work on it; what has no reply gives exit code 1 where a board is printed."""
    adopt([write_tsv(tmp_path / "net_Organs.tsv")], "net", tmp_path / "run", CATALOG)
    done = vqa_eval(word, "run", cwd=tmp_path)
    assert (0 if word == "answers" else 1) == done.returncode, done.stderr
    assert "net · imported" in done.stdout
