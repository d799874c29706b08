"""How a tokenizer spells a prompt's labels, how a model is kept to them, and what it thinks of each.

A label is the very next tokens after the generation prompt, without a space before it: whoever was trained to
begin a reply with a space also knows the other spelling, which is not counted.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Tokens = tuple[int, ...]

_TAIL = 32
"""Characters at the end of a prompt that may change how what follows is cut into tokens."""


@dataclass(frozen=True, slots=True)
class Spelling:
    """The labels of one prompt, each with its tokens."""

    labels: tuple[str, ...]
    tokens: tuple[Tokens, ...]

    def after(self, said: Tokens) -> frozenset[int]:
        """Return the tokens with which some label goes on after `said`; none where no longer label begins so."""
        depth = len(said)
        return frozenset(own[depth] for own in self.tokens if len(own) > depth and own[:depth] == said)

    def read(self, row: Sequence[int]) -> tuple[str, int]:
        """Return the longest label that a row of tokens begins with, and the number of its tokens."""
        begun = [place for place, own in enumerate(self.tokens) if tuple(row[: len(own)]) == own]
        if not begun:
            raise ValueError(f"the tokens {list(row)} spell none of the labels {', '.join(self.labels)}")
        best = max(begun, key=lambda place: len(self.tokens[place]))
        return self.labels[best], len(self.tokens[best])

    def beginnings(self) -> list[Tokens]:
        """Return the fewest token sequences on whose way every label lies but for its last token."""
        short = {own[:-1] for own in self.tokens}
        return sorted(one for one in short if not any(one != other and other[: len(one)] == one for other in short))


def spell(tokenizer: Any, prompt: str, labels: tuple[str, ...]) -> Spelling:
    """Return how the labels are spelled right after the prompt; ValueError where a tokenizer cannot write one."""
    return Spelling(labels, tuple(_spelled(tokenizer, prompt[-_TAIL:], label) for label in labels))


def _spelled(tokenizer: Any, tail: str, label: str) -> Tokens:
    # Alone, a label would get the space that some tokenizers put before the first word. Where it melts into
    # the prompt's last token, which is fixed already, it is cut as at the beginning of a line.
    for before in (tail, "\n"):
        fixed, both = tokenizer([before, before + label], add_special_tokens=False)["input_ids"]
        own = both[len(fixed) :]
        if both[: len(fixed)] == fixed and tokenizer.decode(own) == label:
            return tuple(own)
    raise ValueError(f"the tokenizer cannot write the label {label!r}")


class OnlyLabels:
    """A logits processor for `generate` that leaves each row only its labels, then the end of the reply."""

    def __init__(self, spellings: Sequence[Spelling], prompt: int, ends: Collection[int]) -> None:
        self._spellings = spellings
        self._prompt = prompt
        self._ends = frozenset(ends)

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return the scores of the tokens that may follow, all others at minus infinity."""
        kept = scores.new_full(scores.shape, float("-inf"))
        rows = input_ids[:, self._prompt :].tolist()
        for place, (spelling, said) in enumerate(zip(self._spellings, map(tuple, rows), strict=True)):
            further = spelling.after(said)
            whole = not further or said in spelling.tokens
            allowed = sorted(further | self._ends if whole else further)
            kept[place, allowed] = scores[place, allowed]
        if kept.isnan().any():
            raise ValueError("the model's scores are not numbers")
        return kept


class Along:
    """A logits processor for `generate` that makes each row say given tokens, so that what follows is seen."""

    def __init__(self, ways: Sequence[Tokens], prompt: int) -> None:
        self._ways = ways
        self._prompt = prompt

    def __call__(self, input_ids: Any, scores: Any) -> Any:
        """Return scores that let only the given token follow; past a row's own tokens any will do."""
        depth = input_ids.shape[1] - self._prompt
        forced = scores.new_full(scores.shape, float("-inf"))
        for place, way in enumerate(self._ways):
            # Repeating the last token is harmless where another one might stand for a picture.
            forced[place, way[depth] if depth < len(way) else input_ids[place, -1]] = 0.0
        return forced


def log_probabilities(spelling: Spelling, seen: Mapping[Tokens, Any]) -> tuple[float, ...]:
    """Return the natural log-probability that a reply begins with each label, and with no longer one.

    `seen` maps each beginning of a label to the log-probabilities of all tokens after it. Beginning with "1"
    does not count for "1" where the reply goes on to the label "10", so the events exclude each other. Raises
    ValueError for scores that are not finite numbers.
    """
    found = tuple(float(_begins(own, seen) + _stays(spelling, own, seen)) for own in spelling.tokens)
    if any(not value > float("-inf") for value in found):
        raise ValueError("the model's scores are not numbers")
    # A probability is one at most; sums of rounded terms may say a little more.
    return tuple(min(value, 0.0) for value in found)


def _begins(tokens: Tokens, seen: Mapping[Tokens, Any]) -> Any:
    """Return the log-probability of saying the tokens."""
    return sum(seen[tokens[:depth]][token].double() for depth, token in enumerate(tokens))


def _stays(spelling: Spelling, said: Tokens, seen: Mapping[Tokens, Any]) -> Any:
    """Return the log-probability of going on from `said` to no label at all."""
    import torch

    further = sorted(spelling.after(said))
    if not further:
        return 0.0
    follows = seen[said].double()
    elsewhere = follows.clone()
    elsewhere[further] = float("-inf")
    ways = [elsewhere.logsumexp(dim=0)]
    for token in further:
        longer = (*said, token)
        if longer not in spelling.tokens:
            ways.append(follows[token] + _stays(spelling, longer, seen))
    return torch.stack(ways).logsumexp(dim=0)
