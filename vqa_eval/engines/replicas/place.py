"""A place for one replica: the actor that is in it, and what it was given."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import ray
from ray.exceptions import RayError, RayTaskError

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.replicas.actor import Opened, Replica
from vqa_eval.engines.replicas.backlog import Job
from vqa_eval.engines.replicas.cluster import Needs
from vqa_eval.errors import EngineError

SPARE = 4
"""A replica has under way what its engine pulls ahead and this part more, so that the next ones wait for it there."""

PIECES = 8
"""Pieces into which what an engine pulls ahead is cut."""

LARGEST_PIECE = 16
"""Requests; more would let the other replicas wait while their pictures are made."""

LONGEST_PAUSE = 60.0
"""Seconds before a place where replicas keep dying is tried again; the first time is at once, then 1, 2, 4, …"""

FETCHED_WITHIN = 60.0
"""Seconds for a result that is there to come from its node."""


@dataclass(slots=True)
class Failure:
    """What came in the place of a result."""

    why: str
    hint: str = ""
    said: bool = False
    """Whether the engine said it, rather than its process being gone."""


@dataclass(slots=True)
class Place:
    """Empty until `move_in`; again after `vacate`, for some time."""

    needs: Needs
    opener: Callable[[], Engine]
    machine: str = ""
    """Where the actor found room; empty while it has none."""
    opened: Opened | None = None
    coming: Any = None
    """What the actor was asked before it can answer: first where it is, then to open the model."""
    pieces: dict[Any, list[Job]] = field(default_factory=dict)
    """What is under way, by Ray's reference to its replies."""
    alone: bool = False
    """Whether what is under way must have nothing beside it."""
    expects: bool = False
    """Whether the replica was told that the next piece follows at once."""
    deaths: int = 0
    """In a row, without a reply between them."""
    was_open: bool = False
    """Whether the model could be opened once."""
    _actor: Any = None
    _vacant_until: float = 0.0

    @property
    def references(self) -> list[Any]:
        """What Ray is to be waited for."""
        return [*self.pieces, *([] if self.coming is None else [self.coming])]

    @property
    def in_hand(self) -> int:
        """How many requests are under way."""
        return sum(map(len, self.pieces.values()))

    @property
    def window(self) -> int:
        """How many requests may be under way; none before the model is open."""
        return 0 if self.opened is None else self.opened.ahead + max(1, self.opened.ahead // SPARE)

    @property
    def room(self) -> int:
        """How many requests more the replica may be given."""
        return 0 if self.alone else max(0, self.window - self.in_hand)

    @property
    def piece(self) -> int:
        """How many requests are sent together."""
        ahead = self.opened.ahead if self.opened is not None else 1
        return min(self.room, LARGEST_PIECE, max(1, ahead // PIECES))

    def give(self, jobs: list[Job], alone: bool = False) -> None:
        """Send requests to the replica."""
        self.expects = not alone and self.room > len(jobs)
        self.pieces[self._actor.answer.remote([job.request for job in jobs], self.expects)] = jobs
        self.alone = alone

    def no_more(self) -> None:
        """Tell a replica that expects another piece at once that none is coming."""
        if self.expects:
            self.expects = False
            self._actor.no_more.remote()

    def move_in(self) -> None:
        """Ask the cluster for room where the place is empty; it is waited for without limit."""
        if self._actor is not None or time.monotonic() < self._vacant_until:
            return
        self._actor = (
            ray.remote(Replica)
            .options(
                num_cpus=self.needs.cpus,
                num_gpus=self.needs.gpus,
                scheduling_strategy="SPREAD",
                max_restarts=0,  # a dead one is replaced from here, where it is known what it had in hand
                max_task_retries=0,
            )
            .remote(self.opener)
        )
        self.coming = self._actor.where.remote()

    def advance(self, result: Any) -> None:
        """Take the next step of moving in, after what the last one returned."""
        if isinstance(result, Opened):
            self.opened, self.coming, self.was_open = result, None, True
        else:
            self.machine, self.coming = str(result), self._actor.open.remote()

    def took(self, reference: Any) -> None:
        """Note that a piece was answered."""
        del self.pieces[reference]
        self.alone, self.deaths = False, 0

    def forget(self) -> None:
        """Wait for nothing of what is under way any more."""
        self.pieces.clear()
        self.alone = self.expects = False

    def vacate(self) -> list[Job]:
        """End the replica, if it is not dead yet, and return the jobs that it had in hand."""
        jobs = [job for piece in self.pieces.values() for job in piece]
        self.end()
        self.deaths += 1
        pause = min(LONGEST_PAUSE, 2.0 ** (self.deaths - 2)) if self.deaths > 1 else 0.0
        self._vacant_until = time.monotonic() + pause
        return jobs

    def close(self) -> Any:
        """Ask the replica to give back what its engine holds; return what is to be waited for, None if nothing."""
        return None if self.opened is None else self._actor.close.remote()

    def end(self) -> None:
        """End the actor's process."""
        if self._actor is not None:
            ray.kill(self._actor)
        self.forget()
        self.machine, self.opened, self.coming, self._actor = "", None, None, None


def result_of(reference: Any) -> Any:
    """Return what a call brought, or the `Failure`."""
    try:
        return ray.get(reference, timeout=FETCHED_WITHIN)
    except RayTaskError as error:
        cause = error.cause
        if isinstance(cause, EngineError):
            return Failure(cause.message, cause.hint, said=True)
        return Failure(_line(cause), said=True)
    except RayError as error:
        # Ray's first line says what happened; the others are numbers of its own.
        return Failure(_line(error).split(" class_name:")[0].strip())


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
