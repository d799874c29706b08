"""A label that stands for "unsure": an abstention where no option bears it, an option like any other where one does."""

import pytest

from vqa_eval.answers import abstained, profiles, read_choice
from vqa_eval.records import Answer

OPTIONS = ("binds DNA", "binds RNA", "folds", "cleaves", "signals", "unfolds", "none of the others", "a tail")
SIX, EIGHT = tuple("123456"), tuple("12345678")

UNSURE = (
    "7",
    "7.",
    "(7)",
    "**7**",
    "Option 7",
    "option 7.",
    "The correct option is Option 7.",
    "The correct option is: 7",
    "The correct option is 7",
    "I am still unsure, so option 7.",
    "The correct option is Option 7.\n\nThe text does not say it.",
)


@pytest.mark.parametrize("reply", UNSURE)
def test_unsure(reply: str) -> None:
    """Option 7 of six is an abstention, without the offer out of range, and of eight an answer."""
    assert ("refused", "unsure", ()) == _read(reply, OPTIONS[:6], SIX, "7")
    assert "out_of_range" == _read(reply, OPTIONS[:6], SIX, "")[0]
    assert ("answered", ("7",)) == _read(reply, OPTIONS, EIGHT, "7")[::2]


def test_a_wide_figure_is_the_same_label() -> None:
    """Digits of East Asian width are digits."""
    assert ("refused", "unsure", ()) == _read("７", OPTIONS[:6], SIX, "7")


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("The correct option is Option 3.", ("answered", ("3",))),
        ("3", ("answered", ("3",))),
        ("The correct option is Option 8.", ("out_of_range", ())),
        ("77", ("out_of_range", ())),
        ("", ("empty", ())),
        ("The protein has 7 helices.", ("unparsed", ())),
    ],
)
def test_other_replies_are_read_as_before(reply: str, expected: tuple[str, tuple[str, ...]]) -> None:
    """The offer changes nothing but what chooses it."""
    assert expected == _read(reply, OPTIONS[:6], SIX, "7")[::2]
    assert _read(reply, OPTIONS[:6], SIX, "7") == _read(reply, OPTIONS[:6], SIX, "")


NUMBERS = ("5", "7", "3", "2", "8", "1")


@pytest.mark.parametrize("reply", ["7", "(7)", "**7**", "７", "The correct option is 7.", "I choose 7"])
def test_an_option_whose_words_are_the_label(reply: str) -> None:
    """Where an option reads "7" and none is called so, "7" may mean either: never credited; "2. 7" means the option."""
    assert ("conflict", "unsure", ()) == _read(reply, NUMBERS, SIX, "7")
    assert ("answered", ("2",)) == _read(reply, NUMBERS, SIX, "")[::2]
    assert ("answered", ("2",)) == _read("2. 7", NUMBERS, SIX, "7")[::2]


@pytest.mark.parametrize("reply", UNSURE)
def test_the_official_scorer_agrees(reply: str) -> None:
    """The official parser calls the same replies unsure of six options, and answered of eight."""
    official = profiles.find("proteinlmbench")
    assert ("unparsed", "unsure") == _of(official.read(reply, OPTIONS[:6], SIX, False))
    assert ("answered", "number") == _of(official.read(reply, OPTIONS, EIGHT, False))


def _read(
    reply: str, options: tuple[str, ...], labels: tuple[str, ...], unsure: str
) -> tuple[str, str, tuple[str, ...]]:
    answer = abstained(read_choice(reply, options, labels), reply, unsure)
    return answer.status, answer.rule, answer.letters


def _of(answer: Answer) -> tuple[str, str]:
    return answer.status, answer.rule
