"""Cluster bootstrap: the interval of any statistic that has no formula, such as macro-F1, AUC or BLEU."""

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from vqa_eval.records import Interval

if TYPE_CHECKING:
    from numpy import int64
    from numpy.typing import NDArray

Units = TypeVar("Units", bound="Sequence[Any] | NDArray[Any]")

_AT_ONCE = 2**22
"""Clusters drawn at once, so that memory does not grow with samples times resamples."""


@dataclass(frozen=True, slots=True)
class BootstrapInterval:
    """A statistic of the samples and how it varies when their clusters are drawn again."""

    value: float | None
    """The statistic of the samples themselves; None where it is undefined."""
    interval: Interval | None
    """Percentiles over the defined replicates; None with fewer than two clusters and where all are alike."""
    resamples: int
    undefined: int
    """Replicates on which the statistic is undefined; report them beside the interval."""


def cluster_interval(
    units: Units,
    clusters: Sequence[Hashable],
    statistic: Callable[[Units], float | None],
    *,
    resamples: int = 1000,
    seed: int = 0,
    confidence: float = 0.95,
) -> BootstrapInterval:
    """Return the percentile interval of a statistic, whole clusters drawn with replacement.

    `units` holds what the statistic needs of each sample: an array with a row a sample, or any sequence.
    `statistic` gets as many of them as a draw holds, in the same form, and returns None (or NaN) where it is
    undefined.  The same seed gives the same interval.  Percentile intervals of few clusters are too narrow:
    for the mean of right and wrong use `mean_interval`.

    Raises ValueError on no samples, on unequal lengths, on fewer than one resample and on a confidence that
    does not lie between 0 and 1.

    Source: A. C. Davison and D. V. Hinkley, Bootstrap Methods and their Application (1997), §3.8 and §5.3.
    """
    import numpy as np

    if len(units) != len(clusters):
        raise ValueError(f"{len(units)} samples but {len(clusters)} clusters")
    if not clusters:
        raise ValueError("a bootstrap needs at least one sample")
    if resamples < 1 or not 0.0 < confidence < 1.0:
        raise ValueError(f"{resamples} resamples or a confidence of {confidence} cannot be")
    value = _defined(statistic(units))
    members: dict[Hashable, list[int]] = {}
    for place, cluster in enumerate(clusters):
        members.setdefault(cluster, []).append(place)
    if len(members) < 2:
        return BootstrapInterval(value, None, 0, 0)
    ordered = np.array([place for group in members.values() for place in group])
    sizes = np.array([len(group) for group in members.values()])
    starts = sizes.cumsum() - sizes

    def replicate(row: "NDArray[int64]") -> float | None:
        drawn = sizes[row]
        # A run of places for each drawn cluster: its start, counted on from where the runs before it end.
        offsets: NDArray[int64] = np.repeat(starts[row] - (drawn.cumsum() - drawn), drawn)
        return _defined(statistic(_take(units, ordered[offsets + np.arange(len(offsets))])))

    found = [replicate(row) for rows in draws(len(sizes), resamples, seed) for row in rows]
    replicates = [value for value in found if value is not None]
    undefined = resamples - len(replicates)
    # Replicates that do not differ say nothing about the spread; an interval without a width would lie.
    if not replicates or max(replicates) - min(replicates) <= 1e-12 * max(map(abs, replicates)):
        return BootstrapInterval(value, None, resamples, undefined)
    interval = Interval(*np.quantile(replicates, [0.5 - confidence / 2, 0.5 + confidence / 2]).tolist())
    return BootstrapInterval(value, interval, resamples, undefined)


def draws(groups: int, resamples: int, seed: int) -> "Iterator[NDArray[int64]]":
    """Yield which of 0 … groups - 1 each resample draws, a row a resample, in blocks of bounded size.

    Together the blocks are numpy's default_rng(seed).integers(0, groups, (resamples, groups)).
    """
    import numpy as np

    rng = np.random.default_rng(seed)
    rows = max(1, _AT_ONCE // groups)
    for start in range(0, resamples, rows):
        yield rng.integers(0, groups, (min(rows, resamples - start), groups))


def _take(units: Units, places: "NDArray[int64]") -> Units:
    import numpy as np

    rows: Any = units
    taken = rows.take(places, axis=0) if isinstance(units, np.ndarray) else [rows[place] for place in places.tolist()]
    return cast("Units", taken)


def _defined(value: float | None) -> float | None:
    return None if value is None or math.isnan(value) else float(value)
