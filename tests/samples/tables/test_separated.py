"""Separated text: cut as Python's csv cuts it, refused where it would not fit in memory, and read on from any row."""

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.lines import LARGEST_CELL
from vqa_eval.samples.tables.reading import read_rows
from vqa_eval.samples.tables.separated import read_separated

CELLS = st.text(alphabet='ab" \t,\n;é', max_size=6) | st.sampled_from(["a\r\nb", '"\r\n"', "\r\n"])


@given(rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=6), delimiter=st.sampled_from("\t,"))
def test_cells_are_those_of_csv(
    tmp_path_factory: pytest.TempPathFactory, rows: list[list[str]], delimiter: str
) -> None:
    """What csv writes, quotes, separators and line breaks in cells included, comes back as csv reads it."""
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["x", "y", "z"], *rows])
    path = tmp_path_factory.getbasetemp() / "written.txt"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    expected = [dict(zip("xyz", row, strict=True)) for row in rows]
    assert expected == [cells for _, cells, _ in read_separated(path, delimiter)]


@given(line=st.text(alphabet='a" \t', max_size=12))
def test_odd_quotes_are_read_as_csv_reads_them(tmp_path_factory: pytest.TempPathFactory, line: str) -> None:
    """A quote inside a cell and text behind a closing quote are read as csv reads them, where every quote closes."""
    path = tmp_path_factory.getbasetemp() / "odd.tsv"
    header = "\t".join("abcdefghijklm")
    path.write_text(f"{header}\n{line}\n", encoding="utf-8")
    (expected,) = list(csv.reader([f"{line}\n"], delimiter="\t"))
    try:
        found = [list(cells.values()) for _, cells, _ in read_separated(path, "\t")]
    except DataError as error:
        assert "does not close before the end of the file" in error.message  # noqa: PT017
        # csv takes the end of the file for the closing quote, and the line break for text.
        assert expected[-1].endswith("\n")
    else:
        assert ([expected] if expected else []) == found


@pytest.mark.parametrize("layout", ["tsv", "csv", "jsonl", "json", "parquet"])
def test_reading_goes_on_behind_any_row(tmp_path: Path, layout: str) -> None:
    """From the number and the end of any row, every format yields exactly the rows behind it."""
    path = tmp_path / f"table.{layout}"
    cells = [{"n": str(number), "text": f'"é", {number}\nline'} for number in range(7)]
    if layout == "parquet":
        pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs vqa-eval[parquet]")
        parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs vqa-eval[parquet]")
        parquet.write_table(pyarrow.Table.from_pylist(cells), path, row_group_size=3)
    elif layout.startswith("json"):
        lines = [json.dumps(entry) for entry in cells]
        path.write_text("\n\n".join(lines) if layout == "jsonl" else f"[{','.join(lines)}]", encoding="utf-8")
    else:
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.DictWriter(file, ["n", "text"], delimiter="\t" if layout == "tsv" else ",")
            writer.writeheader()
            writer.writerows(cells)
    rows = list(read_rows(path, layout))
    assert cells == [row.cells for row in rows]
    assert 1.0 == rows[-1].share
    for at, row in enumerate(rows, start=1):
        assert rows[at:] == list(read_rows(path, layout, row.number, row.end))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("t.tsv", "a\tb\n1\t2\n3\t{cell}\n", "row 2: longer than the 1,000 bytes that a row may have"),
        ("t.tsv", "a\t{cell}\n", "header: longer than the 1,000 bytes"),
        ("t.csv", 'a,b\n1,2\n3,"{cell}"\n', "row 2: longer than the 1,000 bytes"),
        ("t.csv", 'a,b\n1,2\n3,"{lines}', "row 2, column 2: a quote opens the cell and does not close within"),
        ("t.csv", 'a,b\n1,2\n"3,4\n5,6\n', "row 2, column 1: a quote opens the cell and does not close before"),
        ("t.jsonl", '{{"a": 1}}\n{{"a": "{cell}"}}\n', "line 2: longer than the 1,000 bytes that a line may have"),
        ("t.jsonl", '{{"a": 1}}\n{{"a": {deep}}}\n', "line 2: not JSON"),
        ("t.json", '{{"a": {deep}}}', "t.json: not JSON"),
        ("t.jsonl", '{{"a": 1}}\n{{"a": {digits}}}\n', "line 2: not JSON"),
        ("t.jsonl", '{{"a": 1}}\n{{"a": {nested}}}\n', "row 2: lists and keys within each other, more than 100 deep"),
        ("t.csv", "a,b,a\n1,2,3\n", "two columns 'a'"),
        ("t.csv", "a,b\r1,2\r3,4\r", "lines end with carriage returns alone"),
    ],
)  # fmt: skip
def test_what_would_not_fit_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, says: str
) -> None:
    """A giant cell, a giant line, a runaway quote and JSON without bounds are named with file and row."""
    if not any(part in text for part in ("{deep}", "{digits}", "{nested}")):
        monkeypatch.setattr("vqa_eval.samples.tables.lines.LARGEST_CELL", 1000)
    path = tmp_path / name
    large = {"cell": "x" * 2000, "lines": "x\n" * 2000, "deep": "[" * 200_000, "digits": "9" * 5000,
             "nested": "[" * 300 + "]" * 300}  # fmt: skip
    path.write_text(text.format(**large) if "{" in text else text, encoding="utf-8", newline="")
    with pytest.raises(DataError, match=says) as caught:
        list(read_rows(path, name.partition(".")[2]))
    assert path.name in caught.value.message
    assert caught.value.hint


