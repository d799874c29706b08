"""Regions: overlap by hand, scipy and brute force as oracles, and what must hold of every score."""

from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval import metrics
from vqa_eval.metrics.boxes import Box
from vqa_eval.metrics.matching import greatest_overlap, iou, most_pairs, same_object
from vqa_eval.metrics.region import match_threshold
from vqa_eval.records import Answer, Sample

MEAN_IOU = metrics.find("region.mean_iou")
RATES = {
    name: metrics.find(f"region.{name}")
    for name in (
        "box_precision",
        "box_recall",
        "box_f1",
        "object_precision",
        "object_recall",
        "object_f1",
        "object_box_precision",
        "object_box_recall",
        "object_box_f1",
        "alignment",
    )
}
ACCURACIES = {threshold: metrics.find(f"region.accuracy_{threshold}") for threshold in (25, 50, 75)}

LEFT = Box(0, 0, 100, 100, "left lung")
RIGHT = Box(200, 0, 300, 100, "right lung")
HEART = Box(100, 100, 200, 200, "heart")

side = st.integers(0, 12)
boxes = st.builds(
    lambda left, top, width, height, label: Box(left, top, left + width, top + height, label),
    side,
    side,
    st.integers(1, 8),
    st.integers(1, 8),
    st.sampled_from(["lung", "left lung", "heart", "", "Spleen"]),
)
few = st.lists(boxes, min_size=1, max_size=4)


def written(found: Sequence[Box]) -> str:
    """Return boxes as MedRegA writes them."""
    return "".join(
        f"<ref>{box.label}</ref><box>[[{box.left}, {box.top}, {box.right}, {box.bottom}]]</box>" for box in found
    )


def shown(*keys: Sequence[Box]) -> Sample:
    """Return an open sample whose references are these sets of boxes."""
    return Sample("s", "b", "t", "open", "?", references=tuple(written(key) for key in keys))


def said(found: Sequence[Box]) -> Answer:
    """Return the answer with these boxes."""
    return Answer("answered", text=written(found))


def rates(found: Sequence[Box], wanted: Sequence[Box]) -> dict[str, float | None]:
    """Return every rate of an answer."""
    return {name: metric.score(shown(wanted), said(found)) for name, metric in RATES.items()}


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (Box(0, 0, 10, 10), 1.0),
        (Box(0, 0, 10, 5), 0.5),
        (Box(5, 0, 15, 10), 1 / 3),
        (Box(5, 5, 15, 15), 1 / 7),
        (Box(10, 0, 20, 10), 0.0),
        (Box(50, 50, 60, 60), 0.0),
        (Box(2, 2, 4, 4), 0.04),
    ],
    ids=["same", "half", "beside", "corner", "touching", "apart", "inside"],
)
def test_iou_by_hand(other: Box, expected: float) -> None:
    """Intersection over union of continuous areas; boxes that only touch share none."""
    assert expected == pytest.approx(iou(Box(0, 0, 10, 10), other))


def test_iou_does_not_depend_on_the_unit() -> None:
    """Pixels and shares of the side give the same overlap."""
    one, other = Box(0, 0, 10, 10), Box(5, 5, 15, 15)
    smaller = [Box(box.left / 20, box.top / 20, box.right / 20, box.bottom / 20) for box in (one, other)]
    assert iou(one, other) == pytest.approx(iou(*smaller))


@given(boxes, boxes)
def test_iou_is_a_similarity(one: Box, other: Box) -> None:
    """IoU is symmetric, in [0, 1], and 1 for equal regions only."""
    assert iou(one, other) == iou(other, one)
    assert 0.0 <= iou(one, other) <= 1.0
    same = (one.left, one.top, one.right, one.bottom) == (other.left, other.top, other.right, other.bottom)
    assert same == (iou(one, other) == 1.0)


spans = st.tuples(st.floats(0, 1000), st.floats(0, 1000)).filter(lambda ends: ends[0] != ends[1]).map(sorted)
regions = st.builds(lambda across, down: Box(across[0], down[0], across[1], down[1]), spans, spans)


@given(regions, regions)
def test_rounding_leaves_iou_in_bounds(one: Box, other: Box) -> None:
    """Whatever the coordinates, no overlap lies outside [0, 1], and it is symmetric."""
    assert 0.0 <= iou(one, other) <= 1.0
    assert iou(one, other) == iou(other, one)


