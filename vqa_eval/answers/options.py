"""The options of a question as a reply may name them: by label, or by their words."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from vqa_eval.answers.passage import normalise

UNSPACED = "\u0e00-\u0e7f\u3005\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
"""Characters of scripts written without spaces, for a regular expression's class."""

# A number with its point, comma, slash or colon; a word that may hold digits behind its first letter; one
# character of an unspaced script; a sign that changes what a number means.
_TOKEN = re.compile(
    rf"\d+(?:[.,/:]\d+)*|[{UNSPACED}]|[^\W\d_{UNSPACED}][^\W_{UNSPACED}]*|[%<>=≤≥±+°]|(?<![^\s(\[:=,])-(?=\d)"
)

_GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "epsilon", "κ": "kappa", "λ": "lambda",
    "μ": "mu", "σ": "sigma", "ω": "omega",
}  # fmt: skip

_OWN_LABEL = re.compile(r"\s*\(?\s*([A-Za-z]|\d{1,2})\s*[.):]\s+(?=\S)")


class Token(NamedTuple):
    """One word of a text, folded for comparison."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Mention:
    """The words of one option, found in a text."""

    index: int
    start: int
    end: int


@lru_cache(maxsize=16384)
def fold(word: str) -> str:
    """Return the word without case and accents, Greek letters by their names."""
    if word.isascii():
        return word.lower()
    bare = unicodedata.normalize("NFKD", word.casefold())
    bare = "".join(character for character in bare if not unicodedata.combining(character))
    return "".join(_GREEK.get(character, character) for character in bare)


def tokenise(text: str) -> list[Token]:
    """Return the words, numbers and signs of a text."""
    return [Token(fold(match.group()), *match.span()) for match in _TOKEN.finditer(text)]


class Options:
    """The options of one question, ready to be looked for; immutable by convention, shared through `prepare`."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self.places = {label.strip(" .()[]:").casefold(): at for at, label in enumerate(labels)}
        self.numbered = bool(labels) and all(label.strip(" .()[]:").isdigit() for label in labels)
        bare = [normalise(text).text for text in texts]
        heads = [_OWN_LABEL.match(text) for text in bare]
        if all(
            head and self.places.get(head.group(1).casefold()) == at for at, head in enumerate(heads)
        ):  # every text begins with its own label, which is then no part of what it says
            bare = [text[head.end() :] for text, head in zip(bare, heads, strict=True) if head]
        self.texts = tuple(bare)
        self.words = tuple(tuple(token.word for token in tokenise(text)) for text in bare)
        self.unique = {words: at for at, words in enumerate(self.words) if words and self.words.count(words) == 1}

        # A text with more marks and spaces between its words than this is not worth comparing.
        self._longest = 2 * max(map(len, bare), default=0) + 40

    def __len__(self) -> int:
        return len(self.texts)

    def labelled(self, label: str) -> int | None:
        """Return the position of a label, whatever its case."""
        return self.places.get(label.casefold())

    def equal(self, text: str) -> int | None:
        """Return the option whose words are exactly the text's; None where there is none or more than one."""
        if len(text) > self._longest:
            return None
        return self.unique.get(tuple(map(fold, _TOKEN.findall(text))))

    def begins(self, text: str) -> int | None:
        """Return the only option whose folded text begins with the text; a reply cut in mid-word still shows it."""
        start = " ".join(text.casefold().split())
        found = [at for at, own in enumerate(self.texts) if " ".join(own.casefold().split()).startswith(start)]
        return found[0] if len(found) == 1 and start else None

    def mentions(self, text: str, tokens: Sequence[Token]) -> list[Mention]:
        """Return where options stand in the text: whole words, the longest at each place, none inside another."""
        words = [token.word for token in tokens]
        first: dict[str, list[int]] = {}
        wanted = {own[0] for own in self.words if own}
        for at, word in enumerate(words):
            if word in wanted:
                first.setdefault(word, []).append(at)
        found: list[Mention] = []
        for own, index in self.unique.items():
            for at in first.get(own[0], ()):
                if tuple(words[at : at + len(own)]) == own and _stands_alone(text, tokens, at, len(own)):
                    found.append(Mention(index, tokens[at].start, tokens[at + len(own) - 1].end))
        found.sort(key=lambda mention: (mention.start, -mention.end))
        kept: list[Mention] = []
        for mention in found:
            if not kept or mention.end > kept[-1].end:
                kept.append(mention)
        return kept


_INNER_GAP = re.compile(r"[\s\-'/(),:._]{0,4}")
_WORD_BEFORE = re.compile(r"[^\W_][_-]\Z")
_NUMBER_BEFORE = re.compile(r"(?:\d[.,/:]|[<>≤≥=]\s?|(?:^|[\s(\[:=,])-|[^\W_][_-])\Z")
_WORD_BEHIND = re.compile(r"[_-][^\W_]")
_NUMBER_BEHIND = re.compile(r"[_-][^\W_]|[.,:/]\d|\s?%|/[^\W_]")


def _stands_alone(text: str, tokens: Sequence[Token], at: int, count: int) -> bool:
    """Whether the words are held together and are no part of a longer word: "non-malignant", "1.5 mm"."""
    for left in range(at, at + count - 1):
        if not _INNER_GAP.fullmatch(text, tokens[left].end, tokens[left + 1].start):
            return False
    first, last = tokens[at], tokens[at + count - 1]
    before = _NUMBER_BEFORE if first.word[0].isdigit() else _WORD_BEFORE
    behind = _NUMBER_BEHIND if last.word[-1].isdigit() else _WORD_BEHIND
    return not before.search(text[max(0, first.start - 2) : first.start]) and not behind.match(text, last.end)


@lru_cache(maxsize=4096)
def prepare(texts: tuple[str, ...], labels: tuple[str, ...]) -> Options:
    """Return the options, made once for all replies to one question."""
    return Options(texts, labels)
