"""What a selection text says."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.errors import TreeError
from vqa_eval.tree import And, Everything, Expression, Named, Not, Or, Segment, parse


def named(*names: str, follows: bool = False) -> Named:
    """Give the expression for a path of unquoted names."""
    return Named(tuple(map(Segment, names)), follows)


A, B, C = named("a"), named("b"), named("c")


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        (Everything(), "  "),
        (A, "a"),
        (named("modality", "T1 MRI"), " modality / T1   MRI "),
        (Or((A, named("b", follows=True))), "a,b"),
        (Or((A, named("b", follows=True))), "a | b"),
        (And((A, B)), "a & b"),
        (Not(A), "!a"),
        (A, "!!a"),
        (Or((And((A, B)), named("c", follows=True))), "a & b, c"),
        (Or((A, And((named("b", follows=True), C)))), "a, b & c"),
        (And((Or((A, named("b", follows=True))), C)), "(a, b) & c"),
        (And((Not(A), B)), "!a & b"),
        (Not(Or((A, named("b", follows=True)))), "!(a,b)"),
        (Named((Segment("label"), Segment("*nodule*"))), "label/*nodule*"),
        (Named((Segment("x (y)/z*", literal=True),)), "'x (y)/z*'"),
        (Named((Segment("it's", literal=True),)), "'it''s'"),
        (Named((Segment("it's", literal=True),)), '"it\'s"'),
        (named("barrett's esophagus"), "barrett's esophagus"),
        (Named((Segment("modality"), Segment("MRI", exact=True))), "modality/=MRI"),
        (Named((Segment("m"), Segment("M R", literal=True, exact=True))), "m/='M R'"),
    ],
)
def test_parse(expected: Expression, text: str) -> None:
    """Operators bind as ! over & over , and |; names run up to the next operator."""
    assert expected == parse([text])


def test_several_texts() -> None:
    """Several texts must all hold; blank ones say nothing."""
    assert Everything() == parse([])
    assert And((A, B)) == parse(["a", " ", "b"])


def test_globs() -> None:
    """A star is a pattern outside quotes and itself inside."""
    assert Segment("*").is_glob
    assert not Segment("*", literal=True).is_glob


@pytest.mark.parametrize(
    ("at", "said", "text"),
    [
        (2, "a name is missing", "a/"),
        (2, "a name is missing", "a//b"),
        (0, "a name is missing", ",a"),
        (2, "a name is missing", "a,"),
        (3, "a name is missing", "a &"),
        (1, "a name is missing", "!"),
        (1, "a name is missing", "()"),
        (4, "a \\) is missing", "(a,b"),
        (1, "a \\) without", "a)"),
        (9, "a \\( straight after", "Oncology (Medical)"),
        (0, "is not closed", "'a"),
        (4, "an operator is missing", "'a' b"),
        (1, "an operator is missing", "a!b"),
        (0, "missing after =", "="),
        (2, "nothing below", "=a/b"),
        (50, "groups within groups", "(" * 60),
    ],
)
def test_what_cannot_be_read(at: int, said: str, text: str) -> None:
    """An error shows the text, a caret under the sign, and a hint."""
    with pytest.raises(TreeError, match=said) as caught:
        parse([text])
    *_, shown, caret = caught.value.message.split("\n")
    assert "  " + text == shown
    assert "  " + " " * at + "^" == caret
    assert caught.value.hint


@given(st.one_of(st.text(), st.text("ab ,|&!()/*?'\"=")))
def test_any_text(text: str) -> None:
    """Any text gives an expression or a `TreeError`, nothing else."""
    with suppress(TreeError):
        parse([text])