@given(few, few)
def test_pairing_is_the_best_of_all(found: list[Box], wanted: list[Box]) -> None:
    """No other pairing has a larger sum of IoU or more pairs: all of them are tried."""
    short, long = sorted((found, wanted), key=len)
    everyone = [list(zip(short, order, strict=True)) for order in permutations(long, len(short))]
    assert max(sum(iou(*pair) for pair in pairs) for pairs in everyone) == pytest.approx(
        greatest_overlap(found, wanted)
    )
    assert max(sum(same_object(*pair) for pair in pairs) for pairs in everyone) == most_pairs(
        found, wanted, same_object
    )


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("lung", "Left  Lung", True),
        ("left lung", "lung", True),
        ("heart", "heart", True),
        ("left lung", "right lung", False),
        ("", "lung", False),
        ("lung", "", False),
        ("", "", False),
        ("左肺", "肺", True),
    ],
)
def test_names_are_the_same_where_one_holds_the_other(one: str, other: str, expected: bool) -> None:
    """Case and spaces do not count; a box without a name is the same as none."""
    assert expected == same_object(Box(0, 0, 1, 1, one), Box(0, 0, 1, 1, other))


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ([LEFT], 0.5),
        ([LEFT, Box(0, 0, 5, 5, "Left Lung")], 0.5),
        ([LEFT, HEART], 0.75),
        ([LEFT, HEART, Box(0, 0, 5, 5, "heart")], 0.5),
        ([Box(0, 0, 5, 5), Box(9, 9, 12, 12)], 0.5),
    ],
    ids=["one region, one object", "regions of one object", "objects of one region", "of several", "without names"],
)
def test_threshold_of_each_setting(wanted: list[Box], expected: float) -> None:
    """An IoU of 0.75 is wanted where several objects have one region each, of 0.5 otherwise."""
    assert expected == match_threshold(wanted)


def test_one_region_of_one_object() -> None:
    """The overlap itself, and whether it is above each threshold."""
    found = Box(0, 0, 100, 60, "left lung")
    assert 0.6 == pytest.approx(MEAN_IOU.score(shown([LEFT]), said([found])))
    assert {25: 1.0, 50: 1.0, 75: 0.0} == {
        threshold: metric.score(shown([LEFT]), said([found])) for threshold, metric in ACCURACIES.items()
    }
    # MedRegA's "above": an IoU of exactly 0.5 is not.
    assert 0.0 == ACCURACIES[50].score(shown([LEFT]), said([Box(0, 0, 100, 50)]))


def test_a_spray_of_boxes_does_not_pay() -> None:
    """The right box among three others is a quarter of the overlap and of the precision."""
    spray = [LEFT, RIGHT, HEART, Box(500, 500, 600, 600)]
    assert 0.25 == MEAN_IOU.score(shown([LEFT]), said(spray))
    assert 0.0 == ACCURACIES[50].score(shown([LEFT]), said(spray))
    found = rates(spray, [LEFT])
    assert (0.25, 1.0, 0.4) == (found["box_precision"], found["box_recall"], pytest.approx(found["box_f1"]))


def test_accuracy_is_of_one_region() -> None:
    """Where several regions are asked for the accuracy at a threshold is undefined."""
    for metric in ACCURACIES.values():
        assert metric.score(shown([LEFT, RIGHT]), said([LEFT, RIGHT])) is None


def test_several_objects_by_hand() -> None:
    """Three boxes for two objects: places, names and both are counted apart, precision by the answer's boxes."""
    # The left lung is right; the heart is in place under another name; the spleen is nowhere.
    found = [LEFT, Box(100, 100, 200, 200, "liver"), Box(700, 700, 800, 800, "spleen")]
    assert {
        "box_precision": 2 / 3,
        "box_recall": 1.0,
        "box_f1": 4 / 5,
        "object_precision": 1 / 3,
        "object_recall": 1 / 2,
        "object_f1": 2 / 5,
        "object_box_precision": 1 / 3,
        "object_box_recall": 1 / 2,
        "object_box_f1": 2 / 5,
        "alignment": 1 / 2,
    } == pytest.approx(rates(found, [LEFT, HEART]))


