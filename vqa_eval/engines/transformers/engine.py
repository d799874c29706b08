"""What a run asks of a checkpoint: batches of like prompts, and replies to each.

Greedy replies do not depend on their neighbours in a batch except through the last bits of floating-point
sums; sampled ones draw from a stream of their own. `batch_size=1` removes even that.
"""

import gc
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from vqa_eval.engines.pictures import decode
from vqa_eval.engines.reference import EngineSettings, ModelRef, is_folder, require
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.engines.transformers.checkpoints import check_folder, load_checkpoint
from vqa_eval.engines.transformers.grouping import BATCHES, Grouping
from vqa_eval.engines.transformers.internvl_chat import InternVLChat
from vqa_eval.engines.transformers.room import LARGEST, Room
from vqa_eval.engines.transformers.template_chat import Asked, TemplateChat
from vqa_eval.engines.transformers.tiny_vlm import build_tiny_vlm
from vqa_eval.errors import EngineError, PictureError
from vqa_eval.records import Channel, Fault, ModelCard, ModelIdentity, Reply, Request

START = 8
"""Prompts of the first batch where nobody chose."""

_READY = 2
"""Batches that are made ready or under way at once: one while the model answers the other."""


class _Speaker(Protocol):
    channels: frozenset[Channel]

    def length(self, request: Request) -> int:
        """Return about how many tokens a prompt has."""
        ...

    def prepare(self, batch: Sequence[Asked]) -> Any:
        """Return a batch as the model takes it; called in one thread, while `say` is in another."""
        ...

    def say(self, prepared: Any) -> list[Reply]:
        """Return a reply for each of a batch, or raise for the batch as a whole."""
        ...


@dataclass(frozen=True, slots=True)
class _Prepared:
    faults: list[Reply]
    asked: int
    batch: Any
    """What the speaker made of the requests that have no fault."""


_Begin = Callable[[Sequence[Request]], Future[_Prepared]]
"""Begins to make a batch ready in the other thread."""


