"""Letter bias and the chi-square distribution behind it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.stats import LetterBias, chi_square_p, letter_bias

GIVEN, KEY = {"A": 40, "B": 30, "C": 20, "D": 10}, dict.fromkeys("ABCD", 25)

counts = st.dictionaries(st.sampled_from("ABCDE"), st.integers(0, 50), max_size=5)


def test_letter_bias_equals_golden(golden: dict[str, Any]) -> None:
    """Chi-square, p and total variation distance are scipy's."""
    row = golden["letter_bias"]
    found = letter_bias(dict(zip("ABCD", row["pred"], strict=True)), dict(zip("ABCD", row["key"], strict=True)))
    assert found is not None
    assert row["chi2"] == pytest.approx(found.chi_square, abs=1e-9)
    assert row["p"] == pytest.approx(found.p, abs=1e-12)
    assert row["tvd"] == pytest.approx(found.distance, abs=1e-12)


def test_letter_bias_example() -> None:
    """The same without the file, and with a key that counts in other numbers."""
    for key in (KEY, dict.fromkeys("ABCD", 3)):
        found = letter_bias(GIVEN, key)
        assert found is not None
        assert 20.0 == pytest.approx(found.chi_square, abs=1e-9)
        assert 0.00016974243555282632 == pytest.approx(found.p, abs=1e-12)
        assert 0.2 == pytest.approx(found.distance, abs=1e-12)


def test_undefined_letter_bias_is_none() -> None:
    """A letter that is never the key, or a key of one letter, has a distance but no test; no answers have neither."""
    assert LetterBias(1.0, None, None) == letter_bias({"C": 4}, {"A": 2, "B": 2})
    assert LetterBias(0.0, None, None) == letter_bias({"A": 4}, {"A": 2})
    assert letter_bias({}, {"A": 2}) is None
    assert letter_bias({"A": 2}, {"A": 0}) is None


def test_negative_counts_are_refused() -> None:
    """A count below 0 is an error."""
    with pytest.raises(ValueError, match="negative"):
        letter_bias({"A": -1}, {"A": 2})


@given(counts, counts)
def test_distance_is_a_share(given_letters: dict[str, int], key: dict[str, int]) -> None:
    """The distance lies in [0, 1], is the same the other way round, and 0 exactly where the shares agree."""
    found, back = letter_bias(given_letters, key), letter_bias(key, given_letters)
    if found is None or back is None:
        assert found is back
        return
    assert 0.0 <= found.distance <= 1.0 + 1e-12
    assert found.distance == pytest.approx(back.distance, abs=1e-12)
    if found.p is not None and found.chi_square is not None:
        assert 0.0 <= found.p <= 1.0
        assert (found.distance < 1e-12) == (found.chi_square < 1e-12)


@given(st.floats(0, 500), st.integers(1, 60))
def test_chi_square_equals_scipy(statistic: float, df: int) -> None:
    """The upper tail is scipy's, for even and odd degrees of freedom."""
    stats = pytest.importorskip("scipy.stats", reason="scipy is the oracle here")
    expected = float(stats.chi2.sf(statistic, df))
    assert expected == pytest.approx(chi_square_p(statistic, df), rel=1e-10, abs=1e-300)


def test_chi_square_at_its_ends() -> None:
    """Nothing lies below 0 and nothing beyond infinity; anything else is an error."""
    assert (1.0, 0.0) == (chi_square_p(0.0, 3), chi_square_p(float("inf"), 3))
    with pytest.raises(ValueError, match="at least 0"):
        chi_square_p(-1.0, 3)
    with pytest.raises(ValueError, match="at least 0"):
        chi_square_p(float("nan"), 3)
    with pytest.raises(ValueError, match="at least 1"):
        chi_square_p(1.0, 0)
