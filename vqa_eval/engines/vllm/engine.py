"""What a run asks of vLLM in this process.

Requests are added while others run, so a long reply holds up nobody, and they are made ready ahead in threads.
Replies do not depend on their neighbours except through the last bits of floating-point sums.
"""

import gc
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

from vqa_eval.engines.reference import EngineSettings, ModelRef, is_folder
from vqa_eval.engines.transformers.checkpoints import Source, check_folder, resolve
from vqa_eval.engines.vllm import ending
from vqa_eval.engines.vllm import options as vllm_options
from vqa_eval.engines.vllm.prompts import Prompts
from vqa_eval.engines.vllm.stream import Stream
from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, ModelCard, ModelIdentity, Reply, Request

_AT_ONCE = 256
"""Requests in the engine at once where neither it nor the user takes fewer: their pictures need memory."""


class VLLMEngine:
    """Answers as many requests at once as vLLM has sequences, or `concurrency`.

    `arguments` are vLLM's own engine settings, such as {"model": "./folder", "max_model_len": 4096}. Prompts that
    are too long, and pictures that are none, are faults of their request alone.
    """

    looks_at_pictures: bool = True
    channels: frozenset[Channel] = frozenset({"text", "choice", "logprobs"})

    def __init__(
        self,
        source: Source,
        card: ModelCard,
        arguments: dict[str, Any],
        *,
        name: str = "",
        concurrency: int | None = None,
    ) -> None:
        vllm_options.be_quiet()
        from vllm import LLM, EngineArgs

        vllm_options.check_names(arguments, [*EngineArgs.__dataclass_fields__, "chat_template"])
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of what vLLM's own libraries call in a way that will change
                self._llm: Any = LLM(**arguments)
        # vLLM, torch and transformers each have errors of their own for what does not fit or is not known.
        except Exception as error:
            raise vllm_options.unstarted(source.location, error) from error
        self.identity = ModelIdentity(name or card.id, f"vllm {vllm_options.version()}", source.revision, card.notes)
        limits = arguments.get("limit_mm_per_prompt") or {}
        self.max_pictures: int | None = limits.get("image") if self._llm.model_config.is_multimodal_model else 0
        self.max_side = card.max_side
        at_once = self._llm.llm_engine.vllm_config.scheduler_config.max_num_seqs
        self._at_once = concurrency or min(at_once, _AT_ONCE)
        self.ahead = self._at_once + max(4, self._at_once // 8)
        """Requests that may have been pulled when the first of them is answered."""
        self._prompts = Prompts(self._llm)
        self._left = False
        """Whether requests were given up since the engine last forgot its pictures."""
        ending.wake_when_dead(self._llm.llm_engine.engine_core)
        self._workers = ending.workers_of(self._llm.llm_engine.engine_core)

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies as they are whole, in any order."""
        if self._llm is None:
            raise EngineError(f"the engine of {self.identity.name} is closed", "open it again")
        stream = Stream(self._llm.llm_engine, self._prompts, self._at_once, self.max_pictures)
        try:
            self._forget_left()
            yield from stream.replies(requests)
        finally:
            # They are forgotten before the next requests: at Ctrl-C, or after a crash, nobody would answer now.
            self._left = stream.stop() or self._left

    def close(self) -> None:
        """End the engine's processes and give its memory back."""
        if self._llm is None:
            return
        core = self._llm.llm_engine.engine_core
        self._llm = None
        del self._prompts
        core.shutdown()
        ending.end(self._workers)
        gc.collect()

    def _forget_left(self) -> None:
        """Forget the pictures that were made ready and never sent: they would be taken for sent."""
        if not self._left:
            return
        try:
            self._llm.reset_mm_cache()
        except Exception as error:
            raise ending.ended(error) from error
        self._left = False


def check(ref: ModelRef) -> None:
    """Raise `EngineError` for a missing library or folder."""
    vllm_options.version()
    if is_folder(ref.location):
        check_folder(ref.location)


def host(_: ModelRef) -> str:
    """Return nothing: requests stay on this machine."""
    return ""


def open_model(ref: ModelRef, settings: EngineSettings) -> VLLMEngine:
    """Return the engine with the model loaded."""
    source = resolve(ref.location, ref.card)
    arguments = vllm_options.engine_arguments(source, ref.card, settings)
    return VLLMEngine(source, ref.card, arguments, name=ref.name, concurrency=settings.concurrency)
