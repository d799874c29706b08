"""Runs side by side: joined on what they share, refused where they are unlike, and nothing dropped in silence."""

from dataclasses import replace
from pathlib import Path

import pytest

from tests.stored import questions, right, stored
from vqa_eval.errors import CatalogError, StoreError
from vqa_eval.pipeline.compare import Compared, compare
from vqa_eval.pipeline.mark import mark
from vqa_eval.records import Image, Sample, Sampling
from vqa_eval.store import RunStore


@pytest.fixture
def two(tmp_path: Path) -> list[Path]:
    """Return two runs of a dozen questions, in different orders: `good` has one wrong, `poor` five, three in common."""
    samples = questions(12)
    stored(tmp_path / "one", samples, {"good": right(samples, 0)})
    turned = samples[::-1]
    stored(tmp_path / "two", turned, {"poor": right(turned, 11, 10, 9, 4, 2)})
    return [tmp_path / "one", tmp_path / "two"]


AXES = ("modality",)


def test_rows_of_two_runs_meet_by_sample(two: list[Path]) -> None:
    """Samples are joined by their ids, whatever the order in each run: one loses to five on the same twelve."""
    found = compare(two, AXES)
    (comparison,) = found.comparisons
    (whole,) = comparison.whole
    assert ("good · letter", "poor · letter") == comparison.names
    assert (12, 0, 12) == (comparison.n, comparison.left_out, comparison.clusters)
    assert pytest.approx(4 / 12) == whole.paired.difference
    assert (4, 0) == (whole.paired.wins, whole.paired.losses)
    assert [11 / 12, 7 / 12] == pytest.approx([rank.mean for rank in comparison.ranking.ranks])
    assert comparison.names == tuple(found.signatures)


def test_the_other_way_round(two: list[Path]) -> None:
    """Runs given in the other order turn the sign of every difference and interval; p, n and all of the ranks stay."""
    (one,), (other,) = compare(two, AXES).comparisons, compare(two[::-1], AXES).comparisons
    assert one.names == other.names[::-1]
    assert (one.n, one.left_out, one.clusters) == (other.n, other.left_out, other.clusters)
    for mine, theirs in zip((*one.whole, *one.nodes), (*other.whole, *other.nodes), strict=True):
        assert mine.node == theirs.node
        assert mine.paired.difference == -theirs.paired.difference
        assert (mine.paired.wins, mine.paired.losses) == (theirs.paired.losses, theirs.paired.wins)
        assert (mine.p, mine.adjusted) == (theirs.p, theirs.adjusted)
        assert mine.paired.interval is not None
        assert theirs.paired.interval is not None
        assert mine.paired.interval.low == pytest.approx(-theirs.paired.interval.high)
        assert mine.paired.interval.high == pytest.approx(-theirs.paired.interval.low)
    assert one.ranking.ranks == other.ranking.ranks[::-1]


def test_nodes_of_the_map(two: list[Path]) -> None:
    """Every node of the asked axes stands in the map with the samples below it, a parent with those of its child."""
    (comparison,) = compare(two, AXES).comparisons
    assert {
        ("modality", "CT"): 6,
        ("modality", "MRI"): 6,
        ("modality", "MRI", "T1 MRI"): 6,
    } == {one.node: one.paired.n for one in comparison.nodes}
    assert () == compare(two, ("organ",)).comparisons[0].nodes


def test_only_common_samples_count(tmp_path: Path) -> None:
    """What one row has no reply to counts for none of the rows, and `left_out` says how many those are."""
    samples = questions(8)
    silent = [*right(samples)[:6], None, None]
    stored(tmp_path / "one", samples, {"m": right(samples, 7), "n": [None, *right(samples)[1:]]})
    stored(tmp_path / "two", samples, {"o": silent})
    (comparison,) = compare([tmp_path / "one", tmp_path / "two"], AXES).comparisons
    assert (5, 3) == (comparison.n, comparison.left_out)
    assert [1.0, 1.0, 1.0] == [rank.mean for rank in comparison.ranking.ranks]
    assert {5} == {one.paired.n for one in comparison.whole}


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one")])
def test_samples_of_one_run_alone_are_said(tmp_path: Path, order: tuple[str, str]) -> None:
    """What only one of the runs holds is left out with a note, whichever run comes first."""
    samples = questions(12)
    stored(tmp_path / "one", samples, {"m": right(samples)})
    stored(tmp_path / "two", samples[:8], {"n": right(samples[:8], 0)})
    found = compare([tmp_path / name for name in order], AXES)
    (comparison,) = found.comparisons
    assert (8, 0) == (comparison.n, comparison.left_out)
    assert "4 samples are left out, because not every run has them" in found.notes


