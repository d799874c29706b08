"""F1 over what labelling engines said: scikit-learn's for conditions, worked cases for entities and relations."""

import json
from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from vqa_eval.metrics import find, labels, over_labels
from vqa_eval.metrics.metric import Labels, Metric
from vqa_eval.records import Answer, Sample

NAMES = (*labels.FIVE, *(f"Condition {n}" for n in range(9)))
CLASSES = ("blank", "positive", "negative", "uncertain")
SIDES = st.lists(st.tuples(*[st.tuples(*[st.sampled_from(CLASSES)] * len(NAMES))] * 2), min_size=1, max_size=12)
CHEXBERT = {
    "chexbert_micro_f1_14": ("micro", len(NAMES)),
    "chexbert_macro_f1_14": ("macro", len(NAMES)),
    "chexbert_micro_f1_5": ("micro", 5),
    "chexbert_macro_f1_5": ("macro", 5),
}
RADGRAPH = ("radgraph_f1_simple", "radgraph_f1", "radgraph_f1_complete")

Entities = Mapping[str, tuple[str, str, list[list[str]]]]


def sample(*references: str) -> Sample:
    """Return a description with its references."""
    return Sample("b/0", "b", "t", "caption", "?", references=references)


def answer(text: str) -> Answer:
    """Return an answer of that text."""
    return Answer("answered", text=text)


def bound(name: str, known: Mapping[str, object] | Labels) -> Metric:
    """Return a metric that knows the labels of texts."""
    metric = find(f"labels.{name}")
    assert metric.bind is not None
    return metric.bind(known if callable(known) else {text: json.dumps(said) for text, said in known.items()}.get)


def conditions(*positive: str, uncertain: tuple[str, ...] = (), negative: tuple[str, ...] = ()) -> dict[str, str]:
    """Return CheXbert's labels of a report that has some conditions, and says something of others."""
    named = dict.fromkeys(NAMES, "blank") | dict.fromkeys(positive, "positive")
    return named | dict.fromkeys(uncertain, "uncertain") | dict.fromkeys(negative, "negative")


def graph(**entities: tuple[str, str, list[list[str]]]) -> dict[str, object]:
    """Return RadGraph's annotation of a report: number to words, label and relations."""
    return {
        "entities": {
            number[1:]: {"tokens": words, "label": kind, "relations": relations}
            for number, (words, kind, relations) in entities.items()
        }
    }


@pytest.mark.parametrize("name", CHEXBERT)
@settings(max_examples=30)
@given(sides=SIDES)
def test_conditions_are_counted_as_scikit_learn_counts_them(
    name: str, sides: list[tuple[tuple[str, ...], tuple[str, ...]]]
) -> None:
    """Micro and macro F1 of any calls are scikit-learn's with positive and uncertain as one class."""
    average, size = CHEXBERT[name]
    known = {
        f"{who} {at}": dict(zip(NAMES, calls, strict=True))
        for at, pair in enumerate(sides)
        for who, calls in zip(("reference", "reply"), pair, strict=True)
    }
    metric = bound(name, known)
    assert metric.unit is not None
    cases = [(sample(f"reference {at}"), answer(f"reply {at}")) for at in range(len(sides))]
    units = [metric.unit(*case) for case in cases]
    true, called = (
        np.array([[call in {"positive", "uncertain"} for call in pair[who][:size]] for pair in sides]) for who in (0, 1)
    )
    assert metric.pool is not None
    found = metric.pool(np.array(units))
    if not (true | called).any():
        assert found is None
    else:
        assert pytest.approx(f1_score(true, called, average=average, zero_division=0.0)) == found
    own = f1_score(true[0], called[0], zero_division=1.0)
    assert pytest.approx(own) == metric.score(*cases[0])


def test_uncertain_is_positive_and_negative_is_not() -> None:
    """What is only feared counts as there; what is denied or not spoken of counts as not there."""
    known = {
        "asked": conditions("Edema", "Cardiomegaly"),
        "feared": conditions("Cardiomegaly", uncertain=("Edema",)),
        "denied": conditions("Cardiomegaly", negative=("Edema",)),
    }
    metric = bound("chexbert_micro_f1_14", known)
    assert 1.0 == metric.score(sample("asked"), answer("feared"))
    assert 2 / 3 == metric.score(sample("asked"), answer("denied"))
    assert "positive:positive+uncertain" in metric.setting


def test_the_five_leave_the_others_out() -> None:
    """A condition outside the five moves the F1 of all and not that of the five."""
    known = {"asked": conditions("Edema"), "said": conditions("Edema", "Condition 3")}
    assert 1.0 == bound("chexbert_micro_f1_5", known).score(sample("asked"), answer("said"))
    assert 2 / 3 == bound("chexbert_micro_f1_14", known).score(sample("asked"), answer("said"))
    assert ("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion") == labels.FIVE


def test_no_answer_claims_nothing() -> None:
    """A refusal needs no labels, has no condition and no entity, and counts; its reference must be labelled."""
    refused = Answer("refused")
    metric = bound("chexbert_micro_f1_14", {"asked": conditions("Edema")})
    assert 0.0 == metric.score(sample("asked"), refused)
    assert metric.unit is not None
    assert 1.0 == sum(metric.unit(sample("asked"), refused) or ())
    assert metric.score(sample("not labelled"), refused) is None
    entities = bound("radgraph_f1", {"asked": graph(_1=("edema", "OBS-DP", []))})
    assert 0.0 == entities.score(sample("asked"), refused)


