"""What a model thinks of a prompt's labels, as vLLM tells it: the log-probabilities of named tokens.

vLLM reports a token relative to the whole vocabulary, whatever is sampled. A label of several tokens is
followed token by token, each beginning a prompt of its own; their common part is in the cache.
"""

import math
from collections.abc import Iterable, Mapping

from vqa_eval.engines.transformers.spelling import Spelling, Tokens

Seen = Mapping[Tokens, Mapping[int, float]]
"""Beginning of a label, with the natural log-probability of each token that goes on with a label."""

_UNRESOLVED = 1e-6
"""Share of the vocabulary's probability below which the difference of single-precision sums says nothing."""


def ways(spelling: Spelling) -> dict[Tokens, list[int]]:
    """Return each beginning after which tokens must be weighed, with those tokens; the empty one is the first."""
    begun = {own[:depth] for own in spelling.tokens for depth in range(len(own) + 1)}
    further = {said: sorted(spelling.after(said)) for said in sorted(begun)}
    return {said: tokens for said, tokens in further.items() if tokens}


def label_log_probabilities(spelling: Spelling, seen: Seen) -> tuple[float | None, ...]:
    """Return the natural log-probability that a reply begins with each label, and with no longer one.

    The same events as `spelling.log_probabilities`, from the labels' own tokens alone. None where a longer
    label takes all that single precision can resolve. Raises ValueError for scores that are not numbers.
    """
    if not all(math.isfinite(value) for tokens in seen.values() for value in tokens.values()):
        raise ValueError("the model's scores are not numbers")
    return tuple(_of(spelling, own, seen) for own in spelling.tokens)


def _of(spelling: Spelling, own: Tokens, seen: Seen) -> float | None:
    begins = math.fsum(seen[own[:depth]][token] for depth, token in enumerate(own))
    stays = _stays(spelling, own, seen)
    return None if stays is None else min(begins + stays, 0.0)


def _stays(spelling: Spelling, said: Tokens, seen: Seen) -> float | None:
    """Return the log-probability of going on from `said` to no label at all; None where it cannot be told."""
    further = spelling.after(said)
    if not further:
        return 0.0
    follows = seen[said]
    elsewhere = 1.0 - math.fsum(math.exp(follows[token]) for token in further)
    ways_on = [elsewhere, *_turns(spelling, said, further, follows, seen)]
    total = math.fsum(ways_on)
    return math.log(total) if total > _UNRESOLVED else None


def _turns(
    spelling: Spelling, said: Tokens, further: Iterable[int], follows: Mapping[int, float], seen: Seen
) -> Iterable[float]:
    """Yield the probability of each way that begins like a longer label and then leaves it."""
    for token in further:
        longer = (*said, token)
        if longer not in spelling.tokens:
            stays = _stays(spelling, longer, seen)
            yield 0.0 if stays is None else math.exp(follows[token] + stays)
