"""Result tables of VLMEvalKit: every layout reads alike, failures are faults, and nothing in a cell is run."""

import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.predictions.tables import ANSWERED, FAULTS, write_json, write_row, write_tsv, write_xlsx
from vqa_eval.errors import DataError
from vqa_eval.predictions import Prediction, find

Write = Callable[[Path], Path]


def read(path: Path) -> list[Prediction]:
    """Return the predictions of a file."""
    return list(find("vlmevalkit").read(path).predictions)


@pytest.fixture(params=[write_tsv, write_json, pytest.param(write_xlsx, id="write_xlsx")])
def table(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """Return one table in each layout."""
    if request.param is write_xlsx:
        pytest.importorskip("openpyxl", reason="the extra `xlsx` is not installed")
    write: Write = request.param
    return write(tmp_path / "net_Organs.table")


def test_every_layout_reads_alike(table: Path) -> None:
    """Tabs, a workbook and JSON records give the same questions, options, keys, pictures and replies."""
    found = read(table)
    assert ["1", "2", "3", "4", "5", "6"] == [prediction.id for prediction in found]
    assert [("Liver", "Spleen"), ("Liver", "Spleen", "Lung")] == [prediction.options for prediction in found[:2]]
    assert [(0,), (2,), (1,), (1,), (0,), (1,)] == [prediction.correct for prediction in found]
    assert ["A", "Spleen", "The answer is B.", "", "", ""] == [prediction.text for prediction in found]
    assert ("Look.", "") == (found[0].context, found[1].context)
    assert [("1.jpg",), ("1.jpg",), ("3.jpg",)] == [prediction.pictures for prediction in found[:3]]
    assert "T1 MRI" == found[2].cells["modality"]
    assert "net_Organs.table, row 2" == found[1].place


def test_a_failed_request_is_a_fault(table: Path) -> None:
    """Both sentences that VLMEvalKit leaves for a failed request are faults; an empty cell is an empty reply."""
    found = read(table)
    faults = [prediction.fault for prediction in found if prediction.fault]
    assert (FAULTS, ANSWERED) == (len(faults), len(found) - len(faults))
    assert [
        "Failed to obtain answer via API.",
        "Failed to obtain answer: <class 'RuntimeError'> CUDA out of memory",
    ] == [fault.detail for fault in faults]
    assert (None, "") == (found[4].fault, found[4].text)


@pytest.mark.parametrize("said", ["", "nan", None])
def test_nothing_said_is_an_empty_reply(tmp_path: Path, said: str | None) -> None:
    """An empty cell, and a NaN that was written as text, are empty replies."""
    (found,) = read(write_row(tmp_path / "t.tsv", prediction=said))
    assert ("", None) == (found.text, found.fault)


@pytest.mark.parametrize(
    ("answer", "correct"),
    [
        ("B", (1,)),
        ("b", (1,)),
        ("A,C", (0, 2)),
        ("CA", (0, 2)),
        ("['A', 'C']", (0, 2)),
        ("Spleen", (1,)),
        ("", ()),
        (None, ()),
    ],
)
def test_how_a_key_may_be_written(tmp_path: Path, answer: str | None, correct: tuple[int, ...]) -> None:
    """A letter, several in any order, a Python list, an option in full, or none."""
    (found,) = read(write_row(tmp_path / "t.tsv", A="Liver", B="Spleen", C="Lung", answer=answer))
    assert correct == found.correct


@pytest.mark.parametrize(
    ("answer", "references"),
    [("a liver", ("a liver",)), ("['a liver', \"the patient's liver\"]", ("a liver", "the patient's liver")), ("", ())],
)
def test_open_questions_have_references(tmp_path: Path, answer: str, references: tuple[str, ...]) -> None:
    """Without options the answer is a text, or a Python list of texts."""
    (found,) = read(write_row(tmp_path / "t.tsv", answer=answer))
    assert ((), references) == (found.options, found.references)


def test_nothing_in_a_cell_is_run(tmp_path: Path) -> None:
    """A list with a call in it stays the text that it is."""
    trap = f"[open({str(tmp_path / 'run')!r}, 'w').close() or 'a']"
    (found,) = read(write_row(tmp_path / "t.tsv", answer=trap))
    assert (trap,) == found.references
    assert not (tmp_path / "run").exists()


def test_a_list_without_end_is_a_text(tmp_path: Path) -> None:
    """Brackets nested beyond any reader's depth are no list, and no crash."""
    trap = "[" * 40_000 + "]" * 40_000
    (found,) = read(write_row(tmp_path / "t.tsv", answer=trap))
    assert (trap,) == found.references


def test_a_reply_that_excel_cut_is_cut(tmp_path: Path) -> None:
    """A reply of just the 32,767 characters that a cell holds ended by no will of its own."""
    long, short = (read(write_row(tmp_path / f"{n}.tsv", prediction="x" * n))[0] for n in (32_767, 32_766))
    assert ("length", "") == (long.finish, short.finish)


def test_model_and_data_set_by_the_folder(tmp_path: Path) -> None:
    """The folder of a model tells where its name ends in MODEL_DATASET, also above a folder for each run."""
    for folder in (tmp_path / "net_2", tmp_path / "net_2" / "T20260101-120000"):
        folder.mkdir()
        log = find("vlmevalkit").read(write_tsv(folder / "net_2_Organs_VAL.tsv"))
        assert ("net_2", "Organs_VAL") == (log.model, log.dataset)
    log = find("vlmevalkit").read(write_tsv(tmp_path / "net_2_Organs_VAL.tsv"))
    assert ("", "net_2_Organs_VAL") == (log.model, log.dataset)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        (
            {"A": "Liver", "B": "Spleen", "answer": "C"},
            "row 1, column answer: 'C' is not the letter of one of 2 options",
        ),
        ({"A": "Liver", "B": "Spleen", "answer": "AA"}, "row 1, column answer: 'AA' is not"),
        ({"A": "Liver", "B": "", "C": "Lung", "answer": "C"}, "row 1: options A, C, not A, B, C"),
        ({"A": "Liver", "B": "", "answer": "A"}, "row 1: options A, not A, B, C"),
        ({"index": ""}, "row 1, column index: empty"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, cells: dict[str, str], says: str) -> None:
    """A key outside the options, options with a gap and a row without number name file, row and column."""
    with pytest.raises(DataError) as caught:
        read(write_row(tmp_path / "t.tsv", **cells))
    assert f"t.tsv, {says}" in caught.value.message
    assert "mend or leave out that row" == caught.value.hint


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """A table without replies says so, and what it has."""
    path = tmp_path / "t.tsv"
    path.write_text("index\tquestion\n1\tWhich?\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"t.tsv, row 1: no column 'prediction'; found: 'index', 'question'"):
        read(path)


def test_a_row_without_its_reply_is_named(tmp_path: Path) -> None:
    """A row that ends before the column of replies is an error, not an empty reply."""
    path = tmp_path / "t.tsv"
    path.write_text("index\tquestion\tprediction\n1\tWhich?\tA\n2\tWhich?\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"t\.tsv, row 2: no column 'prediction'"):
        read(path)


def test_too_many_cells_are_named(tmp_path: Path) -> None:
    """A row with more cells than columns is broken quoting."""
    path = tmp_path / "t.tsv"
    path.write_text("index\tquestion\tprediction\n1\tWhich?\tA\tB\n", encoding="utf-8")
    with pytest.raises(DataError, match="row 1: 4 cells under 3 columns"):
        read(path)


def test_other_encodings_are_named(tmp_path: Path) -> None:
    """A table that is not UTF-8 says behind which line."""
    path = tmp_path / "t.tsv"
    path.write_bytes("index\tquestion\tprediction\n1\tWelche Größe?\tA\n".encode("latin-1"))
    with pytest.raises(DataError, match=r"t\.tsv, after line \d: not UTF-8"):
        read(path)


def test_a_cell_without_end_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell larger than any reply, as after a runaway quote, is an error with its line."""
    monkeypatch.setattr("vqa_eval.predictions.tables.LARGEST_CELL", 1000)
    with pytest.raises(DataError, match=r"t.tsv, line 2: field larger than field limit \(1000\)"):
        read(write_row(tmp_path / "t.tsv", prediction="x" * 1001))


def test_a_workbook_that_unpacks_beyond_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a workbook would unpack to is looked at before it is read."""
    pytest.importorskip("openpyxl", reason="the extra `xlsx` is not installed")
    monkeypatch.setattr("vqa_eval.predictions.tables.LARGEST_WORKBOOK", 2000)
    with pytest.raises(DataError, match="unpacks to more than"):
        read(write_xlsx(tmp_path / "t.xlsx"))


def test_a_workbook_of_endless_rows_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row that claims a number beyond any sheet does not make the reader count up to it."""
    pytest.importorskip("openpyxl", reason="the extra `xlsx` is not installed")
    monkeypatch.setattr("vqa_eval.predictions.tables.MOST_ROWS", 1000)
    whole, forged = write_xlsx(tmp_path / "whole.xlsx"), tmp_path / "forged.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(forged, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name).replace(b'<row r="7"', b'<row r="999999999999"'))
    with pytest.raises(DataError, match=r"forged\.xlsx: more than 1,000 rows"):
        read(forged)


def test_a_broken_workbook_is_an_error(tmp_path: Path) -> None:
    """A workbook whose sheet is no XML is one error with the file."""
    pytest.importorskip("openpyxl", reason="the extra `xlsx` is not installed")
    whole, broken = write_xlsx(tmp_path / "whole.xlsx"), tmp_path / "broken.xlsx"
    with zipfile.ZipFile(whole) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            target.writestr(name, source.read(name)[:-40] if name.startswith("xl/worksheets/") else source.read(name))
    with pytest.raises(DataError, match=r"broken.xlsx, row \d+: broken workbook"):
        read(broken)


def test_a_workbook_without_its_reader_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where openpyxl is not installed, the hint names the extra."""
    with zipfile.ZipFile(tmp_path / "t.xlsx", "w") as book:
        book.writestr("xl/workbook.xml", "<workbook/>")
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(DataError, match=r"t\.xlsx: reading a workbook needs `openpyxl`") as caught:
        read(tmp_path / "t.xlsx")
    assert "pip install 'vqa-eval[xlsx]'" == caught.value.hint
