"""The pictures of a benchmark: whether each is there, can be decoded, and shows anything."""

from collections.abc import Callable, Iterable, Iterator

from vqa_eval.engines.pictures import decode
from vqa_eval.errors import PictureError
from vqa_eval.pipeline.vetting.finding import Finding, Tally
from vqa_eval.records import FormSpec, Image, Sample
from vqa_eval.samples import Pictures, Shelf, first_absent

SMALLEST = 28
"""Pixels of a side below which some models refuse a picture: one patch of Qwen2-VL, InternVL and others."""


def look_at_pictures(
    shelf: Shelf, samples: Iterable[Sample], form: FormSpec, progress: Callable[[int], None]
) -> Iterator[Finding]:
    """Yield what is wrong with the pictures of a shelf; each distinct one is decoded once, as an engine does.

    Of a `form` with whole slides these are given at the run. `progress` gets the number of distinct pictures looked
    at. Nothing is yielded for samples without pictures.
    """
    first = f"; the first: {found}" if (found := first_absent(shelf.about, form)) else ""
    absent = Tally("pictures not at hand", "wrong", f"{form.name}: they did not lie where it says{first}")
    if form.image and form.image.form == "slide":
        absent = Tally("whole slides", "odd", "they are not prepared: name their folder at the run, --slides DIR")
    damaged = Tally("pictures that cannot be decoded", "wrong")
    blank = Tally("pictures of one colour", "odd", "nothing can be seen on them")
    tiny = Tally("tiny pictures", "odd", f"a side below {SMALLEST} pixels, which some models refuse")
    ready, known = Pictures([shelf]), set[tuple[object, ...]]()
    for sample in samples:
        for image in sample.images:
            absent.look(not image.stored, sample.id)
        if not sample.images or not all(image.stored for image in sample.images):
            continue
        seen = tuple(_seen(image) for image in sample.images)
        if seen in known:
            continue
        known.add(seen)
        fault, flat, sides = _look(ready, sample)
        damaged.look(bool(fault), sample.id)
        damaged.said = damaged.said or fault
        if not fault:
            blank.look(flat, sample.id)
            tiny.look(min(sides) < SMALLEST, sample.id)
        progress(len(known))
    yield from (tally.finding() for tally in (absent, damaged, blank, tiny) if tally.of)


def _seen(image: Image) -> tuple[object, ...]:
    return image.digest, image.view


def _look(ready: Pictures, sample: Sample) -> tuple[str, bool, list[int]]:
    """Return the fault of a sample's pictures, whether one is of a single colour, and all their sides."""
    flat, sides = False, [SMALLEST]
    try:
        for picture in ready.of(sample):
            pixels = decode(picture)
            low_high = pixels.convert("RGB").getextrema()
            flat = flat or all(low == high for low, high in low_high)  # type: ignore[misc]  # a pair a band in RGB
            sides += [picture.width, picture.height]
    except PictureError as error:
        return error.message, False, sides
    return "", flat, sides
