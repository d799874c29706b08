"""The two channels that are no free text: a label is that label, shares are shares, and nothing is guessed."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.answers import read_label, read_logprobs
from vqa_eval.rendering import option_labels

LABELS = ("A", "B", "C", "D")
VALUES = st.one_of(
    st.none(),
    st.floats(max_value=0.0, allow_nan=False),
    st.sampled_from([0.0, -1.0, -9999.0, -math.inf, math.nan]),
    st.integers(-50, 0),
)


@pytest.mark.parametrize("reply", ["B", " B", "B\n", "\tB  "])
def test_a_label_is_that_label(reply: str) -> None:
    """A constrained reply is its label, spaces around it aside."""
    answer = read_label(reply, LABELS)
    assert ("answered", ("B",), "constrained") == (answer.status, answer.letters, answer.rule)


@pytest.mark.parametrize("reply", ["", "b", "AB", "A B", "B.", "(B)", "E", "The answer is B.", "liver", "A\nB"])
def test_a_constraint_that_was_not_kept_is_no_answer(reply: str) -> None:
    """Whatever is not exactly one label is unparsed, however clear it seems: the channel allows nothing else."""
    answer = read_label(reply, LABELS)
    assert ("unparsed", (), "not_a_label") == (answer.status, answer.letters, answer.rule)


@settings(deadline=None)
@given(st.integers(1, 30), st.data())
def test_every_label_is_read(count: int, data: st.DataObject) -> None:
    """Letters, and the numbers where letters do not suffice, are read back as they are."""
    labels = option_labels(count)
    label = data.draw(st.sampled_from(labels))
    assert (label,) == read_label(label, labels).letters


@settings(deadline=None)
@given(st.text(max_size=4))
def test_any_text_is_a_label_or_unparsed(reply: str) -> None:
    """No reply is an error, and only the label itself is an answer."""
    assert ((reply.strip(),) if reply.strip() in LABELS else ()) == read_label(reply, LABELS).letters


@settings(deadline=None)
@given(st.lists(VALUES, max_size=6))
def test_any_log_probabilities_are_read(values: list[float | None]) -> None:
    """Whatever a server reports is read without an exception; shares sum to one and the answer has the largest."""
    labels = option_labels(len(values))
    answer = read_logprobs(values, labels)
    known = [value for value in values if value is not None and value > -math.inf]
    if not known:
        assert ("unparsed", (), ()) == (answer.status, answer.letters, answer.shares)
        return
    assert len(values) == len(answer.shares)
    assert 1.0 == pytest.approx(math.fsum(answer.shares), abs=1e-12)
    assert all(0.0 <= share <= 1.0 for share in answer.shares)
    best = [label for label, share in zip(labels, answer.shares, strict=True) if share == max(answer.shares)]
    assert ("answered", tuple(best)) if len(best) == 1 else ("conflict", ()) == (answer.status, answer.letters)


@settings(deadline=None)
@given(st.lists(st.one_of(st.none(), st.floats(-30.0, 0.0)), min_size=1, max_size=6), st.floats(-500.0, 500.0))
def test_shares_are_those_of_the_probabilities(values: list[float | None], shift: float) -> None:
    """A share is the label's probability among those reported, 0 where it was not; a common factor changes none."""
    labels = option_labels(len(values))
    weights = [0.0 if value is None else math.exp(value) for value in values]
    answer = read_logprobs(values, labels)
    if not any(weights):
        assert () == answer.shares
        return
    assert [weight / sum(weights) for weight in weights] == pytest.approx(list(answer.shares), abs=1e-12)
    shifted = read_logprobs([None if value is None else value + shift for value in values], labels)
    assert list(answer.shares) == pytest.approx(list(shifted.shares), abs=1e-9)


def test_a_tie_at_the_top_is_a_conflict() -> None:
    """Two labels that are exactly alike leave nothing chosen, and their shares stay; a tie below the top does not."""
    tied = read_logprobs((-1.0, -1.0, -3.0), LABELS[:3])
    assert ("conflict", (), "equal_logprobs") == (tied.status, tied.letters, tied.rule)
    assert tied.shares[0] == tied.shares[1] > tied.shares[2]
    below = read_logprobs((-3.0, -1.0, -3.0), LABELS[:3])
    assert ("answered", ("B",), "likeliest") == (below.status, below.letters, below.rule)


def test_the_last_digit_that_is_kept_decides() -> None:
    """Log-probabilities that differ in the fifth decimal are no tie."""
    assert ("B",) == read_logprobs((-0.70001, -0.70000), LABELS[:2]).letters


def test_a_label_that_was_not_reported_has_no_share() -> None:
    """None and minus infinity are share 0, beside a label that holds all of it."""
    answer = read_logprobs((None, -20.0, -math.inf), LABELS[:3])
    assert ((0.0, 1.0, 0.0), ("B",)) == (answer.shares, answer.letters)


@pytest.mark.parametrize(
    "values",
    [
        (),
        (None, None),
        (math.nan, None),
        (-math.inf, -math.inf),
        (math.inf, -1.0),
        (math.inf, math.inf),
        (-1.0,),
        (-1.0, -2.0, -3.0),
    ],
)
def test_without_log_probabilities_of_the_labels_there_is_no_answer(values: tuple[float | None, ...]) -> None:
    """Nothing reported, what is no log-probability, or as many values as there are not labels: unparsed, no shares."""
    answer = read_logprobs(values, LABELS[:2])
    assert ("unparsed", (), (), "no_logprobs") == (answer.status, answer.letters, answer.shares, answer.rule)
