"""Regions as people and models write them: boxes read from text, with the names they are given.

Three forms are known.  A text is read in the first of them in which it holds a box, so that no box is read twice:

- elements, as MedRegA and InternVL write them: `<ref>left lung</ref><box>[[10, 20, 300, 400], [5, 6, 7, 8]]</box>`;
- JSON objects with a "bbox", "bbox_2d", "box", "box_2d" or "boxes" and a "label", "name" or "object";
- plain corners: `[10, 20, 300, 400]` or `(10, 20), (300, 400)`.

Four numbers are two opposite corners, x before y; in which order the corners stand does not matter.  A box without
an area is none.  Numbers are taken as written (pixels, thousandths or shares of the side): key and answer must be
in one system, and nothing is converted, for the text does not say from what.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

# Bounded, so that no area overflows: longer numbers are no coordinates of a picture.
_NUMBER = r"\s*([-+]?[0-9]{1,9}(?:\.[0-9]{1,20})?(?:[eE][-+]?[0-9]{1,2})?)\s*"
_CORNERS = re.compile(
    rf"\[{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\]|\({_NUMBER},{_NUMBER}\)\s*,\s*\({_NUMBER},{_NUMBER}\)"
)
_ELEMENT = re.compile(r"(?:<ref>(?P<label>[^<]*)</ref>\s*)?<box>(?P<boxes>[^<]*)")
_OBJECT = re.compile(r"\{[^{}]*\}")

_BOX_KEYS = ("bbox", "bbox_2d", "box", "box_2d", "boxes")
_LABEL_KEYS = ("label", "name", "object")


@dataclass(frozen=True, slots=True)
class Box:
    """A region with an area: left < right and top < bottom."""

    left: float
    top: float
    right: float
    bottom: float
    label: str = ""
    """What is said to be there, as written; empty where nothing is."""

    @property
    def area(self) -> float:
        """The area, in the square of the coordinates' unit."""
        return (self.right - self.left) * (self.bottom - self.top)


def read_boxes(text: str) -> tuple[Box, ...]:
    """Return the boxes of a text in its order; empty where it holds none.  Raises nothing, whatever the text."""
    for form in (_elements, _objects, _plain):
        boxes = [box for label, corners in form(text) for box in _boxes(corners, label.strip())]
        if boxes:
            return tuple(boxes)
    return ()


def _elements(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the corners of each `<box>`."""
    for element in _ELEMENT.finditer(text):
        yield element["label"] or "", element["boxes"]


def _objects(text: str) -> Iterator[tuple[str, str]]:
    """Yield the name and the corners of each JSON object that holds no other."""
    for found in _OBJECT.finditer(text):
        try:
            parsed = json.loads(found[0])
            corners = json.dumps([parsed[key] for key in _BOX_KEYS if key in parsed])
        except (ValueError, RecursionError):
            continue
        named = (parsed[key] for key in _LABEL_KEYS if isinstance(parsed.get(key), str))
        yield next(named, ""), corners


def _plain(text: str) -> Iterator[tuple[str, str]]:
    yield "", text


def _boxes(corners: str, label: str) -> Iterator[Box]:
    for found in _CORNERS.finditer(corners):
        numbers = [float(number) for number in found.groups() if number is not None]
        (left, right), (top, bottom) = sorted(numbers[::2]), sorted(numbers[1::2])
        if left < right and top < bottom:
            yield Box(left, top, right, bottom, label)
