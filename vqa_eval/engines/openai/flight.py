"""Requests that go from the caller's thread to the loop of another, and what comes back of them."""

import asyncio
import itertools
import queue
from collections import deque
from collections.abc import Callable, Iterable

from vqa_eval.engines.openai.dispatch import Came, Dispatch, Job
from vqa_eval.records import Request

Landed = tuple[Request, Came, float]
"""A request, what came of it, and the seconds that its last attempt took."""


class Flight:
    """The requests of one `ask` that have no reply yet: started in the loop, landing where the caller waits."""

    def __init__(self, loop: asyncio.AbstractEventLoop, dispatch: Dispatch) -> None:
        """Fly in a loop that runs in another thread."""
        self.count = 0
        self._loop = loop
        self._dispatch = dispatch
        self._waiting: deque[Job] = deque()
        self._called = False
        self._up: dict[int, Job] = {}
        self._numbers = itertools.count()
        self._landed: queue.SimpleQueue[Landed] = queue.SimpleQueue()

    def start(self, request: Request, body: bytes, size: float) -> None:
        """Send a request off."""
        number = next(self._numbers)

        def done(came: Came, seconds: float) -> None:
            # By its number: a job that its own function knew would be a circle, and its pictures would stay in memory
            # until somebody looked for circles.
            del self._up[number]
            self._landed.put((request, came, seconds))

        job = self._up[number] = Job(body, size, request.sampling.max_tokens, done)
        self.count += 1
        self._waiting.append(job)
        # The loop is woken once for all that have gathered until it looks.
        if not self._called:
            self._called = True
            self._loop.call_soon_threadsafe(self._board)

    def _board(self) -> None:
        self._called = False
        jobs = []
        while self._waiting:
            jobs.append(self._waiting.popleft())
        self._dispatch.put(jobs)

    def landed(self) -> bool:
        """Return whether something has come back."""
        return not self._landed.empty()

    def land(self, meanwhile: Callable[[], None]) -> Landed:
        """Wait for what comes back next, and do something every second until then."""
        while True:
            meanwhile()
            try:
                landed = self._landed.get(timeout=1.0)
            except queue.Empty:
                continue
            self.count -= 1
            return landed

    def finish(self) -> None:
        """Send nothing more; what is under way still comes back."""
        self._end(self._dispatch.finish)

    def cancel(self) -> None:
        """Give up what is still under way."""
        if self.count:
            self._end(self._dispatch.cancel)

    def _end(self, how: Callable[[Iterable[Job]], None]) -> None:
        # All that was started has boarded by then: the loop calls in order.
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: how(tuple(self._up.values())))
