"""How other harnesses read replies: their documented behaviour, defects included, and their measured figures."""

import json
from collections.abc import Sequence
from pathlib import Path
from random import Random
from string import ascii_uppercase
from time import perf_counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.answers import profiles
from vqa_eval.answers.profiles import GUESS, Profile, credit
from vqa_eval.errors import CatalogError
from vqa_eval.records import Answer

SHARED = Path(__file__).parents[3] / "shared" / "eval"
NAMES = profiles.names()
TUMOURS = ("Glioma", "Meningioma", "Pituitary adenoma", "Vestibular schwannoma", "Lymphoma")
FOLDS = ("Histidine", "Serine 195", "CD4 co-receptor", "Four disulfide bonds", "Alpha helix", "pH 7.4")
TEN = (*FOLDS, "Loop", "Turn", "Coil", "Sheet")


def read(name: str, reply: str, options: Sequence[str] = TUMOURS, labels: Sequence[str] = ascii_uppercase) -> Answer:
    """Return what a profile reads in a reply to a question with one answer."""
    return profiles.find(name).read(reply, options, labels[: len(options)], False)


def said(name: str, reply: str, options: Sequence[str] = TUMOURS, labels: Sequence[str] = ascii_uppercase) -> str:
    """Return the labels that a profile reads, "?" for a guess, nothing for no answer."""
    answer = read(name, reply, options, labels)
    return "?" if answer.rule == GUESS else "".join(answer.letters)


def rows(name: str) -> list[dict[str, Any]]:
    """Return the labelled replies whose label is no matter of taste."""
    path = SHARED / name
    if not path.exists():
        pytest.skip(f"labelled replies are not at hand: {path}")
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [row for row in found if not row["policy"]]


def test_the_name_is_the_registry() -> None:
    """Every module that holds a profile of its own name is found, and says what it reproduces."""
    assert ("medevalkit", "mmmu", "opencompass", "proteinlmbench", "vlmevalkit") == NAMES
    for name in NAMES:
        profile = profiles.find(name)
        assert name == profile.name
        assert profile.about
        assert profile.source
        assert profile.version


@pytest.mark.parametrize("name", ["lmms", "profile", "", "../mmmu"])
def test_an_unknown_name_says_what_there_is(name: str) -> None:
    """A name that is no profile's raises an error whose hint lists the profiles."""
    with pytest.raises(CatalogError) as caught:
        profiles.find(name)
    assert f"profiles: {', '.join(NAMES)}" == caught.value.hint


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("B", "B"),
        ("The answer is (B).", "B"),
        ("b", ""),
        ("the answer is b", "B"),
        ("A or B", ""),
        ("A lesion is seen.", "A"),
        ("A lesion is seen. The answer is B.", "B"),
        ("B fits this lesion best of all", ""),
        ("The correct answer is B. Here is why: it is seen by the meninges.", "B"),
        ("The correct answer is E. Here is why: it is seen by the vessels.", ""),
        ("Gliomatosis", "A"),
        ("glioma, not meningioma", ""),
        ("I would call it a glioma" + " indeed" * 20, ""),
        ("Z", ""),
        ("I'm sorry, but without the image provided I say glioma", ""),
        ("Failed to obtain answer via API: B", ""),
        ("Failed to obtain answer via API: glioma", "A"),
        ("", ""),
    ],
)
def test_vlmevalkit(reply: str, expected: str) -> None:
    """A label counts among the last four words, the phrase knows A to D, an option's text counts inside a word."""
    assert expected == said("vlmevalkit", reply)


def test_vlmevalkit_stops_at_numbered_options() -> None:
    """Numbers are labels where they stand alone; the comparison of texts, where the original stops, is no answer."""
    assert "3" == said("vlmevalkit", "option 3", FOLDS, "123456")
    assert Answer("unparsed", rule="assertion") == read("vlmevalkit", "Histidine", FOLDS, "123456")


def test_vlmevalkit_has_no_answer_but_z() -> None:
    """With 26 options every reply without an answer chooses the last, as "Z" is how the original says none."""
    assert "Z" == said("vlmevalkit", "Unclear", [f"Finding {number}" for number in range(26)])


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        ("B.", "B"),
        ("b", "?"),
        ("", "?"),
        ("Glioma", "?"),
        ("I am sorry, I cannot help.", "?"),
        ("A lesion is seen. The answer is B.", "B"),
        ("It is B because A lesion is seen", "A"),
        ("Not (A) and not (B), so the answer is C", "B"),
        ("To me it looks like a glioma", "A"),
        ("I think of a meningioma rather than a glioma", "A"),
    ],
)
def test_mmmu(reply: str, expected: str) -> None:
    """The last label in brackets, else the last bare one, else the last text in six words or more, else a guess."""
    assert expected == said("mmmu", reply)


