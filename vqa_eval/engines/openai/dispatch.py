"""Sends requests to the servers of a model, again where that may help, and hands over what came of each.

All of it runs in one event loop. Requests stand in one queue; a server that has room and a rate that allows it take
the next out of it.
"""

import asyncio
import functools
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from vqa_eval.engines.openai.chat import used
from vqa_eval.engines.openai.endpoints import Endpoint, Endpoints
from vqa_eval.engines.openai.notices import LONG, Notices
from vqa_eval.engines.openai.pacing import Pace
from vqa_eval.engines.openai.retrying import AttemptError, Backoff
from vqa_eval.engines.openai.wire import Wire

KNOCKS = 6
"""Lost connections before anybody has answered that are tried again, in all and not for each request."""


Came = Mapping[str, Any] | Exception | None
"""What came of a request: its completion, why there is none, or None if it was not sent."""


@dataclass(slots=True, eq=False)
class Job:
    """One request on its way."""

    body: bytes
    size: float
    """Its prompt's tokens by rule of thumb."""
    max_tokens: int
    done: Callable[[Came, float], None]
    """Takes what came of it and the seconds of the last attempt; called once, in the loop."""
    attempts: int = 0
    until: float | None = None
    """When its deadline is; known once it was sent."""
    avoided: Endpoint | None = None
    """The server that just failed it."""
    alarm: asyncio.TimerHandle | None = None
    """What happens next if nothing else does: another attempt, or the end of its time."""


@dataclass(frozen=True, slots=True)
class _Attempt:
    """One request of a job to one server."""

    job: Job
    endpoint: Endpoint
    number: int
    guess: float
    """Tokens that it is taken to cost."""
    start: float


