"""Regions are drawn as GMAI-MMBench draws them: a red box, a red contour, or a translucent red area.

A region comes as points (`records.Mark`) or as a mask picture (`Region`). Both are counted in pixels of the source
frame and drawn last, so that lines are crisp and equally wide whatever the picture was cropped and scaled by.
"""

# pillow, numpy and scipy are imported where they are used: a light start.

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vqa_eval.errors import PictureError
from vqa_eval.records import Mark, RegionKind
from vqa_eval.samples.pixels.limits import by

if TYPE_CHECKING:
    from PIL.Image import Image

RED = (255, 0, 0)
MASK_ALPHA = 0.4
"""How much of a mask's red covers what lies below: enough to see it, little enough to see through it."""

_STRIP = 2_000_000
"""Pixels whose distances are measured at once: a contour takes a bounded memory on a picture of any size."""


@dataclass(frozen=True, slots=True)
class Region:
    """A region given as a picture as large as the source frame: all that is not black or 0 lies inside."""

    kind: RegionKind
    mask: bytes
    name: str = ""
    """What the mask is called in messages; empty: as the picture."""


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Which part of the source frame is shown, and how large."""

    crop: tuple[int, int, int, int]
    size: tuple[int, int]

    @property
    def scale(self) -> tuple[float, float]:
        """Return how many shown pixels a source pixel is wide and high."""
        left, top, right, bottom = self.crop
        return self.size[0] / (right - left), self.size[1] / (bottom - top)


def line_width(size: tuple[int, int]) -> int:
    """Return how wide lines are in a picture of this size: a two-hundredth of its longer side, at least 2."""
    return max(2, round(max(size) / 200))


def draw_mark(shown: "Image", mark: Mark, excerpt: Excerpt, name: str) -> None:
    """Draw a region given by points onto what is shown."""
    from PIL import Image, ImageDraw

    (left, top, _, _), (x_scale, y_scale) = excerpt.crop, excerpt.scale
    points = [((x - left) * x_scale, (y - top) * y_scale) for x, y in mark.points]
    enough = len(points) == 2 if mark.kind == "box" else len(points) >= 3
    if not enough or not all(math.isfinite(number) for point in points for number in point):
        raise PictureError(f"{name}: a {mark.kind} cannot be drawn with the points {mark.points}")
    xs, ys = zip(*points, strict=True)
    if max(xs) <= 0 or max(ys) <= 0 or min(xs) >= shown.width or min(ys) >= shown.height:
        raise _outside(name, mark.kind, shown)
    width = line_width(shown.size)
    if mark.kind == "mask":
        area = Image.new("L", shown.size)
        ImageDraw.Draw(area).polygon(points, fill=round(255 * MASK_ALPHA))
        shown.paste(RED, (0, 0), area)
    elif mark.kind == "contour":
        # The first two points again at the end: joints are rounded, the one that closes the outline too.
        ImageDraw.Draw(shown).line([*points, *points[:2]], fill=RED, width=width, joint="curve")
    else:
        ImageDraw.Draw(shown).rectangle((min(xs), min(ys), max(xs), max(ys)), outline=RED, width=width)


def draw_region(shown: "Image", kind: str, mask: "Image", excerpt: Excerpt, name: str) -> None:
    """Draw a region given by a mask of the whole source frame (mode L, 255 inside) onto what is shown.

    The box lies around the region; the contour lies half inside and half outside of its edge, around holes too.
    """
    width = line_width(shown.size)
    # Shown one line wider than the picture: an edge just beyond it has half of its line within.
    inside = _as_shown(mask, excerpt, margin=width)
    if not inside.any():
        raise _outside(name, kind, shown)
    if kind == "mask":
        drawn = inside
    elif kind == "contour":
        drawn = _edge(inside, width)
    else:
        drawn = _frame(mask, excerpt, width, inside.shape)
    drawn = drawn[width:-width, width:-width]
    if not drawn.any():
        raise _outside(name, kind, shown)
    _redden(shown, drawn, MASK_ALPHA if kind == "mask" else 1.0)


def _as_shown(mask: "Image", excerpt: Excerpt, margin: int) -> Any:
    """Return which shown pixels lie at least half inside the region, `margin` pixels beyond the excerpt too."""
    import numpy as np
    from PIL.Image import Resampling

    (left, top, right, bottom), (x_scale, y_scale) = excerpt.crop, excerpt.scale
    x_margin, y_margin = margin / x_scale, margin / y_scale
    x_more, y_more = math.ceil(x_margin), math.ceil(y_margin)
    # Beyond the frame a crop is 0, so that a region ends where its frame ends.
    cut = mask.crop((left - x_more, top - y_more, right + x_more, bottom + y_more))
    covered = np.asarray(
        cut.resize(
            (excerpt.size[0] + 2 * margin, excerpt.size[1] + 2 * margin),
            Resampling.BOX,
            (x_more - x_margin, y_more - y_margin, cut.width - x_more + x_margin, cut.height - y_more + y_margin),
        )
    )
    half: Any = covered >= 128
    # What is too small to fill half a pixel of a reduced picture is shown where it touches one.
    return half if half.any() else covered > 0


def _edge(inside: Any, width: int) -> Any:
    """Return which pixels lie on a line along the region's edge, equally wide in every direction."""
    import numpy as np
    from scipy.ndimage import distance_transform_edt as distance

    line: Any = np.zeros_like(inside)
    rows = max(1, _STRIP // inside.shape[1])
    for top in range(0, len(inside), rows):
        first = max(0, top - width)
        part = inside[first : top + rows + width]
        if part.any() and not part.all():
            near = np.where(part, distance(part) <= width // 2, distance(~part) <= (width + 1) // 2)
            line[top : top + rows] = near[top - first :][:rows]
    return line


def _frame(mask: "Image", excerpt: Excerpt, width: int, shape: tuple[int, int]) -> Any:
    """Return which pixels lie on the box around the region, in a picture that is a line wider at each side."""
    import numpy as np

    box = mask.getbbox() or (0, 0, 0, 0)
    (left, top, _, _), scales = excerpt.crop, excerpt.scale
    line: Any = np.zeros(shape, bool)
    outer, inner = [], []
    for axis, (origin, scale) in enumerate(zip((left, top), scales, strict=True)):
        low, high, least, most = (
            round((number - origin) * scale) + width for number in (box[axis], box[axis + 2], 0, mask.size[axis])
        )
        # Around the region, but on it where the frame leaves no room.
        low, high = max(low - width, least), min(high + width, most)
        outer.append(slice(max(low, 0), max(high, 0)))
        inner.append(slice(max(low + width, 0), max(high - width, 0)))
    line[outer[1], outer[0]] = True
    line[inner[1], inner[0]] = False
    return line


def _redden(shown: "Image", area: Any, alpha: float) -> None:
    from PIL import Image

    shown.paste(RED, (0, 0), Image.fromarray((area * round(255 * alpha)).astype("uint8")))


def _outside(name: str, kind: str, shown: "Image") -> PictureError:
    return PictureError(f"{name}: the {kind} lies outside of what is shown ({by(shown.size)} pixels)")
