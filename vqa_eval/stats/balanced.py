"""The mean over classes of each class's mean score, so that a frequent class does not speak for the others."""

import math
from collections import defaultdict
from collections.abc import Hashable, Sequence

from vqa_eval.records import Interval
from vqa_eval.stats.clustered import ClusteredMean
from vqa_eval.stats.student import t_quantile


def balanced_mean(
    values: Sequence[float], classes: Sequence[Hashable], clusters: Sequence[Hashable], confidence: float = 0.95
) -> ClusteredMean:
    """Return the mean over classes of the class means of scores in [0, 1], with its interval under clustering.

    With right and wrong as scores and the key as classes it is balanced accuracy: the mean recall. The
    standard error is that of the linearised ratio, SE² = G/(G-1) · Σ_c (Σ_{i in c} u_i)² with
    u_i = (s_i - s̄_k) / (K n_k) for a sample of class k, K classes and G clusters; the interval uses t_{G-1} and
    is clipped to [0, 1]. It is None with fewer than two clusters, and where no class varies.

    Raises ValueError on no scores and on unequal lengths.

    Source: linearisation of a ratio, C.-E. Särndal, B. Swensson and J. Wretman, Model Assisted Survey Sampling
    (1992) §5.5; the factor G/(G-1) as in `clustered_standard_error`.
    """
    if not len(values) == len(classes) == len(clusters):
        raise ValueError(f"{len(values)} scores, {len(classes)} classes, {len(clusters)} clusters")
    if not values:
        raise ValueError("a mean needs at least one score")
    grouped: defaultdict[Hashable, list[float]] = defaultdict(list)
    for value, name in zip(values, classes, strict=True):
        grouped[name].append(value)
    means = {name: math.fsum(group) / len(group) for name, group in grouped.items()}
    mean = math.fsum(means.values()) / len(means)
    influence: defaultdict[Hashable, float] = defaultdict(float)
    for value, name, cluster in zip(values, classes, clusters, strict=True):
        influence[cluster] += (value - means[name]) / (len(means) * len(grouped[name]))
    groups = len(influence)
    if groups < 2:
        return ClusteredMean(mean, len(values), groups, None, None)
    error = math.sqrt(groups / (groups - 1) * math.fsum(part * part for part in influence.values()))
    if error <= 1e-12:
        return ClusteredMean(mean, len(values), groups, None, None)
    half = t_quantile(0.5 + confidence / 2, groups - 1) * error
    return ClusteredMean(mean, len(values), groups, Interval(max(0.0, mean - half), min(1.0, mean + half)), None)
