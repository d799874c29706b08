"""Whether anybody is there: an address that nobody listens at ends the run."""

from vqa_eval.errors import EngineError
from vqa_eval.records import Reply

NOBODY = 3
"""Requests that may lose their connection before the first answer; then nobody is there to be asked."""

GONE = 50
"""Requests in a row that may lose their connections at every attempt after that; then nobody is there any more."""


class Reach:
    """Watches what becomes of the requests of one engine, in whatever portions they are asked."""

    def __init__(self, address: str) -> None:
        """Nobody has answered at `address` yet."""
        self._address = address
        self._reached = False
        self._lost = 0

    def lost(self, reply: Reply | None) -> EngineError | None:
        """Return the error that ends the run once enough requests in a row found nobody; None was not sent."""
        if reply is None:
            return None
        if reply.fault is None or reply.fault.kind != "connection":
            self._reached, self._lost = True, 0
            return None
        self._lost += 1
        if self._lost < (GONE if self._reached else NOBODY):
            return None
        return EngineError(
            f"{self._address}: nobody answers{' any more' if self._reached else ''}: {reply.fault.detail}",
            "start the server, or check --base-url and the network; the same command goes on",
        )
