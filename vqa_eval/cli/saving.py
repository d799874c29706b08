"""A sample's pictures as files: exactly what a model is sent, and what of the stored ones is not in it."""

from pathlib import Path

from vqa_eval.cli.screen import note
from vqa_eval.errors import DataError
from vqa_eval.pipeline.plan import Pick
from vqa_eval.pipeline.slides import picture_spec
from vqa_eval.records import Image, Sample, View
from vqa_eval.samples import Pictures
from vqa_eval.samples.slides.views import SlidePictures


def save_pictures(
    pick: Pick,
    sample: Sample,
    folder: Path,
    side: int | None,
    *,
    slides: SlidePictures | None = None,
    view: str = "",
) -> None:
    """Write the pictures into `folder` and say of each its size, its digest, and how it came about.

    `side` is the longest side that the model of a run was sent; whole slides are taken from `slides` and looked at
    as `view` says, every patch in a file of its own. Raises DataError where nothing can be written.
    """
    from vqa_eval.samples.pixels.shaping import describe

    spec = picture_spec(pick, view)
    pipeline = describe(spec) + (f"; model: longer side at most {side}" if side else "")
    pictures = Pictures([pick.shelf], side, {pick.task.id: spec}, slides)
    sent = pictures.of(sample)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for number, picture in enumerate(sent, start=1):
            name = f"{sample.id.replace('/', '-')}-{number}.{picture.media_type.rpartition('/')[2].removeprefix('x-')}"
            (folder / name).write_bytes(picture.data)
            note(f"{folder / name}: {picture.width} x {picture.height}, sha256 {picture.digest}")
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror}", "give --save a folder of yours") from error
    note(f"pipeline: {pipeline}")
    for words in pictures.words(sample):
        note(words)
    for image in sample.images:
        if looks := "; ".join(filter(None, (_words(image.view), _window(pick, image)))):
            note(f"{image.name}: {looks}")
        for sentence in _unshown(pick, image):
            note(f"{image.name}: not shown: {sentence}")


def _unshown(pick: Pick, image: Image) -> tuple[str, ...]:
    from vqa_eval.samples.pixels.decoding import unshown

    return unshown(pick.shelf.picture(image.digest), image.name, image.view) if image.digest else ()


def _window(pick: Pick, image: Image) -> str:
    from vqa_eval.samples.pixels.decoding import window_words

    return window_words(pick.shelf.picture(image.digest), image.name, image.view) if image.digest else ""


def _words(view: View) -> str:
    """Return how a stored picture is looked at; empty where it is shown as it is."""
    told = [f"frame {view.frame}"] if view.frame else []
    told += ["window of centre {:g} and width {:g}".format(*view.window)] if view.window else []
    told += ["crop from {}, {} to {}, {}".format(*view.crop)] if view.crop else []
    told += [f"{view.mark.kind} through {len(view.mark.points)} points"] if view.mark else []
    told += [f"{view.overlay.kind} of {view.overlay.name}"] if view.overlay else []
    told += [f"longer side {view.side}"] if view.side else []
    return "; ".join(told)
