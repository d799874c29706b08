"""The seam to models: a stream of requests in, a stream of replies out, any order, keyed."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from vqa_eval.records import Channel, ModelIdentity, Reply, Request

PICTURES = frozenset({"image/png", "image/jpeg"})
"""Media types that every engine takes that looks at pictures."""


class Engine(Protocol):
    """Something that answers requests; how many at a time, on what, and in which order is its own business.

    `ask` pulls requests lazily (pictures are made when pulled, so pull no more than can be in flight) and
    yields exactly one reply for each. A request that fails gives `Reply(fault=…)`; an engine that cannot go
    on raises `EngineError`. Nothing outside an engine is async.

    One that leaves requests under way when its process ends tells their keys by an `under_way()` of its own: asked
    again they are not sent again, and what comes of them all is yielded as soon as one of them is asked for.
    """

    identity: ModelIdentity
    max_pictures: int | None
    """Pictures that one request may carry; None sets no limit. A request with more gives a fault."""
    max_side: int | None
    """Longest side in pixels that the caller should send; None sets no limit. The engine does not scale."""
    looks_at_pictures: bool
    """Where False, pictures never reach a model: the caller sends requests with none and makes none."""

    channels: frozenset[Channel]
    """How answers can be taken: always "text"; "choice" keeps the reply to one of the prompt's labels;
    "logprobs" fills `Reply.logprobs` (and leaves the text empty). Requests of other channels are not sent."""

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield one reply for each request, keyed by `Request.key`, in any order."""
        ...

    def close(self) -> None:
        """Give back memory, sockets and threads; further `ask`s are errors."""
        ...


def under_way(engine: Engine) -> frozenset[str]:
    """Return the keys of requests that an earlier process sent, paid already; of most engines there are none."""
    told = getattr(engine, "under_way", None)
    return frozenset(told()) if told else frozenset()


def media_types(engine: Engine) -> frozenset[str]:
    """Return the media types that an engine takes: pictures, unless its own `media_types` say otherwise."""
    return frozenset(getattr(engine, "media_types", PICTURES))
