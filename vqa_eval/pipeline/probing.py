"""A probe: some samples are really asked, so that time, tokens and money are measured rather than guessed."""

import resource
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from vqa_eval.pipeline.run import Opener, Prepared, Watcher, ask_some
from vqa_eval.pipeline.spending import Spending
from vqa_eval.records import Reply, Row, Variant
from vqa_eval.store import RunStore


class Landing(NamedTuple):
    """When a reply landed, and how long it had been under way."""

    at: float
    """Seconds of a clock that never goes back."""
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Pace:
    """How quickly replies came."""

    rate: float
    """Replies a second at a steady pace."""
    at_once: int | None
    """Requests that were under way at once; None where replies do not tell how long they took."""
    seconds: float | None
    """Mean seconds of one reply."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What the probe of one row measured."""

    row: Row
    replies: int
    """That landed now; those of an earlier probe are not measured again."""
    faults: int
    asked: frozenset[str]
    """Ids of the samples that have a reply now or were a fault; fewer than were chosen where a budget stopped it."""
    landed: frozenset[str]
    """Ids of those that have their reply."""
    pace: Pace | None
    """None where no reply landed now."""
    opening: float | None
    """Seconds until the model was open; None where nothing was left to ask."""


@dataclass(frozen=True, slots=True)
class Peak:
    """The most memory that was held so far, in bytes."""

    resident: int
    """Of this process."""
    accelerator: int | None
    """Of the GPU, by torch in this process; None where it is not used here."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What a probe found."""

    store: RunStore
    """The run, which goes on from the replies."""
    samples: frozenset[str]
    """Ids of what was to be asked."""
    rows: tuple[Probed, ...]
    peak: Peak


class Clock:
    """A watcher that notes when things happen and passes them on."""

    def __init__(self, watcher: Watcher) -> None:
        """Pass everything on to `watcher`."""
        self.began: dict[int, float] = {}
        """Row number to when it was first asked; the clock is `time.monotonic`."""
        self.landings: dict[int, list[Landing]] = {}
        self.faults: dict[int, int] = {}
        self.opening: dict[str, float] = {}
        self._watcher = watcher
        self._row = 0
        self._opens = 0.0

    def opens(self, model: str) -> None:
        """Note that a model is being loaded."""
        self._opens = time.monotonic()
        self._watcher.opens(model)

    def lacks(self, row: Row, pictures: int) -> None:
        """Pass it on."""
        self._watcher.lacks(row, pictures)

    def begins(self, row: Row, variant: Variant, done: int, total: int) -> None:
        """Note that a row begins."""
        self._watcher.begins(row, variant, done, total)
        self._row = row.number
        now = time.monotonic()
        self.opening.setdefault(row.model, now - self._opens)
        self.began.setdefault(row.number, now)
        self.landings.setdefault(row.number, [])
        self.faults.setdefault(row.number, 0)

    def replied(self, reply: Reply) -> None:
        """Note a reply or a fault."""
        if reply.fault:
            self.faults[self._row] += 1
        else:
            self.landings[self._row].append(Landing(time.monotonic(), reply.seconds))
        self._watcher.replied(reply)

    def ends(self, row: Row, done: int) -> None:
        """Pass it on."""
        self._watcher.ends(row, done)

    def rests(self) -> None:
        """Pass it on."""
        self._watcher.rests()


def probe(
    prepared: Prepared, samples: frozenset[str], watcher: Watcher, opener: Opener, spending: Spending | None = None
) -> Probe:
    """Ask the plain question about some samples; the replies are the run's, which goes on from them.

    Where there are none, what the run has so far is all. Raises what `run` raises.
    """
    clock = Clock(watcher)
    store = ask_some(prepared, samples, clock, opener, spending) if samples else RunStore.open(prepared.folder)
    served = {ref.name for ref in prepared.models if ref.scheme == "openai"}
    measured = tuple(_measured(row, store, samples, clock, row.model in served) for row in store.rows())
    return Probe(store, samples, measured, peak())


def _measured(row: Row, store: RunStore, samples: frozenset[str], clock: Clock, served: bool) -> Probed:
    landings, faults = clock.landings.get(row.number, []), clock.faults.get(row.number, 0)
    landed = samples.difference(due.sample.id for due in store.unasked(row.number)) if samples else samples
    failed = samples.intersection(sample for sample, _ in store.faults(row.number)) if faults else frozenset()
    return Probed(
        row,
        len(landings),
        faults,
        landed | failed,
        landed,
        pace(landings, clock.began.get(row.number, 0.0), served),
        clock.opening.get(row.model),
    )


def pace(landings: Sequence[Landing], began: float, served: bool) -> Pace | None:
    """Return how quickly replies came that were first asked for at `began`; None without any.

    Of a served model each reply says how long it was under way, and the pace is that of the most that were under
    way at once (Little's law: their number over the mean of their seconds): start and tail of a short probe are
    left out. Of other models it is replies over seconds, start and tail and all.
    """
    if not landings:
        return None
    told = [(landing.at - landing.seconds, landing.at) for landing in landings if landing.seconds is not None]
    if served and len(told) == len(landings):
        at_once = _at_once(told)
        mean = sum(end - start for start, end in told) / len(told)
        if mean > 0:
            return Pace(at_once / mean, at_once, mean)
    return Pace(len(landings) / max(1e-9, landings[-1].at - began), None, None)


def peak() -> Peak:
    """Return the most memory that this process has held so far."""
    unit = 1 if sys.platform == "darwin" else 1024  # macOS counts bytes, Linux kilobytes
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
    torch = sys.modules.get("torch")  # where a model has not loaded it, it is not loaded to ask it
    used = torch is not None and torch.cuda.is_available()
    return Peak(resident, int(torch.cuda.max_memory_reserved()) if torch is not None and used else None)


def _at_once(spans: Iterable[tuple[float, float]]) -> int:
    """Return how many of the spans held at one moment; one that ends makes room for one that begins then."""
    steps = sorted(step for start, end in spans for step in ((start, 1), (end, -1)))
    return max(accumulate(change for _, change in steps))
