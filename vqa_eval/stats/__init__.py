"""Statistics: how sure one may be of a number, of a difference and of a rank."""

from vqa_eval.stats.balanced import balanced_mean
from vqa_eval.stats.bias import LetterBias, letter_bias
from vqa_eval.stats.bootstrap import BootstrapInterval, cluster_interval
from vqa_eval.stats.calibration import (
    ReliabilityBin,
    RiskPoint,
    auroc,
    brier_score,
    expected_calibration_error,
    reliability,
    risk_coverage,
    risk_coverage_area,
)
from vqa_eval.stats.chisquare import chi_square_p
from vqa_eval.stats.clustered import (
    ClusteredMean,
    cluster_sums,
    clustered_standard_error,
    corrected_effective_n,
    design_effect,
    effective_n,
    mean_interval,
)
from vqa_eval.stats.macro import MacroMean, macro_mean
from vqa_eval.stats.mcnemar import McNemar, mcnemar
from vqa_eval.stats.multiplicity import benjamini_hochberg, holm
from vqa_eval.stats.paired import PairedDifference, paired_difference
from vqa_eval.stats.power import detectable_difference, detectable_from_error, needed_n
from vqa_eval.stats.proportion import wilson
from vqa_eval.stats.ranks import Rank, Ranking, kendall_tau_b, rank_bootstrap
from vqa_eval.stats.signflip import SignFlip, sign_flip
from vqa_eval.stats.student import normal_quantile, t_quantile, t_two_sided_p

__all__ = [
    "BootstrapInterval",
    "ClusteredMean",
    "LetterBias",
    "MacroMean",
    "McNemar",
    "PairedDifference",
    "Rank",
    "Ranking",
    "ReliabilityBin",
    "RiskPoint",
    "SignFlip",
    "auroc",
    "balanced_mean",
    "benjamini_hochberg",
    "brier_score",
    "chi_square_p",
    "cluster_interval",
    "cluster_sums",
    "clustered_standard_error",
    "corrected_effective_n",
    "design_effect",
    "detectable_difference",
    "detectable_from_error",
    "effective_n",
    "expected_calibration_error",
    "holm",
    "kendall_tau_b",
    "letter_bias",
    "macro_mean",
    "mcnemar",
    "mean_interval",
    "needed_n",
    "normal_quantile",
    "paired_difference",
    "rank_bootstrap",
    "reliability",
    "risk_coverage",
    "risk_coverage_area",
    "sign_flip",
    "t_quantile",
    "t_two_sided_p",
    "wilson",
]
