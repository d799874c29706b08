"""Calibration metrics: golden values, hand-counted curves, and what is left out."""

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from vqa_eval import metrics
from vqa_eval.metrics import pooling
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample

ECE = metrics.find("calibration.ece")
BRIER = metrics.find("calibration.brier")
BRIER_MULTICLASS = metrics.find("calibration.brier_multiclass")
AUROC = metrics.find("calibration.auroc")
AURC = metrics.find("calibration.aurc")
COVERAGE = metrics.find("calibration.coverage_at_risk")
POOLED = (ECE, AUROC, AURC, COVERAGE)

# The golden example: confidence of the chosen option and whether it is right.
CONFIDENCES = (0.95, 0.9, 0.85, 0.6, 0.55, 0.52, 0.99, 0.7, 0.75, 0.3)
HITS = (1, 1, 0, 1, 0, 1, 1, 1, 0, 0)

pairs = st.lists(st.tuples(st.integers(0, 20).map(lambda twentieth: twentieth / 20), st.booleans()), min_size=1)


def case(confidence: float, hit: bool) -> tuple[Sample, Answer]:
    """Return a question of two options and the answer A, of that confidence, right or wrong."""
    sample = Sample("s", "b", "t", "choice", "?", options=("yes", "no"), correct=(0 if hit else 1,))
    return sample, Answer("answered", letters=("A",), shares=(confidence, 1 - confidence))


def pooled(metric: Metric, confidences: Sequence[float], hits: Sequence[bool]) -> float | None:
    """Return a corpus measure of answers."""
    assert metric.unit is not None
    assert metric.pool is not None
    units = [metric.unit(*case(confidence, hit)) for confidence, hit in zip(confidences, hits, strict=True)]
    return metric.pool(np.array(units, dtype=float))


def mean(metric: Metric, confidences: Sequence[float], hits: Sequence[bool]) -> float:
    """Return the mean score of answers."""
    scores = [metric.score(*case(confidence, hit)) for confidence, hit in zip(confidences, hits, strict=True)]
    return sum(score for score in scores if score is not None) / len(scores)


def test_golden_values() -> None:
    """ECE over ten bins, Brier score and AUROC are the golden ones."""
    assert 0.249 == pytest.approx(pooled(ECE, CONFIDENCES, HITS), abs=1e-12)
    assert 0.21705 == pytest.approx(mean(BRIER, CONFIDENCES, HITS), abs=1e-12)
    assert 0.7083333333333334 == pytest.approx(pooled(AUROC, CONFIDENCES, HITS), abs=1e-12)


def test_the_setting_names_the_bins() -> None:
    """An ECE says over how many bins it is taken, a coverage at which risk."""
    assert ECE.setting.startswith("bins:10|")
    assert "risk:0.05" == COVERAGE.setting


def test_risk_and_coverage_by_hand() -> None:
    """The three surest answers are right, the fourth is wrong: risks 0, 0, 0, 1/4 over the coverages."""
    confidences, hits = (0.9, 0.8, 0.7, 0.6), (True, True, True, False)
    assert 1 / 16 == pytest.approx(pooled(AURC, confidences, hits))
    assert 3 / 4 == pooled(COVERAGE, confidences, hits)
    # Equal confidences cannot be told apart: all four are taken or none.
    assert 0.0 == pooled(COVERAGE, (0.9,) * 4, hits)
    # One wrong answer of twenty is a risk of 5 %, which is allowed.
    assert 1.0 == pooled(COVERAGE, [0.9] * 20, [True] * 19 + [False])


def test_brier_over_all_options() -> None:
    """Every option's share is held against the key: (0.5 - 1)² + 0.3² + 0.2²."""
    sample = Sample("s", "b", "t", "choice", "?", options=("a", "b", "c"), correct=(0,))
    answer = Answer("answered", letters=("A",), shares=(0.5, 0.3, 0.2))
    assert 0.38 == pytest.approx(BRIER_MULTICLASS.score(sample, answer))
    wrong = Answer("answered", letters=("C",), shares=(0.0, 0.0, 1.0))
    assert 2.0 == BRIER_MULTICLASS.top == BRIER_MULTICLASS.score(sample, wrong)


