"""Prompts: the official one byte for byte, the others in their shape, and templates that misbehave."""

from dataclasses import replace

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.errors import CatalogError, RenderError
from vqa_eval.records import Image, PromptSpec, Sample
from vqa_eval.rendering import option_labels, render

SAMPLE = Sample(
    id="b/1",
    benchmark="b",
    split="test",
    kind="choice",
    question="Which organ is marked?",
    options=("liver", "spleen", "kidney"),
    correct=(0,),
    images=(Image("x.png", "0" * 64),),
)
PROMPTS = Catalog().prompts


def test_the_official_prompt_is_matched_byte_for_byte() -> None:
    """`gmai` on a single choice is VLMEvalKit's text, its last blank and newline too."""
    expected = (
        "Question: Which organ is marked?\nOptions:\nA. liver\nB. spleen\nC. kidney\n"
        "Please select the correct answer from the options above. \n"
    )
    assert expected == render(PROMPTS["gmai"], SAMPLE).text


def test_the_official_hint_comes_first() -> None:
    """A context becomes the hint line of the official prompt."""
    text = render(PROMPTS["gmai"], replace(SAMPLE, context="A CT.")).text
    assert text.startswith("Hint: A CT.\nQuestion: Which organ is marked?\n")


def test_the_official_prompt_for_several_right_options() -> None:
    """`gmai` on a multiple choice ends as the paper's Table 8 prints it."""
    text = render(PROMPTS["gmai"], replace(SAMPLE, multi=True)).text
    assert text.endswith(
        "Please select all correct answers from the options above. Note that there is more than one correct answer. "
        "Please output the answer options directly, separated by commas. For example: A,B\n"
    )


def test_the_official_prompt_without_options() -> None:
    """`gmai` on an open question is the question line alone."""
    assert "Question: What?\n" == render(PROMPTS["gmai"], _open("What?")).text


def test_the_prompt_of_slidechat() -> None:
    """`slidechat` is the question with an option a line and nothing after it."""
    asked = replace(SAMPLE, question="Which tumour?", options=("x", "y"))
    assert "Which tumour?\nA. x\nB. y" == render(PROMPTS["slidechat"], asked).text
    assert "Describe it." == render(PROMPTS["slidechat"], replace(_open("Describe it."), kind="caption")).text


@pytest.mark.parametrize("name", sorted(PROMPTS))
@pytest.mark.parametrize("kind", ["choice", "multi", "open", "caption", "blind"])
def test_every_technique_fits_every_kind(name: str, kind: str) -> None:
    """Each technique renders choice, multiple choice, open, caption and pictureless samples with the question."""
    sample = {
        "choice": SAMPLE,
        "multi": replace(SAMPLE, multi=True),
        "open": _open("Which organ is marked?"),
        "caption": replace(_open("Which organ is marked?"), kind="caption"),
        "blind": replace(SAMPLE, images=()),
    }[kind]
    prompt = render(PROMPTS[name], sample)
    assert "Which organ is marked?" in prompt.text
    assert all(option in prompt.text for option in sample.options)
    assert len(sample.options) == len(prompt.labels)


def test_the_techniques_differ() -> None:
    """The six techniques give six different prompts, and only `role` speaks in the system turn."""
    rendered = {name: render(spec, SAMPLE) for name, spec in PROMPTS.items()}
    assert {"gmai", "letter", "text", "steps", "role", "exemplar"} <= set(rendered)
    assert len(rendered) == len({(prompt.system, prompt.text) for prompt in rendered.values()})
    assert ["role"] == [name for name, prompt in rendered.items() if prompt.system]


def test_labels_go_on_with_numbers() -> None:
    """Options bear letters while there are letters, and numbers beyond."""
    assert ("A", "B", "C") == option_labels(3)
    assert "Z" == option_labels(26)[-1]
    assert ("1", "27") == (option_labels(27)[0], option_labels(27)[-1])


def test_data_are_never_templates() -> None:
    """Jinja inside a question is text, not code."""
    assert "{{ 7 * 7 }}" in render(PROMPTS["letter"], replace(SAMPLE, question="{{ 7 * 7 }}")).text


@pytest.mark.parametrize(
    "template",
    [
        "{{ nothing }}",
        "{{ question.__class__.__mro__ }}",
        "{{ options[9].text }}",
        "{{ 1 / 0 }}",
        "{{ ('x' * 99999) * 99999 }}",
        "{{ 9 ** 9 ** 9 }}",
        "{{ '{0}'.format() }}",
        "{{ '%(a)s' % {} }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    ],
)
def test_a_template_that_reaches_too_far_is_a_render_error(template: str) -> None:
    """Undefined names, dunder attributes, huge products and failing expressions name prompt and sample."""
    with pytest.raises(RenderError, match="prompt mine on b/1"):
        render(PromptSpec("mine", "", template), SAMPLE)


def test_a_template_that_is_no_jinja_names_its_line() -> None:
    """A syntax error says which prompt and which line of the body."""
    with pytest.raises(CatalogError, match="prompt mine, line 2"):
        render(PromptSpec("mine", "", "fine\n{% if %}"), SAMPLE)


def test_a_runaway_template_is_stopped() -> None:
    """A template that grows beyond a million characters is an error, not a request."""
    with pytest.raises(RenderError, match="longer than a million"):
        render(PromptSpec("mine", "", "{% for i in range(99999) %}{{ question }}{% endfor %}"), SAMPLE)


def _open(question: str) -> Sample:
    return replace(SAMPLE, kind="open", question=question, options=(), correct=(), references=("liver",))
