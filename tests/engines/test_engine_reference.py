"""What users type after --model, and what they are told when it does not work."""

import importlib.metadata
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ruamel.yaml import YAML

from vqa_eval.engines import EngineSettings, ModelRef, open_engine, parse_model
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

MODELS = Path(__file__).parents[2] / "models"

CARDS = {
    "tiny-vlm": ModelCard("tiny-vlm", "tiny-vlm", build="tiny-vlm"),
    "internvl-4b": ModelCard(
        "internvl-4b",
        "InternVL2-4B",
        schemes=("transformers", "openai"),
        hub="OpenGVLab/InternVL2-4B",
        remote_code=True,
    ),
    "gpt-4o": ModelCard("gpt-4o", "GPT-4o", schemes=("openai",), api_name="gpt-4o", key_variable="STAND_IN_KEY"),
    "random": ModelCard("random", "Random", schemes=("baseline",)),
}
SERVER = "http://localhost:8000/v1"


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_KEY", "sk-x")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)


@pytest.mark.parametrize(
    ("typed", "base_url", "scheme", "location"),
    [
        ("tiny-vlm", None, "transformers", "tiny-vlm"),
        ("internvl-4b", None, "transformers", "OpenGVLab/InternVL2-4B"),
        ("internvl-4b", SERVER, "openai", "OpenGVLab/InternVL2-4B"),
        ("gpt-4o", None, "openai", "gpt-4o"),
        ("openai:gpt-4o", None, "openai", "gpt-4o"),
        ("openai:mine", SERVER, "openai", "mine"),
        ("hf:org/name", None, "transformers", "org/name"),
        ("random", None, "baseline", "random"),
    ],
)
def test_what_is_typed_is_understood(typed: str, base_url: str | None, scheme: str, location: str) -> None:
    """Each accepted form gives the engine that opens it and where the model lies, under the name as typed."""
    ref = parse_model(typed, CARDS, base_url)
    assert (typed, scheme, location) == (ref.name, ref.scheme, ref.location)
    assert ((base_url,) if base_url else ()) == ref.base_urls


def test_the_card_of_a_repository_is_used_for_it() -> None:
    """hf:ORG/NAME of a repository that a card describes is asked as the card says; others get no remote code."""
    assert parse_model("hf:OpenGVLab/InternVL2-4B", CARDS).card.remote_code
    assert not parse_model("hf:stranger/model", CARDS).card.remote_code


def test_a_folder_is_a_model(tmp_path: Path) -> None:
    """A folder with a config.json is a model of the transformers engine, without remote code."""
    (tmp_path / "config.json").write_text("{}")
    ref = parse_model(str(tmp_path), CARDS)
    assert ("transformers", str(tmp_path), False) == (ref.scheme, ref.location, ref.card.remote_code)


@pytest.mark.parametrize(
    ("typed", "message", "hint"),
    [
        ("internvl4b", "no model is called 'internvl4b'", "nearest cards: internvl-4b"),
        ("internvl4b", "no model", "accepted: a model card's name, ./FOLDER, hf:ORG/NAME, vllm:ORG/NAME, or"),
        ("", "no model is called ''", "accepted:"),
        ("claude:x", "no engine is called 'claude'", "accepted:"),
        ("protocol:x", "no engine is called 'protocol'", "accepted:"),
        ("./absent", "there is no folder ./absent", "./FOLDER"),
        ("openai:gpt-5", "OPENAI_API_KEY is not set", "export OPENAI_API_KEY"),
    ],
)
def test_what_cannot_be_understood_says_what_to_type(typed: str, message: str, hint: str) -> None:
    """A wrong name is an error with the nearest names and the accepted forms; so is what is missing."""
    with pytest.raises(EngineError) as caught:
        parse_model(typed, CARDS)
    assert message in caught.value.message
    assert hint in caught.value.hint


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    """A folder that holds no config.json is an error that says what belongs there."""
    with pytest.raises(EngineError, match=r"no config\.json"):
        parse_model(str(tmp_path), CARDS)


def test_a_server_for_what_is_not_served() -> None:
    """--base-url with a model that no server offers is an error, not ignored."""
    with pytest.raises(EngineError, match="not asked through a server"):
        parse_model("tiny-vlm", CARDS, SERVER)
    with pytest.raises(EngineError, match="no address"):
        parse_model("openai:mine", CARDS, "localhost")


def test_a_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where an extra is not installed, the error says the command that installs it."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "torch" else object())
    with pytest.raises(EngineError, match="needs torch") as caught:
        parse_model("tiny-vlm", CARDS)
    assert "pip install 'vqa-eval[transformers]'" == caught.value.hint


def test_other_packages_bring_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry point of the group `vqa_eval.engines` is a scheme like our own."""
    opened: list[ModelRef] = []

    def open_model(ref: ModelRef, settings: EngineSettings) -> str:
        opened.append(ref)
        return "an engine"

    scheme = SimpleNamespace(check=lambda ref: None, open_model=open_model)

    def entry_points(**wanted: Any) -> list[Any]:
        known = wanted == {"group": "vqa_eval.engines", "name": "elsewhere"}
        return [SimpleNamespace(load=lambda: scheme)] if known else []

    monkeypatch.setattr(importlib.metadata, "entry_points", entry_points)
    ref = parse_model("elsewhere:big", CARDS)
    assert "an engine" == open_engine(ref, EngineSettings(Path("home")))
    assert [ref] == opened
    assert "big" == ref.location


def test_a_baseline_is_not_opened_without_samples() -> None:
    """Baselines need the selected samples, so `open_engine` refuses them."""
    with pytest.raises(EngineError, match="needs the selected samples"):
        open_engine(parse_model("random", CARDS), EngineSettings(Path("home")))


def test_understanding_imports_nothing_heavy() -> None:
    """Names are understood and checked without torch, transformers, openai or Pillow."""
    program = (
        "import sys; from vqa_eval.engines import parse_model; from vqa_eval.records import ModelCard; "
        "parse_model('tiny-vlm', {'tiny-vlm': ModelCard('tiny-vlm', 't', build='tiny-vlm')}); "
        "parse_model('openai:x', {}, 'http://localhost:1/v1'); "
        "print([name for name in ('torch', 'transformers', 'openai', 'PIL', 'numpy') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert "[]" == done.stdout.strip()


@pytest.mark.parametrize("path", sorted(MODELS.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_shipped_card_can_be_understood(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A card's keys are those of ModelCard, its id is its file's name, and its engine exists."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-x")
    content = YAML(typ="safe").load(path)
    card = ModelCard(**{key: tuple(value) if isinstance(value, list) else value for key, value in content.items()})
    assert path.stem == card.id
    assert parse_model(card.id, {card.id: card}).scheme == card.schemes[0]
