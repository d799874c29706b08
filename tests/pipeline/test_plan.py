"""A selection cut out of what is at hand; nothing is left out silently."""

from itertools import groupby
from pathlib import Path

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.errors import TreeError
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.samples import Library, home


@pytest.fixture
def tree(letters: Path) -> Tree:
    """Return the tree over the demonstration and the benchmark `letters`, test split only."""
    catalog, library = Catalog([letters]), Library(home())
    library.add(catalog.tasks["letters"], letters / "tasks" / "letters.csv")
    return Tree(catalog, library)


def ids(tree: Tree, *texts: str, limit: int | None = None, seed: int = 0) -> list[str]:
    """Return the ids that a selection asks."""
    return [sample.id for sample in make_plan(tree, texts, limit, seed).samples()]


def test_a_node_takes_what_lies_below(tree: Tree) -> None:
    """modality/MRI takes T1 MRI; several expressions are joined by and; a comma is or."""
    assert ["letters/3", "letters/4"] == ids(tree, "benchmark/letters", "modality/MRI")
    assert ["letters/3", "letters/4", "letters/5"] == ids(tree, "benchmark/letters", "modality/MRI,X-ray")
    assert ["letters/1"] == ids(tree, "letters & task/OR-A")


def test_samples_carry_their_places(tree: Tree) -> None:
    """A sample hangs under benchmark, split and its facets, each with all parents."""
    sample = next(make_plan(tree, ("letters & modality/MRI",), None, 0).samples())
    assert {
        ("benchmark", "letters"),
        ("split", "test"),
        ("modality", "MRI", "T1 MRI"),
        ("task", "Attribute Recognition"),
    } == set(sample.nodes)
    assert "letters/p2" == sample.cluster


def test_samples_in_batches_keep_their_order(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many samples are read at once, the same ones come in the same order, whole or drawn."""
    whole, drawn = ids(tree, "benchmark/letters,demo"), ids(tree, "benchmark/letters,demo", limit=7)
    monkeypatch.setattr("vqa_eval.samples.shelf.BATCH", 2)
    assert (whole, drawn) == (ids(tree, "benchmark/letters,demo"), ids(tree, "benchmark/letters,demo", limit=7))
    assert 7 == len(drawn) == len(set(drawn) & set(whole))


def test_what_is_not_at_hand_is_said(tree: Tree) -> None:
    """Benchmarks that may match are named with their command; those that cannot are not."""
    left_out = {missing.name: missing.command for missing in make_plan(tree, ("modality/CT",), None, 0).left_out}
    assert "vqa-eval data get gmai-mmbench" == left_out["gmai-mmbench"]
    assert {"vqa-rad", "slake"} <= set(left_out)
    assert not {"medqa", "slidebench", "proteinlmbench", "demo"} & set(left_out)


def test_a_table_with_other_rows_than_published_is_said(letters: Path) -> None:
    """A table of which rows are missing is noted with both counts where a run takes from it, and nowhere else."""
    path = letters / "tasks" / "letters.yaml"
    path.write_text(path.read_text().replace("split: test}", "split: test, expects: 1273}"))
    catalog, library = Catalog([letters]), Library(home())
    library.add(catalog.tasks["letters"], letters / "tasks" / "letters.csv")
    tree = Tree(catalog, library)
    said = "letters/test with its published 1,273 rows instead of 5"
    assert said in {missing.name for missing in make_plan(tree, ("modality/CT",), None, 0).left_out}
    assert said not in {missing.name for missing in make_plan(tree, ("benchmark/demo",), None, 0).left_out}


def test_other_splits_are_left_out_only_where_they_are_meant(tree: Tree) -> None:
    """The training split of `letters` is missed when a split is named, not before."""
    assert "letters" not in {missing.name for missing in make_plan(tree, ("letters",), None, 0).left_out}
    named = make_plan(tree, ("letters & split/*",), None, 0).left_out
    assert "letters" in {missing.name for missing in named}


def test_an_empty_selection_shows_counts(tree: Tree) -> None:
    """Nothing under a node is an error that says what is at hand and how to bring more."""
    with pytest.raises(TreeError, match=r"no sample at hand under modality/OCT \(at hand: .*letters 5") as caught:
        make_plan(tree, ("modality/OCT",), None, 0)
    assert "vqa-eval data get gmai-mmbench" in caught.value.hint


def test_an_unknown_node_gets_the_nearest_names(tree: Tree) -> None:
    """A typo is answered with the nodes that come near."""
    with pytest.raises(TreeError) as caught:
        make_plan(tree, ("modality/Histopatology",), None, 0)
    assert "modality/Histopathology" in caught.value.hint


def test_a_limit_is_a_nested_seeded_sample(tree: Tree) -> None:
    """A limit draws by seed alone, and a larger limit keeps the samples of a smaller one."""
    few, more = ids(tree, limit=20), ids(tree, limit=40)
    assert (20, 40) == (len(few), len(more))
    assert set(few) < set(more)
    assert few == ids(tree, limit=20)
    assert set(few) != set(ids(tree, limit=20, seed=1))


def test_questions_on_one_picture_stand_together(tree: Tree) -> None:
    """In the order of a run no picture comes back after another one has come."""
    order = [sample.images[0].digest for sample in make_plan(tree, ("benchmark/demo",), None, 0).samples()]
    by_form = [key for key, _ in groupby(order)]
    # Questions and captions are two tables, so a picture may come once in each.
    assert all(by_form.count(digest) <= 2 for digest in set(by_form))
