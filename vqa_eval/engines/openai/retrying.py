"""Why one attempt at a request failed, and how long to wait before the next."""

import random

from vqa_eval.records import FaultKind

_LONGEST_PAUSE = 60.0
"""Seconds that back-off grows to."""

LONGEST_WAIT = 600.0
"""Seconds that a server's own Retry-After is obeyed for; one that asks for more is asked again then."""


class AttemptError(Exception):
    """Why one attempt failed, whether another may help, and whether the whole run is over."""

    def __init__(
        self,
        kind: FaultKind,
        detail: str,
        *,
        again: bool = False,
        after: float | None = None,
        status: int | None = None,
        ends_the_run: bool = False,
        hint: str = "",
    ) -> None:
        super().__init__(detail)
        self.kind = kind
        self.detail = detail
        self.again = again
        self.after = None if after is None else min(after, LONGEST_WAIT)
        """Seconds that the server asks to wait; None where it does not say."""
        self.status = status
        """HTTP status of the answer; None where there was no answer."""
        self.ends_the_run = ends_the_run
        self.hint = hint


class Backoff:
    """Pauses that are drawn between nothing and twice as much at every attempt: full jitter.

    Source: M. Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog (2015).
    """

    def __init__(self, first_pause: float) -> None:
        self._first_pause = first_pause
        # Jitter must differ between processes and must not move a seeded stream that others draw from.
        self._jitter = random.SystemRandom()

    def pause(self, attempt: int, after: float | None = None) -> float:
        """Return the seconds to wait after the n-th attempt: never sooner than the server asks."""
        # The jitter on top keeps those that were told the same time from coming back all at once.
        drawn = self._jitter.uniform(0, min(_LONGEST_PAUSE, self._first_pause * 2 ** (attempt - 1)))
        return drawn + (after or 0.0)
