"""Servers that allow so many requests in a time, as providers count them, and asking one on a made-up clock."""

import heapq
import itertools
import math
import random
from collections.abc import Callable
from dataclasses import dataclass

from vqa_eval.engines.openai.allowance import Allowance
from vqa_eval.engines.openai.window import Window

Limiter = Callable[[float], float | None]
"""Takes the time of a request; returns None where it lets it through, else the seconds for Retry-After."""


class Bucket:
    """Tokens drip into a bucket, and each request takes one."""

    def __init__(self, rate: float, size: float, whole_seconds: bool = True) -> None:
        self._rate = rate
        self._size = self._level = size
        self._at = 0.0
        self._round: Callable[[float], float] = math.ceil if whole_seconds else float

    def __call__(self, now: float) -> float | None:
        """Say what becomes of a request at this time."""
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        if self._level >= 1:
            self._level -= 1
            return None
        return self._round((1 - self._level) / self._rate)


class FixedWindow:
    """So many requests a minute by the clock on the wall."""

    def __init__(self, most: int, length: float) -> None:
        self._most, self._length = most, length
        self._counts: dict[int, int] = {}

    def __call__(self, now: float) -> float | None:
        """Say what becomes of a request at this time."""
        window = int(now // self._length)
        if self._counts.get(window, 0) < self._most:
            self._counts[window] = self._counts.get(window, 0) + 1
            return None
        return math.ceil((window + 1) * self._length - now)


class SlidingWindow:
    """So many requests within the last minute."""

    def __init__(self, most: int, length: float, whole_seconds: bool = True) -> None:
        self._most, self._length = most, length
        self._round: Callable[[float], float] = math.ceil if whole_seconds else float
        self._times: list[float] = []

    def __call__(self, now: float) -> float | None:
        """Say what becomes of a request at this time."""
        self._times = [time for time in self._times if time > now - self._length]
        if len(self._times) < self._most:
            self._times.append(now)
            return None
        return self._round(self._times[0] + self._length - now)


class AtRandom:
    """Refuses a share of the requests, however many there are."""

    def __init__(self, share: float, seed: int) -> None:
        self._share = share
        self._drawn = random.Random(seed)

    def __call__(self, now: float) -> float | None:
        """Say what becomes of a request at this time."""
        return 1.0 if self._drawn.random() < self._share else None


@dataclass(frozen=True)
class Day:
    """What came of asking for a time."""

    seconds: float
    let_through: int
    refused: int

    @property
    def wasted(self) -> float:
        """Share of the requests that were refused."""
        return self.refused / (self.let_through + self.refused)


def ask_for(
    seconds: float,
    limiter: Limiter,
    window: Window,
    *,
    answer_takes: float = 0.2,
    way: float = 0.001,
    most: int | None = None,
) -> Day:
    """Ask as an engine does that never lacks requests; a message takes `way` seconds in each direction."""
    allowance, drawn, order = Allowance(), random.Random(0), itertools.count()
    events: list[tuple[float, int, str, float]] = []
    now, let_through, refused = 0.0, 0, 0
    while now < seconds and (most is None or let_through < most):
        wake = math.inf
        while window.room:
            wait = allowance.wait(now)
            if wait > 1e-9:
                wake = now + wait
                break
            allowance.send(now)
            window.begin()
            heapq.heappush(events, (now + way, next(order), "comes", 0.0))
        if wake < (events[0][0] if events else math.inf):
            now = wake
            continue
        now, _, what, after = heapq.heappop(events)
        if what == "comes":
            verdict = limiter(now)
            takes = 0.0 if verdict is not None else answer_takes * drawn.uniform(0.8, 1.2)
            what = "answered" if verdict is None else "refused"
            heapq.heappush(events, (now + takes + way, next(order), what, verdict or 0.0))
            continue
        if what == "answered":
            let_through += 1
            allowance.let_through()
            window.widen()
        else:
            refused += 1
            allowance.refuse(now, after)
        window.end()
    return Day(now, let_through, refused)
