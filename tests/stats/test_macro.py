"""The macro mean: golden values, nodes that share clusters, and what holds always."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import cluster_interval, macro_mean, mean_interval

Nodes = list[tuple[list[float], list[Any]]]

binary = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 6)), min_size=1, max_size=30)
graded = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 6)), min_size=1, max_size=30)
several = st.lists(binary, min_size=1, max_size=5)


def counted(**nodes: tuple[int, int]) -> Nodes:
    """Return nodes of right out of n, every sample its own cluster."""
    return [
        ([1.0] * right + [0.0] * (n - right), [(name, place) for place in range(n)])
        for name, (right, n) in nodes.items()
    ]


def split(rows: list[tuple[float, int]]) -> tuple[list[float], list[int]]:
    """Return the scores and the clusters of one node."""
    return [value for value, _ in rows], [cluster for _, cluster in rows]


def test_macro_equals_golden(golden: dict[str, Any]) -> None:
    """Macro, micro and the standard error of nodes without a common cluster are the golden ones."""
    row = golden["macro_over_nodes"]
    found = macro_mean(counted(**row["nodes"]))
    assert row["macro"] == pytest.approx(found.macro, abs=1e-9)
    assert row["micro"] == pytest.approx(found.micro, abs=1e-9)
    assert row["se_macro"] == pytest.approx(found.standard_error, abs=1e-9)


def test_macro_example() -> None:
    """The same without the file."""
    found = macro_mean(counted(a=(80, 100), b=(30, 50), c=(9, 10)))
    assert (3, 160, 0) == (found.nodes, found.n, found.lone)
    assert 0.7666666666666666 == pytest.approx(found.macro, abs=1e-12)
    assert 0.74375 == pytest.approx(found.micro, abs=1e-12)
    assert 0.04283575972353925 == pytest.approx(found.standard_error, abs=1e-12)
    assert found.interval is not None
    assert found.interval.low < found.macro < found.interval.high


@given(binary | graded)
def test_one_node_is_a_mean(rows: list[tuple[float, int]]) -> None:
    """The macro mean of one node is its mean, with the same interval."""
    values, clusters = split(rows)
    found, plain = macro_mean([(values, clusters)]), mean_interval(values, clusters)
    assert plain.mean == pytest.approx(found.macro, abs=1e-12)
    assert (plain.interval is None) == (found.interval is None)
    if plain.interval is not None and found.interval is not None:
        assert [plain.interval.low, plain.interval.high] == pytest.approx(
            [found.interval.low, found.interval.high], abs=1e-9
        )


@given(several, st.randoms(use_true_random=False))
def test_order_of_nodes_does_not_matter(rows: list[list[tuple[float, int]]], chance: Any) -> None:
    """Nodes in another order have the same macro mean, error and interval."""
    nodes = [split(node) for node in rows]
    shuffled = list(nodes)
    chance.shuffle(shuffled)
    here, there = macro_mean(nodes), macro_mean(shuffled)
    assert here.macro == pytest.approx(there.macro, abs=1e-12)
    assert here.standard_error == pytest.approx(there.standard_error, abs=1e-12)
    assert here.lone == there.lone == sum(len(set(clusters)) < 2 for _, clusters in nodes)
    if here.interval is not None:
        assert 0.0 <= here.interval.low <= here.macro + 1e-12
        assert here.macro - 1e-12 <= here.interval.high <= 1.0
        assert here.interval.low < here.interval.high
        assert not here.lone


@given(binary, st.integers(2, 5))
def test_a_node_met_again_in_the_same_clusters_adds_nothing(rows: list[tuple[float, int]], times: int) -> None:
    """Nodes that repeat each other cluster by cluster are as sure as one; in clusters of their own they are surer."""
    values, clusters = split(rows)
    once = macro_mean([(values, clusters)])
    same = macro_mean([(values, clusters)] * times)
    apart = macro_mean([(values, [(copy, cluster) for cluster in clusters]) for copy in range(times)])
    assert once.standard_error == pytest.approx(same.standard_error, abs=1e-12)
    if once.standard_error is not None:
        assert once.standard_error / times**0.5 == pytest.approx(apart.standard_error, abs=1e-12)


def test_repeated_nodes_have_the_interval_of_one() -> None:
    """Three nodes that are one and the same, in the same clusters, give its interval: no degrees of freedom are won."""
    values, clusters = (
        [1.0, 1.0, 1.0, 1.0, 0.0, 0.0, 1.0, 0.0, 1.0, 1.0, 0.0, 0.0],
        [0, 0, 0, 0, 1, 1, 1, 2, 3, 3, 4, 5],
    )
    once, thrice = macro_mean([(values, clusters)]).interval, macro_mean([(values, clusters)] * 3).interval
    assert once is not None
    assert thrice is not None
    assert [once.low, once.high] == pytest.approx([thrice.low, thrice.high], abs=1e-12)


def test_shared_clusters_agree_with_the_bootstrap() -> None:
    """Where nodes share patients, the error is that of drawing patients; taken one by one nodes would hide it."""
    chance = np.random.default_rng(4)
    patients, kinds = 400, 4
    level = chance.random(patients)
    nodes: Nodes = []
    for kind in range(kinds):
        seen = [patient for patient in range(patients) if chance.random() < 0.4 + 0.15 * kind]
        nodes.append(([float(chance.random() < 0.2 + 0.7 * level[patient]) for patient in seen], seen))
    units = np.array([(kind, value) for kind, (values, _) in enumerate(nodes) for value in values])

    def macro(drawn: Any) -> float:
        return float(np.mean([drawn[drawn[:, 0] == kind, 1].mean() for kind in range(kinds)]))

    drawn = cluster_interval(units, [patient for _, clusters in nodes for patient in clusters], macro, resamples=3000)
    found = macro_mean(nodes)
    assert drawn.interval is not None
    assert found.interval is not None
    assert found.standard_error is not None
    assert found.macro == pytest.approx(drawn.value, abs=1e-12)
    assert drawn.interval.high - drawn.interval.low == pytest.approx(2 * 1.96 * found.standard_error, rel=0.05)
    assert [drawn.interval.low, drawn.interval.high] == pytest.approx(
        [found.interval.low, found.interval.high], abs=5e-3
    )
    apart = macro_mean([(values, [(kind, name) for name in names]) for kind, (values, names) in enumerate(nodes)])
    assert apart.standard_error is not None
    assert apart.standard_error < 0.9 * found.standard_error


def test_undefined_is_none() -> None:
    """A node of one cluster, and graded scores that never vary, leave no interval; all right keeps a width."""
    found = macro_mean([([1.0, 0.0], ["a", "b"]), ([1.0, 1.0], ["c", "c"])])
    assert (0.75, 1, None, None) == (found.macro, found.lone, found.standard_error, found.interval)
    assert macro_mean([([0.5, 0.5], ["a", "b"]), ([0.7, 0.7], ["a", "b"])]).interval is None
    right = macro_mean(counted(a=(10, 10), b=(40, 40)))
    assert right.interval is not None
    assert (1.0, True) == (right.interval.high, right.interval.low < 0.95)


@pytest.mark.parametrize(
    "nodes", [[], [([], [])], [([1.0], ["a", "b"])], [([2.0], ["a"])], [([0.5, float("nan")], ["a", "b"])]]
)
def test_unfit_nodes_are_refused(nodes: Nodes) -> None:
    """No nodes, empty nodes, unequal lengths and scores outside [0, 1] are errors."""
    with pytest.raises(ValueError, match=r"node|clusters|\[0, 1\]"):
        macro_mean(nodes)
