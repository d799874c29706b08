"""A slide view: the way in which a whole slide, far too large to be sent, is put before a model."""

import re
from dataclasses import dataclass
from typing import Literal

SlideViewKind = Literal["thumbnail", "patches", "montage", "region", "features"]

SLIDE_VIEWS = "thumbnail:1024, patches:30, montage:5x6, region:X,Y,WIDTH,HEIGHT@10, features:38400"
"""Every kind as it is written, with what it is where no numbers are given."""


@dataclass(frozen=True, slots=True)
class SlideView:
    """One way of looking at a slide.

    thumbnail: the whole slide in a box of so many pixels on a side. patches: so many squares of tissue, each asked
    on its own; the majority is the answer. montage: rows times columns of the same squares in one picture. region:
    x, y, width and height of a rectangle in pixels of the full resolution. features: no pixels but at most so many
    rows of numbers that an encoder made of the slide.

    Source: thumbnail ("Slide (T)"), patches and features are how SlideChat's tables were made (arXiv 2410.11761).
    """

    kind: SlideViewKind = "thumbnail"
    numbers: tuple[int, ...] = (1024,)
    magnification: float | None = None
    """Of a region (10.0 for 10x); None shows it as scanned."""

    @property
    def name(self) -> str:
        """As it is written in full: "thumbnail:1024", "montage:5x6", "region:0,0,512,512@10"."""
        numbers = ("x" if self.kind == "montage" else ",").join(map(str, self.numbers))
        return f"{self.kind}:{numbers}" + (f"@{self.magnification:g}" if self.magnification else "")

    @property
    def patches(self) -> int:
        """How many patches are asked one by one; 0 where a slide is one picture."""
        return self.numbers[0] if self.kind == "patches" else 0

    @property
    def drawn(self) -> bool:
        """Whether chance decides what of a slide is seen."""
        return self.kind in ("patches", "montage")

    @classmethod
    def named(cls, name: str) -> "SlideView":
        """Return the view of a name; ValueError with what is wrong for what is none of `SLIDE_VIEWS`."""
        kind, colon, said = name.strip().partition(":")
        if kind not in _FORMS:
            raise ValueError(f"no slide view {name!r}")
        form = _FORMS[kind]
        if not colon and form.usual:
            return cls(kind, form.usual)  # type: ignore[arg-type]  # the table holds the kinds
        found = re.fullmatch(form.pattern, said)
        if found is None:
            raise ValueError(f"slide view {name!r} is not written as {form.written}")
        said_numbers, at = found.groups()[: len(form.least)], found.groups()[len(form.least) :]
        numbers = tuple(map(int, said_numbers))
        if any(not least <= number <= form.most for number, least in zip(numbers, form.least, strict=True)):
            raise ValueError(f"slide view {name!r}: each size is from 1 to {form.most:,}")
        magnification = float(at[0]) if at and at[0] else None
        if magnification == 0:
            raise ValueError(f"slide view {name!r}: a magnification of 0 shows nothing")
        return cls(kind, numbers, magnification)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Form:
    """How the numbers of one kind are written."""

    written: str
    pattern: str
    usual: tuple[int, ...]
    """Without numbers; empty where they must be given."""
    least: tuple[int, ...]
    most: int
    """So that one picture stays within what a picture may have, and one question within what can be asked."""


_N = "([0-9]{1,9})"

_FORMS = {
    "thumbnail": _Form("thumbnail:SIDE", _N, (1024,), (1,), 10_000),
    "patches": _Form("patches:COUNT", _N, (30,), (1,), 1_000),
    "montage": _Form("montage:ROWSxCOLUMNS", f"{_N}x{_N}", (5, 6), (1, 1), 40),
    "region": _Form(
        "region:X,Y,WIDTH,HEIGHT or region:X,Y,WIDTH,HEIGHT@MAGNIFICATION",
        rf"{_N},{_N},{_N},{_N}(?:@([0-9]{{1,3}}(?:\.[0-9]{{1,3}})?))?",
        (),
        (0, 0, 1, 1),
        999_999_999,
    ),
    "features": _Form("features:ROWS", _N, (38_400,), (1,), 100_000),
}
