"""From samples to a node's number: means with their interval, and corpus measures pooled over their units."""

import math
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.metrics import Metric, find
from vqa_eval.metrics.pooling import number, pooled
from vqa_eval.records import Unit
from vqa_eval.stats import ClusteredMean, cluster_interval, clustered_standard_error, mean_interval, t_quantile

Pool = Callable[["np.ndarray"], float | None]


def metric(top: float | None = 1.0, pool: Pool | None = None) -> Metric:
    """Return a metric with a bound and a pool; its scores are given, so it scores nothing itself."""
    return Metric("a.test", "1", "higher", ("choice",), "", lambda sample, answer: None, top=top, pool=pool)


CLUSTERS = st.sampled_from("pqrs")
SHARES = st.lists(st.tuples(st.integers(0, 100).map(lambda n: n / 100), CLUSTERS), min_size=1)
AMOUNTS = st.lists(st.tuples(st.integers(0, 1000).map(lambda n: n / 50), CLUSTERS), min_size=1)


@settings(deadline=None)
@given(SHARES)
def test_scores_up_to_one_are_a_mean(drawn: list[tuple[float, str]]) -> None:
    """Scores between 0 and 1 are the mean with its interval under clustering."""
    values, clusters = [value for value, _ in drawn], [cluster for _, cluster in drawn]
    assert mean_interval(values, clusters) == number(metric(), values, (), clusters)


@settings(deadline=None)
@given(AMOUNTS)
def test_scores_without_a_bound_are_a_mean_too(drawn: list[tuple[float, str]]) -> None:
    """Scores above 1 are mean ± t · SE under clustering, never below 0; no interval where nothing varies."""
    values, clusters = [value for value, _ in drawn], [cluster for _, cluster in drawn]
    found = number(metric(top=None), values, (), clusters)
    assert found is not None
    assert np.mean(values) == pytest.approx(found.mean)
    assert (len(values), len(set(clusters)), None) == (found.n, found.clusters, found.n_eff)
    error = clustered_standard_error(values, clusters)
    if not error:
        assert found.interval is None
        return
    half = t_quantile(0.975, len(set(clusters)) - 1) * error
    assert found.interval is not None
    assert [max(0.0, found.mean - half), found.mean + half] == pytest.approx([found.interval.low, found.interval.high])


def test_a_bound_above_one_is_no_share() -> None:
    """Scores up to 2 do not pass through the interval of shares, which would refuse them."""
    found = number(metric(top=2.0), [2.0, 0.5, 1.5], (), ["p", "q", "r"])
    assert found is not None
    assert found.interval is not None
    assert 4 / 3 == pytest.approx(found.mean)
    assert found.interval.high > 2.0  # what a t interval says of three scores


def test_nothing_scored_is_no_number() -> None:
    """Without a score there is no number, whatever the metric."""
    assert [None] * 3 == [
        number(metric(), [], (), []),
        number(metric(top=None), [], (), []),
        number(find("classification.macro_f1"), [], (), []),
    ]


def largest(units: "np.ndarray") -> float | None:
    """Return the largest first part, which is no mean of anything."""
    return float(units[:, 0].max())


UNITS: list[Unit] = [(float(n % 7), float(n)) for n in range(30)]
GROUPS = [f"p{n % 6}" for n in range(30)]


def test_a_corpus_measure_is_pooled_over_its_units() -> None:
    """The number is what the pool makes of all units, not the mean of the samples' own scores."""
    found = number(metric(pool=largest), [0.0] * 30, UNITS, GROUPS)
    assert found is not None
    assert (6.0, 30, 6, None) == (found.mean, found.n, found.clusters, found.n_eff)


