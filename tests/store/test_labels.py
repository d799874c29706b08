"""Labels of texts: noted, kept, and forgotten where another model would give them."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stored import MANIFEST
from vqa_eval.records import Fault, ModelIdentity, Reply
from vqa_eval.store import RunStore

NAME = "chexbert"
MODEL = ModelIdentity(NAME, "transformers 5", "files-1")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[RunStore]:
    """Return a run of which nothing is known but its order."""
    store = RunStore.create(tmp_path / "run", replace(MANIFEST, models=("m",)))
    yield store
    store.close()


def test_a_text_has_labels_once_they_are_said(store: RunStore) -> None:
    """None before asking, after asking and after a fault; the labels from then on, for that text alone."""
    assert store.labels.said(NAME)("edema") is None
    assert not store.labels.ask(NAME, "edema", "key")
    assert store.labels.said(NAME)("edema") is None
    store.put(Reply("key", fault=Fault("memory", "full")))
    assert store.labels.said(NAME)("edema") is None
    assert not store.labels.ask(NAME, "edema", "key")
    store.put(Reply("key", "{}", "stop"))
    assert "{}" == store.labels.said(NAME)("edema")
    assert store.labels.said(NAME)("Edema") is None
    assert store.labels.ask(NAME, "edema", "key")
    assert [NAME] == store.labels.labellers()


def test_labellers_stand_apart(store: RunStore) -> None:
    """What one labeller says of a text is not what another says of it."""
    for name in (NAME, "radgraph"):
        store.labels.ask(name, "edema", f"key {name}")
        store.put(Reply(f"key {name}", name, "stop"))
    assert [NAME, "radgraph"] == [store.labels.said(name)("edema") for name in store.labels.labellers()]


def test_another_model_starts_anew(store: RunStore) -> None:
    """The same model keeps its labels when it is named again; another revision forgets them, not the replies."""
    assert store.labels.identity(NAME) is None
    store.labels.identify(NAME, MODEL)
    store.labels.ask(NAME, "edema", "key")
    store.put(Reply("key", "{}", "stop"))
    store.labels.identify(NAME, MODEL)
    assert ("{}", MODEL) == (store.labels.said(NAME)("edema"), store.labels.identity(NAME))
    store.labels.identify(NAME, replace(MODEL, revision="files-2"))
    assert ([], None) == (store.labels.labellers(), store.labels.said(NAME)("edema"))
    assert store.labels.ask(NAME, "edema", "key")
    assert "{}" == store.labels.said(NAME)("edema")


def test_labels_survive_the_process(store: RunStore) -> None:
    """What was said is there when the run is opened again."""
    store.labels.ask(NAME, "lung\nédème", "key")
    store.put(Reply("key", "{}", "stop"))
    again = RunStore.open(store.folder)
    assert "{}" == again.labels.said(NAME)("lung\nédème")
    again.close()
