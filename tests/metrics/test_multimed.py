"""MultiMedBench's own measures: choices as generated text, and conditions averaged after each is measured."""

from string import ascii_uppercase

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score, roc_auc_score

from vqa_eval import metrics
from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.multimed import CONDITIONS
from vqa_eval.records import Answer, Sample

BLEU, TOKENS = metrics.find("multimed.bleu1"), metrics.find("multimed.token_f1")
F1, AUC = metrics.find("multimed.macro_f1_5"), metrics.find("multimed.macro_auc_5")


def choice(*options: str, right: int = 0) -> Sample:
    """Return a closed question."""
    return Sample("s", "b", "t", "choice", "?", options=options, correct=(right,))


def free(reference: str) -> Sample:
    """Return an open question."""
    return Sample("s", "b", "t", "open", "?", references=(reference,))


def chosen(position: int) -> Answer:
    """Return the choice of an option, or of none (-1)."""
    return Answer("unparsed") if position < 0 else Answer("answered", letters=(ascii_uppercase[position],))


def said(text: str) -> Answer:
    """Return a free answer."""
    return Answer("answered", text=text)


def condition(name: str, there: bool) -> Sample:
    """Return the question for a condition."""
    nodes = (("benchmark", "b"), ("label", name))
    return Sample("s", "b", "t", "choice", "?", options=("No", "Yes"), correct=(int(there),), nodes=nodes)


def number(metric: Metric, cases: list[tuple[Sample, Answer]]) -> float | None:
    """Return a corpus measure over samples and answers."""
    assert metric.unit is not None
    assert metric.pool is not None
    units = [metric.unit(sample, answer) for sample, answer in cases]
    return metric.pool(np.array([unit for unit in units if unit is not None], dtype=float).reshape(-1, len(units[0])))


# --- visual questions


@pytest.mark.parametrize("name", ["bleu1", "token_f1"])
def test_a_choice_is_scored_as_the_text_that_it_chose(name: str) -> None:
    """A chosen option, right or half right, scores as its text does in an open question."""
    ours = metrics.find(f"multimed.{name}")
    theirs = metrics.find({"bleu1": "caption.bleu1", "token_f1": "text.token_f1"}[name])
    sample = choice("left upper lobe", "left lower lobe")
    for position, text in enumerate(sample.options):
        assert theirs.score(free("left upper lobe"), said(text)) == ours.score(sample, chosen(position))


@pytest.mark.parametrize("metric", [BLEU, TOKENS], ids=["bleu1", "token_f1"])
def test_an_abstention_says_nothing(metric: Metric) -> None:
    """A closed question whose reply chose no option scores 0, and counts."""
    assert 0.0 == metric.score(choice("yes", "no"), chosen(-1))


@pytest.mark.parametrize("metric", [BLEU, TOKENS], ids=["bleu1", "token_f1"])
def test_the_closing_full_stop_is_not_held_against_an_answer(metric: Metric) -> None:
    """Med-PaLM M's targets end in a full stop, the data do not: "Axial." is a whole answer to "axial"."""
    assert pytest.approx(1.0) == metric.score(free("axial"), said("Axial."))
    assert pytest.approx(1.0) == metric.score(free("1.5 cm."), said("1.5 cm"))


def test_closed_and_open_questions_are_one_corpus() -> None:
    """BLEU-1 over a closed and an open question: three of four tokens are right, at equal lengths."""
    cases = [(choice("yes", "no"), chosen(1)), (free("left upper lobe"), said("left upper lobe"))]
    assert pytest.approx(0.75) == number(BLEU, cases)


def test_a_sample_without_a_key_has_no_score() -> None:
    """Nothing is scored against no reference."""
    assert TOKENS.score(Sample("s", "b", "t", "open", "?"), said("axial")) is None
    assert BLEU.score(Sample("s", "b", "t", "choice", "?", options=("a", "b")), chosen(0)) is None


# --- conditions


