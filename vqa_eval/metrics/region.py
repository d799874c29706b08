"""Regions: whether a model points at the right place and gives it the right name.

Key and answer are texts with boxes (`vqa_eval.metrics.boxes`); every reference that holds boxes is a whole key, and
the one that the answer comes nearest to counts.  Every number is a mean over samples.

Source: the measures of MedRegA (arXiv 2410.18387), in its four settings of one or several objects with one or
several regions each; a pair of boxes matches from an IoU of 0.5 on, of 0.75 where several objects have one region
each.  What differs from its code, read at commit 838def5:

- it calls precision what divides by the targets and recall what divides by the predictions; here precision divides
  by the predictions and recall by the targets.  F1 is the same.
- it takes the nearest of several boxes where one is asked for; here every box too many costs as much as one missing.
- it pairs boxes for the largest sum of IoU and then asks which pairs match; here as many as possible match, so that
  equally good pairings cannot give different numbers.
- it compares names within its pairs, though boxes that do not touch are paired by chance; here objects are matched
  by name alone, and object-boxes by name and place.
- it lets a box without a name pass for any object; here it is none.
"""

from collections import Counter
from collections.abc import Callable

from vqa_eval.metrics.boxes import Box, read_boxes
from vqa_eval.metrics.matching import Boxes, greatest_overlap, iou, most_pairs, same_object
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample

Rate = Callable[[Boxes, Boxes], float]
"""What the boxes of an answer are worth against those of a key; the key has at least one."""

Pairs = Callable[[Boxes, Boxes], int]
"""How many boxes of an answer can be paired with one of the key."""


def match_threshold(wanted: Boxes) -> float:
    """Return the IoU from which on a box matches: 0.75 for several objects of one region each, otherwise 0.5."""
    regions = Counter(box.label.casefold() for box in wanted)
    return 0.75 if len(regions) > 1 and len(regions) == len(wanted) else 0.5


def _same_places(found: Boxes, wanted: Boxes) -> int:
    threshold = match_threshold(wanted)
    return most_pairs(found, wanted, lambda one, other: iou(one, other) >= threshold)


def _same_objects(found: Boxes, wanted: Boxes) -> int:
    return most_pairs(found, wanted, same_object)


def _same_both(found: Boxes, wanted: Boxes) -> int:
    threshold = match_threshold(wanted)

    def fits(one: Box, other: Box) -> bool:
        return iou(one, other) >= threshold and same_object(one, other)

    return most_pairs(found, wanted, fits)


def _overlap(found: Boxes, wanted: Boxes) -> float:
    return greatest_overlap(found, wanted) / max(len(found), len(wanted))


def _above(threshold: float) -> Rate:
    return lambda found, wanted: float(_overlap(found, wanted) > threshold)


def _precision(pairs: Pairs) -> Rate:
    return lambda found, wanted: pairs(found, wanted) / len(found) if found else 0.0


def _recall(pairs: Pairs) -> Rate:
    return lambda found, wanted: pairs(found, wanted) / len(wanted)


def _f1(pairs: Pairs) -> Rate:
    return lambda found, wanted: 2 * pairs(found, wanted) / (len(found) + len(wanted))


def _aligned(found: Boxes, wanted: Boxes) -> float:
    places = _same_places(found, wanted)
    return _same_both(found, wanted) / places if places else 0.0


def _metric(name: str, about: str, rate: Rate, *, single: bool = False, setting: str = "") -> Metric:
    def score(sample: Sample, answer: Answer) -> float | None:
        keys = [boxes for reference in sample.references if (boxes := read_boxes(reference))]
        if single:
            keys = [boxes for boxes in keys if len(boxes) == 1]
        if not keys:
            return None
        found = read_boxes(answer.text) if answer.status == "answered" else ()
        return max(rate(found, wanted) for wanted in keys)

    return Metric(
        name=f"region.{name}",
        version="1",
        better="higher",
        kinds=("open", "caption"),
        about=about,
        score=score,
        setting=setting,
    )


_PLACE = "match:one-to-one|iou:0.5, 0.75 for several objects of one region"
_NAME = "label:contains"

mean_iou = _metric(
    "mean_iou",
    "overlap (IoU) of the boxes paired with the key's, averaged; a box too many counts 0 like one missing",
    _overlap,
    setting="match:one-to-one",
)

accuracy_25 = _metric(
    "accuracy_25", "1 where the one box asked for is met with an IoU above 0.25", _above(0.25), single=True
)

accuracy_50 = _metric(
    "accuracy_50", "1 where the one box asked for is met with an IoU above 0.5", _above(0.5), single=True
)

accuracy_75 = _metric(
    "accuracy_75", "1 where the one box asked for is met with an IoU above 0.75", _above(0.75), single=True
)

box_precision = _metric(
    "box_precision", "share of the answer's boxes that match a box of the key", _precision(_same_places), setting=_PLACE
)

box_recall = _metric(
    "box_recall", "share of the key's boxes that a box of the answer matches", _recall(_same_places), setting=_PLACE
)

box_f1 = _metric("box_f1", "F1 of the boxes that match, whatever their names", _f1(_same_places), setting=_PLACE)

object_precision = _metric(
    "object_precision", "share of the answer's boxes whose name the key has", _precision(_same_objects), setting=_NAME
)

object_recall = _metric(
    "object_recall", "share of the key's boxes whose name the answer has", _recall(_same_objects), setting=_NAME
)

object_f1 = _metric("object_f1", "F1 of the boxes' names, wherever they are", _f1(_same_objects), setting=_NAME)

object_box_precision = _metric(
    "object_box_precision",
    "share of the answer's boxes that match a box of the key in place and name",
    _precision(_same_both),
    setting=f"{_PLACE}|{_NAME}",
)

object_box_recall = _metric(
    "object_box_recall",
    "share of the key's boxes that a box of the answer matches in place and name",
    _recall(_same_both),
    setting=f"{_PLACE}|{_NAME}",
)

object_box_f1 = _metric(
    "object_box_f1", "F1 of the boxes that match in place and name", _f1(_same_both), setting=f"{_PLACE}|{_NAME}"
)

alignment = _metric(
    "alignment",
    "share of the boxes matched in place that are matched in name too; 0 where none is",
    _aligned,
    setting=f"{_PLACE}|{_NAME}",
)
