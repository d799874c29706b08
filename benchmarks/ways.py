"""Ways to ask one open vLLM engine the same questions: alone, through vqa-eval's engine, and by a whole run."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vqa_eval.catalog import Catalog
    from vqa_eval.engines import Engine
    from vqa_eval.engines.vllm import VLLMEngine
    from vqa_eval.pipeline.run import Order
    from vqa_eval.records import Picture, Request
    from vqa_eval.samples import Library

REPLY = 16
"""Tokens of a reply at most."""

Texts = dict[str, str]
"""What was said, by sample."""


@dataclass(frozen=True)
class Subject:
    """One engine and the same questions for each way of asking; each way returns its seconds and what was said."""

    engine: "VLLMEngine"
    requests: Sequence["Request"]
    order: "Order"
    catalog: "Catalog"
    library: "Library"

    def opened(self, folder: Path) -> tuple[float, Texts]:
        """Ask by `LLM.chat`, with pictures that are open."""
        from vqa_eval.engines.pictures import decode

        return self._chat(lambda picture: {"type": "image_pil", "image_pil": decode(picture)})

    def files(self, folder: Path) -> tuple[float, Texts]:
        """Ask by `LLM.chat`, with the pictures' files in the messages."""
        from vqa_eval.engines.pictures import data_url

        return self._chat(lambda picture: {"type": "image_url", "image_url": {"url": data_url(picture).decode()}})

    def asked(self, folder: Path) -> tuple[float, Texts]:
        """Ask through the engine."""
        began = time.perf_counter()
        replies = list(self.engine.ask(self.requests))
        seconds = time.perf_counter() - began
        faults = [reply.fault for reply in replies if reply.fault is not None]
        if faults:
            raise RuntimeError(f"{len(faults)} faults, the first: {faults[0]}")
        samples = {request.key: request.sample for request in self.requests}
        return seconds, {samples[reply.key]: reply.text for reply in replies}

    def run(self, folder: Path) -> tuple[float, Texts]:
        """Ask by a whole run into `folder`, from choosing the samples to the board."""
        began = time.perf_counter()
        texts = run_order(self.order, self.catalog, self.library, folder, Kept(self.engine))
        return time.perf_counter() - began, texts

    def forget(self) -> None:
        """Empty what vLLM remembers of prompts and pictures."""
        self._llm.reset_prefix_cache()
        self._llm.reset_mm_cache()
        self._llm.llm_engine.reset_encoder_cache()

    def _chat(self, shown: Callable[["Picture"], dict[str, Any]]) -> tuple[float, Texts]:
        chats = [_messages(request, [*map(shown, request.pictures)]) for request in self.requests]
        sampling = self._llm.get_default_sampling_params()
        sampling.temperature, sampling.max_tokens = 0.0, REPLY
        began = time.perf_counter()
        said = self._llm.chat(chats, sampling, use_tqdm=False)
        seconds = time.perf_counter() - began
        return seconds, {
            # Replies bear no blanks around them.
            request.sample: output.outputs[0].text.strip()
            for request, output in zip(self.requests, said, strict=True)
        }

    @property
    def _llm(self) -> Any:
        # The very engine, so that every setting is the same and no second one needs memory.
        return self.engine._llm


class Kept:
    """An engine that a run leaves open."""

    def __init__(self, engine: "Engine") -> None:
        self._engine = engine

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)

    def close(self) -> None:
        """Leave it open."""


def run_order(order: "Order", catalog: "Catalog", library: "Library", folder: Path, engine: Any) -> Texts:
    """Run an order into a folder with an engine that is open; return what was said."""
    from tests.watchers import Silence
    from vqa_eval.pipeline.run import prepare, run

    store, _ = run(prepare(replace(order, out=folder), catalog, library), catalog, Silence(), lambda *_: engine)
    (row,) = store.rows()
    texts = {sample.id: reply.text for sample, reply in store.replies(row.number)}
    store.close()
    return texts


def _messages(request: "Request", shown: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    turn = {"role": "user", "content": [*shown, {"type": "text", "text": request.prompt.text}]}
    return [{"role": "system", "content": request.prompt.system}, turn] if request.prompt.system else [turn]
