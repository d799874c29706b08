"""Boxes against boxes: how far two overlap, and how many of two sets can be paired, each with one other."""

from collections.abc import Callable, Sequence

from vqa_eval.metrics.boxes import Box

Boxes = Sequence[Box]


def iou(one: Box, other: Box) -> float:
    """Return intersection over union of the areas: 1 for the same region, 0 for regions that share none.

    Coordinates are continuous: a box from 0 to 2 is 2 wide.
    """
    width = min(one.right, other.right) - max(one.left, other.left)
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / (one.area + other.area - shared) if shared else 0.0


def same_object(one: Box, other: Box) -> bool:
    """Say whether two boxes bear the same name: one name contains the other, case and spaces folded.

    A box without a name is the same as none.
    """
    names = [" ".join(box.label.casefold().split()) for box in (one, other)]
    return all(names) and (names[0] in names[1] or names[1] in names[0])


def greatest_overlap(found: Boxes, wanted: Boxes) -> float:
    """Return the largest sum of IoU that boxes paired one to one can reach (Hungarian method)."""
    return _best(found, wanted, iou)


def most_pairs(found: Boxes, wanted: Boxes, fits: Callable[[Box, Box], bool]) -> int:
    """Return how many boxes can be paired one to one with a box that they fit (Hungarian method)."""
    return round(_best(found, wanted, fits))


def _best(found: Boxes, wanted: Boxes, worth: Callable[[Box, Box], float]) -> float:
    if len(found) <= 1 or len(wanted) <= 1:
        return max((float(worth(one, other)) for one in found for other in wanted), default=0.0)
    import numpy as np
    from scipy.optimize import linear_sum_assignment

    worths = np.array([[worth(one, other) for other in wanted] for one in found], dtype=float)
    return float(worths[linear_sum_assignment(worths, maximize=True)].sum())
