"""Ranks of several models on the same samples, and how sure one may be of them."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vqa_eval.stats.bootstrap import draws
from vqa_eval.stats.clustered import cluster_sums

if TYPE_CHECKING:
    from numpy import float64, int64
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Rank:
    """One model's place among the models; 1 is best, equal means share the better place."""

    mean: float
    rank: int
    first: float | None
    """Share of the resamples in which it ranks first, alone or with others; None with fewer than two clusters."""
    low: int | None
    """Best rank in the interval; None with fewer than two clusters."""
    high: int | None
    """Worst rank in the interval; None with fewer than two clusters."""

    @property
    def shown(self) -> str:
        """The ranks that cannot be told apart: "1", "1–3", or "n/a"."""
        if self.low is None or self.high is None:
            return "n/a"
        return str(self.low) if self.low == self.high else f"{self.low}–{self.high}"


@dataclass(frozen=True, slots=True)
class Ranking:
    """The ranks of all models, from the same resamples."""

    ranks: tuple[Rank, ...]
    """One a model, in the order in which the models were given."""
    tau: float | None
    """Mean Kendall tau-b of the resampled rankings with the full one: 1 where none differs; None where undefined."""
    resamples: int


def rank_bootstrap(
    scores: Sequence[Sequence[float]],
    clusters: Sequence[Hashable],
    *,
    resamples: int = 2000,
    seed: int = 0,
    confidence: float = 0.95,
) -> Ranking:
    """Rank models by mean score, higher is better, and again on resampled clusters, the same for all models.

    `scores` holds one sequence a model, over the same samples in the same order.  The rank interval holds
    the asked share of the resampled ranks, rounded outwards to whole ranks.  The same seed gives the same
    ranking.

    Raises ValueError on no models, on no samples, on unequal lengths, on a score that is not finite, on
    fewer than one resample and on a confidence that does not lie between 0 and 1.

    Source: M. Wiesenfarth et al., Methods and open-source toolkit for analyzing and visualizing challenge
    results, Scientific Reports 11 (2021) 2369, with clusters of samples in place of samples.
    """
    import numpy as np

    if not scores or not clusters:
        raise ValueError("a ranking needs at least one model and one sample")
    if any(len(values) != len(clusters) for values in scores):
        raise ValueError(f"{sorted({len(values) for values in scores})} scores but {len(clusters)} clusters")
    if resamples < 1 or not 0.0 < confidence < 1.0:
        raise ValueError(f"{resamples} resamples or a confidence of {confidence} cannot be")
    sizes = np.array(list(Counter(clusters).values()), dtype=float)
    sums = np.array([list(cluster_sums(values, clusters).values()) for values in scores], dtype=float).T
    if not np.isfinite(sums).all():
        raise ValueError("scores must be finite numbers")
    pooled = (sums.sum(axis=0) / sizes.sum()).tolist()
    full = _rounded(np.array(pooled))
    places = _ranks(full[np.newaxis])[0].tolist()
    if len(sizes) < 2:
        ranks = (Rank(mean, place, None, None, None) for mean, place in zip(pooled, places, strict=True))
        return Ranking(tuple(ranks), None, 0)
    means = np.concatenate(list(_resampled(sums, sizes, resamples, seed)))
    drawn = _ranks(means)
    low = np.quantile(drawn, 0.5 - confidence / 2, axis=0, method="lower")
    high = np.quantile(drawn, 0.5 + confidence / 2, axis=0, method="higher")
    columns = (pooled, places, (drawn == 1).mean(axis=0).tolist(), low.tolist(), high.tolist())
    taus = _taus(means, full)
    defined = taus[~np.isnan(taus)]
    tau = float(defined.mean()) if len(defined) else None
    return Ranking(tuple(Rank(*row) for row in zip(*columns, strict=True)), tau, resamples)


def kendall_tau_b(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Return how far two orders of the same things agree, in [-1, 1]; None where either is all ties.

    Raises ValueError on unequal lengths.

    Source: M. G. Kendall, The treatment of ties in ranking problems, Biometrika 33 (1945) 239-251.
    """
    import numpy as np

    if len(first) != len(second):
        raise ValueError(f"{len(first)} values but {len(second)}")
    tau = float(_taus(np.array([first], dtype=float), np.array(second, dtype=float))[0])
    return None if np.isnan(tau) else tau


def _resampled(
    sums: "NDArray[float64]", sizes: "NDArray[float64]", resamples: int, seed: int
) -> "Iterator[NDArray[float64]]":
    """Yield the models' means on resampled clusters: a row a resample, a column a model."""
    import numpy as np

    groups = len(sizes)
    for rows in draws(groups, resamples, seed):
        # How often each cluster was drawn turns all the means into one product of matrices.
        cells = rows + groups * np.arange(len(rows))[:, np.newaxis]
        times = np.bincount(cells.ravel(), minlength=rows.size).reshape(rows.shape).astype(float)
        yield _rounded((times @ sums) / (times @ sizes)[:, np.newaxis])


def _rounded(means: "NDArray[float64]") -> "NDArray[float64]":
    """Make equal what only the order of summation tells apart."""
    return means.round(12)


def _ranks(means: "NDArray[float64]") -> "NDArray[int64]":
    """Return in each row 1 + the number of higher means."""
    import numpy as np

    columns = [1 + (means > means[:, [model]]).sum(axis=1) for model in range(means.shape[1])]
    ranks: NDArray[int64] = np.stack(columns, axis=1)
    return ranks


def _taus(rows: "NDArray[float64]", full: "NDArray[float64]") -> "NDArray[float64]":
    """Return Kendall's tau-b of each row with `full`; NaN where either is all ties."""
    import numpy as np

    agreement, untied = np.zeros(len(rows)), np.zeros(len(rows))
    untied_full = 0.0
    for model in range(len(full) - 1):
        there = np.sign(full[model] - full[model + 1 :])
        here = np.sign(rows[:, [model]] - rows[:, model + 1 :])
        agreement += here @ there
        untied += np.abs(here).sum(axis=1)
        untied_full += float(np.abs(there).sum())
    pairs = np.sqrt(untied * untied_full)
    taus: NDArray[float64] = np.divide(agreement, pairs, out=np.full(len(rows), np.nan), where=pairs > 0)
    return taus
