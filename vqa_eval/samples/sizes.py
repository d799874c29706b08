"""How large the pictures of samples are, as stored and as sent: read from their headers, nothing is decoded."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from vqa_eval.records import Image, PictureSpec, Sample, View
from vqa_eval.samples.pixels.limits import FORMATS
from vqa_eval.samples.pixels.shaping import AS_STORED, Shaping
from vqa_eval.samples.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Size:
    """What one picture takes."""

    stored: int
    """Bytes of the stored file."""
    pixels: int
    """Of the stored file; one takes three bytes when it is decoded."""
    sent: int
    """Pixels of what is sent."""


class Sizes:
    """Looks at headers; questions on one picture come together, so the last few are remembered."""

    def __init__(
        self, shelves: Iterable[Shelf], max_side: int | None = None, specs: Mapping[str, PictureSpec] | None = None
    ) -> None:
        """Look in `shelves`; `max_side` and the benchmarks' `specs` say what is sent, as in `Pictures`."""
        self._shelves = list(shelves)
        self._max_side = max_side
        self._specs = specs or {}
        self._known = lru_cache(maxsize=64)(self._look)

    def of(self, sample: Sample) -> tuple[Size | None, ...]:
        """Return the size of each picture; None where no header tells it: DICOM, slides, what is not at hand."""
        return tuple(self._size(sample, image) for image in sample.images)

    def _size(self, sample: Sample, image: Image) -> Size | None:
        if image.slide or image.digest is None:
            return None
        found = self._known(sample.benchmark, image.digest)
        if found is None:
            return None
        stored, size = found
        sent = _shown(size, image.view, Shaping(self._specs.get(sample.benchmark, AS_STORED), self._max_side))
        return Size(stored, size[0] * size[1], sent[0] * sent[1])

    def _look(self, benchmark: str, digest: str) -> tuple[int, tuple[int, int]] | None:
        from PIL import Image

        for shelf in self._shelves:
            if shelf.about.task == benchmark and (file := shelf.open_picture(digest)) is not None:
                with file:
                    try:
                        return len(file), Image.open(file, formats=FORMATS).size  # type: ignore[arg-type]  # a file to read
                    except Exception:  # decoders raise any kind of error; the run says what is wrong with it
                        return None
        return None


def _shown(size: tuple[int, int], view: View, shaping: Shaping) -> tuple[int, int]:
    """Return the size at which a stored picture of this size is sent; upright ones are as many pixels as turned."""
    left, top, right, bottom = view.crop or (0, 0, *size)
    width, height = max(1, right - left), max(1, bottom - top)
    longest, side = max(width, height), shaping.side((width, height), view.side)
    if side != longest:
        width, height = max(1, round(width * side / longest)), max(1, round(height * side / longest))
    return shaping.sent_size((width, height))
