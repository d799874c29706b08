"""`score --labeller` as somebody types it: what it labels, prints and refuses."""

import json
from pathlib import Path

import pytest

from tests.cli.typed import vqa_eval
from tests.labellers import build_chexbert
from tests.pipeline.test_label import MICRO, reports
from tests.stored import stored


@pytest.fixture
def run(tmp_path: Path) -> Path:
    """Return a run of two reports that are said word for word."""
    said = ["no edema .", "small effusion ."]
    stored(tmp_path / "run", reports(*said), {"m": said}).close()
    return tmp_path / "run"


def test_a_run_is_labelled_and_scored_in_one_command(run: Path, tmp_path: Path) -> None:
    """The texts are labelled once, the numbers stand on the board with the weights signed, and stay without it."""
    build_chexbert(tmp_path / "chexbert")
    done = vqa_eval("score", "run", "--labeller", "chexbert:./chexbert", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "2 texts labelled and 0 faults now" in done.stderr
    board = json.loads((run / "board.json").read_text(encoding="utf-8"))
    assert [1.0] == [cell["value"] for cell in board["cells"] if (cell["metric"], cell["axis"]) == (MICRO, "")]
    assert f"{MICRO}.v1@reading-1:files-" in board["signatures"]["1"]
    again = vqa_eval("score", "run", "--labeller", "chexbert:./chexbert", cwd=tmp_path)
    assert "0 texts labelled and 0 faults now" in again.stderr
    assert 0 == vqa_eval("score", "run", cwd=tmp_path).returncode
    assert board == json.loads((run / "board.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ["chexbert", "openai:gpt-4o", "nothing:./chexbert"])
@pytest.mark.usefixtures("run")
def test_what_labels_nothing_is_refused(tmp_path: Path, name: str) -> None:
    """A name that is no labeller's ends in one line with the forms there are."""
    done = vqa_eval("score", "run", "--labeller", name, cwd=tmp_path)
    assert 1 == done.returncode
    assert f"'{name}' is no labeller" in done.stderr
    assert "chexbert:./FOLDER, radgraph:./FOLDER" in done.stderr


def test_weights_that_are_not_there(run: Path, tmp_path: Path) -> None:
    """A folder without weights ends before anything is marked, and says which files lack."""
    (tmp_path / "empty").mkdir()
    done = vqa_eval("score", "run", "--labeller", "chexbert:./empty", cwd=tmp_path)
    assert 1 == done.returncode
    assert "chexbert is not installed in empty: it lacks chexbert.pth" in " ".join(done.stderr.split())
    assert not (run / "board.json").exists()
