"""What a form of predictions is: whose samples it holds, and how each becomes a row."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from vqa_eval.records import Sample

Cell = str | int
Raw = Mapping[str, tuple[str, ...]]
"""Axis to the names that the published row holds on it, as they are spelled there."""


@dataclass(frozen=True, slots=True)
class Export:
    """One form in which the maintainers of a benchmark take predictions."""

    about: str
    """One sentence for help and messages."""
    benchmark: str
    split: str
    columns: tuple[str, ...]
    row: Callable[[Sample, Raw, str], tuple[Cell, ...]]
    """(sample, its published names, reply) -> one cell for each column."""
    order: Callable[[Sequence[Cell]], tuple[float, str]]
    """What a row is sorted by."""
    file: str
    """Name of the file without its ending; {model} stands for the model's."""
    then: str
    """What its author does with the file next."""
