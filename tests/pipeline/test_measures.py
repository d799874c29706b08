"""A benchmark's own measures from its task file to the board: on its samples alone, and again from what is stored."""

import json
import math
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stored import questions, right, stored
from tests.watchers import Silence
from vqa_eval.boards import Board, Section
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import CatalogError
from vqa_eval.pipeline.due import Checks
from vqa_eval.pipeline.mark import mark
from vqa_eval.pipeline.rank import rank
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.pipeline.signature import signature
from vqa_eval.records import BoardSpec, ModelIdentity, Reply, Request, Row, RunManifest, Sample, Sampling
from vqa_eval.samples import Library, home
from vqa_eval.store import FILE, Reading, RunStore

SPEC = BoardSpec("b", "", ("benchmark",))
MEASURED = "\n  metrics: [classification.macro_f1, classification.macro_auc]"


@pytest.fixture
def catalog(letters: Path) -> Catalog:
    """Return the catalogue with `letters` at hand, reported in two measures of its own."""
    path = letters / "tasks" / "letters.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("\n  cluster: patient", f"\n  cluster: patient{MEASURED}"), encoding="utf-8")
    catalog = Catalog([letters])
    Library(home()).add(catalog.tasks["letters"], letters / "tasks" / "letters.csv")
    return catalog


Go = Callable[..., tuple[RunStore, Board]]


@pytest.fixture
def go(catalog: Catalog, tmp_path: Path) -> Go:
    """Return what asks a script about `letters`, which calls the right option by its label and its probability."""

    def says(request: Request) -> Reply:
        label = {"1": "A", "2": "C", "3": "B", "4": "B", "5": "A"}[request.sample.rpartition("/")[2]]
        if request.channel == "logprobs":
            shares = [0.8 if known == label else 0.1 for known in request.prompt.labels]
            return Reply(request.key, logprobs=tuple(map(math.log, shares)))
        return Reply(request.key, label)

    def start(*channels: str) -> tuple[RunStore, Board]:
        checks = Checks(channels=channels)
        order = Order(models=("random",), tree=("letters",), out=tmp_path / "run", checks=checks)
        prepared = prepare(order, catalog, Library(home()))
        return run(prepared, catalog, Silence(), lambda ref, store: ScriptedEngine(says))

    return start


def own(board: Board) -> Section:
    """Return the table of own measures."""
    (section,) = board.own
    return section


def test_measures_come_from_the_task_file(go: Go) -> None:
    """The run remembers them, scores them, signs them and shows them with what they lack."""
    store, board = go()
    names = ("classification.macro_f1", "classification.macro_auc")
    assert {"letters": names} == store.manifest.measures
    assert [1.0, None] == [cell.value for cell in own(board).cells]
    assert "macro AUC: needs --channels logprobs" == own(board).notes[0]
    assert "shares:" not in board.signatures[1]
    assert all(f"{name}.v1" in board.signatures[1] for name in names)
    assert ["choice.accuracy"] == [metric.name for metric in board.sections[0].metrics]


def test_probabilities_are_asked_for_later(go: Go) -> None:
    """The same command with --channels logprobs takes the measure from there; these options have no common classes."""
    go()
    _, board = go("logprobs")
    assert own(board).notes[0].startswith("macro AUC: undefined on these samples")
    assert board.signatures[1].endswith("|shares:logprobs")


def test_a_measure_that_is_none_is_refused_before_asking(catalog: Catalog, letters: Path, tmp_path: Path) -> None:
    """A task file that names no metric is an error that says which there are; nothing is asked."""
    path = letters / "tasks" / "letters.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("macro_auc", "macro_abc"), encoding="utf-8")
    changed = Catalog([letters])
    library, order = Library(home()), Order(models=("random",), tree=("letters",), out=tmp_path / "run")
    library.add(changed.tasks["letters"], letters / "tasks" / "letters.csv")
    with pytest.raises(CatalogError, match="macro_abc"):
        prepare(order, changed, library)


def mixed(folder: Path, **order: object) -> RunStore:
    """Store a run over two benchmarks, one of which is reported in macro F1."""
    samples = questions(8)
    other = [replace(one, id=f"c/{one.id}", benchmark="c", nodes=(("benchmark", "c"),)) for one in samples]
    every = [*samples, *other]
    return stored(folder, every, {"m": right(every, 0, 9)}, **order)


