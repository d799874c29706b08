"""Boards: cells with their company, tables that people read, files that machines read."""

import csv
import io
import json
from collections.abc import Sequence

import pytest

from vqa_eval.boards import Board, Judged, make_screen_table, make_sections, make_table, to_csv, to_json, to_markdown
from vqa_eval.metrics import beside, for_kind
from vqa_eval.records import Answer, BoardSpec, ModelIdentity, Node, Row, Sample, Score

SPEC = BoardSpec("b", "", ("modality", "department"))
ROW = Row(1, "m", "letter", ModelIdentity("m", "engine", "rev"))
T1: Node = ("modality", "MRI", "T1 MRI")
ENT: Node = ("department", "Otolaryngology (ENT)/Head and Neck Surgery")


def sample(number: int, *nodes: Node, correct: int = 0, patient: str = "") -> Sample:
    """Return a choice sample with three options."""
    options = ("a longer text", "b", "c")
    return Sample(
        f"b/{number}", "b", "test", "choice", "?", options, (correct,), nodes=nodes, cluster=patient or f"p{number}"
    )


def judged(sample: Sample, value: float | None) -> Judged:
    """Return what a row made of a sample; None is no reply."""
    if value is None:
        return Judged(None, ())
    return Judged(Answer("answered", ("A",)), (Score(sample.id, "choice.accuracy", value),))


def board(samples: Sequence[Sample], values: Sequence[float | None]) -> Board:
    """Return the board of one row."""
    entries = [judged(entry, value) for entry, value in zip(samples, values, strict=True)]
    return Board("title", make_sections(SPEC, samples, {ROW: entries}), {1: "sig"}, ("a note",))


SAMPLES = [sample(1, ("modality", "CT"), ENT), sample(2, T1, correct=1), sample(3, ("modality", "MRI")), sample(4, T1)]


def test_parents_count_their_children() -> None:
    """MRI counts what hangs under MRI and under T1 MRI; a node stands before its children."""
    section = next(entry for entry in board(SAMPLES, [1.0, 0.0, 1.0, 1.0]).sections if entry.axis == "modality")
    assert [
        (("modality", "CT"), 1, 1.0),
        (("modality", "MRI"), 3, 2 / 3),
        (("modality", "MRI", "T1 MRI"), 2, 0.5),
    ] == [(cell.node, cell.n, cell.value) for cell in section.cells]


def test_what_has_no_reply_is_missing_not_wrong() -> None:
    """A sample without a reply stays in n, is counted as missing, and does not touch the value."""
    cell = board(SAMPLES, [1.0, None, 1.0, None]).sections[0].cells[0]
    assert (4, 2, 1.0, 1.0) == (cell.n, cell.missing, cell.value, cell.answered)


def test_a_node_without_any_reply_has_no_number() -> None:
    """Nothing replied is no value, no interval, no gain: a dash, never a zero."""
    cell = board(SAMPLES, [None] * 4).sections[0].cells[0]
    assert (None, None, None, None) == (cell.value, cell.interval, cell.answered, cell.gain)
    line = make_table(board(SAMPLES, [None] * 4).sections[0]).lines[0]
    assert "–" in line.cells
    assert "0.0" not in line.cells


def test_clusters_widen_the_interval() -> None:
    """The same scores on one patient in two are less sure than on four patients."""
    apart = board(SAMPLES, [1.0, 0.0, 1.0, 0.0]).sections[0].cells[0]
    shared = [sample(n, ("modality", "CT"), patient=f"p{n % 2}") for n in range(4)]
    together = board(shared, [1.0, 0.0, 1.0, 0.0]).sections[0].cells[0]
    assert apart.interval is not None
    assert 4 == apart.clusters
    assert 2 == together.clusters
    assert together.interval is None or (
        together.interval.high - together.interval.low > apart.interval.high - apart.interval.low
    )


def test_the_gain_is_over_the_best_baseline() -> None:
    """Keys a, b, a, a: always the first letter is right in three of four, so a score of 1.0 gains 0.25."""
    cell = board(SAMPLES, [1.0] * 4).sections[0].cells[0]
    assert cell.best_baseline is not None
    assert 0.75 == cell.best_baseline.value
    assert 0.25 == cell.gain


def test_baselines_are_taken_benchmark_by_benchmark() -> None:
    """A node over two benchmarks pools what each one's prior reaches: here each is answered by one letter."""
    from dataclasses import replace

    samples = [replace(sample(n, correct=n % 2), benchmark="ab"[n % 2]) for n in range(4)]
    (section,) = make_sections(SPEC, samples, {ROW: [judged(entry, 1.0) for entry in samples]})
    values = {baseline.name: baseline.value for baseline in section.cells[0].baselines}
    assert 1.0 == values["majority_letter"]
    assert 0.5 == values["longest_option"]


def test_samples_without_a_key_are_not_scored() -> None:
    """A test set without answers gives no table instead of zeros."""
    keyless = Sample("b/1", "b", "test", "choice", "?", ("x", "y"))
    assert () == make_sections(SPEC, [keyless], {ROW: [judged(keyless, None)]})


