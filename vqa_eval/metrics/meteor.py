"""METEOR 1.5 for English: alignments by its own Java program, the number from their sums.

Source: M. Denkowski and A. Lavie, Meteor Universal (WMT 2014) §2 with the English `rank` parameters; the
program is the one that pycocoevalcap brings.  It aligns words, stems, synonyms and paraphrases; the sums over
a corpus give the corpus' number, so that slices and replicates need no Java.
"""

import atexit
import math
from collections.abc import Callable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from vqa_eval.errors import EngineError
from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.sides import sides
from vqa_eval.records import Answer, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray

_ALPHA, _BETA, _GAMMA, _DELTA = 0.85, 0.2, 0.6, 0.75
_WEIGHTS = (1.0, 0.6, 0.8, 0.6)
"""Of exact words, stems, synonyms and paraphrases."""


def measure(profile: str, ready: Callable[[str], str], setting: str) -> Metric:
    """Return METEOR of a profile, a corpus measure on the texts that `ready` makes."""

    def unit(sample: Sample, answer: Answer) -> Unit | None:
        pair = sides(sample, answer, lambda text: tuple(filter(None, ready(text).split(" "))))
        if pair is None:
            return None
        said, references = pair
        return _aligned(" ".join(said), tuple(" ".join(reference) for reference in references))

    def score(sample: Sample, answer: Answer) -> float | None:
        part = unit(sample, answer)
        return None if part is None else _number(part)

    def pool(units: "ndarray") -> float | None:
        return _number(units.sum(axis=0).tolist()) if len(units) else None

    return Metric(
        name=f"{profile}.meteor",
        version="1",
        better="higher",
        kinds=("open", "caption"),
        about="METEOR 1.5: words, stems, synonyms and paraphrases aligned with the nearest reference",
        score=score,
        unit=unit,
        pool=pool,
        setting=f"{setting}|agg:corpus|lang:en|norm:meteor|empty:0|nrefs:max",
        missing=missing,
    )


@cache
def missing() -> str:
    """Return what to install for METEOR; empty where Java and pycocoevalcap are there."""
    try:
        _program()
    except ImportError:
        return "METEOR comes with pycocoevalcap: pip install 'vqa-eval[oracle]'"
    except FileNotFoundError:
        return "METEOR is a Java program: install a Java runtime and put `java` on the PATH"
    return ""


@lru_cache(maxsize=4096)
def _aligned(said: str, references: tuple[str, ...]) -> Unit:
    """Return six sums: hits and weights of what was said, of the reference; chunks; words matched on both sides."""
    # Three bars separate the fields of the program's lines.
    line = _running()._stat(said.replace("|||", ""), [reference.replace("|||", "") for reference in references])
    try:
        numbers = [float(number) for number in line.split()]
        length, known, function, known_function, *matches, chunks, matched, known_matched = numbers
        columns = [matches[at::4] for at in range(4)]
    except ValueError:
        raise EngineError(
            "METEOR's Java program stopped answering", hint="try again, or leave out caption_coco.meteor"
        ) from None
    content, known_content, functions, known_functions = (
        math.fsum(weight * hits for weight, hits in zip(_WEIGHTS, column, strict=True)) for column in columns
    )
    whole = chunks == 1 and matched == length and known_matched == known
    return (
        _balanced(content, functions),
        _balanced(length - function, function),
        _balanced(known_content, known_functions),
        _balanced(known - known_function, known_function),
        # A sentence matched as a whole is not broken into chunks.
        0.0 if whole else chunks,
        matched + known_matched,
    )


def _balanced(content: float, function: float) -> float:
    return _DELTA * content + (1 - _DELTA) * function


def _number(sums: Unit | list[float]) -> float:
    hits, weight, known_hits, known_weight, chunks, matched = map(float, sums)
    if not hits or not known_hits:
        return 0.0
    precision, recall = hits / weight, known_hits / known_weight
    mean = precision * recall / (_ALPHA * precision + (1 - _ALPHA) * recall)
    return float(mean * (1 - _GAMMA * (chunks / (matched / 2)) ** _BETA))


def _running() -> Any:
    """Return the program of this process, started once and ended with it."""
    from multiprocessing import current_process

    return _started(current_process().pid)


@cache
def _started(process: int | None) -> Any:
    # A process that was forked must not talk into the pipes of its parent's program.
    if missing():
        raise EngineError("METEOR cannot be computed here", hint=missing())
    atexit.register(_started.cache_clear)
    return _program()


def _program() -> Any:
    """Start the program; raises ImportError or FileNotFoundError where it cannot be."""
    from pycocoevalcap.meteor.meteor import Meteor

    class Program(Meteor):  # type: ignore[misc]
        """The program, which may have failed to start before it is given up."""

        def __del__(self) -> None:
            if hasattr(self, "lock"):
                super().__del__()

    return Program()
