"""McNemar's test: two models that were right and wrong on the same, independent samples."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class McNemar:
    """Two-sided p-values of the exact test on the samples where just one of two models is right."""

    exact: float
    """Never too small, whatever the number of samples; on the safe side."""
    mid: float
    """Counts half of the observed outcome: less on the safe side, closer to its nominal level."""


def mcnemar(only_first: int, only_second: int) -> McNemar:
    """Return the p-values of the hypothesis that each model is equally often the only one that is right.

    `only_first` and `only_second` count the discordant samples; without any, both p-values are 1.  Samples
    must be independent: where several share a patient or a picture, use `sign_flip`.  Raises ValueError on a
    negative count.

    Source: Q. McNemar, Psychometrika 12 (1947) 153-157, with the binomial instead of the chi-square
    distribution; mid-p: M. W. Fagerland, S. Lydersen and P. Laake, BMC Medical Research Methodology 13
    (2013) 91.
    """
    if only_first < 0 or only_second < 0:
        raise ValueError(f"counts cannot be negative: {only_first} and {only_second}")
    n, fewer = only_first + only_second, min(only_first, only_second)
    # Whole numbers divide without overflow; the terms below the observed one follow by their ratios.
    observed = math.comb(n, fewer) / 2**n
    terms, term = [1.0], 1.0
    for successes in range(fewer, 0, -1):
        term *= successes / (n - successes + 1)
        terms.append(term)
        if term < 1e-18:
            break
    exact = 2.0 * observed * math.fsum(terms)
    # With equal counts both tails hold the observed outcome, which must be counted once.
    return McNemar(min(1.0, exact), min(1.0, exact - observed))
