"""Quantiles against scipy, which is at hand in the tests only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import normal_quantile, t_quantile

special = pytest.importorskip("scipy.stats", reason="scipy is the oracle here")


@pytest.mark.parametrize("df", [1, 2, 3, 5, 10, 29, 30, 99, 500, 999, 1000, 1001, 10_000, 1_000_000])
@pytest.mark.parametrize("probability", [0.0001, 0.025, 0.5, 0.6, 0.9, 0.95, 0.975, 0.995, 0.9995])
def test_t_quantile_equals_scipy(probability: float, df: int) -> None:
    """The t quantile is scipy's to 1e-10, on both sides of where the method changes."""
    expected = float(special.t.ppf(probability, df))
    assert expected == pytest.approx(t_quantile(probability, df), rel=1e-10, abs=1e-10)


@given(probability=st.floats(0.001, 0.999), df=st.integers(1, 3000))
def test_t_quantile_equals_scipy_anywhere(probability: float, df: int) -> None:
    """The same for any probability and any degrees of freedom."""
    expected = float(special.t.ppf(probability, df))
    assert expected == pytest.approx(t_quantile(probability, df), rel=1e-9, abs=1e-10)


def test_normal_quantile_equals_scipy() -> None:
    """The normal quantile is scipy's."""
    assert float(special.norm.ppf(0.975)) == pytest.approx(normal_quantile(0.975), abs=1e-14)


@pytest.mark.parametrize("probability", [0.0, 1.0, -1.0, float("nan")])
def test_impossible_probability_is_refused(probability: float) -> None:
    """A probability of 0, 1 or beyond has no quantile."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        t_quantile(probability, 5)
    with pytest.raises(ValueError, match="between 0 and 1"):
        normal_quantile(probability)


def test_no_degrees_of_freedom_are_refused() -> None:
    """A t distribution has at least one degree of freedom."""
    with pytest.raises(ValueError, match="at least 1"):
        t_quantile(0.975, 0)