@pytest.mark.parametrize(
    ("reply", "expected", "rule"),
    [
        ("答案是 B", "B", "answer_zh"),
        ("故选B", "B", "choose_zh"),
        ("只有选项C不正确", "C", "only_zh"),
        ("说法错误的是D，不是A", "D", "statement_zh"),
        ("C是正确的", "C", "right_zh"),
        ("It must be B.", "B", "end"),
        ("答案为型别C。 A", "A", "end"),
        ("答案是类型C。 x", "C", "words_zh"),
        ("ANSWER: B because of a", "B", "answer"),
        ("answer: b", "", "none"),
        ("The answer is **B**, not A, I say", "B", "the_answer_is"),
        ("A: no. The correct answer is C, I say", "C", "the_answer_is"),
        ("The correct answer is $\\boxed{D}$", "D", "boxed"),
        ("B , ok", "B", "start"),
        ("we say B , ok", "B", "cushion"),
        ("Of 12, D rather than A here", "A", "list"),
        ("D: see there, A", "A", "end"),
        ("It is B: see A here", "B", "cushion"),
        ("Colon", "C", "cushion"),
        ("Definitely not malignant", "D", "cushion"),
        ("I am sorry", "", "none"),
        ("", "", "none"),
    ],
)
def test_opencompass(reply: str, expected: str, rule: str) -> None:
    """The first step that finds a label decides, wherever the label stands; at last any capital is a label."""
    answer = read("opencompass", reply)
    assert (expected, rule) == ("".join(answer.letters), answer.rule)


def test_opencompass_knows_labels_of_one_character() -> None:
    """With ten options "10" is read as its first digit that is a label, as the original joins the labels."""
    assert "1" == said("opencompass", "The answer is 10", TEN, "123456789X")
    labels = [str(number) for number in range(1, 11)]
    assert "1" == said("opencompass", "The answer is 10", TEN, labels)


@pytest.mark.parametrize(
    ("reply", "expected", "rule"),
    [
        ("b", "B", "letter"),
        ("B. Because of the meninges", "B", "letter"),
        ("It is seen.\n\nB. Meningioma", "B", "letter"),
        ("The answer is A; no, the answer is C.", "C", "letter"),
        ("**Answer:** B", "B", "letter"),
        ("So \\boxed{\\text{x}} or \\boxed{D}", "D", "letter"),
        ("<answer>B</answer>", "B", "letter"),
        ("Lymphoma", "E", "text"),
        ("Option: B", "A", "likeness"),
        ("<think>A?</think>B", "C", "likeness"),
        ("", "A", "likeness"),
        ("???", "A", "likeness"),
        ("I am sorry, I cannot help.", "D", "likeness"),
    ],
)
def test_medevalkit(reply: str, expected: str, rule: str) -> None:
    """Every reply is an answer: a letter, a text, or what is most like it, the first option where nothing is."""
    answer = read("medevalkit", reply)
    assert (expected, rule) == ("".join(answer.letters), answer.rule)


def test_medevalkit_reads_an_unclosed_box_as_none() -> None:
    """A box that is not closed, or the bare word, is compared as "none"."""
    options = ("Benign", "Malignant", "None of these")
    assert "C" == said("medevalkit", "I boxed A", options)
    assert "C" == said("medevalkit", "\\boxed{A", options)


def test_medevalkit_may_credit_several_keys() -> None:
    """Two options of one text are both met, and so is the option whose text is the chosen letter."""
    assert "AC" == said("medevalkit", "cyst", ("Cyst", "Stone", "cyst"))
    assert "AB" == said("medevalkit", "A", ("B", "A"))


@pytest.mark.parametrize(
    ("reply", "expected", "rule"),
    [
        ("The correct option is Option 5.", "5", "number"),
        ("3. CD4 co-receptor", "3", "number"),
        ("CD4 co-receptor", "4", "number"),
        ("There are 2 sites, so the correct option is option 6.", "2", "number"),
        ("Serine 195", "", "out_of_range"),
        ("option 03", "", "out_of_range"),
        ("option 7", "", "unsure"),
        ("I am unsure.", "", "no_number"),
        ("", "", "no_number"),
    ],
)
def test_proteinlmbench(reply: str, expected: str, rule: str) -> None:
    """The first number is the option, whatever it counts; option 7 of six says unsure."""
    answer = read("proteinlmbench", reply, FOLDS, "123456")
    assert (expected, rule) == ("".join(answer.letters), answer.rule)


def test_proteinlmbench_counts_positions() -> None:
    """Numbers name positions whatever the labels are, and 7 is an option where there are seven."""
    assert "C" == said("proteinlmbench", "option 3", FOLDS)
    assert "7" == said("proteinlmbench", "option 7", (*FOLDS, "Unsure"), "1234567")


def test_credit() -> None:
    """A right answer earns 1, a wrong or missing one 0, a key of several labels nothing."""
    profile = profiles.find("vlmevalkit")
    right = Answer("answered", ("B",))
    assert 1.0 == credit(profile, right, ("B",), 4)
    assert 0.0 == credit(profile, right, ("A",), 4)
    assert 0.0 == credit(profile, right, ("A", "B"), 4)
    assert 0.0 == credit(profile, right, (), 4)
    assert 0.0 == credit(profile, Answer("unparsed", rule="none"), ("B",), 4)


