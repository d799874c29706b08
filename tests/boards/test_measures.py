"""A benchmark's own measures: on its samples alone, kinds together where the metric takes them, nothing faked."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from vqa_eval.boards import (
    Board,
    Judged,
    Section,
    make_screen_table,
    make_sections,
    make_table,
    own_sections,
    to_csv,
    to_json,
    to_markdown,
)
from vqa_eval.metrics import Metric, find
from vqa_eval.records import Answer, BoardSpec, Kind, Row, Sample, Score

M, N = Row(1, "m", "letter"), Row(2, "n", "letter")
F1, AUC = find("classification.macro_f1"), find("classification.macro_auc")


def sample(at: int, place: str = "skin", kind: Kind = "choice", correct: tuple[int, ...] = ()) -> Sample:
    """Return a sample of a benchmark, or of a part of one."""
    nodes = (("benchmark", *place.split("/")),)
    keyed = correct or (at % 2,)
    if kind != "choice":
        return Sample(f"{place}/{at}", place, "test", kind, "?", references=("yes",), nodes=nodes, cluster=f"{at}")
    return Sample(
        f"{place}/{at}", place, "test", "choice", "?", ("x", "y"), keyed, multi=len(keyed) > 1, nodes=nodes,
        cluster=f"{at}",
    )  # fmt: skip


def read(one: Sample, place: int, metrics: Sequence[Metric], shares: tuple[float, ...] = ()) -> Judged:
    """Return what a row made of a sample by choosing the option at a place, scored by the metrics."""
    answer = Answer("answered", ("AB"[place],), shares=shares)
    scores = (Score(one.id, m.name, m.score(one, answer), (m.unit and m.unit(one, answer)) or ()) for m in metrics)
    return Judged(answer, tuple(scores))


SKIN = [sample(at) for at in range(6)]
GUESSES = (0, 1, 0, 1, 1, 1)
SHARES = ((0.9, 0.1), (0.2, 0.8), (0.6, 0.4), (0.4, 0.6), (0.3, 0.7), (0.1, 0.9))
PLAINLY = [read(one, place, (F1, AUC)) for one, place in zip(SKIN, GUESSES, strict=True)]
SHARED = [read(one, 0, (F1, AUC), shares) for one, shares in zip(SKIN, SHARES, strict=True)]


def only(sections: Sequence[Section]) -> Section:
    """Return the one section."""
    (section,) = sections
    return section


def values(section: Section) -> Mapping[tuple[str, str], float | None]:
    """Return the numbers of a section by model and metric."""
    return {(cell.row.model, cell.metric): cell.value for cell in section.cells}


def reasons(section: Section) -> list[str]:
    """Return why numbers are not there; what is said of intervals left out."""
    return [note for note in section.notes if "resamples" not in note]


def test_probabilities_are_taken_where_they_were_asked() -> None:
    """The AUC is of the log-probabilities, the F1 of the plain replies; a row without them has a dash and a reason."""
    made = own_sections(SKIN, {M: PLAINLY, N: PLAINLY}, {M: SHARED}, {"skin": (AUC, F1)})
    found = values(only(made))
    assert pytest.approx(8 / 9) == found["m", AUC.name]
    assert found["n", AUC.name] is None
    assert found["m", F1.name] == found["n", F1.name] == pytest.approx((0.8 + 6 / 7) / 2)
    assert ["macro AUC of n: needs --channels logprobs"] == reasons(only(made))


def test_who_cannot_be_asked_is_not_told_to_ask() -> None:
    """A row whose model gives no log-probabilities cannot be asked this way; another was not asked yet."""
    rows = {M: PLAINLY, N: PLAINLY}
    made = only(own_sections(SKIN, rows, {N: None}, {"skin": (AUC,)}))
    assert ["macro AUC of m: needs --channels logprobs", "macro AUC of n: cannot be asked this way: logprobs"] == (
        reasons(made)
    )
    both = only(own_sections(SKIN, rows, {M: None, N: None}, {"skin": (AUC,)}))
    assert ["macro AUC: cannot be asked this way: logprobs"] == reasons(both)


def test_what_resamples_lack_is_said() -> None:
    """(1/2)^6 of the resamples of six lack either class: told beside the interval; of two, half, which leaves none."""
    six, two = (only(own_sections(SKIN[:n], {M: PLAINLY[:n]}, {}, {"skin": (F1,)})) for n in (6, 2))
    assert ("macro F1 of m: undefined on 2.7 % of the resamples, which its interval leaves out",) == six.notes
    (said,) = two.notes
    assert said.endswith("% of the resamples, which leaves it without an interval")
    assert (pytest.approx(2 / 2**6, abs=0.01), pytest.approx(0.5, abs=0.05)) == (
        six.cells[0].undefined,
        two.cells[0].undefined,
    )
    assert two.cells[0].interval is None


def test_what_has_a_reply_and_no_score_is_counted() -> None:
    """Two of six without a score make the number incomplete: a star, no gain, and a count beside those missing."""
    partly = [*PLAINLY[:4], *(Judged(entry.answer, ()) for entry in PLAINLY[4:])]
    made = only(own_sections(SKIN, {M: partly}, {}, {"skin": (F1,)}))
    (cell,) = made.cells
    assert (6, 0, 2, None) == (cell.n, cell.missing, cell.unscored, cell.gain)
    line = make_table(made).lines[0].cells
    assert any(text.endswith("2 unscored)") for text in line)
    assert any(text.endswith("*") for text in line)
    (row,) = csv.DictReader(io.StringIO(to_csv(Board("t", (), {1: "s"}, (), own=(made,)))))
    assert ("2", "") == (row["unscored"], row["gain"])


def test_what_was_never_scored_is_not_undefined() -> None:
    """Marks of before the measure have no score of it: that is said with the command, and nothing of the samples."""
    unscored = [Judged(entry.answer, ()) for entry in PLAINLY]
    made = only(own_sections(SKIN, {M: unscored}, {}, {"skin": (F1,)}))
    assert ["macro F1: no score stored yet: vqa-eval score RUN"] == reasons(made)


def test_nobody_asked_for_probabilities() -> None:
    """Without log-probabilities the AUC is never made from right and wrong: the reason is said once."""
    made = only(own_sections(SKIN, {M: PLAINLY, N: PLAINLY}, {}, {"skin": (AUC, F1)}))
    assert [None, None] == [cell.value for cell in made.cells if cell.metric == AUC.name]
    assert ["macro AUC: needs --channels logprobs"] == reasons(made)


def test_plain_replies_may_bring_probabilities() -> None:
    """Replies of another harness that hold log-probabilities are taken as they are."""
    made = only(own_sections(SKIN, {M: SHARED}, {}, {"skin": (AUC,)}))
    assert (pytest.approx(8 / 9), []) == (made.cells[0].value, reasons(made))


def test_what_is_undefined_is_said() -> None:
    """Probabilities of samples of one class have no AUC; that is no want of a channel."""
    one_class = [replace(one, correct=(0,)) for one in SKIN]
    judged = [read(one, 0, (AUC,), shares) for one, shares in zip(one_class, SHARES, strict=True)]
    made = only(own_sections(one_class, {M: judged}, {}, {"skin": (AUC,)}))
    why = "undefined on these samples (undefined where samples offer different classes or lack one)"
    assert (f"macro AUC: {why}",) == made.notes


def test_what_cannot_be_computed_here_says_why() -> None:
    """A metric that lacks something on this machine has a dash and the reason."""
    absent = Metric("a.thing", "1", "higher", ("choice",), "", lambda *_: None, missing=lambda: "pip install it")
    made = only(own_sections(SKIN, {M: PLAINLY}, {}, {"skin": (absent,)}))
    assert (None, ("thing: pip install it",)) == (made.cells[0].value, made.notes)


def test_a_metric_takes_its_samples_and_no_others() -> None:
    """Kinds that it takes count together, other benchmarks and single answers of a multiple measure do not count."""
    both = Metric("a.both", "1", "higher", ("choice", "open"), "", lambda *_: 1.0)
    recall = find("choice.multi_recall")
    samples = [
        sample(0),
        sample(1, kind="open"),
        sample(2, correct=(0, 1)),
        sample(3, "other"),
        sample(4, kind="caption"),
    ]
    judged = [read(one, 0, [metric for metric in (both, recall) if one.kind in metric.kinds]) for one in samples]
    made = only(own_sections(samples, {M: judged}, {}, {"skin": (both, recall), "nowhere": (both,)}))
    assert ([3, 1], "choice and open") == ([cell.n for cell in made.cells], made.kind)
    assert [1.0, 0.5] == [cell.value for cell in made.cells]


def test_a_part_has_its_own() -> None:
    """Measures of a part are those of its samples, and the benchmark's other part has none."""
    samples = [sample(at, f"slides/{'ab'[at % 2]}") for at in range(4)]
    judged = [read(one, 0, (F1,)) for one in samples]
    made = only(own_sections(samples, {M: judged}, {}, {"slides/a": (F1,)}))
    assert ("slides/a", [2]) == (made.benchmark, [cell.n for cell in made.cells])


