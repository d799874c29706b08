"""When a request to a server is tried again, and how long to wait."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from vqa_eval.records import FaultKind

_LONGEST_PAUSE = 60.0
"""Seconds that back-off grows to; a server's own Retry-After may ask for more, up to ten times this."""

T = TypeVar("T")


class AttemptError(Exception):
    """Why one attempt failed, whether another may help, and whether the whole run is over."""

    def __init__(
        self,
        kind: FaultKind,
        detail: str,
        *,
        again: bool = False,
        after: float | None = None,
        ends_the_run: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.again = again
        self.after = after
        """Seconds that the server asks to wait."""
        self.ends_the_run = ends_the_run
        self.hint = hint


class Retrying:
    """Tries up to `attempts` times with full-jitter back-off, never sooner than Retry-After asks."""

    def __init__(self, attempts: int, first_pause: float) -> None:
        self._attempts = attempts
        self._first_pause = first_pause
        # Jitter must differ between processes and must not move a seeded stream that others draw from.
        self._jitter = random.SystemRandom()

    async def run(self, send: Callable[[], Awaitable[T]]) -> T:
        """Return what `send` returns, or raise the `AttemptError` of the last attempt."""
        for attempt in range(1, self._attempts + 1):
            try:
                return await send()
            except AttemptError as trouble:
                if not trouble.again or attempt == self._attempts:
                    raise
                pause = self._pause(attempt, trouble.after)
            await asyncio.sleep(pause)
        raise AttemptError("engine", "no attempt was allowed")

    def _pause(self, attempt: int, after: float | None) -> float:
        pause = self._jitter.uniform(0, min(_LONGEST_PAUSE, self._first_pause * 2 ** (attempt - 1)))
        # Never sooner than the server asks; the jitter on top keeps the waiting from coming back all at once.
        return pause + min(after or 0.0, 10 * _LONGEST_PAUSE)