class Dispatch:
    """The queue, what is under way, and the timers between attempts; used in one event loop."""

    def __init__(
        self,
        wires: Sequence[Wire],
        endpoints: Endpoints,
        pace: Pace,
        backoff: Backoff,
        notices: Notices,
        *,
        attempts: int,
        deadline: float | None,
    ) -> None:
        """Send through `wires`, one for each of the endpoints, each request `attempts` times at most.

        `deadline` are the seconds from the first attempt to the end of the last; None sets no limit.
        """
        self._wires = wires
        self._endpoints = endpoints
        self._pace = pace
        self._backoff = backoff
        self._notices = notices
        self._attempts = attempts
        self._deadline = deadline
        self._jobs: set[Job] = set()
        self._queue: deque[Job] = deque()
        self._tasks: dict[Job, asyncio.Task[None]] = {}
        self._timer: asyncio.TimerHandle | None = None
        self._reached = False
        self._knocks = 0

    def put(self, jobs: Iterable[Job]) -> None:
        """Put requests at the end of the queue, and send what can be sent."""
        given = tuple(jobs)
        self._jobs.update(given)
        self._queue.extend(given)
        self._heard(self._pump)

    def finish(self, jobs: Iterable[Job]) -> None:
        """Let what is under way come back, send nothing more, and hand over None for what is not."""
        for job in jobs:
            if self._drop(job):
                self._done(job, None, 0.0)
            else:
                job.attempts = self._attempts

    def cancel(self, jobs: Iterable[Job]) -> None:
        """Give requests up, wherever they are; nothing comes of them."""
        for job in jobs:
            self._jobs.discard(job)
            if not self._drop(job) and (task := self._tasks.get(job)) is not None:
                task.cancel()

    def _drop(self, job: Job) -> bool:
        """Take a request out of the queue or out of its pause; return whether it was there."""
        if job.alarm is not None:
            job.alarm.cancel()
        if job in self._queue:
            self._queue.remove(job)
            return True
        return job.alarm is not None

    def _done(self, job: Job, came: Came, seconds: float) -> None:
        """Hand over what came of a request, unless that was done or it was given up."""
        if job in self._jobs:
            self._jobs.remove(job)
            job.done(came, seconds)

    def _heard(self, callback: Callable[..., None], *given: Any) -> None:
        """Run what the loop calls; what goes wrong in it, which nobody would hear, comes of every request."""
        try:
            callback(*given)
        except Exception as error:  # whoever waits for a reply would wait for ever
            jobs = tuple(self._jobs)
            for job in jobs:
                self._done(job, error, 0.0)
            self.cancel(jobs)

    async def close(self) -> None:
        """Close all connections."""
        for wire in self._wires:
            await wire.close()

    def _pump(self) -> None:
        """Send from the queue until somebody must be waited for."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        while self._queue:
            wait = self._pace.wait(now)
            if wait >= LONG:
                self._notices.note(*self._pace.reason(now))
            chosen, wait = self._next(now) if wait <= 0 else (None, wait)
            if chosen is None:
                self._wake(loop, now + wait)
                return
            self._queue.remove(chosen[0])
            self._send(loop, now, *chosen)

    def _next(self, now: float) -> tuple[tuple[Job, Endpoint] | None, float]:
        """Return the first request that a server takes now and that server, or None and the seconds to wait.

        Requests that wait for another server than the one that failed them hold up nobody; one with attempts to spare
        goes back there before that server has nothing to do.
        """
        asked: set[tuple[int | None, bool]] = set()
        soonest = float("inf")
        for back in (False, True):
            for job in self._queue:
                spare = job.attempts + 1 < self._attempts
                if back and not spare:
                    continue
                avoided = None if back else job.avoided
                manner = (None if avoided is None else avoided.number, spare)
                if manner in asked:  # servers say the same to all that ask alike
                    continue
                asked.add(manner)
                endpoint, wait = self._endpoints.choose(now, avoided, may_knock=spare or self._attempts == 1)
                if endpoint is not None:
                    return (job, endpoint), 0.0
                soonest = min(soonest, wait)
        return None, soonest

    def _wake(self, loop: asyncio.AbstractEventLoop, when: float) -> None:
        """Go on at a time; where it is infinite an answer goes on."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = loop.call_at(when, self._heard, self._pump) if when < float("inf") else None

    def _send(self, loop: asyncio.AbstractEventLoop, now: float, job: Job, endpoint: Endpoint) -> None:
        if job.alarm is not None:
            job.alarm.cancel()
            job.alarm = None
        job.attempts += 1
        if job.until is None and self._deadline is not None:
            job.until = now + self._deadline
        attempt = _Attempt(job, endpoint, endpoint.begin(now), self._pace.send(now, job.size, job.max_tokens), now)
        task = loop.create_task(self._try(attempt))
        self._tasks[job] = task
        task.add_done_callback(functools.partial(self._heard, self._over, attempt))

    def _over(self, attempt: _Attempt, task: asyncio.Task[None]) -> None:
        """Make room; here and not in the coroutine, which does not run at all if it is cancelled at once."""
        if self._tasks.get(attempt.job) is task:  # it may be under way again
            del self._tasks[attempt.job]
        attempt.endpoint.end(attempt.number, asyncio.get_running_loop().time())
        self._pump()

    async def _try(self, attempt: _Attempt) -> None:
        loop = asyncio.get_running_loop()
        try:
            await self._ask(attempt, loop)
        except Exception as error:  # whatever it is, the caller's thread is where it is heard
            self._done(attempt.job, error, loop.time() - attempt.start)

    async def _ask(self, attempt: _Attempt, loop: asyncio.AbstractEventLoop) -> None:
        job, endpoint = attempt.job, attempt.endpoint
        within = None if job.until is None else max(job.until - loop.time(), 0.001)
        try:
            completion = await self._wires[endpoint.number].post(job.body, within)
        except AttemptError as trouble:
            self._failed(attempt, trouble, loop.time())
            return
        self._reached = True
        endpoint.answered()
        prompt, reply = used(completion)
        if prompt is not None and reply is not None:
            self._pace.settle(attempt.guess, job.size, prompt, reply)
        self._done(job, completion, loop.time() - attempt.start)

    def _failed(self, attempt: _Attempt, trouble: AttemptError, now: float) -> None:
        """Decide what becomes of a request after an attempt that failed."""
        job, endpoint = attempt.job, attempt.endpoint
        if job.until is None or now < job.until:  # a request that ran out of its own time says nothing of the server
            endpoint.failed(attempt.number, trouble, now)
        if trouble.after is not None and trouble.after >= LONG:
            server = self._wires[endpoint.number].address
            self._notices.note(server, f"{server} asks for a pause of {trouble.after:.0f} s")
        if trouble.kind != "timeout":
            self._pace.refund(attempt.guess)
        others = self._endpoints.others(endpoint)
        if len(self._wires) > 1:
            trouble.detail += f" ({self._wires[endpoint.number].address})"
        again = trouble.again and job.attempts < self._attempts
        self._reached = self._reached or trouble.kind != "connection"
        if not self._reached:
            self._knocks += 1
            again = again and (others or self._knocks <= KNOCKS)
        # Another server is asked at once where this one is gone, and need not wait for what this one asks.
        gone = others and trouble.kind == "connection"
        pause = 0.0 if gone else self._backoff.pause(job.attempts, None if others else trouble.after)
        if again and job.until is not None and now + pause >= job.until:
            self._done(job, self._late(job, trouble.detail), now - attempt.start)
        elif not again:
            self._done(job, trouble, now - attempt.start)
        else:
            job.avoided = endpoint if others else None
            job.alarm = asyncio.get_running_loop().call_later(pause, self._heard, self._again, job)

    def _again(self, job: Job) -> None:
        """Put a request at the queue's head, for as long as it has."""
        self._queue.appendleft(job)
        loop = asyncio.get_running_loop()
        job.alarm = None if job.until is None else loop.call_at(job.until, self._heard, self._expire, job)
        self._pump()

    def _expire(self, job: Job) -> None:
        self._queue.remove(job)
        self._done(job, self._late(job, "no server could take it"), 0.0)
        self._pump()

    def _late(self, job: Job, last: str) -> AttemptError:
        return AttemptError(
            "timeout", f"the deadline of {self._deadline:g} s passed after {job.attempts} attempts: {last}"
        )
