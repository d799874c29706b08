"""Benchmarks side by side: a row a model, a column a benchmark or part of one, kinds apart, in any window."""

import csv
import io
import itertools
import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from vqa_eval.boards import (
    Board,
    Judged,
    Summary,
    Table,
    make_sections,
    make_summaries,
    summary_tables,
    to_csv,
    to_json,
    to_markdown,
    to_wide_csv,
)
from vqa_eval.records import Answer, BoardSpec, Kind, Row, Sample, Score
from vqa_eval.stats import macro_mean

ROWS = tuple(Row(at, name, "letter") for at, name in enumerate(("m", "openai:some/very-long-model-name-70B"), start=1))
METRICS: dict[Kind, tuple[str, ...]] = {
    "choice": ("choice.accuracy",),
    "open": ("text.exact_match", "text.token_f1"),
    "caption": ("caption.rouge_l",),
}


def sample(at: int, *place: str, kind: Kind = "choice") -> Sample:
    """Return a sample of a benchmark or of a part of one."""
    keyed: dict[str, object] = {"options": ("x", "y"), "correct": (at % 2,)}
    keyed = keyed if kind == "choice" else {"references": ("yes",)}
    return Sample(
        f"{'/'.join(place)}/{at}", place[0], "test", kind, "?", nodes=(("benchmark", *place),),
        cluster=f"{place[0]}{at}", **keyed,
    )  # fmt: skip


def judged(one: Sample, value: float | None) -> Judged:
    """Return what a row made of a sample; None is no reply."""
    if value is None:
        return Judged(None, ())
    return Judged(Answer("answered", ("A",)), tuple(Score(one.id, name, value) for name in METRICS[one.kind]))


SAMPLES = (
    [sample(at, "a") for at in range(4)]
    + [sample(at, "b") for at in range(2)]
    + [sample(at, "b", kind="open") for at in range(2, 4)]
)
VALUES = (1.0, 1.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0)


Values = Sequence[float | None]


def rows_of(samples: Sequence[Sample], values: Sequence[Values]) -> dict[Row, list[Judged]]:
    """Return rows of values as they are read from a run."""
    return {row: list(map(judged, samples, each)) for row, each in zip(ROWS, values, strict=False)}


def made(samples: Sequence[Sample], *rows: Values) -> tuple[Summary, ...]:
    """Return the summaries of rows of values."""
    return make_summaries(samples, rows_of(samples, rows))


def board(samples: Sequence[Sample], *rows: Values) -> Board:
    """Return a whole board of rows of values."""
    read = rows_of(samples, rows)
    sections = make_sections(BoardSpec("b", "", ("benchmark",)), samples, read)
    return Board("t", sections, {1: "s", 2: "s"}, (), summaries=make_summaries(samples, read))


def test_a_benchmark_has_a_column_and_a_kind_a_table() -> None:
    """Choice stands over both benchmarks, open under two metrics of its own over the one that has such samples."""
    found = made(SAMPLES, VALUES)
    assert [
        ("choice.accuracy", ["a", "b"]),
        ("text.exact_match", ["b"]),
        ("text.token_f1", ["b"]),
    ] == [(summary.metric.name, [spot.name for spot in summary.spots]) for summary in found]
    (glance,) = found[0].glances
    assert [0.75, 0.0] == [cell.value for cell in glance.cells]
    assert glance.whole is not None
    assert (0.5, 6) == (glance.whole.value, glance.whole.n)


def test_the_macro_mean_weighs_benchmarks_alike() -> None:
    """Three of four and none of two are 0.375, with the interval of the statistic."""
    (glance,) = made(SAMPLES, VALUES)[0].glances
    expected = macro_mean([(VALUES[:4], list("0123")), (VALUES[4:6], list("45"))])
    assert glance.macro is not None
    assert (0.375, expected.interval) == (glance.macro.value, glance.macro.interval)


def test_no_macro_mean_without_every_benchmark() -> None:
    """A row that replied to nothing of one benchmark has no mean over both, and a dash there."""
    summary = made(SAMPLES, (1.0, 1.0, 1.0, 0.0, None, None, None, None))[0]
    assert summary.glances[0].macro is None
    (table,) = summary_tables(summary, 200)
    assert ["–", "–"] == [table.lines[0].cells[2], table.lines[0].cells[4]]


@pytest.mark.parametrize("places", [[("a",)], [("a", "x")]])
def test_one_benchmark_needs_no_summary(places: list[tuple[str, ...]]) -> None:
    """Where all samples are of one benchmark or part the whole selection says it all."""
    samples = [sample(at, *place) for at in range(3) for place in places]
    assert () == made(samples, [1.0] * 3)


def test_parts_are_never_pooled() -> None:
    """Parts of one benchmark have a column each, and neither a number over both nor a mean; nor has the axis."""
    samples = [sample(at, "a", part) for at in range(2) for part in ("x", "y")]
    (summary,) = made(samples, [1.0] * 4)
    assert (None, ["a/x", "a/y"]) == (summary.whole, [spot.name for spot in summary.spots])
    assert [(None, None)] == [(glance.whole, glance.macro) for glance in summary.glances]
    *wholes, axis = board(samples, [1.0] * 4).sections
    places = [("benchmark", "a", "x"), ("benchmark", "a", "y")]
    assert [[place] for place in places] == [[cell.node for cell in whole.cells] for whole in wholes]
    assert ["a/x", "a/y"] == [whole.benchmark for whole in wholes]
    assert (places, ()) == ([cell.node for cell in axis.cells], axis.macros)


