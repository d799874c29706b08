"""What of a slide is looked at: pixels, and the rectangle of the slide that they show."""

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from vqa_eval.errors import PictureError
from vqa_eval.records import Picture, PictureSpec, SlideView, View
from vqa_eval.samples.pixels.limits import bound
from vqa_eval.samples.pixels.preparing import prepare
from vqa_eval.samples.pixels.shaping import AS_STORED

if TYPE_CHECKING:
    from PIL.Image import Image

MPP_AT_1X = 10.0
"""Micrometres a pixel at a magnification of 1, as scanners have it (20x is 0.5)."""

_GAP = 4
"""White pixels between the patches of a montage: an edge between two of them is no edge of the tissue."""


@dataclass(frozen=True, slots=True)
class Region:
    """A rectangle of a slide, in pixels of its full resolution (level 0) from the upper left corner."""

    x: int
    y: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, eq=False)
class Cutout:
    """One region of a slide as it was looked at."""

    image: "Image"
    """RGB, 8 bits; what the scanner left out is white."""
    region: Region
    magnification: float | None
    """That of `image` (20.0 for 20x); None where the slide does not tell its own."""
    mpp: float | None
    """Micrometres a pixel of `image`; None where the slide does not tell its own."""

    def picture(self, name: str, max_side: int | None = None, spec: PictureSpec = AS_STORED) -> Picture:
        """Return the file that is sent, a PNG where `spec` says nothing else; `name` is for messages."""
        return _encode(self.image, name, max_side, spec)


@dataclass(frozen=True, slots=True, eq=False)
class Montage:
    """Patches side by side in one picture."""

    image: "Image"
    """RGB; a place without a patch is white."""
    regions: tuple[Region, ...]
    """What is shown, row by row from the upper left."""

    def picture(self, name: str, max_side: int | None = None, spec: PictureSpec = AS_STORED) -> Picture:
        """Return the file that is sent, a PNG where `spec` says nothing else; `name` is for messages."""
        return _encode(self.image, name, max_side, spec)


@dataclass(frozen=True, slots=True, eq=False)
class Patches:
    """Squares of tissue of one slide, drawn at random; none overlaps another."""

    slide: str
    """The file, for messages."""
    cutouts: tuple[Cutout, ...]
    """From the top down, and from left to right; at least one."""
    asked: int
    room: int
    """Squares on the slide that hold enough tissue to be drawn."""

    @property
    def note(self) -> str:
        """What a reader must know of fewer patches than asked for; empty where all are there."""
        if len(self.cutouts) == self.asked:
            return ""
        return f"{self.slide}: {len(self.cutouts)} of {self.asked} patches: its tissue has no room for more"

    def montage(self, rows: int, columns: int) -> Montage:
        """Lay the first rows times columns patches out in a grid, row by row."""
        from PIL import Image

        if rows < 1 or columns < 1:
            raise PictureError(f"{self.slide}: a montage of {rows} rows and {columns} columns shows nothing")
        side = self.cutouts[0].image.width
        step = side + _GAP
        size = (columns * step - _GAP, rows * step - _GAP)
        bound(size, self.slide)
        shown = self.cutouts[: rows * columns]
        image = Image.new("RGB", size, "white")
        for place, cutout in enumerate(shown):
            image.paste(cutout.image, (place % columns * step, place // columns * step))
        return Montage(image, tuple(cutout.region for cutout in shown))


def cutout_words(cutout: Cutout, view: SlideView) -> str:
    """Say at which power a region was read, and how large a thumbnail is that a slide has no larger; else nothing."""
    side = max(cutout.image.size)
    if view.kind == "thumbnail":
        asked = view.numbers[0]
        return f"thumbnail of {side}, all that the slide has; {asked} was asked" if side < asked else ""
    if view.kind != "region":
        return ""
    power = cutout.magnification or (cutout.mpp and MPP_AT_1X / cutout.mpp)
    asked_for = f"; {view.magnification:g}x was asked" if view.magnification and power else ""
    if side == max(cutout.region.width, cutout.region.height):
        less = bool(view.magnification and power and power < view.magnification)
        return f"region{f' at {power:g}x' if power else ''} (as scanned{asked_for if less else ''})"
    return f"region at {power:g}x"


def _encode(image: "Image", name: str, max_side: int | None, spec: PictureSpec) -> Picture:
    file = BytesIO()
    image.save(file, format="PNG")
    return prepare(file.getvalue(), View(), name=name, max_side=max_side, spec=spec)
