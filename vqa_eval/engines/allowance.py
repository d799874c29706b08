"""How fast a server lets requests through that does not tell: learned from what it refuses; the clock is the caller's.

A refusal (429) with Retry-After pauses all sending. What was let through from the end of one pause to the end of the
next is the rate that is permitted, whether the server counts by fixed minutes, by the last sixty seconds or by tokens
that drip into a bucket; from then on requests are sent at that rate, a little faster the longer none is refused.
"""

_UNKNOWN = 200
"""Requests to a server that nobody knows yet, which are sent a moment apart: one that permits few is not overrun."""
_APART = 0.0015
"""Seconds between these: about what a refusal takes to come back."""

_LATE = 0.02
"""Seconds that a request may be late without delaying those behind it."""

_SLOWNESS = 2000.0
"""The rate grows by (n / 2000)² at the n-th request in a row that is let through: some eighty until it is a request
too fast, and ten times as fast after three hundred."""
_DOUBT = 0.01
"""Besides, it grows at every request by so much of itself, divided by the number of those that it was measured on."""

_SOON = 40
"""A refusal before so many requests are let through comes too soon to be about a rate that is kept to."""
_TOO_OFTEN = 4
"""Refusals in a row that come too soon: the server refuses at random, and only what is refused must wait."""
_MOST = 0.3
"""Share of recent requests that are refused at which a server that refuses at random is one that counts after all."""
_RECENT = 0.05
"""Weight of the newest request in that share."""


class Allowance:
    """When the next request may be sent to one server."""

    def __init__(self) -> None:
        """Nothing is known, and nothing has been refused."""
        self.interval = 0.0
        """Seconds between requests; 0 where no rate is known."""
        self._free = float("-inf")
        self._stopped = self._resumes = float("-inf")
        self._paused = False
        self._began: float | None = None
        self._sent = self._refused = 0
        self._let_through = 0
        self._measured = 1
        self._known = 0
        self._soon = 0
        self._at_random = False
        self._share = 0.0

    def wait(self, now: float) -> float:
        """Return the seconds until a request may be sent, 0 for now."""
        return max(0.0, self._free - now, self._resumes - now)

    def send(self, now: float) -> None:
        """Note that a request is sent."""
        if self._paused and now >= self._resumes:
            self._resume()
        if self._began is None:
            self._began = now
        self._sent += 1
        self._known += 1
        apart = _APART if self._known <= _UNKNOWN else 0.0
        interval = max(self.interval, apart)
        # Only what a busy loop was late by is caught up with: after a wait, a server that counts would see a burst.
        self._free = max(self._free, now - min(interval / 2, _LATE)) + interval

    def let_through(self) -> None:
        """Note that the server answered a request."""
        self._let_through += 1
        self._share -= _RECENT * self._share
        self.interval /= 1.0 + _DOUBT / self._measured + (self._let_through / _SLOWNESS) ** 2

    def refuse(self, now: float, after: float) -> None:
        """Note that the server refused a request and asks to wait so many seconds."""
        self._refused += 1
        self._share += _RECENT * (1.0 - self._share)
        if self._at_random:
            self._at_random = self._share < _MOST
            return
        if not self._paused:
            self._paused = True
            self._stopped = now
            soon = self._let_through < _SOON
            self._soon = max(0, self._soon + (1 if soon else -1)) if self.interval else 0
            self._let_through = 0
        self._resumes = max(self._resumes, now + after)
        if self._soon >= _TOO_OFTEN:
            self._at_random, self._soon, self._paused = True, 0, False
            self.interval, self._resumes, self._free = 0.0, now, now

    def pause(self, now: float, after: float) -> None:
        """Note that the server asks to wait for another reason than having been asked too often."""
        if not self._paused:
            self._free = max(self._free, now + after)

    def _resume(self) -> None:
        """Learn the rate from all that was sent until the end of the pause."""
        assert self._began is not None
        let_through = self._sent - self._refused
        # At a rate that was kept to for long, the last request was one too many, and the pause says nothing.
        kept = self.interval > 0 and let_through >= _SOON
        passed = (self._stopped if kept else self._resumes) - self._began
        self.interval = passed / (let_through - kept) if let_through > 0 else 2.0 * max(self.interval, passed)
        self._measured = max(1, let_through)
        self._began = self._free = self._resumes
        self._sent = self._refused = 0
        self._paused = False
