"""Real vLLM engines on tiny checkpoints: how they are started, and the mark of tests that start one."""

import importlib.util
from pathlib import Path

import pytest

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.reference import EngineSettings, ModelRef
from vqa_eval.records import ModelCard

NEEDS_VLLM = (
    pytest.mark.engine,
    pytest.mark.skipif(importlib.util.find_spec("vllm") is None, reason="vllm is not installed in this environment"),
)

VLLM = [pytest.param(name, marks=NEEDS_VLLM) for name in ("vllm", "vllm-served")]
"""The two ways to vLLM: in this process, and through a server that is started for the run."""


def open_vllm(name: str, folder: Path, home: Path, pictures: int | None, concurrency: int = 8) -> Engine:
    """Return an engine of single precision on a checkpoint; it takes seconds, as a server half a minute."""
    card = ModelCard(folder.name, folder.name, max_pictures=pictures)
    ref = ModelRef(f"vllm:{folder}", "vllm", str(folder), card)
    settings = EngineSettings(
        home=home,
        dtype="float32",
        concurrency=concurrency,
        batch_size=16,
        options={"enforce_eager": "true", "max_model_len": "2048", "max_logprobs": "-1"},
    )
    if name == "vllm":
        from vqa_eval.engines.vllm import open_model

        return open_model(ref, settings)
    from vqa_eval.engines.vllm.serving import open_served

    return open_served(ref, settings)
