"""Slides in a run: looked at as asked, missing where they are missing, and voted on where they are asked in patches."""

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from tests.slides import REPORTS, stain, write_benchmark
from tests.watchers import Silence
from vqa_eval.boards import Board, to_csv
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import CatalogError, DataError, EngineError, TreeError
from vqa_eval.pipeline.due import Checks
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.pipeline.preflight import loads
from vqa_eval.pipeline.run import Order, Prepared, prepare, run
from vqa_eval.pipeline.tokenizing import BY_LENGTH
from vqa_eval.records import PLAIN, Fault, Reply, Request, Sampling, Variant
from vqa_eval.samples import Library, home
from vqa_eval.samples.slides.features import ARRAY
from vqa_eval.store import Reading, RunStore

pytest.importorskip("openslide", reason="slides need vqa-eval[slides]")

Says = Callable[[Request], str | Reply]


class House:
    """The benchmark `biopsies` at hand, its slides in a folder, and one run of it."""

    def __init__(self, path: Path) -> None:
        self.folder = path / "slides"
        self.path = path
        self.tables = write_benchmark(path) / "tasks"
        self.catalog = Catalog([self.tables.parent])
        Library(home()).add(self.catalog.tasks["biopsies"], self.tables / "vqa.csv")

    def reports(self) -> None:
        """Bring the benchmark's reports too."""
        (self.tables / "reports.csv").write_text(REPORTS, encoding="utf-8")
        Library(home()).add(self.catalog.tasks["biopsies"], self.tables / "reports.csv")

    def prepare(self, view: str = "", slides: bool = True, **order: object) -> Prepared:
        """Return an order for every question."""
        given = {"models": ("random",), "tree": ("biopsies",), "out": self.path / "run", **order}
        asked = Order(slide_view=view, slides=self.folder if slides else None, **given)  # type: ignore[arg-type]
        return prepare(asked, self.catalog, Library(home()))

    def run(
        self, says: Says, view: str = "", slides: bool = True, **order: object
    ) -> tuple[RunStore, Board, list[Request]]:
        """Ask a scripted engine and return what it was asked."""
        types = frozenset({"image/png", "image/jpeg", ARRAY})
        engine = ScriptedEngine(says, media_types=types)
        prepared = self.prepare(view, slides, **order)
        store, board = run(prepared, self.catalog, Silence(), lambda ref, store: engine)
        return store, board, engine.asked


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Return the benchmark with the slide "one" at hand and the slide "two" not."""
    house = House(tmp_path)
    stain(house.folder, "one")
    return house


def test_questions_on_one_slide_stand_together(house: House) -> None:
    """The table goes from slide to slide and back; the plan asks all questions on one, then all on the next."""
    plan = make_plan(Tree(house.catalog, Library(home())), ("biopsies",), None, 0)
    assert ["one", "one", "two", "two"] == [sample.images[0].name for sample in plan.samples()]
    assert all(sample.images[0].slide for sample in plan.samples())


@pytest.mark.parametrize("view", ["", "thumbnail:300", "montage:2x2", "region:250,500,400,300", "patches:3"])
def test_every_view_goes_the_whole_way(house: House, view: str) -> None:
    """Each question is asked with its slide's pictures, and the view stands in manifest and signature."""
    stain(house.folder, "two")
    store, board, asked = house.run(lambda request: "A", view)
    times = 3 if view.startswith("patches") else 1
    assert 4 * times == len(asked)
    assert all(1 == len(request.pictures) for request in asked)
    assert 2 * times == len({request.pictures[0].digest for request in asked})
    assert (0, 2 / 4) == (store.count_unasked(1), board.sections[0].cells[0].value)
    said = store.manifest.pictures["biopsies"]
    assert said.startswith(f"slides as {view or 'thumbnail:1024'}")
    assert said in board.signatures[1]


def test_a_missing_slide_is_a_fault_until_it_is_there(house: House) -> None:
    """Two questions of four lack their slide: they are not wrong, the board says so, and the same order asks them."""
    store, board, asked = house.run(lambda request: "A")
    assert (2, 2) == (len(asked), store.count_unasked(1))
    assert (4, 2) == (board.sections[0].cells[0].n, board.sections[0].cells[0].missing)
    assert any("INCOMPLETE" in note and "slide two is not in" in note for note in board.notes)
    stain(house.folder, "two")
    store, board, asked = house.run(lambda request: "A")
    assert (["biopsies/vqa/2", "biopsies/vqa/4"], 0) == ([one.sample for one in asked], store.count_unasked(1))
    assert not any("INCOMPLETE" in note for note in board.notes)


