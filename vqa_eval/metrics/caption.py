"""Caption metrics of this harness: corpus BLEU, ROUGE-L, CIDEr-D and the length ratio, for text in any script.

BLEU is sacrebleu's: M. Post, A Call for Clarity in Reporting BLEU Scores (WMT 2018), on lower case and 13a
tokens, B_n = bp · (p_1 … p_n)^(1/n) from one set of sums.  ROUGE-L is the F1 of the package rouge-score
without stemming, of several references the best.  Both see texts in NFKC with white space evened out, and
scripts written without spaces character by character; for ASCII text they are the originals' numbers.
"""

import re
import unicodedata
from functools import cache, lru_cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from vqa_eval.metrics import cider, scripts
from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.ngrams import ORDERS, Tokens, clipped
from vqa_eval.metrics.rouge import f_measure, subsequence_length
from vqa_eval.metrics.sides import sides
from vqa_eval.records import Answer, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray

PROFILE = "default"

_NORMAL = f"norm:nfkc+ws+chars.v{scripts.VERSION}"
_TOKENS = f"case:lc|tok:13a|{_NORMAL}"


@lru_cache(maxsize=4096)
def tokens(text: str) -> Tokens:
    """Return the tokens of BLEU, CIDEr-D and the length ratio: lower case, 13a; punctuation is kept."""
    return tuple(_tokenizer()(scripts.split_unspaced(scripts.normal(text).lower())).split())


@lru_cache(maxsize=4096)
def words(text: str) -> Tokens:
    """Return the words of ROUGE-L: runs of letters, marks and digits in lower case."""
    lower = scripts.split_unspaced(scripts.normal(text).lower())
    if lower.isascii():
        return tuple(re.findall("[a-z0-9]+", lower))
    kept = (character if unicodedata.category(character)[0] in "LMN" else " " for character in lower)
    return tuple("".join(kept).split())


@cache
def _tokenizer() -> Any:
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

    return Tokenizer13a()


@cache
def _library() -> Any:
    from sacrebleu.metrics.bleu import BLEU

    return BLEU


def _counts(sample: Sample, answer: Answer) -> Unit | None:
    pair = sides(sample, answer, tokens)
    return None if pair is None else clipped(*pair)


def _number(sums: Unit | list[float], order: int, *, short: bool) -> float:
    """Return B_n from its sums; `short` leaves out the orders that a text is too short for."""
    said, closest, *hits = map(int, sums)
    right, found = hits[: len(ORDERS)], hits[len(ORDERS) :]
    of = min(order, sum(map(bool, found))) if short else order
    if not of:
        return 0.0
    whole = _library().compute_bleu(right[:of], found[:of], said, closest, smooth_method="exp", max_ngram_order=of)
    # The library takes logarithms, and lands above 1 by the last digit.
    return min(1.0, float(whole.score) / 100)


def _bleu(order: int) -> Metric:
    def score(sample: Sample, answer: Answer) -> float | None:
        sums = _counts(sample, answer)
        return None if sums is None else _number(sums, order, short=True)

    def pool(units: "ndarray") -> float | None:
        return _number(units.sum(axis=0).tolist(), order, short=False) if len(units) else None

    return Metric(
        name=f"caption.bleu{order}",
        version="1",
        better="higher",
        kinds=("open", "caption"),
        about=f"BLEU of up to {order} tokens over the whole set; a short sample is scored by the orders that it has",
        score=score,
        unit=_counts,
        pool=pool,
        setting=f"{_TOKENS}|smooth:exp|empty:0|nrefs:var|impl:sacrebleu-{version('sacrebleu')}",
    )


def _rouge(sample: Sample, answer: Answer) -> float | None:
    pair = sides(sample, answer, words)
    if pair is None:
        return None
    said, references = pair
    return max(_f1(said, reference) for reference in references)


def _f1(said: Tokens, reference: Tokens) -> float:
    shared = subsequence_length(reference, said)
    return f_measure(shared / len(said), shared / len(reference)) if shared else 0.0


def _lengths(sample: Sample, answer: Answer) -> Unit | None:
    sums = _counts(sample, answer)
    return None if sums is None else sums[:2]


def _ratio(sample: Sample, answer: Answer) -> float | None:
    lengths = _lengths(sample, answer)
    if lengths is None:
        return None
    said, closest = map(float, lengths)
    return said / closest if closest else None


def _pooled_ratio(units: "ndarray") -> float | None:
    said, closest = units.sum(axis=0).tolist() if len(units) else (0.0, 0.0)
    return said / closest if closest else None


bleu1, bleu2, bleu3, bleu4 = map(_bleu, ORDERS)

rouge_l = Metric(
    name="caption.rouge_l",
    version="1",
    better="higher",
    kinds=("open", "caption"),
    about="F1 of the longest common subsequence of words with the nearest reference, no stemming",
    score=_rouge,
    setting=f"case:lc|tok:words|{_NORMAL}|agg:mean|stem:no|f:1|empty:0|nrefs:max|as:rouge-score-0.1.2|impl:own",
)

cider_d = cider.measure("caption", tokens, f"{_TOKENS}|impl:own")

length_ratio = Metric(
    name="caption.length_ratio",
    version="1",
    better="higher",
    kinds=("open", "caption"),
    about="tokens said over tokens of the closest reference; best is 1, neither less nor more",
    score=_ratio,
    top=None,
    unit=_lengths,
    pool=_pooled_ratio,
    setting=f"{_TOKENS}|agg:corpus|empty:0|nrefs:closest|impl:own",
)
