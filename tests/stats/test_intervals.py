"""Intervals of shares and of clustered means: golden values, and what holds of all of them."""

import subprocess
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import (
    clustered_standard_error,
    corrected_effective_n,
    design_effect,
    effective_n,
    mean_interval,
    normal_quantile,
    t_quantile,
    wilson,
)

# The example of scoring.md, with statsmodels' own values, so that the suite needs no file beside it.
HITS = (1, 1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 0)
GROUPS = (0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 5)

binary = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 9)), min_size=1, max_size=60)
graded = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 9)), min_size=1, max_size=60)


def test_wilson_equals_golden(golden: dict[str, Any]) -> None:
    """The Wilson interval is that of statsmodels."""
    for row in golden["wilson_95"]:
        interval = wilson(row["k"], row["n"])
        assert row["wilson"] == pytest.approx([interval.low, interval.high], abs=1e-9)


def test_clustered_mean_equals_golden(golden: dict[str, Any]) -> None:
    """Standard error, design effect, effective n and the Wilson interval on it are the golden ones."""
    row = golden["clustered_mean"]
    y, clusters = row["y"], row["clusters"]
    assert row["se_statsmodels_CR1"] == pytest.approx(clustered_standard_error(y, clusters), abs=1e-9)
    assert row["singleton_clusters_CR1_equals_iid"] == pytest.approx(
        clustered_standard_error(y, range(len(y))), abs=1e-9
    )
    assert row["design_effect"] == pytest.approx(design_effect(y, clusters), abs=1e-9)
    assert row["n_eff"] == pytest.approx(effective_n(y, clusters), abs=1e-9)
    n_eff = effective_n(y, clusters)
    assert n_eff is not None
    interval = wilson(row["mean"] * n_eff, n_eff)
    assert row["wilson_n_eff"] == pytest.approx([interval.low, interval.high], abs=1e-9)


def test_clustered_example() -> None:
    """The same example without the file: n/deff, made smaller by (z/t)² for the interval."""
    assert 0.20525503557679078 == pytest.approx(clustered_standard_error(HITS, GROUPS), abs=1e-12)
    assert 6.2937062937062915 == pytest.approx(effective_n(HITS, GROUPS), abs=1e-9)
    corrected = 6.2937062937062915 * (normal_quantile(0.975) / t_quantile(0.975, 5)) ** 2
    assert corrected == pytest.approx(corrected_effective_n(HITS, GROUPS), abs=1e-9)
    found = mean_interval(HITS, GROUPS)
    assert (12, 6) == (found.n, found.clusters)
    assert corrected == pytest.approx(found.n_eff, abs=1e-9)
    assert wilson(7 / 12 * corrected, corrected) == found.interval


def test_singletons_give_nearly_wilson() -> None:
    """With every score its own cluster, the interval is Wilson's but for the t correction, gone for large n."""
    hits = [1.0] * 810 + [0.0] * 190
    plain, found = wilson(810, 1000), mean_interval(hits, range(1000))
    assert found.interval is not None
    assert plain.low == pytest.approx(found.interval.low, abs=2e-4)
    assert plain.high == pytest.approx(found.interval.high, abs=2e-4)


def test_graded_scores_use_the_t_interval() -> None:
    """Graded scores have mean ± t · SE, clipped to [0, 1]."""
    scores, groups = [0.2, 0.4, 0.9, 0.5], "aabc"
    error = clustered_standard_error(scores, groups)
    assert error is not None
    found = mean_interval(scores, groups)
    assert found.interval is not None
    assert max(0.0, 0.5 - t_quantile(0.975, 2) * error) == pytest.approx(found.interval.low)
    assert 1.0 == found.interval.high


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_all_alike_keeps_a_width(share: float) -> None:
    """All right, or all wrong, is no proof: the interval keeps a width."""
    found = mean_interval([share] * 10, range(10))
    assert found.interval is not None
    assert found.interval.high - found.interval.low > 0.2