def test_without_a_folder_of_slides_the_fault_names_the_option(house: House) -> None:
    """Nobody is asked about a slide unseen; the run goes on once the folder is named."""
    store, board, asked = house.run(lambda request: "A", slides=False)
    assert ([], 4) == (asked, store.count_unasked(1))
    assert any("--slides" in note for note in board.notes)
    store, _, asked = house.run(lambda request: "A")
    assert (2, 2) == (len(asked), store.count_unasked(1))


@pytest.mark.parametrize("view", ["thumbnail", "patches:3"])
def test_a_damaged_slide_is_a_fault_of_its_questions(house: House, view: str) -> None:
    """A slide that is cut off is named; the questions on the other one are asked."""
    path = stain(house.folder, "two")
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    store, board, _ = house.run(lambda request: "A", view)
    assert 2 == store.count_unasked(1)
    assert {"biopsies/vqa/2", "biopsies/vqa/4"} == {sample for sample, _ in store.faults(1)}
    assert any("two.svs" in note for note in board.notes)
    path.write_bytes(whole)
    store, _, _ = house.run(lambda request: "A", view)
    assert (0, []) == (store.count_unasked(1), store.faults(1))


def test_patches_vote(house: House) -> None:
    """Each patch is asked alone; the most frequent answer is the sample's, a tie is none, one left out is missing."""
    stain(house.folder, "two")
    words = {"biopsies/vqa/1": "ABA", "biopsies/vqa/2": "ABC", "biopsies/vqa/3": "BBA", "biopsies/vqa/4": "BBB"}
    seen: dict[str, int] = {}

    def says(request: Request) -> str:
        seen[request.sample] = seen.get(request.sample, 0) + 1
        return words[request.sample][seen[request.sample] - 1]

    store, board, asked = house.run(says, "patches:3")
    assert 12 == len(asked)
    verdicts = {sample: store.marks.verdict(Reading(1), sample)[1] for sample in words}
    assert [("A",), (), ("B",), ("B",)] == [answer.letters for answer in verdicts.values() if answer]
    assert ["answered", "hedged", "answered", "answered"] == [answer.status for answer in verdicts.values() if answer]
    assert (4, 0, 2 / 4) == (
        board.sections[0].cells[0].n,
        board.sections[0].cells[0].missing,
        board.sections[0].cells[0].value,
    )
    assert [PLAIN] == store.variants()


def test_a_vote_waits_for_every_patch(house: House) -> None:
    """A patch without a reply leaves its sample missing, not decided by the others; then it alone is asked again."""
    stain(house.folder, "two")
    late = {"on": True, "asked": 0}

    def says(request: Request) -> str | Reply:
        late["asked"] += request.sample == "biopsies/vqa/2"
        if late["on"] and request.sample == "biopsies/vqa/2" and late["asked"] == 2:
            return Reply(request.key, fault=Fault("server", "500"))
        return "B"

    store, board, _ = house.run(says, "patches:3")
    assert (1, 1) == (store.count_unasked(1), board.sections[0].cells[0].missing)
    assert store.marks.verdict(Reading(1), "biopsies/vqa/2")[1] is None
    late["on"] = False
    store, board, asked = house.run(says, "patches:3")
    assert (1, 0) == (len(asked), store.count_unasked(1))
    assert 0 == board.sections[0].cells[0].missing


def test_a_slide_with_room_for_few_patches_is_asked_with_those(house: House) -> None:
    """All patches that there are vote; the board says how many there are not, and the run is whole."""
    stain(house.folder, "two", ellipses=((0.5, 0.5, 0.15, 0.2),))
    store, board, asked = house.run(lambda request: "A", "patches:30")
    on_two = sum(request.sample == "biopsies/vqa/2" for request in asked)
    assert 0 < on_two < 30
    assert (0, 120) == (store.count_unasked(1), store.absent_parts()[1])
    assert any(f"{store.absent_parts()[0]:,} of 120 patches do not exist" in note for note in board.notes)
    _, again, asked = house.run(lambda request: "A", "patches:30")
    assert ([], to_csv(board)) == (asked, to_csv(again))


