"""Scripts that are written without spaces: their characters stand for words.

Chinese, Japanese and Thai with its neighbours (Lao, Burmese, Khmer) are split into characters, each with the
marks that it bears, so that a text in them is compared at all; other scripts are left as they are.
"""

import re
import unicodedata

VERSION = "1"
"""Changes with every change that can move a token; stands in the settings of the metrics that use it."""

_UNSPACED = re.compile(
    "("
    # Thai and Lao, Burmese, Khmer; kana, Han with its extensions, and the punctuation of both.
    "[\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd\u0ec0-\u0ec6"
    "\u1000-\u102a\u103f\u1780-\u17b3"
    "\u3001-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]"
    # Vowel signs, tone marks, voicing marks, variation selectors.
    "[\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece\u102b-\u103e\u17b4-\u17d3\u3099\u309a\ufe00-\ufe0f]*"
    ")"
)


def split_unspaced(text: str) -> str:
    """Return the text with spaces around every character of a script that writes none."""
    return text if text.isascii() else _UNSPACED.sub(r" \1 ", text)


def normal(text: str) -> str:
    """Return the text in Unicode's NFKC form, every run of white space as one space, none around it."""
    return " ".join(unicodedata.normalize("NFKC", text).split())
