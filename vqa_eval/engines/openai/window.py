"""How many requests a server is given at once: more while it answers, fewer when it is overwhelmed."""

_CUT = 0.7
"""Factor of the limit when a server is overwhelmed."""


class Window:
    """Additive increase, multiplicative decrease, between one request and a ceiling.

    Until the first decrease every answer makes room for one more, so that the limit doubles in the time of an answer;
    afterwards as many answers as the limit make room for one. Requests that were under way together are one
    decrease, however many of them fail.

    Source: D.-M. Chiu and R. Jain, Computer Networks and ISDN Systems 17 (1989) 1-14; slow start and one decrease a
    round trip are those of V. Jacobson, "Congestion Avoidance and Control", SIGCOMM (1988).
    """

    def __init__(self, start: int, ceiling: int) -> None:
        """Begin with a limit of `start` requests at once."""
        self.limit = float(min(start, ceiling))
        self.in_flight = 0
        self._ceiling = ceiling
        self._begun = 0
        self._cut_before = 0
        self._doubling = True

    @property
    def room(self) -> int:
        """How many more requests may begin now; never negative."""
        return max(0, int(self.limit) - self.in_flight)

    def begin(self) -> int:
        """Note that a request begins; return its number among all."""
        self.in_flight += 1
        self._begun += 1
        return self._begun

    def end(self) -> None:
        """Note that a request is over, however it ended."""
        self.in_flight -= 1

    def widen(self) -> None:
        """Note an answer, before its request's `end`; a limit that nobody strains does not grow."""
        if self.in_flight >= int(self.limit):
            grown = self.limit + (1.0 if self._doubling else 1.0 / self.limit)
            self.limit = min(grown, float(self._ceiling))

    def narrow(self, number: int) -> None:
        """Note that the request of this number overwhelmed the server."""
        if number > self._cut_before:
            self.limit = max(1.0, self.limit * _CUT)
            self._cut_before = self._begun
            self._doubling = False