def test_columns_without_a_name_may_be_several(tmp_path: Path) -> None:
    """What a spreadsheet leaves behind the last column harms nobody."""
    (tmp_path / "t.csv").write_text("a,b,,\n1,2,,\n", encoding="utf-8")
    assert [{"a": "1", "b": "2", "": ""}] == [row.cells for row in read_rows(tmp_path / "t.csv", "csv")]


def test_parquet_that_unpacks_beyond_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cell that is larger than a row may be is named, and a table that unpacks as bombs do is not opened."""
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs vqa-eval[parquet]")
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs vqa-eval[parquet]")
    path = tmp_path / "t.parquet"
    cells = ["x" * 100, "x" * 2_000_000]
    parquet.write_table(pyarrow.Table.from_pylist([{"a": cell} for cell in cells]), path, compression="zstd")
    assert cells == [row.cells["a"] for row in read_rows(path, "parquet")]
    monkeypatch.setattr("vqa_eval.samples.tables.lines.LARGEST_CELL", 1000)
    rows = read_rows(path, "parquet")
    assert cells[0] == next(rows).cells["a"]
    with pytest.raises(DataError, match=r"t\.parquet, row 2: 2,000,0\d\d bytes are more than the 1,000"):
        next(rows)
    monkeypatch.setattr("vqa_eval.samples.tables.reading.HARMLESS", 1000)
    with pytest.raises(DataError, match="as a decompression bomb does"):
        next(read_rows(path, "parquet"))


def test_cells_within_the_bound_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound is that of a row, not of the table: rows that fit are read, however many they are."""
    monkeypatch.setattr("vqa_eval.samples.tables.lines.LARGEST_CELL", 1000)
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + f'1,"{"x" * 400}\n{"y" * 400}"\n' * 50)
    assert [f"{'x' * 400}\n{'y' * 400}"] * 50 == [row.cells["b"] for row in read_rows(path, "csv")]


MEASURE = """
import resource, sys
from pathlib import Path
from vqa_eval.errors import DataError
from vqa_eval.samples.tables import lines
from vqa_eval.samples.tables.reading import read_rows
lines.LARGEST_CELL = 16 * 1024 * 1024
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    list(read_rows(Path(sys.argv[1]), sys.argv[2]))
except DataError as error:
    print(error.message)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.parametrize(
    ("layout", "start", "says"),
    [
        ("tsv", b"a\tb\n1\t", "row 1: longer than the 16,777,216 bytes"),
        ("csv", b'a,b\n1,"', "row 1: longer than the 16,777,216 bytes"),
        ("jsonl", b'{"a": "', "line 1: longer than the 16,777,216 bytes"),
    ],
)
def test_a_giant_cell_is_not_held(tmp_path: Path, layout: str, start: bytes, says: str) -> None:
    """A cell of 2 GB under a bound of 16 MiB is refused with no more than four times the bound in memory."""
    path = tmp_path / f"giant.{layout}"
    with path.open("wb") as file:
        file.write(start)
        file.truncate(2 * 1024**3)  # sparse: takes no room
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, str(path), layout], capture_output=True, text=True, check=True
    )
    message, grown = done.stdout.splitlines()
    assert says in message
    assert int(grown) < 4 * 16 * 1024


def test_the_bound_leaves_room_for_pictures() -> None:
    """The bound itself: 256 MiB of base64, a picture of 190 MB; held thrice it stays under a gigabyte."""
    assert 256 * 1024**2 == LARGEST_CELL
    assert 3 * LARGEST_CELL < 1024**3


def test_a_quote_over_many_lines_is_not_held_line_by_line(tmp_path: Path) -> None:
    """A runaway quote over millions of short lines takes the memory of its text, not of its lines."""
    path = tmp_path / "runaway.csv"
    path.write_bytes(b'a,b\n1,"' + b"x\n" * 10_000_000)
    done = subprocess.run([sys.executable, "-c", MEASURE, str(path), "csv"], capture_output=True, text=True, check=True)
    message, grown = done.stdout.splitlines()
    assert "row 1, column 2: a quote opens the cell and does not close within the 16,777,216 bytes" in message
    assert int(grown) < 4 * 16 * 1024
