"""Features of a slide: SlideChat's columns and rows, as float32; a bad table is named by line and column."""

import gzip
import io
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from vqa_eval.errors import PictureError
from vqa_eval.samples.slides.features import ARRAY, find_features, read_features

HEADER = ",".join(f"f{n}" for n in range(514))


def table(rows: int) -> list[str]:
    """Return a table whose cells tell their row and column."""
    return [HEADER, *(",".join(f"{row}.{column:03d}" for column in range(514)) for row in range(rows))]


def write(path: Path, lines: list[str]) -> Path:
    """Write a table, packed where the name says so."""
    data = "\n".join(lines).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


@pytest.mark.parametrize("name", ["s.csv", "s.csv.gz"])
def test_the_first_columns_become_an_array(tmp_path: Path, name: str) -> None:
    """512 columns of every row come as float32; the digest is that of the bytes."""
    picture = read_features(write(tmp_path / name, table(3)), 38_400)
    array = np.load(io.BytesIO(picture.data), allow_pickle=False)
    assert ((3, 512), "float32") == (array.shape, str(array.dtype))
    assert np.float32("2.511") == array[2, 511]
    assert (ARRAY, 512, 3) == (picture.media_type, picture.width, picture.height)
    assert read_features(tmp_path / name, 3) == picture


def test_of_too_many_rows_evenly_spaced_ones_are_taken(tmp_path: Path) -> None:
    """Of 10 rows in 4 places: the first, the last, and those between as SlideChat's published code counts them."""
    picture = read_features(write(tmp_path / "s.csv", table(10)), 4)
    array = np.load(io.BytesIO(picture.data), allow_pickle=False)
    assert np.linspace(0, 9, 4, dtype=int).tolist() == array[:, 0].astype(int).tolist() == [0, 3, 6, 9]


def test_blank_lines_are_no_rows(tmp_path: Path) -> None:
    """An empty line in the middle or at the end changes nothing."""
    whole = read_features(write(tmp_path / "a.csv", table(3)), 2)
    head, *rows = table(3)
    assert whole == read_features(write(tmp_path / "b.csv", [head, rows[0], "", *rows[1:], "", ""]), 2)


Change = Callable[[list[str]], list[str]]


def cell(text: str) -> Change:
    """Return what puts a text into the third column of the second row."""
    return lambda lines: [*lines[:2], ",".join(["0", "0", text, *["0"] * 509]), *lines[3:]]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (cell("tumour"), "line 3, column 3 (f2): 'tumour' is no finite number"),
        (cell("nan"), "line 3, column 3 (f2): 'nan' is no finite number"),
        (cell("-inf"), "line 3, column 3 (f2): '-inf' is no finite number"),
        (cell("1e300"), "line 3, column 3 (f2): '1e300' is no finite number"),
        (cell(""), "line 3, column 3 (f2): '' is no finite number"),
        (lambda lines: [*lines[:2], "1,2,3"], "line 3: 3 columns, fewer than 512"),
        (lambda lines: ["a,b", *lines[1:]], "line 1: 2 columns, fewer than 512"),
        (lambda lines: lines[:1], "no row of numbers below the names"),
        (lambda _: [], "no row of numbers below the names"),
        (lambda lines: [lines[0], "9," * 600_000], "line 2: no features, the table is too large"),
    ],
)
def test_a_bad_table_is_named_by_line_and_column(tmp_path: Path, change: Change, said: str) -> None:
    """Text, what is not finite, narrow and empty tables are errors that name the file and the place."""
    path = write(tmp_path / "s.csv", change(table(3)))
    with pytest.raises(PictureError) as caught:
        read_features(path, 38_400)
    assert f"{path}" in caught.value.message
    assert said in caught.value.message


@pytest.mark.parametrize("data", [gzip.compress(b"a,b\n1,2\n" * 9000)[:40], b"no gzip at all", b""])
def test_a_damaged_file_is_named(tmp_path: Path, data: bytes) -> None:
    """A packed table that is cut off, or no packed one, is an error that names the file."""
    path = tmp_path / "s.csv.gz"
    path.write_bytes(data)
    with pytest.raises(PictureError, match=r"s\.csv\.gz"):
        read_features(path, 38_400)


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    """A file of another kind under the name of a table is an error that names file and line."""
    (tmp_path / "s.csv").write_bytes(b"\x89PNG\r\n\x1a\n\xff\xfe")
    with pytest.raises(PictureError, match=r"s\.csv, line 1: no text"):
        read_features(tmp_path / "s.csv", 38_400)


def test_the_table_of_a_slide_is_found_by_its_whole_id(tmp_path: Path) -> None:
    """Packed or not, by the exact id and in the folder itself; two tables of one slide are an error."""
    plain, packed = write(tmp_path / "s.csv", []), write(tmp_path / "t.csv.gz", [])
    assert (plain, packed, None) == tuple(find_features(tmp_path, name) for name in ("s", "t", "s2"))
    write(tmp_path / "s.csv.gz", [])
    with pytest.raises(PictureError, match="there twice"):
        find_features(tmp_path, "s")


def test_no_id_leads_out_of_the_folder(tmp_path: Path) -> None:
    """An id with a path in it reads nothing elsewhere, and neither does a link."""
    folder = tmp_path / "features"
    folder.mkdir()
    outside = write(tmp_path / "s.csv", table(1))
    (folder / "linked.csv").symlink_to(outside)
    for name in ("../s", "linked"):
        with pytest.raises(PictureError, match="outside"):
            find_features(folder, name)
