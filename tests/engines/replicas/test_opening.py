"""`--ray` and `--replicas`: what is refused, and where, before any actor is started."""

from dataclasses import replace
from pathlib import Path

import pytest

from vqa_eval.engines import EngineSettings, ModelRef, open_engine
from vqa_eval.engines.replicas import open_replicas
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

SETTINGS = EngineSettings(Path("home"), ray="local", replicas=2)
WITHOUT = replace(SETTINGS, ray="")


def model(scheme: str) -> ModelRef:
    """Return a model of a scheme."""
    return ModelRef("mine", scheme, "./mine", ModelCard("mine", "Mine"))


@pytest.mark.parametrize(
    ("scheme", "settings", "says", "hint"),
    [
        ("openai", SETTINGS, "asked through a server", "--base-url URL,URL,URL"),
        ("openai", WITHOUT, "asked through a server", "--base-url URL,URL,URL"),
        ("baseline", SETTINGS, "is a baseline", ""),
        ("transformers", WITHOUT, "2 copies of mine", "--ray local"),
        ("vllm", WITHOUT, "2 copies of mine", "--ray local"),
        ("vllm", replace(SETTINGS, serve=True), "--serve", "name one"),
    ],
)
def test_copies_that_make_no_sense_are_refused(scheme: str, settings: EngineSettings, says: str, hint: str) -> None:
    """Served models, baselines, copies that nothing holds together, and two ways at once are errors with a hint."""
    with pytest.raises(EngineError, match=says) as caught:
        open_engine(model(scheme), settings)
    assert hint in caught.value.hint


def test_options_of_the_cluster_are_numbers() -> None:
    """What `--engine-options ray_…=` says must be a number."""
    pytest.importorskip("ray")
    with pytest.raises(EngineError, match="ray_wait=soon is no number"):
        open_replicas(model("transformers"), replace(SETTINGS, options={"ray_wait": "soon"}), open_engine)
