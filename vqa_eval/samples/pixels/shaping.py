"""A benchmark's image pipeline (`records.PictureSpec`): how large a picture is sent, on what ground, as what file."""

# pillow is imported where it is used: a light start.

import math
from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING

from vqa_eval.records import PictureSpec

if TYPE_CHECKING:
    from PIL.Image import Image

AS_STORED = PictureSpec()
"""Nothing is asked for: a PNG or JPEG that fits is sent byte for byte."""

JPEG_QUALITY = 95
"""Of every JPEG that is made here; its colours are kept at full resolution (4:4:4)."""


def describe(spec: PictureSpec) -> str:
    """Return the pipeline in words, as it stands in a signature: "longer side at most 512; PNG"."""
    told = [f"longer side at most {spec.max_side}"] if spec.max_side else []
    told += [f"at most {spec.max_pixels} pixels"] if spec.max_pixels else []
    if spec.square:
        told.append("black to a square" + (f" of {spec.max_side}" if spec.max_side else ""))
    told += [{"png": "PNG", "jpeg": f"JPEG of quality {JPEG_QUALITY}"}[spec.format]] if spec.format else []
    told += [f"slides as {spec.slide}"] if spec.slide else []
    return "; ".join(told) or "as stored"


@dataclass(frozen=True, slots=True)
class Shaping:
    """The pipeline of a benchmark for one model; of several limits the smallest holds."""

    spec: PictureSpec = AS_STORED
    max_side: int | None = None
    """Longest side in pixels that the model can take."""

    def side(self, size: tuple[int, int], wanted: int | None = None) -> int:
        """Return the longer side at which a picture of this size is shown: its own, or the one that is wanted."""
        return min([max(size) if wanted is None else wanted, *self._limits(size)])

    def sent_size(self, shown: tuple[int, int]) -> tuple[int, int]:
        """Return the size of the file in which a picture shown at this size is sent.

        A square is as large as the benchmark's longest side, so that all its pictures are of one size; where it
        names none, as the picture's own longer side.
        """
        if not self.spec.square:
            return shown
        side = min(self._limits(shown)) if self.spec.max_side else max(shown)
        return side, side

    def padded(self, image: "Image") -> "Image":
        """Return the picture in the middle of a black one of the size that is sent; itself where it fills it."""
        from PIL import Image

        size = self.sent_size(image.size)
        if image.size == size:
            return image
        ground = Image.new("RGB", size)
        ground.paste(image, ((size[0] - image.width) // 2, (size[1] - image.height) // 2))
        return ground

    def takes(self, size: tuple[int, int], form: str) -> bool:
        """Tell whether a file of this size and format (PNG or JPEG) can be sent as it is."""
        formats = (self.spec.format.upper(),) if self.spec.format else ("PNG", "JPEG")
        return form in formats and self.side(size) == max(size) and self.sent_size(size) == size

    def encoded(self, image: "Image") -> tuple[bytes, str]:
        """Return the file and its media type; the same pixels give the same bytes with the same pillow."""
        file = BytesIO()
        if self.spec.format == "jpeg":
            image.save(file, format="JPEG", quality=JPEG_QUALITY, subsampling=0)
            return file.getvalue(), "image/jpeg"
        image.save(file, format="PNG")
        return file.getvalue(), "image/png"

    def _limits(self, size: tuple[int, int]) -> list[int]:
        """Return the longer sides that a picture of this shape may have at most."""
        sides = [side for side in (self.spec.max_side, self.max_side) if side is not None]
        if self.spec.max_pixels is not None:
            square = (1, 1)
            sides.append(_longest(square if self.spec.square else size, self.spec.max_pixels))
        return sides


def _longest(shape: tuple[int, int], pixels: int) -> int:
    """Return the longest side with which a picture of this shape has no more than so many pixels."""
    longest, shortest = max(shape), min(shape)
    # The shorter side is rounded, by a half at most: beyond this the pixels are too many in any case.
    side = math.ceil(longest * (1 + math.sqrt(1 + 16 * shortest * pixels / longest)) / (4 * shortest)) + 1
    while side > 1 and side * max(1, round(shortest * side / longest)) > pixels:
        side -= 1
    return side
