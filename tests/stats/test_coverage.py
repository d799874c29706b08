"""Whether intervals hold what they promise: simulated nodes, and how often the truth lies within."""

import numpy as np
import pytest

from vqa_eval.stats import macro_mean, mean_interval, paired_difference

# Clusters, mean samples in each (1 + Poisson), share of right answers, correlation within clusters, runs.
SHAPES = [
    (10, 1.0, 0.9, 0.0, 2000),
    (15, 4.0, 0.7, 0.3, 2000),
    (15, 4.0, 0.95, 0.3, 2000),
    (30, 7.0, 0.55, 0.2, 2000),
    (30, 7.0, 0.9, 0.2, 2000),
    (200, 2.5, 0.8, 0.2, 2000),
    (1058, 7.0, 0.54, 0.1, 1000),
    (100, 1.0, 0.97, 0.0, 2000),
]


def simulated(
    chance: np.random.Generator, clusters: int, size: float, share: float, correlation: float
) -> tuple[list[float], list[int]]:
    """Return right and wrong of beta-binomial clusters, and their clusters."""
    sizes = 1 + chance.poisson(size - 1, clusters)
    shares = np.full(clusters, share)
    if correlation:
        strength = 1 / correlation - 1
        shares = chance.beta(share * strength, (1 - share) * strength, clusters)
    values = (chance.random(sizes.sum()) < shares.repeat(sizes)).astype(float)
    return values.tolist(), np.arange(clusters).repeat(sizes).tolist()


@pytest.mark.parametrize(("clusters", "size", "share", "correlation", "runs"), SHAPES)
def test_node_intervals_hold_their_coverage(
    clusters: int, size: float, share: float, correlation: float, runs: int
) -> None:
    """The truth lies within the 95 % interval in 93 to 99 of 100 nodes, whatever their shape."""
    chance = np.random.default_rng(20261121)
    held = 0
    for _ in range(runs):
        interval = mean_interval(*simulated(chance, clusters, size, share, correlation)).interval
        assert interval is not None
        held += interval.low <= share <= interval.high
    assert 0.93 <= held / runs <= 0.99


@pytest.mark.parametrize(
    ("nodes", "clusters", "size", "share", "correlation"),
    [(20, 10, 1.0, 0.95, 0.0), (3, 30, 1.0, 0.97, 0.0), (50, 5, 3.0, 0.7, 0.2), (4, 15, 4.0, 0.8, 0.3)],
)
def test_macro_intervals_hold_their_coverage(
    nodes: int, clusters: int, size: float, share: float, correlation: float
) -> None:
    """The truth lies within at least 91 of 100 macro intervals, even of nodes of five clusters or ten samples."""
    chance = np.random.default_rng(20261121)
    held = 0
    for _ in range(600):
        drawn = [simulated(chance, clusters, size, share, correlation) for _ in range(nodes)]
        apart = [(values, [(node, name) for name in names]) for node, (values, names) in enumerate(drawn)]
        interval = macro_mean(apart).interval
        assert interval is not None
        held += interval.low <= share <= interval.high
    assert 0.91 <= held / 600 <= 0.99


def test_macro_intervals_hold_where_nodes_share_clusters() -> None:
    """In 93 to 99 of 100 where each patient has one sample in each of five nodes, good or bad in all of them."""
    chance = np.random.default_rng(20261121)
    held = 0
    for _ in range(600):
        levels = chance.beta(0.75 * 2, 0.25 * 2, 40)
        hits = (chance.random((5, 40)) < levels).astype(float)
        interval = macro_mean([(node, range(40)) for node in hits.tolist()]).interval
        assert interval is not None
        held += interval.low <= 0.75 <= interval.high
    assert 0.93 <= held / 600 <= 0.99


def test_paired_intervals_hold_their_coverage() -> None:
    """The true difference of two models on the same clustered samples lies in 93 to 97 of 100 intervals."""
    chance = np.random.default_rng(20261121)
    held = 0
    for _ in range(2000):
        names = np.arange(40).repeat(1 + chance.poisson(3, 40))
        level = chance.beta(2, 2, 40)[names]
        first = (chance.random(len(names)) < 0.2 + 0.8 * level).astype(float).tolist()
        second = (chance.random(len(names)) < 0.8 * level).astype(float).tolist()
        interval = paired_difference(first, second, names.tolist()).interval
        assert interval is not None
        held += interval.low <= 0.2 <= interval.high
    assert 0.93 <= held / 2000 <= 0.97
