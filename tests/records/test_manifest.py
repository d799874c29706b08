"""The manifest of a run: what orders of before did not say reads as nothing, and changes no text of theirs."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stored import MANIFEST
from vqa_eval.errors import StoreError
from vqa_eval.records.codec import manifest_from, to_text
from vqa_eval.store import RunStore

NEW = replace(MANIFEST, measures={"b/part": ("classification.macro_f1",)}, pictures={"b": "square"}, models=("m",))


def test_a_manifest_of_before_reads_with_defaults() -> None:
    """Without measures and pictures the text is that of earlier versions, and reads as none of either."""
    fields = json.loads(to_text(MANIFEST))
    assert not {"measures", "pictures"} & fields.keys()
    read = manifest_from(json.dumps(fields))
    assert ({}, {}, MANIFEST) == (read.measures, read.pictures, read)


def test_measures_and_pictures_survive_their_text() -> None:
    """Both are the same after being written and read, the names of metrics a tuple again."""
    assert NEW == manifest_from(to_text(NEW))


def test_new_measures_are_no_other_run(tmp_path: Path) -> None:
    """A run goes on where only its measures have changed, and keeps the new ones; other pictures are another run."""
    RunStore.create(tmp_path / "run", NEW).close()
    other = replace(NEW, measures={"b/part": ("classification.mcc",)})
    RunStore.create(tmp_path / "run", other).close()
    assert other == RunStore.open(tmp_path / "run").manifest
    with pytest.raises(StoreError, match=r"asked something else \(pictures\)"):
        RunStore.create(tmp_path / "run", replace(NEW, pictures={"b": "as they are"}))
