"""Patches vote: a plurality is an answer, a tie is none, and what was not answered has no vote."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.answers.votes import vote
from vqa_eval.records import Answer, Status

LABELS = ("A", "B", "C", "D")


def said(*letters: str) -> list[Answer]:
    """Return a reply for each word: its letters, or a status where it is longer than the labels are."""
    return [Answer(word) if len(word) > 4 else Answer("answered", tuple(word)) for word in letters]  # type: ignore[arg-type]


def test_the_plurality_is_the_answer() -> None:
    """Two of five are enough where no other option has two; shares tell how all votes fell."""
    answer = vote(said("B", "A", "B", "C", "D"), LABELS)
    assert Answer("answered", ("B",), rule="vote", shares=(0.2, 0.4, 0.2, 0.2)) == answer


def test_a_tie_is_no_answer() -> None:
    """Where two options are named most often, neither is taken."""
    answer = vote(said("B", "A", "A", "B", "C"), LABELS)
    assert ("hedged", (), (0.4, 0.4, 0.2, 0.0)) == (answer.status, answer.letters, answer.shares)


def test_replies_without_an_answer_have_no_vote() -> None:
    """One answer among refusals decides: the others say nothing about the options."""
    answer = vote(said("refused", "unparsed", "C", "hedged"), LABELS)
    assert ("answered", ("C",), (0.0, 0.0, 1.0, 0.0)) == (answer.status, answer.letters, answer.shares)


@pytest.mark.parametrize(
    ("replies", "status"),
    [
        (("refused", "refused"), "refused"),
        (("truncated",), "truncated"),
        (("refused", "hedged"), "unparsed"),
        (("unparsed", "unparsed", "empty_"), "unparsed"),
    ],
)
def test_without_any_answer_there_is_none(replies: tuple[str, ...], status: Status) -> None:
    """Replies that all failed alike are what they are alike, else they are unparsed; nothing is shared out."""
    words = [word.rstrip("_") for word in replies]
    answer = vote([Answer(word) for word in words], LABELS)  # type: ignore[arg-type]
    assert Answer(status, rule="vote") == answer


def test_several_right_options_are_voted_on_together() -> None:
    """Replies that name several options vote for all of them at once, and have no share of one."""
    answer = vote(said("AC", "AC", "A"), LABELS)
    assert Answer("answered", ("A", "C"), rule="vote") == answer


@given(st.lists(st.sampled_from(("A", "B", "C", "refused")), min_size=1, max_size=30), st.randoms())
def test_the_order_of_the_patches_does_not_matter(words: list[str], chance: object) -> None:
    """The same replies in another order give the same answer, and an answer always has the most votes."""
    answer = vote(said(*words), LABELS)
    shuffled = list(words)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert answer == vote(said(*shuffled), LABELS)
    if answer.status == "answered":
        most = words.count(answer.letters[0])
        assert all(words.count(other) < most for other in "ABC" if other != answer.letters[0])
