"""Values become grey as DICOM's formulas say, or spread over what they hold."""

import math
from typing import Any, Literal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.errors import PictureError
from vqa_eval.samples.pixels.windows import Window, between, chosen, span, spread, through

Function = Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"]
FUNCTIONS: tuple[Function, ...] = ("LINEAR", "LINEAR_EXACT", "SIGMOID")


@pytest.mark.parametrize("function", FUNCTIONS)
@pytest.mark.parametrize(("centre", "width"), [(40, 400), (-600, 1500.5), (0, 1), (7.25, 2)])
def test_grey_is_what_pydicom_says(function: Function, centre: float, width: float) -> None:
    """Every value gets the grey that pydicom's own windowing gives it, rounded."""
    pydicom = pytest.importorskip("pydicom", reason="the oracle needs vqa-eval[dicom]")
    header = pydicom.Dataset()
    header.PhotometricInterpretation, header.BitsStored, header.PixelRepresentation = "MONOCHROME2", 8, 0
    header.WindowCenter, header.WindowWidth, header.VOILUTFunction = centre, width, function
    values = np.arange(-2000, 2000, 0.25)
    with np.errstate(over="ignore"):
        expected = pydicom.pixels.apply_windowing(values, header)
    assert np.abs(np.floor(expected + 0.5).clip(0, 255) - through(values, Window(centre, width, function))).max() == 0


@given(
    values=st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=50).map(sorted),
    centre=st.floats(-1e4, 1e4),
    width=st.floats(1, 1e5),
    function=st.sampled_from(FUNCTIONS),
)
def test_grey_never_falls(values: list[float], centre: float, width: float, function: Function) -> None:
    """A brighter value is never darker, through any window."""
    assert (np.diff(through(np.array(values), Window(centre, width, function)).astype(int)) >= 0).all()


def test_ends_of_windows() -> None:
    """A window is black at its lower end and white at its upper one; LINEAR counts whole values."""
    assert [0, 0, 255, 255] == through(np.array([-161, -160, 239, 240]), Window(40, 400)).tolist()
    assert [0, 0, 128, 255, 255] == through(np.array([-1, 0, 5, 10, 11]), between(0, 10)).tolist()


def test_windows_that_cannot_be() -> None:
    """Without a width, of an unknown function, or not finite there is no window."""
    for centre, width, function in (
        (0, 0.5, "LINEAR"),
        (0, 0, "SIGMOID"),
        (math.nan, 9, "LINEAR"),
        (0, math.inf, "LINEAR"),
    ):
        with pytest.raises(ValueError, match="cannot be"):
            Window(centre, width, function)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="no window function 'CUBIC'"):
        Window(0, 10, "CUBIC")  # type: ignore[arg-type]


def test_the_window_of_a_view() -> None:
    """A view's window is LINEAR; one narrower than 1 is exact; one without a width is a fault that names the file."""
    assert chosen((40, 400), "ct") == Window(40, 400, "LINEAR")
    assert chosen((0.5, 0.25), "map") == Window(0.5, 0.25, "LINEAR_EXACT")
    with pytest.raises(PictureError, match=r"ct: a LINEAR_EXACT window cannot be -1 wide around 40"):
        chosen((40, -1), "ct")


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (np.arange(1000), (0, 999)),
        (np.append(np.arange(1000), 1900), (0, 1900)),
        (np.append(np.arange(1000), 9000), (5, 995)),
        (np.append(np.arange(1000), [-9000, 9000]), (4.005, 994.995)),
        (np.append(np.zeros(1000), 1), (0, 1)),
        (np.full(9, 7), (7, 7)),
        (np.array([1.0, math.nan, 3.0, math.inf]), (1, 3)),
    ],
    ids=["even", "one a little off", "one far off", "two far off", "mask", "flat", "not finite"],
)
def test_span(values: Any, expected: tuple[float, float]) -> None:
    """The range runs over all values, unless few outliers would take up more than half of it."""
    assert expected == pytest.approx(span(values))


def test_span_of_nothing() -> None:
    """Without a finite value there is no range."""
    with pytest.raises(ValueError, match="none of its values is finite"):
        span(np.array([math.nan]))


def test_spread() -> None:
    """The ends are black and white, what lies beyond too; a flat picture and what is no number are black."""
    assert [0, 0, 128, 255, 255] == spread(np.array([-5, 0, 1, 2, 9]), 0, 2).tolist()
    assert [0, 0] == spread(np.array([7, 7]), 7, 7).tolist()
    assert [0, 255] == spread(np.array([math.nan, 2.0]), 0, 2).tolist()
