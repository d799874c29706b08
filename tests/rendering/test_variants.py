"""Variants: the same sample put in another way, with its key, its name, and pictures that are never its own."""

import itertools
from dataclasses import replace
from random import Random

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from vqa_eval.records import PLAIN, Image, Kind, Sample, Variant
from vqa_eval.rendering import Pictured, donors, varied

CHANNELS = (Variant("choice"), Variant("logprobs"))
NUMBERS = st.integers(1, 9999)
VARIANTS = st.one_of(
    st.sampled_from([PLAIN, *CHANNELS, Variant("blind"), Variant("wrong-image")]),
    st.builds(Variant, st.sampled_from(["rotate", "draw"]), NUMBERS),
)
PICTURES = (Image("one.png", "1" * 64), Image("two.png", "2" * 64))


@st.composite
def choices(draw: st.DrawFn) -> Sample:
    """Draw a question with one to eight different options, of which one or more are right, with or without pictures."""
    options = draw(st.lists(st.text("abcdef", min_size=1), min_size=1, max_size=8, unique=True))
    right = draw(st.sets(st.integers(0, len(options) - 1), max_size=len(options)))
    pictures = PICTURES[: draw(st.integers(0, 2))]
    return Sample(
        id="b/1",
        benchmark="b",
        split="test",
        kind="choice",
        question="?",
        options=tuple(options),
        correct=tuple(sorted(right)),
        multi=len(right) > 1,
        images=pictures,
    )


def texts(sample: Sample) -> set[str]:
    """Return the texts of the right options."""
    return {sample.options[position] for position in sample.correct}


@settings(deadline=None)
@given(choices(), st.integers(1, 7))
def test_options_and_key_move_together(sample: Sample, places: int) -> None:
    """Moved on, the options are the same ones in a circle, and the key names the same texts, in order."""
    put = varied(sample, Variant("rotate", places))
    assume(put is not None)
    assert put is not None
    assert sample.options * 2 == (*sample.options[:places], *put.options, *sample.options[places:])
    assert texts(sample) == texts(put)
    assert tuple(sorted(put.correct)) == put.correct
    assert sample == replace(put, options=sample.options, correct=sample.correct)


@settings(deadline=None)
@given(choices())
def test_a_full_round_brings_the_sample_back(sample: Sample) -> None:
    """Moved on by one place as often as there are options, a sample is itself; so are a move and its counterpart."""
    count = len(sample.options)
    assume(count > 1)
    moved = sample
    for _ in range(count):
        step = varied(moved, Variant("rotate", 1))
        assert step is not None
        assert step != moved
        moved = step
    assert sample == moved
    for places in range(1, count):
        there = varied(sample, Variant("rotate", places))
        assert there is not None
        assert sample == varied(there, Variant("rotate", count - places))


@settings(deadline=None)
@given(choices())
def test_all_orders_show_each_option_in_each_place_once(sample: Sample) -> None:
    """Over all orders an option stands once in every place: no letter is favoured."""
    count = len(sample.options)
    orders = [sample, *(varied(sample, Variant("rotate", places)) for places in range(1, count))]
    columns = zip(*(put.options for put in orders if put is not None), strict=True)
    assert [set(sample.options)] * count == [set(column) for column in columns]
    assert count == len(orders)


@settings(deadline=None)
@given(choices(), VARIANTS)
def test_every_variant_keeps_what_identifies_and_scores(sample: Sample, variant: Variant) -> None:
    """Whatever a variant changes, id, benchmark, question, cluster and the right texts stay."""
    put = varied(sample, variant, (Image("strange.png", "9" * 64),))
    assume(put is not None)
    assert put is not None
    kept = ("id", "benchmark", "split", "kind", "question", "context", "references", "multi", "nodes", "cluster")
    assert [getattr(sample, name) for name in kept] == [getattr(put, name) for name in kept]
    assert texts(sample) == texts(put)


def asked(kind: Kind, options: int, pictures: int, multi: bool = False) -> Sample:
    """Return a sample with so many options and pictures."""
    texts = ("one", "two", "three")[:options]
    right = (0,) if texts else ()
    return Sample("b/1", "b", "test", kind, "?", texts, right, multi=multi, images=PICTURES[:pictures])


@pytest.mark.parametrize(
    ("sample", "lent", "applies"),
    [
        (asked("choice", 3, 1), 1, {"choice", "logprobs", "rotate-1", "rotate-2", "blind", "wrong-image"}),
        (asked("choice", 2, 1), 1, {"choice", "logprobs", "rotate-1", "blind", "wrong-image"}),
        (asked("choice", 3, 1, multi=True), 1, {"rotate-1", "rotate-2", "blind", "wrong-image"}),
        (asked("choice", 3, 1), 0, {"choice", "logprobs", "rotate-1", "rotate-2", "blind"}),
        (asked("choice", 3, 0), 1, {"choice", "logprobs", "rotate-1", "rotate-2"}),
        (asked("choice", 1, 0), 0, {"choice", "logprobs"}),
        (asked("open", 0, 2), 2, {"blind", "wrong-image"}),
        (asked("caption", 0, 1), 1, {"blind", "wrong-image"}),
        (asked("caption", 0, 0), 0, set()),
    ],
)
def test_none_exactly_where_a_variant_does_not_apply(sample: Sample, lent: int, applies: set[str]) -> None:
    """Channels need one right option, orders two options, blind a picture, wrong-image a picture and a donor."""
    every = ("choice", "logprobs", "rotate-1", "rotate-2", "rotate-3", "blind", "wrong-image")
    put = {name: varied(sample, Variant.named(name), PICTURES[:lent]) for name in every}
    assert applies == {name for name, found in put.items() if found is not None}
    assert sample == varied(sample, PLAIN)
    assert sample == varied(sample, Variant("draw", 3))


