"""Tables and files of a board: every line whole, and ranks, macro means and balanced accuracy where they belong."""

import csv
import io
import json
import warnings
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from tests.boards.test_checks import due_of
from vqa_eval.boards import (
    Board,
    Cell,
    Judged,
    Section,
    make_screen_table,
    make_sections,
    make_table,
    to_checks_csv,
    to_csv,
    to_json,
    to_markdown,
    variant_checks,
)
from vqa_eval.boards.documents import markdown_table
from vqa_eval.records import PLAIN, Answer, BoardSpec, Kind, ModelIdentity, Node, Row, Sample, Score, Variant
from vqa_eval.stats import macro_mean, rank_bootstrap
from vqa_eval.stats.balanced import balanced_mean

SPEC = BoardSpec("b", "", ("modality", "task"))
ROWS = tuple(Row(at, name, "letter", ModelIdentity(name, "engine", "rev")) for at, name in enumerate("mno", start=1))
HEADLINES: dict[Kind, str] = {"choice": "choice.accuracy", "open": "text.exact_match"}
PLACES: tuple[tuple[Node, ...], ...] = (
    (("modality", "CT"),),
    (("modality", "MRI", "T1 MRI"), ("task", "Organ")),
    (("modality", "MRI"), ("task", "Bone")),
    (("modality", "X-ray"), ("task", "Organ")),
    (),
)

Values = Sequence[float | None]


def sample(at: int, key: str = "x", cluster: str = "", nodes: tuple[Node, ...] = (), benchmark: str = "b") -> Sample:
    """Return a choice between x, y and z with a key."""
    options = ("x", "y", "z")
    return Sample(
        f"{benchmark}/{at}", benchmark, "test", "choice", "?", options, (options.index(key),), nodes=nodes,
        cluster=cluster or f"p{at}",
    )  # fmt: skip


def judged(one: Sample, value: float | None) -> Judged:
    """Return what a row made of a sample; None is no reply."""
    if value is None:
        return Judged(None, ())
    return Judged(Answer("answered", ("A",)), (Score(one.id, HEADLINES[one.kind], value),))


def sections(samples: Sequence[Sample], rows: Sequence[Values]) -> tuple[Section, ...]:
    """Return the sections of rows of headline scores."""
    made = {
        row: [judged(*entry) for entry in zip(samples, values, strict=True)]
        for row, values in zip(ROWS, rows, strict=False)
    }
    return make_sections(SPEC, samples, made)


def whole(samples: Sequence[Sample], rows: Sequence[Values]) -> Section:
    """Return the section of the whole selection."""
    return next(section for section in sections(samples, rows) if not section.axis)


@st.composite
def boards(draw: st.DrawFn) -> Board:
    """Draw a board of one to three rows over choice and open samples of some nodes, with replies missing."""
    count = draw(st.integers(1, 14))
    samples = [
        sample(at, draw(st.sampled_from("xyz")), draw(st.sampled_from("pqrs")), draw(st.sampled_from(PLACES)))
        for at in range(count)
    ]
    samples = [
        replace(one, kind="open", options=(), correct=(), references=("yes",)) if draw(st.booleans()) else one
        for one in samples
    ]
    value = st.sampled_from([0.0, 1.0, 1.0, None])
    rows = [[draw(value) for _ in samples] for _ in range(draw(st.integers(1, 3)))]
    put = {
        row: {PLAIN: [judged(*entry) for entry in zip(samples, values, strict=True)]}
        for row, values in zip(ROWS, rows, strict=False)
    }
    for ways in put.values():
        ways[Variant("blind")] = [judged(one, draw(value)) for one in samples]
    nodes: dict[Node, Sequence[int]] = {(): range(count), ("modality", "CT"): range(0, count, 2)}
    return Board(
        "a | title",
        sections(samples, rows),
        {row.number: f"signature {row.number}" for row in put},
        ("a note",),
        variant_checks(samples, put, nodes, due_of(*put.values())),
    )


@settings(deadline=None, max_examples=60)
@given(boards(), st.booleans())
def test_every_line_is_whole(board: Board, narrow: bool) -> None:
    """In every table, for files and for windows, each line has a cell for each column, and columns know their side."""
    for section in board.sections:
        for table in (make_table(section), make_screen_table(section, narrow)):
            assert {len(table.columns)} == {len(line.cells) for line in table.lines}
            assert len(table.columns) == len(table.numeric)
            assert len(table.columns) == len(set(table.columns))
    text = to_markdown(board)
    for section in board.sections:
        assert all(line in text.splitlines() for line in markdown_table(make_table(section)))