@pytest.mark.parametrize("name", [*CHEXBERT, *RADGRAPH])
def test_what_is_not_labelled_has_no_score(name: str) -> None:
    """A metric that knows no labels, or lacks those of one side, gives None and never 0."""
    said = conditions("Edema") if name in CHEXBERT else graph(_1=("edema", "OBS-DP", []))
    asked = sample("asked", "asked otherwise")
    for metric in (
        find(f"labels.{name}"),
        bound(name, {}),
        bound(name, {"asked": said, "asked otherwise": said}),
        bound(name, {"asked": said, "said": said}),
    ):
        assert metric.score(asked, answer("said")) is None
        assert metric.unit is None or metric.unit(asked, answer("said")) is None
    whole = bound(name, {"asked": said, "asked otherwise": said, "said": said})
    assert 1.0 == whole.score(asked, answer("said"))


@pytest.mark.parametrize("name", ["chexbert_micro_f1_14", "radgraph_f1"])
def test_the_nearest_reference_counts(name: str) -> None:
    """Of several references it is the one with the highest F1, wherever it stands."""
    if name in CHEXBERT:
        far, near = conditions("Condition 1"), conditions("Edema")
    else:
        far, near = graph(_1=("heart", "ANAT-DP", [])), graph(_1=("edema", "OBS-DP", []))
    metric = bound(name, {"far": far, "near": near, "said": near})
    assert 0.0 == metric.score(sample("far"), answer("said"))
    assert [1.0, 1.0] == [metric.score(sample(*pair), answer("said")) for pair in (("far", "near"), ("near", "far"))]


# Reference: acute edema at the lung; the heart. Reply: edema at the lung, not acute; the heart, by another relation.
ASKED = graph(
    _1=("acute", "OBS-DP", [["modify", "2"]]),
    _2=("edema", "OBS-DP", [["located_at", "3"]]),
    _3=("lung", "ANAT-DP", []),
    _4=("heart", "ANAT-DP", []),
)
SAID = graph(
    _1=("edema", "OBS-DP", [["located_at", "2"], ["suggestive_of", "3"]]),
    _2=("lung", "ANAT-DP", []),
    _3=("heart", "ANAT-DP", [["modify", "2"]]),
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        # edema, lung and heart of 3 said and 4 asked
        ("radgraph_f1_simple", 2 * 3 / (3 + 4)),
        # heart has a relation on one side alone: edema and lung remain
        ("radgraph_f1", 2 * 2 / (3 + 4)),
        # edema located at lung, and lung: of (edema, lung), (edema, heart), lung, (heart, lung) and of
        # (acute, edema), (edema, lung), lung, heart
        ("radgraph_f1_complete", 2 * 2 / (4 + 4)),
    ],
)
def test_levels_of_radgraph(name: str, expected: float) -> None:
    """The three levels count entities, entities by whether they are related, and each relation with its end."""
    assert pytest.approx(expected) == bound(name, {"asked": ASKED, "said": SAID}).score(sample("asked"), answer("said"))


def test_entities_are_sets_of_words_and_kind() -> None:
    """An entity said twice counts once; the same words denied are another entity."""
    asked = graph(_1=("effusion", "OBS-DA", []), _2=("edema", "OBS-DP", []))
    twice = graph(_1=("edema", "OBS-DP", []), _2=("edema", "OBS-DP", []), _3=("effusion", "OBS-DP", []))
    metric = bound("radgraph_f1_simple", {"asked": asked, "said": twice})
    assert 0.5 == metric.score(sample("asked"), answer("said"))


def test_reports_without_entities_score_nothing() -> None:
    """As in the package, a report in which nothing is found scores 0, whatever the other side holds."""
    known = {"none": graph(), "some": graph(_1=("edema", "OBS-DP", []))}
    metric = bound("radgraph_f1", known)
    pairs = (("none", "none"), ("none", "some"), ("some", "none"))
    assert [0.0, 0.0, 0.0] == [metric.score(sample(asked), answer(said)) for asked, said in pairs]


ENTITY = st.tuples(
    st.sampled_from(["edema", "Edema", "lung"]),
    st.sampled_from(["OBS-DP", "OBS-DA", "ANAT-DP"]),
    st.lists(st.tuples(st.sampled_from(["modify", "located_at"]), st.just("1")).map(list), max_size=2),
)
GRAPH = st.lists(ENTITY, min_size=1, max_size=5).map(
    lambda found: graph(**{f"_{number}": entity for number, entity in enumerate(found, start=1)})
)


@pytest.mark.parametrize("name", RADGRAPH)
@settings(max_examples=30)
@given(one=GRAPH, other=GRAPH)
def test_f1_has_no_side(name: str, one: dict[str, object], other: dict[str, object]) -> None:
    """Reference and reply may change places; each is all that it says itself."""
    metric = bound(name, {"one": one, "other": other})
    there, back = metric.score(sample("one"), answer("other")), metric.score(sample("other"), answer("one"))
    assert there == back
    assert 1.0 == metric.score(sample("one"), answer("one"))


def test_every_metric_over_labels_can_be_bound() -> None:
    """Each names its labeller and scores descriptions alone; binding changes what it knows and not what it is."""
    assert {*CHEXBERT, *RADGRAPH} <= {metric.name.removeprefix("labels.") for metric in over_labels()}
    nothing: Callable[[str], str | None] = {}.get
    for metric in over_labels():
        assert metric.bind is not None
        known = metric.bind(nothing)
        assert (metric.name, metric.version, metric.setting) == (known.name, known.version, known.setting)
        assert ("caption",) == metric.kinds
