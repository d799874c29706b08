"""Calibration: golden values, plain counting as an oracle, and what holds always."""

import math
from functools import partial
from itertools import pairwise, permutations
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import (
    ReliabilityBin,
    RiskPoint,
    auroc,
    brier_score,
    expected_calibration_error,
    reliability,
    risk_coverage,
    risk_coverage_area,
)
from vqa_eval.stats.calibration import coverage_at_risk

CONFIDENCES = [0.95, 0.9, 0.85, 0.6, 0.55, 0.52, 0.99, 0.7, 0.75, 0.3]
HITS = [1, 1, 0, 1, 0, 1, 1, 1, 0, 0]

# Eighths make ties.
confidence = st.floats(0, 1) | st.integers(0, 8).map(lambda eighths: eighths / 8)
answers = st.lists(st.tuples(confidence, st.booleans()), min_size=1, max_size=40)

NUMBERS = (
    expected_calibration_error,
    brier_score,
    auroc,
    risk_coverage_area,
    partial(coverage_at_risk, risk=0.25),
)


def test_calibration_equals_golden(golden: dict[str, Any]) -> None:
    """Calibration error, Brier score and AUROC are the golden ones."""
    row = golden["calibration"]
    conf, hit = row["conf"], row["hit"]
    assert row["ece10"] == pytest.approx(expected_calibration_error(conf, hit), abs=1e-9)
    assert row["ece5"] == pytest.approx(expected_calibration_error(conf, hit, bins=5), abs=1e-9)
    assert row["brier"] == pytest.approx(brier_score(conf, hit), abs=1e-9)
    assert row["auroc"] == pytest.approx(auroc(conf, hit), abs=1e-9)


def test_calibration_example() -> None:
    """The same without the file."""
    assert 0.249 == pytest.approx(expected_calibration_error(CONFIDENCES, HITS), abs=1e-12)
    assert 0.177 == pytest.approx(expected_calibration_error(CONFIDENCES, HITS, bins=5), abs=1e-12)
    assert 0.21705 == pytest.approx(brier_score(CONFIDENCES, HITS), abs=1e-12)
    assert 17 / 24 == pytest.approx(auroc(CONFIDENCES, HITS), abs=1e-12)


def test_bins_hold_their_upper_edge() -> None:
    """A confidence on an edge belongs to the bin below it, 0 to the lowest; empty bins are left out."""
    found = reliability([0.0, 0.5, 0.75, 1.0], [False, True, True, True], bins=2)
    assert (ReliabilityBin(0.0, 0.5, 2, 0.25, 0.5), ReliabilityBin(0.5, 1.0, 2, 0.875, 1.0)) == found
    assert [7 / 100] == [entry.high for entry in reliability([0.07], [True], bins=100)]