@settings(deadline=None, max_examples=60)
@given(boards())
def test_files_hold_the_same_numbers(board: Board) -> None:
    """CSV and JSON hold each cell and each figure once, unrounded and alike, absent ones empty and null."""
    document = json.loads(to_json(board))
    cells = [cell for section in board.sections for cell in section.cells]
    rows = list(csv.DictReader(io.StringIO(to_csv(board))))
    assert len(cells) == len(rows) == len(document["cells"])
    for cell, row, entry in zip(cells, rows, document["cells"], strict=True):
        interval = (cell.interval.low, cell.interval.high) if cell.interval else (None, None)
        assert (cell.value, *interval, cell.n, cell.missing) == tuple(
            entry[name] for name in ("value", "low", "high", "n", "missing")
        )
        for name in row.keys() - {"node"}:
            assert ("" if entry[name] is None else str(entry[name])) == row[name]
    figures = list(csv.DictReader(io.StringIO(to_checks_csv(board))))
    made = [figure for check in board.checks for line in check.lines for figure in line.figures]
    assert [figure.value for figure in made] == [entry["value"] for entry in document["figures"]]
    for row, entry in zip(figures, document["figures"], strict=True):
        assert row == {name: "" if value is None else str(value) for name, value in entry.items()}
    macros = [macro for section in board.sections for macro in section.macros]
    assert [macro.value for macro in macros] == [entry["value"] for entry in document["macros"]]


@settings(deadline=None, max_examples=40)
@given(boards())
def test_a_macro_mean_is_the_mean_of_its_nodes(board: Board) -> None:
    """A row's macro mean over an axis is the mean of its numbers on the nodes directly under the axis."""
    for section in board.sections:
        for macro in section.macros:
            top = [cell for cell in section.cells if cell.row == macro.row and len(cell.node) == 2]
            numbers = [cell.value for cell in top if cell.value is not None]
            assert len(numbers) == macro.nodes > 1
            assert sum(numbers) / len(numbers) == pytest.approx(macro.value)
        if section.axis:
            scored = {
                row: sum(cell.value is not None and len(cell.node) == 2 for cell in section.cells if cell.row == row)
                for row in {cell.row for cell in section.cells}
            }
            assert {row for row, nodes in scored.items() if nodes > 1} == {macro.row for macro in section.macros}


def test_nodes_count_alike_in_a_macro_mean() -> None:
    """Three of four right in one modality and none of one in another is 0.375, with the interval of the statistic."""
    places = [PLACES[0]] * 4 + [PLACES[3]] * 2
    samples = [sample(at, nodes=nodes) for at, nodes in enumerate(places)]
    values = [1.0, 1.0, 1.0, 0.0, 0.0, 0.0]
    section = next(one for one in sections(samples, [values]) if one.axis == "modality")
    (macro,) = section.macros
    expected = macro_mean([(values[:4], list("abcd")), (values[4:], list("ef"))])
    assert (0.375, 2, expected.interval) == (macro.value, macro.nodes, macro.interval)
    last = make_table(section).lines[-1]
    assert ("macro over 2 of modality", "m", "", "37.5") == last.cells[:4]


def test_macro_lines_name_their_prompt() -> None:
    """Two prompts of one model are two macro lines that can be told apart in a window."""
    samples = [sample(at, nodes=PLACES[0] if at % 2 else PLACES[3]) for at in range(6)]
    read = [judged(one, 1.0) for one in samples]
    made = make_sections(SPEC, samples, {Row(1, "m", "letter"): read, Row(2, "m", "steps"): read})
    section = next(one for one in made if one.axis == "modality")
    names = [line.cells[0] for line in make_screen_table(section, narrow=False).lines if "macro" in line.cells[0]]
    assert 2 == len(names) == len(set(names))


def test_ranks_are_on_common_samples() -> None:
    """Rows are ranked by the headline on the samples that all have a score on: a missing reply is no lost place."""
    rows: list[Values] = [[1.0, 1.0, 1.0, 0.0, 1.0, None], [0.0, 1.0, 0.0, 0.0, None, 1.0], [0.0] * 4 + [1.0, 1.0]]
    samples = [sample(at) for at in range(6)]
    section = whole(samples, rows)
    expected = rank_bootstrap([[value or 0.0 for value in row[:4]] for row in rows], [f"p{at}" for at in range(4)])
    assert dict(zip((1, 2, 3), expected.ranks, strict=True)) == section.ranking
    assert [0.75, 0.25, 0.0] == [section.ranking[row].mean for row in (1, 2, 3)]
    table = make_table(section)
    at = table.columns.index("rank")
    shown = [line.cells[at] for line in table.lines if not line.baseline]
    assert [rank.shown for rank in expected.ranks] == shown
    assert {""} == {line.cells[at] for line in table.lines if line.baseline}


