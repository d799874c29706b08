"""One stream of requests on its way through a vLLM engine, which is given the next one while others run."""

import contextlib
import itertools
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.engines.transformers.spelling import Tokens
from vqa_eval.engines.vllm import ending
from vqa_eval.engines.vllm import labels as vllm_labels
from vqa_eval.engines.vllm.preparing import Preparing
from vqa_eval.engines.vllm.prompts import Asked, Prompts, RefusedError
from vqa_eval.errors import PictureError
from vqa_eval.records import Fault, FaultKind, Reply, Request

if TYPE_CHECKING:
    from PIL.Image import Image

_FINISH: dict[str, Literal["stop", "length", ""]] = {"stop": "stop", "length": "length"}

_AHEAD = 32
"""Requests whose pictures are opened before it is their turn."""

_PULLING = 0.02
"""Seconds after which the engine is given what there is, where requests are slow to come."""

_LOOKED_AFTER = 1.0
"""Seconds that replies may wait in the engine while there is room for more requests."""

_A_LOOK = 0.1
"""Seconds that a look at what has come back may take."""

_WAITED = 0.005
"""Seconds after which a step of the engine had nothing to hand over and waited for more."""


@dataclass(slots=True)
class _Flight:
    """A request in the engine, with what has come back of its jobs."""

    request: Request
    asked: Asked
    began: float
    outputs: dict[Tokens, Any] = field(default_factory=dict)


