"""Calibration: whether the probability given to an answer says how far it can be relied on.

The confidence is the probability of the chosen option, as the log-probability channel reports it.  Where equal
probabilities leave nothing chosen it is the largest of them, and the answer counts as wrong.  Answers without
probabilities, and questions that ask for several options, are left out.

Two of the numbers flatter or blame a model by chance, the more the fewer answers there are:

- ECE is never 0 on few answers: in every bin the share of right ones strays from a confidence that is true.  A
  perfectly calibrated model whose confidences use all ten bins has about 1/√n, 0.10 on 100 answers, 0.03 on 1,000
  and 0.01 on 10,000; fewer bins in use make it less, answers that share a cluster make it more.
- coverage at risk takes the best point of a curve, and the best of chance with it.

They have no interval here: percentiles of a cluster bootstrap would add the same chance once more and miss the number
of endlessly many answers.  Of 1,000 simulated 95 % intervals, hits correlated within clusters, so many held it (950
would be right; from AUROC on, of the calibrated model):

    answers in clusters   ECE, calibrated   ECE, over-confident   AUROC   AURC   coverage at risk   Brier score
    200 in 50                           0                   821     938    926                826           934
    500 in 200                          0                   883     949    946                888           950

So compare the ECEs of equally many answers, and read no fault into one near 1/√n.  The Brier score is a mean and has
the interval of one.
"""

from typing import TYPE_CHECKING

from vqa_eval.metrics.chosen import chosen, right
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample
from vqa_eval.stats import calibration as stats

if TYPE_CHECKING:
    from numpy import ndarray

_BINS = 10
_RISK = 0.05


def _confidence_and_hit(sample: Sample, answer: Answer) -> tuple[float, float] | None:
    asked = right(sample)
    if asked is None or not answer.shares or len(answer.shares) != len(sample.options):
        return None
    said = chosen(sample, answer)
    share = max(answer.shares) if said is None else answer.shares[said]
    # Shares are quotients: rounding may push one past 1.
    return min(1.0, share), float(said == asked)


def _hit(sample: Sample, answer: Answer) -> float | None:
    pair = _confidence_and_hit(sample, answer)
    return None if pair is None else pair[1]


def _miss(sample: Sample, answer: Answer) -> float | None:
    pair = _confidence_and_hit(sample, answer)
    return None if pair is None else 1.0 - pair[1]


def _gap(sample: Sample, answer: Answer) -> float | None:
    pair = _confidence_and_hit(sample, answer)
    return None if pair is None else abs(pair[0] - pair[1])


def _squared_gap(sample: Sample, answer: Answer) -> float | None:
    gap = _gap(sample, answer)
    return None if gap is None else gap * gap


def _squared_distance(sample: Sample, answer: Answer) -> float | None:
    if _confidence_and_hit(sample, answer) is None:
        return None
    asked = right(sample)
    return min(2.0, sum((share - (position == asked)) ** 2 for position, share in enumerate(answer.shares)))


def _ece(units: "ndarray") -> float | None:
    return stats.expected_calibration_error(*_columns(units), bins=_BINS)


def _auroc(units: "ndarray") -> float | None:
    return stats.auroc(*_columns(units))


def _aurc(units: "ndarray") -> float | None:
    return stats.risk_coverage_area(*_columns(units))


def _coverage_at_risk(units: "ndarray") -> float | None:
    return stats.coverage_at_risk(*_columns(units), risk=_RISK)


def _columns(units: "ndarray") -> "tuple[ndarray, ndarray]":
    return units[:, 0], units[:, 1] == 1.0


ece = Metric(
    name="calibration.ece",
    version="1",
    better="lower",
    kinds=("choice",),
    about="mean distance of confidence and accuracy over ten bins of equal width; about 1/√n by chance alone",
    score=_gap,
    unit=_confidence_and_hit,
    pool=_ece,
    resampled=False,
    setting=f"bins:{_BINS}|width:equal|closed:right",
)

brier = Metric(
    name="calibration.brier",
    version="1",
    better="lower",
    kinds=("choice",),
    about="mean squared distance of the chosen option's probability and 1 where it is right, 0 where it is wrong",
    score=_squared_gap,
    setting="outcomes:hit",
)

brier_multiclass = Metric(
    name="calibration.brier_multiclass",
    version="1",
    better="lower",
    kinds=("choice",),
    about="mean squared distance of all options' probabilities and the key, summed over the options; 2 at most",
    score=_squared_distance,
    top=2.0,
    setting="outcomes:options",
)

auroc = Metric(
    name="calibration.auroc",
    version="1",
    better="higher",
    kinds=("choice",),
    about="chance that a right answer has a higher confidence than a wrong one; undefined where all are one of both",
    score=_hit,
    unit=_confidence_and_hit,
    pool=_auroc,
    setting="ties:half",
)

aurc = Metric(
    name="calibration.aurc",
    version="1",
    better="lower",
    kinds=("choice",),
    about="share of wrong answers among the most confident ones, averaged over all coverages (risk-coverage curve)",
    score=_miss,
    unit=_confidence_and_hit,
    pool=_aurc,
    setting="ties:expected",
)

coverage_at_risk = Metric(
    name="calibration.coverage_at_risk",
    version="1",
    better="higher",
    kinds=("choice",),
    about="largest share of answers, the most confident first, of which at most 5 % are wrong",
    score=_hit,
    unit=_confidence_and_hit,
    pool=_coverage_at_risk,
    resampled=False,
    setting=f"risk:{_RISK}",
)