def test_the_mean_is_taken_over_conditions() -> None:
    """Edema found in one of two (F1 2/3), cardiomegaly never (F1 0), three always: 11/15, whatever "No" is worth."""
    cases = [
        *((condition(name, True), chosen(1)) for name in ("atelectasis", "consolidation", "pleural effusion")),
        (condition("edema", True), chosen(1)),
        (condition("edema", True), chosen(0)),
        (condition("edema", False), chosen(0)),
        (condition("cardiomegaly", True), chosen(0)),
        (condition("cardiomegaly", False), chosen(-1)),
    ]
    assert pytest.approx(11 / 15) == number(F1, cases)


def test_a_mean_over_fewer_conditions_is_not_the_measure() -> None:
    """Four of the five, each of them found, have no number under a measure of five; the fifth brings it."""
    said = [(condition(name, there), Answer("answered", letters=("AB"[there],), shares=(1 - there, there)))
            for name in CONDITIONS for there in (False, True)]  # fmt: skip
    assert [None, None] == [number(metric, said[:8]) for metric in (F1, AUC)]
    assert [1.0, 1.0] == [number(metric, said) for metric in (F1, AUC)]


def test_only_the_five_are_scored() -> None:
    """A fracture is asked and not scored; a question that is no condition neither."""
    assert F1.score(condition("Fracture", True), chosen(1)) is None
    assert F1.unit is not None
    assert F1.unit(condition("Fracture", True), chosen(1)) is None
    assert F1.unit(choice("Yes", "No"), chosen(1)) is None
    assert F1.unit(condition("Pleural Effusion", True), chosen(1)) == (4.0, 1.0, 1.0)


def test_a_condition_that_nobody_has_leaves_the_mean_undefined() -> None:
    """Neither there nor called: its F1 is 0 / 0, and its curve has one class."""
    others = [condition(name, there) for name in CONDITIONS if name != "edema" for there in (False, True)]
    silent = [(condition("edema", False), chosen(0)), *((sample, chosen(1)) for sample in others)]
    assert number(F1, silent) is None
    shares = [(sample, Answer("answered", shares=(0.5, 0.5))) for sample, _ in silent]
    assert number(AUC, shares) is None


def test_the_area_needs_shares() -> None:
    """A reply without probabilities has no part in the area under the curve."""
    assert AUC.needs_shares
    assert AUC.score(condition("edema", True), chosen(1)) is None
    assert 0.75 == AUC.score(condition("edema", True), Answer("answered", letters=("B",), shares=(0.25, 0.75)))
    assert 0.25 == AUC.score(condition("edema", False), Answer("answered", letters=("B",), shares=(0.25, 0.75)))


asked = st.lists(
    st.tuples(st.sampled_from(CONDITIONS), st.booleans(), st.integers(0, 1), st.integers(0, 16)),
    min_size=1,
    max_size=80,
)


@given(asked)
def test_the_library_agrees(found: list[tuple[str, bool, int, int]]) -> None:
    """Both means are those of scikit-learn's binary F1 and area, condition by condition, wherever all five exist."""
    cases = [(condition(name, there), chosen(call)) for name, there, call, _ in found]
    shares = [
        (condition(name, there), Answer("answered", shares=(1 - share / 16, share / 16)))
        for name, there, _, share in found
    ]
    parts = [[case for case in found if case[0] == name] for name in CONDITIONS]
    if not all(any(there or call for _, there, call, _ in part) for part in parts):
        assert number(F1, cases) is None
    else:
        f1 = [f1_score([t for _, t, _, _ in part], [bool(c) for *_, c, _ in part], zero_division=0.0) for part in parts]
        assert pytest.approx(sum(f1) / len(f1)) == number(F1, cases)
    if all(len({there for _, there, *_ in part}) == 2 for part in parts):
        auc = [roc_auc_score([t for _, t, _, _ in part], [s for *_, s in part]) for part in parts]
        assert pytest.approx(sum(auc) / len(auc)) == number(AUC, shares)
