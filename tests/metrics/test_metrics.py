"""Metrics as values: what they score, and how they are found."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval import metrics
from vqa_eval.errors import CatalogError
from vqa_eval.metrics.text import tokens
from vqa_eval.records import Answer, Sample

ACCURACY = metrics.find("choice.accuracy")
EXACT = metrics.find("text.exact_match")
F1 = metrics.find("text.token_f1")


def asked(*correct: int, multi: bool = False) -> Sample:
    """Return a choice sample of four options."""
    return Sample("s", "b", "t", "choice", "?", options=("w", "x", "y", "z"), correct=correct, multi=multi)


def opened(*references: str) -> Sample:
    """Return an open sample."""
    return Sample("s", "b", "t", "open", "?", references=references)


def said(text: str) -> Answer:
    """Return an answer with a text."""
    return Answer("answered", text=text)


@pytest.mark.parametrize(
    ("letters", "correct", "expected"),
    [
        (("B",), (1,), 1.0),
        (("A",), (1,), 0.0),
        (("2",), (1,), 1.0),
        (("b",), (1,), 1.0),
        (("A", "C"), (2, 0), 1.0),
        (("A",), (0, 2), 0.0),
        (("A", "B", "C"), (0, 2), 0.0),
        (("E",), (1,), 0.0),
        (("5",), (1,), 0.0),
    ],
)
def test_accuracy_wants_exactly_the_right_options(
    letters: tuple[str, ...], correct: tuple[int, ...], expected: float
) -> None:
    """The chosen labels must name exactly the right options, in any order."""
    assert expected == ACCURACY.score(asked(*correct), Answer("answered", letters=letters))


@pytest.mark.parametrize("status", ["refused", "hedged", "conflict", "out_of_range", "truncated", "empty", "unparsed"])
def test_no_answer_scores_zero(status: str) -> None:
    """A reply that is no answer is wrong, whatever it carries."""
    answer = Answer(status, letters=("B",), text="lung")
    assert 0.0 == ACCURACY.score(asked(1), answer)
    assert 0.0 == EXACT.score(opened("lung"), answer)
    assert 0.0 == F1.score(opened("lung"), answer)


def test_without_key_nothing_is_scored() -> None:
    """A sample without a key has no score, which is not a zero."""
    for metric in (ACCURACY, EXACT, F1):
        assert metric.score(Sample("s", "b", "t", "open", "?"), Answer("empty")) is None


@pytest.mark.parametrize(
    ("text", "reference", "exact", "f1"),
    [
        ("the Left lung.", "left lung", 1.0, 1.0),
        ("left lung", "right lung", 0.0, 0.5),
        ("lung lung", "lung", 0.0, 2 / 3),
        ("liver", "lung", 0.0, 0.0),
        ("a", "A", 1.0, 1.0),
        ("the", "a", 0.0, 0.0),
        ("?", "?", 1.0, 1.0),
        ("?", "!", 0.0, 0.0),
        ("1.5 mm", "15 mm", 0.0, 0.5),
        ("-4", "4", 0.0, 0.0),
        ("1/2", "1/3", 0.0, 0.0),
        ("Crohn’s disease", "crohns disease", 1.0, 1.0),
        ("well-defined", "well defined", 1.0, 1.0),
        ("左肺", "右肺", 0.0, 0.5),
        ("左肺。", "左肺", 1.0, 1.0),
        ("β-thalassemia", "ß-thalassemia", 0.0, 0.5),
        ("Ｌｕｎｇ", "lung", 1.0, 1.0),
        ("Лёгкое", "лёгкое", 1.0, 1.0),
        ("", "lung", 0.0, 0.0),
    ],
)
def test_text_is_compared_in_any_script(text: str, reference: str, exact: float, f1: float) -> None:
    """Case, articles and punctuation do not count; signs that change a number do; nothing is emptied."""
    assert exact == EXACT.score(opened(reference), said(text))
    assert f1 == pytest.approx(F1.score(opened(reference), said(text)))


def test_best_reference_counts() -> None:
    """The nearest of several references gives the score."""
    assert 1.0 == EXACT.score(opened("liver", "lung"), said("lung"))
    assert 1.0 == F1.score(opened("liver", "lung"), said("lung"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_scores_lie_in_the_unit_interval(one: str, other: str) -> None:
    """F1 is symmetric and in [0, 1], and 1 where the texts match exactly."""
    forth, back = F1.score(opened(other), said(one)), F1.score(opened(one), said(other))
    assert forth == back
    assert forth is not None
    assert 0.0 <= forth <= 1.0
    if tokens(one) and EXACT.score(opened(other), said(one)):
        assert 1.0 == forth


@given(st.text(min_size=1, max_size=40))
def test_no_text_is_emptied(text: str) -> None:
    """A text with something visible has tokens."""
    if any(character.isalnum() for character in text):
        assert tokens(text)


CAPTION = ["caption.rouge_l", *(f"caption.bleu{order}" for order in range(1, 5)), "caption.cider_d"]


def test_name_is_the_registry() -> None:
    """A metric is found by module and attribute; the defaults of each kind exist and fit it."""
    assert {"choice.accuracy", "text.exact_match", "text.token_f1"} <= set(metrics.names())
    for name in metrics.names():
        assert name == metrics.find(name).name
    for kind, names in (
        ("choice", ["choice.accuracy"]),
        ("open", ["text.exact_match", "text.token_f1"]),
        ("caption", [*CAPTION, "text.token_f1", "caption.length_ratio"]),
    ):
        assert names == [metric.name for metric in metrics.for_kind(kind)]
        assert all(kind in metric.kinds for metric in metrics.for_kind(kind))


@pytest.mark.parametrize(
    "name", ["", "choice", "choice.", "choice.acuracy", "os.path", "text.tokens", "..x", "choice.a.b"]
)
def test_unknown_metric_names_what_exists(name: str) -> None:
    """A name that is no metric is an error that lists those there are."""
    with pytest.raises(CatalogError) as caught:
        metrics.find(name)
    assert "choice.accuracy" in caught.value.hint


def test_unknown_kind_is_an_error() -> None:
    """A kind of sample that does not exist is an error that lists those that do."""
    with pytest.raises(CatalogError) as caught:
        metrics.for_kind("video")
    assert "caption" in caught.value.hint
