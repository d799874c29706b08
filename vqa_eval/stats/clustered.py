"""Means of scores that are not independent: several questions on one patient, slide or picture."""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import compress, repeat
from operator import mul

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
    undefined: float = 0.0
    """Of an interval by resampling: the share of the resamples that it leaves out, being undefined on them."""


def clustered_standard_error(values: Sequence[float], clusters: Sequence[Hashable]) -> float | None:
    """Return the standard error of the mean under clustering (CR1); None with fewer than two clusters.

    SE² = G/(G-1) · Σ_c (Σ_{i in c} (s_i - s̄))² / n², with G clusters.  With every score its own cluster it
    is the usual s/√n.  Raises ValueError on unequal lengths.

    Source: K.-Y. Liang and S. L. Zeger, Biometrika 73 (1986) 13-22; the factor G/(G-1) is the CR1
    correction of a regression on a constant, as statsmodels computes it.
    """
    spread = _spread(values, clusters)
    return None if spread is None else spread.standard_error


def design_effect(values: Sequence[float], clusters: Sequence[Hashable]) -> float | None:
    """Return how many times clustering multiplies the variance of the mean of scores in [0, 1].

    deff = max(1, SE²_CR1 / SE²), SE² = Σ(s_i - s̄)² / (n(n-1)): exactly 1 where every score is its own
    cluster.  Where all scores are equal it is 1, the limit from one deviating score.  None with fewer than
    two clusters.

    Source: L. Kish, Survey Sampling (1965), §8.2; never below 1, so that negative correlation found by
    chance does not make the sample look larger than it is.
    """
    spread = _spread(values, clusters)
    return None if spread is None else spread.design_effect


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
    spread = _spread(values, clusters)
    return None if spread is None else spread.corrected_effective_n(confidence)


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
    spread = _spread(values, clusters)
    if spread is None:
        raise ValueError("a mean needs at least one score")
    n, groups, mean = spread.n, spread.groups, spread.mean
    if not spread.binary:
        lowest, highest = min(values), max(values)
        # A score that is not a number hides from min and max, not from the mean.
        if not (lowest >= 0.0 and highest <= 1.0 and 0.0 <= mean):
            raise ValueError("scores must lie in [0, 1]")
        mean = min(max(mean, lowest), highest)
    n_eff, error = spread.corrected_effective_n(confidence), spread.standard_error
    if n_eff is None or error is None:
        return ClusteredMean(mean, n, groups, None, None)
    if spread.binary:
        return ClusteredMean(mean, n, groups, wilson(mean * n_eff, n_eff, confidence), n_eff)
    if error <= 1e-12:
        return ClusteredMean(mean, n, groups, None, None)
    half = t_quantile(0.5 + confidence / 2, groups - 1) * error
    return ClusteredMean(mean, n, groups, Interval(max(0.0, mean - half), min(1.0, mean + half)), n_eff)


def cluster_sums(values: Iterable[float], clusters: Iterable[Hashable]) -> dict[Hashable, float]:
    """Return the sum of the values of each cluster, in the order in which the clusters first appear."""
    sums: dict[Hashable, float] = {}
    sum_so_far = sums.get
    for value, cluster in zip(values, clusters, strict=True):
        sums[cluster] = sum_so_far(cluster, 0) + value
    return sums


@dataclass(frozen=True, slots=True)
class _Spread:
    """What is read off the scores once; all else in this module is arithmetic on it."""

    n: int
    groups: int
    mean: float
    single: float
    """Σ_i (s_i - s̄)², of single scores."""
    grouped: float
    """Σ_c (Σ_{i in c} (s_i - s̄))², of clusters."""
    binary: bool
    """Every score is 0 or 1."""

    @property
    def standard_error(self) -> float | None:
        if self.groups < 2:
            return None
        return math.sqrt(self.groups / (self.groups - 1) * self.grouped) / self.n

    @property
    def design_effect(self) -> float | None:
        error = self.standard_error
        if error is None:
            return None
        variance = self.single / (self.n - 1)
        # Equal scores leave rounding dust instead of an exact zero.
        if variance <= 1e-24:
            return 1.0
        return max(1.0, error * error / (variance / self.n))

    def corrected_effective_n(self, confidence: float) -> float | None:
        effect = self.design_effect
        if effect is None:
            return None
        upper = 0.5 + confidence / 2
        ratio = normal_quantile(upper) / t_quantile(upper, self.groups - 1)
        return self.n / effect * ratio * ratio


def _spread(values: Sequence[float], clusters: Sequence[Hashable]) -> _Spread | None:
    """Read the scores; None where there are none."""
    if len(values) != len(clusters):
        raise ValueError(f"{len(values)} scores but {len(clusters)} clusters")
    if not values:
        return None
    n = len(values)
    if values.count(0) + values.count(1) == n:
        return _binary_spread(values, clusters)
    mean = math.fsum(values) / n
    residuals = [value - mean for value in values]
    sums = cluster_sums(residuals, clusters).values()
    return _Spread(n, len(sums), mean, _product(residuals, residuals), _product(sums, sums), binary=False)


def _binary_spread(values: Sequence[float], clusters: Sequence[Hashable]) -> _Spread:
    """Read right and wrong by counting: exact, and at the speed of the interpreter's own loops."""
    n = len(values)
    sizes = Counter(clusters)
    right = Counter(compress(clusters, values))
    hits = list(map(right.get, sizes, repeat(0)))
    total = sum(hits)
    # Σ_c (h_c - m_c·p)² times n², in whole numbers: with p = total/n nothing is lost to cancellation.
    grouped = n * n * sum(map(mul, hits, hits)) - 2 * n * total * sum(map(mul, hits, sizes.values()))
    grouped += total * total * sum(map(mul, sizes.values(), sizes.values()))
    return _Spread(n, len(sizes), total / n, total * (n - total) / n, grouped / (n * n), binary=True)


def _product(left: Iterable[float], right: Iterable[float]) -> float:
    return math.fsum(map(mul, left, right))
