"""Which labels belong to a value of the tree on one modality, as a benchmark publishes it."""

from collections.abc import Mapping

KeywordTrees = Mapping[str, Mapping[str, Mapping[str, tuple[str, ...]]]]
"""Axis, value, modality, labels: {"department": {"Ophthalmology": {"OCT": ("drusen", …)}}}."""
