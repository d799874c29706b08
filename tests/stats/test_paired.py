"""Two models on the same samples: the paired difference, McNemar's test and the sign-flip test."""

from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.stats import mcnemar, paired_difference, sign_flip, t_quantile

FIRST = (1, 1, 0, 1, 1, 0, 1, 1, 0, 1, 1, 1)
SECOND = (1, 0, 0, 1, 0, 0, 1, 1, 1, 1, 0, 0)
GROUPS = (0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 5)

GRADED = (0.81, 0.62, 0.74, 0.55, 0.91, 0.4, 0.66, 0.73, 0.58, 0.88)
OTHER = (0.78, 0.6, 0.75, 0.49, 0.85, 0.41, 0.6, 0.7, 0.5, 0.8)

score = st.sampled_from([0.0, 1.0]) | st.floats(0, 1)
pairs = st.lists(st.tuples(score, score, st.integers(0, 9)), min_size=2, max_size=40)
few_hits = st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 4)), min_size=1, max_size=30)


def test_paired_difference_equals_golden(golden: dict[str, Any]) -> None:
    """Difference, standard error and p of singletons are scipy's paired t test; clusters give statsmodels' CR1."""
    row = golden["paired_difference"]
    found = paired_difference(row["a"], row["b"], range(12))
    assert row["diff"] == pytest.approx(found.difference, abs=1e-9)
    assert row["se_paired"] == pytest.approx(found.standard_error, abs=1e-9)
    assert row["ttest_rel"]["p"] == pytest.approx(found.p, abs=1e-9)
    clustered = paired_difference(row["a"], row["b"], golden["clustered_mean"]["clusters"])
    assert row["se_clustered_CR1"] == pytest.approx(clustered.standard_error, abs=1e-9)


def test_paired_example() -> None:
    """The same example without the file; the multiple of the error is t for the level plus t for the power."""
    found = paired_difference(FIRST, SECOND, range(12))
    assert (0.25, 12, 12, 4, 1) == (found.difference, found.n, found.clusters, found.wins, found.losses)
    assert 0.17943514064131835 == pytest.approx(found.standard_error, abs=1e-12)
    assert 0.19105429809656932 == pytest.approx(found.p, abs=1e-12)
    clustered = paired_difference(FIRST, SECOND, GROUPS)
    assert 0.17078251276599338 == pytest.approx(clustered.standard_error, abs=1e-12)
    half = t_quantile(0.975, 5) * 0.17078251276599338
    assert clustered.interval is not None
    assert [0.25 - half, 0.25 + half] == pytest.approx([clustered.interval.low, clustered.interval.high], abs=1e-12)
    detectable = (t_quantile(0.975, 5) + t_quantile(0.8, 5)) * 0.17078251276599338
    assert detectable == pytest.approx(clustered.detectable, abs=1e-12)


def test_paired_interval_is_not_clipped() -> None:
    """Three samples may give an interval beyond 1: it holds what the test does not reject, and no less."""
    found = paired_difference([1, 1, 1], [0, 0, 1], "abc")
    assert found.interval is not None
    assert found.interval.high > 1.0
    assert found.interval.low < 0.0


@pytest.mark.parametrize(
    ("first", "second", "clusters"),
    [([1, 0, 1], [0, 0, 1], "aaa"), ([1, 1, 1], [0, 0, 0], "abc"), ([0.3, 0.6], [0.1, 0.4], "ab"), (*"11", "a")],
)
def test_undefined_difference_is_none(first: Any, second: Any, clusters: str) -> None:
    """One cluster, or differences all alike, give no error, interval, p or detectable difference."""
    first, second = [float(value) for value in first], [float(value) for value in second]
    found = paired_difference(first, second, clusters)
    assert (None, None, None, None) == (found.standard_error, found.interval, found.p, found.detectable)


@pytest.mark.parametrize(
    ("first", "second", "clusters"),
    [([], [], ""), ([1.0], [1.0, 0.0], "ab"), ([1.0], [1.0], "ab"), ([float("nan"), 1.0], [0.0, 1.0], "ab")],
)
def test_unfit_pairs_are_refused(first: list[float], second: list[float], clusters: str) -> None:
    """No samples, unequal lengths and scores that are no numbers are errors."""
    with pytest.raises(ValueError, match=r"score|sample"):
        paired_difference(first, second, clusters)


