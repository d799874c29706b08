"""The pictures that are sent of whole slides: each looked at as a view says, never two open at a time."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from vqa_eval.errors import PictureError
from vqa_eval.records import Picture, PictureSpec, SlideView
from vqa_eval.samples.pixels.shaping import AS_STORED
from vqa_eval.samples.slides.cutouts import cutout_words
from vqa_eval.samples.slides.features import find_features, read_features
from vqa_eval.samples.slides.folder import SlideFolder


class SlidePictures:
    """Finds slides in a folder by id and looks at them.

    Questions on one slide come together, so what was made of the last slide is kept, bad news too; the slide itself
    is closed again. Memory holds the pictures of one slide.
    """

    def __init__(self, folder: Path, seed: int = 0) -> None:
        """Look in `folder` and below; patches are drawn by `seed`. DataError where there is no such folder."""
        self._folder = folder
        self._slides = SlideFolder(folder)
        self._seed = seed
        self._seen = lru_cache(maxsize=1)(self._look)

    def has(self, slide: str, view: SlideView) -> bool:
        """Return whether there is one file of the slide, without opening it."""
        try:
            return self._find(slide, view) is not None
        except PictureError:
            return False

    def of(
        self, slide: str, view: SlideView, spec: PictureSpec = AS_STORED, max_side: int | None = None
    ) -> tuple[Picture, ...]:
        """Return what is sent of a slide: one picture, or every patch in its order.

        `spec` is the benchmark's pipeline and `max_side` the model's limit. Raises PictureError where the slide is
        not there, is damaged, or shows no tissue to draw from.
        """
        return self._shown(slide, view, spec, max_side).pictures

    def words(
        self, slide: str, view: SlideView, spec: PictureSpec = AS_STORED, max_side: int | None = None
    ) -> tuple[str, ...]:
        """Return what of a slide `of` looked at, where a slide may give less than the view asks for."""
        return self._shown(slide, view, spec, max_side).words

    def _shown(self, slide: str, view: SlideView, spec: PictureSpec, max_side: int | None) -> "_Look":
        seen = self._seen(slide, view, spec, max_side)
        if isinstance(seen, PictureError):
            raise PictureError(seen.message, seen.hint) from seen
        return seen

    def _find(self, slide: str, view: SlideView) -> Path | None:
        return find_features(self._folder, slide) if view.kind == "features" else self._slides.find(slide)

    def _look(self, slide: str, view: SlideView, spec: PictureSpec, max_side: int | None) -> "_Look | PictureError":
        try:
            path = self._find(slide, view)
            if path is None:
                what = f"{slide}.csv" if view.kind == "features" else f"slide {slide}"
                raise PictureError(f"{what} is not in {self._folder}", "put it there; the same command goes on")
            if view.kind == "features":
                return _Look((read_features(path, *view.numbers),))
            return self._cut(path, view, spec, max_side)
        except PictureError as error:
            return error

    def _cut(self, path: Path, view: SlideView, spec: PictureSpec, max_side: int | None) -> "_Look":
        from vqa_eval.samples.slides.slide import Slide  # numpy and pillow only when a slide is looked at

        with Slide(path) as slide:
            if view.kind == "patches":
                patches = slide.patches(view.patches, seed=self._seed)
                drawn = tuple(cutout.picture(str(path), max_side, spec) for cutout in patches.cutouts)
                return _Look(drawn, (patches.note,) if patches.note else ())
            if view.kind == "montage":
                rows, columns = view.numbers
                montage = slide.montage(rows, columns, seed=self._seed)
                return _Look((montage.picture(str(path), max_side, spec),))
            if view.kind == "region":
                x, y, width, height = view.numbers
                cutout = slide.region(x, y, width, height, magnification=view.magnification)
            else:
                cutout = slide.thumbnail(*view.numbers)
            words = cutout_words(cutout, view)
            return _Look((cutout.picture(str(path), max_side, spec),), (words,) if words else ())


@dataclass(frozen=True, slots=True)
class _Look:
    """What was made of one slide."""

    pictures: tuple[Picture, ...]
    words: tuple[str, ...] = ()
