"""Intervals: how sure one may be of a number."""

from vqa_eval.stats.clustered import (
    ClusteredMean,
    clustered_standard_error,
    corrected_effective_n,
    design_effect,
    effective_n,
    mean_interval,
)
from vqa_eval.stats.proportion import wilson
from vqa_eval.stats.student import normal_quantile, t_quantile

__all__ = [
    "ClusteredMean",
    "clustered_standard_error",
    "corrected_effective_n",
    "design_effect",
    "effective_n",
    "mean_interval",
    "normal_quantile",
    "t_quantile",
    "wilson",
]
