"""The two sides of a comparison of texts: what was said and the references, as tokens of one profile."""

from collections.abc import Callable

from vqa_eval.metrics.ngrams import Tokens
from vqa_eval.records import Answer, Sample

Split = Callable[[str], Tokens]
"""How a profile makes tokens of a text."""


def sides(sample: Sample, answer: Answer, split: Split) -> tuple[Tokens, tuple[Tokens, ...]] | None:
    """Return the tokens of the answer and of every reference; a reply that is no answer says nothing.

    None where the profile cannot compare: there is no reference, no reference keeps a token, or an answer
    with letters or digits keeps none (its script is foreign to the profile: refused rather than scored 0).
    """
    references = tuple(split(reference) for reference in sample.references)
    if not any(references):
        return None
    text = answer.text if answer.status == "answered" else ""
    said = split(text)
    if not said and any(character.isalnum() for character in text):
        return None
    return said, references
