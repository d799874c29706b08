"""Calibration: how well confidences in [0, 1] tell right answers from wrong ones.

A bootstrap asks for these measures a thousand times over: they take sequences, and arrays at their speed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from numpy import bool_, float64, int64
    from numpy.typing import NDArray

Confidences: TypeAlias = "Sequence[float] | NDArray[float64]"
Hits: TypeAlias = "Sequence[bool] | NDArray[bool_]"


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


def reliability(confidences: Confidences, hits: Hits, bins: int = 10) -> tuple[ReliabilityBin, ...]:
    """Return the bins of equal width that hold any answer, lowest confidence first.

    Raises ValueError on unequal lengths, on a confidence outside [0, 1] and on fewer than one bin.
    """
    n, confidence, right = (column.tolist() for column in _binned(confidences, hits, bins))
    return tuple(
        ReliabilityBin(
            low=place / bins,
            high=(place + 1) / bins,
            n=answers,
            confidence=confidence[place] / answers,
            accuracy=right[place] / answers,
        )
        for place, answers in enumerate(n)
        if answers
    )


def expected_calibration_error(confidences: Confidences, hits: Hits, bins: int = 10) -> float | None:
    """Return the mean distance of confidence and accuracy over bins of equal width, weighted by answers.

    None without answers.  It depends on the number of bins: name it beside the value.  Where every confidence
    is true it is still about 1/√n over ten bins, by chance.  Raises ValueError as `reliability` does.

    Source: C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, On calibration of modern neural networks,
    ICML 2017.
    """
    import numpy as np

    _, confidence, right = _binned(confidences, hits, bins)
    return float(np.abs(confidence - right).sum() / len(hits)) if len(hits) else None


def brier_score(confidences: Confidences, hits: Hits) -> float | None:
    """Return the mean squared distance of confidence and outcome (right is 1); None without answers.

    Raises ValueError on unequal lengths and on a confidence outside [0, 1].

    Source: G. W. Brier, Monthly Weather Review 78 (1950) 1-3, in its form for two outcomes.
    """
    confidence, hit = _arrays(confidences, hits)
    return float(((confidence - hit) ** 2).mean()) if len(hit) else None


def auroc(confidences: Confidences, hits: Hits) -> float | None:
    """Return the chance that a right answer has a higher confidence than a wrong one; ties count half.

    None unless there are both right and wrong answers.  Raises ValueError on unequal lengths and on a
    confidence outside [0, 1].

    Source: J. A. Hanley and B. J. McNeil, Radiology 143 (1982) 29-36.
    """
    import numpy as np

    _, right, wrong = _taken(confidences, hits)
    pairs = right[-1] * wrong[-1]
    # Under the line from point to point, a wrong answer loses to all right ones above it and to half of its equals.
    return float(np.trapezoid(right, wrong) / pairs) if pairs else None


def risk_coverage(confidences: Confidences, hits: Hits) -> tuple[RiskPoint, ...]:
    """Return what is left at every confidence that occurs, highest first: the risk-coverage curve.

    Raises ValueError on unequal lengths and on a confidence outside [0, 1].

    Source: R. El-Yaniv and Y. Wiener, Journal of Machine Learning Research 11 (2010) 1605-1641.
    """
    columns = (column.tolist() for column in _curve(confidences, hits))
    return tuple(RiskPoint(*point) for point in zip(*columns, strict=True))


def risk_coverage_area(confidences: Confidences, hits: Hits) -> float | None:
    """Return the mean risk over all coverages 1/n, 2/n, … 1, lower is better; None without answers.

    Answers of equal confidence are taken in random order: the value is its expectation, so that it does not
    depend on the order of the samples.  Raises ValueError on unequal lengths and on a confidence outside
    [0, 1].

    Source: Y. Geifman, G. Uziel and R. El-Yaniv, Bias-reduced uncertainty estimation for deep neural
    classifiers, ICLR 2019.
    """
    import numpy as np

    _, right, wrong = _taken(confidences, hits)
    taken = np.arange(1, len(hits) + 1)
    # In random order, the wrong ones among equals are expected at an even pace.
    return float((np.interp(taken, right + wrong, wrong) / taken).mean()) if len(hits) else None


def coverage_at_risk(confidences: Confidences, hits: Hits, risk: float) -> float | None:
    """Return the largest coverage on the risk-coverage curve at which the risk is at most `risk`.

    0 where it is above everywhere, None without answers.  The confidence from which on answers are taken is
    chosen on these very answers: on others the risk may be above.  Raises ValueError as `risk_coverage` does.

    Source: Y. Geifman and R. El-Yaniv, Selective classification for deep neural networks, NeurIPS 2017,
    without its allowance for that choice.
    """
    _, coverage, risks = _curve(confidences, hits)
    return float(coverage[risks <= risk].max(initial=0.0)) if len(hits) else None


def _binned(
    confidences: Confidences, hits: Hits, bins: int
) -> "tuple[NDArray[int64], NDArray[float64], NDArray[float64]]":
    """Return the answers of each bin, the sum of their confidences and the right ones among them."""
    import numpy as np

    confidence, hit = _arrays(confidences, hits)
    if bins < 1:
        raise ValueError(f"there must be at least one bin, not {bins}")
    place = np.searchsorted(np.arange(1, bins + 1) / bins, confidence)
    return np.bincount(place), np.bincount(place, confidence), np.bincount(place, hit)


def _curve(confidences: Confidences, hits: Hits) -> "tuple[NDArray[float64], NDArray[float64], NDArray[float64]]":
    """Return each confidence that occurs, highest first, with the coverage and the risk from it on."""
    confidence, right, wrong = _taken(confidences, hits)
    taken = (right + wrong)[1:]
    return confidence, taken / len(hits), wrong[1:] / taken


def _taken(confidences: Confidences, hits: Hits) -> "tuple[NDArray[float64], NDArray[float64], NDArray[float64]]":
    """Return each confidence that occurs, highest first, and the right and the wrong answers from it on.

    Both counts start from 0, before any answer is taken: they are one longer than the confidences.
    """
    import numpy as np

    confidence, hit = _arrays(confidences, hits)
    order = np.argsort(confidence)[::-1]
    ordered = confidence[order]
    # Equal confidences are taken together: only where the next one differs, or there is none, is a point.
    last = np.flatnonzero(ordered != np.append(ordered[1:], -1.0))
    right = hit[order].cumsum()[last]
    return ordered[last], np.append(0.0, right), np.append(0.0, last + 1 - right)


def _arrays(confidences: Confidences, hits: Hits) -> "tuple[NDArray[float64], NDArray[bool_]]":
    import numpy as np

    if len(confidences) != len(hits):
        raise ValueError(f"{len(confidences)} confidences but {len(hits)} outcomes")
    confidence = np.asarray(confidences, dtype=float)
    if not ((confidence >= 0.0) & (confidence <= 1.0)).all():
        raise ValueError("a confidence lies between 0 and 1")
    return confidence, np.asarray(hits, dtype=bool)
