"""The options of a question as a reply may name them: by label, or by their words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.folding import COUNTS, GRADES, Token, tokenise
from vqa_eval.answers.passage import normalise

_OWN_LABEL = expression(r"\s*\(?\s*([A-Za-z]|\d{1,2})\s*[.):]\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Mention:
    """The words of one option, found in a text."""

    index: int
    start: int
    end: int


class Options:
    """The options of one question, ready to be looked for; immutable by convention, shared through `prepare`."""

    def __init__(self, texts: Sequence[str], labels: Sequence[str]) -> None:
        self.labels = tuple(labels)
        self.places, self.numbered = _places(self.labels)
        bare = self._unlabelled([_plain(text) for text in texts])
        self.texts = tuple(bare)
        self.words = tuple(map(_words, bare))
        self.unique = {words: at for at, words in enumerate(self.words) if words and self.words.count(words) == 1}
        # Where every option is a number, a number in a reply may be written as a word.
        self.counted = bool(self.words) and all(words and words[0].isdigit() for words in self.words)

        # A text with more marks and spaces between its words than this is not worth comparing.
        self._longest = 2 * max(map(len, bare), default=0) + 40

    def _unlabelled(self, texts: list[str]) -> list[str]:
        """Return the texts without their labels where each begins with its own: that is no part of what it says."""
        bare = []
        for at, text in enumerate(texts):
            head = _OWN_LABEL.match(text)
            if head is None or self.places.get(head.group(1).casefold()) != at:
                return texts
            bare.append(text[head.end() :])
        return bare

    @cached_property
    def lettered(self) -> bool:
        """Whether a label is also a word of an option ("type B", "chain C"): a letter may well mean that word."""
        return any(word in self.places for words in self.words for word in words)

    @cached_property
    def _loose(self) -> dict[str, int]:
        return _unequal(map(_loosely, self.words))

    def __len__(self) -> int:
        return len(self.texts)

    def labelled(self, label: str) -> int | None:
        """Return the position of a label, whatever its case."""
        return self.places.get(label.casefold())

    def equal(self, text: str) -> int | None:
        """Return the option whose words are exactly the text's; None where there is none or more than one."""
        if len(text) > self._longest:
            return None
        words = _words(text)
        if self.counted:
            words = tuple(COUNTS.get(word, word) for word in words)
        at = self.unique.get(words)
        if at is not None or not words or _is_character(words):
            return at
        at = self._loose.get(_loosely(words))
        return self._part(words) if at is None else at

    def _part(self, words: tuple[str, ...]) -> int | None:
        """Return the only option that begins with these words ("type A"), or that one of them tells apart ("III")."""
        if len(words) > 1:
            found = [at for at, own in enumerate(self.words) if own[: len(words)] == words]
            return found[0] if len(found) == 1 else None
        word = words[0]
        column = self.differing if len(word) > 1 else None
        if column is None:
            return None
        return next((at for at, own in enumerate(self.words) if own[column] in {word, GRADES.get(word)}), None)

    @cached_property
    def differing(self) -> int | None:
        """The one place where options of the same length differ ("residue A45", "residue K12"), each in its own way."""
        if len(self.words) < _SOME or len({len(words) for words in self.words}) > 1:
            return None
        places = [at for at, column in enumerate(zip(*self.words, strict=True)) if len(set(column)) > 1]
        if len(places) != 1 or len(self.words[0]) < _SOME:
            return None
        return places[0] if len({words[places[0]] for words in self.words}) == len(self.words) else None

    def tokens(self, text: str) -> list[Token]:
        """Return the words of a text as they are compared with these options."""
        found = tokenise(text)
        if not self.counted:
            return found
        return [token._replace(word=COUNTS.get(token.word, token.word)) for token in found]

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


_SOME = 2
"""Options, or words of an option, that there must be for one to differ from the others."""

_LONG_WORD = 4
"""Longer words may bear a plural's s."""


def _folded(words: str) -> frozenset[str]:
    return frozenset("".join(token.word for token in tokenise(word)) for word in words.split())


_YES = _folded("yes yep yeah yup affirmative indeed sí oui ja sim да так はい 예 네 نعم हाँ 是 是的 对 有")
_NO = _folded("no nope nein non não нет ні いいえ 아니요 아니오 لا नहीं 否 不 不是 没有 无")


