"""Replies to open questions and descriptions."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.answers import read_text


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("Left lung", "Left lung"),
        ("  the left lung.\n", "the left lung."),
        ("<think>a? b?</think>\n\nLeft lung", "Left lung"),
        ("hidden thought</think>Left lung", "Left lung"),
        ("**Answer:** left lung", "left lung"),
        ("The answer is left lung.", "left lung."),
        ("Final answer: left lung", "left lung"),
        ("First I look.\nFinal answer: left lung", "left lung"),
        ("<answer>left lung</answer>", "left lung"),
        (r"\boxed{left lung}", "left lung"),
        ('{"answer": "left lung"}', "left lung"),
        ('```json\n{"caption": "A CT of the chest."}\n```', "A CT of the chest."),
        ('{"answer": 3}', "3"),
        ('"left lung"', "left lung"),
        ("left lung<|im_end|>", "left lung"),
        ("left lung\nUSER: and now?", "left lung"),
        ("Assistant: left lung", "left lung"),
        ("左肺。", "左肺。"),
        ("β‑thalassemia", "β‑thalassemia"),
        ("none", "none"),
        ("No", "No"),
        ("HLA-A*02:01", "HLA-A*02:01"),
    ],
)
def test_text_is_unwrapped(reply: str, text: str) -> None:
    """What surrounds the text is taken away; the words stay as written."""
    answer = read_text(reply)
    assert ("answered", text) == (answer.status, answer.text)


@pytest.mark.parametrize(
    ("reply", "finish", "status"),
    [
        ("", "", "empty"),
        (" . ", "", "empty"),
        ("nan", "", "empty"),
        ("", "length", "truncated"),
        ("<think>long thought", "", "truncated"),
        ("The chest CT shows", "length", "truncated"),
        ("<answer>left lung</answer>", "length", "answered"),
        ("I'm sorry, but I cannot interpret medical images.", "", "refused"),
        ("抱歉，我无法回答。", "", "refused"),
        ("Cannot be determined", "", "answered"),
        ("Error code: 429", "", "unparsed"),
    ],
)
def test_status_says_how_the_reply_ended(reply: str, finish: str, status: str) -> None:
    """A text that did not come says why, and carries no text."""
    answer = read_text(reply, finish)
    assert status == answer.status
    assert (status == "answered") == bool(answer.text)


@settings(max_examples=2000, deadline=None)
@given(reply=st.text(max_size=200), finish=st.sampled_from(["", "stop", "length"]))
def test_no_text_breaks_it(reply: str, finish: str) -> None:
    """Every text ends in a verdict; only an answered one carries text, and never a letter."""
    answer = read_text(reply, finish)
    assert () == answer.letters
    assert ("answered" == answer.status) == bool(answer.text)
