"""What is still to be asked of replicas that may die: new requests, pulled one by one, and those that came back."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vqa_eval.records import Fault, Reply, Request

ALONE = 2
"""Deaths that a request has seen before it is asked with no other beside it, so that the guilty one is known."""

POISON = 3
"""Deaths after which a request is a fault."""


@dataclass(slots=True)
class Job:
    """A request with what happened to the replicas that were asked it."""

    request: Request
    deaths: int = 0


class Backlog:
    """Every job leaves by a reply or, after `POISON` deaths, by a fault; those that came back go first."""

    def __init__(self, requests: Iterable[Request]) -> None:
        self._new = iter(requests)
        self._back: deque[Job] = deque()
        self._suspects: deque[Job] = deque()

    @property
    def empty(self) -> bool:
        """Whether nothing is left to hand out; pulls one request where it must, to know."""
        if not self._back and not self._suspects:
            self._back.extend(self._pull(1))
        return not self._back and not self._suspects

    @property
    def suspicious(self) -> bool:
        """Whether a job waits that is to be asked alone."""
        return bool(self._suspects)

    def take(self, count: int) -> list[Job]:
        """Return the next jobs, `count` at most, none of them suspicious; none where there are no more."""
        jobs = [self._back.popleft() for _ in range(min(count, len(self._back)))]
        return [*jobs, *self._pull(count - len(jobs))]

    def take_suspect(self) -> list[Job]:
        """Return the next job that is to be asked alone, as a piece of its own."""
        return [self._suspects.popleft()]

    def bring_back(self, jobs: Sequence[Job], why: str) -> Iterator[Reply]:
        """Take back what a replica that died had in hand; yield the faults of those that saw too many die."""
        for job in jobs:
            job.deaths += 1
            if job.deaths >= POISON:
                detail = f"{job.deaths} replicas ended while they were asked this, the last one alone with it: {why}"
                yield Reply(job.request.key, fault=Fault("engine", detail))
            else:
                (self._suspects if job.deaths >= ALONE else self._back).append(job)

    def _pull(self, count: int) -> list[Job]:
        jobs = []
        for _ in range(count):
            request = next(self._new, None)
            if request is None:
                break
            jobs.append(Job(request))
        return jobs
