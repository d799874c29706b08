"""GMAI-MMBench's customised evaluation: keyword sets of the published trees, intersected across trees."""

import json
from itertools import product
from pathlib import Path

import pytest

from tests.samples.gmai import COLUMNS, row, unsummed, write_rows
from vqa_eval.catalog import Catalog
from vqa_eval.errors import CatalogError, TreeError
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.records.keywords import KeywordTrees
from vqa_eval.samples import Library, home
from vqa_eval.tree import Lexicon, Selection, parse, resolve

TREES: KeywordTrees = Catalog().keywords
LABELS = {label for tree in TREES.values() for value in tree.values() for labels in value.values() for label in labels}


def selected(text: str, lexicon: Lexicon) -> Selection:
    """Return the selection of a text with the shipped trees."""
    return resolve(parse([text]), lexicon, keywords=lambda: TREES)


def taken(text: str, lexicon: Lexicon) -> set[str]:
    """Return the labels, of all 717, whose questions a selection takes."""
    selection = selected(text, lexicon)
    return {label for label in LABELS if selection.matches([("label", label)])}


def quoted(name: str) -> str:
    """Return a name in quotes."""
    return "'{}'".format(name.replace("'", "''"))


def test_the_trees_are_whole() -> None:
    """Three trees with 717 labels each and the published numbers of paths from value through modality to label."""
    paths = {
        axis: sum(len(labels) for value in tree.values() for labels in value.values()) for axis, tree in TREES.items()
    }
    assert {"task": 813, "department": 810, "granularity": 1084} == paths
    assert 717 == len(LABELS)


@pytest.mark.parametrize("axis", sorted(TREES))
def test_every_keyword_set(axis: str, shipped: Lexicon) -> None:
    """Each value and modality of each tree gives exactly the labels that stand there, and each value their union."""
    for value, modalities in TREES[axis].items():
        for modality, labels in modalities.items():
            rule = selected(f"keywords/{axis}/{quoted(value)}/{quoted(modality)}", shipped)
            assert {("label", label) for label in labels} == rule.rule.nodes
        union = {label for labels in modalities.values() for label in labels}
        assert union == taken(f"keywords/{axis}/{quoted(value)}", shipped)


def test_the_papers_example(shipped: Lexicon) -> None:
    """Ophthalmology and Disease Diagnosis on Fundus Photography: 78 and 49 keywords, all 49 of them common."""
    eye = set(TREES["department"]["Ophthalmology"]["Fundus Photography"])
    disease = set(TREES["task"]["Disease Diagnosis"]["Fundus Photography"])
    found = taken("keywords/department/O/Fundus Photography & keywords/task/DD/Fundus Photography", shipped)
    assert eye & disease == found
    assert (78, 49, 49) == (len(eye), len(disease), len(found))


def test_every_intersection_of_two_trees(shipped: Lexicon) -> None:
    """On every modality, each task meets each granularity in exactly the common labels."""
    checked = 0
    for (task, tasks), (level, levels) in product(TREES["task"].items(), TREES["granularity"].items()):
        for modality in sorted(tasks.keys() & levels.keys())[:3]:
            common = set(tasks[modality]) & set(levels[modality])
            one = f"keywords/task/{quoted(task)}/{quoted(modality)}"
            other = f"keywords/granularity/{quoted(level)}/{quoted(modality)}"
            assert common == taken(f"{one} & {other}", shipped)
            checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    ("canonical", "text"),
    [
        ("keywords/department/Ophthalmology/Fundus Photography", "keywords/department/O/fundus photography"),
        (
            "keywords/department/Ophthalmology/Fundus Photography",
            "KEYWORDS/Department/ophthalmology/Fundus-Photography",
        ),
        ("keywords/task/Disease Diagnosis/CT", "keywords/task/DD/computed tomography"),
        ("keywords/task/Disease Diagnosis/T1 MRI", "keywords/task/DD/T1"),
        ("keywords/department/'Otolaryngology (ENT)/Head and Neck Surgery'", "keywords/department/ENT/HNS"),
        ("keywords/department/'Otolaryngology (ENT)/Head and Neck Surgery'/CT", "keywords/department/ENT/HNS/CT"),
        ("keywords/department/None", "keywords/department/N/A"),
        ("keywords/task/OR-*/CT", "keywords/task/OR-*/CT"),
        ("keywords/granularity/Box Level,keywords/task/Counting", "keywords/granularity/box, keywords/task/C"),
        ("!keywords/task/Disease Diagnosis & modality/CT", "!keywords/task/DD & CT"),
    ],
)
def test_names_are_found(canonical: str, text: str, shipped: Lexicon) -> None:
    """Any spelling of the axes' own names is found; the canonical text reads back to an equal selection."""
    selection = selected(text, shipped)
    assert canonical == str(selection)
    assert selection == selected(canonical, shipped)
    assert "label" in selection.axes


