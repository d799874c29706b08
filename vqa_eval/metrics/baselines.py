"""What can be reached without looking: from the options and the key alone, over the samples of a node.

The majority baselines choose with the test key in hand, so they bound from above what a prior can reach.
Samples that a baseline does not apply to (no key, no options) are left out and `n` says how many it used.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

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


@dataclass(frozen=True, slots=True)
class Prior:
    """What a way of answering one choice sample without looking rests on."""

    benchmark: str
    chance: float
    """Expected accuracy of a uniform guess: 1/k with k options; where every right option is asked for,
    1/(2^k - 1): one of the non-empty sets."""
    letters: frozenset[int]
    """Positions of the right options."""
    texts: frozenset[str]
    """Texts of the right options, case and spaces aside."""
    longest: bool
    """Whether the option with the most characters (spaces around it aside, of equals the first) is the one
    that is right; never where several are."""


def prior(sample: Sample) -> Prior | None:
    """Return what answering the sample without looking rests on; None without options or key."""
    if sample.kind != "choice" or not sample.options or not sample.correct:
        return None
    lengths = [len(option.strip()) for option in sample.options]
    letters = _letters(sample.correct)
    return Prior(
        sample.benchmark,
        1 / (2 ** len(lengths) - 1 if sample.multi else len(lengths)),
        letters,
        _texts(tuple(sample.options[at] for at in sample.correct)),
        letters == {lengths.index(max(lengths))},
    )


# Keys recur: equal sets that are one object are counted at the speed of integers.
@lru_cache(maxsize=2**12)
def _letters(correct: tuple[int, ...]) -> frozenset[int]:
    return frozenset(correct)


@lru_cache(maxsize=2**16)
def _texts(options: tuple[str, ...]) -> frozenset[str]:
    return frozenset(" ".join(option.casefold().split()) for option in options)


def choice_baselines(priors: Iterable[Prior]) -> tuple[Baseline, ...]:
    """Return what answering choice samples without looking scores, each way taken benchmark by benchmark.

    uniform: a guess. majority_letter, majority_text: always the position, or the text, that is most often right
    in the benchmark. longest_option: always the option with the most characters. The benchmarks are pooled: a
    prior knows which benchmark it is asked.
    """
    groups: defaultdict[str, list[Prior]] = defaultdict(list)
    for found in priors:
        groups[found.benchmark].append(found)
    total = sum(map(len, groups.values()))
    letters = sum(max(Counter(one.letters for one in group).values()) for group in groups.values())
    texts = sum(max(Counter(one.texts for one in group).values()) for group in groups.values())
    sums = {
        "uniform": math.fsum(one.chance for group in groups.values() for one in group),
        "majority_letter": letters,
        "majority_text": texts,
        "longest_option": sum(one.longest for group in groups.values() for one in group),
    }
    return tuple(Baseline(name, found / total if total else None, total) for name, found in sums.items())


def constant(samples: Sequence[Sample]) -> Baseline:
    """Return the score of one constant text on open samples, by their headline metric.

    The text is the most frequent reference of the other samples; of equally frequent ones the first. A sample
    without others is left out. Where samples are of several benchmarks, each has its own constant text.
    """
    asked = [sample for sample in samples if sample.kind == "open" and sample.references]
    found = (
        for_kind(sample.kind)[0].score(sample, Answer(status="answered", text=text))
        for sample, text in constant_texts(asked)
        if text is not None
    )
    scores = [score for score in found if score is not None]
    return Baseline("constant", math.fsum(scores) / len(scores) if scores else None, len(scores))


def constant_texts(samples: Sequence[Sample]) -> list[tuple[Sample, str | None]]:
    """Return each sample with the most frequent reference of the other samples of its benchmark.

    None where there is no other one.
    """
    groups: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        groups[sample.benchmark].append(sample)
    return [pair for group in groups.values() for pair in _constant_texts(group)]


def _constant_texts(samples: Sequence[Sample]) -> Iterator[tuple[Sample, str | None]]:
    """Yield one constant text, in whose choice a sample's own reference has no vote.

    With a vote of its own, one text in two would be matched by itself.
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
    for s in samples:
        own_vote = any(tuple(tokens(reference)) == first[0] for reference in s.references)
        text, count = first if first[1] - own_vote >= second[1] else second
        yield s, spoken[text] if count - (own_vote and text == first[0]) > 0 else None
