"""What a model thinks of labels, from the log-probabilities of the labels' own tokens."""

import math
import random

import pytest

from vqa_eval.engines.transformers.spelling import Spelling, Tokens, log_probabilities
from vqa_eval.engines.vllm.labels import label_log_probabilities, ways

LETTERS = Spelling(("A", "B"), ((3,), (4,)))
NUMBERS = Spelling(("1", "10", "2", "100"), ((1,), (1, 0), (2,), (1, 0, 0)))
"""Ten digits as tokens."""
WORDS = Spelling(("yes", "yes sir", "no"), ((5, 6), (5, 6, 7, 8), (9,)))
"""Between a label and a longer one lies a token that ends none."""


def test_labels_of_one_token_need_one_look() -> None:
    """Only what may follow the prompt itself is weighed."""
    assert {(): [3, 4]} == ways(LETTERS)


def test_longer_labels_are_followed() -> None:
    """Each beginning after which a label goes on is looked at, the prompt alone first."""
    assert {(): [1, 2], (1,): [0], (1, 0): [0]} == ways(NUMBERS)
    assert [(), (5,), (5, 6), (5, 6, 7)] == list(ways(WORDS))


def test_beginnings_exclude_each_other() -> None:
    """Half of what begins with 1 goes on with 0, so half of it is 1."""
    seen = {(): {1: math.log(0.5), 2: math.log(0.25)}, (1,): {0: math.log(0.5)}, (1, 0): {0: math.log(0.1)}}
    found = label_log_probabilities(NUMBERS, seen)
    assert [0.25, 0.225, 0.25, 0.025] == pytest.approx([math.exp(value or 0.0) for value in found])


def test_what_single_precision_cannot_tell_is_none() -> None:
    """Where a longer label takes everything, the shorter one's share is not guessed."""
    seen = {(): {1: 0.0, 2: -20.0}, (1,): {0: -1e-9}, (1, 0): {0: -5.0}}
    assert label_log_probabilities(NUMBERS, seen)[0] is None


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_scores_that_are_no_numbers_are_refused(value: float) -> None:
    """Nothing is made of them."""
    with pytest.raises(ValueError, match="not numbers"):
        label_log_probabilities(LETTERS, {(): {3: -1.0, 4: value}})


@pytest.mark.engine
@pytest.mark.parametrize("spelling", [LETTERS, NUMBERS, WORDS])
@pytest.mark.parametrize("seed", range(5))
def test_the_same_as_from_the_whole_vocabulary(spelling: Spelling, seed: int) -> None:
    """The labels' own tokens tell what the scores of all tokens tell."""
    import torch

    drawn = random.Random(seed)
    everything: dict[Tokens, torch.Tensor] = {}
    for own in spelling.tokens:
        for depth in range(len(own) + 1):
            scores = torch.tensor([drawn.gauss(0.0, 3.0) for _ in range(10)])
            everything.setdefault(own[:depth], scores.log_softmax(dim=-1))
    seen = {
        said: {token: float(everything[said][token]) for token in tokens} for said, tokens in ways(spelling).items()
    }
    assert log_probabilities(spelling, everything) == pytest.approx(label_log_probabilities(spelling, seen), abs=1e-5)