def test_kinds_are_compared_apart(tmp_path: Path) -> None:
    """Choice and open questions give a comparison each, under the headline metric of each."""
    samples = [*questions(4), *(Sample(f"b/o{n}", "b", "test", "open", "?", references=("yes",)) for n in range(2))]
    stored(tmp_path / "run", samples, {"m": [*right(samples[:4]), "yes", "no"], "n": ["A"] * 4 + ["yes", "yes"]})
    found = compare([tmp_path / "run"], AXES).comparisons
    assert [("choice", "choice.accuracy", 4), ("open", "text.exact_match", 2)] == [
        (one.kind, one.metric, one.n) for one in found
    ]


def test_replies_that_were_not_read_yet_are_read(two: list[Path]) -> None:
    """A run that was stopped before it was marked is marked first: its rows are not empty."""
    store = RunStore.open(two[1])
    store.marks.forget(["rules"])
    assert 12 == store.marks.unmarked()
    assert 12 == compare(two, AXES).comparisons[0].n


def test_parts_of_a_benchmark_are_compared_apart(tmp_path: Path) -> None:
    """Two parts of one benchmark and another beside them give three comparisons of their own, and a note says so."""
    places = (("a", "x"), ("a", "y"), ("b",))
    samples = [
        replace(sample, nodes=(("benchmark", *places[at % 3]), ("modality", "CT")))
        for at, sample in enumerate(questions(12))
    ]
    stored(tmp_path / "run", samples, {"m": right(samples), "n": right(samples, 0, 3)})
    found = compare([tmp_path / "run"], ("benchmark", "modality"))
    assert [("a/x", 4, 0.5), ("a/y", 4, 0.0), ("b", 4, 0.0)] == [
        (one.benchmark, one.n, one.whole[0].paired.difference) for one in found.comparisons
    ]
    assert {("modality", "CT")} == {node.node for one in found.comparisons for node in one.nodes}
    assert any("each is compared by itself" in note for note in found.notes)


def test_one_row_is_refused(two: list[Path]) -> None:
    """A single row has nothing to be held against; the hint says what would be."""
    with pytest.raises(StoreError, match="one row cannot be compared") as caught:
        compare(two[:1], AXES)
    assert "another run" in caught.value.hint


def test_runs_that_share_nothing_are_refused(two: list[Path], tmp_path: Path) -> None:
    """Without a sample in common there is no paired difference; the hint names the node."""
    strange = [replace(sample, id=f"c/{sample.id}") for sample in questions(3)]
    stored(tmp_path / "three", strange, {"m": right(strange)})
    with pytest.raises(StoreError, match="share no sample") as caught:
        compare([two[0], tmp_path / "three"], AXES)
    assert "same node" in caught.value.hint


def test_runs_without_a_score_in_common_are_refused(two: list[Path], tmp_path: Path) -> None:
    """A run in which nothing was replied cannot be compared; the hint shows how to look at it."""
    samples = questions(12)
    stored(tmp_path / "mute", samples, {"m": [None] * 12})
    with pytest.raises(StoreError, match="no sample has a score in every row") as caught:
        compare([two[0], tmp_path / "mute"], AXES)
    assert "vqa-eval board" in caught.value.hint


