"""The shipped lexicon, read once, and a small one to play with."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from vqa_eval.records import AxisSpec, ValueSpec
from vqa_eval.tree import Lexicon

ROOT = Path(__file__).resolve().parents[2]


def _values(raw: list[object]) -> Iterator[ValueSpec]:
    for value in raw:
        if isinstance(value, dict):
            yield ValueSpec(**{**value, "synonyms": tuple(value.get("synonyms", ()))})
        else:
            # Never str(value): a name that YAML does not read as text would be hidden by it.
            assert isinstance(value, str), value
            yield ValueSpec(value)


@pytest.fixture(scope="session")
def specs() -> list[AxisSpec]:
    """Give the axes of tasks/lexicon."""
    yaml = YAML(typ="safe", pure=True)
    read = [yaml.load(file) for file in sorted((ROOT / "tasks" / "lexicon").glob("*.yaml"))]
    return [AxisSpec(axis["axis"], axis["about"], tuple(_values(axis["values"]))) for axis in read]


@pytest.fixture(scope="session")
def shipped(specs: list[AxisSpec]) -> Lexicon:
    """Give the lexicon as shipped."""
    return Lexicon(specs)
