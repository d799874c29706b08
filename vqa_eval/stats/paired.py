"""Two models on the same samples: the paired difference of their scores, under clustering."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from vqa_eval.records import Interval
from vqa_eval.stats.clustered import clustered_standard_error
from vqa_eval.stats.power import detectable_from_error
from vqa_eval.stats.student import t_quantile, t_two_sided_p


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """The mean difference of two models' scores on the same samples, and how sure one may be of it."""

    difference: float
    """First minus second."""
    n: int
    clusters: int
    wins: int
    """Samples on which the first model scores higher."""
    losses: int
    """Samples on which the second model scores higher."""
    standard_error: float | None
    """None with fewer than two clusters, and where all differences are alike: they do not show how much they vary."""
    interval: Interval | None
    """None where the standard error is."""
    p: float | None
    """Two-sided p of the hypothesis that there is no difference; None where the standard error is."""
    detectable: float | None
    """The smallest true difference that the asked power would find; None where the standard error is."""


def paired_difference(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    confidence: float = 0.95,
    power: float = 0.8,
) -> PairedDifference:
    """Return the mean of first - second with its t interval under clustering, p and detectable difference.

    The standard error is that of a clustered mean (CR1), taken over the differences: what makes a sample
    easy or hard for both models cancels.  Interval, p and detectable difference use Student's t with G - 1
    degrees of freedom, G clusters.

    The interval is not clipped to what a difference of scores can be ([-1, 1] for scores in [0, 1]): it
    holds exactly the differences that the test does not reject, and a bound outside says that the samples
    are too few for this approximation.  For few clusters, `sign_flip` needs none.

    Raises ValueError on no samples, on unequal lengths and on a score that is not finite.

    Source: E. Miller, Adding error bars to evals (2024), arXiv:2411.00640.
    """
    if not len(first) == len(second) == len(clusters):
        raise ValueError(f"{len(first)} and {len(second)} scores but {len(clusters)} clusters")
    if not first:
        raise ValueError("a difference needs at least one sample")
    differences = [one - other for one, other in zip(first, second, strict=True)]
    if not all(map(math.isfinite, differences)):
        raise ValueError("scores must be finite numbers")
    n, groups = len(differences), len(set(clusters))
    difference = math.fsum(differences) / n
    wins = sum(value > 0 for value in differences)
    losses = sum(value < 0 for value in differences)
    error = clustered_standard_error(differences, clusters)
    if error is None or error <= 1e-12 * max(map(abs, differences)):
        return PairedDifference(difference, n, groups, wins, losses, None, None, None, None)
    df = groups - 1
    half = t_quantile(0.5 + confidence / 2, df) * error
    return PairedDifference(
        difference=difference,
        n=n,
        clusters=groups,
        wins=wins,
        losses=losses,
        standard_error=error,
        interval=Interval(difference - half, difference + half),
        p=t_two_sided_p(difference / error, df),
        detectable=detectable_from_error(error, df, confidence, power),
    )