@pytest.mark.parametrize(
    "change",
    [
        {"question": "Another?"},
        {"options": ("liver", "lung", "spleen")},
        {"correct": (1,)},
        {"images": (Image("0.png", "f" * 64),)},
        {"multi": True},
        {"context": "Given."},
    ],
)
def test_other_data_under_one_id_are_refused(two: list[Path], tmp_path: Path, change: dict[str, object]) -> None:
    """A question, an option, a key or a pixel that changed between two runs makes them another measure."""
    samples = questions(12)
    samples[0] = replace(samples[0], **change)
    stored(tmp_path / "later", samples, {"m": ["A"] * 12})
    with pytest.raises(StoreError, match="sample b/0 is not the same in all runs") as caught:
        compare([two[0], tmp_path / "later"], AXES)
    assert "ask again" in caught.value.hint


def test_a_lexicon_that_grew_is_no_other_question(two: list[Path], tmp_path: Path) -> None:
    """Places in the tree are looked at, not asked: samples that only moved to other nodes are the same."""
    samples = [replace(sample, nodes=(("modality", "X-ray"),)) for sample in questions(12)]
    stored(tmp_path / "later", samples, {"m": right(samples)})
    (comparison,) = compare([two[0], tmp_path / "later"], AXES).comparisons
    assert 12 == comparison.n


@pytest.mark.parametrize(
    "versions",
    ["rules:v0|metrics:choice.accuracy.v1", "{rules}|metrics:choice.accuracy.v0"],
)
def test_other_rules_are_applied_no_more(two: list[Path], versions: str) -> None:
    """Rows that other rules read, or another version of a metric scored, are marked by today's before they meet."""
    before = compare(two, AXES)
    store = RunStore.open(two[0])
    rules = store.marks.marked_by.partition("|")[0]
    store.marks.signed(versions.format(rules=rules), {})
    assert before == compare(two, AXES)


def test_a_run_that_was_scored_by_more_is_compared(two: list[Path]) -> None:
    """Further metrics in one of the runs do not change the headline that is compared."""
    before = compare(two, AXES).comparisons
    mark(RunStore.open(two[0]), more=("classification.macro_f1",))
    assert before == compare(two, AXES).comparisons


def differences(found: Compared) -> list[str]:
    """Return in what the notes say that the rows differ."""
    return [note.split(":")[0].removeprefix("the rows differ in ") for note in found.notes if "rows differ" in note]


def test_what_the_rows_differ_in_is_said(two: list[Path], tmp_path: Path) -> None:
    """Model, revision and engine may differ; decoding, limit, prompt and data are said, with what each has."""
    assert [] == differences(compare(two, AXES))
    samples = questions(12)
    order = {
        "sampling": Sampling(temperature=0.5, max_tokens=64),
        "limit": 12,
        "prompt_digests": {"letter": "9" * 64},
        "data": {"b/test": "2" * 64},
    }
    stored(tmp_path / "later", samples, {"m": right(samples)}, **order)
    found = compare([two[0], tmp_path / "later"], AXES)
    assert ["prompt", "temp", "max", "limit", "data"] == differences(found)
    assert "the rows differ in temp: 0, 0.5" in found.notes


def test_other_pipelines_are_said(two: list[Path], tmp_path: Path) -> None:
    """What a benchmark does to its pictures is part of what is measured, whatever else models are sent."""
    samples = questions(12)
    stored(tmp_path / "square", samples, {"m": right(samples)}, pictures={"b": "black to a square of 224"})
    found = compare([two[0], tmp_path / "square"], AXES)
    assert ["the benchmarks' pictures"] == differences(found)
    assert any("as they are, b=black to a square of 224" in note for note in found.notes)


def test_few_clusters_are_said(tmp_path: Path) -> None:
    """Ranks by resampling of fewer than ten patients come with a warning; of ten without."""
    for patients in (9, 10):
        samples = questions(2 * patients, per_patient=2)
        stored(tmp_path / f"{patients}", samples, {"m": right(samples), "n": right(samples, 0, 3)})
    few, enough = (compare([tmp_path / name], AXES) for name in ("9", "10"))
    assert any("9 clusters are few" in note for note in few.notes)
    assert not any("few" in note for note in enough.notes)


