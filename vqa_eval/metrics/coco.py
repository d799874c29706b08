"""BLEU and ROUGE-L as pycocoevalcap 1.2 counts them, for profiles that cut texts each in its way.

Source: X. Chen et al., Microsoft COCO Captions: Data Collection and Evaluation Server (2015) §3, and what the
package does: BLEU over the corpus with 1e-15 added to the hits and 1e-9 to the counts; ROUGE-L with beta 1.2
from the best precision and the best recall over the references.
"""

import math
from typing import TYPE_CHECKING

from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.ngrams import ORDERS, clipped
from vqa_eval.metrics.rouge import f_measure, subsequence_length
from vqa_eval.metrics.sides import Split, sides
from vqa_eval.records import Answer, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray

_HIT, _COUNT = 1e-15, 1e-9
_BETA = 1.2


def bleu(profile: str, order: int, split: Split, setting: str) -> Metric:
    """Return BLEU of that order: a corpus measure; its units are the ten numbers of `ngrams.clipped`."""

    def unit(sample: Sample, answer: Answer) -> Unit | None:
        pair = sides(sample, answer, split)
        return None if pair is None else clipped(*pair)

    def score(sample: Sample, answer: Answer) -> float | None:
        part = unit(sample, answer)
        return None if part is None else _bleu(part, order)

    def pool(units: "ndarray") -> float | None:
        return _bleu(units.sum(axis=0).tolist(), order) if len(units) else None

    return Metric(
        name=f"{profile}.bleu{order}",
        version="1",
        better="higher",
        kinds=("open", "caption"),
        about=f"BLEU of up to {order} tokens over the whole set, as pycocoevalcap counts it",
        score=score,
        unit=unit,
        pool=pool,
        setting=f"{setting}|agg:corpus|smooth:tiny|empty:0|nrefs:var",
    )


def rouge_l(profile: str, split: Split, setting: str) -> Metric:
    """Return ROUGE-L: the mean over samples."""

    def score(sample: Sample, answer: Answer) -> float | None:
        pair = sides(sample, answer, split)
        if pair is None:
            return None
        said, references = pair
        if not said:
            return 0.0
        shared = [subsequence_length(reference, said) for reference in references]
        recall = max(part / max(1, len(reference)) for part, reference in zip(shared, references, strict=True))
        return f_measure(max(shared) / len(said), recall, _BETA)

    return Metric(
        name=f"{profile}.rouge_l",
        version="1",
        better="higher",
        kinds=("open", "caption"),
        about="F (beta 1.2) of the longest common subsequence with the references, as pycocoevalcap counts it",
        score=score,
        setting=f"{setting}|agg:mean|beta:1.2|empty:0|nrefs:max",
    )


def _bleu(sums: Unit | list[float], order: int) -> float:
    said, closest, *hits = map(float, sums)
    product = math.prod(
        (right + _HIT) / (found + _COUNT) for right, found in zip(hits[:order], hits[len(ORDERS) :], strict=False)
    )
    ratio = (said + _HIT) / (closest + _COUNT)
    return float(product ** (1 / order) * (math.exp(1 - 1 / ratio) if ratio < 1 else 1.0))
