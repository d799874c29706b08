"""The table: ratios, bars and verdicts."""

import math

import pytest

from benchmarks.report import COLUMNS, Bar, Line, shown, to_markdown


@pytest.mark.parametrize(
    ("line", "verdict"),
    [
        (Line("p", "wall", 11.5, 10.0, Bar("≤", 1.15, "ratio")), "ok"),
        (Line("p", "wall", 11.6, 10.0, Bar("≤", 1.15, "ratio")), "over"),
        (Line("p", "rate", 7.0, 10.0, Bar("≥", 0.7, "ratio")), "ok"),
        (Line("p", "memory", 150.0, None, Bar("<", 150)), "over"),
        (Line("p", "right", 200, 200, Bar("=", 200)), "ok"),
        (Line("p", "exit code", 0, 0, Bar("≠", 0)), "over"),
        (Line("p", "wall", 1.0, 0.0, Bar("≤", 1.15, "ratio")), "over"),
        (Line("p", "first", math.nan, None, Bar("<", 1)), "over"),
        (Line("p", "free", 3.0), ""),
    ],
)
def test_a_verdict_follows_from_the_bar(line: Line, verdict: str) -> None:
    """Ratio or figure is held against the limit; what is unknown has not reached it."""
    assert verdict == line.verdict


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (17.73, "17.7"), (1.0849, "1.08"), (0.00325, "0.00325"), (5000, "5,000"), (1234.5, "1,234"),
        (math.nan, "unknown"), (-12.34, "-12.3"),
    ],
)  # fmt: skip
def test_numbers_show_three_digits(value: float, text: str) -> None:
    """Three digits that count, and whole numbers whole."""
    assert text == shown(value)


def test_the_table_has_a_row_for_each_line() -> None:
    """Columns are aligned, and each row holds its cells in their order."""
    text = to_markdown([
        Line("text, 64 slots", "wall, s", 17.7, 16.2, Bar("≤", 1.15, "ratio")),
        Line("rescoring", "replies a second", 20_000),
    ])  # fmt: skip
    rows = text.splitlines()
    assert [list(COLUMNS), ["text, 64 slots", "wall, s", "17.7", "16.2", "1.09", "≤ 1.15 ×", "ok"]] == [
        [cell.strip() for cell in rows[place].strip("|").split("|")] for place in (0, 2)
    ]
    assert 4 == len(rows)
    assert 1 == len({len(row) for row in rows})
