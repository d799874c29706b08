"""The shipped lexicon, read once, and a small one to play with."""

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.records import AxisSpec
from vqa_eval.tree import Lexicon


@pytest.fixture(scope="session")
def specs() -> list[AxisSpec]:
    """Give the axes of tasks/lexicon."""
    return list(Catalog().axes)


@pytest.fixture(scope="session")
def shipped(specs: list[AxisSpec]) -> Lexicon:
    """Give the lexicon as shipped."""
    return Lexicon(specs)
