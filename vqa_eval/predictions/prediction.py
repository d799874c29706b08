"""What a stored prediction is, whichever harness wrote it, and what a format is that such files come in."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vqa_eval.records import Fault

Finish = Literal["stop", "length", "filter", ""]
"""Why a text ended, as in `records.Reply`."""


@dataclass(frozen=True, slots=True)
class Prediction:
    """One question as a file repeats it, with what the model said to it."""

    place: str
    """"FILE, row N", for messages to people."""
    id: str
    """As the harness numbers its questions; unique in the file but for further draws."""
    question: str
    options: tuple[str, ...] = ()
    """In the order shown to the model, labelled A, B, C … from the first; empty for an open question."""
    correct: tuple[int, ...] = ()
    """Positions of the right options; empty without a key."""
    references: tuple[str, ...] = ()
    """Right texts of an open question; empty without a key."""
    context: str = ""
    pictures: tuple[str, ...] = ()
    """Names of the pictures as far as the file gives them."""
    text: str = ""
    """What the model said."""
    logprobs: tuple[float | None, ...] = ()
    """Natural logarithm of the probability of each option, where that was measured instead of a text."""
    finish: Finish = ""
    fault: Fault | None = None
    """Why there is no reply; such a question is missing, never wrong."""
    draw: int = 0
    """Which reply to the same question it is, from 0."""
    cells: Mapping[str, Any] = field(default_factory=dict)
    """What the file repeats of the benchmark's own row: column to cell."""


@dataclass(frozen=True, slots=True)
class Log:
    """The predictions of one model on one data set."""

    dataset: str
    """The data set as the file or its name calls it; where a file's name joins model and data set, both."""
    predictions: Iterator[Prediction]
    """Read as they are asked for, once. Raises DataError with file, row and column."""
    model: str = ""
    """The model as the harness calls it; empty where the file does not say."""
    asked: int | None = None
    """Questions that the harness set out to ask; None where the file does not say."""
    notes: tuple[str, ...] = ()
    """What a reader of the numbers must know."""


@dataclass(frozen=True, slots=True)
class Format:
    """How one harness stores predictions; `FORMAT` of a module under vqa_eval.predictions."""

    name: str
    """The module's name, which is the harness's."""
    title: str
    """As its authors write it."""
    files: str
    """What its files are called, for help."""
    recognises: Callable[[Path, bytes], bool]
    """Whether a file, given with its first bytes, is of this format: by content, whatever it is called."""
    read: Callable[[Path], Log]
    """Open a file. Raises DataError for what can be seen to be wrong at once."""
