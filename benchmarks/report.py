"""What was measured as lines of one table: vqa-eval beside the bare client, and the bar where there is one."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

COLUMNS = ("part", "measure", "vqa-eval", "bare", "ratio", "bar", "verdict")

_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "≤": lambda value, limit: value <= limit,
    "<": lambda value, limit: value < limit,
    "≥": lambda value, limit: value >= limit,
    "=": lambda value, limit: value == limit,
    "≠": lambda value, limit: value != limit,
}


@dataclass(frozen=True)
class Bar:
    """What a line has to reach."""

    sign: Literal["≤", "<", "≥", "=", "≠"]
    limit: float
    of: Literal["vqa-eval", "ratio"] = "vqa-eval"

    @property
    def exact(self) -> bool:
        """Whether it holds or does not, whatever the machine."""
        return self.sign in {"=", "≠"}

    def holds(self, value: float) -> bool:
        """Say whether a value reaches it."""
        return _HOLDS[self.sign](value, self.limit)

    def __str__(self) -> str:
        times = " ×" if self.of == "ratio" else ""
        return f"{self.sign} {self.limit:g}{times}"


@dataclass(frozen=True)
class Line:
    """One measure."""

    part: str
    measure: str
    """What it is, with its unit."""
    ours: float
    bare: float | None = None
    """None where the bare client has no such thing."""
    bar: Bar | None = None

    @property
    def ratio(self) -> float | None:
        """The figure of vqa-eval over that of the bare client; None where there is none to divide by."""
        return self.ours / self.bare if self.bare else None

    @property
    def verdict(self) -> str:
        """Return "ok", "over", or nothing where there is no bar. What could not be measured is over."""
        if self.bar is None:
            return ""
        value = self.ratio if self.bar.of == "ratio" else self.ours
        return "ok" if value is not None and self.bar.holds(value) else "over"

    def cells(self) -> tuple[str, ...]:
        """Return the line as the table shows it."""
        ratio = "" if self.ratio is None else f"{self.ratio:.2f}"
        bare = "" if self.bare is None else shown(self.bare)
        return (self.part, self.measure, shown(self.ours), bare, ratio, str(self.bar or ""), self.verdict)


def shown(value: float) -> str:
    """Return a number with three digits that count; whole numbers whole."""
    if math.isnan(value):
        return "unknown"
    if value == int(value) or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"


def to_markdown(lines: Iterable[Line]) -> str:
    """Return the table in Markdown, its columns aligned for the eye."""
    rows = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    right = [name in {"vqa-eval", "bare", "ratio"} for name in COLUMNS]

    def row_of(cells: Iterable[str]) -> str:
        padded = (
            cell.rjust(width) if number else cell.ljust(width)
            for cell, width, number in zip(cells, widths, right, strict=True)
        )
        return f"| {' | '.join(padded)} |"

    rule = "|".join(f"{'-' * (width + 1)}{':' if number else '-'}" for width, number in zip(widths, right, strict=True))
    return "\n".join([row_of(COLUMNS), f"|{rule}|", *(row_of(row) for row in rows[1:])]) + "\n"
