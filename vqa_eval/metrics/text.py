"""Metrics of short free text: exact match and token F1 after SQuAD, for any script.

Source: P. Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension of Text (EMNLP 2016) §6.1:
lower case, punctuation and articles removed, F1 on the multisets of tokens, the best over the references.
What differs: normalisation follows Unicode (NFKC, casefold; letters, marks, digits and symbols of any script
stay), Chinese, Japanese and Thai, which write no spaces, are split into characters, and where taking away the
articles or the punctuation would leave nothing they stay, so that no answer is silently emptied.
"""

import re
import unicodedata
from collections import Counter

from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample

_ARTICLES = frozenset({"a", "an", "the"})

# Scripts written without spaces: Thai, kana, Han with its extensions.
_UNSPACED = re.compile(
    "([\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af])"
)

# A point or comma between digits, a slash or sign before a digit is part of a number: 1.5, 3,000, 1/2, -4.
_IN_NUMBER = re.compile(r"(?<=\d)[.,/:](?=\d)|(?<!\w)[-+](?=\d)")


def tokens(text: str) -> list[str]:
    """Return the tokens that two texts are compared by; empty only where the text is blank."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).replace("\u2212", "-").casefold())
    kept = {match.start() for match in _IN_NUMBER.finditer(folded)}
    bare = "".join(
        character if at in kept or not _is_punctuation(character) else _gap(character)
        for at, character in enumerate(folded)
    )
    words = _split(bare) or _split(folded)
    return [word for word in words if word not in _ARTICLES] or words


def _is_punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PC" and not character.isspace()


def _gap(character: str) -> str:
    # "Crohn's" and "Crohns" are one word, "well-defined" and "well defined" two.
    return "" if character in "'’`" or unicodedata.category(character)[0] == "C" else " "


def _split(text: str) -> list[str]:
    return _UNSPACED.sub(r" \1 ", text).split()


def _exact(said: list[str], right: list[str]) -> float:
    return float(said == right)


def _f1(said: list[str], right: list[str]) -> float:
    shared = (Counter(said) & Counter(right)).total()
    return 2.0 * shared / (len(said) + len(right)) if shared else 0.0


def _exact_match(sample: Sample, answer: Answer) -> float | None:
    if not sample.references:
        return None
    if answer.status != "answered":
        return 0.0
    said = tokens(answer.text)
    return max(_exact(said, tokens(reference)) for reference in sample.references)


def _token_f1(sample: Sample, answer: Answer) -> float | None:
    if not sample.references:
        return None
    if answer.status != "answered":
        return 0.0
    said = tokens(answer.text)
    return max(_f1(said, tokens(reference)) for reference in sample.references)


exact_match = Metric(
    name="text.exact_match",
    version="1",
    better="higher",
    kinds=("open", "caption"),
    about="1 where the text equals a reference after case, punctuation and articles are taken away",
    score=_exact_match,
)

token_f1 = Metric(
    name="text.token_f1",
    version="1",
    better="higher",
    kinds=("open", "caption"),
    about="F1 of the words shared with the nearest reference, each counted as often as it stands there",
    score=_token_f1,
)
