"""References and descriptions are labelled once a text, and scored where both sides have labels."""

import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.labellers import build_chexbert
from tests.stored import questions, stored
from vqa_eval.engines import EngineSettings, open_engine, parse_model
from vqa_eval.engines.chexbert import CONDITIONS
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import EngineError
from vqa_eval.metrics import over_labels
from vqa_eval.pipeline.label import label, labellers
from vqa_eval.pipeline.mark import mark
from vqa_eval.pipeline.rank import rank
from vqa_eval.records import BoardSpec, Fault, Reply, Request, Sample
from vqa_eval.store import Reading, RunStore

MICRO = "labels.chexbert_micro_f1_14"
BOARD = BoardSpec("default", "", ())


def reports(*references: str) -> list[Sample]:
    """Return a description for each reference."""
    return [
        Sample(f"b/{n}", "b", "test", "caption", "Describe.", references=(reference,), nodes=(("benchmark", "b"),))
        for n, reference in enumerate(references)
    ]


def read(request: Request) -> str:
    """Play CheXbert: a condition is there where the text names it."""
    text = request.prompt.text
    return json.dumps({name: "positive" if name.lower() in text else "blank" for name in CONDITIONS})


def labeller(says: Callable[[Request], str | Reply] = read, **more: object) -> ScriptedEngine:
    """Return an engine that plays CheXbert."""
    return ScriptedEngine(says, name="chexbert", **more)  # type: ignore[arg-type]


def numbers(store: RunStore) -> dict[tuple[str, str], float | None]:
    """Return the whole selection's number of every row under every metric over labels."""
    return {
        (cell.row.model, cell.metric): cell.value
        for section in rank(store, BOARD).sections
        if not section.axis
        for cell in section.cells
        if cell.metric.startswith("labels.")
    }


def test_every_text_is_asked_once(tmp_path: Path) -> None:
    """References and answers of all rows are asked about, equal texts once, other kinds and refusals never."""
    samples = [*reports("edema", "fracture", "edema"), *questions(1)]
    samples[-1] = Sample("c/0", "b", "test", "choice", "?", ("x", "y", "z"), (0,), nodes=(("benchmark", "b"),))
    said = {"m": ["edema", "I cannot help with that.", "", "A"], "n": ["pneumonia", "fracture", None, "B"]}
    store = stored(tmp_path / "run", samples, said)
    engine = labeller()
    label(store, engine)
    assert ["edema", "fracture", "pneumonia"] == sorted(request.prompt.text for request in engine.asked)
    again = labeller()
    label(store, again)
    mark(store)
    label(store, again)
    assert [] == again.asked


def test_scores_come_with_the_labels(tmp_path: Path) -> None:
    """Before labelling there is no number over labels; after it there is that of the labels, with weights signed."""
    store = stored(tmp_path / "run", reports("edema", "fracture", "pneumonia"), {"m": ["edema", "edema", "pneumonia"]})
    assert {} == numbers(store)
    label(store, labeller())
    mark(store)
    # edema: one hit, one wrong call; fracture: missed; pneumonia: a hit
    assert pytest.approx(2 * 2 / (3 + 3)) == numbers(store)["m", MICRO]
    assert pytest.approx((2 / 3 + 0 + 1) / 14) == numbers(store)["m", "labels.chexbert_macro_f1_14"]
    assert f"{MICRO}.v1@{labeller().identity.engine.replace(' ', '-')}:1" in rank(store, BOARD).signatures[1]
    assert not any("LABELLED" in line for line in rank(store, BOARD).notes)


def test_a_number_that_was_asked_for_is_absent_and_never_zero(tmp_path: Path) -> None:
    """Without labels the number is None, and the board says how many descriptions lack them and what to type."""
    store = stored(tmp_path / "run", reports("edema", "fracture"), {"m": ["edema", None], "n": ["edema", "fracture"]})
    mark(store, more=[MICRO])
    assert {("m", MICRO): None, ("n", MICRO): None} == numbers(store)
    (noted,) = [line for line in rank(store, BOARD).notes if "LABELLED" in line]
    assert noted.startswith("NOT LABELLED: 3 of 3 descriptions lack the labels of chexbert and are not counted")
    assert f"vqa-eval score {tmp_path / 'run'} --labeller chexbert:FOLDER" in noted


def test_floors_are_scored_by_the_labels(tmp_path: Path) -> None:
    """A benchmark reported in F1 over labels shows what the next patient's report would have scored."""
    samples = [replace(report, cluster=report.id) for report in reports("edema", "edema and fracture")]
    store = stored(tmp_path / "run", samples, {"m": ["edema", "edema"]}, measures={"b": (MICRO,)})
    label(store, labeller())
    mark(store)
    (cell,) = [cell for section in rank(store, BOARD).own for cell in section.cells]
    # said: 2 calls, both hits; the other's report instead: 3 calls, 2 hits; asked: 3
    assert pytest.approx(2 * 2 / (2 + 3)) == cell.value
    assert {"retrieval": pytest.approx(2 * 2 / (3 + 3))}.items() <= {
        floor.name: floor.value for floor in cell.baselines
    }.items()


