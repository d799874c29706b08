"""Ranks of models: golden values, scipy's ranks on the same draws as an oracle, and what holds always."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.stats import bootstrap, kendall_tau_b, rank_bootstrap

stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle here")

models = st.integers(2, 12).flatmap(
    lambda n: st.tuples(
        st.lists(st.lists(st.integers(0, 1), min_size=n, max_size=n), min_size=1, max_size=4),
        st.lists(st.integers(0, 5), min_size=n, max_size=n),
    )
)


def test_ranks_equal_golden(golden: dict[str, Any]) -> None:
    """Means, chances of rank 1 and rank intervals are the golden ones; the golden tau is over 200 of the draws."""
    row = golden["rank_bootstrap"]
    found = rank_bootstrap(row["scores"], range(60), resamples=row["n"], seed=row["seed"])
    assert row["means"] == pytest.approx([rank.mean for rank in found.ranks], abs=1e-12)
    assert row["p_rank1"] == [rank.first for rank in found.ranks]
    assert row["rank_ci"] == [[rank.low, rank.high] for rank in found.ranks]
    assert ["1", "1–3", "2–4", "2–4"] == [rank.shown for rank in found.ranks]
    assert [1, 2, 3, 4] == [rank.rank for rank in found.ranks]
    assert 0.8812516019426871 == pytest.approx(found.tau, abs=1e-12)
    fewer = rank_bootstrap(row["scores"], range(60), resamples=200, seed=row["seed"])
    assert row["mean_kendall_tau_to_full"] == pytest.approx(fewer.tau, abs=1e-12)


def test_ranks_equal_scipy_on_the_same_draws() -> None:
    """Of graded scores in clusters of unequal size, on the same draws, scipy finds the same."""
    chance = np.random.default_rng(5)
    scores, clusters = chance.random((5, 40)) + np.arange(5)[:, None] / 20, chance.integers(0, 11, 40).tolist()
    names = list(dict.fromkeys(clusters))
    members = [[place for place, cluster in enumerate(clusters) if cluster == name] for name in names]
    full = -scores.mean(axis=1)
    ranks, taus = [], []
    for row in np.random.default_rng(3).integers(0, len(names), (300, len(names))):
        means = -scores[:, [place for group in row for place in members[group]]].mean(axis=1)
        ranks.append(stats.rankdata(means, method="min"))
        taus.append(stats.kendalltau(means, full).statistic)
    found = rank_bootstrap(scores.tolist(), clusters, resamples=300, seed=3)
    assert (np.array(ranks) == 1).mean(axis=0).tolist() == [rank.first for rank in found.ranks]
    assert np.quantile(ranks, 0.025, axis=0, method="lower").tolist() == [rank.low for rank in found.ranks]
    assert np.quantile(ranks, 0.975, axis=0, method="higher").tolist() == [rank.high for rank in found.ranks]
    assert np.mean(taus) == pytest.approx(found.tau, abs=1e-12)


def test_blocks_do_not_change_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    """Drawn in blocks, the clusters are those of one large draw."""
    whole = np.random.default_rng(7).integers(0, 101, (50, 101))
    monkeypatch.setattr(bootstrap, "_AT_ONCE", 307)
    blocks = list(bootstrap.draws(101, 50, 7))
    assert 17 == len(blocks)
    assert (whole == np.concatenate(blocks)).all()


@settings(max_examples=40)
@given(models, st.randoms(use_true_random=False))
def test_order_of_models_does_not_matter(data: tuple[list[list[int]], list[int]], chance: Any) -> None:
    """Models in another order have the same ranks, in that order."""
    scores, clusters = data
    order = list(range(len(scores)))
    chance.shuffle(order)
    found = rank_bootstrap(scores, clusters, resamples=50)
    again = rank_bootstrap([scores[place] for place in order], clusters, resamples=50)
    assert [found.ranks[place] for place in order] == list(again.ranks)
    assert found.tau == pytest.approx(again.tau, abs=1e-12)


@settings(max_examples=40)
@given(models)
def test_ranks_are_ranks(data: tuple[list[list[int]], list[int]]) -> None:
    """Ranks lie in 1 … k, someone is always first, and the best mean has rank 1."""
    scores, clusters = data
    found = rank_bootstrap(scores, clusters, resamples=50)
    best = max(rank.mean for rank in found.ranks)
    assert all((rank.rank == 1) == (rank.mean == best) for rank in found.ranks)
    if len(set(clusters)) < 2:
        assert {("n/a", None)} == {(rank.shown, rank.first) for rank in found.ranks}
        assert (None, 0) == (found.tau, found.resamples)
        return
    assert sum(rank.first or 0 for rank in found.ranks) >= 1.0 - 1e-12
    assert all(1 <= (rank.low or 0) <= (rank.high or 0) <= len(scores) for rank in found.ranks)


def test_equal_models_share_a_rank() -> None:
    """Two models alike in everything are tied in every resample, though sums are floats."""
    scores = [0.1, 0.7, 0.35, 0.9, 0.2, 0.6, 0.3]
    found = rank_bootstrap([scores, scores, [value / 2 for value in scores]], range(7), resamples=200)
    assert [("1", 1.0), ("1", 1.0), ("3", 0.0)] == [(rank.shown, rank.first) for rank in found.ranks]
    assert 1.0 == found.tau
    # In this order the first three floats sum to 0.6000000000000001.
    assert [1, 1] == [rank.rank for rank in rank_bootstrap([[0.1, 0.2, 0.3], [0.3, 0.2, 0.1]], range(3)).ranks]


def test_the_seed_decides() -> None:
    """The same seed gives the same ranking, another one another."""
    scores = [[1, 0, 1, 1, 0, 1], [0, 1, 1, 0, 1, 1]]
    assert rank_bootstrap(scores, range(6), seed=4) == rank_bootstrap(scores, range(6), seed=4)
    assert rank_bootstrap(scores, range(6), seed=4) != rank_bootstrap(scores, range(6), seed=5)


def test_one_model_is_first() -> None:
    """A single model ranks first; there is no order to agree with."""
    found = rank_bootstrap([[1, 0, 1]], "abc", resamples=10)
    assert ("1", 1.0, None) == (found.ranks[0].shown, found.ranks[0].first, found.tau)


@pytest.mark.parametrize(
    ("scores", "clusters", "setting"),
    [
        ([], "ab", {}),
        ([[]], "", {}),
        ([[1, 0], [1]], "ab", {}),
        ([[1, float("nan")]], "ab", {}),
        ([[1, 0]], "ab", {"resamples": 0}),
        ([[1, 0]], "ab", {"confidence": 1.0}),
    ],
)
def test_unfit_rankings_are_refused(scores: list[list[float]], clusters: str, setting: Any) -> None:
    """No models, no samples, unequal lengths, no numbers and no resamples are errors."""
    with pytest.raises(ValueError, match=r"ranking|scores|resamples"):
        rank_bootstrap(scores, clusters, **setting)


def test_kendall_tau_example() -> None:
    """One swap among five costs a fifth; ties on one side only lie in between."""
    assert 0.8 == pytest.approx(kendall_tau_b([1, 2, 3, 4, 5], [1, 3, 2, 4, 5]), abs=1e-12)
    assert 0.8 == pytest.approx(kendall_tau_b([1, 2, 3, 4, 5, 3, 2, 4], [1, 3, 3, 5, 5, 2, 2, 4]), abs=1e-12)
    assert kendall_tau_b([1, 1], [1, 2]) is None
    assert kendall_tau_b([], []) is None
    with pytest.raises(ValueError, match="values but"):
        kendall_tau_b([1], [1, 2])


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=2, max_size=20))
def test_kendall_tau_equals_scipy(rows: list[tuple[int, int]]) -> None:
    """Tau-b is scipy's, ties or not."""
    first, second = zip(*rows, strict=True)
    expected = float(stats.kendalltau(first, second).statistic)
    found = kendall_tau_b(first, second)
    assert (None if np.isnan(expected) else expected) == pytest.approx(found, abs=1e-12)
