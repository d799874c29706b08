"""What a selection text says, before any name in it is looked up."""

from dataclasses import dataclass

from vqa_eval.tree.names import GLOBS, quoted


@dataclass(frozen=True, slots=True)
class Segment:
    """One name of a path, as typed."""

    text: str
    literal: bool = False
    """Whether it stood in quotes: `*` and `?` mean themselves."""
    exact: bool = False
    """Whether `=` stood before it: this value without what lies below."""

    @property
    def is_glob(self) -> bool:
        """Whether it is a pattern rather than a name."""
        return not self.literal and not GLOBS.isdisjoint(self.text)

    def __str__(self) -> str:
        return ("=" if self.exact else "") + (self.text if self.is_glob else quoted(self.text))


@dataclass(frozen=True, slots=True)
class Everything:
    """The empty text: every sample."""


@dataclass(frozen=True, slots=True)
class Named:
    """Names from the broad to the narrow; the first may be an axis."""

    segments: tuple[Segment, ...]
    follows: bool = False
    """Whether `,` or `|` stood before it: a name without an axis then takes that of the path before."""

    def __str__(self) -> str:
        return "/".join(map(str, self.segments))


@dataclass(frozen=True, slots=True)
class Not:
    """What the part does not hold."""

    part: "Expression"


@dataclass(frozen=True, slots=True)
class And:
    """What every part holds."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """What at least one part holds."""

    parts: tuple["Expression", ...]


Expression = Everything | Named | Not | And | Or
