"""Slides made by tests: stained ellipses on glass, written tile by tile so that their size costs nothing."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

TILE = 512
GLASS = (243, 241, 244)
ELLIPSES = ((0.30, 0.35, 0.18, 0.20), (0.70, 0.65, 0.20, 0.22))
"""Centre and half axes, in parts of the slide's width and height."""

APERIO = "Aperio Image Library v11.2.1\n{width}x{height} (512x512)|AppMag = {power}|MPP = {mpp}"


def stained(xs: Any, ys: Any, dimensions: tuple[int, int], ellipses: Any = ELLIPSES) -> Any:
    """Return for places of the full resolution whether tissue was painted there."""
    across, down = xs / dimensions[0], ys / dimensions[1]
    inside = np.zeros(np.broadcast(xs, ys).shape, bool)
    for x, y, half_width, half_height in ellipses:
        inside |= ((across - x) / half_width) ** 2 + ((down - y) / half_height) ** 2 < 1
    return inside


def paint(
    left: int,
    top: int,
    width: int,
    height: int,
    dimensions: tuple[int, int],
    *,
    scale: int = 1,
    ellipses: Any = ELLIPSES,
) -> Any:
    """Return the pixels of a part of a level: purple with a coarse pattern where tissue is, else glass."""
    pixels = np.full((height, width, 3), GLASS, "uint8")
    middle = ((left + width / 2) * scale / dimensions[0], (top + height / 2) * scale / dimensions[1])
    reach = (width / 2 * scale / dimensions[0], height / 2 * scale / dimensions[1])
    if not any(abs(middle[0] - x) < a + reach[0] and abs(middle[1] - y) < b + reach[1] for x, y, a, b in ellipses):
        return pixels
    xs = (left + np.arange(width)[None, :] + 0.5) * scale
    ys = (top + np.arange(height)[:, None] + 0.5) * scale
    inside = stained(xs, ys, dimensions, ellipses)
    pattern = ((xs // 64 + ys // 64) % 3).astype("uint8")[..., None] * np.uint8((10, 20, 5))
    pixels[inside] = (np.uint8((150, 70, 140)) + pattern)[inside]
    return pixels


def write_slide(
    path: Path,
    dimensions: tuple[int, int] = (8000, 6000),
    scales: tuple[int, ...] = (1, 4, 16),
    *,
    power: int | None = None,
    mpp: float = 0.25,
    dots_per_inch: int | None = None,
    ellipses: Any = ELLIPSES,
    sparse: bool = False,
) -> Path:
    """Write a tiled TIFF with levels; `power` makes it one of Aperio's, `sparse` leaves empty tiles unwritten."""
    import tifffile

    def tiles(width: int, height: int, scale: int) -> Iterator[Any]:
        for top in range(0, height, TILE):
            for left in range(0, width, TILE):
                tile = paint(left, top, TILE, TILE, dimensions, scale=scale, ellipses=ellipses)
                # The writer takes the kind of the pixels from the first tile.
                yield None if sparse and left + top > 0 and (tile == GLASS).all() else tile

    with tifffile.TiffWriter(path, bigtiff=True) as file:
        for scale in scales:
            width, height = dimensions[0] // scale, dimensions[1] // scale
            about = APERIO.format(width=width, height=height, power=power, mpp=mpp) if power else None
            file.write(
                tiles(width, height, scale),
                shape=(height, width, 3),
                dtype="uint8",
                tile=(TILE, TILE),
                photometric="rgb",
                compression="zlib",
                compressionargs={"level": 1},
                subfiletype=int(scale > 1),
                description=about,
                metadata=None,
                software=False,
                resolution=(dots_per_inch, dots_per_inch) if dots_per_inch else None,
                resolutionunit="INCH" if dots_per_inch else None,
            )
    return path


def small(path: Path, **settings: Any) -> Path:
    """Write a slide of one level that takes no time."""
    return write_slide(path, (2000, 1500), (1,), **settings)
