"""The pictures of selected samples, made ready to send: stored bytes, looked at as the sample wants it."""

from collections.abc import Iterable, Mapping
from functools import lru_cache

from vqa_eval.errors import PictureError
from vqa_eval.records import Image, Overlay, Picture, PictureSpec, Sample, SlideView, View
from vqa_eval.samples.pixels.drawing import Region
from vqa_eval.samples.pixels.shaping import AS_STORED
from vqa_eval.samples.shelf import Shelf
from vqa_eval.samples.slides.views import SlidePictures


class Pictures:
    """Finds and prepares pictures; the last few are kept, because questions on one picture come together."""

    def __init__(
        self,
        shelves: Iterable[Shelf],
        max_side: int | None = None,
        specs: Mapping[str, PictureSpec] | None = None,
        slides: SlidePictures | None = None,
    ) -> None:
        """Look in `shelves`; scale down to `max_side` pixels on the longer side, never up.

        `specs` are the image pipelines of benchmarks by their ids; of two limits the smaller one holds. Whole
        slides are looked for in `slides`, and looked at as the pipeline says.
        """
        self._shelves = list(shelves)
        self._max_side = max_side
        self._specs = specs or {}
        self._slides = slides
        self._ready = lru_cache(maxsize=4)(self._prepare)

    def of(self, sample: Sample) -> tuple[Picture, ...]:
        """Return the sample's pictures, every patch of a slide; PictureError names the sample and what is wrong."""
        return tuple(picture for image in sample.images for picture in self._shown(sample, image))

    def patch(self, sample: Sample, number: int) -> tuple[Picture, ...]:
        """Return what `of` returns with one patch alone of each slide, counted from 1; nothing where one has fewer."""
        patches = [self._shown(sample, image) for image in sample.images]
        chosen = [
            shown[number - 1 : number] if image.slide else shown
            for image, shown in zip(sample.images, patches, strict=True)
        ]
        return tuple(picture for shown in chosen for picture in shown) if all(chosen) else ()

    def lacks(self, sample: Sample) -> bool:
        """Return whether a picture of the sample is not at hand, as far as that can be seen without opening one."""
        return any(
            not (self._slides and self._slides.has(image.name, self._view(sample))) if image.slide else not image.stored
            for image in sample.images
        )

    def words(self, sample: Sample) -> tuple[str, ...]:
        """Return what was looked at of the sample's slides, where that may be less than was asked for."""
        if self._slides is None:
            return ()
        spec, view = self._specs.get(sample.benchmark, AS_STORED), self._view(sample)
        seen = [(i.name, self._slides.words(i.name, view, spec, self._max_side)) for i in sample.images if i.slide]
        return tuple(f"{name}: {said}" for name, words in seen for said in words)

    def _shown(self, sample: Sample, image: Image) -> tuple[Picture, ...]:
        if not image.slide:
            return (self._one(sample, image),)
        if self._slides is None:
            said = f"{sample.id}: slide {image.name} is not at hand: name the folder it lies in with --slides"
            raise PictureError(said, "--slides FOLDER")
        spec = self._specs.get(sample.benchmark, AS_STORED)
        try:
            return self._slides.of(image.name, self._view(sample), spec, self._max_side)
        except PictureError as error:
            raise PictureError(f"{sample.id}: {error.message}", error.hint) from error

    def _view(self, sample: Sample) -> SlideView:
        said = self._specs.get(sample.benchmark, AS_STORED).slide
        return SlideView.named(said) if said else SlideView()

    def _one(self, sample: Sample, image: Image) -> Picture:
        overlay = image.view.overlay
        if image.digest is None:
            raise _absent(sample, f"picture {image.name}")
        if overlay is not None and overlay.digest is None:
            raise _absent(sample, f"mask {overlay.name}")
        try:
            return self._ready(sample.benchmark, image.digest, image.view, image.name)
        except PictureError as error:
            raise PictureError(f"{sample.id}: {error.message}", error.hint) from error

    def _prepare(self, benchmark: str, digest: str, view: View, name: str) -> Picture:
        from vqa_eval.samples.pixels.preparing import prepare  # numpy and pillow only when a picture is looked at

        return prepare(
            self._stored(benchmark, digest),
            view,
            name=name,
            max_side=self._max_side,
            spec=self._specs.get(benchmark, AS_STORED),
            region=self._region(benchmark, view.overlay),
            digest=digest,
        )

    def _region(self, benchmark: str, overlay: Overlay | None) -> Region | None:
        if overlay is None or overlay.digest is None:
            return None
        return Region(overlay.kind, self._stored(benchmark, overlay.digest), overlay.name)

    def _stored(self, benchmark: str, digest: str) -> bytes:
        of_benchmark = (shelf for shelf in self._shelves if shelf.about.task == benchmark)
        return next(data for shelf in of_benchmark if (data := shelf.find_picture(digest)) is not None)


def _absent(sample: Sample, what: str) -> PictureError:
    return PictureError(
        f"{sample.id}: {what} is not at hand", f"add the pictures: vqa-eval data add {sample.benchmark} FOLDER"
    )
