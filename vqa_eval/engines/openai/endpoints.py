"""Several servers that offer the same model: what is known of each, and which gets the next request.

Nothing here sends or waits; the clock is the caller's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from vqa_eval.engines.openai.allowance import Allowance
from vqa_eval.engines.openai.retrying import AttemptError
from vqa_eval.engines.openai.window import Window

FAILURES = 3
"""Requests in a row that a server loses or fails until it is set aside."""

_FIRST_REST = 1.0
"""Seconds for which a server is first set aside; twice as many each further time."""
_LONGEST_REST = 60.0

_KNOCKING = float("inf")


@dataclass(slots=True)
class Endpoint:
    """One server: how much it takes at once, when it may be sent to, and whether it is there."""

    number: int
    window: Window
    allowance: Allowance = field(default_factory=Allowance)
    knocks_at: float | None = None
    """When a server that is set aside is tried again: infinite while a knock is under way, None where it is not."""
    _rest: float = _FIRST_REST
    _failed: int = 0
    _knock: int = 0

    @property
    def aside(self) -> bool:
        """Whether it was set aside, because nothing came back from it several times in a row."""
        return self.knocks_at is not None

    def begin(self, now: float) -> int:
        """Note that a request is sent; return its number among all of this server."""
        self.allowance.send(now)
        number = self.window.begin()
        if self.knocks_at is not None and now >= self.knocks_at:
            self._knock, self.knocks_at = number, _KNOCKING
        return number

    def end(self, number: int, now: float) -> None:
        """Note that the request of this number is over, however it ended."""
        self.window.end()
        if number == self._knock and self.knocks_at == _KNOCKING:  # given up, so nothing came of it
            self.knocks_at = now + self._rest

    def answered(self) -> None:
        """Note an answer: whatever went wrong before, it is there."""
        self._there()
        self._rest = _FIRST_REST
        self.allowance.let_through()
        self.window.widen()

    def failed(self, number: int, trouble: AttemptError, now: float) -> None:
        """Note why the request of this number has no answer."""
        if trouble.status == 429:
            self._there()
            # Who says when to come back counts requests; who does not has too many at once.
            if trouble.after is None:
                self.window.narrow(number)
            else:
                self.allowance.refuse(now, trouble.after)
        elif trouble.kind == "rejected":
            self._there()
        else:
            if trouble.kind == "timeout" or trouble.status == 503:
                self.window.narrow(number)
            if trouble.after is not None:
                self.allowance.pause(now, trouble.after)
            self._failed += 1
            # Requests that were under way together are lost together; only a knock makes the pause grow.
            if number == self._knock if self.aside else self._failed >= FAILURES:
                self.knocks_at = now + self._rest
                self._rest = min(2 * self._rest, _LONGEST_REST)

    def _there(self) -> None:
        self._failed = 0
        self.knocks_at = None


class Endpoints:
    """All servers of one model."""

    def __init__(self, windows: Sequence[Window]) -> None:
        """Begin with one server a window; nothing is known of them."""
        self.all = tuple(Endpoint(number, window) for number, window in enumerate(windows))

    def others(self, than: Endpoint) -> bool:
        """Return whether another server than this one is not set aside."""
        return any(not one.aside for one in self.all if one is not than)

    def choose(
        self, now: float, avoided: Endpoint | None = None, may_knock: bool = True
    ) -> tuple[Endpoint | None, float]:
        """Return the server with the most room for the next request, or None and the seconds until one may be asked.

        The seconds are infinite where nothing but an answer makes room. `avoided` is the server that just failed the
        request; it is asked again only where no other is there. A server that was set aside gets one request when its
        time has come, and only one that `may_knock`, having attempts to spare; where all were set aside, none counts
        as such: there is nowhere else to go.
        """
        there = [one for one in self.all if not one.aside]
        if may_knock and there:
            for one in self.all:
                if one.knocks_at is not None and one.knocks_at <= now and one.window.room and one is not avoided:
                    return one, 0.0
        open_to = [one for one in there or self.all if one is not avoided] or there or list(self.all)
        best: Endpoint | None = None
        soonest = float("inf")
        for one in open_to:
            if not one.window.room:
                continue
            wait = one.allowance.wait(now)
            if wait > 0:
                soonest = min(soonest, wait)
            elif best is None or one.window.room > best.window.room:
                best = one
        return (best, 0.0) if best is not None else (None, soonest)