def test_a_slide_without_tissue_is_missing(house: House) -> None:
    """Glass has no patches to vote: a fault, not an answer."""
    stain(house.folder, "two", ellipses=())
    store, board, _ = house.run(lambda request: "A", "patches:3")
    assert (2, 2) == (store.count_unasked(1), board.sections[0].cells[0].missing)


def test_an_interrupted_vote_goes_on(house: House) -> None:
    """An engine that dies in the middle: the same order asks only what is missing, and the board is the same."""
    stain(house.folder, "two")

    def says(request: Request) -> str:
        return "ABC"[int(request.pictures[0].digest, 16) % 3]

    prepared = house.prepare("patches:3")
    with pytest.raises(EngineError):
        run(prepared, house.catalog, Silence(), lambda ref, store: ScriptedEngine(says, dies_after=7))
    store, board, asked = house.run(says, "patches:3")
    assert (5, 0) == (len(asked), store.count_unasked(1))
    _, quiet, _ = house.run(says, "patches:3", out=house.path / "quiet")
    assert to_csv(quiet) == to_csv(board)


def test_the_blind_question_stands_beside_the_vote(house: House) -> None:
    """Without its slide a question is asked once; the gain is that of the vote over it."""
    stain(house.folder, "two")
    store, board, asked = house.run(lambda request: "A", "patches:3", checks=Checks(blind=True))
    assert (12, 4) == (sum(bool(one.pictures) for one in asked), sum(not one.pictures for one in asked))
    assert ["without its picture"] == [check.name for check in board.checks]
    assert [PLAIN, Variant("blind")] == store.variants()


def test_another_slide_is_lent(house: House) -> None:
    """Under "wrong-image" a question is shown the slide of another one."""
    stain(house.folder, "two")
    _, _, asked = house.run(lambda request: "A", checks=Checks(wrong_image=True))
    digests: dict[str, list[str]] = {}
    for request in asked:
        digests.setdefault(request.sample, []).append(request.pictures[0].digest)
    assert all(2 == len(set(both)) for both in digests.values())


def test_another_view_or_seed_is_another_run(house: House) -> None:
    """View and seed are part of what a run is asked; the folder of the slides is not."""
    names = {
        house.prepare(view, seed=seed, out=None).folder.name
        for view, seed in (("", 0), ("thumbnail:1024", 0), ("patches:30", 0), ("patches:31", 0), ("patches:30", 1))
    }
    assert 4 == len(names)
    assert house.prepare(slides=False).manifest == house.prepare().manifest


@pytest.mark.parametrize(
    ("view", "checks"),
    [("patches:3", Checks(wrong_image=True)), ("patches:3", Checks(orders=2)), ("patches:3", Checks(("choice",)))],
)
def test_patches_are_put_in_one_way_only(house: House, view: str, checks: Checks) -> None:
    """Other channels, orders and pictures of a patch are refused before anybody is asked."""
    with pytest.raises(EngineError, match="each once"):
        house.prepare(view, checks=checks)
    with pytest.raises(EngineError, match="each once"):
        house.prepare(view, checks=Checks(draws=2), sampling=Sampling(temperature=1.0))


def test_reports_cannot_be_voted_on(house: House) -> None:
    """Questions that are answered in words are counted, and both ways out work."""
    house.reports()
    with pytest.raises(TreeError, match=r"1 of 5 questions about slides") as caught:
        house.prepare("patches:3")
    assert "--tree '!benchmark/biopsies/reports'" in caught.value.hint
    assert 4 == house.prepare("patches:3", tree=("biopsies", "!benchmark/biopsies/reports")).plan.size
    assert 5 == house.prepare("montage").plan.size


@pytest.mark.parametrize("view", ["patches:0", "patch", "region:1,2,3"])
def test_a_view_that_is_none_is_refused(house: House, view: str) -> None:
    """A mistyped view costs no reply; the hint lists what can be written."""
    with pytest.raises(CatalogError, match="--slide-view: ") as caught:
        house.prepare(view)
    assert "montage:5x6" in caught.value.hint


def test_a_folder_that_is_not_there_is_refused(house: House) -> None:
    """A mistyped folder costs no run."""
    with pytest.raises(DataError, match="no such folder"):
        prepare(Order(("random",), ("biopsies",), slides=house.path / "nowhere"), house.catalog, Library(home()))


