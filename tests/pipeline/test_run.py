"""A run: asked once, kept, continued; faults are not answers; another order is another run."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.watchers import Silence
from vqa_eval.boards import Board, to_csv
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import CatalogError, EngineError, RenderError, StoreError
from vqa_eval.pipeline.mark import mark
from vqa_eval.pipeline.rank import rank
from vqa_eval.pipeline.run import Order, prepare, run, usual_opener
from vqa_eval.records import Fault, Reply, Request, Sampling
from vqa_eval.samples import Library, home
from vqa_eval.store import RunStore


@pytest.fixture
def catalog(letters: Path) -> Catalog:
    """Return the catalogue with `letters` at hand."""
    catalog = Catalog([letters])
    Library(home()).add(catalog.tasks["letters"], letters / "tasks" / "letters.csv")
    return catalog


Go = Callable[..., tuple[RunStore, Board, ScriptedEngine]]


@pytest.fixture
def go(catalog: Catalog, tmp_path: Path) -> Go:
    """Return a function that runs `letters` on a scripted engine."""

    def start(says: Callable[[Request], str | Reply], **order: object) -> tuple[RunStore, Board, ScriptedEngine]:
        engine = ScriptedEngine(says)
        asked = Order(**{"models": ("random",), "tree": ("letters",), "out": tmp_path / "run", **order})
        prepared = prepare(asked, catalog, Library(home()))
        opened = iter([engine, *(ScriptedEngine(says) for _ in prepared.models)])
        store, board = run(prepared, catalog, Silence(), lambda ref, store: next(opened))
        return store, board, engine

    return start


def test_the_same_order_asks_nothing_twice(go: Go) -> None:
    """A finished run asked again opens no engine and prints the same board."""
    _, first, engine = go(lambda request: "A")
    assert 5 == len(engine.asked)
    _, second, engine = go(lambda request: pytest.fail("asked again"))
    assert [] == engine.asked
    assert to_csv(first) == to_csv(second)


def test_a_fault_is_not_a_wrong_answer(go: Go) -> None:
    """A sample that brought no reply leaves n as it is, is not counted as wrong, and marks the number incomplete."""

    def says(request: Request) -> str | Reply:
        fault = Fault("server", "500 from the test")
        return Reply(request.key, fault=fault) if request.sample == "letters/3" else "A"

    store, board, _ = go(says)
    cell = board.sections[0].cells[0]
    assert (5, 1) == (cell.n, cell.missing)
    assert 2 / 4 == cell.value
    assert any(note.startswith("INCOMPLETE") and "500 from the test" in note for note in board.notes)
    assert [("letters/3", Fault("server", "500 from the test"))] == store.faults(1)


def test_only_faults_are_asked_again(go: Go) -> None:
    """The same order after a fault asks that sample alone, and the board equals an undisturbed one."""
    late = Fault("timeout", "late")
    go(lambda request: Reply(request.key, fault=late) if request.sample == "letters/3" else "B")
    _, mended, engine = go(lambda request: "B")
    assert ["letters/3"] == [request.sample for request in engine.asked]
    assert 0 == mended.sections[0].cells[0].missing
    assert 2 / 5 == mended.sections[0].cells[0].value


def test_an_engine_that_dies_loses_nothing(go: Go, catalog: Catalog, tmp_path: Path) -> None:
    """What was answered before an engine gave up is kept; the same order asks the rest."""
    engine = ScriptedEngine(lambda request: "B", dies_after=2)
    order = Order(models=("random",), tree=("letters",), out=tmp_path / "run")
    with pytest.raises(EngineError):
        run(prepare(order, catalog, Library(home())), catalog, Silence(), lambda ref, store: engine)
    _, _, again = go(lambda request: "B")
    assert 3 == len(again.asked)


def test_a_row_for_each_model_and_prompt(go: Go) -> None:
    """Two models under two techniques are four rows with four signatures."""
    _, board, _ = go(lambda request: "A", models=("random", "longest"), prompts=("letter", "steps"))
    rows = [(cell.row.model, cell.row.prompt) for cell in board.sections[0].cells]
    assert [("random", "letter"), ("random", "steps"), ("longest", "letter"), ("longest", "steps")] == rows
    assert 4 == len(set(board.signatures.values()))


def test_another_order_is_another_folder(catalog: Catalog) -> None:
    """Without --out, prompt, sampling, limit, seed and selection each give a folder of their own, the same twice."""
    library = Library(home())
    orders = [
        Order(("random",), ("letters",)),
        Order(("random",), ("letters",), prompts=("steps",)),
        Order(("random",), ("letters",), sampling=Sampling(temperature=1.0)),
        Order(("random",), ("letters",), limit=2),
        Order(("random",), ("letters",), seed=1),
        Order(("random",), ("letters & modality/CT",)),
        Order(("longest",), ("letters",)),
    ]
    folders = [prepare(order, catalog, library).folder for order in orders]
    assert len(folders) == len(set(folders))
    assert folders == [prepare(order, catalog, library).folder for order in orders]
    assert folders[0].name.startswith("random-benchmark-letters-")


def test_a_folder_never_mixes_two_orders(go: Go) -> None:
    """--out with a run that was asked something else is refused and names what differs."""
    go(lambda request: "A")
    with pytest.raises(StoreError, match=r"asked something else .*limit"):
        go(lambda request: "A", limit=3)


def test_a_folder_with_other_files_is_refused(go: Go, tmp_path: Path) -> None:
    """--out never writes among files that are not a run's."""
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "thesis.tex").write_text("dear")
    with pytest.raises(StoreError, match="holds other files"):
        go(lambda request: "A")
    assert ["thesis.tex"] == [path.name for path in (tmp_path / "run").iterdir()]


