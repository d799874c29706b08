"""Questions with several right options the whole way: prompt, reading, ACC and Recall beside the exact set."""

from pathlib import Path

import pytest

from tests.samples.gmai import unsummed, write_multi
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.samples import Library, home
from vqa_eval.store import Reading

CATALOG = Catalog()
SAYS = ["A,C", "A", "The correct answers are B, D and E.", "I don't know."]
KEY = ["A,C", "C, A", "BDF", "E"]


def test_the_whole_way(tmp_path: Path) -> None:
    """Four questions: all right, half found, two of three said are right, an abstention; averaged over questions."""
    library = Library(home())
    library.add(unsummed(CATALOG.tasks["gmai-mmbench"]), write_multi(tmp_path / "GMAI-MMBench_MULTI.tsv", KEY))
    order = Order(models=("random",), tree=("benchmark/gmai-mmbench & split/multi",), out=tmp_path / "run")
    says = {f"gmai-mmbench/multi/{number}": text for number, text in enumerate(SAYS)}
    engine = ScriptedEngine(says)
    store, board = run(prepare(order, CATALOG, library), CATALOG, Silence(), lambda ref, store: engine)
    assert all("Please output the answer options directly" in request.prompt.text for request in engine.asked)
    found = {
        sample.id.rpartition("/")[2]: {score.metric: score.value for score in scores}
        for sample, (_, scores) in zip(store.samples(), store.marks.judged(Reading(1)), strict=True)
    }
    expected = {"0": (1.0, 1.0, 1.0), "1": (1.0, 0.5, 0.0), "2": (2 / 3, 2 / 3, 0.0), "3": (0.0, 0.0, 0.0)}
    names = ("choice.multi_accuracy", "choice.multi_recall", "choice.accuracy")
    assert expected == {number: tuple(scores[name] for name in names) for number, scores in found.items()}
    assert {"gmai-mmbench/multi": names[:2]} == store.manifest.measures
    shown = {
        cell.metric: cell.value for section in (*board.sections, *board.own) for cell in section.cells if cell.n == 4
    }
    assert pytest.approx((0.25, 2 / 3, 13 / 24)) == tuple(
        shown[name] for name in ("choice.accuracy", "choice.multi_accuracy", "choice.multi_recall")
    )