def test_a_map_without_a_test_is_said(tmp_path: Path) -> None:
    """Where each node is one patient no node can be tested, and a note says so."""
    samples = [replace(sample, cluster=f"p{at % 2}") for at, sample in enumerate(questions(8))]
    stored(tmp_path / "run", samples, {"m": right(samples), "n": right(samples, 0, 1, 2)})
    found = compare([tmp_path / "run"], AXES)
    assert {None} == {one.p for one in found.comparisons[0].nodes}
    assert any("no node of the map has the clusters that a test needs" in note for note in found.notes)


@pytest.fixture
def three(tmp_path: Path) -> Path:
    """Return a run of three models: the first is wrong once, the second thrice, the third six times."""
    samples = questions(12)
    said = {"m": right(samples, 0), "n": right(samples, 0, 1, 2), "o": right(samples, *range(6))}
    stored(tmp_path / "three", samples, said)
    return tmp_path / "three"


def test_against_one_model(three: Path) -> None:
    """With a model to hold against only its pairs are tested, so that Holm corrects for two tests, not three."""
    (all_pairs,) = compare([three], AXES).comparisons
    (found,) = compare([three], AXES, against="n").comparisons
    assert [(0, 1), (0, 2), (1, 2)] == [one.pair for one in all_pairs.whole]
    assert [(0, 1), (2, 1)] == [one.pair for one in found.whole]
    assert [pytest.approx(2 / 12), pytest.approx(-3 / 12)] == [one.paired.difference for one in found.whole]
    assert [0.5, 0.5] == [one.adjusted for one in found.whole]
    assert all_pairs.ranking == found.ranking
    assert found.whole == compare([three], AXES, against="n · letter").comparisons[0].whole


def test_against_nobody(three: Path) -> None:
    """A model that is none of the rows is an error that names the models."""
    with pytest.raises(CatalogError, match="--against 'p' is none of the rows") as caught:
        compare([three], AXES, against="p")
    assert "models: m, n, o" == caught.value.hint


def test_against_what_every_row_is(tmp_path: Path) -> None:
    """Where every row is of the model to hold against, no pair is left: an error says so, not an empty table."""
    samples = questions(12)
    for wrong, name in enumerate(("one", "two")):
        stored(tmp_path / name, samples, {"m": right(samples, *range(wrong))})
    with pytest.raises(CatalogError, match="every row is one of 'm'") as caught:
        compare([tmp_path / "one", tmp_path / "two"], AXES, against="m")
    assert "another model" in caught.value.hint


def test_rows_of_one_name_are_told_apart_by_their_run(two: list[Path], tmp_path: Path) -> None:
    """One model in two runs is two rows that bear the names of their runs; a name that is alone stays plain."""
    samples = questions(12)
    stored(tmp_path / "again", samples, {"good": right(samples), "fair": right(samples, 0, 1, 2)})
    found = compare([two[0], tmp_path / "again"], AXES)
    assert ("good · letter (one)", "good · letter (again)", "fair · letter") == found.comparisons[0].names


def test_runs_of_one_name_are_told_apart_by_their_path(tmp_path: Path) -> None:
    """Two runs of one model in folders of one name are two rows that bear the whole paths."""
    samples = questions(12)
    folders = [tmp_path / parent / "run" for parent in "xy"]
    for wrong, folder in enumerate(folders):
        folder.parent.mkdir()
        stored(folder, samples, {"m": right(samples, *range(wrong))})
    found = compare(folders, AXES)
    assert tuple(f"m · letter ({folder})" for folder in folders) == found.comparisons[0].names
    assert found.comparisons[0].names == tuple(found.signatures)


def test_a_run_given_twice_is_one_run(tmp_path: Path) -> None:
    """The rows of a folder that is named twice are not held against themselves."""
    samples = questions(12)
    stored(tmp_path / "one", samples, {"m": right(samples), "n": right(samples, 0)})
    (comparison,) = compare([tmp_path / "one", tmp_path / "one"], AXES).comparisons
    assert ("m · letter", "n · letter") == comparison.names


def test_a_folder_without_a_run_is_refused(two: list[Path], tmp_path: Path) -> None:
    """A folder that holds no run is named."""
    with pytest.raises(StoreError, match="nowhere: no run here"):
        compare([two[0], tmp_path / "nowhere"], AXES)
