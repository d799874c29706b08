"""What a run would send, counted and estimated before anybody is asked."""

import math
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from vqa_eval.engines import ModelRef
from vqa_eval.engines.protocol import PICTURES
from vqa_eval.errors import PictureError
from vqa_eval.pipeline.ask import PromptOf, prompt_of
from vqa_eval.pipeline.due import variants_of
from vqa_eval.pipeline.run import Prepared
from vqa_eval.pipeline.slides import patches
from vqa_eval.records import PIXELS_PER_TOKEN, Row, Sample
from vqa_eval.rendering import render, varied
from vqa_eval.samples import Pictures
from vqa_eval.samples.sizes import Size, Sizes

OPENED = 50
"""Pictures without a readable header, such as DICOM and slides, that are opened; the others are taken to be like
them."""
BYTES_PER_PIXEL = 3

Tokens = Callable[[str], int]
"""How many tokens a text has."""


@dataclass(frozen=True, slots=True)
class Spread:
    """Tokens of single requests."""

    middle: int
    """Half of the requests have no more."""
    high: int
    """Nineteen of twenty have no more."""
    most: int
    total: int

    @classmethod
    def of(cls, values: Sequence[int]) -> "Spread":
        """Return the spread of some numbers; all 0 of none."""
        if not values:
            return cls(0, 0, 0, 0)
        ranked = sorted(values)
        middle, high = (ranked[math.ceil(share * len(ranked)) - 1] for share in (0.5, 0.95))
        return cls(middle, high, ranked[-1], sum(ranked))


@dataclass(frozen=True, slots=True)
class Heaviest:
    """The sample whose pictures are largest once they are decoded; of those without any, the longest text."""

    sample: str
    characters: int
    stored: int
    """Bytes of its pictures as stored."""
    decoded: int
    """Bytes of their pixels, before anything is scaled."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a run would send for one model and one prompt."""

    model: str
    prompt: str
    samples: int
    requests: int
    """More than samples where slides are asked patch by patch, or questions in several variants."""
    pictures: int
    """Sent in all requests."""
    distinct_pictures: int
    pictures_missing: int
    """Samples whose picture is not at hand."""
    tokens: Spread
    """Of requests, with their pictures as far as those are known."""
    text_tokens: int
    picture_tokens: int | None
    """None where there are pictures and no size of any is known."""
    heaviest: Heaviest | None


@dataclass(frozen=True, slots=True)
class Counter:
    """How the texts of a model are counted."""

    tokens: Tokens
    words: str
    """What it rests on, for people."""


def loads(prepared: Prepared, counter_of: Callable[[ModelRef], Counter]) -> Iterator[Load]:
    """Yield what each model would be sent under each prompt; baselines, which are sent nothing, beside none."""
    shelves = [pick.shelf for pick in prepared.plan.picks]
    asked = [ref for ref in prepared.models if ref.scheme != "baseline"]
    for ref in asked or prepared.models:
        looking = _Looking(
            Sizes(shelves, ref.card.max_side, prepared.specs),
            Pictures(shelves, ref.card.max_side, prepared.specs, prepared.slides),
        )
        for number, name in enumerate(prepared.manifest.prompts or ("own",), start=1):
            technique = prompt_of(Row(number, "", name), prepared.prompts, prepared.own_prompts)
            yield _Weighing(prepared, looking, counter_of(ref).tokens, technique).load(ref.name, name)


