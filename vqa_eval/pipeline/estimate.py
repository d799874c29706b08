"""What a run would send, counted and estimated before anybody is asked."""

from dataclasses import dataclass

from vqa_eval.engines.protocol import PICTURES
from vqa_eval.errors import PictureError
from vqa_eval.pipeline.ask import prompt_of
from vqa_eval.pipeline.run import Prepared
from vqa_eval.pipeline.slides import patches
from vqa_eval.records import Row, Sample
from vqa_eval.rendering import render
from vqa_eval.samples import Pictures

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English prose; other languages and tokenizers differ."""
PIXELS_PER_TOKEN = 28 * 28
"""One token for 28 × 28 pixels, as Qwen-VL counts; other models differ by several times."""
PROBED = 50
"""Pictures whose size is read; the others are taken to be like them."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a run would send for one row."""

    prompt: str
    samples: int
    requests: int
    """More than samples where slides are asked patch by patch."""
    pictures: int
    distinct_pictures: int
    pictures_missing: int
    """Samples whose picture is not at hand."""
    text_tokens: int
    picture_tokens: int | None
    """None where no picture could be looked at."""


def estimate(prepared: Prepared) -> list[Estimate]:
    """Return an estimate for each prompt; samples are counted, tokens are estimated."""
    shelves = (pick.shelf for pick in prepared.plan.picks)
    pictures = Pictures(shelves, specs=prepared.specs, slides=prepared.slides)
    parts = patches(prepared.specs)
    found = []
    for number, name in enumerate(prepared.manifest.prompts or ("own",), start=1):
        technique = prompt_of(Row(number, "", name), prepared.prompts, prepared.own_prompts)
        distinct: set[str] = set()
        characters = requests = sent = missing = 0
        areas: list[int] = []
        for sample in prepared.plan.samples():
            times = parts.get(sample.benchmark, 1) if any(image.slide for image in sample.images) else 1
            prompt = render(technique(sample), sample)
            characters += times * (len(prompt.system) + len(prompt.text))
            requests += times
            sent += times * len(sample.images)
            distinct.update(image.digest for image in sample.images if image.digest)
            distinct.update(f"{image.name} {part}" for image in sample.images if image.slide for part in range(times))
            if pictures.lacks(sample):
                missing += 1
            elif len(areas) < PROBED and sample.images:
                areas.extend(_areas(pictures, sample))
        tokens = round(sent * sum(areas) / len(areas) / PIXELS_PER_TOKEN) if areas else None
        found.append(
            Estimate(
                name,
                prepared.plan.size,
                requests,
                sent,
                len(distinct),
                missing,
                round(characters / CHARACTERS_PER_TOKEN),
                tokens,
            )
        )
    return found


def _areas(pictures: Pictures, sample: Sample) -> list[int]:
    try:
        shown = pictures.of(sample)
    except PictureError:
        return []  # at the run it will be a fault of that sample
    return [picture.width * picture.height for picture in shown if picture.media_type in PICTURES]
