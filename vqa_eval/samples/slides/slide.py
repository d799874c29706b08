"""Whole slides as pictures: far too large to be sent or held, they are looked at from afar or in parts."""

import math
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from vqa_eval.errors import PictureError
from vqa_eval.samples.pixels.limits import MAX_PIXELS, bound, by
from vqa_eval.samples.slides.cutouts import MPP_AT_1X, Cutout, Montage, Patches, Region
from vqa_eval.samples.slides.files import open_levels
from vqa_eval.samples.slides.tissue import Tissue, find_tissue

if TYPE_CHECKING:
    from PIL.Image import Image

_TILE = 2048
"""Pixels on a side of the most that is read at once: 16 MB."""

_ENOUGH_TISSUE = 0.5
"""Share of a patch that is tissue at least; our choice, there is no settled one."""


class Slide:
    """A slide that is open for reading, with never more of it in memory than what is looked at.

    Places and sizes on it are pixels of its full resolution.  Nothing is shown larger than it was scanned, colours
    are those of the file, and what was not scanned is white.  PictureError names a file that cannot be read.
    """

    dimensions: tuple[int, int]
    """Width and height."""
    mpp: float | None
    """Micrometres a pixel, the mean of both axes; None where the file does not tell."""
    magnification: float | None
    """Power of the objective (20.0 for 20x); None where the file does not tell."""

    def __init__(self, path: Path) -> None:
        """Open the file; PictureError says why it cannot be."""
        self._name = str(path)
        with ExitStack() as scratch:
            self._levels = open_levels(path, scratch)
            # Read now: after one bad tile OpenSlide does not answer any more.
            self._downsamples: tuple[float, ...] = self._levels.level_downsamples
            self.dimensions = self._levels.dimensions
            properties = self._levels.properties
            # Coarser than 1x is no scan: programs that know nothing of slides write dots per inch there.
            across, down = (_positive(properties.get(f"openslide.mpp-{axis}")) for axis in "xy")
            self.mpp = (across + down) / 2 if across and down and max(across, down) <= MPP_AT_1X else None
            self.magnification = _positive(properties.get("openslide.objective-power"))
            self._scratch = scratch.pop_all()
        self._tissue: dict[int, Tissue] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._scratch.close()

    def thumbnail(self, side: int = 1024) -> Cutout:
        """Return the whole slide, its longer side `side` pixels long."""
        self._check("side", side)
        return self._cut(Region(0, 0, *self.dimensions), max(self.dimensions) / side)

    def tissue(self, side: int = 1024) -> Tissue:
        """Return where tissue is, as seen on a thumbnail with this longer side."""
        if side not in self._tissue:
            self._tissue[side] = find_tissue(self.thumbnail(side).image, self.dimensions)
        return self._tissue[side]

    def region(
        self, x: int, y: int, width: int, height: int, *, magnification: float | None = None, mpp: float | None = None
    ) -> Cutout:
        """Return a rectangle of the slide as scanned, or at a lower magnification, or with more micrometres a pixel.

        Raises PictureError where it does not lie in the slide, and where the slide does not tell how large it is.
        """
        across, down = self.dimensions
        if not (0 <= x < x + width <= across and 0 <= y < y + height <= down):
            raise PictureError(
                f"{self._name}: {by((width, height))} pixels at ({x}, {y}) do not lie in its {by(self.dimensions)}"
            )
        downsample: float | None = 1.0
        if mpp is not None:
            self._check("mpp", mpp)
            downsample = self.mpp and mpp / self.mpp
        elif magnification is not None:
            self._check("magnification", magnification)
            downsample = self._downsample(magnification)
        if downsample is None:
            raise PictureError(
                f"{self._name}: the file does not tell its magnification, nor how large its pixels are",
                "ask for the region as scanned, with neither magnification nor mpp",
            )
        return self._cut(Region(x, y, width, height), downsample)

    def patches(self, count: int = 30, side: int = 224, seed: int = 0, magnification: float = 20.0) -> Patches:
        """Return squares of tissue, drawn at random without overlap, each as `side` by `side` pixels.

        They are taken at the magnification, and as scanned where the slide does not tell its own or has a lower
        one.  They are drawn from the squares of a grid that are tissue for at least a half; the same seed draws the
        same ones, and more of them include the fewer.  Where there are fewer than `count`, all come, and
        `Patches.note` says so.  Raises PictureError where there is none.

        Source: 30 random patches of 224 pixels is how SlideChat's comparators were shown a slide (arXiv
        2410.11761); that they lie on tissue, and at which magnification, is not told there.
        """
        import numpy as np

        self._check("count", count)
        self._check("side", side)
        self._check("magnification", magnification)
        bound((side, side * count), self._name)
        step = math.ceil(side * (self._downsample(magnification) or 1.0) - 1e-6)
        tissue = self.tissue()
        places = np.argwhere(tissue.squares(step) >= _ENOUGH_TISSUE)
        if not len(places):
            raise PictureError(
                f"{self._name}: no patch of {by((step, step))} pixels is tissue for a half; of the slide it is "
                f"{tissue.share:.2%}",
                "look at its thumbnail: it may be an empty or damaged slide",
            )
        drawn = np.sort(np.random.default_rng(seed).permutation(len(places))[:count])
        regions = [Region(int(column) * step, int(row) * step, step, step) for row, column in places[drawn]]
        cutouts = tuple(self._cut(region, step / side) for region in regions)
        return Patches(self._name, cutouts, asked=count, room=len(places))

    def montage(self, rows: int, columns: int, side: int = 224, seed: int = 0, magnification: float = 20.0) -> Montage:
        """Return the patches that `patches` draws in one picture of so many rows and columns."""
        return self.patches(rows * columns, side, seed, magnification).montage(rows, columns)

    def _downsample(self, magnification: float) -> float | None:
        """Return how many pixels in a row are one at a magnification; None where the slide does not tell."""
        own = self.magnification or (self.mpp and MPP_AT_1X / self.mpp)
        return own and max(1.0, own / magnification)

    def _cut(self, region: Region, downsample: float) -> Cutout:
        """Return a region with that many of its pixels in a row as one."""
        downsample = max(1.0, downsample)
        size = (max(1, round(region.width / downsample)), max(1, round(region.height / downsample)))
        bound(size, self._name)
        magnification = self.magnification and self.magnification / downsample
        return Cutout(self._read(region, size), region, magnification, self.mpp and self.mpp * downsample)

    def _read(self, region: Region, size: tuple[int, int]) -> "Image":
        """Read a region tile by tile, from the smallest level that is at least as fine, and scale it down."""
        from PIL import Image

        downsample = min(region.width / size[0], region.height / size[1])
        level = max((n for n, scale in enumerate(self._downsamples) if scale <= downsample), default=0)
        scale = self._downsamples[level]
        width, height = region.width / scale, region.height / scale
        # Tiles shrink by a whole number as they come, so that little is held; a filter without steps does the rest,
        # and has at least two pixels for one where they fit.
        spare = 2 if 16 * size[0] * size[1] <= MAX_PIXELS else 1
        shrink = min(_TILE, max(1, int(downsample / scale / spare)))
        near = (math.ceil(width / shrink), math.ceil(height / shrink))
        bound(near, self._name)
        canvas = Image.new("RGB", near, "white")
        step = _TILE // shrink * shrink
        for top in range(0, math.ceil(height), step):
            for left in range(0, math.ceil(width), step):
                corner = (region.x + round(left * scale), region.y + round(top * scale))
                part = (min(step, math.ceil(width) - left), min(step, math.ceil(height) - top))
                canvas.paste(self._tile(corner, level, part).reduce(shrink), (left // shrink, top // shrink))
        return canvas.resize(size, Image.Resampling.LANCZOS, box=(0, 0, width / shrink, height / shrink))

    def _tile(self, corner: tuple[int, int], level: int, size: tuple[int, int]) -> "Image":
        """Read a few pixels of a level and lay them on white."""
        from openslide import OpenSlideError
        from PIL import Image

        try:
            tile: Image.Image = self._levels.read_region(corner, level, size)
        except OpenSlideError as error:
            raise PictureError(
                f"{self._name}: cannot be read at {corner}: {error}", "fetch the file again: it is damaged or cut off"
            ) from error
        shown = Image.new("RGB", size, "white")
        shown.paste(tile, mask=tile)
        return shown

    def _check(self, what: str, number: float) -> None:
        if not 0 < number < math.inf:
            raise PictureError(f"{self._name}: a {what} of {number} shows nothing", f"give a positive {what}")


def _positive(text: Any) -> float | None:
    """Return a property that is a positive number; None where it is absent or something else."""
    try:
        number = float(text)
    except (TypeError, ValueError):
        return None
    return number if 0 < number < math.inf else None
