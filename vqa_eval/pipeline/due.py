"""Which samples are put in which variants: decided once, kept in the run, so that the same command goes on."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from vqa_eval.engines import Engine
from vqa_eval.records import Channel, Sample, Variant
from vqa_eval.rendering import Pictured, donors, varied
from vqa_eval.store import RunStore

ALL = 1_000_000
"""As many orders of the options as there are options."""


@dataclass(frozen=True, slots=True)
class Checks:
    """What is asked beside the plain question, to learn what its answer rests on."""

    channels: tuple[Channel, ...] = ()
    """Answer channels beside free text, which is always asked."""
    orders: int = 1
    """Orders of the options in all, each moved on by one place from the last; `ALL` for every one of them."""
    blind: bool = False
    wrong_image: bool = False
    draws: int = 1
    """Replies to each question in all."""


def put_due(store: RunStore, checks: Checks) -> None:
    """Note in the run what the checks put beside the plain question; what is noted already stays."""
    if checks == Checks():
        return
    samples = list(store.samples())
    lent = donors(Pictured.of(sample) for sample in samples) if checks.wrong_image else {}
    by_id = {sample.id: sample for sample in samples} if lent else {}
    due: defaultdict[Variant, list[tuple[str, str]]] = defaultdict(list)
    for sample in samples:
        donor = lent.get(sample.id, "")
        images = by_id[donor].images if donor else ()
        for variant in variants_of(checks, len(sample.options)):
            if varied(sample, variant, images) is not None:
                due[variant].append((sample.id, donor if variant.kind == "wrong-image" else ""))
    for variant, entries in due.items():
        store.put_due(variant, entries)


def put_patches(store: RunStore, counts: Mapping[str, int]) -> None:
    """Note in the run which choice questions are asked patch by patch of their slide, and in how many; once.

    `counts` says how many, by benchmark; how many patches a slide has is not known before it is opened.
    """
    if counts:
        store.put_parts(
            (sample.id, counts[sample.benchmark])
            for sample in store.samples()
            if sample.kind == "choice" and sample.benchmark in counts and any(image.slide for image in sample.images)
        )


def variants_of(checks: Checks, options: int) -> Iterator[Variant]:
    """Yield what the checks put beside a plain question with so many options."""
    for channel in checks.channels:
        yield Variant(channel)  # type: ignore[arg-type]  # channels beside text are kinds of variant
    for places in range(1, min(checks.orders, options)):
        yield Variant("rotate", places)
    if checks.blind:
        yield Variant("blind")
    if checks.wrong_image:
        yield Variant("wrong-image")
    for draw in range(1, checks.draws):
        yield Variant("draw", draw)


def can_be_asked(engine: Engine, variant: Variant) -> bool:
    """Return whether an engine can answer in a variant.

    One that does not look (a baseline) answers the plain question only: whatever else it would say tells
    nothing.
    """
    plain = variant.kind == "plain"
    return plain or (engine.looks_at_pictures and variant.channel in engine.channels)


def settle(store: RunStore, rows: Iterable[int], engine: Engine) -> None:
    """Note for the rows of an opened model which variants it can be asked in."""
    for variant in store.variants():
        for row in rows:
            store.decline(row, variant, not can_be_asked(engine, variant))


def shown(sample: Sample, variant: Variant, donor: Sample | None) -> Sample:
    """Return a due sample as its variant puts it."""
    put = varied(sample, variant, donor.images if donor else ())
    assert put is not None, f"{variant.name} was never due on {sample.id}"
    return put
