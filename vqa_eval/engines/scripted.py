"""The public engine for tests and demonstrations: it says what it was told to say."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import get_args

from vqa_eval.engines.pictures import decode
from vqa_eval.engines.protocol import PICTURES
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.errors import EngineError, PictureError
from vqa_eval.records import Channel, Fault, ModelIdentity, Reply, Request

Answers = Mapping[str, str] | Sequence[str] | Callable[[Request], str | Reply]
"""Texts by key or by sample id, texts in the order of asking, or a function of the request.

A text answers free text and choices; log-probabilities stand in the `Reply` of a function."""


class ScriptedEngine:
    """Answers from a mapping, a sequence or a function, and fails where it is told to fail.

    `faults` maps keys or sample ids to the fault of that request. `dies_after` raises `EngineError` after
    that many replies, as an engine does that cannot go on. `asked` holds every request that was pulled. A
    scripted choice that is none of the labels is a fault, as it is with every engine. Pictures are decoded;
    what `media_types` names beside them is taken as it comes.
    """

    looks_at_pictures: bool = True

    def __init__(
        self,
        answers: Answers,
        *,
        faults: Mapping[str, Fault] | None = None,
        dies_after: int | None = None,
        name: str = "scripted",
        max_pictures: int | None = None,
        max_side: int | None = None,
        channels: Iterable[Channel] = get_args(Channel),
        media_types: Iterable[str] = PICTURES,
    ) -> None:
        self.identity = ModelIdentity(name, "scripted 1", "1", ("scripted replies",))
        self.max_pictures = max_pictures
        self.max_side = max_side
        self.channels = frozenset(channels)
        self.media_types = frozenset(media_types)
        self.asked: list[Request] = []
        self._answers = answers
        self._faults = dict(faults or {})
        self._dies_after = dies_after
        self._said = 0
        self._closed = False

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield the scripted reply to each request, in order, pulling one at a time."""
        if self._closed:
            raise EngineError("the scripted engine is closed", "open it again")
        for request in requests:
            if self._dies_after is not None and self._said >= self._dies_after:
                raise EngineError(f"the scripted engine was told to fail after {self._dies_after} replies")
            self.asked.append(request)
            reply = self._reply(request)
            self._said += 1
            yield reply

    def close(self) -> None:
        """Refuse further asking."""
        self._closed = True

    def _reply(self, request: Request) -> Reply:
        fault = self._faults.get(request.key) or self._faults.get(request.sample)
        if fault is not None:
            return Reply(request.key, fault=fault)
        if (refusal := too_many(request, self.max_pictures) or without_labels(request)) is not None:
            return refusal
        try:
            for picture in request.pictures:
                if picture.media_type in PICTURES or picture.media_type not in self.media_types:
                    decode(picture)
        except PictureError as error:
            return Reply(request.key, fault=Fault("picture", error.message))
        said = self._say(request)
        return said if isinstance(said, Reply) else _spoken(request, said)

    def _say(self, request: Request) -> str | Reply | None:
        if isinstance(self._answers, Mapping):
            return self._answers.get(request.key, self._answers.get(request.sample))
        if isinstance(self._answers, Sequence):
            return self._answers[self._said] if self._said < len(self._answers) else None
        return self._answers(request)


def _spoken(request: Request, said: str | None) -> Reply:
    """Return a text as the reply, or the fault where there is none or the channel cannot be answered with it."""
    if said is None:
        return Reply(request.key, fault=Fault("engine", f"the script holds nothing for {request.sample}"))
    if request.channel == "logprobs":
        detail = f"the script holds a text for {request.sample}, no log-probabilities"
        return Reply(request.key, fault=Fault("engine", detail))
    if request.channel == "choice" and said not in request.prompt.labels:
        return Reply(request.key, fault=Fault("rejected", f"the scripted choice {said!r} is none of the labels"))
    return Reply(request.key, said, "stop", reply_tokens=len(said.split()))
