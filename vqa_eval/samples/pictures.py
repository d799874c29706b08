"""The pictures of selected samples, made ready to send: stored bytes, looked at as the sample wants it."""

from collections.abc import Iterable
from functools import lru_cache

from vqa_eval.errors import PictureError
from vqa_eval.records import Image, Picture, Sample, View
from vqa_eval.samples.shelf import Shelf


class Pictures:
    """Finds and prepares pictures; the last few are kept, because questions on one picture come together."""

    def __init__(self, shelves: Iterable[Shelf], max_side: int | None = None) -> None:
        """Look in `shelves`; scale down to `max_side` pixels on the longer side, never up."""
        self._shelves = list(shelves)
        self._max_side = max_side
        self._ready = lru_cache(maxsize=4)(self._prepare)

    def of(self, sample: Sample) -> tuple[Picture, ...]:
        """Return the sample's pictures; PictureError names the sample and what is wrong."""
        return tuple(self._one(sample, image) for image in sample.images)

    def _one(self, sample: Sample, image: Image) -> Picture:
        if image.digest is None:
            raise PictureError(
                f"{sample.id}: picture {image.name} is not at hand",
                f"add the pictures: vqa-eval data add {sample.benchmark} FOLDER",
            )
        try:
            return self._ready(sample.benchmark, image.digest, image.view, image.name)
        except PictureError as error:
            raise PictureError(f"{sample.id}: {error.message}", error.hint) from error

    def _prepare(self, benchmark: str, digest: str, view: View, name: str) -> Picture:
        from vqa_eval.samples.pixels import prepare  # numpy and pillow only when a picture is looked at

        data = next(
            shelf.picture(digest)
            for shelf in self._shelves
            if shelf.about.task == benchmark and shelf.has_picture(digest)
        )
        return prepare(data, view, name=name, max_side=self._max_side)