def test_its_interval_comes_from_the_seed() -> None:
    """A pooled interval is the percentiles of 1,000 cluster resamples from seed 0: the same ones every time."""
    pool: Pool = lambda units: float(units[:, 1].mean())  # noqa: E731  # a pool is a value of a metric
    expected = cluster_interval(np.array(UNITS), GROUPS, pool, resamples=1000, seed=0)
    found = [pooled(metric(pool=pool), UNITS, GROUPS) for _ in range(2)]
    assert [ClusteredMean(14.5, 30, 6, expected.interval, None)] * 2 == found
    assert expected.interval is not None
    assert expected.interval.low < 14.5 < expected.interval.high


def test_patients_are_drawn_whole() -> None:
    """Where every patient's samples are alike, the interval is wider than it would be sample by sample."""
    units: list[Unit] = [(float(n // 5), 0.0) for n in range(30)]
    pool: Pool = lambda rows: float(rows[:, 0].mean())  # noqa: E731
    whole = pooled(metric(pool=pool), units, [f"p{n // 5}" for n in range(30)])
    apart = pooled(metric(pool=pool), units, list(range(30)))
    assert whole is not None
    assert apart is not None
    assert whole.interval is not None
    assert apart.interval is not None
    assert whole.interval.high - whole.interval.low > 1.5 * (apart.interval.high - apart.interval.low)


def test_one_patient_has_no_interval() -> None:
    """With a single cluster the number stands without an interval."""
    found = pooled(metric(pool=largest), UNITS, ["p"] * 30)
    assert ClusteredMean(6.0, 30, 1, None, None) == found


def test_an_undefined_measure_is_no_number() -> None:
    """A pool that is not defined on the units gives None, never a zero."""
    assert pooled(metric(pool=lambda units: None), UNITS, GROUPS) is None
    assert pooled(metric(pool=lambda units: math.nan), UNITS, GROUPS) is None


@pytest.mark.parametrize(("rare", "leaves_out"), [(4, True), (1, False)])
def test_undefined_resamples_are_told(rare: int, leaves_out: bool) -> None:
    """Few resamples without a value are left out of the interval and told; of more than one in twenty there is none."""

    def needs_both(units: "np.ndarray") -> float | None:
        return float(units[:, 1].mean()) if len({*units[:, 0].tolist()}) == 2 else None

    units: list[Unit] = [(float(n < rare), float(n % 5)) for n in range(30)]
    found = pooled(metric(pool=needs_both), units, list(range(30)))
    assert found is not None
    share = (1 - rare / 30) ** 30
    assert share == pytest.approx(found.undefined, abs=0.03)
    assert (leaves_out, leaves_out) == (found.interval is not None, found.undefined <= 0.05)


def test_a_pool_gets_floats_or_objects() -> None:
    """Units that are numbers come as an array of floats, units with texts as they are; a row a sample."""
    seen: list[tuple[object, tuple[int, ...]]] = []

    def looks(units: "np.ndarray") -> float | None:
        seen.append((units.dtype.kind, units.shape))
        return 0.0

    pooled(metric(pool=looks), UNITS[:4], ["p"] * 4)
    pooled(metric(pool=looks), [(True, 2), (False, 3)], ["p"] * 2)
    pooled(metric(pool=looks), [("a", "b", 1.0), ("c", "d", 0.0)], ["p"] * 2)
    assert [("f", (4, 2)), ("f", (2, 2)), ("O", (2, 3))] == seen


def test_classes_are_pooled_as_texts() -> None:
    """A measure of pairs of classes takes texts, and the draws hold whole pairs: those that agree stay alike."""
    pairs: list[Unit] = [("ct", "ct"), ("mri", "mri"), ("x-ray", "ct"), ("ct", "")] * 3

    def agreeing(units: "np.ndarray") -> float | None:
        assert {*map(tuple, units.tolist())} <= {*pairs}
        return float((units[:, 0] == units[:, 1]).mean())

    found = pooled(metric(pool=agreeing), pairs, [f"p{n % 4}" for n in range(12)])
    assert found is not None
    assert found.interval is not None
    assert (0.5, 0.0, 1.0) == (found.mean, found.interval.low, found.interval.high)
