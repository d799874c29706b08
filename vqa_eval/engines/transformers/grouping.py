"""Which requests a local model is asked together: of a bounded number that wait, those of like length.

Prompts of a batch are padded to the longest of them, and every padded place is computed like a real one.
"""

import heapq
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from vqa_eval.records import Reply, Request

BATCHES = 12
"""Batches that wait at most."""

WEIGHT = 64 * 2**20
"""Bytes of waiting pictures beyond which no more than two batches wait."""


class Grouping:
    """A few batches of requests, of which each batch is the one that waits longest with those nearest in length.

    So none waits for ever, however odd it is, and no batch is short while enough of a kind wait.
    """

    def __init__(
        self,
        requests: Iterable[Request],
        refuse: Callable[[Request], Reply | None],
        length: Callable[[Request], int],
    ) -> None:
        """`refuse` gives the fault of a request that cannot be asked; `length` about how many tokens a prompt has."""
        self._pulled = iter(requests)
        self._refuse = refuse
        self._length = length
        self._waiting: list[_Waiting] = []
        self._ended = False
        self.refused: list[Reply] = []
        """Faults of requests that cannot be asked, for the caller to take away."""

    def __bool__(self) -> bool:
        """Say whether anything may still come."""
        return bool(self._waiting) or not self._ended

    def take(self, size: int) -> list[Request]:
        """Return up to `size` requests that `generate` can take at once; none where all that was pulled is refused.

        They are of one channel and sampling, and all with pictures or all without. Each call pulls two batches
        at most, so that the first does not wait for a dozen.
        """
        self._pull(size)
        if not self._waiting:
            return []
        oldest = self._waiting[0]
        like = [place for place, other in enumerate(self._waiting) if other.kind == oldest.kind]
        taken = heapq.nsmallest(size, like, key=lambda place: abs(self._waiting[place].length - oldest.length))
        batch = [self._waiting[place].request for place in taken]
        for place in sorted(taken, reverse=True):
            del self._waiting[place]
        return batch

    def _pull(self, size: int) -> None:
        weight = sum(waiting.weight for waiting in self._waiting)
        for _ in range(min(2 * size, BATCHES * size - len(self._waiting))):
            if weight > WEIGHT and len(self._waiting) >= 2 * size:
                return
            request = next(self._pulled, None)
            if request is None:
                self._ended = True
                return
            if (fault := self._refuse(request)) is not None:
                self.refused.append(fault)
                continue
            kind = (request.channel, replace(request.sampling, seed=0), bool(request.pictures))
            bytes_shown = sum(len(picture.data) for picture in request.pictures)
            self._waiting.append(_Waiting(request, kind, self._length(request), bytes_shown))
            weight += bytes_shown


@dataclass(frozen=True, slots=True)
class _Waiting:
    request: Request
    kind: object
    length: int
    weight: int
