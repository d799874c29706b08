"""Keeps to a rate: so many requests and tokens a minute, spread evenly; the clock is the caller's."""

_SHARE = 0.98
"""Of what is permitted: networks deliver unevenly, and a request that comes early is refused."""

_BURST = 1.0
"""Seconds whose requests and tokens may be caught up with: a busy machine does not fall behind, and over a whole minute
they are within what the share leaves."""

_NEWEST = 0.05
"""Weight of the newest reply in a running mean."""


class Pacer:
    """A leaky bucket: amounts flow out at an even rate, and an amount may begin once those before it are out.

    However large, an amount waits for its predecessors only, and its successors wait for it. Over any stretch of
    time no more flows than the rate times the stretch, plus a second's worth, plus one amount.
    """

    def __init__(self, per_minute: float) -> None:
        """Let 98 % of `per_minute` through."""
        self._rate = _SHARE * per_minute / 60.0
        self._free: float | None = None

    def wait(self, now: float) -> float:
        """Return the seconds until the next amount may be sent, 0 for now."""
        return 0.0 if self._free is None else max(0.0, self._free - now)

    def take(self, now: float, amount: float) -> None:
        """Note that an amount is sent."""
        self._free = (now if self._free is None else max(self._free, now - _BURST)) + amount / self._rate

    def correct(self, amount: float) -> None:
        """Note that more was sent than was said, or less where negative."""
        self._free = (self._free or 0.0) + amount / self._rate


class Pace:
    """What a provider permits, for all requests to it together: requests and tokens a minute."""

    def __init__(self, requests_per_minute: float | None = None, tokens_per_minute: float | None = None) -> None:
        """Hold back nothing that has no limit."""
        self._requests = Pacer(requests_per_minute) if requests_per_minute else None
        self._tokens = Pacer(tokens_per_minute) if tokens_per_minute else None
        self._permitted = {"--rpm": requests_per_minute, "--tpm": tokens_per_minute}
        self._guess = 0.0
        self._per_guess = 1.0
        self._reply: float | None = None

    def wait(self, now: float) -> float:
        """Return the seconds until the next request may be sent, 0 for now."""
        return max(one.wait(now) if one else 0.0 for one in (self._requests, self._tokens))

    def send(self, now: float, size: float, max_tokens: int) -> float:
        """Note that a request is sent, and return the tokens that it is taken to cost.

        `size` is its prompt's tokens by rule of thumb, made better by what prompts turned out to be; replies are taken
        to be as long as they may be until one has come, then as long as they are.
        """
        if self._requests:
            self._requests.take(now, 1)
        if not self._tokens:
            return 0.0
        reply = max_tokens if self._reply is None else min(self._reply, max_tokens)
        guess = size * self._per_guess + reply
        self._tokens.take(now, guess)
        self._guess = guess
        return guess

    def reason(self, now: float) -> tuple[str, str]:
        """Return the option that the next request waits for, and a line that says why it does."""
        waits = {"--rpm": self._requests, "--tpm": self._tokens}
        option = max(waits, key=lambda name: one.wait(now) if (one := waits[name]) else 0.0)
        permitted = self._permitted[option] or 0.0
        takes = f"{self._guess:,.0f} tokens" if option == "--tpm" else f"{60 / permitted:.0f} s"
        return option, f"{option} {permitted:.10g}: a request takes about {takes}"

    def refund(self, guess: float) -> None:
        """Note that a request was not answered, and so is not counted."""
        if self._tokens:
            self._tokens.correct(-guess)

    def settle(self, guess: float, size: float, prompt: int, reply: int) -> None:
        """Note the tokens that a request used."""
        if not self._tokens:
            return
        self._tokens.correct(prompt + reply - guess)
        if size > 0:
            self._per_guess += _NEWEST * (prompt / size - self._per_guess)
        self._reply = reply if self._reply is None else self._reply + _NEWEST * (reply - self._reply)
