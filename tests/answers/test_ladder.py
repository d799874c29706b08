"""What holds of every verdict, whatever the reply."""

import random
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vqa_eval.answers import RULES_VERSION, letters, read_choice
from vqa_eval.answers.ladder import RULES

BRAIN = ("Glioma", "Meningioma", "Pituitary adenoma", "Vestibular schwannoma")
ABCD = ("A", "B", "C", "D")
FORMS = (
    "The answer is {}.",
    "Answer: {}",
    "The correct option is ({}).",
    r"\boxed{{{}}}",
    "<answer>{}</answer>",
    "答案是{}。",
)

neutral = st.lists(
    st.sampled_from(
        [
            "The image shows a well-defined mass.",
            "There is a lesion in the left hemisphere.",
            "A rim of oedema is visible.",
            "I looked at the borders first.",
            "Signal is high on T2.",
            "Hepatitis B was excluded before.",
            "The patient took vitamin D.",
            "Contrast uptake is homogeneous.",
            "What is seen here?",
            "Let us consider the findings.",
            "图像显示一个肿块。",
            "🙂",
            "Type A behaviour is noted.",
            "Child-Pugh C, BI-RADS A.",
            "E. coli grew in culture.",
        ]
    ),
    max_size=5,
).map(" ".join)

wild = st.text(
    alphabet=st.one_of(
        st.characters(),
        st.sampled_from(list("ABCDabcd.,:;()[]{}<>*_-/\\\"'`$#|=?!\n\t 0123456789答案是选")),
    ),
    max_size=200,
)


@settings(max_examples=400, deadline=None)
@given(before=neutral, after=neutral, form=st.sampled_from(FORMS), label=st.sampled_from(ABCD))
def test_declared_answer_is_read_or_left(before: str, after: str, form: str, label: str) -> None:
    """Whatever neutral text surrounds a declared answer, it is read, or none is; never another letter."""
    answer = read_choice(f"{before} {form.format(label)} {after}", BRAIN, ABCD)
    assert answer.letters in {(label,), ()}


@settings(max_examples=400, deadline=None)
@given(before=st.text(max_size=80), after=st.text(max_size=80), label=st.sampled_from(ABCD))
def test_declared_answer_on_its_own_line_never_becomes_another(before: str, after: str, label: str) -> None:
    """Arbitrary text around a line that declares an answer yields that answer, an own statement of it, or none."""
    own = {word for word in ABCD if word in (before + after).upper()}
    answer = read_choice(f"{before}\nThe answer is {label}.\n{after}", BRAIN, ABCD)
    assert set(answer.letters) <= {label} | own


@pytest.mark.parametrize("english", ["A rim of oedema is visible.", "The patient took vitamin D."])
def test_a_capital_among_english_words_is_no_label(english: str) -> None:
    """An article or a term in an English sentence is no lone label, however much of another script follows."""
    assert () == read_choice(f"{english} 图像显示一个肿块。 图像显示一个肿块。 图像显示一个肿块。", BRAIN, ABCD).letters
    assert ("A",) == read_choice("图像显示的是 A", BRAIN, ABCD).letters


@settings(max_examples=200, deadline=None)
@given(text=neutral)
def test_neutral_text_is_no_answer(text: str) -> None:
    """Text that names no option and declares nothing is never an answer."""
    assert () == read_choice(text, BRAIN, ABCD).letters


@settings(max_examples=2000, deadline=None)
@given(reply=wild, multi=st.booleans(), finish=st.sampled_from(["", "stop", "length", "filter"]))
@example(reply="\x00", multi=False, finish="")
@example(reply="\u202eA\u202c", multi=False, finish="")
@example(reply="{" * 3000, multi=False, finish="")
@example(reply='{"answer":' * 2000 + "1" + "}" * 2000, multi=False, finish="")
@example(reply="\ud800", multi=True, finish="")
def test_no_text_breaks_it(reply: str, multi: bool, finish: str) -> None:
    """Every text ends in a verdict that agrees with itself; none raises."""
    answer = read_choice(reply, BRAIN, ABCD, multi, finish)
    assert ("answered" == answer.status) == bool(answer.letters)
    assert set(answer.letters) <= set(ABCD)
    assert list(answer.letters) == sorted(answer.letters)
    assert multi or len(answer.letters) <= 1
    if answer.span is not None:
        assert 0 <= answer.span[0] <= answer.span[1] <= len(reply)


@settings(max_examples=200, deadline=None)
@given(
    reply=wild,
    options=st.lists(st.text(max_size=12), max_size=6),
    numbered=st.booleans(),
    multi=st.booleans(),
)
def test_no_options_break_it(reply: str, options: list[str], numbered: bool, multi: bool) -> None:
    """Options may be empty, equal, of one sign, or none at all."""
    labels = [str(place + 1) if numbered else "ABCDEF"[place] for place in range(len(options))]
    assert set(read_choice(reply, options, labels, multi).letters) <= set(labels)


