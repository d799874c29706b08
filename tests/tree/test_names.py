"""How names are compared and typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.tree import normalise, parse, path, slug
from vqa_eval.tree.expression import Named, Segment
from vqa_eval.tree.names import is_typable, quoted


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ("x ray", "X-Ray"),
        ("x ray", "  x_ray "),
        ("otolaryngology ent head and neck surgery", "Otolaryngology (ENT)/Head and Neck Surgery"),
        ("ct", "ＣＴ"),
        ("her2", "HER2"),
        ("", "+/-"),
    ],
)
def test_normalise(expected: str, text: str) -> None:
    """Case, width and punctuation do not count."""
    assert expected == normalise(text)


@pytest.mark.parametrize(
    ("expected", "name"),
    [
        ("T1 MRI", "T1 MRI"),
        ("barrett's esophagus", "barrett's esophagus"),
        ("Oncology-Medical", "Oncology (Medical)"),
        ("Otolaryngology-ENT-Head-and-Neck-Surgery", "Otolaryngology (ENT)/Head and Neck Surgery"),
        ("u2a", "*"),
    ],
)
def test_slug(expected: str, name: str) -> None:
    """A name that can be typed stays; any other becomes its words joined by hyphens."""
    assert expected == slug(name)


def test_path() -> None:
    """A node is written from the axis down, each name by its slug."""
    assert path(("modality", "MRI", "T1 MRI")) == "modality/MRI/T1 MRI"
    assert path(("department", "Oncology (Medical)")) == "department/Oncology-Medical"


@given(st.text(min_size=1))
def test_slug_can_be_typed(name: str) -> None:
    """Every slug is read by the grammar as it stands, and is its own slug."""
    assert is_typable(slug(name))
    assert slug(name) == slug(slug(name))


@given(st.text(min_size=1))
def test_slug_keeps_the_words(name: str) -> None:
    """A slug normalises to the same text as its name, unless the name has no letter or digit."""
    assert normalise(name) in {"", normalise(slug(name))}


@given(st.text())
def test_quoted_is_read_back(name: str) -> None:
    """A name in quotes where it needs them is read back letter by letter."""
    expression = parse([quoted(name)])
    assert isinstance(expression, Named)
    assert (Segment(name, literal=not is_typable(name)),) == expression.segments
