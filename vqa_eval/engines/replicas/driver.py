"""The engine that a run asks where copies of the model answer on a cluster."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.replicas.actor import Traits
from vqa_eval.engines.replicas.backlog import Backlog
from vqa_eval.engines.replicas.cluster import Cluster, Needs
from vqa_eval.engines.replicas.places import Came, Places
from vqa_eval.errors import EngineError
from vqa_eval.records import Reply, Request

PATIENCE = 300.0
"""Seconds for which no replica may find room on the cluster: time for new nodes to come up."""

TICK = 1.0
"""Seconds between two looks at who died, joined, or finds no room."""


class Replicas:
    """`count` engines, each opened by `opener` in an actor of its own, answering side by side.

    `opener` is carried to the nodes by cloudpickle. The engine is open as soon as the first replica is; the
    others join when they are ready, and those for which there is no room yet when a node brings it. `EngineError`
    says where it cannot go on (see `Places`). With the engine the cluster is left, also where opening fails.
    `notice` is told who ended, and then or when all are there how many answer.
    """

    def __init__(
        self,
        opener: Callable[[], Engine],
        cluster: Cluster,
        count: int,
        needs: Needs,
        *,
        patience: float = PATIENCE,
        notice: Callable[[str], None] | None = None,
    ) -> None:
        self._cluster: Cluster | None = cluster
        self._places = Places(cluster, opener, count, needs, patience)
        self._count = count
        self._notice = notice or (lambda line: None)
        self._told = -1
        with ExitStack() as undo:
            undo.callback(self.close)
            traits = self._first_to_open()
            undo.pop_all()
        self.identity = traits.identity
        self.channels = traits.channels
        self.media_types = traits.media_types
        self.max_pictures = traits.max_pictures
        self.max_side = traits.max_side
        self.looks_at_pictures = traits.looks_at_pictures

    @property
    def ahead(self) -> int:
        """Requests that may have been pulled when the first of them is answered."""
        return self._places.ahead

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield one reply for each request, pulling a few more than the replicas' engines do."""
        if self._cluster is None:
            raise EngineError(f"the replicas of {self.identity.name} are closed", "open them again")
        backlog = Backlog(requests)
        try:
            while True:
                # One piece at a time: while pictures are made for one replica, the replies of the others count.
                given = self._places.hand_out(backlog)
                if not given and not self._places.busy and backlog.empty:
                    return
                came = self._places.collect(0 if given else TICK)
                yield from came.replies
                self._tell(came)
                for jobs, why in came.back:
                    yield from backlog.bring_back(jobs, why)
                if came.end is not None:
                    raise came.end
        finally:
            self._places.forget()

    def close(self) -> None:
        """Close the engines, end the actors and leave the cluster."""
        if self._cluster is None:
            return
        cluster, self._cluster = self._cluster, None
        with ExitStack() as then:
            then.callback(cluster.leave)
            self._places.close()

    def _tell(self, came: Came) -> None:
        """Tell who ended with something in hand, and how many answer: at first, when all do, or fewer, or one again."""
        for jobs, why in came.back:
            if jobs:
                self._notice(f"a replica ended with {len(jobs):,} unanswered: {why}")
        answering, told = self._places.answering, self._told
        if answering != told and (answering < told or told <= 0 or answering == self._count):
            self._told = answering
            self._notice(f"{answering} of {self._count} replicas answer")

    def _first_to_open(self) -> Traits:
        while self._places.traits is None:
            came = self._places.collect(TICK)
            if came.end is not None:
                raise came.end
            for _, why in came.back:
                self._notice(f"a replica ended before it could answer: {why}")
        return self._places.traits
