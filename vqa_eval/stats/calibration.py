"""Calibration: how well confidences in [0, 1] tell right answers from wrong ones."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """The answers whose confidence lies in (low, high]; the lowest bin holds 0 too."""

    low: float
    high: float
    n: int
    confidence: float
    """Mean confidence."""
    accuracy: float
    """Share of right answers."""


@dataclass(frozen=True, slots=True)
class RiskPoint:
    """What is left when only answers of at least this confidence are taken."""

    confidence: float
    coverage: float
    """Share of the answers taken."""
    risk: float
    """Share of wrong answers among them."""


def reliability(confidences: Sequence[float], hits: Sequence[bool], bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Return the bins of equal width that hold any answer, lowest confidence first.

    Raises ValueError on unequal lengths, on a confidence outside [0, 1] and on fewer than one bin.
    """
    _check(confidences, hits)
    if bins < 1:
        raise ValueError(f"there must be at least one bin, not {bins}")
    edges = [place / bins for place in range(1, bins + 1)]
    members: dict[int, list[tuple[float, bool]]] = {}
    for confidence, hit in zip(confidences, hits, strict=True):
        members.setdefault(bisect_left(edges, confidence), []).append((confidence, hit))
    return tuple(
        ReliabilityBin(
            low=place / bins,
            high=edges[place],
            n=len(found),
            confidence=math.fsum(confidence for confidence, _ in found) / len(found),
            accuracy=sum(hit for _, hit in found) / len(found),
        )
        for place, found in sorted(members.items())
    )


def expected_calibration_error(confidences: Sequence[float], hits: Sequence[bool], bins: int = 10) -> float | None:
    """Return the mean distance of confidence and accuracy over bins of equal width, weighted by answers.

    None without answers.  It depends on the number of bins: name it beside the value.  Raises ValueError as
    `reliability` does.

    Source: C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks,
    ICML 2017.
    """
    if not (found := reliability(confidences, hits, bins)):
        return None
    return math.fsum(entry.n * abs(entry.confidence - entry.accuracy) for entry in found) / len(hits)


def brier_score(confidences: Sequence[float], hits: Sequence[bool]) -> float | None:
    """Return the mean squared distance of confidence and outcome (right is 1); None without answers.

    Raises ValueError on unequal lengths and on a confidence outside [0, 1].

    Source: G. W. Brier, Monthly Weather Review 78 (1950) 1-3, in its form for two outcomes.
    """
    _check(confidences, hits)
    if not hits:
        return None
    return math.fsum((confidence - hit) ** 2 for confidence, hit in zip(confidences, hits, strict=True)) / len(hits)


def auroc(confidences: Sequence[float], hits: Sequence[bool]) -> float | None:
    """Return the chance that a right answer has a higher confidence than a wrong one; ties count half.

    None unless there are both right and wrong answers.  Raises ValueError on unequal lengths and on a
    confidence outside [0, 1].

    Source: J. A. Hanley and B. J. McNeil, Radiology 143 (1982) 29-36.
    """
    right, wrong, won = 0, 0, 0.0
    for _, n, errors in _descending(confidences, hits):
        # Right answers of higher confidence win against these wrong ones; equal ones half of the time.
        won += errors * (right + (n - errors) / 2)
        right += n - errors
        wrong += errors
    return won / (right * wrong) if right and wrong else None


def risk_coverage(confidences: Sequence[float], hits: Sequence[bool]) -> tuple[RiskPoint, ...]:
    """Return what is left at every confidence that occurs, highest first: the risk-coverage curve.

    Raises ValueError on unequal lengths and on a confidence outside [0, 1].

    Source: R. El-Yaniv and Y. Wiener, Journal of Machine Learning Research 11 (2010) 1605-1641.
    """
    points, taken, wrong = [], 0, 0
    for confidence, n, errors in _descending(confidences, hits):
        taken, wrong = taken + n, wrong + errors
        points.append(RiskPoint(confidence, taken / len(hits), wrong / taken))
    return tuple(points)


def risk_coverage_area(confidences: Sequence[float], hits: Sequence[bool]) -> float | None:
    """Return the mean risk over all coverages 1/n, 2/n, … 1, lower is better; None without answers.

    Answers of equal confidence are taken in random order: the value is its expectation, so that it does not
    depend on the order of the samples.  Raises ValueError on unequal lengths and on a confidence outside
    [0, 1].

    Source: Y. Geifman, G. Uziel and R. El-Yaniv, Bias-reduced uncertainty estimation for deep neural
    classifiers, ICLR 2019.
    """
    risks: list[float] = []
    wrong = 0
    for _, n, errors in _descending(confidences, hits):
        taken = len(risks)
        risks.extend((wrong + errors * step / n) / (taken + step) for step in range(1, n + 1))
        wrong += errors
    return math.fsum(risks) / len(risks) if risks else None


def _descending(confidences: Sequence[float], hits: Sequence[bool]) -> list[tuple[float, int, int]]:
    """Return each confidence that occurs, highest first, with its answers and the wrong ones among them."""
    _check(confidences, hits)
    ordered = sorted(zip(confidences, hits, strict=True), key=itemgetter(0), reverse=True)
    groups = ((confidence, [bool(hit) for _, hit in same]) for confidence, same in groupby(ordered, itemgetter(0)))
    return [(confidence, len(same), same.count(False)) for confidence, same in groups]


def _check(confidences: Sequence[float], hits: Sequence[bool]) -> None:
    if len(confidences) != len(hits):
        raise ValueError(f"{len(confidences)} confidences but {len(hits)} outcomes")
    if not all(0.0 <= confidence <= 1.0 for confidence in confidences):
        raise ValueError("a confidence lies between 0 and 1")
