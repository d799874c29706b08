"""Numbered questions: how a server knows them again, and what is decided by the number alone.

The workload writes the key and the server says the answer by the same function, so a run without losses is all right.
"""

import hashlib

LETTERS = "ABCDE"

_OPENING = "[item "


def marker(number: int) -> str:
    """Return the words that every question carries."""
    return f"{_OPENING}{number}]"


def number_in(body: bytes) -> int | None:
    """Return the number of the question in a request; None where it carries none. Nothing is parsed."""
    start = body.find(_OPENING.encode())
    if start < 0:
        return None
    start += len(_OPENING)
    return int(body[start : body.index(b"]", start)])


def right_letter(number: int) -> str:
    """Return the letter of the right option."""
    return LETTERS[int(share(number, "key") * len(LETTERS))]


def share(number: int, *of: object) -> float:
    """Return a number in [0, 1) that looks drawn and depends on the arguments alone."""
    drawn = hashlib.blake2b(repr((number, *of)).encode(), digest_size=8).digest()
    # 53 bits are what a float holds; more would round up to 1.
    return (int.from_bytes(drawn, "big") >> 11) / 2**53
