"""The whole way, from the tree to a board, without net, accelerator or real model, in well under a second."""

from pathlib import Path

from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.samples import Library, home


def test_from_tree_to_board(letters: Path, tmp_path: Path) -> None:
    """A node is cut, asked, marked and ranked: two of three right, one unparsed, every number with its company."""
    catalog, library = Catalog([letters]), Library(home())
    library.add(catalog.tasks["letters"], letters / "tasks")
    says = {"letters/3": "B", "letters/4": "The answer is B.", "letters/5": "I see many things."}
    order = Order(
        models=("random",), tree=("benchmark/letters & (modality/MRI, modality/X-ray)",), out=tmp_path / "run"
    )
    engine = ScriptedEngine(lambda request: says[request.sample])
    store, board = run(prepare(order, catalog, library), catalog, Silence(), lambda ref, store: engine)

    whole = board.sections[0].cells[0]
    assert (3, 3) == (whole.n, whole.clusters)
    assert 2 / 3 == whole.value
    assert 2 / 3 == whole.answered
    assert whole.interval is not None
    assert whole.interval.low < 2 / 3 < whole.interval.high
    assert {"uniform", "majority_letter", "majority_text", "longest_option"} == {b.name for b in whole.baselines}
    modality = next(section for section in board.sections if section.axis == "modality")
    assert {
        ("modality", "MRI"): 1.0,
        ("modality", "MRI", "T1 MRI"): 1.0,
        ("modality", "X-ray"): 0.0,
    } == {cell.node: cell.value for cell in modality.cells}
    assert "prompt:letter-" in board.signatures[1]
    assert 0 == store.count_unasked(1)