def test_two_revisions_never_share_a_run(go: Go, catalog: Catalog, tmp_path: Path) -> None:
    """A model whose weights changed between two goes is refused."""
    go(lambda request: Reply(request.key, fault=Fault("server", "down")))
    engine = ScriptedEngine(lambda request: "A")
    engine.identity = replace(engine.identity, revision="other")
    order = Order(models=("random",), tree=("letters",), out=tmp_path / "run")
    with pytest.raises(StoreError, match=r"random was .* and is now"):
        run(prepare(order, catalog, Library(home())), catalog, Silence(), lambda ref, store: engine)


def test_scoring_again_needs_no_engine(go: Go, catalog: Catalog, tmp_path: Path) -> None:
    """Answers and scores are made again from the stored replies and come out the same."""
    _, board, _ = go(lambda request: "The answer is B.")
    store = RunStore.open(tmp_path / "run")
    mark(store)
    assert to_csv(board) == to_csv(rank(store, catalog.boards["default"]))


def test_an_unknown_prompt_gets_the_nearest(go: Go) -> None:
    """A technique that is not there is an error before anything is asked or written."""
    with pytest.raises(CatalogError, match="no prompt 'leter'") as caught:
        go(lambda request: "A", prompts=("leter",))
    assert "letter" in caught.value.hint


def test_baselines_run_like_models(catalog: Catalog, tmp_path: Path) -> None:
    """`random`, `majority` and `longest` go the whole way; majority's value is the key's own baseline."""
    order = Order(("random", "majority", "longest"), ("letters",), out=tmp_path / "run")
    prepared = prepare(order, catalog, Library(home()))
    from vqa_eval.engines import EngineSettings

    _, board = run(prepared, catalog, Silence(), usual_opener(EngineSettings(home=home())))
    cells = {cell.row.model: cell for cell in board.sections[0].cells}
    baselines = {baseline.name: baseline.value for baseline in cells["majority"].baselines}
    assert baselines["majority_letter"] == cells["majority"].value
    assert baselines["longest_option"] == cells["longest"].value
    assert 1.0 == cells["random"].answered


def test_a_model_that_cannot_be_opened_leaves_nothing(catalog: Catalog, tmp_path: Path) -> None:
    """An engine that fails at its start leaves no run behind; one that fails later leaves what it answered."""

    def closed(ref: object, store: RunStore) -> ScriptedEngine:
        raise EngineError("no such weights")

    order = Order(models=("random",), tree=("letters",), out=tmp_path / "run")
    with pytest.raises(EngineError):
        run(prepare(order, catalog, Library(home())), catalog, Silence(), closed)
    assert not (tmp_path / "run").exists()


def test_a_run_under_way_is_left_alone(go: Go, catalog: Catalog, tmp_path: Path) -> None:
    """While one asks, another with the same folder is refused before it asks or deletes anything."""
    seen: list[str] = []

    def says(request: Request) -> str:
        with pytest.raises(StoreError, match="under way in another process"):
            RunStore.create(tmp_path / "run", prepared.manifest)
        seen.append(request.sample)
        return "A"

    order = Order(models=("random",), tree=("letters",), out=tmp_path / "run")
    prepared = prepare(order, catalog, Library(home()))
    store, _ = run(prepared, catalog, Silence(), lambda ref, store: ScriptedEngine(says))
    assert 5 == len(seen)
    assert 0 == store.count_unasked(1)
    assert not (tmp_path / "run" / "run.lock").exists()