_NONE = expression(r"none(?:ofthe|of)?(?:above|these|them|those|listed|given|option|choice|answer|mentioned)*")
_BOTH = expression(r"both(?:aandb|ofthem|ofthese|oftheabove|option)?")
_NEITHER = expression(r"neither(?:anorb|ofthem|ofthese|oftheabove|option)?")
_UNKNOWN = expression(r"(?:it|thi)?can(?:not|t)(?:be)?determined?")


def _is_character(words: Sequence[str]) -> bool:
    """Whether the words are one letter or digit alone, as most replies are: it is like nothing but itself."""
    return len(words) == 1 and len(words[0]) == 1 and words[0].isascii()


def _loosely(words: Sequence[str]) -> str:
    """Return the words run together, which "Arg 145" and "Arg145", "cysts" and "cyst" are alike in.

    Numbers stay apart, the "to" between two of them counts for nothing; yes, no and none of these are the same
    in whatever words.
    """
    text = ""
    for at, word in enumerate(words):
        if word == "to" and text[-1:].isdigit() and words[at + 1 :] and words[at + 1][0].isdigit():
            continue
        apart = " " if text[-1:].isdigit() and word[0].isdigit() else ""
        text += apart + (
            word[:-1] if len(word) > _LONG_WORD and word.endswith("s") and not word.endswith("ss") else word
        )
    if text in _YES:
        return "yes"
    if text in _NO:
        return "no"
    if _BOTH.fullmatch(text) or _NEITHER.fullmatch(text):
        return text[:_LONG_WORD]
    return "none" if _NONE.fullmatch(text) else "cannot" if _UNKNOWN.fullmatch(text) else text


def _unequal(texts: Iterable[str]) -> dict[str, int]:
    """Return the positions of the texts that no other one equals."""
    everything = list(texts)
    return {text: at for at, text in enumerate(everything) if text and everything.count(text) == 1}


_INNER_GAP = expression(r"[\s\-'/(),:._*+&\"\[\]]{0,4}")
_WORD_BEFORE = expression(r"[^\W_][_-]\Z")
_NUMBER_BEFORE = expression(r"(?:\d[.,/:]|[<>≤≥]=?\s?|(?:^|[\s(\[:=,])-|[^\W_][_-])\Z")
_WORD_BEHIND = expression(r"[_-](?!sided\b)[^\W_]")
_NUMBER_BEHIND = expression(r"[_-][^\W_]|[.,:/]\d|\s?%|/[^\W_]")


def _stands_alone(text: str, tokens: Sequence[Token], at: int, count: int) -> bool:
    """Whether the words are held together and are no part of a longer word: "non-malignant", "1.5 mm"."""
    for left in range(at, at + count - 1):
        if not _INNER_GAP.fullmatch(text, tokens[left].end, tokens[left + 1].start):
            return False
    first, last = tokens[at], tokens[at + count - 1]
    before = _NUMBER_BEFORE if first.word[0].isdigit() else _WORD_BEFORE
    behind = _NUMBER_BEHIND if last.word[-1].isdigit() else _WORD_BEHIND
    return not before.search(text[max(0, first.start - 2) : first.start]) and not behind.match(text, last.end)


@lru_cache(maxsize=256)
def _places(labels: tuple[str, ...]) -> tuple[dict[str, int], bool]:
    """Return the position of each label, and whether all of them are numbers."""
    bare = [label.strip(" .()[]:") for label in labels]
    places = {label.casefold(): at for at, label in enumerate(bare)}
    return places, bool(bare) and all(map(str.isdigit, bare))


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Return an option's text in plain characters; most options stand in many questions."""
    return normalise(text).text


@lru_cache(maxsize=4096)
def _words(text: str) -> tuple[str, ...]:
    """Return the words of an option, or of a text that may be one."""
    return tuple(token.word for token in tokenise(text))


@lru_cache(maxsize=4096)
def prepare(texts: tuple[str, ...], labels: tuple[str, ...]) -> Options:
    """Return the options, made once for all replies to one question."""
    return Options(texts, labels)
