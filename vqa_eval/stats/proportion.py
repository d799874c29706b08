"""The interval of a share of successes."""

import math

from vqa_eval.records import Interval
from vqa_eval.stats.student import normal_quantile


def wilson(successes: float, n: float, confidence: float = 0.95) -> Interval:
    """Return the Wilson score interval of successes out of n; both may be fractions (effective sizes).

    It lies within [0, 1], contains successes/n and keeps a width at 0 and at n.  Raises ValueError unless
    n > 0, 0 <= successes <= n and 0 < confidence < 1.

    Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference, JASA 22
    (1927) 209-212.
    """
    if not n > 0:
        raise ValueError(f"an interval needs at least one observation, not {n}")
    if not 0 <= successes <= n:
        raise ValueError(f"{successes} successes do not fit into {n} observations")
    share = successes / n
    z = normal_quantile(0.5 + confidence / 2)
    shrink = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / shrink
    half = z / shrink * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # Rounding must not push a bound past the share itself or out of [0, 1].
    return Interval(
        low=0.0 if successes == 0 else max(0.0, min(share, centre - half)),
        high=1.0 if successes == n else min(1.0, max(share, centre + half)),
    )
