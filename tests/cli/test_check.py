"""`vqa-eval check` reads everything that people have written and says what is wrong with which file."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from vqa_eval.cli.app import app
from vqa_eval.errors import CatalogError

CARD = "id: mine\ntitle: Mine\n"


@pytest.mark.parametrize(
    ("name", "text", "says", "hint"),
    [
        ("models/mine.yaml", f"{CARD}schemes: [vlm]\n", "model mine: no engine 'vlm'", "vllm"),
        ("models/mine.yaml", f"{CARD}schemes: [opening]\n", "model mine: no engine 'opening'", "vllm"),
        ("models/mine.yaml", f"{CARD}schemes: []\n", "model mine: no scheme", "schemes: [transformers]"),
        ("leaderboards/mine.yaml", "id: mine\nabout: Mine.\naxes: [modalty]\n", "no axis 'modalty'", "modality"),
    ],
)
def test_what_is_wrong_is_said(name: str, text: str, says: str, hint: str, tmp_path: Path) -> None:
    """A name in a written file that means nothing is an error that says which file and what there is."""
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ("check", "--catalog", str(tmp_path)))
    assert isinstance(done.exception, CatalogError), done.output
    assert says in done.exception.message
    assert hint in done.exception.hint


@pytest.mark.parametrize(
    ("right", "wrong", "says", "hint"),
    [
        ("prompt: letter", "prompt: leter", "task letters: no prompt 'leter'", "prompts/"),
        ("modality: ", "modalty: ", "task letters: no axis 'modalty'", "modality"),
    ],
)
def test_names_in_a_task_mean_something(right: str, wrong: str, says: str, hint: str, letters: Path) -> None:
    """A task file that names a prompt or an axis that there is not is an error that names the task."""
    path = letters / "tasks" / "letters.yaml"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong), encoding="utf-8")
    done = CliRunner().invoke(app, ("check", "--catalog", str(letters)))
    assert isinstance(done.exception, CatalogError), done.output
    assert says in done.exception.message
    assert hint in done.exception.hint


def test_what_is_shipped_is_well() -> None:
    """Everything that the project ships passes."""
    done = CliRunner().invoke(app, ("check",))
    assert (0, True) == (done.exit_code, "all is well" in done.output)
