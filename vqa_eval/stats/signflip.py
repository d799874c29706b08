"""Sign-flip permutation test: two models on the same samples, whatever the clusters look like."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vqa_eval.stats.clustered import cluster_sums

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray

_FLIPS = 2**16
"""Sign patterns that are enumerated; beyond, they are drawn."""
_WHOLE = 2**17
"""Largest sum of whole numbers whose distribution is computed; beyond, it would take seconds."""
_AT_ONCE = 2**22
"""Signs drawn at once, so that memory does not grow with the samples."""


@dataclass(frozen=True, slots=True)
class SignFlip:
    """The p-value of a sign-flip test."""

    p: float
    """Two-sided."""
    exact: bool
    """Over all sign patterns; False: estimated from drawn ones, never below 1/(resamples + 1)."""


def sign_flip(
    first: Sequence[float],
    second: Sequence[float],
    clusters: Sequence[Hashable],
    *,
    resamples: int = 10_000,
    seed: int = 0,
) -> SignFlip | None:
    """Test whether two models' scores on the same samples could be exchanged, cluster by cluster.

    Were the models alike, each cluster's summed difference would have either sign with equal chance; p is
    the share of sign patterns whose total lies at least as far from 0 as the observed one.  It is exact
    where scores are whole numbers, such as right and wrong (with every sample its own cluster it is then
    McNemar's exact test), and where at most 16 clusters differ; else it is estimated from `resamples`
    patterns drawn with `seed`.  None without samples; 1 where no cluster differs.

    Raises ValueError on unequal lengths and on a score that is not finite.

    Source: P. Good, Permutation, Parametric and Bootstrap Tests of Hypotheses (3rd ed., 2005); the
    drawn p counts the observed pattern, B. Phipson and G. K. Smyth, Statistical Applications in Genetics
    and Molecular Biology 9 (2010) 39.
    """
    if not len(first) == len(second) == len(clusters):
        raise ValueError(f"{len(first)} and {len(second)} scores but {len(clusters)} clusters")
    if not first:
        return None
    differences = (one - other for one, other in zip(first, second, strict=True))
    # A cluster without a difference is the same under either sign.
    sums = [value for value in cluster_sums(differences, clusters).values() if value]
    total = abs(sum(sums))
    if not total < float("inf"):
        raise ValueError("scores must be finite numbers")
    sizes = [abs(value) for value in sums]
    if all(float(size).is_integer() for size in sizes) and sum(sizes) <= _WHOLE:
        return SignFlip(_whole(map(int, sizes), int(total)), exact=True)
    # Patterns with equal totals differ by rounding dust.
    least = total - 1e-12 * sum(sizes)
    if 2 ** len(sizes) <= _FLIPS:
        return SignFlip(_enumerated(sizes, least), exact=True)
    return SignFlip(_drawn(sizes, least, resamples, seed), exact=False)


def _whole(sizes: Iterable[int], total: int) -> float:
    """Return p from the distribution of the sum of the sizes that have a plus, by convolution."""
    import numpy as np

    counts = Counter(sizes)
    everything = sum(size * count for size, count in counts.items())
    chances = np.ones(1)
    for size, count in counts.items():
        alike = np.zeros(size * count + 1)
        alike[::size] = _heads(count)
        chances = np.convolve(chances, alike)
    # plus - minus >= total, with plus + minus = everything; the other tail mirrors it.
    tail = float(chances[(everything + total) // 2 :].sum())
    return min(1.0, 2.0 * tail) if total else 1.0


def _heads(coins: int) -> "NDArray[float64]":
    """Return the chances of 0, 1, … heads among fair coins."""
    import numpy as np

    # From the middle outwards by ratios: 2^-coins itself would underflow.
    middle = coins // 2
    heads = np.arange(middle, coins)
    upper = np.cumprod(np.concatenate(([1.0], (coins - heads) / (heads + 1))))
    weights = np.concatenate((upper[: coins - 2 * middle : -1], upper))
    chances: NDArray[float64] = weights / weights.sum()
    return chances


def _enumerated(sizes: Sequence[float], least: float) -> float:
    """Return the share of all sign patterns whose total is at least so far from 0."""
    import numpy as np

    totals = np.zeros(1)
    for size in sizes:
        totals = np.concatenate((totals + size, totals - size))
    return float(np.mean(np.abs(totals) >= least))


def _drawn(sizes: Sequence[float], least: float, resamples: int, seed: int) -> float:
    """Return the same share, estimated from drawn sign patterns and the observed one."""
    import numpy as np

    rng = np.random.default_rng(seed)
    weights = np.array(sizes)
    rows = max(1, _AT_ONCE // len(sizes))
    reached = 0
    for start in range(0, resamples, rows):
        plus = rng.integers(0, 2, (min(rows, resamples - start), len(sizes)), dtype=np.int8)
        reached += int(np.count_nonzero(np.abs(2.0 * (plus @ weights) - weights.sum()) >= least))
    return (reached + 1) / (resamples + 1)