def test_kinds_never_share_a_table() -> None:
    """Choice, open and caption samples stand in tables of their own, open ones under two metrics."""
    samples = [
        SAMPLES[0],
        Sample("b/5", "b", "test", "open", "?", references=("liver",), cluster="x"),
        Sample("b/6", "b", "test", "caption", "?", references=("a liver",), cluster="y"),
    ]
    sections = make_sections(SPEC, samples, {ROW: [Judged(None, ())] * 3})
    assert [
        ("choice", ["choice.accuracy"]),
        ("open", ["text.exact_match", "text.token_f1"]),
        ("caption", [metric.name for metric in for_kind("caption") if metric not in beside("caption")]),
    ] == [(section.kind, [metric.name for metric in section.metrics]) for section in sections if not section.axis]


def test_the_files_hold_the_same_numbers() -> None:
    """CSV and JSON give every cell unrounded and alike; Markdown gives what the screen shows."""
    made = board(SAMPLES, [1.0, 0.0, 1.0, None])
    rows = list(csv.DictReader(io.StringIO(to_csv(made))))
    document = json.loads(to_json(made))
    assert len(rows) == len(document["cells"])
    for row, cell in zip(rows, document["cells"], strict=True):
        assert float(row["value"]) == cell["value"] if row["value"] else cell["value"] is None
        assert row["signature"] == cell["signature"] == "sig"
    assert {"uniform", "majority_letter", "majority_text", "longest_option"} == set(document["cells"][0]["baselines"])
    text = to_markdown(made)
    assert "66.7*" in text
    assert "- a note" in text
    assert "1. `sig`" in text


def test_a_slash_in_a_name_stays_one_name() -> None:
    """A department with a slash is one level: JSON keeps the name, CSV cannot be misread as a path."""
    made = board(SAMPLES, [1.0] * 4)
    document = json.loads(to_json(made))
    assert [list(ENT)] == [cell["node"] for cell in document["cells"] if cell["axis"] == "department"]
    (row,) = [row for row in csv.DictReader(io.StringIO(to_csv(made))) if row["axis"] == "department"]
    assert "/" not in row["node"]


@pytest.mark.parametrize("text", ["a|b", "=1+1", "<b>"])
def test_markdown_keeps_its_columns(text: str) -> None:
    """A pipe in a name does not break the table."""
    made = board([sample(1, ("modality", text))], [1.0])
    lines = [line for line in to_markdown(made).splitlines() if line.startswith("|")]
    widths = {line.replace("\\|", "").count("|") for line in lines[-1:]}
    assert len(widths) == 1
    header = next(line for line in lines if line.startswith("| modality"))
    assert header.count("|") == lines[-1].replace("\\|", "").count("|")


def test_a_window_has_one_column_of_names() -> None:
    """With two rows each node stands above its rows; in a narrow window the baseline is a number alone."""
    rows = {ROW: [judged(entry, 1.0) for entry in SAMPLES], Row(2, "n", "letter"): [judged(s, 0.0) for s in SAMPLES]}
    sections = make_sections(SPEC, SAMPLES, rows)
    modality = next(section for section in sections if section.axis == "modality")
    table = make_screen_table(modality, narrow=True)
    assert (
        "modality",
        "n (clusters)",
        "accuracy",
        "95 % interval",
        "answered",
        "baseline",
        "gain",
        "balanced",
    ) == table.columns
    macros = ["macro over 2 of modality: m", "macro over 2 of modality: n"]
    assert ["CT", "  m", "  n", "MRI", "  m", "  n", "  T1 MRI", "    m", "    n", *macros] == [
        line.cells[0] for line in table.lines
    ]
    assert {len(table.columns)} == {len(line.cells) for line in table.lines}
    assert "100.0" == table.lines[1].cells[5]
    whole = make_screen_table(sections[0], narrow=False)
    assert ("rank", ["1", "2"]) == (whole.columns[7], [line.cells[7] for line in whole.lines[:2]])
    assert "m · letter" == make_screen_table(sections[0], narrow=False).lines[0].cells[0]


def test_a_macro_mean_that_lacks_samples_says_so() -> None:
    """A sample without a reply marks the macro line of its axis as incomplete, in the table and in JSON."""
    samples = [sample(n, ("modality", ("CT", "MRI", "X_ray")[n % 3])) for n in range(6)]
    for last, mark in ((1.0, ""), (None, "*")):
        made = board(samples, [1.0, 1.0, 0.0, 0.0, 1.0, last])
        section = next(entry for entry in made.sections if entry.axis == "modality")
        (macro,) = section.macros
        assert (mark == "*") == macro.incomplete == json.loads(to_json(made))["macros"][0]["incomplete"]
        (line,) = [line for line in make_table(section).lines if line.cells[0].startswith("macro")]
        assert mark == line.cells[3].lstrip("0123456789.")


def test_no_node_shows_more_than_all_points() -> None:
    """Where not even all right against all wrong would show, no smallest difference is printed."""
    samples = [sample(n, ("modality", "CT"), patient="one" if n < 5 else "two") for n in range(6)]
    few = board(samples, [1.0, 1.0, 1.0, 1.0, 1.0, 0.0]).sections[0].cells[0]
    many = board([sample(n, ("modality", "CT")) for n in range(60)], [1.0, 0.0] * 30).sections[0].cells[0]
    assert few.detectable is None
    assert many.detectable is not None
    assert 0 < many.detectable < 1
