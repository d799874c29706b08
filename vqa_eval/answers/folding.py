"""Words folded for comparison: without case, accents and possessives, numbers in one spelling."""

import unicodedata
from functools import lru_cache
from typing import NamedTuple

from vqa_eval.answers.expressions import expression

UNSPACED = "\u0e00-\u0e7f\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
"""Characters of scripts written without spaces, for a regular expression's class."""

# A number with its point, comma, slash or colon; a word that may hold digits behind its first letter, its
# possessive with it; one character of an unspaced script; a sign that changes what a number means.
WORD = expression(
    rf"\d+(?:[.,/:]\d+)*|[{UNSPACED}]|(?i:per\s?cent)\b|[^\W\d_{UNSPACED}][^\W_{UNSPACED}]*(?:['`][sS]\b)?|[%<>=≤≥±+°]|"
    r"(?<![^\s(\[:=,])-(?=\d)"
)

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda",
    "μ": "mu", "σ": "sigma", "ω": "omega",
}  # fmt: skip

_THOUSANDS = expression(r"\d{1,3}(?:,\d{3})+")
_DECIMAL = expression(r"(\d+)[.,](\d+)")
_GRADED = expression(
    r"(?i)\b(?P<noun>stages?|grades?|types?|class(?:es)?|categor(?:y|ies)|levels?|phases?|groups?|degrees?|zones?|"
    r"nerve|nyha|cn|salter-harris|garden|fitzpatrick|grad|stadium|tipo|grado)\s+(?P<number>viii|vii|vi|iv|ix|iii|ii|i|x|v|one|two|three|four|five|six)\b"
)


def _words(line: str) -> list[str]:
    return line.split()


GRADES = {
    word: str(at)
    for line in ("i ii iii iv v vi vii viii ix x", "one two three four five six")
    for at, word in enumerate(_words(line), start=1)
}
"""Numbers of stages and the like, in Roman numerals and in words."""
COUNTS = {
    word: str(at)
    for at, word in enumerate(
        _words("two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"), start=2
    )
}
"""Numbers as words; "one" is none, it may stand for anything."""


_UNITS = {
    name + ending: unit
    for names, unit in (
        ("millimetre millimeter", "mm"), ("centimetre centimeter", "cm"), ("milligram", "mg"), ("gram", "g"),
        ("kilogram", "kg"), ("millilitre milliliter", "ml"), ("microgram", "mug"),
        ("micrometre micrometer micron", "mum"),
    )
    for name in _words(names)
    for ending in ("", "s")
}  # fmt: skip
_SAME = {"percent": "%", "per cent": "%", **_UNITS} | dict(
    zip(
        _words("first second third fourth fifth sixth seventh eighth ninth tenth"),
        _words("1st 2nd 3rd 4th 5th 6th 7th 8th 9th 10th"),
        strict=True,
    )
)


class Token(NamedTuple):
    """One word of a text, folded for comparison."""

    word: str
    start: int
    end: int


@lru_cache(maxsize=16384)
def fold(word: str) -> str:
    """Return the word without case and accents, Greek letters by their names, a number in its plain spelling."""
    if word[0].isdigit():
        return _number(word)
    if word.isascii():
        plain = word.lower()
    else:
        bare = unicodedata.normalize("NFKD", word.casefold())
        bare = "".join(character for character in bare if not unicodedata.combining(character))
        plain = "".join(_GREEK.get(character, character) for character in bare)
    if plain.endswith(("'s", "`s")):
        return plain[:-2]
    return _SAME.get(plain, plain)


def _number(word: str) -> str:
    if _THOUSANDS.fullmatch(word):
        return word.replace(",", "")
    decimal = _DECIMAL.fullmatch(word)
    if decimal is None:
        return word
    whole, part = decimal.groups()
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


def tokenise(text: str) -> list[Token]:
    """Return the words, numbers and signs of a text; "stage III" and "stage 3" are the same words."""
    # A character that is nothing but an accent is no word.
    found = [Token(word, *match.span()) for match in WORD.finditer(text) if (word := fold(match.group()))]
    graded = {match.start("number"): GRADES[match.group("number").lower()] for match in _GRADED.finditer(text)}
    if not graded:
        return found
    return [token._replace(word=graded.get(token.start, token.word)) for token in found]