def test_a_library_that_is_absent_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the labeller cannot run here, the note says what to install."""
    store = stored(tmp_path / "run", reports("edema"), {"m": ["edema"]})
    mark(store, more=["labels.radgraph_f1"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "radgraph" else object())
    (noted,) = [line for line in rank(store, BOARD).notes if "LABELLED" in line]
    assert "this model needs radgraph: pip install 'vqa-eval[reports]'" in noted


def test_a_fault_is_no_label(tmp_path: Path) -> None:
    """A text that met a fault leaves its description out of the number, is noted, and alone is asked again."""
    store = stored(tmp_path / "run", reports("edema", "fracture"), {"m": ["edema", "pneumonia"]})
    fails = labeller(
        lambda asked: Reply(asked.key, fault=Fault("engine", "?")) if asked.prompt.text == "pneumonia" else read(asked)
    )
    label(store, fails)
    mark(store)
    assert 1.0 == numbers(store)["m", MICRO]
    assert [1.0, None] == [
        next(score.value for score in scores if score.metric == MICRO) for _, scores in store.marks.judged(Reading(1))
    ]
    (cell,) = [c for s in rank(store, BOARD).sections for c in s.cells if c.metric == MICRO]
    assert (0, 1, None) == (cell.missing, cell.unscored, cell.gain)
    (noted,) = [line for line in rank(store, BOARD).notes if "LABELLED" in line]
    assert "1 of 2 descriptions lack the labels of chexbert" in noted
    mends = labeller()
    label(store, mends)
    mark(store)
    assert ["pneumonia"] == [request.prompt.text for request in mends.asked]
    assert 0.5 == numbers(store)["m", MICRO]


def test_an_engine_that_dies_keeps_what_it_said(tmp_path: Path) -> None:
    """What was labelled before the engine could not go on is not asked again."""
    store = stored(tmp_path / "run", reports("edema", "fracture"), {"m": ["edema", "fracture"]})
    with pytest.raises(EngineError, match="told to fail"):
        label(store, labeller(dies_after=1))
    goes_on = labeller()
    label(store, goes_on)
    assert ["fracture"] == [request.prompt.text for request in goes_on.asked]


def test_other_weights_label_anew(tmp_path: Path) -> None:
    """Labels of other weights under the same name are not mixed in; the first weights' are known when they return."""
    store = stored(tmp_path / "run", reports("edema"), {"m": ["edema"]})
    label(store, labeller())
    other = labeller(lambda asked: json.dumps(dict.fromkeys(CONDITIONS, "blank")))
    other.identity = replace(other.identity, revision="2")
    label(store, other)
    mark(store)
    assert (1, None) == (len(other.asked), numbers(store)["m", MICRO])
    back = labeller()
    label(store, back)
    mark(store)
    assert ([], 1.0) == (back.asked, numbers(store)["m", MICRO])


def test_another_version_of_the_engine_labels_anew(tmp_path: Path) -> None:
    """The same weights read by another version are asked again, and the metric's version tells which read them."""
    store = stored(tmp_path / "run", reports("edema"), {"m": ["edema"]})
    for version in ("reading 1", "reading 2"):
        engine = labeller()
        engine.identity = replace(engine.identity, engine=version)
        label(store, engine)
        mark(store)
        assert ["edema"] == [request.prompt.text for request in engine.asked]
        assert f"{MICRO}.v1@{version.replace(' ', '-')}:1" in rank(store, BOARD).signatures[1]


def test_only_labellers_label(tmp_path: Path) -> None:
    """An engine whose labels no metric counts is refused before it is asked."""
    store = stored(tmp_path / "run", reports("edema"), {"m": ["edema"]})
    engine = ScriptedEngine(read)
    with pytest.raises(EngineError, match="scripted labels no texts") as caught:
        label(store, engine)
    assert ([], "labellers: chexbert:…, radgraph:…") == (engine.asked, caught.value.hint)
    assert ("chexbert", "radgraph") == labellers()
    assert {metric.labeller for metric in over_labels()} == set(labellers())


def test_runs_from_before_have_no_labels(tmp_path: Path) -> None:
    """A run written before there were labels is opened, marked and labelled as any other."""
    stored(tmp_path / "run", reports("edema"), {"m": ["edema"]}).close()
    base = sqlite3.connect(tmp_path / "run" / "run.sqlite")
    base.executescript("DROP TABLE labels; ALTER TABLE replies DROP COLUMN batched; PRAGMA user_version = 2;")
    base.close()
    store = RunStore.open(tmp_path / "run")
    mark(store)
    assert [] == store.labels.labellers()
    label(store, labeller())
    mark(store)
    assert 1.0 == numbers(store)["m", MICRO]


def test_a_real_checkpoint_from_end_to_end(tmp_path: Path) -> None:
    """A CheXbert opened from its folder labels a run; a report said word for word scores 1 or has no condition."""
    store = stored(
        tmp_path / "run", reports("no edema .", "small effusion ."), {"m": ["no edema .", "small effusion ."]}
    )
    engine = open_engine(parse_model(f"chexbert:{build_chexbert(tmp_path / 'chexbert')}", {}), EngineSettings(tmp_path))
    label(store, engine)
    mark(store)
    assert 1.0 == numbers(store)["m", MICRO]
    assert engine.identity == store.labels.identity("chexbert")