def test_a_bad_template_costs_no_reply(go: Go, letters: Path, tmp_path: Path) -> None:
    """Everything is rendered before anybody is asked: a template that fails on one sample ends the run at once."""
    (letters / "prompts").mkdir()
    body = "---\nid: picky\nabout: x\n---\n{{ options[2].text }}\n"
    (letters / "prompts" / "picky.jinja").write_text(body, encoding="utf-8")
    catalog = Catalog([letters])
    order = Order(models=("random",), tree=("letters",), prompts=("picky",), out=tmp_path / "run")
    engine = ScriptedEngine(lambda request: "A")
    with pytest.raises(RenderError, match="picky on letters/1"):
        run(prepare(order, catalog, Library(home())), catalog, Silence(), lambda ref, store: engine)
    assert [] == engine.asked
    assert not (tmp_path / "run").exists()


def test_a_larger_lexicon_is_another_order(catalog: Catalog, letters: Path) -> None:
    """A name that joins the lexicon and moves samples to other nodes gives another folder; any other does not."""
    table = letters / "tasks" / "letters.csv"
    table.write_text(table.read_text().replace("T1 MRI", "Wonder scan"), encoding="utf-8")
    library, order = Library(home()), Order(("random",), ("letters",))
    library.add(catalog.tasks["letters"], table)
    before = prepare(order, catalog, library).folder
    (letters / "tasks" / "lexicon").mkdir()
    mine = letters / "tasks" / "lexicon" / "mine.yaml"
    mine.write_text("axis: modality\nabout: x\nvalues: [Other scan]\n", encoding="utf-8")
    assert before == prepare(order, Catalog([letters]), library).folder
    mine.write_text("axis: modality\nabout: x\nvalues: [{name: Wonder scan, parent: MRI}]\n", encoding="utf-8")
    assert before != prepare(order, Catalog([letters]), library).folder


def test_an_odd_reply_is_stored(go: Go) -> None:
    """Half a character or a control character in a reply or a fault ends nobody's run."""
    store, board, _ = go(lambda request: "half \ud83d \x1b[31m A")
    assert 0 == store.count_unasked(1)
    fault = Fault("server", "title \x1b]0;OWNED\x07")
    store, board, _ = go(lambda request: Reply(request.key, fault=fault), seed=1, out=store.folder.parent / "other")
    assert not any(char in note for note in board.notes for char in "\x1b\x07")


def test_what_does_not_look_is_asked_sample_by_sample(catalog: Catalog, tmp_path: Path) -> None:
    """Two samples that read alike are two questions to a baseline: `random` draws for each."""
    from vqa_eval.engines import EngineSettings

    table = Path(catalog.tasks["letters"].folder) / "letters.csv"
    rows = "".join(f"{n},Which?,a,b,c,A,CT,Bone,p{n}\n" for n in range(60))
    table.write_text(f"id,question,A,B,C,answer,modality,task,patient\n{rows}", encoding="utf-8")
    library = Library(home())
    library.add(catalog.tasks["letters"], table)
    order = Order(("random",), ("letters",), out=tmp_path / "run")
    opener = usual_opener(EngineSettings(home=home()))
    store, _ = run(prepare(order, catalog, library), catalog, Silence(), opener)
    assert {"A", "B", "C"} == {reply.text for _, reply in store.replies(1)}


def test_a_sample_without_a_key_is_said(catalog: Catalog, tmp_path: Path) -> None:
    """A run over a test set whose key is kept back says so instead of printing nothing."""
    table = Path(catalog.tasks["letters"].folder) / "letters.csv"
    lines = table.read_text().splitlines()
    table.write_text("\n".join([lines[0], *(line.replace(",A,", ",,").replace(",B,", ",,") for line in lines[1:])]))
    library = Library(home())
    library.add(catalog.tasks["letters"], table)
    order = Order(("random",), ("letters",), out=tmp_path / "run")
    engine = ScriptedEngine(lambda request: "A")
    _, board = run(prepare(order, catalog, library), catalog, Silence(), lambda ref, store: engine)
    assert any("samples have no key here" in note for note in board.notes)


def test_an_interrupted_run_is_ranked_whole(catalog: Catalog, tmp_path: Path) -> None:
    """`board` of a run that was cut off marks what was replied first, so its numbers and its note agree."""
    from tests.cli.typed import vqa_eval

    order = Order(models=("random",), tree=("letters",), out=tmp_path / "run")
    engine = ScriptedEngine(lambda request: "A", dies_after=3)
    with pytest.raises(EngineError):
        run(prepare(order, catalog, Library(home())), catalog, Silence(), lambda ref, store: engine)
    done = vqa_eval("board", "run", "--format", "json", cwd=tmp_path)
    cell = json.loads(done.stdout)["cells"][0]
    assert (1, 5, 2) == (done.returncode, cell["n"], cell["missing"])
    assert cell["value"] is not None
    assert cell["gain"] is None