def test_one_row_has_no_rank() -> None:
    """A single row is not ranked, and rows without a sample in common are not either."""
    samples = [sample(at) for at in range(2)]
    assert {} == whole(samples, [[1.0, 0.0]]).ranking
    assert "rank" not in make_table(whole(samples, [[1.0, 0.0]])).columns
    assert {} == whole(samples, [[1.0, None], [None, 1.0]]).ranking
    nodes = [sample(at, nodes=PLACES[at]) for at in range(4)]
    assert {} == next(one for one in sections(nodes, [[1.0] * 4, [0.0] * 4]) if one.axis).ranking


def test_the_headline_alone_is_ranked() -> None:
    """Of several metrics only the first has ranks; in files the others' are empty."""
    samples = [Sample(f"b/{at}", "b", "test", "open", "?", references=("yes",), cluster=f"p{at}") for at in range(3)]
    section = whole(samples, [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]])
    board = Board("t", (section,), {1: "s", 2: "s"}, ())
    rows = list(csv.DictReader(io.StringIO(to_csv(board))))
    ranked = {row["metric"] for row in rows if row["rank_low"]}
    assert {"text.exact_match"} == ranked < {row["metric"] for row in rows}


def balanced(cell: Cell) -> tuple[object, ...]:
    """Return value and interval of a cell's balanced accuracy; nothing where it has none."""
    return tuple((aside.value, aside.interval) for aside in cell.asides if aside.name == "balanced")


@pytest.mark.parametrize(
    ("key", "shown"),
    [
        ("xxxyz", False),
        ("xxxxyyzzzz", False),
        ("xxxxxxyyzz", False),
        ("xxxxxxxyyz", True),
        ("xxxy", True),
        ("xxxx", False),
    ],
)
def test_balanced_accuracy_stands_where_one_class_rules(key: str, shown: bool) -> None:
    """It appears where one class holds more than 60 % of the key, and not where that is all of it."""
    samples = [sample(at, letter) for at, letter in enumerate(key)]
    (cell,) = whole(samples, [[1.0] * len(key)]).cells
    assert shown == bool(balanced(cell))


@pytest.mark.parametrize(("one", "other", "shown"), [("xxxxxxxyyy", "yyyyyyyxxx", False), ("xxxxxxxxxx", "yy", True)])
def test_one_class_rules_a_node_not_a_benchmark(one: str, other: str, shown: bool) -> None:
    """What one class holds is its share of the node's key, over all its benchmarks."""
    keys = [("b", key) for key in one] + [("c", key) for key in other]
    samples = [sample(at, key, benchmark=name) for at, (name, key) in enumerate(keys)]
    (cell,) = whole(samples, [[1.0] * len(samples)]).cells
    assert shown == bool(balanced(cell))


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from("xxxxyz"), st.sampled_from([0.0, 1.0, None]), st.sampled_from("pqrs"))))
def test_balanced_accuracy_is_that_of_the_library(drawn: list[tuple[str, float | None, str]]) -> None:
    """Where it appears it is scikit-learn's, on the samples with a reply, with its interval under clustering."""
    drawn += [("x", 1.0, "p"), ("y", 0.0, "q")]
    samples = [sample(at, key, cluster) for at, (key, _, cluster) in enumerate(drawn)]
    (cell,) = whole(samples, [[value for _, value, _ in drawn]]).cells
    keys = [key for key, _, _ in drawn]
    share = max(map(keys.count, keys)) / len(keys)
    assert (share > 0.6) == bool(balanced(cell))
    scored = [(key, value, cluster) for key, value, cluster in drawn if value is not None]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a class that is never the key is called: that is what a miss is here
        expected = balanced_accuracy_score(
            [key for key, _, _ in scored], [key if value else "none" for key, value, _ in scored]
        )
    interval = balanced_mean(
        [value for _, value, _ in scored], [key for key, _, _ in scored], [cluster for _, _, cluster in scored]
    ).interval
    assert share <= 0.6 or ((pytest.approx(expected), interval),) == balanced(cell)


def test_a_class_is_a_text_not_a_letter() -> None:
    """A key whose letters differ but whose texts are nearly all one is lopsided, and no other way round."""
    one_text = [
        replace(sample(at), options=("no", "yes") if at % 2 else ("yes", "no"), correct=(at % 2,)) for at in range(8)
    ]
    one_letter = [replace(sample(at), options=(f"text {at}", "other"), correct=(0,)) for at in range(8)]
    rare = replace(sample(8), options=("yes", "no"), correct=(1,))
    for samples, shown in ((one_text, True), (one_letter, False)):
        (cell,) = whole([*samples, rare], [[1.0] * 9]).cells
        assert shown == bool(balanced(cell))


def test_open_questions_have_no_classes() -> None:
    """Balanced accuracy is of questions with options alone, however often one text is the key."""
    samples = [
        Sample(f"b/{at}", "b", "test", "open", "?", references=("yes" if at else "no",), cluster=f"p{at}")
        for at in range(9)
    ]
    assert {()} == {balanced(cell) for cell in whole(samples, [[1.0] * 9]).cells}
