"""The documents are true: every command in them runs, and what they name exists."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    """Return the fenced blocks of a language."""
    return re.findall(rf"```{language}\n(.*?)```", path.read_text(encoding="utf-8"), flags=re.DOTALL)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_commands_run(path: Path, tmp_path: Path) -> None:
    """Each `sh` block of a document runs in an empty folder from its first line to its last and ends well."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    for block in blocks(path, "sh"):
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", block],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        assert 0 == done.returncode, f"{block}\n{done.stdout[-800:]}\n{done.stderr[-800:]}"


def test_the_readme_names_the_two_commands() -> None:
    """`make demo` and `make test` stand in the README, and CI runs them."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    for command in ("make demo", "make test"):
        assert command in text
        assert command in ci


def test_the_floors_are_drawn_as_they_are() -> None:
    """docs/architecture.md names every floor of the contract, and every folder of the package."""
    text = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    folders = [path.name for path in (ROOT / "vqa_eval").iterdir() if (path / "__init__.py").is_file()]
    assert [] == [name for name in folders if not re.search(rf"^  {name}/? ", text, flags=re.MULTILINE)]


def test_commands_that_need_more_are_still_words_we_know() -> None:
    """Every vqa-eval line of a `console` block uses options and verbs that exist."""
    from typer.main import get_command

    from vqa_eval.cli.app import app

    command = get_command(app)
    options = {name for parameter in command.params for name in parameter.opts}
    for path in DOCUMENTS:
        for block in blocks(path, "console"):
            for line in block.splitlines():
                words = shlex.split(line.removeprefix("$ "), comments=True)
                if words[:1] == ["vqa-eval"] and words[1:2] and words[1].startswith("-"):
                    assert {word for word in words if word.startswith("-")} <= options, line