def test_the_task_file_says_how_its_slides_are_looked_at(house: House) -> None:
    """Where nobody says otherwise the benchmark's own view holds; a view that is none is the task file's mistake."""
    task = house.tables / "biopsies.yaml"
    text = task.read_text(encoding="utf-8")
    for view, said in (
        ("patches:5", "slides as patches:5, drawn by seed 0"),
        ("thumbnail", "slides as thumbnail:1024"),
    ):
        task.write_text(f"{text}pictures: {{slide: '{view}'}}\n", encoding="utf-8")
        house.catalog = Catalog([house.tables.parent])
        assert {"biopsies": said} == house.prepare().manifest.pictures
    assert {"biopsies": "slides as montage:5x6, drawn by seed 0"} == house.prepare("montage").manifest.pictures
    task.write_text(f"{text}pictures: {{slide: cubes}}\n", encoding="utf-8")
    house.catalog = Catalog([house.tables.parent])
    with pytest.raises(CatalogError, match="biopsies"):
        house.prepare()


def features(folder: Path, name: str, rows: int) -> None:
    """Write a table of features."""
    lines = [",".join(map(str, range(512))), *(",".join([str(row)] * 512) for row in range(rows))]
    (folder / f"{name}.csv").write_text("\n".join(lines), encoding="utf-8")


def test_features_go_to_an_engine_that_takes_them(house: House) -> None:
    """The array is sent as it is; a slide without its table, or with a bad one, is a fault that names it."""
    features(house.folder, "one", 9)
    store, board, asked = house.run(lambda request: "A", "features:4")
    (picture,) = asked[0].pictures
    array = np.load(io.BytesIO(picture.data), allow_pickle=False)
    assert (ARRAY, (4, 512), [0, 2, 5, 8]) == (picture.media_type, array.shape, array[:, 0].tolist())
    assert (2, 2) == (len(asked), store.count_unasked(1))
    assert any("two.csv is not in" in note for note in board.notes)
    (house.folder / "two.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    _, board, _ = house.run(lambda request: "A", "features:4")
    assert any("two.csv, line 1: 2 columns, fewer than 512" in note for note in board.notes)


def test_an_engine_for_pictures_is_not_sent_features(house: House) -> None:
    """It is refused before it is asked anything, and leaves no run behind."""
    features(house.folder, "one", 3)
    engine = ScriptedEngine(lambda request: "A")
    prepared = house.prepare("features")
    with pytest.raises(EngineError, match="scripted takes pictures, and the slides of biopsies are put as features"):
        run(prepared, house.catalog, Silence(), lambda ref, store: engine)
    assert ([], False) == (engine.asked, prepared.folder.exists())


def test_who_does_not_look_needs_no_slide(house: House) -> None:
    """A baseline answers the question itself: every patch has the same reply, so the vote is its answer."""
    prepared = house.prepare("patches:3", slides=False)
    blind = ScriptedEngine(lambda request: "A")
    blind.looks_at_pictures = False
    store, board = run(prepared, house.catalog, Silence(), lambda ref, store: blind)
    assert (4, 0, 2 / 4) == (len(blind.asked), store.count_unasked(1), board.sections[0].cells[0].value)


def test_a_dry_run_counts_patches(house: House) -> None:
    """Requests, pictures and words are those of all patches; slides that are not there are counted."""
    (whole,) = loads(house.prepare("thumbnail"), lambda ref: BY_LENGTH)
    (parts,) = loads(house.prepare("patches:3"), lambda ref: BY_LENGTH)
    assert (4, 4, 4, 2, 2) == (
        whole.samples,
        whole.requests,
        whole.pictures,
        whole.distinct_pictures,
        whole.pictures_missing,
    )
    assert (4, 12, 12, 6, 2) == (
        parts.samples,
        parts.requests,
        parts.pictures,
        parts.distinct_pictures,
        parts.pictures_missing,
    )
    assert 3 * whole.text_tokens == parts.text_tokens
    assert 12 * 224 * 224 // 784 == parts.picture_tokens


def test_real_rows_are_grouped_by_slide(shared_data: Path) -> None:
    """The released table of SlideBench: questions on one of its 591 slides follow each other."""
    catalog = Catalog(())
    table = shared_data / "slidebench" / "SlideBench-VQA-TCGA.csv"
    Library(home()).add(catalog.tasks["slidebench"], table)
    plan = make_plan(Tree(catalog, Library(home())), ("benchmark/slidebench",), None, 0)
    names = [sample.images[0].name for sample in plan.samples()]
    changes = sum(here != before for before, here in pairwise(names))
    assert (1494, 591, 590) == (len(names), len(set(names)), changes)
