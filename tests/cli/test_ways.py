"""Ways to a model as they are typed: what goes with which, and what must be installed for it."""

import importlib.util
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from vqa_eval.cli.app import app
from vqa_eval.engines.vllm import options, serving
from vqa_eval.errors import EngineError

NODE = "modality/CT"


def error_of(*words: str) -> EngineError:
    """Type a command that ends with an error, and return it."""
    done = CliRunner().invoke(app, [*words, "-t", NODE])
    assert isinstance(done.exception, EngineError), done.output
    return done.exception


def test_a_setting_that_no_model_heeds_is_refused(tmp_path: Path) -> None:
    """Nothing is asked or written, and the hint says on which way it is known."""
    run = tmp_path / "run"
    served = ["-m", "openai:any", "--base-url", "http://127.0.0.1:9/v1", "--out", str(run)]
    refused = error_of(*served, "--engine-options", "x=1")
    assert "--engine-options means nothing to openai:any" == refused.message
    assert "vllm:ORG/NAME, --serve or --batch" in refused.hint
    assert "--rpm means nothing" in error_of("-m", "tiny-vlm,random", "--rpm", "10", "--out", str(run)).message
    assert not run.exists()


def test_a_served_checkpoint_needs_vllm_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --serve the libraries that would open the checkpoint in this process may lack."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}")
    found = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> ModuleSpec | None:
        return None if name == "accelerate" else found(name, package)

    def started(*_: Any) -> Any:
        raise EngineError("a server is started")

    monkeypatch.setattr(importlib.util, "find_spec", without)
    monkeypatch.setattr(options, "version", lambda: "0")
    monkeypatch.setattr(serving, "open_served", started)
    words = ["-m", str(tmp_path / "mine"), "--out", str(tmp_path / "run")]
    assert "needs accelerate" in error_of(*words).message
    assert "a server is started" == error_of(*words, "--serve").message
    monkeypatch.undo()


def test_a_server_needs_vllm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it lacks, --serve says so before anything is written."""
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "config.json").write_text("{}")
    monkeypatch.setattr(options, "_installed", lambda distribution: "")
    refused = error_of("-m", str(tmp_path / "mine"), "--out", str(tmp_path / "run"), "--serve")
    assert "needs vllm" in refused.message
    assert not (tmp_path / "run").exists()


def test_the_help_names_every_way() -> None:
    """What may follow --model stands in its help, and whom a dry run asks."""
    said = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert "Card, ./folder, hf:org/name, vllm:org/name, openai:name; several by comma." in said
    assert "Count and estimate; ask nobody but what --probe names." in said
