"""The macro mean: every node counts alike, however many samples it has."""

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from vqa_eval.records import Interval
from vqa_eval.stats.clustered import cluster_sums
from vqa_eval.stats.proportion import wilson
from vqa_eval.stats.student import normal_quantile, t_quantile


@dataclass(frozen=True, slots=True)
class MacroMean:
    """The mean over nodes of their mean scores, how sure one may be of it, and the mean over samples beside it."""

    macro: float
    micro: float
    """The mean over all samples, whatever their node."""
    nodes: int
    n: int
    lone: int
    """Nodes with one cluster only; they do not show their spread, so that any of them leaves no interval."""
    standard_error: float | None
    interval: Interval | None
    """None where a node has one cluster only, and where graded scores do not vary within any node."""


def macro_mean(nodes: Sequence[tuple[Sequence[float], Sequence[Hashable]]], confidence: float = 0.95) -> MacroMean:
    """Return the macro mean of scores in [0, 1] over nodes, each the scores and the clusters of its samples.

    Where nodes share no cluster, SE² = Σ SE_k² / K², with each node's clustered standard error (CR1).  A
    cluster in several nodes moves them together: its deviations are summed over the nodes before they are
    squared, which adds the covariances that nodes taken one by one, or bootstrapped one by one, would lose.

    The interval is that of `mean_interval` (and equal to it for one node): Wilson on an effective n for right
    and wrong, mean ± t · SE clipped to [0, 1] for graded scores.  Its degrees of freedom are those of a sum
    of independent variances, at most the number of clusters less one.

    Raises ValueError on no nodes, on a node without scores, on unequal lengths and on a score outside [0, 1].

    Source: W. G. Cochran, Sampling Techniques (3rd ed., 1977), §5.3 and §5.4 (strata of equal weight; degrees
    of freedom after Satterthwaite); clusters across strata as in R. S. Woodruff, A simple method for
    approximating the variance of a complicated estimate, JASA 66 (1971) 411-414.
    """
    parts = [_Node.of(values, clusters) for values, clusters in nodes]
    if not parts:
        raise ValueError("a macro mean needs at least one node")
    count, n = len(parts), sum(part.n for part in parts)
    macro = min(1.0, math.fsum(part.mean for part in parts) / count)
    micro = min(1.0, math.fsum(part.mean * part.n for part in parts) / n)
    lone = sum(len(part.residuals) < 2 for part in parts)
    if lone:
        return MacroMean(macro, micro, count, n, lone, None, None)
    joint: dict[Hashable, float] = {}
    for part in parts:
        for cluster, residual in part.residuals.items():
            joint[cluster] = joint.get(cluster, 0.0) + residual
    error = math.sqrt(math.fsum(residual**2 for residual in joint.values())) / count
    df = _degrees_of_freedom(parts, len(joint))
    upper = 0.5 + confidence / 2
    if all(part.binary for part in parts):
        n_eff = _effective_n(parts, macro, error) * (normal_quantile(upper) / t_quantile(upper, df)) ** 2
        return MacroMean(macro, micro, count, n, lone, error, wilson(macro * n_eff, n_eff, confidence))
    if error <= 1e-12:
        return MacroMean(macro, micro, count, n, lone, error, None)
    half = t_quantile(upper, df) * error
    interval = Interval(max(0.0, macro - half), min(1.0, macro + half))
    return MacroMean(macro, micro, count, n, lone, error, interval)


@dataclass(frozen=True, slots=True)
class _Node:
    n: int
    mean: float
    residuals: dict[Hashable, float]
    """Σ_{i in c} (s_i - s̄)/n of each cluster, scaled so that the sum of the squares is SE_k² (CR1)."""
    binary: bool

    @classmethod
    def of(cls, values: Sequence[float], clusters: Sequence[Hashable]) -> "_Node":
        if len(values) != len(clusters):
            raise ValueError(f"{len(values)} scores but {len(clusters)} clusters")
        if not values:
            raise ValueError("a node needs at least one score")
        if not all(0.0 <= value <= 1.0 for value in values):
            raise ValueError("scores must lie in [0, 1]")
        n = len(values)
        mean = math.fsum(values) / n
        sums = cluster_sums((value - mean for value in values), clusters)
        scale = math.sqrt(len(sums) / (len(sums) - 1)) / n if len(sums) > 1 else 0.0
        residuals = {cluster: scale * residual for cluster, residual in sums.items()}
        return cls(n, mean, residuals, all(value in (0.0, 1.0) for value in values))

    @property
    def variance(self) -> float:
        return math.fsum(residual**2 for residual in self.residuals.values())


def _degrees_of_freedom(parts: Sequence[_Node], clusters: int) -> int:
    """Return those of a sum of independent variances; shared clusters cannot give more than they are."""
    variances = [(part.variance, len(part.residuals) - 1) for part in parts]
    total = math.fsum(variance for variance, _ in variances)
    if total <= 1e-24:
        return min(sum(df for _, df in variances), clusters - 1)
    satterthwaite = total**2 / math.fsum(variance**2 / df for variance, df in variances)
    return max(1, min(int(satterthwaite), clusters - 1))


def _effective_n(parts: Sequence[_Node], macro: float, error: float) -> float:
    """Return how many independent samples would tell as much about the macro mean of right and wrong."""
    variances = [(part.mean * (1.0 - part.mean), part.n) for part in parts]
    simple = math.fsum(variance / (n - 1) for variance, n in variances) / len(parts) ** 2
    # No node varies: what is left is what unequal weights cost, n in each node and K² in all.
    if simple <= 1e-24:
        return len(parts) ** 2 / math.fsum(1 / n for _, n in variances)
    independent = macro * (1.0 - macro) * len(parts) ** 2 / math.fsum(variance / n for variance, n in variances)
    return independent / max(1.0, error * error / simple)