@given(pairs)
def test_swapping_models_flips_the_sign(rows: list[tuple[float, float, int]]) -> None:
    """The other way round the difference and its interval change sign, and nothing else changes."""
    first, second, clusters = zip(*rows, strict=True)
    here, there = paired_difference(first, second, clusters), paired_difference(second, first, clusters)
    assert here.difference == pytest.approx(-there.difference, abs=1e-12)
    assert (here.wins, here.losses) == (there.losses, there.wins)
    assert here.p == pytest.approx(there.p, abs=1e-9)
    assert here.detectable == pytest.approx(there.detectable, abs=1e-12)
    if here.interval is not None:
        assert there.interval is not None
        assert here.interval.low == pytest.approx(-there.interval.high, abs=1e-12)
        assert here.interval.high == pytest.approx(-there.interval.low, abs=1e-12)


@given(pairs)
def test_p_and_interval_agree(rows: list[tuple[float, float, int]]) -> None:
    """The interval leaves out 0 exactly where p is below 0.05."""
    first, second, clusters = zip(*rows, strict=True)
    found = paired_difference(first, second, clusters)
    if found.p is not None and found.interval is not None and abs(found.p - 0.05) > 1e-9:
        assert (found.p < 0.05) == (not found.interval.low <= 0.0 <= found.interval.high)
        assert found.interval.low <= found.difference <= found.interval.high
        assert 0.0 <= found.p <= 1.0


@given(pairs, st.randoms(use_true_random=False))
def test_order_and_names_of_clusters_do_not_matter(rows: list[tuple[float, float, int]], chance: Any) -> None:
    """Only which samples share a cluster matters."""
    once = paired_difference(*zip(*rows, strict=True))
    shuffled = [(one, other, f"slide-{cluster}") for one, other, cluster in rows]
    chance.shuffle(shuffled)
    again = paired_difference(*zip(*shuffled, strict=True))
    assert once.difference == pytest.approx(again.difference, abs=1e-12)
    assert once.standard_error == pytest.approx(again.standard_error, abs=1e-12)


@given(pairs, st.integers(2, 5))
def test_more_clusters_alike_know_better(rows: list[tuple[float, float, int]], times: int) -> None:
    """The same samples found in more clusters give a smaller p and detect a smaller difference."""
    first, second, clusters = zip(*rows, strict=True)
    once = paired_difference(first, second, clusters)
    names = [(copy, cluster) for copy in range(times) for cluster in clusters]
    often = paired_difference(first * times, second * times, names)
    if once.p is not None and once.detectable is not None:
        assert often.p is not None
        assert often.detectable is not None
        assert often.p <= once.p + 1e-12
        assert often.detectable < once.detectable


def test_mcnemar_equals_golden(golden: dict[str, Any]) -> None:
    """Exact and mid-p are those of statsmodels."""
    for row in golden["mcnemar"]:
        found = mcnemar(row["b"], row["c"])
        assert row["exact"] == pytest.approx(found.exact, abs=1e-12)
        assert row["midp"] == pytest.approx(found.mid, abs=1e-12)


@pytest.mark.parametrize(
    ("counts", "exact", "mid"),
    [
        ((4, 1), 0.375, 0.21875),
        ((10, 2), 0.03857421875, 0.0224609375),
        ((120, 90), 0.045114087864840696, 0.0386433487822089),
        ((5, 5), 1.0, 1.0),
        ((0, 0), 1.0, 1.0),
        ((0, 8), 2 / 256, 1 / 256),
    ],
)
def test_mcnemar_example(counts: tuple[int, int], exact: float, mid: float) -> None:
    """The same without the file; no discordant sample is no evidence."""
    found = mcnemar(*counts)
    assert exact == pytest.approx(found.exact, abs=1e-12)
    assert mid == pytest.approx(found.mid, abs=1e-12)


@pytest.mark.parametrize("counts", [(5000, 5000), (4900, 5100), (4500, 5500), (20_000, 20_400)])
def test_mcnemar_of_large_counts_equals_scipy(counts: tuple[int, int]) -> None:
    """Counts whose powers of two no float holds are computed all the same."""
    stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle here")
    expected = stats.binomtest(counts[0], sum(counts)).pvalue
    assert expected == pytest.approx(mcnemar(*counts).exact, rel=1e-9)


@given(st.integers(0, 300), st.integers(0, 300))
def test_mcnemar_is_symmetric_and_mid_is_smaller(only_first: int, only_second: int) -> None:
    """Which model is first does not matter; the mid-p is never above the exact p."""
    found = mcnemar(only_first, only_second)
    assert found == mcnemar(only_second, only_first)
    assert 0.0 < found.mid <= found.exact <= 1.0


def test_negative_counts_are_refused() -> None:
    """A count below 0 is an error."""
    with pytest.raises(ValueError, match="negative"):
        mcnemar(-1, 3)


