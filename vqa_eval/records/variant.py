"""A variant: one way of putting a sample to a model beside the plain one, to learn what its answer rests on."""

import re
from dataclasses import dataclass
from typing import Literal

from vqa_eval.records.request import Channel

VariantKind = Literal["plain", "choice", "logprobs", "rotate", "blind", "wrong-image", "draw"]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way of putting a sample to a model.

    plain: as the prompt says. choice, logprobs: the same request through another answer channel. rotate: the
    options moved on by `number` places. blind: without its pictures. wrong-image: with another sample's.
    draw: the same request once more, with another seed.
    """

    kind: VariantKind = "plain"
    number: int = 0
    """Places that the options move on (rotate), or which further draw it is (draw), from 1; 0 for the others."""

    @property
    def name(self) -> str:
        """As it is written in a run: "plain", "rotate-2", "blind"."""
        return f"{self.kind}-{self.number}" if self.number else self.kind

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
    r"(?P<plain>plain|choice|logprobs|blind|wrong-image)|(?P<kind>rotate|draw)-(?P<number>[1-9][0-9]{0,3})"
)

PLAIN = Variant()