def test_random_strings_never_break_it() -> None:
    """100,000 strings of words, labels, marks, emoji, right-to-left letters and NUL end in verdicts."""
    chance = random.Random(7)
    pieces = [*ABCD, "the answer is", "not", "or", "meningioma", "glioma", "<think>", "</think>", "\\boxed{", "}", "{"]
    pieces += ['"answer":', "选", "\n", " ", ".", ",", "(", ")", "1", "٣", "ש", "é", "\x00", "🙂", "**", "option", "E"]
    pieces += ["correct", "wait", "I", "-", "?", "if"]
    for _ in range(100_000):
        reply = " ".join(chance.choices(pieces, k=chance.randint(0, 10)))
        answer = read_choice(reply, BRAIN, ABCD, chance.random() < 0.5)
        assert ("answered" == answer.status) == bool(answer.letters)


PIECES = (
    "a",
    "A ",
    "A, ",
    "A\n",
    "A or B ",
    "the answer is ",
    "answer ",
    "glioma, ",
    "<answer>",
    "<think>",
    "\\boxed{",
)
PIECES += (
    "{",
    "[[",
    "not a but ",
    "答案",
    "правильный ",
    " ",
    "=>",
    "(",
    "1/",
    "if ",
    "wait ",
    "\u0301",
    "B. Glioma\n",
)
PIECES += ("option A is correct. ", '{"answer": ')


@pytest.mark.parametrize("piece", PIECES)
def test_time_grows_with_the_text(piece: str) -> None:
    """A reply of 100 kB that repeats anything is read in far less than quadratic time."""
    for lead in ("", "not the answer"):
        started = time.process_time()
        read_choice(lead + piece * (100_000 // len(piece)), BRAIN, ABCD)
        # Half a second here; three allow for slow machines, and quadratic patterns take minutes.
        assert time.process_time() - started < 3.0


def test_reading_is_pure() -> None:
    """The same reply gives the same verdict, and the options given are left alone."""
    options = {"A": "Glioma", "B": "Meningioma"}
    assert letters("Meningioma", options) == letters("Meningioma", options) == ["B"]
    assert {"A": "Glioma", "B": "Meningioma"} == options


def test_verdict_names_rule_and_span() -> None:
    """The rule that decided stands in the verdict with the characters of the reply that it read."""
    reply = "<think>A?</think> The answer is **B**."
    answer = read_choice(reply, BRAIN, ABCD)
    assert ("answered", ("B",), "declared") == (answer.status, answer.letters, answer.rule)
    assert answer.span is not None
    assert "B" == reply[slice(*answer.span)]


def test_rules_have_names_and_a_version() -> None:
    """Every rule of the ladder has a name of its own; the version is stated."""
    names = [rule.__name__ for rule in RULES]
    assert len(names) == len(set(names))
    assert RULES_VERSION


@pytest.mark.parametrize(
    ("reply", "finish", "status"),
    [
        ("", "stop", "empty"),
        ("", "length", "truncated"),
        (" . ", "stop", "empty"),
        ("nan", "stop", "empty"),
        ("<think>The answer is A", "length", "truncated"),
        ("<think>A</think>", "stop", "empty"),
        ("The answer is", "stop", "truncated"),
        ("The image shows a mass in the", "length", "truncated"),
        ("The answer is glioma", "length", "truncated"),
        ("The answer is B.", "length", "answered"),
        ("I'm sorry, I can't help with that.", "stop", "refused"),
        ("I don't know.", "stop", "refused"),
        ("A or B", "stop", "hedged"),
        ("Glioma or meningioma", "stop", "hedged"),
        ("The answer is A. Wait, that's wrong.", "stop", "hedged"),
        ("A. Meningioma", "stop", "conflict"),
        ("Glioma (B)", "stop", "conflict"),
        ("E", "stop", "out_of_range"),
        ("The answer is F.", "stop", "out_of_range"),
        ("None of the above.", "stop", "out_of_range"),
        ("A, B, C, D", "stop", "unparsed"),
        ("The image shows a mass.", "stop", "unparsed"),
        ("Error code: 500", "stop", "unparsed"),
    ],
)
def test_status_says_how_the_reply_ended(reply: str, finish: str, status: str) -> None:
    """A reply that is no answer says why."""
    assert status == read_choice(reply, BRAIN, ABCD, finish=finish).status


def test_text_that_is_another_label_is_a_conflict() -> None:
    """Where an option's words are another option's label, nothing is guessed."""
    assert "conflict" == read_choice("B", ("B", "A"), ("A", "B")).status
    assert ("B",) == read_choice("B", ("A", "B"), ("A", "B")).letters


def test_cut_text_that_may_go_on_is_truncated() -> None:
    """A reply cut by the length limit after words that another option continues is not taken for the shorter."""
    options = ("Adenocarcinoma", "Adenocarcinoma in situ")
    assert () == read_choice("Adenocarcinoma", options, ("A", "B"), finish="length").letters
    assert ("A",) == read_choice("Adenocarcinoma", options, ("A", "B"), finish="stop").letters


def test_options_that_carry_their_label() -> None:
    """Options written "A. Glioma" are known by their words too."""
    assert ("B",) == read_choice("meningioma", ("A. Glioma", "B. Meningioma"), ("A", "B")).letters
