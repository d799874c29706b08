"""What is typed in vain: settings that no model of a command heeds on the way that is chosen."""

from pathlib import Path

import pytest

from vqa_eval.engines import EngineSettings, ModelRef, check_settings
from vqa_eval.engines.ways import check_known
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

SERVED, LOCAL, VLLM, BASELINE, OUTSIDE = (
    ModelRef(name, scheme, name, ModelCard(name, name))
    for name, scheme in (
        ("openai:gpt", "openai"),
        ("./mine", "transformers"),
        ("vllm:./mine", "vllm"),
        ("random", "baseline"),
        ("else:where", "elsewhere"),
    )
)


def settings(**given: object) -> EngineSettings:
    """Return settings of the machine."""
    return EngineSettings(Path("home"), **given)  # type: ignore[arg-type]  # named as the fields are


@pytest.mark.parametrize(
    ("ref", "given", "typed", "known"),
    [
        (SERVED, {"options": {"x": "1"}}, "--engine-options", "vllm:ORG/NAME, --serve or --batch"),
        (SERVED, {"tensor_parallel": 2}, "--tensor-parallel", "vllm:ORG/NAME, --serve or --ray"),
        (SERVED, {"dtype": "bfloat16"}, "--dtype", "hf:ORG/NAME, vllm:ORG/NAME or --serve"),
        (SERVED, {"device": "cpu"}, "--device", "hf:ORG/NAME"),
        (SERVED, {"batch_size": 8}, "--batch-size", "hf:ORG/NAME"),
        (SERVED, {"batch": True, "concurrency": 4}, "--concurrency", "openai:NAME"),
        (LOCAL, {"concurrency": 4}, "--concurrency", "vllm:ORG/NAME, openai:NAME or --serve"),
        (LOCAL, {"requests_per_minute": 10.0}, "--rpm", "openai:NAME or --serve"),
        (LOCAL, {"tokens_per_minute": 10.0}, "--tpm", "openai:NAME or --serve"),
        (LOCAL, {"attempts": 2}, "--attempts", "openai:NAME or --serve"),
        (LOCAL, {"timeout": 2.0}, "--timeout", "openai:NAME, --serve or --batch"),
        (LOCAL, {"options": {"max_model_len": "1"}, "ray": "local"}, "--engine-options", "vllm:ORG/NAME"),
        (VLLM, {"deadline": 2.0}, "--deadline", "openai:NAME or --serve"),
        (BASELINE, {"concurrency": 4}, "--concurrency", "openai:NAME"),
    ],
)
def test_what_nobody_heeds_is_refused(ref: ModelRef, given: dict[str, object], typed: str, known: str) -> None:
    """The error names the setting and the model, the hint the ways that know it."""
    with pytest.raises(EngineError) as caught:
        check_known([ref], settings(**given))
    assert caught.value.message.startswith(f"{typed} means nothing to {ref.name}")
    assert known in caught.value.hint


@pytest.mark.parametrize(
    ("ref", "given"),
    [
        (SERVED, {"concurrency": 4, "attempts": 2, "timeout": 2.0, "deadline": 9.0, "requests_per_minute": 9.0}),
        (SERVED, {"batch": True, "timeout": 2.0, "options": {"poll_seconds": "1"}}),
        (LOCAL, {"batch_size": 4, "device": "cpu", "dtype": "float32"}),
        (LOCAL, {"ray": "local", "tensor_parallel": 2, "options": {"ray_gpus": "1"}}),
        (LOCAL, {"serve": True, "tensor_parallel": 2, "concurrency": 4, "options": {"max_model_len": "1"}}),
        (VLLM, {"concurrency": 4, "tensor_parallel": 2, "options": {"max_model_len": "1"}}),
        (OUTSIDE, {"options": {"x": "1"}, "device": "cpu", "timeout": 2.0}),
    ],
)
def test_what_is_heeded_is_let_through(ref: ModelRef, given: dict[str, object]) -> None:
    """Each way has its own settings; what a scheme from outside heeds is for it to say."""
    check_known([ref], settings(**given))
    check_known([BASELINE, ref], settings(**given))


def test_one_of_several_models_is_enough() -> None:
    """A local model beside a served one: each takes what is meant for it."""
    given = settings(concurrency=4, batch_size=8)
    check_settings([SERVED, LOCAL, BASELINE], given)
    with pytest.raises(EngineError, match="--batch-size means nothing to openai:gpt and random"):
        check_settings([SERVED, BASELINE], given)
