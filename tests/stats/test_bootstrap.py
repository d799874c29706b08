"""The cluster bootstrap: golden interval, whole clusters, undefined replicates counted."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.records import Interval
from vqa_eval.stats import cluster_interval, clustered_standard_error

Z = [0.1, 0.5, 0.9, 0.3, 0.7, 0.2, 0.8, 0.6]


def mean(values: Any) -> float:
    """Return the mean of an array or of a list."""
    return float(sum(values) / len(values))


def test_percentiles_equal_golden(golden: dict[str, Any]) -> None:
    """The percentile interval of a mean is scipy's within Monte-Carlo error."""
    row = golden["bootstrap"]
    found = cluster_interval(np.array(row["z"]), range(8), lambda drawn: float(drawn.mean()), resamples=10_000)
    assert found.interval is not None
    assert row["percentile"] == pytest.approx([found.interval.low, found.interval.high], abs=5e-3)


def test_percentiles_example() -> None:
    """The same without the file, from an array and from a list alike."""
    found = cluster_interval(np.array(Z), range(8), mean, resamples=10_000)
    assert found.interval is not None
    assert 0.5125 == pytest.approx(found.value, abs=1e-12)
    assert [0.325, 0.7] == pytest.approx([found.interval.low, found.interval.high], abs=5e-3)
    assert found == cluster_interval(Z, range(8), mean, resamples=10_000)


def test_whole_clusters_are_drawn() -> None:
    """A drawn cluster brings all its samples, each as often as the cluster was drawn."""
    seen: list[list[str]] = []

    def remember(drawn: list[str]) -> float:
        seen.append(sorted(drawn))
        return float(len(drawn))

    cluster_interval(["a1", "b1", "a2", "c1", "a3", "c2"], "abacac", remember, resamples=200)
    assert sorted(["a1", "b1", "a2", "c1", "a3", "c2"]) == seen[0]
    families = {"a": ("a1", "a2", "a3"), "b": ("b1",), "c": ("c1", "c2")}
    for drawn in seen[1:]:
        times = {name: {drawn.count(sample) for sample in family} for name, family in families.items()}
        assert {1} == {len(counts) for counts in times.values()}
        assert 3 == sum(counts.pop() for counts in times.values())


def test_the_draws_are_numpys() -> None:
    """Singletons are drawn by numpy's generator in one table, as anybody can repeat it."""
    table = np.random.default_rng(11).integers(0, 8, (500, 8))
    low, high = np.quantile(np.array(Z)[table].mean(axis=1), [0.05, 0.95])
    found = cluster_interval(np.array(Z), range(8), mean, resamples=500, seed=11, confidence=0.9)
    assert found.interval is not None
    assert [low, high] == pytest.approx([found.interval.low, found.interval.high], abs=1e-12)


def test_undefined_replicates_are_counted() -> None:
    """A replicate without a positive has no value; the others make the interval, and the count says so."""
    table = np.random.default_rng(0).integers(0, 4, (1000, 4))
    without = int((table != 0).all(axis=1).sum())
    units = np.array([[1.0, 1.0], [0.0, 0.0], [0.0, 1.0], [0.0, 1.0]])

    def precision(drawn: Any) -> float | None:
        return float(drawn[:, 0].sum() / drawn[:, 1].sum()) if drawn[:, 0].any() else None

    found = cluster_interval(units, range(4), precision)
    assert (without, 1000) == (found.undefined, found.resamples)
    assert found.interval is not None
    assert 1 / 3 == pytest.approx(found.value)
    never = cluster_interval(units, range(4), lambda drawn: float("nan"))
    assert (None, None, 1000) == (never.value, never.interval, never.undefined)


def test_no_spread_has_no_interval() -> None:
    """One cluster, or replicates all alike, give no interval rather than one without a width."""
    assert cluster_interval(Z, "a" * 8, mean).interval is None
    alike = cluster_interval([0.5] * 8, range(8), mean)
    assert (0.5, None, 0) == (alike.value, alike.interval, alike.undefined)


@pytest.mark.parametrize(
    ("units", "clusters", "setting"),
    [([], "", {}), ([1.0], "ab", {}), ([1.0, 0.0], "ab", {"resamples": 0}), ([1.0, 0.0], "ab", {"confidence": 0.0})],
)
def test_unfit_samples_are_refused(units: list[float], clusters: str, setting: Any) -> None:
    """No samples, unequal lengths, no resamples and an impossible confidence are errors."""
    with pytest.raises(ValueError, match=r"sample|cannot be"):
        cluster_interval(units, clusters, mean, **setting)


@settings(max_examples=40)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=2, max_size=30), st.integers(0, 2**32))
def test_intervals_keep_to_the_range_and_the_seed(rows: list[tuple[float, int]], seed: int) -> None:
    """The interval of a mean lies within the scores; names of clusters do not matter, the seed does."""
    values, clusters = [value for value, _ in rows], [cluster for _, cluster in rows]
    found = cluster_interval(np.array(values), clusters, mean, resamples=50, seed=seed)
    assert found == cluster_interval(np.array(values), [f"slide-{c}" for c in clusters], mean, resamples=50, seed=seed)
    if found.interval is not None:
        assert min(values) - 1e-12 <= found.interval.low <= found.interval.high <= max(values) + 1e-12


def test_spread_is_that_of_the_formula() -> None:
    """Of many clusters of equal size, the width is that of mean ± 1.96 clustered standard errors."""
    chance = np.random.default_rng(2)
    clusters = [place // 4 for place in range(1200)]
    values = np.clip(chance.normal(0.5, 0.1, 300).repeat(4) + chance.normal(0, 0.1, 1200), 0, 1)
    found = cluster_interval(values, clusters, mean, resamples=4000)
    error = clustered_standard_error(values.tolist(), clusters)
    assert isinstance(found.interval, Interval)
    assert error is not None
    assert 2 * 1.96 * error == pytest.approx(found.interval.high - found.interval.low, rel=0.05)