class _Looking:
    """Sizes of pictures by their headers, and of some others by opening them."""

    def __init__(self, sizes: Sizes, pictures: Pictures) -> None:
        self._sizes = sizes
        self._pictures = pictures
        self._opened: list[int] = []

    def lacks(self, sample: Sample) -> bool:
        return self._pictures.lacks(sample)

    def of(self, sample: Sample) -> tuple[Size | None, ...]:
        sizes = self._sizes.of(sample)
        if None in sizes and len(self._opened) < OPENED and not self.lacks(sample):
            self._open(sample)
        return sizes

    @property
    def mean(self) -> int | None:
        """Tokens of a picture whose header tells no size, as the mean of those that were opened."""
        return _tokens(sum(self._opened) / len(self._opened)) if self._opened else None

    def _open(self, sample: Sample) -> None:
        try:
            shown = self._pictures.of(sample)
        except PictureError:
            return  # at the run it will be a fault of that sample
        self._opened += [picture.width * picture.height for picture in shown if picture.media_type in PICTURES]


class _Weighing:
    """One pass over the samples of a plan."""

    def __init__(self, prepared: Prepared, looking: _Looking, tokens: Tokens, technique: PromptOf) -> None:
        self._prepared = prepared
        self._looking = looking
        self._tokens = tokens
        self._technique = technique
        self._parts = patches(prepared.specs)
        self._requests = array("l")
        self._unsized: list[tuple[int, int, int]] = []
        """First request, requests, and pictures of unknown size in each of them."""
        self._sent = self._missing = self._text = self._pictures = 0
        self._distinct: set[str] = set()
        self._heaviest: Heaviest | None = None

    def load(self, model: str, prompt: str) -> Load:
        for sample in self._prepared.plan.samples():
            self._add(sample)
        unsized, mean = sum(times * count for _, times, count in self._unsized), self._looking.mean
        for first, times, count in self._unsized if mean is not None else ():
            for at in range(first, first + times):
                self._requests[at] += count * (mean or 0)
        known = self._sent == 0 or mean is not None or self._sent > unsized
        return Load(
            model=model,
            prompt=prompt,
            samples=self._prepared.plan.size,
            requests=len(self._requests),
            pictures=self._sent,
            distinct_pictures=len(self._distinct),
            pictures_missing=self._missing,
            tokens=Spread.of(self._requests),
            text_tokens=self._text,
            picture_tokens=self._pictures + unsized * (mean or 0) if known else None,
            heaviest=self._heaviest,
        )

    def _add(self, sample: Sample) -> None:
        slides = any(image.slide for image in sample.images)
        parts = self._parts.get(sample.benchmark, 1) if slides else 1
        looks, blind = parts, 0
        # How another order of the options reads makes no difference worth rendering it for.
        for variant in variants_of(self._prepared.checks, len(sample.options)):
            if varied(sample, variant, sample.images) is not None:
                looks, blind = (looks, blind + 1) if variant.kind == "blind" else (looks + 1, blind)
        prompt = render(self._technique(sample), sample)
        text = self._tokens(prompt.system) + self._tokens(prompt.text)
        sizes = self._looking.of(sample)
        seen = sum(_tokens(size.sent) for size in sizes if size)
        if None in sizes:
            self._unsized.append((len(self._requests), looks, sizes.count(None)))
        self._requests.extend([text + seen] * looks + [text] * blind)
        self._text += text * (looks + blind)
        self._pictures += seen * looks
        self._sent += len(sizes) * looks
        self._missing += self._looking.lacks(sample)
        self._distinct.update(image.digest for image in sample.images if image.digest)
        self._distinct.update(f"{image.name} {part}" for image in sample.images if image.slide for part in range(parts))
        self._weigh(sample, len(prompt.system) + len(prompt.text), [size for size in sizes if size])

    def _weigh(self, sample: Sample, characters: int, sizes: Sequence[Size]) -> None:
        if self._looking.lacks(sample):  # it will not be sent
            return
        decoded = BYTES_PER_PIXEL * sum(size.pixels for size in sizes)
        known = self._heaviest
        if known is None or (decoded, characters) > (known.decoded, known.characters):
            self._heaviest = Heaviest(sample.id, characters, sum(size.stored for size in sizes), decoded)


def _tokens(pixels: float) -> int:
    return math.ceil(pixels / PIXELS_PER_TOKEN)