def test_sign_flip_equals_golden(golden: dict[str, Any]) -> None:
    """Over all 1,024 patterns p is scipy's permutation test."""
    found = sign_flip(golden["wilcoxon"]["x"], golden["wilcoxon"]["y"], range(10))
    assert found is not None
    assert golden["signflip_exact"]["p"] == pytest.approx(found.p, abs=1e-12)
    assert found.exact


def test_sign_flip_example() -> None:
    """The same without the file."""
    found = sign_flip(GRADED, OTHER, range(10))
    assert found is not None
    assert (0.009765625, True) == (found.p, found.exact)


@given(few_hits)
def test_sign_flip_is_the_share_of_all_patterns(rows: list[tuple[bool, bool, int]]) -> None:
    """What convolution finds for right and wrong is what counting every pattern finds."""
    first, second, clusters = zip(*rows, strict=True)
    sums = dict.fromkeys(clusters, 0)
    for one, other, cluster in rows:
        sums[cluster] += one - other
    seen = abs(sum(sums.values()))
    totals = [
        abs(sum(sign * value for sign, value in zip(signs, sums.values(), strict=True)))
        for signs in product((-1, 1), repeat=len(sums))
    ]
    found = sign_flip(first, second, clusters)
    assert found is not None
    assert found.exact
    assert sum(total >= seen for total in totals) / len(totals) == pytest.approx(found.p, abs=1e-12)
    # Scores that are not whole take the other way to the same patterns.
    halves = sign_flip([0.1 * value for value in first], [0.1 * value for value in second], clusters)
    assert halves is not None
    assert found.p == pytest.approx(halves.p, abs=1e-12)


@given(st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=300))
def test_sign_flip_of_singletons_is_mcnemar(rows: list[tuple[bool, bool]]) -> None:
    """With every sample its own cluster, right and wrong give McNemar's exact p."""
    first, second = zip(*rows, strict=True)
    found = sign_flip(first, second, range(len(rows)))
    assert found is not None
    only_first = sum(one and not other for one, other in rows)
    only_second = sum(other and not one for one, other in rows)
    assert mcnemar(only_first, only_second).exact == pytest.approx(found.p, rel=1e-9)


def test_sign_flip_of_many_samples_is_exact() -> None:
    """Tens of thousands of differing samples are convolved, not drawn: p may lie far below any drawn one."""
    first, second = [1] * 11_000 + [0] * 10_000, [0] * 11_000 + [1] * 10_000
    found = sign_flip(first, second, range(21_000))
    assert found is not None
    assert found.exact
    assert mcnemar(11_000, 10_000).exact == pytest.approx(found.p, rel=1e-9)
    assert found.p < 1e-11


@settings(max_examples=10)
@given(st.lists(st.integers(-10, 10), min_size=40, max_size=60), st.integers(0, 2**32))
def test_drawn_patterns_estimate_the_exact_p(differences: list[int], seed: int) -> None:
    """Many graded clusters are drawn: close to the exact p, the same for the same seed."""
    nothing = [0.0] * len(differences)
    exact = sign_flip(differences, nothing, range(len(differences)))
    tenths = [0.1 * value for value in differences]
    drawn = sign_flip(tenths, nothing, range(len(differences)), seed=seed)
    assert exact is not None
    assert drawn is not None
    if sum(value != 0 for value in differences) > 16:
        assert (True, False) == (exact.exact, drawn.exact)
    assert exact.p == pytest.approx(drawn.p, abs=0.03)
    assert drawn == sign_flip(tenths, nothing, range(len(differences)), seed=seed)


def test_a_drawn_p_is_never_0() -> None:
    """Forty differences of one sign are met once in 2^39 patterns: the observed pattern alone makes p."""
    found = sign_flip([0.1 * place for place in range(1, 41)], [0.0] * 40, range(40))
    assert found is not None
    assert (1 / 10_001, False) == (found.p, found.exact)


def test_sign_flip_without_evidence() -> None:
    """Equal models have p = 1; no samples have no p."""
    found = sign_flip([0.3, 0.7], [0.3, 0.7], "ab")
    assert found is not None
    assert 1.0 == found.p
    assert sign_flip([], [], []) is None


def test_sign_flip_refuses_what_does_not_fit() -> None:
    """Unequal lengths and scores that are not finite are errors."""
    with pytest.raises(ValueError, match="clusters"):
        sign_flip([1.0], [0.0], "ab")
    with pytest.raises(ValueError, match="finite"):
        sign_flip([float("inf"), 1.0], [0.0, 0.0], "ab")
