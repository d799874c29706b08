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
