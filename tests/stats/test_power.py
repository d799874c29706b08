"""How many samples a difference needs: golden values, and the way back."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import detectable_difference, detectable_from_error, needed_n, normal_quantile, t_quantile

SIXTHS = (1 / 6, 1 / 6)


def test_power_equals_golden(golden: dict[str, Any]) -> None:
    """Needed n and detectable difference are the golden ones."""
    row = golden["power"]
    assert row["n_for_3pts_omega2_1_9"] == pytest.approx(needed_n(0.03), abs=1e-9)
    assert row["n_for_3pts_omega2_1_9_sigma2_1_6_K1"] == pytest.approx(needed_n(0.03, sigma2=SIXTHS), abs=1e-9)
    assert row["n_for_3pts_K10"] == pytest.approx(needed_n(0.03, sigma2=SIXTHS, draws=10), abs=1e-9)
    assert row["mde_n198_omega2_1_9_sigma_1_6_K1"] == pytest.approx(detectable_difference(198, sigma2=SIXTHS), abs=1e-9)
    assert row["mde_n1000_omega2_0_2"] == pytest.approx(detectable_difference(1000, omega2=0.2), abs=1e-9)


def test_power_example() -> None:
    """The same without the file: 969, 3,876 and 1,260 questions show three points."""
    assert 968.9974980677886 == pytest.approx(needed_n(0.03), abs=1e-9)
    assert 3875.9899922711543 == pytest.approx(needed_n(-0.03, sigma2=SIXTHS), abs=1e-9)
    assert 1259.6967474881253 == pytest.approx(needed_n(0.03, sigma2=SIXTHS, draws=10), abs=1e-9)
    assert 0.1327333278739942 == pytest.approx(detectable_difference(198, sigma2=SIXTHS), abs=1e-12)


def test_a_measured_error_detects_its_multiple() -> None:
    """2.8 standard errors with the normal quantiles; more with few degrees of freedom."""
    multiple = normal_quantile(0.975) + normal_quantile(0.8)
    assert 0.1 * multiple == pytest.approx(detectable_from_error(0.1), abs=1e-12)
    few = t_quantile(0.975, 4) + t_quantile(0.8, 4)
    assert 0.1 * few == pytest.approx(detectable_from_error(0.1, 4), abs=1e-12)
    assert few > multiple


@given(st.floats(1, 1e6), st.floats(0.001, 1), st.floats(0, 0.25), st.integers(1, 20))
def test_needed_n_is_the_way_back(n: float, omega2: float, sigma2: float, draws: int) -> None:
    """The difference that n samples detect needs n samples."""
    setting: dict[str, Any] = {"omega2": omega2, "sigma2": (sigma2, sigma2), "draws": draws}
    assert n == pytest.approx(needed_n(detectable_difference(n, **setting), **setting), rel=1e-9)


@given(st.floats(0.5, 0.98), st.floats(0.5, 0.98))
def test_more_certainty_needs_more_samples(confidence: float, power: float) -> None:
    """A higher level and a higher power both ask for more."""
    plain = needed_n(0.05, confidence=confidence, power=power)
    assert plain < needed_n(0.05, confidence=confidence + 0.01, power=power)
    assert plain < needed_n(0.05, confidence=confidence, power=power + 0.01)


def test_what_cannot_be_is_refused() -> None:
    """No difference, no samples, and variances, draws or a power that cannot be, are errors."""
    with pytest.raises(ValueError, match="difference of 0"):
        needed_n(0.0)
    with pytest.raises(ValueError, match="at least one sample"):
        detectable_difference(0)
    with pytest.raises(ValueError, match="variances"):
        needed_n(0.1, omega2=-1.0)
    with pytest.raises(ValueError, match="draws"):
        needed_n(0.1, draws=0)
    with pytest.raises(ValueError, match="power"):
        needed_n(0.1, power=1.0)
    with pytest.raises(ValueError, match="standard error"):
        detectable_from_error(-0.1)
