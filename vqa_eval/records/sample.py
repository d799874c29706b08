"""One question of a benchmark, and the pictures it is about."""

from dataclasses import dataclass, field
from typing import Literal

Node = tuple[str, ...]
"""A place in the lexical tree: the axis, then names from broad to narrow: ("modality", "MRI", "T1 MRI")."""

Kind = Literal["choice", "open", "caption"]
"""How a sample is answered: one or more of its options, a short free text, or a description."""


RegionKind = Literal["box", "contour", "mask"]
"""How a region is drawn: a line around it at right angles, a line along its edge, or a translucent area."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A region drawn on a picture; points are pixels (x, y) of the source frame, before any crop."""

    kind: RegionKind
    points: tuple[tuple[float, float], ...]
    """box: two opposite corners; contour and mask: the polygon."""


@dataclass(frozen=True, slots=True)
class Overlay:
    """A region drawn on a picture, given by a mask: another stored picture, as large as the source frame."""

    kind: RegionKind
    name: str
    digest: str | None
    """sha256 (hex) of the mask's stored bytes; None where the benchmark names a mask that is not at hand."""


@dataclass(frozen=True, slots=True)
class View:
    """How a stored picture is looked at; the default shows it as it is."""

    frame: int = 0
    window: tuple[float, float] | None = None
    """DICOM window (centre, width) in rescaled units (Hounsfield for CT); None uses the file's own."""
    crop: tuple[int, int, int, int] | None = None
    """left, top, right, bottom in pixels of the source frame."""
    mark: Mark | None = None
    overlay: Overlay | None = None
    side: int | None = None
    """Longer side in pixels after the crop; None keeps the size."""


@dataclass(frozen=True, slots=True)
class Image:
    """A picture that a sample refers to: its name in the benchmark and the digest of its stored bytes."""

    name: str
    digest: str | None
    """sha256 (hex) of the stored bytes; None where the benchmark names the picture but it is not at hand."""
    view: View = field(default_factory=View)
    slide: bool = False
    """Whether it is a whole slide, which lies where the user keeps slides and is known by its name alone."""

    @property
    def stored(self) -> bool:
        """Whether the bytes of the picture are at hand, and those of the mask of its region."""
        overlay = self.view.overlay
        return self.digest is not None and (overlay is None or overlay.digest is not None)


@dataclass(frozen=True, slots=True)
class Sample:
    """One question of a benchmark with its key; what a prompt is rendered from and a score counted on."""

    id: str
    """Unique over everything: "vqa-rad/0", "slidebench/vqa-tcga/17"."""
    benchmark: str
    split: str
    kind: Kind
    question: str
    options: tuple[str, ...] = ()
    correct: tuple[int, ...] = ()
    """Positions of the right options (several where the question asks for several); empty without a key."""
    references: tuple[str, ...] = ()
    """Right texts of an open or caption sample; empty without a key."""
    multi: bool = False
    """Whether the question asks for every right option rather than for one."""
    context: str = ""
    """Text that belongs to the question: an abstract, a history, an indication."""
    images: tuple[Image, ...] = ()
    nodes: tuple[Node, ...] = ()
    """Every place of the tree under which the sample hangs."""
    cluster: str = ""
    """The patient, slide or picture that samples share; scores within one are not independent."""

    @property
    def has_key(self) -> bool:
        """Whether the benchmark gives the right answer (test sets may keep it back)."""
        return bool(self.correct or self.references)