def test_risk_coverage_example() -> None:
    """One point at each confidence; the area takes equal confidences in random order."""
    found = risk_coverage([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert (RiskPoint(0.9, 0.25, 0.0), RiskPoint(0.5, 0.75, 1 / 3), RiskPoint(0.1, 1.0, 0.5)) == found
    area = risk_coverage_area([0.9, 0.5, 0.5, 0.1], [True, True, False, False])
    assert (0 + 0.5 / 2 + 1 / 3 + 2 / 4) / 4 == pytest.approx(area, abs=1e-12)


def test_coverage_at_risk_example() -> None:
    """The last point whose risk is low enough counts, be it after one whose risk is not; 0 where there is none."""
    confidences, hits = [0.9, 0.8, 0.7, 0.6, 0.5], [True, False, True, True, False]
    assert [0.2, 0.8, 1.0] == [coverage_at_risk(confidences, hits, risk) for risk in (0.2, 0.25, 0.4)]
    assert 0.0 == coverage_at_risk([0.5, 0.5], [True, False], 0.05)


@pytest.mark.parametrize("empty", [[], np.empty(0)], ids=["sequence", "array"])
def test_undefined_is_none(empty: Any) -> None:
    """No answers have no value; all right or all wrong have no AUROC."""
    assert [None] * 5 == [measure(empty, empty) for measure in NUMBERS]
    assert ((), ()) == (risk_coverage(empty, empty), reliability(empty, empty))
    assert auroc([0.2, 0.9], [True, True]) is None
    assert auroc([0.2, 0.9], [False, False]) is None


@pytest.mark.parametrize("measure", [*NUMBERS, reliability, risk_coverage])
def test_unfit_confidences_are_refused(measure: Any) -> None:
    """Unequal lengths and confidences outside [0, 1] are errors."""
    with pytest.raises(ValueError, match="outcomes"):
        measure([0.5], [])
    for wrong in (1.5, -0.1, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            measure([0.5, wrong], [True, False])
    with pytest.raises(ValueError, match="at least one bin"):
        reliability([0.5], [True], bins=0)


@given(answers)
def test_auroc_counts_pairs(rows: list[tuple[float, bool]]) -> None:
    """AUROC is the share of pairs of a right and a wrong answer that confidence orders well."""
    right = [conf for conf, hit in rows if hit]
    wrong = [conf for conf, hit in rows if not hit]
    won = [(high > low) + 0.5 * (high == low) for high in right for low in wrong]
    found = auroc(*zip(*rows, strict=True))
    assert (sum(won) / len(won) if won else None) == pytest.approx(found, abs=1e-12)


@given(answers, st.integers(1, 20))
def test_calibration_error_counts_bins(rows: list[tuple[float, bool]], bins: int) -> None:
    """The calibration error adds up, over the bins, what confidence promises more or less than is right."""
    edges = [place / bins for place in range(bins + 1)]
    members = [
        [(conf, hit) for conf, hit in rows if low < conf <= high or conf == low == 0.0] for low, high in pairwise(edges)
    ]
    found = reliability(*zip(*rows, strict=True), bins=bins)
    expected = [
        (len(bin_), pytest.approx(math.fsum(conf for conf, _ in bin_) / len(bin_), abs=1e-12))
        for bin_ in members
        if bin_
    ]
    assert expected == [(entry.n, entry.confidence) for entry in found]
    total = math.fsum(abs(math.fsum(conf - hit for conf, hit in bin_)) for bin_ in members) / len(rows)
    assert total == pytest.approx(expected_calibration_error(*zip(*rows, strict=True), bins=bins), abs=1e-12)


@given(answers, st.floats(0, 1))
def test_risk_coverage_counts_answers(rows: list[tuple[float, bool]], risk: float) -> None:
    """Each point counts the answers of at least its confidence; the coverage at a risk is the best of the points."""
    points = []
    for threshold in sorted({conf for conf, _ in rows}, reverse=True):
        taken = [hit for conf, hit in rows if conf >= threshold]
        points.append(RiskPoint(threshold, len(taken) / len(rows), taken.count(False) / len(taken)))
    assert tuple(points) == risk_coverage(*zip(*rows, strict=True))
    within = [point.coverage for point in points if point.risk <= risk]
    assert max(within, default=0.0) == coverage_at_risk(*zip(*rows, strict=True), risk)


@given(st.lists(st.tuples(st.integers(0, 2).map(lambda halves: halves / 2), st.booleans()), min_size=1, max_size=5))
def test_area_averages_the_orders_of_equals(rows: list[tuple[float, bool]]) -> None:
    """The area is the mean over all orders of the answers in which no lower confidence comes first."""
    areas = []
    for order in permutations(rows):
        ordered = [hit for _, hit in sorted(order, key=lambda row: -row[0])]
        risks = [ordered[:taken].count(False) / taken for taken in range(1, len(rows) + 1)]
        areas.append(sum(risks) / len(risks))
    found = risk_coverage_area(*zip(*rows, strict=True))
    assert sum(areas) / len(areas) == pytest.approx(found, abs=1e-12)


@given(answers)
def test_arrays_give_what_sequences_give(rows: list[tuple[float, bool]]) -> None:
    """Columns of an array, as a bootstrap draws them, have the numbers of the same answers in sequences."""
    conf, hits = zip(*rows, strict=True)
    units = np.array(rows, dtype=float)
    for measure in (*NUMBERS, reliability, risk_coverage):
        assert measure(conf, hits) == measure(units[:, 0], units[:, 1] == 1.0)


@given(answers)
def test_confidence_the_other_way_turns_auroc(rows: list[tuple[float, bool]]) -> None:
    """Right taken for wrong gives 1 - AUROC."""
    conf, hits = zip(*rows, strict=True)
    found, turned = auroc(conf, hits), auroc(conf, [not hit for hit in hits])
    assert (found is None) == (turned is None)
    if found is not None and turned is not None:
        assert 1.0 - found == pytest.approx(turned, abs=1e-12)


@given(answers, st.randoms(use_true_random=False))
def test_order_of_answers_does_not_matter(rows: list[tuple[float, bool]], chance: Any) -> None:
    """No measure depends on the order of the samples."""
    shuffled = list(rows)
    chance.shuffle(shuffled)
    for measure in NUMBERS:
        assert measure(*zip(*rows, strict=True)) == pytest.approx(measure(*zip(*shuffled, strict=True)), abs=1e-12)


@given(answers)
def test_measures_lie_between_0_and_1(rows: list[tuple[float, bool]]) -> None:
    """All lie in [0, 1]; at full coverage the risk is the share of wrong answers."""
    conf, hits = zip(*rows, strict=True)
    for measure in NUMBERS:
        value = measure(conf, hits)
        assert value is not None or measure is auroc
        assert value is None or 0.0 <= value <= 1.0
    points = risk_coverage(conf, hits)
    assert (1.0, hits.count(False) / len(hits)) == (points[-1].coverage, points[-1].risk)
    assert sum(entry.n for entry in reliability(conf, hits)) == len(hits)


def test_brier_score_of_certainty_is_the_share_of_errors() -> None:
    """Always certain: the Brier score is the share of wrong answers, and so is the calibration error."""
    assert 0.25 == brier_score([1.0] * 4, [True, True, True, False])
    assert 0.25 == expected_calibration_error([1.0] * 4, [True, True, True, False])
