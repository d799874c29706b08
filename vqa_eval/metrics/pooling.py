"""From samples to the number of a node: the mean of scores, or what a corpus measure makes of its units."""

import math
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING

from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Interval, Sample, Unit
from vqa_eval.stats.bootstrap import cluster_interval
from vqa_eval.stats.clustered import ClusteredMean, clustered_standard_error, mean_interval
from vqa_eval.stats.student import t_quantile

if TYPE_CHECKING:
    from numpy import ndarray


LEFT_OUT = 0.05
"""Share of resamples without a value above which percentiles of the others are no interval of the number."""


def number(
    metric: Metric, values: Sequence[float], units: Sequence[Unit], clusters: Sequence[Hashable]
) -> ClusteredMean | None:
    """Return a node's number under a metric with its 95 % interval; None where it is undefined.

    Scores in [0, 1]: `mean_interval`. Scores without a bound: mean ± t · SE under clustering, never below 0.
    Corpus measures: the pool of the units, with the percentiles of 1,000 cluster resamples from seed 0, unless
    more than 5 % of these are undefined.
    """
    if not values:
        return None
    if metric.pool is not None:
        return pooled(metric, units, clusters)
    if metric.top == 1.0:
        return mean_interval(values, clusters)
    n, groups = len(values), len(set(clusters))
    mean = math.fsum(values) / n
    error = clustered_standard_error(values, clusters)
    if not error:
        return ClusteredMean(mean, n, groups, None, None)
    half = t_quantile(0.975, groups - 1) * error
    return ClusteredMean(mean, n, groups, Interval(max(0.0, mean - half), mean + half), None)


def pooled(metric: Metric, units: Sequence[Unit], clusters: Sequence[Hashable]) -> ClusteredMean | None:
    """Return a corpus measure over units with its interval; None where it is undefined."""
    assert metric.pool is not None, f"{metric.name} is no corpus measure"
    rows = as_rows(metric, units)
    if not metric.resampled:
        value = metric.pool(rows)
        return None if value is None else ClusteredMean(value, len(units), len(set(clusters)), None, None)
    found = cluster_interval(rows, clusters, metric.pool)
    if found.value is None:
        return None
    undefined = found.undefined / found.resamples if found.resamples else 0.0
    interval = found.interval if undefined <= LEFT_OUT else None
    return ClusteredMean(found.value, len(units), len(set(clusters)), interval, None, undefined)


def plain_number(metric: Metric, cases: Sequence[tuple[Sample, Answer]]) -> float | None:
    """Return the number of answered samples under a metric, without an interval; None where it is undefined."""
    if metric.pool is not None and metric.unit is not None:
        units = [unit for case in cases if (unit := metric.unit(*case)) is not None]
        return metric.pool(as_rows(metric, units)) if units else None
    scores = [score for case in cases if (score := metric.score(*case)) is not None]
    return math.fsum(scores) / len(scores) if scores else None


def as_rows(metric: Metric, units: Sequence[Unit]) -> "ndarray":
    """Return units as the metric's pool takes them: a row a sample."""
    import numpy as np

    if metric.coded is not None:
        return metric.coded(units)
    plain = all(isinstance(part, int | float) for part in units[0])
    rows: ndarray = np.array(units, dtype=float if plain else object)
    return rows