def test_a_missing_reply_is_counted() -> None:
    """A number of which replies are missing says how many, has no gain, and is no want of a channel."""
    nothing = [Judged(None, ())] * 6
    made = only(own_sections(SKIN, {M: [*PLAINLY[:5], nothing[0]], N: nothing}, {}, {"skin": (F1,)}))
    assert [(1, False), (6, True)] == [(cell.missing, cell.value is None) for cell in made.cells]
    assert ([None, None], []) == ([cell.gain for cell in made.cells], reasons(made))


def test_floors_stand_beside_them() -> None:
    """Macro F1 is held against the macro F1 of answering without looking: here always one of two equal classes."""
    cell = only(own_sections(SKIN, {M: PLAINLY}, {}, {"skin": (F1,)})).cells[0]
    assert cell.best_baseline is not None
    assert pytest.approx(1 / 3) == cell.best_baseline.value


def test_a_board_shows_them_once() -> None:
    """They stand in a table of their own, not in that of the kind; files hold them with their benchmark and why not."""
    own = own_sections(SKIN, {M: PLAINLY}, {}, {"skin": (AUC, F1)})
    sections = make_sections(BoardSpec("b", "", ()), SKIN, {M: PLAINLY}, {AUC.name, F1.name})
    assert [["choice.accuracy"]] == [[metric.name for metric in section.metrics] for section in sections]
    board = Board("t", sections, {1: "s"}, (), own=own)
    for table in (make_table(own[0]), make_screen_table(own[0], narrow=True)):
        assert "skin, its own measures" == table.title
        assert {len(table.columns)} == {len(line.cells) for line in table.lines}
    text = to_markdown(board)
    assert (
        text.index("## Skin, its own measures") < text.index("macro AUC: needs --channels") < text.index("## Multiple")
    )
    rows = [row for row in csv.DictReader(io.StringIO(to_csv(board))) if row["profile"] == "own"]
    assert [("benchmark", "skin", AUC.name), ("benchmark", "skin", F1.name)] == [
        (row["axis"], row["node"], row["metric"]) for row in rows
    ]
    document = json.loads(to_json(board))
    assert {"skin": list(own[0].notes)} == document["own_notes"]
    assert {AUC.name, F1.name, "choice.accuracy"} == document["metrics"].keys()