def test_parts_are_not_pooled_beside_another_benchmark() -> None:
    """With a second benchmark there is still no number over all, and each place has tables and ranks of its own."""
    samples = [sample(at, *place) for at in range(3) for place in (("a", "x"), ("a", "y"), ("b",))]
    samples = [replace(one, nodes=(*one.nodes, ("modality", "CT"))) for one in samples]
    values = [[1.0] * 9, [0.0] * 9]
    (summary,) = made(samples, *values)
    assert (None, 3) == (summary.whole, len(summary.spots))
    sections = make_sections(BoardSpec("b", "", ("benchmark", "modality")), samples, rows_of(samples, values))
    assert [
        ("a/x", "", 2),
        ("a/y", "", 2),
        ("b", "", 2),
        ("", "benchmark", 0),
        ("a/x", "modality", 0),
        ("a/y", "modality", 0),
        ("b", "modality", 0),
    ] == [(section.benchmark, section.axis, len(section.ranking)) for section in sections]
    assert {3} == {cell.n for section in sections for cell in section.cells}
    assert not any(section.macros for section in sections)
    whole = Board("t", sections, {1: "s", 2: "s"}, ())
    titles = [line for line in to_markdown(whole).splitlines() if "of a/x" in line]
    assert ["## Multiple choice of a/x, accuracy", "## Multiple choice of a/x by modality"] == titles
    lines = list(csv.DictReader(io.StringIO(to_csv(whole))))
    named = {tuple(line[name] for name in ("benchmark", "axis", "node", "model")) for line in lines}
    assert (18, 18) == (len(lines), len(named))


def test_what_is_missing_is_marked() -> None:
    """A number of which replies are missing bears a star, and so do the numbers over all benchmarks."""
    (table,) = summary_tables(made(SAMPLES, (1.0, None, *VALUES[2:]))[0], 200)
    marked = [cell.partition(" ")[0].endswith("*") for cell in table.lines[0].cells[1:]]
    assert [True, True, True, False] == marked


def test_baselines_stand_beneath() -> None:
    """Each way of answering without looking has its line, in the mean over benchmarks too."""
    (table,) = summary_tables(made(SAMPLES, VALUES)[0], 200)
    found = {line.cells[0]: line.cells[1:] for line in table.lines if line.baseline}
    assert {"uniform", "majority letter", "majority text", "longest option"} == found.keys()
    assert ("50.0", "50.0", "50.0", "50.0") == found["uniform"]


def width(table: Table, gap: int) -> int:
    """Return the columns that a table takes, its names as long as they are."""
    columns = zip(table.columns, *(line.cells for line in table.lines), strict=True)
    return sum(max(len(part) for text in column for part in text.split("\n")) + gap for column in columns)


MANY = [sample(at, f"benchmark-with-a-name-{place}") for place in range(8) for at in range(4)]


@pytest.mark.parametrize(("window", "rows", "count"), [*itertools.product((80, 100, 140), (1, 2), (2, 3, 8))])
def test_it_fits_the_window(window: int, rows: int, count: int) -> None:
    """Whatever the window, no table is wider once long names are folded, and no column is lost or shown twice."""
    samples = MANY[: 4 * count]
    (summary,) = made(samples, *[[1.0, 0.0] * (2 * count)] * rows)
    tables = summary_tables(summary, window)
    for table in tables:
        longest = max(len(part) for line in table.lines for part in line.cells[0].split("\n"))
        assert window >= width(table, 1) - max(0, longest - 24)
        assert {len(table.columns)} == {len(line.cells) for line in table.lines} == {len(table.numeric)}
    heads = [head for table in tables for head in table.columns[1:]]
    assert (2 + count, len(set(heads))) == (len(heads), len(heads))


def test_a_wide_window_has_intervals_beside_their_values() -> None:
    """A cell is one line where there is room and two where there is not; the number is the same."""
    summary = made(SAMPLES, VALUES)[0]
    (wide,), narrow = summary_tables(summary, 200), summary_tables(summary, 50)
    assert wide.lines[0].cells[3].startswith("75.0 [")
    assert any(cell.startswith("75.0\n") for table in narrow for cell in table.lines[0].cells)


def test_the_files_hold_the_summary() -> None:
    """Markdown has the tables, JSON every number, and the wide CSV a line a model and a column a benchmark."""
    both = board(SAMPLES, VALUES, (None, *VALUES[1:]))
    text = to_markdown(both)
    assert "## At a glance: multiple choice, accuracy" in text
    assert "| model · prompt<br>n (clusters) | all<br>6 (6) | macro<br>of 2 | a<br>4 (4) | b<br>2 (2) |" in text
    entries = json.loads(to_json(both))["summary"]
    choice = [entry for entry in entries if entry["kind"] == "choice" and entry["model"] == "m"]
    assert [("all", 0.5), ("macro", 0.375), ("a", 0.75), ("b", 0.0)] == [(e["benchmark"], e["value"]) for e in choice]
    rows = list(csv.DictReader(io.StringIO(to_wide_csv(both))))
    assert 2 * 3 == len(rows)
    first = next(row for row in rows if (row["metric"], row["model"]) == ("choice.accuracy", "m"))
    assert ("0.75", "4", "0") == tuple(first[f"a{part}"] for part in ("", " n", " missing"))
    opened = next(row for row in rows if row["kind"] == "open")
    assert ("", "", "0.5", "2") == (opened["a"], opened["all"], opened["b"], opened["b n"])
    second = next(row for row in rows if (row["metric"], row["model"]) == ("choice.accuracy", ROWS[1].model))
    assert ("1", "1", "0") == tuple(second[f"{name} missing"] for name in ("all", "macro", "b"))
    assert to_csv(replace(both, summaries=())) == to_csv(both)