def test_a_variant_changes_its_one_thing() -> None:
    """Blind takes the pictures away, wrong-image puts the donor's in their place, a channel leaves all as it is."""
    sample = Sample("b/1", "b", "test", "choice", "?", ("x", "y"), (1,), images=PICTURES[:1])
    assert replace(sample, images=()) == varied(sample, Variant("blind"))
    assert replace(sample, images=PICTURES[1:]) == varied(sample, Variant("wrong-image"), PICTURES[1:])
    assert [sample, sample] == [varied(sample, channel) for channel in CHANNELS]


@settings(deadline=None)
@given(VARIANTS)
def test_a_name_says_the_whole_variant(variant: Variant) -> None:
    """What a variant is called in a run gives the variant back, and its channel is the one it is asked through."""
    assert variant == Variant.named(variant.name)
    assert variant.name == Variant.named(variant.name).name
    assert (variant.kind if variant in CHANNELS else "text") == variant.channel


PARTS = st.sampled_from(["plain", "choice", "logprobs", "blind", "wrong-image", "rotate", "draw"])
ENDINGS = st.one_of(
    st.just(""),
    st.integers(-20, 20_000).map(lambda number: f"-{number}"),
    st.text("-0123456789 \n", max_size=5),
)


def called(name: str) -> str | None:
    """Return what the variant of a name is called; None where there is no such variant."""
    try:
        return Variant.named(name).name
    except ValueError:
        return None


@settings(deadline=None)
@given(st.one_of(st.text(max_size=12), st.builds(str.__add__, PARTS, ENDINGS)))
def test_nothing_else_is_a_name(name: str) -> None:
    """A text either is exactly what its variant is called, or is refused."""
    assert called(name) in (name, None)


ODD = ("", "Blind", "blind\n", "wrong image", "blind-1", "plain-1")
ARABIC = "rotate-1\N{ARABIC-INDIC DIGIT THREE}"
MISNUMBERED = ("rotate", "draw", "rotate-0", "rotate-01", "draw--1", "rotate-10000", ARABIC)


@pytest.mark.parametrize("name", [*ODD, *MISNUMBERED])
def test_what_is_no_variant(name: str) -> None:
    """A number where none belongs, none where one belongs, other digits than ours, anything around a name: refused."""
    with pytest.raises(ValueError, match="no variant"):
        Variant.named(name)


@st.composite
def pictured(draw: st.DrawFn) -> list[Pictured]:
    """Draw samples of some benchmarks, patients and pictures; several share each, some pictures are not at hand."""
    digests = st.lists(st.sampled_from([None, "a", "b", "c", "d", "e"]), max_size=2).map(tuple)
    drawn = draw(st.lists(st.tuples(st.sampled_from("bc"), st.sampled_from(["p", "q", "r"]), digests), max_size=14))
    return [Pictured(f"{benchmark}/{at}", benchmark, *rest) for at, (benchmark, *rest) in enumerate(drawn)]


def fits(sample: Pictured, donor: Pictured) -> bool:
    """Return whether a sample may be shown a donor's pictures."""
    return (
        sample.benchmark == donor.benchmark
        and sample.cluster != donor.cluster
        and len(sample.digests) == len(donor.digests) > 0
        and None not in donor.digests
        and not set(sample.digests) & set(donor.digests)
    )


@settings(deadline=None)
@given(pictured())
def test_a_donor_is_somebody_else(samples: list[Pictured]) -> None:
    """No donor shares patient or picture with its sample; who has a possible donor has one, nobody else."""
    by_id = {sample.id: sample for sample in samples}
    found = donors(samples)
    assert all(fits(by_id[sample], by_id[donor]) for sample, donor in found.items())
    assert {one.id for one in samples if any(fits(one, other) for other in samples)} == set(found)


@settings(deadline=None)
@given(pictured(), st.randoms(use_true_random=False))
def test_donors_do_not_depend_on_the_order(samples: list[Pictured], dice: Random) -> None:
    """Whatever order samples come in, each has the same donor."""
    shuffled = list(samples)
    dice.shuffle(shuffled)
    assert donors(samples) == donors(iter(shuffled))


def test_no_donor_serves_many() -> None:
    """Among samples that all differ, every one lends its picture once and none goes without."""
    samples = [Pictured(f"b/{n}", "b", f"p{n}", (f"digest {n}",)) for n in range(40)]
    found = donors(samples)
    assert {sample.id for sample in samples} == set(found) == set(found.values())
    assert all(sample != donor for sample, donor in found.items())


def test_one_patient_lends_nobody_a_picture() -> None:
    """A benchmark of one patient, or of one picture, has no donors."""
    one_patient = [Pictured(f"b/{n}", "b", "p", (f"digest {n}",)) for n in range(5)]
    one_picture = [Pictured(f"c/{n}", "c", f"p{n}", ("digest",)) for n in range(5)]
    assert {} == donors([*one_patient, *one_picture])


def test_a_sample_brings_its_pictures() -> None:
    """What is asked of a sample to find a donor are its own id, benchmark, patient and pictures, in their order."""
    sample = Sample("b/1", "b", "test", "open", "?", images=(*PICTURES, Image("gone.png", None)), cluster="p7")
    assert Pictured("b/1", "b", "p7", ("1" * 64, "2" * 64, None)) == Pictured.of(sample)


def test_names_of_variants_are_all_different() -> None:
    """No two variants that a command can ask for are called the same."""
    kinds = [PLAIN, *CHANNELS, Variant("blind"), Variant("wrong-image")]
    every = [*kinds, *(Variant(kind, n) for kind, n in itertools.product(("rotate", "draw"), range(1, 30)))]
    assert len(every) == len({variant.name for variant in every})
