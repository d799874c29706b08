"""What can be reached without looking: from the options and the key alone, over the samples of a node.

The majority baselines choose with the test key in hand, so they bound from above what a prior can reach.
Samples that a baseline does not apply to (no key, no options) are left out and `n` says how many it used.
"""

import math
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

from vqa_eval.metrics import for_kind
from vqa_eval.metrics.text import tokens
from vqa_eval.records import Answer, Sample


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a way of answering without looking scores."""

    name: str
    value: float | None
    """Mean score; None where no sample allows the baseline."""
    n: int


def uniform(samples: Sequence[Sample]) -> Baseline:
    """Return the expected accuracy of a uniform guess.

    1/k with k options; where every right option is asked for, 1/(2^k - 1): one of the non-empty sets.
    """
    asked = _choices(samples)
    return _mean("uniform", (1 / (2 ** len(s.options) - 1 if s.multi else len(s.options)) for s in asked))


def majority_letter(samples: Sequence[Sample]) -> Baseline:
    """Return the accuracy of always answering with the position (or set of positions) most often right."""
    keys: list[Hashable] = [frozenset(s.correct) for s in _choices(samples)]
    return _majority("majority_letter", keys)


def majority_text(samples: Sequence[Sample]) -> Baseline:
    """Return the score of always answering with the text most often right.

    Choice samples: the share whose right option (or set of them) bears that text, case and spaces aside.
    Open and caption samples: that text scored by their kind's headline metric.  A node that holds both
    has one constant answer for its choice samples and one for the others.  Of equally frequent texts the
    one that comes first is taken.
    """
    asked = _choices(samples)
    texts = [frozenset(_folded(s.options[at]) for at in s.correct) for s in asked]
    hits = _hits(texts)
    return _mean("majority_text", [*hits, *_constant_scores(_written(samples))])


def constant(samples: Sequence[Sample]) -> Baseline:
    """Return the score of one constant text on open and caption samples, by their headline metric.

    The text is the most frequent reference of the other samples; of equally frequent ones the first. A sample
    without others is left out.
    """
    return _mean("constant", _constant_scores(_written(samples)))


def longest_option(samples: Sequence[Sample]) -> Baseline:
    """Return the accuracy of always choosing the option with the most characters.

    Characters are counted without the space around the text; of equally long options the first is taken.
    Samples that ask for every right option are counted too: one option is right only where the key is one.
    """
    asked = _choices(samples)
    return _mean("longest_option", (float(frozenset(s.correct) == {_longest(s.options)}) for s in asked))


def _longest(options: Sequence[str]) -> int:
    lengths = [len(option.strip()) for option in options]
    return lengths.index(max(lengths))


def _choices(samples: Sequence[Sample]) -> list[Sample]:
    return [s for s in samples if s.kind == "choice" and s.options and s.correct]


def _written(samples: Sequence[Sample]) -> list[Sample]:
    return [s for s in samples if s.kind != "choice" and s.references]


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _hits(keys: Sequence[Hashable]) -> list[float]:
    if not keys:
        return []
    # most_common keeps the order of first appearance among equals.
    commonest = Counter(keys).most_common(1)[0][0]
    return [float(key == commonest) for key in keys]


def _majority(name: str, keys: Sequence[Hashable]) -> Baseline:
    return _mean(name, _hits(keys))


def _constant_scores(samples: Sequence[Sample]) -> list[float]:
    """Score one constant text, in whose choice a sample's own reference has no vote.

    With a vote of its own, one caption in two would be matched by itself.
    """
    spoken: dict[tuple[str, ...], str] = {}
    votes: Counter[tuple[str, ...]] = Counter()
    for s in samples:
        own = {tuple(tokens(reference)): reference for reference in s.references}
        votes.update(own.keys())  # one vote a sample, however often its references repeat a text
        for text, reference in own.items():
            spoken.setdefault(text, reference)
    # most_common keeps the order of first appearance among equals.
    first, second = (*votes.most_common(2), ((), 0), ((), 0))[:2]
    scores = []
    for s in samples:
        own_vote = any(tuple(tokens(reference)) == first[0] for reference in s.references)
        text, count = first if first[1] - own_vote >= second[1] else second
        if count - (own_vote and text == first[0]) > 0:
            scores.append(for_kind(s.kind)[0].score(s, Answer(status="answered", text=spoken[text])))
    return [score for score in scores if score is not None]


def _mean(name: str, scores: Iterable[float]) -> Baseline:
    found = list(scores)
    return Baseline(name, math.fsum(found) / len(found) if found else None, len(found))
