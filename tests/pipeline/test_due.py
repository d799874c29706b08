"""Which samples are put in which variants: exactly those it applies to, noted once, asked of who can answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.stored import MANIFEST, questions
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.due import ALL, Checks, can_be_asked, put_due, settle, shown
from vqa_eval.records import PLAIN, Channel, Sample, Variant
from vqa_eval.rendering import varied
from vqa_eval.store import RunStore

EVERYTHING = Checks(("choice", "logprobs"), ALL, blind=True, wrong_image=True, draws=3)


@pytest.fixture
def samples() -> list[Sample]:
    """Return samples of every kind: choice with two to four options, one of them multi, open, caption, no picture."""
    some = questions(8)
    some[0] = replace(some[0], options=("x", "y"), correct=(0,))
    some[1] = replace(some[1], options=("w", "x", "y", "z"))
    some[2] = replace(some[2], multi=True, correct=(0, 2))
    some[3] = replace(some[3], images=())
    some[4] = replace(some[4], kind="open", options=(), correct=(), references=("yes",))
    some[5] = replace(some[5], kind="caption", options=(), correct=(), references=("a liver",), images=())
    some[6] = replace(some[6], images=some[6].images * 2)  # nobody else has two pictures
    return some


@pytest.fixture
def store(tmp_path: Path, samples: list[Sample]) -> Iterator[RunStore]:
    """Return a run of two models over the samples, of which nothing was asked."""
    store = RunStore.create(tmp_path / "run", replace(MANIFEST, models=("m", "n")))
    store.put_samples(samples)
    yield store
    store.close()


def due(store: RunStore) -> dict[str, dict[str, str]]:
    """Return by variant the samples that are due in it, each with its donor."""
    return {
        variant.name: {sample.id: donor.id if donor else "" for sample, donor, _ in store.unasked(1, variant)}
        for variant in store.variants()
    }


def test_a_plain_run_notes_nothing(store: RunStore) -> None:
    """Without checks every sample is due plainly and no other way."""
    put_due(store, Checks())
    assert {"plain": dict.fromkeys(store.ids(), "")} == due(store)


def test_due_is_what_a_variant_applies_to(store: RunStore, samples: list[Sample]) -> None:
    """Under every check a sample is due in exactly the variants that apply to it."""
    put_due(store, EVERYTHING)
    found = due(store)
    names = ["plain", "blind", "choice", "draw-1", "draw-2", "logprobs", "rotate-1", "rotate-2", "rotate-3"]
    assert [*names, "wrong-image"] == list(found)
    for name in names:
        applies = [sample.id for sample in samples if varied(sample, Variant.named(name)) is not None]
        assert dict.fromkeys(applies, "") == found[name]
        assert applies
    assert {"b/0", "b/1", "b/2", "b/4", "b/7"} == set(found["wrong-image"])


def test_every_order_is_as_many_as_the_options(store: RunStore) -> None:
    """`ALL` moves two options on once and four thrice; a number of orders is a bound for every sample."""
    put_due(store, Checks(orders=ALL))
    moved = {name: set(asked) for name, asked in due(store).items() if name != "plain"}
    assert moved["rotate-3"] == {"b/1"}
    assert moved["rotate-1"] - moved["rotate-2"] == {"b/0"}
    assert {"rotate-1", "rotate-2", "rotate-3"} == set(moved)


@pytest.mark.parametrize(
    ("checks", "names"),
    [
        (Checks(orders=2), ["rotate-1"]),
        (Checks(orders=3), ["rotate-1", "rotate-2"]),
        (Checks(draws=2), ["draw-1"]),
        (Checks(draws=4), ["draw-1", "draw-2", "draw-3"]),
        (Checks(("logprobs",)), ["logprobs"]),
        (Checks(blind=True, wrong_image=True), ["blind", "wrong-image"]),
    ],
)
def test_a_check_asks_for_its_variants(store: RunStore, checks: Checks, names: list[str]) -> None:
    """Orders and draws count the plain one; channels, blind and another picture are one variant each."""
    put_due(store, checks)
    assert [PLAIN, *map(Variant.named, names)] == store.variants()


def test_who_lends_whom(store: RunStore, samples: list[Sample]) -> None:
    """A donor is of another patient, has as many pictures and none of the sample's; only wrong-image names one."""
    put_due(store, EVERYTHING)
    by_id = {sample.id: sample for sample in samples}
    for sample, donor in due(store)["wrong-image"].items():
        own, lent = by_id[sample], by_id[donor]
        assert own.cluster != lent.cluster
        assert len(own.images) == len(lent.images)
        assert not {image.digest for image in own.images} & {image.digest for image in lent.images}


