"""Where on a slide tissue lies: what is more saturated than glass."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

# numpy is imported where it is used: a light start.

if TYPE_CHECKING:
    from PIL.Image import Image

_MEDIAN = 7
"""Pixels of the median filter that takes single specks away, as CLAM's preset for TCGA has it."""

_PALEST = 15
"""Saturation (of 255) of the palest tissue, as in CLAM's presets for biopsies and resections: the best split of an
empty slide divides glass from glass."""

_DARKEST = 32
"""Brightest channel (of 255) of the darkest tissue: below it lie ink and black borders, whose hue is noise."""


@dataclass(frozen=True, slots=True, eq=False)
class Tissue:
    """The tissue of a slide, as seen from afar."""

    mask: Any
    """Array of bool over the whole slide, row by row from the top: where tissue is."""
    threshold: int
    """Saturation (of 255) above which a place counts as tissue."""
    dimensions: tuple[int, int]
    """Width and height of the slide in pixels of its full resolution."""

    @property
    def share(self) -> float:
        """How much of the slide is tissue, from 0 to 1."""
        return float(self.mask.mean())

    def squares(self, side: int) -> Any:
        """Return the share of tissue in every whole square of `side` pixels of the full resolution.

        The squares lie edge to edge from the upper left corner; the array has their rows and columns.  A pixel
        of the mask that two squares share counts for each by its area.
        """
        import numpy as np

        width, height = self.dimensions
        down, across = self.mask.shape[0] / height, self.mask.shape[1] / width
        # Summed from the corner, so that a square is four look-ups however large it is.
        table = np.pad(self.mask.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0))).astype("float64")
        rows = np.arange(height // side + 1) * (side * down)
        columns = np.arange(width // side + 1) * (side * across)
        corners = _between(_between(table, rows).T, columns).T
        return np.diff(np.diff(corners, axis=0), axis=1) / (side * down * side * across)


def find_tissue(thumbnail: "Image", dimensions: tuple[int, int]) -> Tissue:
    """Return where an RGB picture of a whole slide of `dimensions` shows tissue.

    Glass is grey, stained tissue is not: the saturation of HSV is smoothed by a median filter and split by Otsu's
    threshold, never below that of the palest tissue.  Coloured ink and stained dirt count as tissue.

    Source: M. Y. Lu et al., Nature Biomedical Engineering 5 (2021) 555-570 (CLAM), and its published presets.
    """
    import numpy as np
    from PIL import ImageFilter

    _, saturation, value = thumbnail.convert("HSV").split()
    dark = value.point(lambda level: 255 * (level < _DARKEST))
    saturation.paste(0, mask=dark)
    smooth = saturation.filter(ImageFilter.MedianFilter(_MEDIAN))
    threshold = max(_PALEST, otsu(smooth.histogram()))
    return Tissue(np.asarray(smooth) > threshold, threshold, dimensions)


def otsu(counts: list[int]) -> int:
    """Return the level that splits a histogram in two: up to it, and above it.

    It makes the variance between the two classes largest; where every value is equal it is 0.

    Source: N. Otsu, IEEE Transactions on Systems, Man, and Cybernetics 9 (1979) 62-66.
    """
    import numpy as np

    number = np.asarray(counts, "float64")
    below = number.cumsum()
    moment = (number * np.arange(len(number))).cumsum()
    above = below[-1] - below
    both = below * above
    between = np.divide((moment * above - (moment[-1] - moment) * below) ** 2, both, where=both > 0, out=0 * both)
    return int(between.argmax())


def _between(table: Any, places: Any) -> Any:
    """Return the rows of a table at places between its rows, on the straight line from one to the next."""
    import numpy as np

    row = np.minimum(places.astype(int), len(table) - 2)
    part = (places - row)[:, None]
    return table[row] * (1 - part) + table[row + 1] * part