def test_undefined_is_none() -> None:
    """One cluster, or graded scores all alike, give no interval rather than one without a width."""
    assert mean_interval([1.0, 0.0, 1.0], "aaa").interval is None
    assert mean_interval([1.0], "a").n_eff is None
    assert mean_interval([0.5, 0.5, 0.5], "abc").interval is None
    assert clustered_standard_error([], []) is None
    assert design_effect([1.0], "a") is None
    assert effective_n([1.0, 0.0], "aa") is None
    assert corrected_effective_n([1.0, 0.0], "aa") is None


@pytest.mark.parametrize(
    ("values", "clusters"),
    [([], []), ([1.0], []), ([2.0, 0.0], "ab"), ([float("nan"), 0.0], "ab"), ([-0.1, 1.0], "ab")],
)
def test_unfit_scores_are_refused(values: list[float], clusters: str) -> None:
    """No scores, unequal lengths and scores outside [0, 1] are errors."""
    with pytest.raises(ValueError, match=r"score|\[0, 1\]"):
        mean_interval(values, clusters)


@pytest.mark.parametrize(("successes", "n"), [(0, 0), (-1, 5), (6, 5), (1, float("nan"))])
def test_unfit_counts_are_refused(successes: float, n: float) -> None:
    """A share needs observations, and no more successes than those."""
    with pytest.raises(ValueError, match="observation"):
        wilson(successes, n)


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_contains_the_share(pair: tuple[int, int]) -> None:
    """The interval contains the share, lies within [0, 1] and has a width."""
    successes, n = pair
    interval = wilson(successes, n)
    assert 0.0 <= interval.low <= successes / n <= interval.high <= 1.0
    assert interval.low < interval.high


@given(st.integers(1, 50).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), st.integers(2, 50))
def test_wilson_shrinks_with_n(pair: tuple[int, int], times: int) -> None:
    """The same share from more observations is known better."""
    small, large = wilson(*pair), wilson(pair[0] * times, pair[1] * times)
    assert large.high - large.low < small.high - small.low


@given(st.one_of(binary, graded))
def test_mean_interval_contains_the_mean(rows: list[tuple[float, int]]) -> None:
    """The interval contains the mean, lies within [0, 1] and is never without a width."""
    values, clusters = [value for value, _ in rows], [cluster for _, cluster in rows]
    found = mean_interval(values, clusters)
    assert min(values) <= found.mean <= max(values)
    assert found.clusters == len(set(clusters))
    if found.interval is not None:
        assert 0.0 <= found.interval.low <= found.mean <= found.interval.high <= 1.0
        assert found.interval.low < found.interval.high
        assert found.n_eff is not None
        assert 0.0 < found.n_eff <= found.n


@given(binary.filter(lambda rows: len({cluster for _, cluster in rows}) > 1), st.integers(2, 8))
def test_mean_interval_shrinks_with_clusters(rows: list[tuple[float, int]], times: int) -> None:
    """The same data found in more clusters is known better."""
    once = mean_interval([value for value, _ in rows], [cluster for _, cluster in rows])
    more = [(value, (copy, cluster)) for copy in range(times) for value, cluster in rows]
    often = mean_interval([value for value, _ in more], [cluster for _, cluster in more])
    assert once.interval is not None
    assert often.interval is not None
    assert often.interval.high - often.interval.low < once.interval.high - once.interval.low


@given(st.lists(st.floats(0, 1), min_size=2, max_size=40))
def test_order_and_names_of_clusters_do_not_matter(values: list[float]) -> None:
    """Only which scores share a cluster matters."""
    groups = [place // 2 for place in range(len(values))]
    renamed = [f"slide-{group}" for group in groups]
    once = clustered_standard_error(values, groups)
    again = clustered_standard_error(values[::-1], renamed[::-1])
    assert once == pytest.approx(again, abs=1e-12)


def test_scipy_is_not_imported() -> None:
    """The floor is the standard library: neither numpy nor scipy comes with it."""
    code = "import sys, vqa_eval.stats; sys.exit(bool({'numpy', 'scipy'} & set(sys.modules)))"
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
