"""Replicas on a cluster: the work goes on with those that are open, whoever dies and whatever joins."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, fields

import ray

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.replicas.actor import Traits
from vqa_eval.engines.replicas.backlog import Backlog, Job
from vqa_eval.engines.replicas.cluster import Cluster, Needs
from vqa_eval.engines.replicas.place import Failure, Place, result_of
from vqa_eval.errors import EngineError
from vqa_eval.records import Reply

CLOSED_WITHIN = 15.0
"""Seconds for the engines to give back what they hold, before their processes are ended."""

GOES_ON = "type the same command again: it continues"


@dataclass(slots=True)
class Came:
    """What arrived since it was last looked."""

    replies: list[Reply] = field(default_factory=list)
    back: list[tuple[list[Job], str]] = field(default_factory=list)
    """What replicas that died had in hand, with the reason."""
    end: EngineError | None = None
    """Why it cannot go on."""


class Places:
    """As many places as there are to be replicas.

    It cannot go on where a model cannot be opened, where a replica says something else about itself than the
    first one, where none finds room on the cluster for `patience` seconds, and where they keep dying.
    """

    def __init__(
        self, cluster: Cluster, opener: Callable[[], Engine], count: int, needs: Needs, patience: float
    ) -> None:
        self.traits: Traits | None = None
        """What the engines say about themselves, as soon as one is open."""
        self._cluster = cluster
        self._needs = needs
        self._patience = patience
        self._places = [Place(needs, opener) for _ in range(count)]
        self._housed = time.monotonic()
        self._deaths = 0

    @property
    def busy(self) -> bool:
        """Whether anything is under way."""
        return any(place.pieces for place in self._places)

    @property
    def answering(self) -> int:
        """How many replicas are open."""
        return sum(place.opened is not None for place in self._places)

    @property
    def ahead(self) -> int:
        """Requests that may be under way when all replicas are open."""
        return len(self._places) * max(place.window for place in self._places)

    def hand_out(self, backlog: Backlog) -> bool:
        """Give a piece to the replica with the most room; False where none has room or nothing is left."""
        free = [place for place in self._places if place.opened is not None and not place.alone]
        if backlog.suspicious and free:
            keeper = min(free, key=lambda place: place.in_hand)
            if not keeper.pieces:
                keeper.give(backlog.take_suspect(), alone=True)
                return True
            free.remove(keeper)  # it is given nothing new, so that it will be free
            keeper.no_more()
        place = max(free, key=lambda place: place.room, default=None)
        if place is None or not place.room:
            return False
        if jobs := backlog.take(place.piece):
            place.give(jobs)
        else:
            for other in self._places:
                other.no_more()
        return bool(jobs)

    def collect(self, seconds: float) -> Came:
        """Return what arrives within `seconds`, at once when something does; replace who died."""
        for place in self._places:
            place.move_in()
        owners = {reference: place for place in self._places for reference in place.references}
        came = Came()
        if not owners:
            time.sleep(seconds)
            return came
        ray.wait([*owners], num_returns=1, timeout=seconds)
        arrived, _ = ray.wait([*owners], num_returns=len(owners), timeout=0)
        failed: list[tuple[Place, Failure]] = []
        for reference in arrived:
            place, result = owners[reference], result_of(reference)
            if isinstance(result, Failure):
                failed.append((place, result))
            elif reference == place.coming:
                place.advance(result)
                came.end = came.end or self._stranger(place)
            else:
                place.took(reference)
                self._deaths = 0
                came.replies += result
        # After the others, so that what a replica said before it died is kept.
        for place, failure in failed:
            if place.references:  # its first failure emptied it
                came.end = came.end or self._bury(place, failure, came)
        came.end = came.end or self._homeless()
        return came

    def forget(self) -> None:
        """Let what is under way come to nothing; nobody waits for it any more."""
        for place in self._places:
            place.forget()

    def close(self) -> None:
        """Close the engines and end their processes."""
        closing = [done for place in self._places if (done := place.close()) is not None]
        if closing:
            ray.wait(closing, num_returns=len(closing), timeout=CLOSED_WITHIN)
        for place in self._places:
            place.end()

    def _stranger(self, place: Place) -> EngineError | None:
        """Return the error where what was opened there is not the model that the others are."""
        if place.opened is None:
            return None
        there = place.opened.traits
        self.traits = first = self.traits or there
        differs = [part.name for part in fields(Traits) if getattr(first, part.name) != getattr(there, part.name)]
        if not differs:
            return None
        told = "; ".join(f"{name} {getattr(there, name)} and not {getattr(first, name)}" for name in differs)
        return EngineError(
            f"the replica on {place.machine} is not the model of the others: {told}",
            "put the same weights and the same versions of the libraries on every node",
        )

    def _bury(self, place: Place, failure: Failure, came: Came) -> EngineError | None:
        """Empty a place whose replica failed; return the error where it is no use to open it again."""
        why = f"{failure.why} (on {place.machine})" if place.machine else failure.why
        if failure.said and place.opened is None and not place.was_open:
            return EngineError(why, failure.hint or GOES_ON)
        came.back.append((place.vacate(), why))
        self._deaths += 1
        # Three are what one bad request costs; a few of them in a row do not end the run.
        if self._deaths > 3 * len(self._places) + 5:
            return EngineError(
                f"{self._deaths} replicas died in a row without a reply, the last one so: {why}",
                failure.hint or GOES_ON,
            )
        return None

    def _homeless(self) -> EngineError | None:
        """Return the error where no replica has found room for too long."""
        now = time.monotonic()
        if any(place.machine for place in self._places):
            self._housed = now
            return None
        if not self._cluster.can_grow and not self._needs.fit(self._cluster.resources()):
            return self._without_room("")
        return self._without_room(f" within {self._patience:g} s") if now - self._housed > self._patience else None

    def _without_room(self, when: str) -> EngineError:
        there = self._cluster.described()
        return EngineError(
            f"no replica finds room{when}: each asks for {self._needs} on one node, and there is {there}",
            "add or free nodes (see: ray status), or ask for less: --tensor-parallel 1, --engine-options ray_gpus=0.5",
        )
