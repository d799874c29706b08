"""How fast a server lets requests through that does not tell: learned from what it refuses; the clock is the caller's.

A refusal (429) with Retry-After pauses all sending. What was let through from the end of one pause to the end of the
next is the rate that is permitted, whether the server counts by fixed minutes, by the last sixty seconds or by tokens
that drip into a bucket; from then on requests are sent at that rate, and a little faster with every one that is let
through. A server that goes on refusing soon, or ever slower requests, refuses at random: then only what it refused
has to wait.
"""

_UNKNOWN = 200
"""Requests to a server that nobody knows yet, which are sent a moment apart: one that permits few is not overrun."""
_APART = 0.0015
"""Seconds between these: about what a refusal takes to come back."""

_LATE = 0.02
"""Seconds that a request may be late without delaying those behind it."""

_DOUBT = 0.1
"""Share by which the rate grows while as many requests are let through as it was measured on."""
_SURER = 0.1
"""Factor of that share when another measurement says the same."""
_SLOWNESS = 5000.0
"""Besides, the rate grows by (n / 5000)² at the n-th request in a row that is let through: over a hundred until it
is one too fast, and ten times as fast after six hundred."""

_LONG = 40
"""Requests in a row after which a rate was kept to for long."""
_ALIKE = 1.5
"""Factor within which two measurements are of the same rate, and count together."""
_MEMORY = 60
"""Requests that earlier measurements count as, at most."""

_SETTLED = 3
"""Measurements after which a rate is known well, since what a server lets through in advance is used up; twice as
many each further time."""
_MOST_PATIENT = 48
"""Measurements that it is waited for at most."""
_HIGHER = 1.15
"""Factor of the interval that is a clear rise."""
_TOO_OFTEN = 2
"""Clear rises in a row: slower requests are refused as well, so it may not be about the rate."""
_TOO_SOON = ((12, 0.5), (30, 0.4), (50, 0.3))
"""How much it speaks against a server that counts, from 0 to 1, if it then lets fewer than so many requests in a row
through; the next ones add to it, until it lets more of them through."""
_SLOWER = 3.0
"""Factor of the shortest interval learned since, at which it cannot be a server that counts either."""
_TRIAL = 4.0
"""Factor by which requests are then sent faster, to see whether more of them are refused."""
_TRUST = 1.15
"""Factor by which they are sent faster still with every one that is let through."""
_MOST = 0.4
"""Share of recent requests that are refused at which it is about the rate after all. It is low since a server that
counts tokens refuses long requests and lets short ones through, which looks like chance."""
_RECENT = 0.05
"""Weight of the newest request in that share."""


class Allowance:
    """When the next request may be sent to one server."""

    def __init__(self) -> None:
        """Nothing is known, and nothing has been refused."""
        self.interval = 0.0
        """Seconds between requests; 0 where no rate is known."""
        self._learned = 0.0
        self._measured = self._measurements = 0
        self._known = 0
        self._free = self._resumes = self._stopped = float("-inf")
        self._paused = False
        self._began: float | None = None
        self._sent = self._refused = 0
        self._in_a_row = 0
        self._doubt = self._growth = 0.0
        self._patience = _SETTLED
        self._suspicion = 0.0
        self._rises = 0
        self._least = float("inf")
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
        # At the sending, since refusals come back sooner than answers.
        self._share -= _RECENT * self._share
        interval = max(self.interval, _APART if self._known <= _UNKNOWN else 0.0)
        # Only what a busy loop was late by is caught up with: after a wait, a server that counts would see a burst.
        self._free = max(self._free, now - min(interval / 2, _LATE)) + interval

    def let_through(self) -> None:
        """Note that the server answered a request."""
        self._in_a_row += 1
        if self._at_random:
            self.interval /= _TRUST
        else:
            self.interval /= 1.0 + self._growth + (self._in_a_row / _SLOWNESS) ** 2

    def refuse(self, now: float, after: float) -> None:
        """Note that the server refused a request and asks to wait so many seconds."""
        self._refused += 1
        self._share += _RECENT
        if self._at_random:
            if self._share > _MOST:
                self._at_random, self._began = False, now
                self._sent = self._refused = 0
                self._patience = min(2 * self._patience, _MOST_PATIENT)
            return
        if not self._paused:
            self._paused, self._stopped, self._in_a_row = True, now, 0
        self._resumes = max(self._resumes, now + after)

    def pause(self, now: float, after: float) -> None:
        """Note that the server asks to wait for another reason than having been asked too often."""
        self._free = max(self._free, now + after)

    def _resume(self) -> None:
        """Learn the rate from all that was sent until the end of the pause."""
        assert self._began is not None
        let_through = self._sent - self._refused
        # At a rate that was kept to for long, the last request was one too many, and the pause says nothing.
        kept = self.interval > 0 and let_through >= _LONG
        passed = (self._stopped if kept else self._resumes) - self._began
        if let_through >= 0:  # else those of an earlier time were refused, and nothing is known of this one
            self._measure(passed, max(let_through - kept, 1))
        self._growth = self._doubt / max(let_through, 1)
        self._began = self._free = self._resumes
        self._sent = self._refused = 0
        self._paused = False
        if self._rises >= _TOO_OFTEN or (self._measurements > self._patience and self._suspicious(let_through)):
            self._at_random, self._share, self._suspicion, self._rises = True, 0.0, 0.0, 0
            self.interval, self._learned, self._measurements = self.interval / _TRIAL, 0.0, 0
            self._least = float("inf")

    def _suspicious(self, let_through: int) -> bool:
        """Weigh how soon the server refused at a rate that it had let through before."""
        weight = next((weight for fewer, weight in _TOO_SOON if let_through < fewer), 0.0)
        self._suspicion = self._suspicion + weight if weight else 0.0
        if let_through >= _LONG:
            self._least = min(self._least, self._learned)
        return self._suspicion >= 1.0 or self._learned > _SLOWER * self._least

    def _measure(self, passed: float, count: int) -> None:
        """Learn from so many requests in so many seconds, together with what was measured before if that is alike."""
        found = passed / count
        # The first measurement is of requests that kept to no rate yet: a second that is slower says little.
        self._rises = self._rises + 1 if self._measurements > 1 and found > _HIGHER * self._learned else 0
        self._measurements += 1
        if self._learned / _ALIKE < found < self._learned * _ALIKE:
            found = (passed + self._measured * self._learned) / (count + self._measured)
            count += self._measured
            self._doubt *= _SURER
        else:
            self._doubt = _DOUBT
        self._learned = self.interval = found
        self._measured = min(count, _MEMORY)
