"""Which harness wrote a file is told by its content, and what cannot be told is said."""

import shutil
import zipfile
from pathlib import Path

import pytest

from tests.predictions.tables import write_json, write_tsv, write_xlsx
from vqa_eval.errors import DataError
from vqa_eval.predictions import Format, find, names, recognise

DATA = Path(__file__).parent / "data"


def test_the_name_is_the_registry() -> None:
    """Every format is found under its module's name; there is no list to edit."""
    assert ("inspect_ai", "lm_eval", "vlmevalkit") == names()
    assert all(isinstance(find(name), Format) and name == find(name).name for name in names())


def test_an_unknown_name_gets_the_known_ones() -> None:
    """A format that is none names those that are."""
    with pytest.raises(DataError, match="no format of predictions 'helm'") as caught:
        find("helm")
    assert "formats: inspect_ai, lm_eval, vlmevalkit" == caught.value.hint


@pytest.mark.parametrize("pattern", ["organs.json", "organs.eval", "organs-deflated.eval", "samples_*.jsonl"])
def test_a_renamed_log_is_known(tmp_path: Path, pattern: str) -> None:
    """Real logs are known by their content under any name."""
    for path in DATA.glob(pattern):
        renamed = Path(shutil.copy(path, tmp_path / "log.txt"))
        assert ("lm_eval" if "samples" in path.name else "inspect_ai") == recognise(renamed).name


def test_a_renamed_table_is_known(tmp_path: Path) -> None:
    """Result tables are known by their columns under any name."""
    assert "vlmevalkit" == recognise(write_tsv(tmp_path / "a.txt")).name
    assert "vlmevalkit" == recognise(write_json(tmp_path / "b.txt")).name
    pytest.importorskip("openpyxl", reason="the extra `xlsx` is not installed")
    assert "vlmevalkit" == recognise(write_xlsx(tmp_path / "c.txt")).name


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04\x95 a pickle",
        b"index,question,prediction\n1,a,b\n",
        b"{}",
        b"[]",
        b"[1, 2]",
        b"hello\tworld\n",
        b"index\tquestion\r\tx",
    ],
)
def test_what_no_harness_wrote_is_said(tmp_path: Path, content: bytes) -> None:
    """Anything else is an error that names what is known."""
    path = tmp_path / "x"
    path.write_bytes(content)
    with pytest.raises(DataError, match="x: not a known format of predictions") as caught:
        recognise(path)
    assert "VLMEvalKit (MODEL_DATASET.xlsx, .tsv, .json)" in caught.value.hint


def test_an_archive_of_something_else_is_said(tmp_path: Path) -> None:
    """A zip file without a log or a workbook is of no known format."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("thesis.tex", "dear")
    with pytest.raises(DataError, match="not a known format"):
        recognise(tmp_path / "x.zip")


def test_a_broken_archive_is_said(tmp_path: Path) -> None:
    """A zip file that was cut off is named as broken."""
    path = tmp_path / "x.eval"
    path.write_bytes((DATA / "organs-deflated.eval").read_bytes()[:2000])
    with pytest.raises(DataError, match=r"x\.eval: broken zip"):
        recognise(path)


@pytest.mark.parametrize(("name", "says"), [("nowhere", "no such file"), ("empty", "empty"), ("folder", "a folder")])
def test_what_is_no_file_is_said(tmp_path: Path, name: str, says: str) -> None:
    """A file that is not there, an empty one and a folder are said before anything is read."""
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "folder").mkdir()
    with pytest.raises(DataError, match=f"{name}: {says}"):
        recognise(tmp_path / name)
