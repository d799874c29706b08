"""Caption metrics as MedEvalKit computes them: means of sentence scores, no smoothing.

Source: MedEvalKit 9b12e3b, utils/Metrics_Compute/cal_report_metrics.py: nltk's `sentence_bleu` on lower-case
words with points detached, and ROUGE-L of the package `rouge` 1.0.1, both divided by the number of all
samples though empty replies are skipped, which is to say that they score 0.  Where an n-gram order has no hit
the score is 0 (nltk: about 1e-77).  ROUGE-L compares sets of words: in each pair of sentences the words of one
longest common subsequence, joined over all pairs, against the distinct words of both texts.

The original knows one reference; of several, BLEU takes them as nltk does and ROUGE-L the best.
"""

import math

from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.ngrams import ORDERS, Tokens, clipped
from vqa_eval.metrics.rouge import subsequence
from vqa_eval.metrics.sides import sides
from vqa_eval.records import Answer, Sample

PROFILE = "medevalkit"

_SETTING = "case:lc|agg:mean|empty:0"


def _words(text: str) -> Tokens:
    return tuple(filter(None, text.lower().replace(".", " .").split(" ")))


def _sentences(text: str) -> Tokens:
    # A point inside a number ends a sentence, too; one of spaces alone is a sentence with one empty word.
    return tuple(" ".join(part.split()) for part in text.lower().split(".") if part) if text.strip() else ()


def _bleu(order: int) -> Metric:
    def score(sample: Sample, answer: Answer) -> float | None:
        pair = sides(sample, answer, _words)
        if pair is None:
            return None
        said, closest, *hits = clipped(*pair)
        shares = [right / max(1.0, found) for right, found in zip(hits[:order], hits[len(ORDERS) :], strict=False)]
        if not all(shares):
            return 0.0
        brevity = 1.0 if said > closest else math.exp(1 - closest / said)
        return brevity * math.exp(math.fsum(map(math.log, shares)) / order)

    return Metric(
        name=f"caption_medevalkit.bleu{order}",
        version="1",
        better="higher",
        kinds=("open", "caption"),
        about=f"mean of sentence BLEU of up to {order} tokens, as MedEvalKit counts it",
        score=score,
        setting=f"{_SETTING}|tok:space+point|smooth:none|nrefs:var|as:nltk-3.10|impl:own",
    )


def _rouge(sample: Sample, answer: Answer) -> float | None:
    pair = sides(sample, answer, _sentences)
    if pair is None:
        return None
    said, references = pair
    return max(_union_f(said, reference) for reference in references) if said else 0.0


def _union_f(said: Tokens, reference: Tokens) -> float:
    if not reference:
        return 0.0
    ours, theirs = [part.split(" ") for part in said], [part.split(" ") for part in reference]
    shared = {word for right in theirs for part in ours for word in subsequence(right, part)}
    precision, recall = (len(shared) / len({word for part in side for word in part}) for side in (ours, theirs))
    # The small number is the original's.
    return 2 * precision * recall / (precision + recall + 1e-8)


bleu1, bleu2, bleu3, bleu4 = map(_bleu, ORDERS)

rouge_l = Metric(
    name="caption_medevalkit.rouge_l",
    version="1",
    better="higher",
    kinds=("open", "caption"),
    about="F of the words in common subsequences of sentences, as MedEvalKit counts it",
    score=_rouge,
    setting=f"{_SETTING}|tok:space+sentences|f:1|nrefs:max|as:rouge-1.0.1|impl:own",
)
