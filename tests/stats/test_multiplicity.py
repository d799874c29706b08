"""Adjusted p-values against statsmodels' and scipy's values, and what holds of them always."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import benjamini_hochberg, holm

P = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]

tests = st.lists(st.none() | st.floats(0, 1), max_size=30)


def test_adjusted_equal_golden(golden: dict[str, Any]) -> None:
    """Holm and Benjamini-Hochberg are those of statsmodels."""
    row = golden["multiplicity"]
    assert row["holm"] == pytest.approx(holm(row["p"]), abs=1e-12)
    assert row["bh"] == pytest.approx(benjamini_hochberg(row["p"]), abs=1e-12)


def test_adjusted_example() -> None:
    """The same without the file, in another order: the order is kept."""
    expected_holm = [0.01, 0.072, 0.312, 0.312, 0.312, 0.312, 0.312, 0.615, 0.615, 0.615]
    expected_bh = [0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.74 / 7, 0.216, 0.216, 0.216]
    assert expected_holm[::-1] == pytest.approx(holm(P[::-1]), abs=1e-12)
    assert expected_bh[::-1] == pytest.approx(benjamini_hochberg(P[::-1]), abs=1e-12)


def test_undefined_tests_do_not_count() -> None:
    """None stays None, and the others are adjusted as if it were not there."""
    assert [0.02, None, 0.03] == pytest.approx(holm([0.01, None, 0.03]))
    assert [0.02, None, 0.03] == pytest.approx(benjamini_hochberg([0.01, None, 0.03]))
    assert [None, None] == holm([None, None])
    assert [] == benjamini_hochberg([])


@pytest.mark.parametrize("p", [-0.1, 1.1, float("nan")])
def test_what_is_no_p_is_refused(p: float) -> None:
    """A value outside [0, 1] is an error."""
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm([0.5, p])
    with pytest.raises(ValueError, match="between 0 and 1"):
        benjamini_hochberg([0.5, p])


@given(tests)
def test_adjusted_keep_the_order_of_p(p_values: list[float | None]) -> None:
    """Adjusted values are at least p, at most 1, in the order of p; Holm's are never below Benjamini-Hochberg's."""
    for adjust in (holm, benjamini_hochberg):
        rows = [(p, q) for p, q in zip(p_values, adjust(p_values), strict=True) if p is not None and q is not None]
        assert all(p - 1e-15 <= q <= 1.0 for p, q in rows)
        ordered = [q for _, q in sorted(rows)]
        assert ordered == sorted(ordered)
    both = zip(holm(p_values), benjamini_hochberg(p_values), strict=True)
    assert all(strict + 1e-12 >= mild for strict, mild in both if strict is not None and mild is not None)


@given(tests, st.randoms(use_true_random=False))
def test_order_of_tests_does_not_matter(p_values: list[float | None], chance: Any) -> None:
    """Tests in another order have the same adjusted values, in that order."""
    order = list(range(len(p_values)))
    chance.shuffle(order)
    for adjust in (holm, benjamini_hochberg):
        found = adjust(p_values)
        assert [found[place] for place in order] == adjust([p_values[place] for place in order])


@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_benjamini_hochberg_equals_scipy(p_values: list[float]) -> None:
    """The adjusted values are scipy's."""
    stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle here")
    expected = stats.false_discovery_control(p_values).tolist()
    assert expected == pytest.approx(benjamini_hochberg(p_values), abs=1e-12)
