"""Where raw values belong."""

import pytest

from vqa_eval.errors import TreeError
from vqa_eval.records import AxisSpec, Node, ValueSpec
from vqa_eval.tree import Lexicon


@pytest.mark.parametrize(
    ("expected", "axis", "raw"),
    [
        (("modality", "MRI", "T1 MRI"), "modality", "T1 MRI"),
        (("modality", "MRI", "T1 MRI"), "modality", " t1 mri "),
        (("modality", "X-ray"), "modality", "X-Ray"),
        (("modality", "X-ray"), "modality", "radiograph"),
        (("modality", "CT"), "modality", "Computed Tomography"),
        (("granularity", "Mask Level"), "granularity", "Mask level"),
        (("department", "Oncology (Medical)"), "department", "Oncology-Medical"),
        (("department", "Otolaryngology (ENT)/Head and Neck Surgery"), "department", "ENT/HNS"),
        (("department", "None"), "department", "None"),
        (("task", "Microorganism Recognition"), "task", "MR"),
        (("modality", "MRI"), "modality", "MR"),
        (("organ", "abdomen"), "organ", "ABD"),
        (("organ", "chest", "lung"), "organ", "LUAD"),
        (("organ", "chest", "mediastinum"), "organ", "Chest_mediastinal"),
        (("slide", "BCNB", "Histological grading"), "slide", "Histological grading"),
        (("modality", "Thermography"), "modality", "Thermography"),
        (("split", "val"), "split", "val"),
        (("nowhere", "x"), "nowhere", "x"),
        (("modality",), "modality", "  "),
        (("slide", "Diagnosis", "Grading"), "slide", ("Diagnosis", "Grading")),
        (("slide", "Diagnosis", "new"), "slide", ("diagnosis", "new")),
        (("slide", "new", "Grading"), "slide", ("new", "Grading")),
        (("modality", "MRI", "T1 MRI"), "modality", ("T1 MRI",)),
        (("slide", "Diagnosis"), "slide", ("Diagnosis", "")),
    ],
)
def test_place(expected: Node, axis: str, raw: str | tuple[str, ...], shipped: Lexicon) -> None:
    """A raw value finds its canonical node in any spelling, or stays as it stands."""
    assert expected == shipped.place(axis, raw)


def test_names_alike_are_told_apart(shipped: Lexicon) -> None:
    """Two names that differ by a hyphen are both found to the letter; a third spelling is no guess."""
    assert shipped.place("label", "High Grade Dysplasia") == ("label", "high grade dysplasia")
    assert shipped.place("label", "high-grade dysplasia") == ("label", "high-grade dysplasia")
    assert shipped.place("label", "high_grade dysplasia") == ("label", "high_grade dysplasia")
    assert not shipped.known("label", "high_grade dysplasia")


def test_names_that_differ_by_case() -> None:
    """Names that differ only by case may stand side by side, even where they need a slug."""
    lexicon = Lexicon([AxisSpec("a", "", (ValueSpec("X"), ValueSpec("x"), ValueSpec("Y (z)"), ValueSpec("y (z)")))])
    assert lexicon.place("a", "X") == ("a", "X")
    assert lexicon.place("a", "x") == ("a", "x")
    assert lexicon.place("a", "Y-z") == ("a", "Y (z)")


def test_known(shipped: Lexicon) -> None:
    """A value is known in every spelling, and on its own axis only."""
    assert shipped.known("task", "dd")
    assert not shipped.known("modality", "dd")
    assert not shipped.known("nowhere", "dd")


def test_axes_and_nodes(shipped: Lexicon) -> None:
    """Axes and nodes come in written order; an unknown axis has none."""
    assert shipped.axes[:2] == ("benchmark", "department")
    assert shipped.nodes("modality")[:2] == (("modality", "CT"), ("modality", "CT", "CTA"))
    assert shipped.nodes("nowhere") == ()
    spec = shipped.spec("language")
    assert spec is not None
    assert spec.id == "language"
    assert shipped.spec("nowhere") is None


@pytest.mark.parametrize(
    ("said", "values"),
    [
        ("'x' twice", [ValueSpec("x"), ValueSpec("x")]),
        ("without a name", [ValueSpec(" ")]),
        ("'gone', which does not exist", [ValueSpec("x", parent="gone")]),
        ("go in a circle", [ValueSpec("x", parent="y"), ValueSpec("y", parent="x")]),
        ("go in a circle", [ValueSpec("x", parent="x")]),
        ("also means 'y'", [ValueSpec("x", synonyms=("s",)), ValueSpec("y", synonyms=("S",))]),
        ("also means 'y'", [ValueSpec("x", abbreviation="Y"), ValueSpec("y")]),
        ("also means 'x-y'", [ValueSpec("x (y)"), ValueSpec("x-y")]),
    ],
)
def test_what_is_refused(said: str, values: list[ValueSpec]) -> None:
    """A lexicon that contradicts itself is an error that names the axis and the value."""
    with pytest.raises(TreeError, match=said) as caught:
        Lexicon([AxisSpec("a", "", tuple(values))])
    assert "'a'" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize(("said", "ids"), [("'a' is written down twice", ["a", "a"]), ("cannot be typed", ["a/b"])])
def test_axes_that_are_refused(said: str, ids: list[str]) -> None:
    """An axis is written down once, under an id that can be typed."""
    with pytest.raises(TreeError, match=said):
        Lexicon([AxisSpec(name, "") for name in ids])


def test_deep_parents() -> None:
    """A chain of a thousand parents is followed, in whatever order it is written."""
    values = [ValueSpec(f"v{i}", parent=f"v{i - 1}" if i else "") for i in range(1000)]
    node = Lexicon([AxisSpec("a", "", tuple(reversed(values)))]).place("a", "v999")
    assert ("a", *(f"v{i}" for i in range(1000))) == node
