"""The seam to models: a stream of requests in, a stream of replies out, any order, keyed."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from vqa_eval.records import ModelIdentity, Reply, Request


class Engine(Protocol):
    """Something that answers requests; how many at a time, on what, and in which order is its own business.

    `ask` pulls requests lazily (pictures are made when pulled, so pull no more than can be in flight) and
    yields exactly one reply for each. A request that fails gives `Reply(fault=…)`; an engine that cannot go
    on raises `EngineError`. Nothing outside an engine is async.
    """

    identity: ModelIdentity
    max_pictures: int | None
    max_side: int | None

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield one reply for each request, keyed by `Request.key`, in any order."""
        ...

    def close(self) -> None:
        """Give back memory, sockets and threads; further `ask`s are errors."""
        ...
