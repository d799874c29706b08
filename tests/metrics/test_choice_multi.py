"""GMAI-MMBench's measures of questions with several right options, by hand and by what always holds."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval import metrics
from vqa_eval.records import Answer, Sample

EXACT = metrics.find("choice.accuracy")
ACC = metrics.find("choice.multi_accuracy")
RECALL = metrics.find("choice.multi_recall")


def asked(*correct: int, multi: bool = True) -> Sample:
    """Return a question of five options with several right ones."""
    return Sample("s", "b", "t", "choice", "?", options=tuple("vwxyz"), correct=correct, multi=multi)


@pytest.mark.parametrize(
    ("said", "correct", "acc", "recall", "exact"),
    [
        ("AC", (0, 2), 1.0, 1.0, 1.0),
        ("CA", (0, 2), 1.0, 1.0, 1.0),
        ("A", (0, 2), 1.0, 1 / 2, 0.0),
        ("AB", (0, 2), 1 / 2, 1 / 2, 0.0),
        ("ABC", (0, 2), 2 / 3, 1.0, 0.0),
        ("ABCDE", (0, 2), 2 / 5, 1.0, 0.0),
        ("BD", (0, 2), 0.0, 0.0, 0.0),
        ("ABE", (0, 1, 2, 3), 2 / 3, 2 / 4, 0.0),
        ("B", (1,), 1.0, 1.0, 1.0),
        ("13", (0, 2), 1.0, 1.0, 1.0),
    ],
)
def test_by_hand(said: str, correct: tuple[int, ...], acc: float, recall: float, exact: float) -> None:
    """ACC divides the matches by what was chosen, Recall by what is right; the exact set is our own measure beside."""
    sample, answer = asked(*correct), Answer("answered", tuple(said))
    assert (acc, recall, exact) == (
        ACC.score(sample, answer),
        RECALL.score(sample, answer),
        EXACT.score(sample, answer),
    )


def test_a_label_counts_once() -> None:
    """A letter that is said twice is chosen once; a label of no option is chosen and never right."""
    assert (1 / 2, 1 / 2) == tuple(m.score(asked(0, 2), Answer("answered", tuple("AABB"))) for m in (ACC, RECALL))
    assert (1 / 3, 1 / 2) == tuple(m.score(asked(0, 2), Answer("answered", tuple("AYZ"))) for m in (ACC, RECALL))


@pytest.mark.parametrize("status", ["refused", "hedged", "conflict", "out_of_range", "truncated", "empty", "unparsed"])
def test_an_abstention_counts_nought(status: str) -> None:
    """A reply that is no answer scores 0 in both; so does an answer that names no option."""
    for answer in (Answer(status, tuple("AC")), Answer("answered")):
        assert (0.0, 0.0) == (ACC.score(asked(0, 2), answer), RECALL.score(asked(0, 2), answer))


def test_other_questions_have_no_such_score() -> None:
    """A question for one option, and one without a key, are not measured, which is not a zero."""
    answer = Answer("answered", ("A",))
    for metric in (ACC, RECALL):
        assert metric.score(asked(0, multi=False), answer) is None
        assert metric.score(asked(), answer) is None


letters = st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=8).map(tuple)
keys = st.sets(st.integers(0, 4), min_size=1).map(sorted).map(tuple)


@given(letters, keys)
def test_what_always_holds(said: tuple[str, ...], correct: tuple[int, ...]) -> None:
    """Both lie in [0, 1], count the same matches, are 1 together where the sets are equal, and need no order."""
    sample = asked(*correct)
    acc, recall = (metric.score(sample, Answer("answered", said)) for metric in (ACC, RECALL))
    assert acc is not None
    assert recall is not None
    assert 0 <= acc <= 1
    assert 0 <= recall <= 1
    assert round(acc * len(set(said)), 9) == round(recall * len(correct), 9)
    assert (1.0 == acc == recall) is (1.0 == EXACT.score(sample, Answer("answered", said)))
    assert (acc, recall) == tuple(m.score(sample, Answer("answered", said[::-1])) for m in (ACC, RECALL))
