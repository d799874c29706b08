"""The chi-square distribution, from the standard library alone."""

import math


def chi_square_p(statistic: float, df: int) -> float:
    """Return P(X >= statistic) for a chi-square X with df degrees of freedom.

    Raises ValueError unless df >= 1 and the statistic is at least 0; an infinite one has p = 0.

    Source: Q(a + 1, x) = Q(a, x) + x^a e^{-x} / Γ(a + 1), NIST DLMF §8.8, climbing from Q(1, x) = e^{-x} or
    from Q(1/2, x) = erfc(√x): for whole degrees of freedom a finite sum of positive terms.
    """
    if df < 1:
        raise ValueError(f"degrees of freedom must be at least 1, not {df}")
    if not statistic >= 0:
        raise ValueError(f"a chi-square statistic is at least 0, not {statistic}")
    x = statistic / 2
    if x == 0:
        return 1.0
    if math.isinf(x):
        return 0.0
    whole = df % 2 == 0
    start = math.exp(-x) if whole else math.erfc(math.sqrt(x))
    powers = (step + (1.0 if whole else 0.5) for step in range((df - 1) // 2))
    return min(1.0, start + math.fsum(math.exp(a * math.log(x) - x - math.lgamma(a + 1)) for a in powers))