@given(pairs)
def test_numbers_lie_in_the_unit_interval(cases: list[tuple[float, bool]]) -> None:
    """Every pooled number is in [0, 1] or undefined; AUROC is scikit-learn's where both outcomes occur."""
    confidences, hits = zip(*cases, strict=True)
    for metric in POOLED:
        found = pooled(metric, confidences, hits)
        assert found is None or 0.0 <= found <= 1.0, metric.name
    auroc = pooled(AUROC, confidences, hits)
    expected = roc_auc_score(hits, confidences) if len(set(hits)) == 2 else None
    assert (None if expected is None else pytest.approx(expected)) == auroc


@given(pairs)
def test_sure_and_right_is_best(cases: list[tuple[float, bool]]) -> None:
    """Certain answers that are all right have no error, no risk and full coverage; the same all wrong the worst."""
    certain = [1.0] * len(cases)
    right, wrong = [True] * len(cases), [False] * len(cases)
    assert [0.0, 0.0, 1.0] == [pooled(metric, certain, right) for metric in (ECE, AURC, COVERAGE)]
    assert [1.0, 1.0, 0.0] == [pooled(metric, certain, wrong) for metric in (ECE, AURC, COVERAGE)]
    assert (0.0, 1.0) == (mean(BRIER, certain, right), mean(BRIER, certain, wrong))
    assert (0.0, 2.0) == (mean(BRIER_MULTICLASS, certain, right), mean(BRIER_MULTICLASS, certain, wrong))


def test_one_sample_scores() -> None:
    """A sample's own score: the gap for ECE, the miss for the risk, the hit for AUROC and coverage."""
    assert 0.25 == ECE.score(*case(0.75, True))
    assert 0.75 == ECE.score(*case(0.75, False))
    assert (0.0, 1.0) == (AURC.score(*case(0.75, True)), AURC.score(*case(0.75, False)))
    for metric in (AUROC, COVERAGE):
        assert (1.0, 0.0) == (metric.score(*case(0.75, True)), metric.score(*case(0.75, False)))


def test_equal_shares_are_a_miss_of_that_confidence() -> None:
    """Where nothing is chosen for a tie, the largest share is the confidence and the answer is wrong."""
    sample = Sample("s", "b", "t", "choice", "?", options=("a", "b", "c"), correct=(0,))
    tie = Answer("conflict", rule="equal_logprobs", shares=(0.4, 0.4, 0.2))
    assert ECE.unit is not None
    assert (0.4, 0.0) == ECE.unit(sample, tie)


def test_a_share_is_never_above_one() -> None:
    """A share that rounding pushed past 1 is a confidence of 1."""
    sample, _ = case(1.0, True)
    answer = Answer("answered", letters=("A",), shares=(1.0000000000000002, 0.0))
    assert ECE.unit is not None
    assert (1.0, 1.0) == ECE.unit(sample, answer)


@pytest.mark.parametrize("n", [100, 1000])
def test_few_answers_never_look_calibrated(n: int) -> None:
    """A perfectly calibrated model has an ECE of about 1/√n, not of 0; a biased number has no interval."""
    chance = np.random.default_rng(0)
    assert ECE.pool is not None
    confidences = chance.random((400, n))
    draws = np.stack([confidences, chance.random((400, n)) < confidences], axis=2)
    assert 1 / np.sqrt(n) == pytest.approx(np.mean([ECE.pool(units) for units in draws]), rel=0.05)
    found = pooling.number(ECE, [0.0] * n, [tuple(unit) for unit in draws[0].tolist()], range(n))
    assert found is not None
    assert ECE.pool(draws[0]) == found.mean
    assert found.interval is None


@pytest.mark.parametrize(
    ("correct", "shares"),
    [((0,), ()), ((0,), (1.0,)), ((), (0.5, 0.5)), ((0, 1), (0.5, 0.5))],
    ids=["no shares", "too few", "no key", "several right"],
)
def test_what_has_no_confidence_is_left_out(correct: tuple[int, ...], shares: tuple[float, ...]) -> None:
    """Answers without shares and questions without one right option give neither unit nor score."""
    sample = Sample("s", "b", "t", "choice", "?", options=("yes", "no"), correct=correct)
    answer = Answer("answered", letters=("A",), shares=shares)
    for metric in (*POOLED, BRIER, BRIER_MULTICLASS):
        assert metric.score(sample, answer) is None
        assert metric.unit is None or metric.unit(sample, answer) is None


def test_nothing_has_no_number() -> None:
    """Without answers every measure is undefined."""
    for metric in POOLED:
        assert metric.pool is not None
        assert metric.pool(np.empty((0, 2))) is None
