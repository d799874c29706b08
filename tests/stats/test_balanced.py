"""Balanced means: every class alike, however many samples it has."""

import math
import warnings
from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import balanced_accuracy_score

from vqa_eval.stats import ClusteredMean, mean_interval, t_quantile
from vqa_eval.stats.balanced import balanced_mean

Drawn = list[tuple[float, str, str]]

HITS = st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.sampled_from("xyz"), st.sampled_from("pqrst")), min_size=1)
PERCENT = st.integers(0, 100).map(lambda number: number / 100)
GRADES = st.lists(st.tuples(PERCENT, st.sampled_from("xyz"), st.sampled_from("pqrst")), min_size=1)


def columns(drawn: Drawn) -> tuple[list[float], list[str], list[str]]:
    """Return scores, classes and clusters."""
    return [value for value, _, _ in drawn], [name for _, name, _ in drawn], [cluster for _, _, cluster in drawn]


def bounds(mean: ClusteredMean) -> tuple[float, ...]:
    """Return the ends of the interval; nothing where there is none."""
    return (mean.interval.low, mean.interval.high) if mean.interval else ()


@settings(deadline=None)
@given(HITS)
def test_hits_give_balanced_accuracy(drawn: Drawn) -> None:
    """With right and wrong it is scikit-learn's balanced accuracy, where a miss calls no class of the key."""
    values, classes, clusters = columns(drawn)
    called = [name if value else "none" for value, name in zip(values, classes, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a called class that is not in the key is what a miss is here
        expected = balanced_accuracy_score(classes, called)
    found = balanced_mean(values, classes, clusters)
    assert expected == pytest.approx(found.mean, abs=1e-12)
    assert (len(values), len(set(clusters))) == (found.n, found.clusters)


@settings(deadline=None)
@given(GRADES)
def test_the_error_is_that_of_a_small_change_of_the_weights(drawn: Drawn) -> None:
    """The interval is mean ± t · SE, with SE from how the mean moves when a cluster weighs a little more."""
    values, classes, clusters = columns(drawn)
    groups = sorted(set(clusters))
    found = balanced_mean(values, classes, clusters)
    if len(groups) < 2:
        assert found.interval is None
        return

    def weighted(heavier: str, by: float) -> float:
        weights = np.array([1.0 + by * (cluster == heavier) for cluster in clusters])
        scores, names = np.array(values), np.array(classes)
        return float(
            np.mean([np.average(scores[names == name], weights=weights[names == name]) for name in set(classes)])
        )

    step = 1e-5
    slopes = [(weighted(cluster, step) - weighted(cluster, -step)) / (2 * step) for cluster in groups]
    error = math.sqrt(len(groups) / (len(groups) - 1) * sum(slope**2 for slope in slopes))
    if error < 1e-8:  # of scores with two decimals that is rounding: no class varies
        assert found.interval is None
        return
    half = t_quantile(0.975, len(groups) - 1) * error
    assert found.interval is not None
    assert max(0.0, found.mean - half) == pytest.approx(found.interval.low, abs=1e-6)
    assert min(1.0, found.mean + half) == pytest.approx(found.interval.high, abs=1e-6)


@settings(deadline=None)
@given(GRADES)
def test_one_class_is_the_plain_mean(drawn: Drawn) -> None:
    """With a single class nothing is balanced: mean and, for graded scores, interval are those of the plain mean."""
    values, _, clusters = columns(drawn)
    found, plain = balanced_mean(values, ["x"] * len(values), clusters), mean_interval(values, clusters)
    assert plain.mean == pytest.approx(found.mean, abs=1e-12)
    if not set(values) <= {0.0, 1.0}:
        assert bounds(plain) == pytest.approx(bounds(found), abs=1e-9)


def test_a_rare_class_counts_as_much() -> None:
    """Nine of ten right by always saying the frequent class is one half."""
    found = balanced_mean([1.0] * 9 + [0.0], ["common"] * 9 + ["rare"], [f"p{n}" for n in range(10)])
    assert 0.5 == found.mean
    assert found.interval is None  # neither class varies within itself


def test_clusters_widen_the_interval() -> None:
    """The same scores in pairs that agree are less sure than on samples of their own."""
    values, classes = [1.0, 1.0, 0.0, 0.0] * 4, ["x"] * 8 + ["y"] * 8
    apart = balanced_mean(values, classes, list(range(16))).interval
    pairs = balanced_mean(values, classes, [n // 2 for n in range(16)]).interval
    assert apart is not None
    assert pairs is not None
    assert pairs.high - pairs.low > apart.high - apart.low


def test_a_larger_confidence_is_wider() -> None:
    """99 % is wider than 95 %, around the same mean."""
    values, classes, clusters = [1.0, 0.0, 1.0, 1.0, 0.0, 1.0], list("xxxyyy"), list("abcdef")
    usual = balanced_mean(values, classes, clusters).interval
    surer = balanced_mean(values, classes, clusters, confidence=0.99).interval
    assert usual is not None
    assert surer is not None
    assert surer.low <= usual.low <= usual.high <= surer.high
    assert surer != usual


@settings(deadline=None)
@given(GRADES, st.randoms(use_true_random=False))
def test_the_order_of_samples_is_nothing(drawn: Drawn, dice: Random) -> None:
    """Mean and interval do not depend on the order in which samples come."""
    mixed = list(drawn)
    dice.shuffle(mixed)
    one, other = balanced_mean(*columns(drawn)), balanced_mean(*columns(mixed))
    assert one.mean == pytest.approx(other.mean, abs=1e-12)
    assert bounds(one) == pytest.approx(bounds(other), abs=1e-9)


def test_nothing_to_balance_is_refused() -> None:
    """No scores, and columns of unequal length, are errors that say what was given."""
    with pytest.raises(ValueError, match="at least one"):
        balanced_mean([], [], [])
    with pytest.raises(ValueError, match="2 scores, 1 classes, 2 clusters"):
        balanced_mean([1.0, 0.0], ["x"], ["p", "q"])
