"""Boxes read from text: every form that is known, and no harm from any other text."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.metrics.boxes import Box, read_boxes

ONE = Box(10, 20, 300, 400)
TWO = Box(5, 6, 7, 8)


def named(box: Box, label: str) -> Box:
    """Return the same region under a name."""
    return Box(box.left, box.top, box.right, box.bottom, label)


corner = st.integers(0, 998)
boxes = st.builds(
    lambda left, top, width, height, label: Box(left, top, left + width, top + height, label),
    corner,
    corner,
    st.integers(1, 500),
    st.integers(1, 500),
    st.text(st.characters(exclude_characters="<>{}", exclude_categories=["Cs", "Cc"]), max_size=12).map(str.strip),
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<ref>left lung</ref><box>[[10, 20, 300, 400]]</box>", (named(ONE, "left lung"),)),
        ("<ref>x</ref> <box>[[10,20,300,400],[5,6,7,8]]</box>", (named(ONE, "x"), named(TWO, "x"))),
        (
            "The <ref>a</ref><box>[[10,20,300,400]]</box> and the <ref>b</ref><box>[[5,6,7,8]]</box>.",
            (named(ONE, "a"), named(TWO, "b")),
        ),
        ("<box>[[10,20,300,400]]</box>", (ONE,)),
        ("<box>[10,20,300,400]</box>", (ONE,)),
        ("<ref>肺</ref><box>(10,20),(300,400)</box>", (named(ONE, "肺"),)),
        ("<ref>a</ref><box>[[10,20,300,400]]", (named(ONE, "a"),)),
        ('[{"bbox": [10, 20, 300, 400], "label": "a"}]', (named(ONE, "a"),)),
        (
            '```json\n[{"bbox_2d": [10, 20, 300, 400], "label": "a"},\n {"bbox_2d": [5, 6, 7, 8], "label": "b"}]\n```',
            (named(ONE, "a"), named(TWO, "b")),
        ),
        ('{"object": "a", "boxes": [[10, 20, 300, 400], [5, 6, 7, 8]]}', (named(ONE, "a"), named(TWO, "a"))),
        ('{"found": [{"box": [10, 20, 300, 400], "name": "a"}]}', (named(ONE, "a"),)),
        ('{"box": [10, 20, 300, 400], "label": 7}', (ONE,)),
        ("[10, 20, 300, 400]", (ONE,)),
        ("The lesion is at [10,20,300,400] and [ 5 , 6 , 7 , 8 ].", (ONE, TWO)),
        ("(10, 20), (300, 400)", (ONE,)),
        ("[0.1, 0.2, 0.35, 1e0]", (Box(0.1, 0.2, 0.35, 1.0),)),
        ("[-10, -20, 30, +40]", (Box(-10, -20, 30, 40),)),
    ],
)
def test_forms(text: str, expected: tuple[Box, ...]) -> None:
    """Elements, JSON objects and plain corners are read, with the names that stand beside them."""
    assert expected == read_boxes(text)


@pytest.mark.parametrize("text", ["[300, 400, 10, 20]", "[300, 20, 10, 400]", "(10, 400), (300, 20)"])
def test_corners_stand_in_any_order(text: str) -> None:
    """Two opposite corners are one region, whichever is named first."""
    assert (ONE,) == read_boxes(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no finding",
        "[10, 20, 10, 400]",
        "[10, 20, 300, 20]",
        "[10, 20, 300]",
        "[10, 20, 300, 400, 500]",
        "10, 20, 300, 400",
        "[a, b, c, d]",
        "(10, 20)",
        "<box></box>",
        '{"size": 3, "label": "a"}',
        '{"bbox": null}',
        '{"bbox": {"x": 1}}',
        "[1e999, 2, 3, 4]",
        "[" + "9" * 400 + ", 2, 3, 4]",
    ],
)
def test_what_is_no_box(text: str) -> None:
    """Regions without an area, points, other numbers of numbers and no numbers at all are no boxes."""
    assert () == read_boxes(text)


def test_the_most_explicit_form_is_read_alone() -> None:
    """Corners outside the elements, or outside the JSON objects, are not read again."""
    assert (named(ONE, "a"),) == read_boxes("I saw [5, 6, 7, 8]. <ref>a</ref><box>[[10, 20, 300, 400]]</box>")
    assert (named(ONE, "a"),) == read_boxes('I saw [5, 6, 7, 8]. {"bbox": [10, 20, 300, 400], "label": "a"}')
    assert (ONE,) == read_boxes('{"size": [5, 6, 7, 8], "bbox": [10, 20, 300, 400]}')


@given(st.lists(boxes, max_size=5))
def test_what_is_written_is_read(written: list[Box]) -> None:
    """Boxes survive being written as elements, as JSON and, without their names, as plain corners."""
    corners = [[box.left, box.top, box.right, box.bottom] for box in written]
    elements = "".join(f"<ref>{box.label}</ref><box>{[four]}</box>" for box, four in zip(written, corners, strict=True))
    listed = json.dumps([{"bbox": four, "label": box.label} for box, four in zip(written, corners, strict=True)])
    assert tuple(written) == read_boxes(elements)
    assert tuple(written) == read_boxes(listed)
    assert tuple(named(box, "") for box in written) == read_boxes(" and ".join(map(str, corners)))


fragments = st.lists(
    st.sampled_from(
        ["<ref>", "</ref>", "<box>", "</box>", "[", "]", "(", ")", "{", "}", '"bbox"', ":", ",", "12", "-3", "1e9", " "]
    )
    | st.text(max_size=3),
    max_size=60,
).map("".join)


@given(fragments | st.text())
def test_no_text_is_an_error(text: str) -> None:
    """Whatever a model writes, what comes out are regions with an area."""
    assert all(box.left < box.right and box.top < box.bottom for box in read_boxes(text))


@pytest.mark.parametrize("text", ["<box>", "<ref>", "[", "[1,", "{", '{"bbox":', "(1,2),", " ", "[[1,2,3,", "9"])
def test_long_texts_are_read_quickly(text: str) -> None:
    """A hundred thousand characters that begin a box again and again end none, and take no time."""
    from time import perf_counter

    begun = perf_counter()
    assert () == read_boxes(text * (100_000 // len(text)))
    assert 2.0 > perf_counter() - begun


def test_deep_nesting_is_no_error() -> None:
    """An object nested beyond what Python parses holds no box."""
    assert () == read_boxes('{"bbox": ' + "[" * 200_000 + "]" * 200_000 + "}")
