"""How many samples a difference between two models needs, and which difference some samples can show."""

import math

from vqa_eval.stats.student import normal_quantile, t_quantile

_BETWEEN = 1 / 9
"""Variance over questions of the difference of two models' expected scores, where nothing is known."""


def needed_n(
    difference: float,
    *,
    omega2: float = _BETWEEN,
    sigma2: tuple[float, float] = (0.0, 0.0),
    draws: int = 1,
    confidence: float = 0.95,
    power: float = 0.8,
) -> float:
    """Return the number of independent samples that shows a true difference of two models, not rounded.

    n = (z_{α/2} + z_β)² (ω² + σ²_A/K + σ²_B/K) / δ², the models answering the same questions.  `omega2` is
    the variance over questions of the difference of their expected scores, `sigma2` that of each model's
    score between draws on one question (0 where it is deterministic), `draws` the K replies averaged on each.
    Where samples share clusters, n is the effective n.  Raises ValueError on no difference and on a
    variance, a number of draws, a confidence or a power that cannot be.

    Source: E. Miller, Adding error bars to evals (2024), arXiv:2411.00640.
    """
    if not difference:
        raise ValueError("no number of samples shows a difference of 0")
    return _multiple(confidence, power, None) ** 2 * _variance(omega2, sigma2, draws) / difference**2


def detectable_difference(
    n_eff: float,
    *,
    omega2: float = _BETWEEN,
    sigma2: tuple[float, float] = (0.0, 0.0),
    draws: int = 1,
    confidence: float = 0.95,
    power: float = 0.8,
) -> float:
    """Return the smallest true difference of two models that n_eff samples show with this power.

    The inverse of `needed_n`, with the same parameters: what a node can tell before two models were
    compared on it.  Raises ValueError on no samples, and as `needed_n`.
    """
    if not n_eff > 0:
        raise ValueError(f"a difference needs at least one sample, not {n_eff}")
    return _multiple(confidence, power, None) * math.sqrt(_variance(omega2, sigma2, draws) / n_eff)


def detectable_from_error(
    standard_error: float, df: int | None = None, confidence: float = 0.95, power: float = 0.8
) -> float:
    """Return the smallest true difference that a test with this measured standard error finds.

    (t_{α/2} + t_β) · SE with df degrees of freedom, the normal quantiles where df is None.  Raises
    ValueError on a negative standard error and on a confidence or a power that cannot be.

    Source: H. S. Bloom, Minimum detectable effects, Evaluation Review 19 (1995) 547-556.
    """
    if not standard_error >= 0:
        raise ValueError(f"a standard error cannot be {standard_error}")
    return _multiple(confidence, power, df) * standard_error


def _multiple(confidence: float, power: float, df: int | None) -> float:
    """Return how many standard errors a true difference must measure to be found."""
    if not 0.5 <= power < 1.0:
        raise ValueError(f"a power lies in [0.5, 1), not at {power}")
    upper = 0.5 + confidence / 2
    if df is None:
        return normal_quantile(upper) + normal_quantile(power)
    return t_quantile(upper, df) + t_quantile(power, df)


def _variance(omega2: float, sigma2: tuple[float, float], draws: int) -> float:
    if min(omega2, *sigma2) < 0 or draws < 1:
        raise ValueError(f"variances {omega2}, {sigma2} or {draws} draws cannot be")
    return omega2 + sum(sigma2) / draws
