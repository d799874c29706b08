"""Letter bias: how much a model prefers a letter, whatever the question is."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from vqa_eval.stats.chisquare import chi_square_p


@dataclass(frozen=True, slots=True)
class LetterBias:
    """How far the letters that a model gave lie from the letters of the key."""

    distance: float
    """Total variation distance, in [0, 1]: the least share of replies that would have to change."""
    chi_square: float | None
    """Pearson's statistic; None where it is undefined."""
    p: float | None
    """Its p-value if the samples were independent; None where it is undefined."""


def letter_bias(given: Mapping[str, int], key: Mapping[str, int]) -> LetterBias | None:
    """Compare how often each letter was given with how often it is the key; None without either.

    Count the samples that were answered, in both.  The chi-square test takes the shares of the key as
    expected.  It is undefined with fewer than two letters in the key and where a letter was given that is
    never the key; the distance is not.  Raises ValueError on a negative count.

    Source: K. Pearson, Philosophical Magazine 50 (1900) 157-175.
    """
    if min([*given.values(), *key.values()], default=0) < 0:
        raise ValueError("counts of letters cannot be negative")
    answers, keys = sum(given.values()), sum(key.values())
    if not answers or not keys:
        return None
    letters = sorted({*given, *key})
    shares = [(given.get(letter, 0) / answers, key.get(letter, 0) / keys) for letter in letters]
    distance = math.fsum(abs(said - wanted) for said, wanted in shares) / 2
    terms = [(said - wanted) ** 2 / wanted for said, wanted in shares if wanted]
    if len(terms) < 2 or any(said and not wanted for said, wanted in shares):
        return LetterBias(distance, None, None)
    statistic = answers * math.fsum(terms)
    return LetterBias(distance, statistic, chi_square_p(statistic, len(terms) - 1))
