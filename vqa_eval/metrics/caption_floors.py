"""What captions score that were written about something else: the least that looking at the picture must beat.

Both floors are made without dice, so that they are the same on every machine and in every order of samples:
samples stand in the order of the sha256 of their ids.  A sample is never answered from its own cluster
(patient, slide), where the same words may be right for the same reason; a sample without one is its own.
"""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from vqa_eval.metrics.caption import tokens
from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.pooling import plain_number
from vqa_eval.records import Answer, Sample


def retrieval(samples: Sequence[Sample], metric: Metric) -> float | None:
    """Return what is reached by answering every sample with the reference of another one.

    It is the first reference of the next sample of another cluster, the last being followed by the first.
    None where all samples are of one cluster, or where the metric is undefined.
    """
    asked = _asked(samples, metric)
    clusters = [_cluster(sample) for sample in asked]
    if len(set(clusters)) < 2:
        return None
    # From behind, twice around: every place knows the next place of another cluster.
    others = [0] * len(asked)
    for at in [*reversed(range(len(asked)))] * 2:
        after = (at + 1) % len(asked)
        others[at] = after if clusters[after] != clusters[at] else others[after]
    return _number(asked, [asked[other].references[0] for other in others], metric)


def constant(samples: Sequence[Sample], metric: Metric) -> float | None:
    """Return what is reached by answering every sample with one and the same caption.

    It is the first reference that shares most tokens with the references of the other clusters, each counted
    as often as it stands there: the highest F1 of the summed counts.  The samples of its own cluster get the
    best of another cluster.  None where all samples are of one cluster, or where the metric is undefined.
    """
    asked = _asked(samples, metric)
    if len({_cluster(sample) for sample in asked}) < 2:
        return None
    ranked = _central(asked)
    best = ranked[0]
    second = next(sample for sample in ranked if _cluster(sample) != _cluster(best))
    said = [second if _cluster(sample) == _cluster(best) else best for sample in asked]
    return _number(asked, [sample.references[0] for sample in said], metric)


def _asked(samples: Sequence[Sample], metric: Metric) -> list[Sample]:
    """Return the samples that the metric can score, in an order that only their ids decide."""
    known = [sample for sample in samples if sample.references and sample.kind in metric.kinds]
    return sorted(known, key=lambda sample: sha256(sample.id.encode()).digest())


def _cluster(sample: Sample) -> str:
    return sample.cluster or f"sample {sample.id}"


def _central(samples: Sequence[Sample]) -> list[Sample]:
    """Return the samples by how much their first reference shares with those of other clusters, most first."""
    bags = [Counter(tokens(sample.references[0])) for sample in samples]
    # How many references have a token at least so often: sums of minima without comparing all pairs.
    levels: Counter[tuple[str, int]] = Counter()
    near: dict[str, Counter[tuple[str, int]]] = {}
    sizes: Counter[str] = Counter()
    lengths: Counter[str] = Counter()
    for sample, bag in zip(samples, bags, strict=True):
        cluster = _cluster(sample)
        levels.update(_levels(bag))
        near.setdefault(cluster, Counter()).update(_levels(bag))
        sizes[cluster] += 1
        lengths[cluster] += bag.total()
    whole = lengths.total()
    scores = []
    for sample, bag in zip(samples, bags, strict=True):
        cluster = _cluster(sample)
        shared = sum(levels[level] - near[cluster][level] for level in _levels(bag))
        others, tokens_there = len(samples) - sizes[cluster], whole - lengths[cluster]
        scores.append(2 * shared / max(1, others * bag.total() + tokens_there))
    return [samples[at] for at in sorted(range(len(samples)), key=lambda at: -scores[at])]


def _levels(bag: Counter[str]) -> list[tuple[str, int]]:
    return [(token, level) for token, often in bag.items() for level in range(1, often + 1)]


def _number(samples: Sequence[Sample], texts: Sequence[str], metric: Metric) -> float | None:
    """Return the metric's number of samples answered with texts; None where it is undefined."""
    known = metric.fit(samples) if metric.fit else metric
    pairs = [(sample, Answer("answered", text=text)) for sample, text in zip(samples, texts, strict=True)]
    return plain_number(known, pairs)
