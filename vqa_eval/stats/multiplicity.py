"""Adjusted p-values: many tests at once find something by chance."""

from collections.abc import Sequence


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Return adjusted p-values that bound the chance of even one false finding; for declared comparisons.

    Reject those that are at most the level.  The order is kept; an undefined test (None) stays None and does
    not count as a test.  Raises ValueError on a p outside [0, 1].

    Source: S. Holm, A simple sequentially rejective multiple test procedure, Scandinavian Journal of
    Statistics 6 (1979) 65-70.
    """
    order = _ascending(p_values)
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    for rank, (p, place) in enumerate(order):
        highest = max(highest, min(1.0, (len(order) - rank) * p))
        adjusted[place] = highest
    return adjusted


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Return adjusted p-values that bound the expected share of false findings; for a map of many nodes.

    Reject those that are at most the level.  It holds for independent and for positively dependent tests.
    The order is kept; an undefined test (None) stays None and does not count as a test.  Raises ValueError
    on a p outside [0, 1].

    Source: Y. Benjamini and Y. Hochberg, Controlling the false discovery rate, Journal of the Royal
    Statistical Society B 57 (1995) 289-300.
    """
    order = _ascending(p_values)
    adjusted: list[float | None] = [None] * len(p_values)
    lowest = 1.0
    for rank, (p, place) in reversed(list(enumerate(order, start=1))):
        lowest = min(lowest, p * len(order) / rank)
        adjusted[place] = lowest
    return adjusted


def _ascending(p_values: Sequence[float | None]) -> list[tuple[float, int]]:
    """Return the defined p-values with their places, smallest first."""
    defined = [(p, place) for place, p in enumerate(p_values) if p is not None]
    if not all(0.0 <= p <= 1.0 for p, _ in defined):
        raise ValueError("a p-value lies between 0 and 1")
    return sorted(defined)
