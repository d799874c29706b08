"""ROUGE-L: the longest common subsequence of two token sequences, in bits.

Source: C.-Y. Lin, ROUGE: A Package for Automatic Evaluation of Summaries (2004) §3; the sequence in bits after
H. Hyyrö, Bit-Parallel LCS-length Computation Revisited (2004): one integer a row, a bit a token.
"""

from collections.abc import Sequence


def subsequence_length(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence."""
    return len(other) - _rows(one, other)[-1].bit_count()


def subsequence(one: Sequence[str], other: Sequence[str]) -> list[str]:
    """Return one longest common subsequence, last token first.

    Of several it is the one found from the end by going back in `other` unless going back in `one` keeps more.
    """
    rows = _rows(one, other)
    found = []
    at, to = len(one), len(other)
    while at and to:
        if one[at - 1] == other[to - 1]:
            at, to = at - 1, to - 1
            found.append(one[at])
        elif _length(rows[at - 1], to) > _length(rows[at], to - 1):
            at -= 1
        else:
            to -= 1
    return found


def f_measure(precision: float, recall: float, beta: float = 1.0) -> float:
    """Return F_beta; 0 where precision or recall is."""
    if not precision or not recall:
        return 0.0
    return (1 + beta * beta) * precision * recall / (recall + beta * beta * precision)


def _rows(one: Sequence[str], other: Sequence[str]) -> list[int]:
    """Return a row for every beginning of `one`: bit i is 0 where token i of `other` makes the sequence longer."""
    every = (1 << len(other)) - 1
    places: dict[str, int] = {}
    for at, token in enumerate(other):
        places[token] = places.get(token, 0) | 1 << at
    rows = [every]
    for token in one:
        row = rows[-1]
        hits = row & places.get(token, 0)
        rows.append((row + hits | row - hits) & every)
    return rows


def _length(row: int, to: int) -> int:
    return to - (row & (1 << to) - 1).bit_count()
