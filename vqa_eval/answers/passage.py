"""A reply while it is being cleaned: the text so far, and where in the reply each character stood."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from vqa_eval.answers.expressions import expression

_CLUSTER = expression("(?s).[\u0300-\u036f]{0,4}")

_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´ʼʻʽˈ՚", "'"),
        **dict.fromkeys("“”„‟″〝〞〟«»「」『』《》〈〉", '"'),
        **dict.fromkeys("‐‑‒–−﹣⁃˗", "-"),
        **dict.fromkeys("—―⸺", " - "),
        **dict.fromkeys("【〔〖［", "["),
        **dict.fromkeys("】〕〗］", "]"),
        **dict.fromkeys("。｡।۔", ". "),
        **dict.fromkeys("、､،", ", "),
        **dict.fromkeys("→⇒➔➜➡⟶➤►▶", " -> "),
        **dict.fromkeys("✓✔✅", " ✓ "),
        **dict.fromkeys("✗✘❌✖❎", " ✗ "),
        **dict.fromkeys("☑🗹", "[x] "),
        **dict.fromkeys("☐□⬜", "[ ] "),
        "∴": " therefore ",
        **dict.fromkeys("←⇐⟵", " <- "),
        "؟": "?",
        "؛": ";",
        "∶": ":",
        "\u2028": "\n",
        "\u2029": "\n",
        "\x85": "\n",
    }
)

# Letters in black circles and squares and flag letters, which Unicode does not decompose.
_ENCLOSED = {chr(start + place): chr(65 + place) for start in (0x1F150, 0x1F170, 0x1F1E6) for place in range(26)}
_ENCLOSED |= {chr(start + place): str(place + 1) for start in (0x2776, 0x2780, 0x278A, 0x24F5) for place in range(10)}

# A capital of another script that looks like a Latin one and stands alone.  Only those whose place in their
# own alphabet does not contradict the look: the Cyrillic letter that looks like B is the third of А, Б, В.
_LOOKALIKE = expression(r"(?<![^\W_])(?<![^\W_]-)[АСΑΒΕ](?![^\W_])(?!-[^\W_])")
_LATIN = {"А": "A", "С": "C", "Α": "A", "Β": "B", "Ε": "E"}


@dataclass(frozen=True, slots=True)
class Passage:
    """Text with the place in the reply from which each of its characters came."""

    text: str
    places: Sequence[int]

    def cut(self, start: int, end: int | None = None) -> "Passage":
        """Return the part from start to end."""
        return Passage(self.text[start:end], self.places[start:end])

    def join(self, other: "Passage") -> "Passage":
        """Return this passage with another one behind it."""
        return Passage(self.text + other.text, [*self.places, *other.places])

    def sub(self, pattern: re.Pattern[str], replacement: str | Callable[[re.Match[str]], str]) -> "Passage":
        """Return the passage with every match replaced; the new characters stand where the match began."""
        if pattern.search(self.text) is None:
            return self
        parts: list[str] = []
        places: list[int] = []
        done = 0
        for match in pattern.finditer(self.text):
            start, end = match.span()
            if start == end:
                continue
            new = replacement if isinstance(replacement, str) else replacement(match)
            parts += (self.text[done:start], new)
            places += self.places[done:start]
            places += [self.places[start]] * len(new)
            done = end
        parts.append(self.text[done:])
        places += self.places[done:]
        return Passage("".join(parts), places)

    def span(self, start: int, end: int) -> tuple[int, int] | None:
        """Return the characters of the reply behind text[start:end]; None where that is empty."""
        end = min(end, len(self.text))
        if start >= end:
            return None
        return self.places[start], self.places[end - 1] + 1


@lru_cache(maxsize=8192)
def _plain(cluster: str) -> str:
    """Return one character, with its accents, in plain form: compatible, visible, one kind of quote and dash."""
    if cluster in _ENCLOSED:
        return _ENCLOSED[cluster]
    # Spaced-out forms (a full-width stop, say) become plain only after NFKC, others are undone by it.
    text = unicodedata.normalize("NFKC", cluster.translate(_PLAIN)).translate(_PLAIN)
    return "".join(map(_visible, text))


_MEANT = frozenset("\n\t✓✗°")
"""Signs and controls that say something in a reply."""

# Choices between forms of a sign, tones of skin, lines drawn under a letter.
_UNSEEN = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), 0x332, 0x333)))


def _visible(character: str) -> str:
    """Return the character, a space for a picture (emoji, bullets), nothing for what is not seen."""
    if character in _MEANT:
        return character
    category = unicodedata.category(character)
    if character in _UNSEEN or category in {"Cc", "Cf", "Me"}:
        return ""
    return " " if category == "So" else character


_CONTROL = expression(r"[\x00-\x08\x0b-\x1f\x7f]")


def normalise(text: str) -> Passage:
    """Return the reply in plain characters: NFKC, without invisible ones, letters out of circles and boxes."""
    if text.isascii():
        return Passage(text, range(len(text))).sub(_CONTROL, "")
    parts: list[str] = []
    places: list[int] = []
    for match in _CLUSTER.finditer(text):
        plain = _plain(match.group())
        parts.append(plain)
        places += [match.start()] * len(plain)
    return Passage("".join(parts), places).sub(_LOOKALIKE, lambda found: _LATIN[found.group()])
