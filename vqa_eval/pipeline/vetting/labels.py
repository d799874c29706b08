"""Options that bear a label already, so that a prompt would show two: "A. A: Liver"."""

import re
from collections.abc import Sequence
from string import ascii_uppercase

_LABEL = re.compile(r"\s*[(\[]?([A-Za-z])\s*[.:)\]、：．]\s*\S")


def labelled(options: Sequence[str]) -> bool:
    """Whether each of two or more options begins with the letter of its own place: "A: x", then "(b) y"."""
    found = [match[1].upper() if (match := _LABEL.match(option)) else "" for option in options]
    return len(found) > 1 and found == list(ascii_uppercase[: len(found)])