def test_credit_of_a_guess() -> None:
    """A guess earns one in k for a key of one label, and only where the original guesses."""
    guess = Answer("unparsed", rule=GUESS)
    assert 0.25 == credit(profiles.find("mmmu"), guess, ("B",), 4)
    assert 0.0 == credit(profiles.find("mmmu"), guess, ("A", "B"), 4)
    assert 0.0 == credit(profiles.find("mmmu"), guess, ("B",), 0)
    assert 0.0 == credit(profiles.find("vlmevalkit"), guess, ("B",), 4)


def test_credit_of_several_keys() -> None:
    """Where the original looks at the key first, the key must be among the labels that it would call right."""
    answer = read("medevalkit", "cyst", ("Cyst", "Stone", "cyst"))
    assert [1.0, 0.0, 1.0] == [credit(profiles.find("medevalkit"), answer, (label,), 3) for label in "ABC"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("vlmevalkit", (0.609, 0.037, 0.417, 0.145)),
        ("opencompass", (0.602, 0.157, 0.215, 0.500)),
        ("medevalkit", (0.523, 0.343, 0.0, 1.0)),
        ("mmmu", (0.388, 0.512, 0.0, 1.0)),
    ],
)
def test_measured_figures_are_met(name: str, expected: tuple[float, ...]) -> None:
    """Accuracy, wrong, abstaining and falsely extracted shares are the originals' own; guesses drawn with seed 0."""
    profile, dice = profiles.find(name), Random(0)
    right = wrong = missed = false = keyed = 0
    labelled = rows("replies_dev.jsonl")
    for row in labelled:
        labels = list(row["options"])
        answer = profile.read(row["reply"], list(row["options"].values()), labels, row["multi"])
        got = [dice.choice(labels)] if answer.rule == GUESS else list(answer.letters)
        right += got == (row["gold"] or [])
        keyed += bool(row["gold"])
        missed += bool(row["gold"]) and not got
        wrong += bool(row["gold"] and got) and row["gold"] != got
        false += bool(got) and not row["gold"]
    figures = (right / len(labelled), wrong / keyed, missed / keyed, false / (len(labelled) - keyed))
    assert (304, *expected) == (len(labelled), *(round(figure, 3) for figure in figures))


def test_expected_credit_lies_among_the_draws() -> None:
    """Without dice the guesses of MMMU's scorer earn what its draws do on average (seeds 0-4: .388 to .441)."""
    profile, earned = profiles.find("mmmu"), 0.0
    labelled = rows("replies_dev.jsonl")
    for row in labelled:
        labels = list(row["options"])
        answer = profile.read(row["reply"], list(row["options"].values()), labels, row["multi"])
        earned += credit(profile, answer, row["gold"] or (), len(labels))
    assert 0.4246 == pytest.approx(earned / len(labelled), abs=5e-5)


def test_numbered_figures_are_met() -> None:
    """Of 35 numbered replies 19 are right, two of them by saying unsure; five without a number stop the original."""
    profile = profiles.find("proteinlmbench")
    labelled = rows("replies_numbered.jsonl")
    answers = [
        profile.read(row["reply"], list(row["options"].values()), list(row["options"]), False) for row in labelled
    ]
    right = [list(a.letters) == row["gold"] for row, a in zip(labelled, answers, strict=True)]
    unsure = [a.rule == "unsure" and not row["gold"] for row, a in zip(labelled, answers, strict=True)]
    assert (35, 17, 2) == (len(labelled), sum(right), sum(unsure))
    assert 5 == sum(answer.rule == "no_number" for answer in answers)


texts = st.one_of(
    st.text(max_size=80),
    st.lists(
        st.sampled_from(["A", "(b)", "C.", "\\boxed{", "}", "<answer>", "</answer>", "答案是", "1.", "7", "\n\n"]),
        max_size=12,
    ).map("".join),
)


@pytest.mark.parametrize("name", NAMES)
@given(reply=texts, options=st.lists(st.text(max_size=12), max_size=12), numbered=st.booleans(), multi=st.booleans())
def test_no_text_raises(name: str, reply: str, options: list[str], numbered: bool, multi: bool) -> None:
    """Whatever the reply and the options are, there is a verdict with known labels, and the same one again."""
    profile: Profile = profiles.find(name)
    labels = [str(at + 1) if numbered else ascii_uppercase[at] for at in range(len(options))]
    answer = profile.read(reply, options, labels, multi)
    assert ("answered" if answer.letters else "unparsed") == answer.status
    assert set(answer.letters) <= set(labels)
    assert answer.rule
    assert profile.guesses or answer.rule != GUESS
    assert answer == profile.read(reply, options, labels, not multi)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("phrase", ["答案是", "The correct answer is ", "\\boxed{", "<answer>", "boxed{A "])
def test_a_model_that_repeats_itself_holds_nobody_up(name: str, phrase: str) -> None:
    """A phrase said until the reply is cut is read in a time that grows with the length, not with its square."""
    start = perf_counter()
    read(name, phrase * 20_000 + " x")
    assert perf_counter() - start < 5