class TransformersEngine:
    """Answers in batches of like prompts; one that does not fit into memory is halved, and later ones stay small.

    `path_or_repo` is a folder, or "org/name" of the hub at the card's revision. With a GPU and no `device`
    accelerate spreads the model over all GPUs. Without `batch_size` batches are of eight prompts; on GPUs they
    double as long as twice the memory that one took is free.
    """

    looks_at_pictures: bool = True

    def __init__(
        self,
        path_or_repo: str | Path,
        card: ModelCard,
        device: str | None = None,
        dtype: str = "auto",
        batch_size: int | None = None,
        *,
        name: str = "",
    ) -> None:
        if batch_size is not None and batch_size < 1:
            raise EngineError(f"a batch of {batch_size} asks nothing", "type --batch-size 1 or more")
        import transformers

        checkpoint = load_checkpoint(str(path_or_repo), card, device, dtype)
        self.identity = ModelIdentity(
            name or card.id, f"transformers {transformers.__version__}", checkpoint.revision, card.notes
        )
        self.max_pictures = card.max_pictures if checkpoint.reads_pictures else 0
        self.max_side = card.max_side
        self.batch_size = batch_size or START
        """Prompts asked at once; smaller after memory ran out."""
        self._room = Room(shut=batch_size is not None or checkpoint.model.device.type != "cuda")
        self._speaker: _Speaker | None = (
            InternVLChat(checkpoint) if checkpoint.chats_itself else TemplateChat(checkpoint)
        )
        self.channels = self._speaker.channels

    @property
    def ahead(self) -> int:
        """Requests that may have been pulled when the first of them is answered."""
        return (BATCHES + _READY) * self.batch_size

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies batch by batch; like requests are asked together, and pictures opened while the model works.

        What is pulled ahead is bounded, in requests (`ahead`) and in bytes.
        """
        if self._speaker is None:
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        waiting = Grouping(requests, self._refuse, self._speaker.length)
        # One thread only: tokenizers cannot be used by two at once.
        opening = ThreadPoolExecutor(1, thread_name_prefix="vqa-eval-pictures")

        def begin(batch: Sequence[Request]) -> Future[_Prepared]:
            return opening.submit(self._prepare, batch)

        ready: deque[tuple[list[Request], Future[_Prepared]]] = deque()
        try:
            while waiting or ready:
                while len(ready) < _READY and (batch := waiting.take(self.batch_size)):
                    ready.append((batch, begin(batch)))
                yield from waiting.refused
                waiting.refused.clear()
                if ready:
                    yield from self._say(*ready.popleft(), begin)
        finally:
            opening.shutdown(cancel_futures=True)

    def close(self) -> None:
        """Let go of the model and give its memory back."""
        if self._speaker is None:
            return
        self._speaker = None
        gc.collect()
        _empty_cache()

    def _refuse(self, request: Request) -> Reply | None:
        return too_many(request, self.max_pictures) or without_labels(request)

    def _prepare(self, batch: Sequence[Request]) -> _Prepared:
        faults: list[Reply] = []
        asked: list[Asked] = []
        for request in batch:
            try:
                asked.append((request, [decode(picture) for picture in request.pictures]))
            except PictureError as error:
                faults.append(Reply(request.key, fault=Fault("picture", error.message)))
        speaker = self._speaker
        return _Prepared(faults, len(asked), speaker.prepare(asked) if asked and speaker else None)

    def _say(self, batch: Sequence[Request], ready: Future[_Prepared], begin: _Begin) -> Iterator[Reply]:
        """Yield the replies to a batch; where it fails as a whole, those of its parts."""
        size = self.batch_size
        if len(batch) <= size:
            outcome = self._outcome(ready)
            if not isinstance(outcome, Fault):
                yield from outcome
                return
            if len(batch) == 1:
                yield Reply(batch[0].key, fault=outcome)
                return
            size = len(batch) // 2
            if outcome.kind == "memory":
                self.batch_size = size
                self._room.shut()
        # Else memory ran out after it was begun: what is that large is not tried again.
        del ready
        _empty_cache()
        for start in range(0, len(batch), size):
            part = batch[start : start + size]
            yield from self._say(part, begin(part), begin)

    def _outcome(self, ready: Future[_Prepared]) -> list[Reply] | Fault:
        """Return the replies to a batch, or what is the matter with it as a whole."""
        assert self._speaker is not None
        try:
            prepared = ready.result()
            if not prepared.asked:
                return prepared.faults
            self._room.watch()
            start = time.perf_counter()
            replies = self._speaker.say(prepared.batch)
        except Exception as error:
            return _what_failed(error)
        # A prompt's share of its batch: the sum over a run is the time that the model worked.
        share = (time.perf_counter() - start) / prepared.asked
        if prepared.asked == self.batch_size < LARGEST and self._room.holds_twice():
            self.batch_size = min(2 * self.batch_size, LARGEST)
        return prepared.faults + [reply if reply.fault else replace(reply, seconds=share) for reply in replies]


def check(ref: ModelRef) -> None:
    """Raise `EngineError` for a missing library or folder."""
    require("transformers", "torch", "transformers", "accelerate")
    if is_folder(ref.location):
        check_folder(ref.location)


def host(_: ModelRef) -> str:
    """Return nothing: requests stay on this machine."""
    return ""


def open_model(ref: ModelRef, settings: EngineSettings) -> TransformersEngine:
    """Return the engine, first building a checkpoint that is made here."""
    location = ref.location
    if ref.card.build:
        if ref.card.build != "tiny-vlm":
            raise EngineError(f"the card {ref.card.id} has an unknown build {ref.card.build!r}", "known: tiny-vlm")
        location = str(build_tiny_vlm(settings.home.absolute() / "models" / "tiny-vlm"))
    return TransformersEngine(location, ref.card, settings.device, settings.dtype, settings.batch_size, name=ref.name)


def _what_failed(error: Exception) -> Fault:
    """Return what is the matter with a batch, or raise where the device will answer nothing any more."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, MemoryError) or any(sign in text.lower() for sign in _NO_MEMORY):
        return Fault("memory", text or "out of memory")
    if "CUDA error" in text:
        raise EngineError(f"the GPU cannot go on: {text}", "type the same command again: it continues") from error
    return Fault("engine", f"{type(error).__name__}: {text}")


_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""How torch's CUDA, CPU and Windows allocators put it."""


def _empty_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
