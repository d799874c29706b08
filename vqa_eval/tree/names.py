"""How names are compared, and how they are written so that they can be typed."""

import re
from unicodedata import normalize

from vqa_eval.records import Node

OPERATORS = frozenset(",|&!()/")
"""Characters that end an unquoted name."""
GLOBS = frozenset("*?")
QUOTES = frozenset("'\"")
EXACTLY = "="
"""In front of a name: this value without what lies below it."""
KEYWORDS = "keywords"
"""The virtual root under which published label keywords are named: see `tree.keywords`."""

_WORD = r"[^\s,|&!()/*?]+"
_TYPABLE = re.compile(rf"(?!['\"=]){_WORD}(?: {_WORD})*")
_RUNS = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Give the text without regard to case, width and runs of blanks; punctuation stays."""
    plain = text if text.isascii() else normalize("NFKC", text)
    return " ".join(plain.casefold().split())


def normalise(text: str) -> str:
    """Give the letters and digits of the text without regard to case and width, parted by single blanks.

    Text without any letter or digit gives an empty text.
    """
    return words(fold(text))


def words(folded: str) -> str:
    """Give the letters and digits of text that is folded already, parted by single blanks."""
    return " ".join(_RUNS.findall(folded))


def is_typable(name: str) -> bool:
    """Whether the grammar reads the name as it stands, without quotes."""
    return _TYPABLE.fullmatch(name) is not None


def slug(name: str) -> str:
    """Give the name as a segment of a path: itself where it can be typed, else its words joined by hyphens.

    "T1 MRI" stays; "Oncology (Medical)" gives "Oncology-Medical". The slug is found like the name, because
    both normalise to the same text. A name without letters and digits gives its code points ("u2a").
    """
    if is_typable(name):
        return name
    words = _RUNS.findall(name if name.isascii() else normalize("NFKC", name))
    return "-".join(words) or "-".join(f"u{ord(sign):x}" for sign in name) or "u"


def quoted(name: str) -> str:
    """Give the name as the grammar reads it back letter by letter, in quotes where it needs them."""
    if is_typable(name):
        return name
    mark = "'" if "'" not in name else '"'
    return mark + name.replace(mark, mark * 2) + mark


def path(node: Node) -> str:
    """Give the node as text that can be typed: "modality/MRI/T1 MRI"."""
    return "/".join(slug(name) for name in node)
