"""A variant: one way of putting a sample to a model beside the plain one, or one part of the plain one."""

import re
from dataclasses import dataclass
from typing import Literal

from vqa_eval.records.request import Channel

VariantKind = Literal["plain", "choice", "logprobs", "rotate", "blind", "wrong-image", "draw", "patch"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of putting a sample to a model.

    plain: as the prompt says. choice, logprobs: the same request through another answer channel. rotate: the
    options moved on by `number` places. blind: without its pictures. wrong-image: with another sample's.
    draw: the same request once more, with another seed. patch: with one patch of its slide alone; all patches
    together are the plain question, and their vote is its answer.
    """

    kind: VariantKind = "plain"
    number: int = 0
    """From 1: places that the options move on (rotate), which further draw (draw), which patch (patch); else 0."""

    @property
    def name(self) -> str:
        """As it is written in a run: "plain", "rotate-2", "blind"."""
        return f"{self.kind}-{self.number}" if self.number else self.kind

    @property
    def is_part(self) -> bool:
        """Whether it is a part of the plain question rather than another way to put it."""
        return self.kind == "patch"

    @property
    def channel(self) -> Channel:
        """How the answer is taken from the model."""
        return self.kind if self.kind in ("choice", "logprobs") else "text"

    @classmethod
    def named(cls, name: str) -> "Variant":
        """Return the variant of a name; ValueError for what is none."""
        found = _NAME.fullmatch(name)
        if found is None:
            raise ValueError(f"no variant {name!r}")
        kind, number = found.group("plain") or found.group("kind"), found.group("number")
        return cls(kind, int(number or 0))  # type: ignore[arg-type]  # the pattern holds the kinds


_NAME = re.compile(
    r"(?P<plain>plain|choice|logprobs|blind|wrong-image)|(?P<kind>rotate|draw|patch)-(?P<number>[1-9][0-9]{0,3})"
)

PLAIN = Variant()