class Stream:
    """Keeps `at_once` requests in the engine and a few that wait for their turn there; pulls no more than these.

    The engine works by itself, mostly in a process of its own: as long as there is room, requests are put in, and
    what has come back is taken out in between. A request that the engine loses is asked once more; then it is a
    fault.
    """

    def __init__(self, engine: Any, prompts: Prompts, at_once: int, max_pictures: int | None) -> None:
        self._engine = engine
        self._prompts = prompts
        self._room = at_once + max(4, at_once // 8)
        self._max_pictures = max_pictures
        self._preparing = Preparing()
        self._jobs: dict[str, tuple[_Flight, Tokens]] = {}
        self._numbers = itertools.count()
        self._open = 0
        self._again: set[str] = set()
        self._looked = time.monotonic()

    def replies(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield the reply to each request as soon as it is whole."""
        pulled = iter(requests)
        more = True
        while more or self._open:
            if more:
                more = yield from self._pull(pulled)
            if self._jobs and time.monotonic() - self._looked > _LOOKED_AFTER:
                yield from self._closed(self._look())
            if self._preparing:
                yield from self._closed(self._add(*self._preparing.next()))
            elif self._jobs:
                yield from self._closed(self._step())

    def stop(self) -> bool:
        """Give up what has no reply yet; return whether there was any."""
        self._preparing.close()
        if self._jobs:
            with contextlib.suppress(Exception):  # an engine that is no more
                self._engine.abort_request(list(self._jobs))
            self._jobs.clear()
        return bool(self._open)

    def _pull(self, pulled: Iterator[Request]) -> Generator[Reply, None, bool]:
        """Begin with what there is room for and yield the refusals; return whether there may be more."""
        until = time.monotonic() + _PULLING
        while self._open < self._room and len(self._preparing) < _AHEAD and time.monotonic() < until:
            request = next(pulled, None)
            if request is None:
                return False
            refused = too_many(request, self._max_pictures) or without_labels(request)
            if refused is None:
                self._open += 1
                self._preparing.begin(request)
            else:
                yield refused
        return True

    def _closed(self, replies: Iterator[Reply]) -> Iterator[Reply]:
        for reply in replies:
            self._open -= 1
            yield reply

    def _add(self, request: Request, pictures: "Sequence[Future[Image]]") -> Iterator[Reply]:
        """Give a request to the engine, or yield why it cannot be given."""
        try:
            asked = self._prompts.asked(request, [picture.result() for picture in pictures])
        # What a picture's processor raises is as manifold as the models; it is about this request.
        except Exception as error:
            yield _fault(request, *_reason(error))
            return
        flight = _Flight(request, asked, time.perf_counter())
        numbers = {str(next(self._numbers)): job for job in asked.jobs}
        self._jobs |= {number: (flight, job.said) for number, job in numbers.items()}
        try:
            for number, job in numbers.items():
                self._engine.add_request(number, job.prompt, job.sampling)
        except Exception as error:
            if ending.is_dead(error):
                raise ending.ended(error) from error
            self._drop(flight)
            yield from self._failed(flight, *_reason(error))

    def _look(self) -> Iterator[Reply]:
        """Yield the replies that wait to be taken, for a moment."""
        until = time.monotonic() + _A_LOOK
        while self._jobs and (began := time.monotonic()) < until:
            yield from self._step()
            if time.monotonic() - began > _WAITED:
                break
        self._looked = time.monotonic()

    def _step(self) -> Iterator[Reply]:
        """Let the engine work until something comes back, and yield the replies that are whole."""
        try:
            outputs = self._engine.step()
        # Whatever a device, a driver or a process dies of; the engine answers nothing any more.
        except Exception as error:
            raise ending.ended(error) from error
        for output in outputs:
            if not output.finished or output.request_id not in self._jobs:
                continue
            flight, said = self._jobs.pop(output.request_id)
            flight.outputs[said] = output
            if output.outputs[0].finish_reason in {"abort", "error"}:
                self._drop(flight)
                yield from self._failed(flight, "engine", "vLLM gave the request up")
            elif len(flight.outputs) == len(flight.asked.jobs):
                yield _reply(flight)

    def _failed(self, flight: _Flight, kind: FaultKind, detail: str) -> Iterator[Reply]:
        """Ask once more where the engine failed, not the request; else yield the fault."""
        request = flight.request
        for job in flight.asked.jobs:
            self._prompts.forget(job.prompt)
        if kind == "engine" and request.key not in self._again:
            self._again.add(request.key)
            self._preparing.begin(request)
        else:
            yield _fault(request, kind, detail)

    def _drop(self, flight: _Flight) -> None:
        """Take the jobs of a request that are still under way out of the engine."""
        left = [number for number, (one, _) in self._jobs.items() if one is flight]
        self._engine.abort_request(left)
        for number in left:
            del self._jobs[number]


def _reply(flight: _Flight) -> Reply:
    request, asked = flight.request, flight.asked
    seconds = time.perf_counter() - flight.began
    output = flight.outputs[()]
    count = len(output.prompt_token_ids)
    if asked.spelling is not None:
        try:
            weights = vllm_labels.label_log_probabilities(
                asked.spelling,
                {job.said: _weighed(flight.outputs[job.said], job.sampling.logprob_token_ids) for job in asked.jobs},
            )
        except (KeyError, ValueError) as error:
            return _fault(request, "engine", f"vLLM told no log-probabilities of the labels: {error}")
        return Reply(request.key, prompt_tokens=count, reply_tokens=0, seconds=seconds, logprobs=weights)
    said = output.outputs[0]
    text = said.text.strip()
    finish = _FINISH.get(said.finish_reason, "")
    if request.channel == "choice":
        if said.text not in request.prompt.labels:
            labels = ", ".join(request.prompt.labels)
            return _fault(request, "engine", f"vLLM did not keep to the labels {labels}, it said {said.text[:80]!r}")
        text, finish = said.text, "stop"
    return Reply(request.key, text, finish, count, len(said.token_ids), seconds)


def _weighed(output: Any, tokens: Iterable[int]) -> dict[int, float]:
    (first,) = output.outputs[0].logprobs
    return {token: float(first[token].logprob) for token in tokens}


def _fault(request: Request, kind: FaultKind, detail: str) -> Reply:
    return Reply(request.key, fault=Fault(kind, detail))


def _reason(error: Exception) -> tuple[FaultKind, str]:
    """Return what is the matter with one request."""
    from vllm.exceptions import VLLMClientError

    text = " ".join(str(error).split())[:300]
    if isinstance(error, PictureError):
        return "picture", error.message
    if isinstance(error, RefusedError | VLLMClientError | ValueError):
        return "rejected", text
    return "engine", f"{type(error).__name__}: {text}"
