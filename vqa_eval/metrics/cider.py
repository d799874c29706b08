"""CIDEr-D: how near a caption's n-grams are to the references', rare ones counting most.

Source: R. Vedantam, C. L. Zitnick, D. Parikh, CIDEr: Consensus-based Image Description Evaluation (CVPR 2015)
§4 and §6: cosine of tf-idf vectors for one to four tokens, counts clipped, a Gaussian on the difference of
lengths (sigma 6), ten times the mean.  As in pycocoevalcap, lengths are counted in bigrams, and the document
frequency comes from the references of the evaluated set: a number of one set is never to be compared with
that of another.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.ngrams import ORDERS, Tokens, counts
from vqa_eval.metrics.sides import Split, sides
from vqa_eval.records import Answer, Sample

_SIGMA = 6.0


@dataclass(frozen=True, eq=False, slots=True)
class Rarity:
    """How rare n-grams are among documents: their inverse document frequency."""

    documents: int
    unseen: float
    """The weight of an n-gram that one document has, or none."""
    shared: Mapping[Tokens, float]
    """The weights of those that several documents have."""


def measure(profile: str, split: Split, setting: str) -> Metric:
    """Return CIDEr-D of a profile: the mean over samples, each scored once the metric is fitted to a set.

    Fitted, its setting names the number of documents, which are the samples with references.
    """

    def fit(samples: Sequence[Sample]) -> Metric:
        known = rarity([split(reference) for reference in sample.references] for sample in samples if sample.references)

        def score(sample: Sample, answer: Answer) -> float | None:
            pair = sides(sample, answer, split)
            return None if pair is None else similarity(*pair, known)

        return replace(
            unfitted,
            score=score,
            fit=None,
            setting=unfitted.setting.replace("df:none", f"df:corpus(n={known.documents})"),
        )

    unfitted = Metric(
        name=f"{profile}.cider_d",
        version="2",  # document frequencies of one benchmark, not of all that a run asks
        better="higher",
        kinds=("open", "caption"),
        about="CIDEr-D from 0 to 10: shared n-grams, rare ones counting most, by the references of the evaluated set",
        score=lambda sample, answer: None,
        top=None,
        fit=fit,
        setting=f"{setting}|agg:mean|n:4|sigma:6|df:none|empty:0|nrefs:mean",
    )
    return unfitted


def rarity(documents: Iterable[Sequence[Tokens]]) -> Rarity:
    """Return how rare n-grams are among documents, each one or several references of a sample."""
    frequencies: Counter[Tokens] = Counter()
    number = 0
    for references in documents:
        number += 1
        frequencies.update({gram for reference in references for grams in counts(reference) for gram in grams})
    unseen = math.log(number) if number else 0.0
    shared = {gram: unseen - math.log(often) for gram, often in frequencies.items() if often > 1}
    return Rarity(number, unseen, shared)


def similarity(said: Tokens, references: Sequence[Tokens], known: Rarity) -> float:
    """Return CIDEr-D from 0 to 10: the mean over references and orders."""
    vectors, norms = _weighted(said, known)
    total = 0.0
    for reference in references:
        others, lengths = _weighted(reference, known)
        cosines = 0.0
        for vector, other, norm, length in zip(vectors, others, norms, lengths, strict=True):
            if norm and length:
                shared = vector.keys() & other.keys()
                cosines += math.fsum(min(vector[gram], other[gram]) * other[gram] for gram in shared) / (norm * length)
        difference = max(0, len(said) - 1) - max(0, len(reference) - 1)
        total += cosines / len(ORDERS) * math.exp(-(difference**2) / (2 * _SIGMA**2))
    return 10.0 * total / len(references)


@lru_cache(maxsize=256)
def _weighted(tokens: Tokens, known: Rarity) -> tuple[list[dict[Tokens, float]], list[float]]:
    """Return the tf-idf vector of every order, and their norms."""
    vectors = [
        {gram: often * known.shared.get(gram, known.unseen) for gram, often in grams.items()}
        for grams in counts(tokens)
    ]
    return vectors, [math.sqrt(math.fsum(weight * weight for weight in vector.values())) for vector in vectors]
