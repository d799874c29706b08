"""A sample put to a model in another way: options moved on, without its pictures, with somebody else's."""

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from vqa_eval.records import Image, Sample, Variant


def varied(sample: Sample, variant: Variant, images: tuple[Image, ...] = ()) -> Sample | None:
    """Return the sample as the variant puts it, key and all; None where the variant does not apply to it.

    `images` are those of the donor for the variant "wrong-image". The id stays: it is the same sample.
    """
    if variant.kind in ("choice", "logprobs"):
        # One label is one option, so a question for every right option has no such channel.
        return sample if sample.kind == "choice" and not sample.multi else None
    if variant.kind == "rotate":
        return _rotated(sample, variant.number)
    if variant.kind == "blind":
        return replace(sample, images=()) if sample.images else None
    if variant.kind == "wrong-image":
        return replace(sample, images=images) if sample.images and images else None
    return sample


def _rotated(sample: Sample, places: int) -> Sample | None:
    count = len(sample.options)
    if sample.kind != "choice" or not 0 < places < count:
        return None
    return replace(
        sample,
        options=sample.options[places:] + sample.options[:places],
        correct=tuple(sorted((position - places) % count for position in sample.correct)),
    )


@dataclass(frozen=True, slots=True)
class Pictured:
    """What is asked of a sample to find it a donor."""

    id: str
    benchmark: str
    cluster: str
    digests: tuple[str | None, ...]
    """Of its pictures; a slide is known by its name, and what is not at hand is None."""

    @classmethod
    def of(cls, sample: Sample) -> "Pictured":
        """Return what a sample with pictures brings."""
        digests = tuple(f"slide {image.name}" if image.slide else image.digest for image in sample.images)
        return cls(sample.id, sample.benchmark, sample.cluster, digests)


_TRIES = 500
"""Donors that are looked at for one sample: a group that is all one patient has none anyway."""


def donors(samples: Iterable[Pictured]) -> dict[str, str]:
    """Return for each sample the one whose pictures it is shown under "wrong-image".

    A donor belongs to the same benchmark, to another cluster, has as many pictures, all of them at hand and
    none of them the sample's own. Samples are put into the order of the sha256 of their ids and each takes
    the next that fits: the same ones on every machine, and no donor serves many. A sample that nobody fits is
    left out.
    """
    groups: dict[tuple[str, int], list[Pictured]] = {}
    for sample in samples:
        if sample.digests:
            groups.setdefault((sample.benchmark, len(sample.digests)), []).append(sample)
    found: dict[str, str] = {}
    for group in groups.values():
        ring = sorted(group, key=lambda one: hashlib.sha256(one.id.encode()).digest())
        for at, sample in enumerate(ring):
            for donor in itertools.islice(itertools.chain(ring[at + 1 :], ring[:at]), _TRIES):
                fits = donor.cluster != sample.cluster and None not in donor.digests
                if fits and not set(donor.digests) & set(sample.digests):
                    found[sample.id] = donor.id
                    break
    return found
