"""Prompts that must match an official one, byte for byte, in every shape that a sample can have."""

from dataclasses import replace

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.records import Image, Sample
from vqa_eval.rendering import render

PROMPTS = Catalog().prompts
ORGANS = ("liver", "spleen", "kidney", "heart", "lung")
ASKED = Sample(
    "b/1", "b", "test", "choice", "Which organ is marked?", ORGANS[:2], (0,), images=(Image("x.png", "0" * 64),)
)

GMAI = {
    2: "Question: Which organ is marked?\nOptions:\nA. liver\nB. spleen\n",
    3: "Question: Which organ is marked?\nOptions:\nA. liver\nB. spleen\nC. kidney\n",
    4: "Question: Which organ is marked?\nOptions:\nA. liver\nB. spleen\nC. kidney\nD. heart\n",
    5: "Question: Which organ is marked?\nOptions:\nA. liver\nB. spleen\nC. kidney\nD. heart\nE. lung\n",
}
ONE = "Please select the correct answer from the options above. \n"
SEVERAL = (
    "Please select all correct answers from the options above. Note that there is more than one correct answer. "
    "Please output the answer options directly, separated by commas. For example: A,B\n"
)


@pytest.mark.parametrize("options", [2, 3, 4, 5])
@pytest.mark.parametrize(("hint", "line"), [("", ""), ("A CT of the abdomen.", "Hint: A CT of the abdomen.\n")])
def test_gmai(options: int, hint: str, line: str) -> None:
    """GMAI-MMBench: the hint line if there is one, the question, an option a line, and what is asked for."""
    sample = replace(ASKED, options=ORGANS[:options], context=hint)
    assert line + GMAI[options] + ONE == render(PROMPTS["gmai"], sample).text
    assert line + GMAI[options] + SEVERAL == render(PROMPTS["gmai"], replace(sample, multi=True)).text
    assert "" == render(PROMPTS["gmai"], sample).system


PROTEIN = (
    "\nAnswer the multiple-choice question based solely on the provided context. \n"
    "If you are still unsure about the answer, output option 7.\n"
    "Select only ONE correct option by its number. Start your response with 'The correct option is' followed by the "
    'option number ONLY. eg: "The correct option is Option X."\n'
    "Think step by step.\n    "
)
GUESS = (
    "Please answer the multiple-choice question to the best of your ability by selecting only one correct option. "
    "Indicate your choice by stating the option number only. Begin your response with 'The correct option is,' "
    "followed by the number of the option. For example, if you believe the correct answer is option 3, respond with "
    "'The correct option is 3.' If you are unsure, make your best guess and follow the same format. Remember to think "
    "through each step before deciding. \n\n"
)
OPENCOMPASS = (
    "Answer the following multiple choice question. There is only one correct answer. The last line of your response "
    "should be in the format 'Answer: $LETTER' (without quotes), where LETTER is the letter among A through {end}.\n"
)


@pytest.mark.parametrize("count", [2, 6, 7, 10])
def test_proteinlmbench(count: int) -> None:
    """ProteinLMBench as the official script puts it together: a head, question, published options, an opening."""
    published = [f"option {number}: it binds chain {number}" for number in range(1, count + 1)]
    sample = replace(ASKED, images=(), options=tuple(f"it binds chain {number}" for number in range(1, count + 1)))
    options = "".join(f"{option}\n" for option in published)
    middle = f"\n Question: \n{sample.question}\n Options: \n{options}"
    prompt = render(PROMPTS["proteinlmbench"], sample)
    assert f"{PROTEIN}{middle}\nThe correct option is:" == prompt.text
    assert tuple(map(str, range(1, count + 1))) == prompt.labels
    guess = render(PROMPTS["proteinlmbench-guess"], sample)
    assert f"{GUESS}{middle}\n The correct option is" == guess.text
    assert ("7", "") == (PROMPTS["proteinlmbench"].unsure, PROMPTS["proteinlmbench-guess"].unsure)


def test_proteinlmbench_as_opencompass_asks_it() -> None:
    """OpenCompass asks by letters, and shows of an option what stands behind its last colon."""
    sample = replace(ASKED, images=(), options=("binds DNA", "role: binds RNA"))
    expected = (
        OPENCOMPASS.format(end="B")
        + "\nQuestion: Which organ is marked?\nAnswer Choices: \nA. binds DNA\nB. binds RNA\n"
    )
    assert expected == render(PROMPTS["proteinlmbench-opencompass"], sample).text


def test_a_context_is_shown() -> None:
    """Where a sample has a context, as ProteinLMBench's have not, each of the three shows it before the question."""
    sample = replace(ASKED, context="A study.", images=())
    for name in ("proteinlmbench", "proteinlmbench-guess", "proteinlmbench-opencompass"):
        text = render(PROMPTS[name], sample).text
        assert 0 < text.index("A study.") < text.index(sample.question)