def test_the_threshold_of_the_setting_decides() -> None:
    """An overlap of 0.6 matches a region of one object, but not one of several objects with a region each."""
    near = Box(0, 0, 100, 60, "left lung")
    assert 1.0 == RATES["box_f1"].score(shown([LEFT]), said([near]))
    assert 0.5 == RATES["box_f1"].score(shown([LEFT, HEART]), said([near, HEART]))


def test_names_in_the_wrong_places() -> None:
    """Two names changed about: places and names are all right, none of them together."""
    changed = [Box(0, 0, 100, 100, "heart"), Box(100, 100, 200, 200, "left lung")]
    found = rates(changed, [LEFT, HEART])
    assert (1.0, 1.0, 0.0, 0.0) == tuple(found[name] for name in ("box_f1", "object_f1", "object_box_f1", "alignment"))


def test_two_names_of_one_place() -> None:
    """Two objects in the same place are found in either order: equally good pairings give one number."""
    twins = [Box(0, 0, 9, 9, "cyst"), Box(0, 0, 9, 9, "kidney")]
    assert set(rates(twins[::-1], twins).values()) == {1.0}


@given(few)
def test_perfect_answers_get_one(wanted: list[Box]) -> None:
    """The key itself is worth 1; its names only where it has any."""
    assert 1.0 == pytest.approx(MEAN_IOU.score(shown(wanted), said(wanted)))
    if len(wanted) == 1:
        assert {1.0} == {metric.score(shown(wanted), said(wanted)) for metric in ACCURACIES.values()}
    for name, value in rates(wanted, wanted).items():
        if name.startswith("box") or all(box.label for box in wanted):
            assert 1.0 == value, name


@given(few, few, st.data())
def test_order_does_not_matter(found: list[Box], wanted: list[Box], data: st.DataObject) -> None:
    """Neither the order of the answer's boxes nor that of the key's changes a number, and all lie in [0, 1]."""
    shuffled = data.draw(st.permutations(found)), data.draw(st.permutations(wanted))
    assert rates(found, wanted) == rates(*shuffled)
    assert MEAN_IOU.score(shown(wanted), said(found)) == pytest.approx(
        MEAN_IOU.score(shown(shuffled[1]), said(shuffled[0]))
    )
    assert all(value is not None and 0.0 <= value <= 1.0 for value in rates(found, wanted).values())


@given(few, few)
def test_precision_and_recall_change_places(found: list[Box], wanted: list[Box]) -> None:
    """Names of answer and key changed about turn precision into recall; F1 is their harmonic mean."""
    forth, back = rates(found, wanted), rates(wanted, found)
    assert forth["object_precision"] == back["object_recall"]
    for kind in ("box", "object", "object_box"):
        precision, recall = forth[f"{kind}_precision"], forth[f"{kind}_recall"]
        assert precision is not None
        assert recall is not None
        expected = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
        assert expected == pytest.approx(forth[f"{kind}_f1"]), kind


@given(few)
def test_no_answer_is_worth_nothing(wanted: list[Box]) -> None:
    """A refusal, whatever it carries, and a text without boxes score 0, which no other answer falls below."""
    for metric in (MEAN_IOU, *RATES.values()):
        assert 0.0 == metric.score(shown(wanted), Answer("refused", text=written(wanted)))
        assert 0.0 == metric.score(shown(wanted), Answer("answered", text="There is nothing to be seen."))


def test_without_boxes_in_the_key_nothing_is_scored() -> None:
    """A sample without a key, and one whose key names no region, have no score."""
    for sample in (shown(), Sample("s", "b", "t", "open", "?", references=("the left lung",))):
        for metric in (MEAN_IOU, *RATES.values(), *ACCURACIES.values()):
            assert metric.score(sample, said([LEFT])) is None


def test_the_nearest_key_counts() -> None:
    """Of several references the one that the answer comes nearest to is its key."""
    assert 1.0 == MEAN_IOU.score(shown([LEFT], [RIGHT]), said([RIGHT]))
    assert 1.0 == RATES["box_f1"].score(shown([LEFT, HEART], [RIGHT]), said([RIGHT]))