def names_of(store: RunStore) -> dict[str, set[str]]:
    """Return the metrics that the samples of each benchmark were scored by."""
    found: dict[str, set[str]] = {}
    judged = store.marks.judged(Reading(1))
    for sample, (_, scores) in zip(store.samples(), judged, strict=True):
        found.setdefault(sample.benchmark, set()).update(score.metric for score in scores)
    return found


def test_other_benchmarks_are_not_scored_by_them(tmp_path: Path) -> None:
    """Only the samples of the benchmark are scored by its measures, and the board has one table of them."""
    store = mixed(tmp_path / "run", measures={"b": ("classification.macro_f1",)})
    usual = {"choice.accuracy"}
    assert {"b": usual | {"classification.macro_f1"}, "c": usual} == names_of(store)
    board = rank(store, SPEC)
    assert ("b", 8) == (own(board).benchmark, own(board).cells[0].n)
    assert [["b", "c"]] == [[spot.name for spot in summary.spots] for summary in board.summaries]


def test_a_metric_that_was_asked_for_stands_in_both(tmp_path: Path) -> None:
    """What --metrics names is scored everywhere and stands in the table of the kind as well as in its own."""
    store = mixed(tmp_path / "run", measures={"b": ("classification.macro_f1",)})
    mark(store, more=["classification.macro_f1"])
    board = rank(store, SPEC)
    assert "classification.macro_f1" in [metric.name for metric in board.sections[0].metrics]
    assert ["classification.macro_f1"] == [metric.name for metric in own(board).metrics]


def test_a_run_of_before_is_scored_again(tmp_path: Path) -> None:
    """A manifest without measures and pictures, as earlier versions wrote it, is marked and ranked as it was."""
    mixed(tmp_path / "run").close()
    base = sqlite3.connect(tmp_path / "run" / FILE)
    ((text,),) = base.execute("SELECT value FROM about WHERE key = 'manifest'")
    assert not {"measures", "pictures"} & json.loads(text).keys()
    base.close()
    store = RunStore.open(tmp_path / "run")
    before = store.marks.marked_by
    mark(store)
    board = rank(store, SPEC)
    assert (before, ()) == (store.marks.marked_by, board.own)
    assert 0.875 == board.sections[0].cells[0].value


def test_document_frequencies_are_each_benchmark_s_own(tmp_path: Path) -> None:
    """CIDEr-D of a caption does not change with what other benchmark is asked in the same run."""
    captions = [
        Sample(f"b/{at}", "b", "test", "caption", "?", references=(text,), nodes=(("benchmark", "b"),), cluster=str(at))
        for at, text in enumerate(["a large liver tumour", "a small lung nodule", "a clear normal chest film"])
    ]
    other = [replace(one, id=f"c/{one.id}", benchmark="c", nodes=(("benchmark", "c"),)) for one in captions]
    said = ["a large liver tumour", "a small lung", "nothing"]

    def cider(store: RunStore) -> list[float | None]:
        return [
            next(score.value for score in scores if score.metric == "caption.cider_d")
            for _, scores in list(store.marks.judged(Reading(1)))[:3]
        ]

    alone = stored(tmp_path / "alone", captions, {"m": said})
    both = stored(tmp_path / "both", [*captions, *other], {"m": said * 2})
    assert cider(alone) == cider(both)
    assert any(cider(alone))


def test_pictures_stand_in_the_signature() -> None:
    """What the engine and what each benchmark does to its pictures is said; or that they are as they are."""
    manifest = RunManifest(("m",), ("letter",), {"letter": "0" * 64}, "", None, 0, Sampling(), {})
    plain, scaled = (Row(1, "m", "letter", ModelIdentity("m", "e", "r", max_side=side)) for side in (None, 448))
    shaped = replace(manifest, pictures={"b": "black to a square of 224", "c": "PNG"})
    assert "|pictures:as they are|" in signature(plain, manifest, "rules:v1")
    assert "|pictures:side<=448|" in signature(scaled, manifest, "rules:v1")
    assert "|pictures:b=black to a square of 224+c=PNG|" in signature(plain, shaped, "rules:v1")
    assert "|pictures:side<=448+b=black to a square of 224+c=PNG|" in signature(scaled, shaped, "rules:v1")
