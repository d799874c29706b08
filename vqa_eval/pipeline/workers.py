"""Pure work on many things, spread over the processor's cores; in one process where that is as quick."""

import itertools
import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from vqa_eval.errors import StoreError

if TYPE_CHECKING:
    from concurrent.futures import Future

T = TypeVar("T")
R = TypeVar("R")

CHUNK = 1000
"""Things that one worker takes at a time."""
MANY = 10_000
"""From so many things on, starting workers costs less than they save."""
MOST = 8
"""Workers at most; the process that feeds them is one itself."""


def spread(work: Callable[[list[T]], list[R]], things: Iterable[T], size: int) -> Iterator[R]:
    """Yield the results of `work` over all things, in their order; `size` says about how many there are.

    Workers are forked, so `work` may be any function; where forking is not safe (another thread runs, or the
    system is not Linux) this process does it all. Memory stays within some chunks. What `work` raises is raised
    here, and StoreError where a worker was killed.
    """
    pulled = iter(things)
    workers = min(len(os.sched_getaffinity(0)), MOST) if sys.platform == "linux" else 1
    if size < MANY or workers < 2 or threading.active_count() > 1:
        while chunk := list(itertools.islice(pulled, CHUNK)):
            yield from work(chunk)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    _WORK.append(work)
    try:
        with ProcessPoolExecutor(workers, multiprocessing.get_context("fork")) as pool:
            flying: deque[Future[list[R]]] = deque()
            while chunk := list(itertools.islice(pulled, CHUNK)):
                flying.append(pool.submit(_work, chunk))
                if len(flying) > 2 * workers:
                    yield from flying.popleft().result()
            while flying:
                yield from flying.popleft().result()
    except BrokenProcessPool as error:
        raise StoreError(
            "a process that read replies was killed, perhaps for want of memory",
            "make room and type the same command again: nothing is lost",
        ) from error
    finally:
        _WORK.pop()


_WORK: list[Callable[[list[Any]], list[Any]]] = []
"""What forked workers do: inherited, since a function with what it knows cannot be sent."""


def _work(chunk: list[Any]) -> list[Any]:
    return _WORK[-1](chunk)
