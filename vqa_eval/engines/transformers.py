"""The scheme `transformers`: checkpoints of Hugging Face form on this machine's GPU or CPU.

Greedy replies do not depend on their neighbours in a batch except through the last bits of floating-point
sums; sampled ones draw from a stream of their own. `batch_size=1` removes even that.
"""

import gc
import itertools
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal, Protocol

from vqa_eval.engines.checkpoints import check_folder, load_checkpoint
from vqa_eval.engines.internvl_chat import InternVLChat
from vqa_eval.engines.pictures import decode
from vqa_eval.engines.reference import EngineSettings, ModelRef, is_folder, require
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.engines.template_chat import Asked, TemplateChat
from vqa_eval.engines.tiny_vlm import build_tiny_vlm
from vqa_eval.errors import EngineError, PictureError
from vqa_eval.records import Channel, Fault, ModelCard, ModelIdentity, Reply, Request


class _Speaker(Protocol):
    channels: frozenset[Channel]

    def say(self, batch: Sequence[Asked]) -> list[Reply]:
        """Return a reply for each of a batch, or raise for the batch as a whole."""
        ...


class TransformersEngine:
    """Answers in small batches; a batch that does not fit into memory is halved until it does.

    `path_or_repo` is a folder, or "org/name" of the hub at the card's revision. With a GPU and no `device`
    accelerate spreads the model over all GPUs.
    """

    looks_at_pictures: bool = True

    def __init__(
        self,
        path_or_repo: str | Path,
        card: ModelCard,
        device: str | None = None,
        dtype: str = "auto",
        batch_size: int = 8,
        *,
        name: str = "",
    ) -> None:
        if batch_size < 1:
            raise EngineError(f"a batch of {batch_size} asks nothing", "type --batch-size 1 or more")
        import transformers

        checkpoint = load_checkpoint(str(path_or_repo), card, device, dtype)
        self.identity = ModelIdentity(
            name or card.id, f"transformers {transformers.__version__}", checkpoint.revision, card.notes
        )
        self.max_pictures = card.max_pictures if checkpoint.reads_pictures else 0
        self.max_side = card.max_side
        self.batch_size = batch_size
        """Prompts asked at once; smaller after memory ran out."""
        self._speaker: _Speaker | None = (
            InternVLChat(checkpoint) if checkpoint.chats_itself else TemplateChat(checkpoint)
        )
        self.channels = self._speaker.channels

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies batch by batch, pulling one batch ahead at most."""
        if self._speaker is None:
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        pulled = iter(requests)
        while chunk := list(itertools.islice(pulled, self.batch_size)):
            ready: list[Asked] = []
            for request in chunk:
                if (fault := too_many(request, self.max_pictures) or without_labels(request)) is not None:
                    yield fault
                    continue
                try:
                    ready.append((request, [decode(picture) for picture in request.pictures]))
                except PictureError as error:
                    yield Reply(request.key, fault=Fault("picture", error.message))
            for batch in _alike(ready):
                yield from self._say(batch)

    def close(self) -> None:
        """Let go of the model and give its memory back."""
        if self._speaker is None:
            return
        self._speaker = None
        gc.collect()
        _empty_cache()

    def _say(self, batch: Sequence[Asked]) -> Iterator[Reply]:
        """Yield the replies to a batch; where it fails as a whole, those of its halves."""
        assert self._speaker is not None
        start = time.perf_counter()
        try:
            replies = self._speaker.say(batch)
        except Exception as error:
            kind, detail = _what_failed(error)
        else:
            # A prompt's share of its batch: the sum over a run is the time that the model worked.
            share = (time.perf_counter() - start) / len(batch)
            yield from (reply if reply.fault else replace(reply, seconds=share) for reply in replies)
            return
        # Outside the handler, where the error with its traceback no longer holds the batch's tensors.
        _empty_cache()
        if len(batch) == 1:
            yield Reply(batch[0][0].key, fault=Fault(kind, detail))
            return
        half = len(batch) // 2
        if kind == "memory":
            self.batch_size = min(self.batch_size, half)
        yield from self._say(batch[:half])
        yield from self._say(batch[half:])


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
    size = {} if settings.batch_size is None else {"batch_size": settings.batch_size}
    return TransformersEngine(location, ref.card, settings.device, settings.dtype, name=ref.name, **size)


def _alike(ready: Sequence[Asked]) -> Iterator[list[Asked]]:
    """Split a chunk into batches of one sampling and channel, with and without pictures apart, as `generate` needs."""
    groups: dict[object, list[Asked]] = {}
    for request, pictures in ready:
        sampling = replace(request.sampling, seed=0)
        groups.setdefault((sampling, request.channel, bool(pictures)), []).append((request, pictures))
    yield from groups.values()


def _what_failed(error: Exception) -> tuple[Literal["memory", "engine"], str]:
    """Return what is the matter with a batch, or raise where the device will answer nothing any more."""
    text = " ".join(str(error).split())[:300]
    if isinstance(error, MemoryError) or any(sign in text.lower() for sign in _NO_MEMORY):
        return "memory", text or "out of memory"
    if "CUDA error" in text:
        raise EngineError(f"the GPU cannot go on: {text}", "type the same command again: it continues") from error
    return "engine", f"{type(error).__name__}: {text}"


_NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory")
"""How torch's CUDA, CPU and Windows allocators put it."""


def _empty_cache() -> None:
    import torch

    if torch.cuda.is_available():
        torch.cuda.empty_cache()
