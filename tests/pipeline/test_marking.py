"""Marks are those of one set of rules and metrics: half made or older ones are made again when they are read."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stored import MANIFEST, questions, right, stored
from vqa_eval.answers import RULES_VERSION
from vqa_eval.metrics import find
from vqa_eval.pipeline import mark as marking
from vqa_eval.pipeline.mark import mark, refresh
from vqa_eval.pipeline.rank import rank
from vqa_eval.pipeline.signature import marked_by, versions
from vqa_eval.records import Answer, BoardSpec, Image, ModelIdentity, Reply, Sample, Score, Variant
from vqa_eval.records.codec import mark_text
from vqa_eval.store import Reading, RunStore

SPEC = BoardSpec("b", "", ())
AUC = "classification.macro_auc"


class Killed(BaseException):
    """What ends a process in the middle."""


def values(store: RunStore) -> list[float | None]:
    """Return the accuracy of every row."""
    return [cell.value for cell in rank(store, SPEC).sections[0].cells]


def test_an_interrupted_marking_is_no_marking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between two rows, marks by other rules are signed by none, and are made again whole."""
    samples = questions(6)
    store = stored(tmp_path / "run", samples, {"m": right(samples), "n": right(samples)})
    before, make = store.marks.marked_by, marking._mark

    def dies(run: RunStore, reading: Reading, *rest: object) -> None:
        if reading.row == 2:
            raise Killed
        make(run, reading, *rest)  # type: ignore[arg-type]

    with monkeypatch.context() as patched:
        patched.setattr(marking, "_mark", dies)
        patched.setattr(marking, "verdict", lambda *_: Answer("unparsed"))
        with pytest.raises(Killed):
            mark(store)
    assert ([0.0, 1.0], "", 0) == (values(store), store.marks.marked_by, store.marks.unmarked())
    refresh(store)
    assert ([1.0, 1.0], before) == (values(store), store.marks.marked_by)


def voted(folder: Path, samples: Sequence[Sample], **order: object) -> RunStore:
    """Store a run over slides whose five patches were asked each: three say the right letter, two the next one."""
    samples = [replace(one, images=(Image(one.images[0].name, one.images[0].digest, slide=True),)) for one in samples]
    store = RunStore.create(folder, replace(MANIFEST, models=("m",), **order))
    store.put_samples(samples)
    store.put_parts([(sample.id, 5) for sample in samples])
    store.identify("m", ModelIdentity("m", "scripted 1", "rev"))
    for sample in samples:
        for part in range(1, 6):
            key = f"{sample.id}/{part}"
            store.ask(1, sample.id, key, Variant("patch", part))
            store.put(Reply(key, "ABC"[(sample.correct[0] + (part > 3)) % 3], "stop"))
    return store


def test_votes_that_were_not_counted_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed between the marks of the patches and their vote, a run is not taken for one without replies."""
    store = voted(tmp_path / "run", questions(6))
    with monkeypatch.context() as patched:
        patched.setattr(marking, "_votes", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            mark(store)
    assert (0, [None]) == (store.marks.unmarked(), values(store))
    refresh(store)
    assert [1.0] == values(store)


def test_votes_are_no_probabilities(tmp_path: Path) -> None:
    """How patches voted is kept with the answer, and neither ranks the samples of a class nor calibrates anything."""
    store = voted(tmp_path / "run", questions(6), measures={"b": (AUC,)})
    mark(store, (), ("calibration.brier",))
    answers = [(answer, scores) for answer, scores in store.marks.judged(Reading(1)) if answer]
    assert [0.6] * 6 == [max(answer.shares) for answer, _ in answers]
    assert {None} == {score.value for _, scores in answers for score in scores if score.metric != "choice.accuracy"}
    (section,) = rank(store, SPEC).own
    assert [None] == [cell.value for cell in section.cells]
    assert ("macro AUC: needs --channels logprobs",) == section.notes


@pytest.mark.parametrize("signed", ["rules:v0|metrics:choice.accuracy.v1", "{rules}|metrics:choice.accuracy.v0"])
def test_marks_of_other_versions_are_made_again(tmp_path: Path, signed: str) -> None:
    """Where rules or a metric have another version than the marks were made by, all are made again; else none."""
    samples = questions(6)
    store = stored(tmp_path / "run", samples, {"m": right(samples, 0)})
    today = store.marks.marked_by
    other = [mark_text(Answer("unparsed"), [Score(sample.id, "choice.accuracy", 0.0)]) for sample in samples]
    store.marks.put(Reading(1), enumerate(other, start=1))
    store.marks.signed(today, {})
    refresh(store)
    assert [0.0] == values(store)
    store.marks.signed(signed.format(rules=today.partition("|")[0]), {})
    refresh(store)
    assert ([5 / 6], today) == (values(store), store.marks.marked_by)


def test_a_measure_that_is_new_is_scored(tmp_path: Path) -> None:
    """A measure that came into the manifest after the marks were made is scored when they are read next."""
    samples = questions(9)
    stored(tmp_path / "run", samples, {"m": right(samples)}).close()
    manifest = replace(MANIFEST, models=("m",), measures={"b": ("classification.kappa",)})
    RunStore.create(tmp_path / "run", manifest).close()
    store = RunStore.open(tmp_path / "run")
    refresh(store)
    assert [1.0] == [cell.value for section in rank(store, SPEC).own for cell in section.cells]


def test_what_cannot_be_computed_here_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A metric that another machine computed does not make the marks old on one that cannot."""
    samples = questions(6)
    store = stored(tmp_path / "run", samples, {"m": right(samples)})
    mark(store, more=["classification.kappa"])
    before = store.marks.marked_by
    lacking = replace(find("classification.kappa"), missing=lambda: "install something")
    monkeypatch.setattr(marking, "find", lambda name: lacking if name == lacking.name else find(name))
    monkeypatch.setattr(marking, "mark", lambda *_: pytest.fail("marked again"))
    refresh(store)
    assert before == store.marks.marked_by


def test_versions_are_read_as_they_were_written() -> None:
    """Signs that hold a signature together do not tear a version apart, whatever a model or a folder is called."""
    found = [("labels.radgraph_f1", "1@radgraph-0.1.18:a+b|c:d"), ("choice.accuracy", "1")]
    said = marked_by("3", found)
    assert "rules:v3|metrics:choice.accuracy.v1+labels.radgraph_f1.v1@radgraph-0.1.18:a%2Bb%7Cc:d" == said
    assert {"rules": "v3", "choice.accuracy": "v1", "labels.radgraph_f1": "v1@radgraph-0.1.18:a%2Bb%7Cc:d"} == versions(
        f"model:m|{said}|version:0.1.0"
    )
    assert {"rules": ""} == versions("")
    assert RULES_VERSION == versions(marked_by(RULES_VERSION, ()))["rules"][1:]
