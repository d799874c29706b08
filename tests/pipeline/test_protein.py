"""ProteinLMBench the whole way: numbered options, the official prompt, option 7, our rules beside the official ones."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.samples.protein import COUNTS, rows, write_official
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.mark import mark
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.records import PLAIN, Answer, Request, Sample, Score, Variant
from vqa_eval.samples import Library, home
from vqa_eval.store import Reading, RunStore

CATALOG = Catalog()
OFFICIAL = "proteinlmbench"


@pytest.fixture
def official(tmp_path: Path) -> None:
    """Add a file of the official layout with the published 944 rows."""
    library = Library(home())
    (about,) = library.add(CATALOG.tasks["proteinlmbench"], write_official(tmp_path / "ProteinLMBench.json"))
    assert ("official", 944) == (about.form, about.samples)


def asked(folder: Path, says: Callable[[Sample], str], prompt: str = "") -> RunStore:
    """Ask a model that says, to each sample, what it is told to; read by us and by the official parser."""
    order = Order(
        models=("random",), tree=("benchmark/proteinlmbench",), out=folder, prompts=(prompt,) if prompt else ()
    )
    store, _ = run(
        prepare(order, CATALOG, Library(home())),
        CATALOG,
        Silence(),
        lambda ref, store: ScriptedEngine(lambda request: says(store.sample(request.sample))),
    )
    mark(store, names=[OFFICIAL])
    return store


def judged(store: RunStore, reader: str = "rules") -> list[tuple[Sample, Answer, float | None]]:
    """Return sample, answer and accuracy as a reader has them."""
    marks = store.marks.judged(Reading(1, PLAIN, reader))
    found = []
    for sample, (answer, scores) in zip(store.samples(), marks, strict=True):
        assert answer is not None
        found.append((sample, answer, _accuracy(scores)))
    return found


def _accuracy(scores: tuple[Score, ...]) -> float | None:
    return next(score.value for score in scores if score.metric == "choice.accuracy")


def right(sample: Sample) -> str:
    """Say the right option as the prompt wants it."""
    return f"The correct option is Option {sample.correct[0] + 1}."


@pytest.mark.usefixtures("official")
def test_the_official_file(tmp_path: Path) -> None:
    """944 rows with two to ten options in the published numbers: the key said back scores 1, with us and officially."""
    store = asked(tmp_path / "run", right)
    ours, theirs = judged(store), judged(store, OFFICIAL)
    assert COUNTS == Counter(len(sample.options) for sample, _, _ in ours)
    assert {1.0} == {value for _, _, value in ours} == {value for _, _, value in theirs}
    assert [row["answer"] for row in rows()] == [f"option {answer.letters[0]}" for _, answer, _ in ours]
    assert {"proteinlmbench": "numbers"} == store.manifest.labels
    assert {"proteinlmbench": "7"} == store.manifest.unsure


@pytest.mark.usefixtures("official")
def test_option_7(tmp_path: Path) -> None:
    """Always option 7: an abstention in 938 questions, an answer in the six with seven options or more."""
    store = asked(tmp_path / "run", lambda sample: "The correct option is Option 7.")
    ours, theirs = judged(store), judged(store, OFFICIAL)
    assert {("refused", "unsure"): 938, ("answered", "declared"): 6} == Counter(
        (answer.status, answer.rule) for _, answer, _ in ours
    )
    assert {("unparsed", "unsure"): 938, ("answered", "number"): 6} == Counter(
        (answer.status, answer.rule) for _, answer, _ in theirs
    )
    assert all((len(sample.options) >= 7) is (answer.status == "answered") for sample, answer, _ in ours)
    assert 2 == sum(value or 0 for sample, _, value in ours if len(sample.options) == 7)
    assert [value for _, _, value in ours] == [value for _, _, value in theirs]


@pytest.mark.usefixtures("official")
def test_another_prompt_names_options_by_letters(tmp_path: Path) -> None:
    """Asked by letters, the same rows are read by letters; a 7 is then no abstention."""
    store = asked(tmp_path / "run", lambda sample: "ABCDEFGHIJ"[sample.correct[0]], prompt="letter")
    assert {1.0} == {value for _, _, value in judged(store)}
    assert {} == store.manifest.labels
    assert "7" not in store.manifest.unsure.values()


@pytest.mark.usefixtures("official")
def test_each_benchmark_by_its_own_prompt(letters: Path, tmp_path: Path) -> None:
    """A run over two benchmarks reads one by numbers and the other by letters."""
    catalog, library = Catalog([letters]), Library(home())
    library.add(catalog.tasks["letters"], letters / "tasks")
    order = Order(models=("random",), tree=("benchmark/proteinlmbench, benchmark/letters",), out=tmp_path / "run")

    def says(request: Request) -> str:
        return request.prompt.labels[0]

    store, _ = run(prepare(order, catalog, library), catalog, Silence(), lambda ref, store: ScriptedEngine(says))
    assert ["own"] == [row.prompt for row in store.rows()]
    assert {"own/proteinlmbench": "numbers"} == store.manifest.labels
    labels = {(sample.benchmark, answer.letters) for sample, answer, _ in judged(store)}
    assert {("proteinlmbench", ("1",)), ("letters", ("A",))} == labels


@pytest.mark.usefixtures("official")
def test_every_channel_bears_the_numbers(tmp_path: Path) -> None:
    """A constrained choice is one of the numbers, and is read as one."""
    from vqa_eval.pipeline.due import Checks

    order = Order(
        models=("random",),
        tree=("benchmark/proteinlmbench",),
        out=tmp_path / "run",
        limit=20,
        checks=Checks(("choice",)),
    )
    store, _ = run(
        prepare(order, CATALOG, Library(home())),
        CATALOG,
        Silence(),
        lambda ref, store: ScriptedEngine(lambda request: request.prompt.labels[-1]),
    )
    chosen = [answer for answer, _ in store.marks.judged(Reading(1, Variant("choice")))]
    assert [str(len(sample.options)) for sample in store.samples()] == [
        answer.letters[0] for answer in chosen if answer
    ]


def test_the_real_file(shared_data: Path, tmp_path: Path) -> None:
    """ScienceEval's 942 rows: 875 of six options; both parsers give the key 1, and option 7 no answer at all."""
    library = Library(home())
    (about,) = library.add(CATALOG.tasks["proteinlmbench"], shared_data / "proteinlmbench")
    assert ("scienceeval", 942) == (about.form, about.samples)
    store = asked(tmp_path / "right", right)
    ours = judged(store)
    assert {6: 875, 4: 42, 3: 21, 2: 3, 5: 1} == Counter(len(sample.options) for sample, _, _ in ours)
    assert {1: 154, 2: 169, 3: 188, 4: 152, 5: 147, 6: 132} == Counter(sample.correct[0] + 1 for sample, _, _ in ours)
    assert {1.0} == {value for _, _, value in ours} == {value for _, _, value in judged(store, OFFICIAL)}
    store = asked(tmp_path / "unsure", lambda sample: "The correct option is Option 7.")
    assert {("refused", "unsure", 0.0): 942} == Counter((a.status, a.rule, value) for _, a, value in judged(store))
    assert {("unparsed", "unsure", 0.0): 942} == Counter(
        (answer.status, answer.rule, value) for _, answer, value in judged(store, OFFICIAL)
    )