def test_what_is_noted_stays(store: RunStore) -> None:
    """The same checks again change nothing, fewer take nothing away, more add to it."""
    put_due(store, Checks(blind=True, wrong_image=True, orders=2))
    before = due(store)
    put_due(store, Checks(blind=True, wrong_image=True, orders=2))
    put_due(store, Checks())
    put_due(store, Checks(blind=True))
    assert before == due(store)
    put_due(store, Checks(orders=3))
    after = due(store)
    assert before == {name: asked for name, asked in after.items() if name != "rotate-2"}
    assert after["rotate-2"]


CHANNELS: tuple[Channel, ...] = ("text", "choice", "logprobs")


def test_who_can_be_asked(store: RunStore) -> None:
    """Everybody answers plainly; a channel needs an engine that has it, and any check one that looks at pictures."""
    all_three, texts = ScriptedEngine({}), ScriptedEngine({}, channels=("text",))
    blank = ScriptedEngine({}, channels=CHANNELS)
    blank.looks_at_pictures = False
    put_due(store, EVERYTHING)
    every = [variant.name for variant in store.variants()]
    by_text = [name for name in every if name not in ("choice", "logprobs")]
    assert [every, by_text, ["plain"]] == [
        [variant.name for variant in store.variants() if can_be_asked(engine, variant)]
        for engine in (all_three, texts, blank)
    ]


def test_what_an_engine_cannot_do_is_due_no_more(store: RunStore) -> None:
    """Rows of an opened model are declined what it cannot do; others are not, and one that can takes it back."""
    put_due(store, Checks(("choice", "logprobs")))
    settle(store, [1], ScriptedEngine({}, channels=("text", "logprobs")))
    choice = Variant("choice")
    assert [True, False] == [store.declined(row, choice) for row in (1, 2)]
    assert (0, 5) == (store.count_unasked(1, choice), store.count_unasked(2, choice))
    assert [] == list(store.unasked(1, choice))
    assert not store.declined(1, Variant("logprobs"))
    settle(store, [1], ScriptedEngine({}))
    assert (False, 5) == (store.declined(1, choice), store.count_unasked(1, choice))


def test_a_sample_is_shown_as_it_is_due(store: RunStore) -> None:
    """What is due is put as its variant says, with the donor's pictures where there is one."""
    put_due(store, EVERYTHING)
    for variant in store.variants():
        for sample, donor, _ in store.unasked(1, variant):
            put = shown(sample, variant, donor)
            assert sample.id == put.id
            assert put == varied(sample, variant, donor.images if donor else ())
            assert (put == sample) == (variant.kind in ("plain", "choice", "logprobs", "draw"))


def test_what_was_never_due_is_not_shown(samples: list[Sample]) -> None:
    """A sample in a variant that does not apply to it is a mistake of the house, not a plain question."""
    with pytest.raises(AssertionError, match="blind was never due on b/3"):
        shown(samples[3], Variant("blind"), None)


def test_pictures_that_are_not_at_hand_are_not_lent(tmp_path: Path) -> None:
    """A sample whose picture is missing is lent one but lends none."""
    samples = questions(3)
    samples[0] = replace(samples[0], images=(replace(samples[0].images[0], digest=None),))
    store = RunStore.create(tmp_path / "run", replace(MANIFEST, models=("m",)))
    store.put_samples(samples)
    put_due(store, Checks(wrong_image=True))
    lent = due(store)["wrong-image"]
    assert {"b/0", "b/1", "b/2"} == set(lent)
    assert {"b/1": "b/2", "b/2": "b/1"} == {sample: lent[sample] for sample in ("b/1", "b/2")}
    store.close()
