"""N-grams of one to four tokens, and the sums that every BLEU is computed from.

Source: K. Papineni et al., BLEU: a Method for Automatic Evaluation of Machine Translation (ACL 2002) §2; the
reference length is the one closest to what was said, of two equally close ones the shorter (as mteval-v13a,
sacrebleu, nltk and pycocoevalcap have it).
"""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache, reduce
from operator import or_

ORDERS = (1, 2, 3, 4)

Tokens = tuple[str, ...]


@lru_cache(maxsize=256)
def counts(tokens: Tokens) -> tuple[Counter[Tokens], ...]:
    """Return how often every n-gram occurs, for each of the four orders."""
    return tuple(Counter(zip(*(tokens[start:] for start in range(order)), strict=False)) for order in ORDERS)


@lru_cache(maxsize=4096)
def clipped(said: Tokens, references: tuple[Tokens, ...]) -> tuple[float, ...]:
    """Return what BLEU sums up, of one text: its length, the closest reference's, right n-grams, all n-grams.

    Ten numbers: two lengths and two times four orders.  An n-gram is right as often as the reference that has
    most of it.
    """
    closest = min((len(reference) for reference in references), key=lambda length: (abs(length - len(said)), length))
    right = [_shared(grams, known) for grams, known in zip(counts(said), _most(references), strict=True)]
    found = [max(0, len(said) - order + 1) for order in ORDERS]
    return (float(len(said)), float(closest), *map(float, right), *map(float, found))


def _most(references: Sequence[Tokens]) -> tuple[Counter[Tokens], ...]:
    # Union of counters keeps the larger count; of one reference nothing is copied.
    return tuple(reduce(or_, alike) for alike in zip(*map(counts, references), strict=True))


def _shared(grams: Counter[Tokens], known: Counter[Tokens]) -> int:
    return sum(min(grams[gram], known[gram]) for gram in grams.keys() & known.keys())
