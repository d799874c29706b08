"""The t and the normal distribution against scipy, which is at hand in the tests only."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import normal_quantile, t_quantile, t_two_sided_p

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


@pytest.mark.parametrize("df", [1, 2, 5, 30, 99, 100, 101, 999, 1000, 33_333, 1_000_000])
@pytest.mark.parametrize("t", [0.0, 0.001, 0.5, 1.0, 1.96, -2.5, 5.0, 37.0, 1000.0])
def test_two_sided_p_equals_scipy(t: float, df: int) -> None:
    """The two-sided p is scipy's, relative to its size, far out in the tail too."""
    expected = 2 * float(special.t.sf(abs(t), df))
    assert expected == pytest.approx(t_two_sided_p(t, df), rel=1e-10, abs=1e-300)


@given(probability=st.floats(0.501, 0.9999), df=st.integers(1, 3000))
def test_two_sided_p_undoes_the_quantile(probability: float, df: int) -> None:
    """Beyond the quantile of 1 - p/2, and of p/2, lies p."""
    assert 2 * (1 - probability) == pytest.approx(t_two_sided_p(t_quantile(probability, df), df), rel=1e-7)


def test_two_sided_p_at_its_ends() -> None:
    """Any t is beyond 0, none beyond infinity; what is no number is an error."""
    assert (1.0, 0.0, 0.0) == (t_two_sided_p(0.0, 3), t_two_sided_p(float("inf"), 3), t_two_sided_p(-1e200, 30))
    with pytest.raises(ValueError, match="number"):
        t_two_sided_p(float("nan"), 3)
    with pytest.raises(ValueError, match="at least 1"):
        t_two_sided_p(1.0, 0)