def test_a_modality_means_its_own_entry(shipped: Lexicon) -> None:
    """MRI is the published entry MRI alone; a glob names several; what our axis puts below it is not meant."""
    disease = TREES["task"]["Disease Diagnosis"]
    assert set(disease["MRI"]) == taken("keywords/task/DD/MRI", shipped)
    several = {label for name, labels in disease.items() if "MRI" in name for label in labels}
    assert several == taken("keywords/task/DD/*MRI*", shipped)
    assert several > set(disease["MRI"])


@pytest.mark.parametrize(
    ("said", "hinted", "text"),
    [
        ("axis 'department' holds no 'Ophtalmology'", "department/Ophthalmology", "keywords/department/Ophtalmology"),
        ("axis 'modality' holds no 'Fundus Foto'", "modality/Fundus Photography", "keywords/task/DD/Fundus Foto"),
        ("no keywords are published by 'deparment'", "task, department, granularity", "keywords/deparment/O"),
        ("no keywords are published by 'organ'", "task, department, granularity", "keywords/organ/liver"),
        ("no keywords are published for granularity/Box Level on modality/CT", "Endoscopy, Microscopy, X-ray",
         "keywords/granularity/box/CT"),
        ("keywords of what", "keywords/department/Ophthalmology", "keywords"),
        ("keywords of which task", "keywords/department/Ophthalmology", "keywords/task"),
        ("nothing in the tree is called 'keyword/task/DD'", "keywords/task/DD", "keyword/task/DD"),
    ],
)  # fmt: skip
def test_what_means_nothing(said: str, hinted: str, text: str, shipped: Lexicon) -> None:
    """A typo gets the nearest names, and what a tree has not gets what it has."""
    with pytest.raises(TreeError, match=said) as caught:
        selected(text, shipped)
    assert hinted in caught.value.hint


def test_the_trees_are_read_only_when_they_are_used(shipped: Lexicon) -> None:
    """A selection without keywords never asks for the trees."""

    def read() -> KeywordTrees:
        raise AssertionError("read")

    assert "modality/CT" == str(resolve(parse(["modality/CT"]), shipped, keywords=read))
    with pytest.raises(AssertionError, match="read"):
        resolve(parse(["keywords/task/DD"]), shipped, keywords=read)


def test_questions_are_kept_by_their_right_label(tmp_path: Path) -> None:
    """The paper's way on a table: questions whose label is a keyword stay, on whatever modality they are asked."""
    labels = ["liver", "glaucoma", "spleen", "drusen", "liver", "polyp"]
    modalities = ["CT", "Fundus Photography", "CT", "OCT", "MRI", "Endoscopy"]
    rows = [
        {**row(at, side=8), "category": label, "modality": modality}
        for at, (label, modality) in enumerate(zip(labels, modalities, strict=True))
    ]
    catalog, library = Catalog(), Library(home())
    library.add(unsummed(catalog.tasks["gmai-mmbench"]), write_rows(tmp_path / "GMAI_mm_bench_VAL.tsv", COLUMNS, rows))
    tree = Tree(catalog, library)

    def ids(*texts: str) -> list[str]:
        plan = make_plan(tree, ("benchmark/gmai-mmbench", *texts), None, 0)
        return sorted(sample.id.rpartition("/")[2] for sample in plan.samples())

    abdomen = set(TREES["task"]["Organ Recognition - Abdomen"]["CT"])
    expected = [str(at) for at, label in enumerate(labels) if label in abdomen]
    assert expected == ids("keywords/task/OR-A/CT")
    assert ["0", "2", "4"] == expected
    assert ["0", "2"] == ids("keywords/task/OR-A/CT", "modality/CT")
    assert ["1"] == ids("keywords/department/O/Fundus Photography & keywords/task/DD/Fundus Photography")


def test_trees_of_ones_own(letters: Path) -> None:
    """A JSON file in a catalogue's lexicon adds a tree; a second one of an axis, or another shape, is an error."""
    (letters / "tasks" / "lexicon").mkdir()
    file = letters / "tasks" / "lexicon" / "mine.json"
    file.write_text(json.dumps({"organ": {"liver": {"CT": ["cyst"]}}}), encoding="utf-8")
    catalog = Catalog([letters])
    selection = resolve(parse(["keywords/organ/liver/CT"]), Lexicon(catalog.axes), keywords=lambda: catalog.keywords)
    assert selection.matches([("label", "cyst")])
    for text, said in (
        (json.dumps({"task": {}}), "a second tree of task"),
        ('{"organ": ["liver"]}', r"mine.json: trees.organ"),
        ("{", r"mine.json, line 1: not JSON"),
        ("[]", "holds list"),
    ):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(CatalogError, match=said):
            _ = Catalog([letters]).keywords
