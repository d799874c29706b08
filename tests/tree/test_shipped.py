"""The lexicon files beside the tasks, against what was published."""

import json
from pathlib import Path
from typing import Any

import pytest

from vqa_eval.records import AxisSpec
from vqa_eval.tree import Lexicon, parse, path, resolve, slug

ROOT = Path(__file__).resolve().parents[2]
BEYOND = {
    "modality": {"Mammography", "Clinical photograph", "Read pileup"},
    "label": {f"BI-RADS {grade}" for grade in range(1, 6)}
    | {"BENIGN_WITHOUT_CALLBACK", "Enlarged Cardiomediastinum", "Fracture", "No Finding", "Support Devices"},
}
"""What MultiMedBench names and GMAI-MMBench does not."""
TREES = {"clinical-tasks": "task", "departments": "department", "granularities": "granularity"}
"""Name of a published tree to the axis that it is kept under here."""


def _ours() -> Any:
    return json.loads((ROOT / "tasks" / "lexicon" / "gmai-trees.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def published() -> Any:
    """Give the published trees; the blank department is called "None" here."""
    file = ROOT.parent / "shared" / "data" / "gmai_facts" / "lexical_tree.json"
    if not file.exists():
        pytest.skip(f"the published trees are not at hand: {file}")
    trees = json.loads(file.read_text(encoding="utf-8"))
    return {TREES[tree]: {value or "None": below for value, below in values.items()} for tree, values in trees.items()}


@pytest.mark.parametrize(
    ("expected", "axis"),
    [(38, "modality"), (18, "task"), (19, "department"), (4, "granularity"), (717, "label"), (24, "slide")],
)
def test_counts(expected: int, axis: str, shipped: Lexicon) -> None:
    """Each axis holds as many names as were published, and those that other benchmarks bring."""
    assert expected + len(BEYOND.get(axis, ())) == len(shipped.nodes(axis))


def test_trees_as_published(published: Any) -> None:
    """The three trees shipped as facts equal the published ones."""
    expected = {
        tree: {
            value: {modality: sorted(labels) for modality, labels in below.items()} for value, below in values.items()
        }
        for tree, values in published.items()
    }
    assert expected == _ours()


@pytest.mark.parametrize("axis", TREES.values())
def test_names_as_in_the_trees(axis: str, specs: list[AxisSpec]) -> None:
    """The names of tasks, departments and granularities are those of the trees, to the letter."""
    (spec,) = (spec for spec in specs if spec.id == axis)
    assert set(_ours()[axis]) == {value.name for value in spec.values}


@pytest.mark.parametrize("tree", TREES.values())
def test_modalities_and_labels_as_in_the_trees(tree: str, shipped: Lexicon) -> None:
    """Every tree spells all modalities and all labels as the lexicon does; no others are added unnoticed."""
    values = _ours()[tree].values()
    modalities = {modality for below in values for modality in below}
    assert modalities | BEYOND["modality"] == {node[-1] for node in shipped.nodes("modality")}
    labels = sorted({label for below in values for labels in below.values() for label in labels})
    assert labels == [node[-1] for node in shipped.nodes("label") if node[-1] not in BEYOND["label"]]


def test_abbreviations(specs: list[AxisSpec]) -> None:
    """Tasks and departments bear the published abbreviations."""
    by_axis = {spec.id: {value.abbreviation for value in spec.values} for spec in specs}
    tasks = "AR BVR B CR C DD IQG MR M NT OR-A OR-HN OR-P OR-T SG SAR SIR SWR"
    departments = "CS D E GH GS H ID LMP NH N N/A OG OM O OS ENT/HNS PM SM U"
    assert set(tasks.split()) == by_axis["task"]
    assert set(departments.split()) == by_axis["department"]


def test_every_sequence_is_mri(shipped: Lexicon) -> None:
    """Every modality with MRI in its name, and CMR, lies under MRI."""
    inside = {node[-1] for node in shipped.nodes("modality") if node[1] == "MRI"}
    assert {node[-1] for node in shipped.nodes("modality") if "MRI" in node[-1]} | {"CMR"} == inside
    assert shipped.place("modality", "Texture Characterization of Bone Radiograph")[:2] == (
        "modality",
        "X-ray",
    )


def test_about_says_something(specs: list[AxisSpec]) -> None:
    """Every axis says in one sentence or more what it is about."""
    assert [spec.id for spec in specs if not spec.about.endswith(".")] == []


def test_every_node_can_be_typed(shipped: Lexicon) -> None:
    """The path of every shipped node selects that node, and its slug places it."""
    for axis in shipped.axes:
        for node in shipped.nodes(axis):
            selection = resolve(parse([path(node)]), shipped)
            assert selection.matches([node])
            assert node == min((other for other in shipped.nodes(axis) if selection.matches([other])), key=len)
            assert node == shipped.place(axis, slug(node[-1]))
