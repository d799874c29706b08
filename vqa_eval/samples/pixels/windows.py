"""Values of any depth become 8 bits of grey: through a window, or spread over what they hold."""

# numpy is imported where it is used: a light start.

import math
from dataclasses import dataclass
from typing import Any, Literal

from vqa_eval.errors import PictureError

OUTER = 0.5
"""Percent of the values at each end that may be cut off where no window is given."""


@dataclass(frozen=True, slots=True)
class Window:
    """Which values are told apart, in rescaled units: those below are black, those above white."""

    centre: float
    width: float
    function: Literal["LINEAR", "LINEAR_EXACT", "SIGMOID"] = "LINEAR"
    """DICOM's VOI LUT Function: how grey grows in between."""

    def __post_init__(self) -> None:
        """Raise ValueError on a window that DICOM does not allow."""
        least = 1 if self.function == "LINEAR" else 0
        if self.function not in {"LINEAR", "LINEAR_EXACT", "SIGMOID"}:
            raise ValueError(f"there is no window function {self.function!r}")
        if not (math.isfinite(self.centre) and math.isfinite(self.width) and self.width > 0 and self.width >= least):
            raise ValueError(f"a {self.function} window cannot be {self.width:g} wide around {self.centre:g}")


def chosen(window: tuple[float, float], name: str) -> Window:
    """Return the window of a view; one narrower than 1, for values between 0 and 1, is exact at its ends."""
    try:
        return Window(*window, "LINEAR" if window[1] >= 1 else "LINEAR_EXACT")
    except ValueError as error:
        raise PictureError(f"{name}: {error}", "give its centre, and a width above 0") from error


def between(low: float, high: float) -> Window:
    """Return the window that shows `low` black and `high` white."""
    return Window((low + high) / 2, high - low, "LINEAR_EXACT")


def through(values: Any, window: Window) -> Any:
    """Return the grey of each value as uint8; what is not a number is black.

    LINEAR       ((x - (c - 0.5)) / (w - 1) + 0.5) · 255, black up to c - 0.5 - (w-1)/2, white above the other end
    LINEAR_EXACT ((x - c) / w + 0.5) · 255, the same with the ends c ± w/2
    SIGMOID      255 / (1 + exp(-4 (x - c) / w))

    Source: DICOM PS3.3, C.11.2.1.2 and C.11.2.1.3.
    """
    import numpy as np

    values = np.asarray(values, "float64")
    centre, width = window.centre, window.width
    if window.function == "SIGMOID":
        # Far from the centre the power leaves the range of floats, and the grey is 0 all the same.
        with np.errstate(over="ignore"):
            return _eight_bits(255 / (1 + np.exp(-4 * (values - centre) / width)))
    if window.function == "LINEAR":
        centre, width = centre - 0.5, width - 1
    if width == 0:
        return _eight_bits(np.where(values > centre, 255.0, 0.0))
    return _eight_bits(((values - centre) / width + 0.5) * 255)


def span(values: Any) -> tuple[float, float]:
    """Return the values to show black and white where nothing says so: the lowest and the highest.

    Where the outer 1 % (0.5 % at each end) would take up more than half of that range, as a metal clip or one
    bright vessel does, the range runs between these percentiles instead. ValueError without a finite value.
    """
    import numpy as np

    values = np.asarray(values)
    if values.dtype.kind == "f":
        values = values[np.isfinite(values)]
    if not values.size:
        raise ValueError("none of its values is finite")
    low, high = float(values.min()), float(values.max())
    inner_low, inner_high = (float(end) for end in np.percentile(values, (OUTER, 100 - OUTER)))
    # Nothing is cut off where nearly all is one value, as in a mask: the few others are what there is to see.
    return (inner_low, inner_high) if 0 < inner_high - inner_low < (high - low) / 2 else (low, high)


def spread(values: Any, low: float, high: float) -> Any:
    """Return the grey of each value as uint8, from `low` (black) to `high` (white); all black where these meet."""
    return _eight_bits((values.astype("float64") - low) * (255 / (high - low) if high > low else 0.0))


def _eight_bits(grey: Any) -> Any:
    import numpy as np

    return np.nan_to_num(grey + 0.5, nan=0.0).clip(0, 255).astype("uint8")
