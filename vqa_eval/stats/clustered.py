"""Means of scores that are not independent: several questions on one patient, slide or picture."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from vqa_eval.records import Interval
from vqa_eval.stats.proportion import wilson
from vqa_eval.stats.student import normal_quantile, t_quantile


@dataclass(frozen=True, slots=True)
class ClusteredMean:
    """A mean and how sure one may be of it."""

    mean: float
    n: int
    clusters: int
    interval: Interval | None
    """The 95 % interval (or the asked one); None where the data cannot give it: print "n/a", not 0."""
    n_eff: float | None
    """The sample size whose independent scores would tell as much; None where it is undefined."""


def clustered_standard_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float | None:
    """Return the standard error of the mean under clustering (CR1); None with fewer than two clusters.

    SE² = G/(G-1) · Σ_c (Σ_{i in c} (s_i - s̄))² / n², with G clusters.  With every score its own cluster it
    is the usual s/√n.  Raises ValueError on unequal lengths.

    Source: K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13-22; the factor G/(G-1) is the CR1
    correction of a regression on a constant, as statsmodels computes it.
    """
    _check_lengths(values, clusters)
    sums: dict[Hashable, list[float]] = {}
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    for value, cluster in zip(values, clusters, strict=True):
        sums.setdefault(cluster, []).append(value - mean)
    groups = len(sums)
    if groups < 2:
        return None
    squares = math.fsum(math.fsum(residuals) ** 2 for residuals in sums.values())
    return math.sqrt(groups / (groups - 1) * squares) / len(values)


def design_effect(values: Sequence[float], clusters: Sequence[Hashable]) -> float | None:
    """Return how many times clustering multiplies the variance of the mean of scores in [0, 1].

    deff = max(1, SE²_CR1 / SE²), SE² = Σ(s_i - s̄)² / (n(n-1)): exactly 1 where every score is its own
    cluster.  Where all scores are equal it is 1, the limit from one deviating score.  None with fewer than
    two clusters.

    Source: L. Kish, Survey Sampling (1965), §8.2; never below 1, so that negative correlation found by
    chance does not make the sample look larger than it is.
    """
    error = clustered_standard_error(values, clusters)
    if error is None:
        return None
    n = len(values)
    mean = math.fsum(values) / n
    variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
    # Equal scores leave rounding dust instead of an exact zero.
    if variance <= 1e-24:
        return 1.0
    return max(1.0, error * error / (variance / n))


def effective_n(values: Sequence[float], clusters: Sequence[Hashable]) -> float | None:
    """Return n divided by the design effect; None with fewer than two clusters."""
    effect = design_effect(values, clusters)
    return None if effect is None else len(values) / effect


def corrected_effective_n(
    values: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95
) -> float | None:
    """Return the effective n made smaller for having estimated the design effect from few clusters.

    n/deff · (z/t_{G-1})²: an interval that uses the normal quantile with this n is as wide as one that
    uses the t quantile with n/deff.  None with fewer than two clusters.

    Source: E. L. Korn and B. I. Graubard, Survey Methodology 24 (1998) 193-201.
    """
    plain = effective_n(values, clusters)
    if plain is None:
        return None
    upper = 0.5 + confidence / 2
    ratio = normal_quantile(upper) / t_quantile(upper, len(set(clusters)) - 1)
    return plain * ratio * ratio


def mean_interval(values: Sequence[float], clusters: Sequence[Hashable], confidence: float = 0.95) -> ClusteredMean:
    """Return the mean of scores in [0, 1] with its interval under clustering.

    Right and wrong (every score 0 or 1): the Wilson interval on the corrected effective n.  It holds its
    coverage near 0 and 1 and keeps a width where all are right.
    Graded scores: their variance is not p(1-p), so Wilson would not be valid; the interval is
    mean ± t_{G-1} · SE_CR1, clipped to [0, 1], and None where the standard error is 0: equal scores do not
    show how much they vary.
    With fewer than two clusters nothing is known about the spread between clusters: interval and n_eff
    are None.

    Raises ValueError on no scores, on unequal lengths and on a score outside [0, 1] (or not a number).
    """
    _check_lengths(values, clusters)
    if not values:
        raise ValueError("a mean needs at least one score")
    if not all(0.0 <= value <= 1.0 for value in values):
        raise ValueError("scores must lie in [0, 1]")
    n, groups = len(values), len(set(clusters))
    mean = min(max(math.fsum(values) / n, min(values)), max(values))
    n_eff = corrected_effective_n(values, clusters, confidence)
    if n_eff is None:
        return ClusteredMean(mean, n, groups, None, None)
    if all(value in (0.0, 1.0) for value in values):
        return ClusteredMean(mean, n, groups, wilson(mean * n_eff, n_eff, confidence), n_eff)
    error = clustered_standard_error(values, clusters)
    assert error is not None, "two clusters give a standard error"
    if error <= 1e-12:
        return ClusteredMean(mean, n, groups, None, None)
    half = t_quantile(0.5 + confidence / 2, groups - 1) * error
    return ClusteredMean(mean, n, groups, Interval(max(0.0, mean - half), min(1.0, mean + half)), n_eff)


def _check_lengths(values: Sequence[float], clusters: Sequence[Hashable]) -> None:
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} scores but {len(clusters)} clusters")
