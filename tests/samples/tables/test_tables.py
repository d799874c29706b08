"""Published layouts, and what happens to files that are not what they seem."""

import json
from pathlib import Path

import pytest

from tests.samples.gmai import png
from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.records.codec import sample_from, to_text
from vqa_eval.samples import Library, Shelf, home
from vqa_eval.samples.tables.hub import read_hub
from vqa_eval.samples.tables.reading import read_rows

CATALOG = Catalog()


@pytest.mark.parametrize(
    ("name", "layout", "text"),
    [
        ("t.csv", "csv", 'a,b\n1,"x, ""y""\nz"\n'),
        ("t.tsv", "tsv", 'a\tb\n1\t"x, ""y""\nz"\n'),
        ("t.json", "json", '[{"a": "1", "b": "x, \\"y\\"\\nz"}]'),
        ("t.jsonl", "jsonl", '{"a": "1", "b": "x, \\"y\\"\\nz"}\n\n'),
    ],
)
def test_every_layout_gives_the_same_row(tmp_path: Path, name: str, layout: str, text: str) -> None:
    """CSV, TSV, JSON and JSON lines hold the same cells, quotes and line breaks included, with or without a BOM."""
    for mark in ("", "\ufeff"):
        (tmp_path / name).write_text(mark + text, encoding="utf-8")
        (row,) = read_rows(tmp_path / name, layout)
        assert {"a": "1", "b": 'x, "y"\nz'} == row.cells
        assert f"{name}, row 1" == row.place


def test_parquet_is_read_in_batches(tmp_path: Path) -> None:
    """A Parquet table with picture structs gives its rows in order."""
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs vqa-eval[parquet]")
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs vqa-eval[parquet]")
    rows = [{"question": f"q{i}", "answer": "yes", "image": {"bytes": b"%d" % i, "path": None}} for i in range(70)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "test-00000-of-00001.parquet")
    library = Library(home())
    (about,) = library.add(CATALOG.tasks["path-vqa"], tmp_path)
    assert (70, 70, 0) == (about.samples, about.pictures, about.pictures_missing)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("t.csv", b"", "empty"),
        ("t.csv", b"a,b\n1,2,3\n", "row 1: 3 cells under 2 columns"),
        ("t.csv", b"a,b\n\xff,2\n", "not UTF-8"),
        ("t.json", b"[{]", "line 1: not JSON"),
        ("t.json", b"[1]", "row 1: int, not keys with values"),
        ("t.jsonl", b'{"a": 1}\n{oops\n', "line 2: not JSON"),
        ("t.parquet", b"PK", "not Parquet"),
    ],
)
def test_a_broken_file_is_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    """Each layout says what is wrong with a broken file and where."""
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow", reason="Parquet needs vqa-eval[parquet]")
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=says):
        list(read_rows(tmp_path / name, name.partition(".")[2]))


def test_a_path_never_leaves_its_folder(tmp_path: Path) -> None:
    """A picture name with .. is refused, not followed."""
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    folder = tmp_path / "slake"
    folder.mkdir()
    row = {
        "qid": 1, "question": "What?", "answer": "CT", "img_name": "../../secret.jpg", "modality": "CT",
        "location": "Lung", "q_lang": "en", "content_type": "Modality",
    }  # fmt: skip
    (folder / "test.json").write_text(json.dumps([row]), encoding="utf-8")
    with pytest.raises(DataError, match="lies outside"):
        Library(home()).add(CATALOG.tasks["slake"], folder)


def test_two_rows_with_one_id_are_an_error(letters: Path) -> None:
    """Ids are unique: a double is named instead of one row replacing the other."""
    table = letters / "tasks" / "letters.csv"
    table.write_text(table.read_text().replace("\n2,", "\n1,"))
    with pytest.raises(DataError, match="two rows bear the id 'letters/1'"):
        Library(home()).add(Catalog([letters]).tasks["letters"], table)


def test_a_failed_add_keeps_what_was_there(letters: Path) -> None:
    """Adding a broken table leaves the prepared one as it was."""
    library, task = Library(home()), Catalog([letters]).tasks["letters"]
    table = letters / "tasks" / "letters.csv"
    library.add(task, table)
    table.write_text("id,question\n1,What?\n")
    with pytest.raises(DataError, match="no column"):
        library.add(task, table)
    assert 5 == library.shelves(task)[0].about.samples


def test_two_layouts_of_one_table_never_stand_together(tmp_path: Path) -> None:
    """Adding a benchmark in another layout puts the first one away, and of a folder with both the first is taken."""
    task, library = CATALOG.tasks["proteinlmbench"], Library(home())
    official = [{"question": "Which?", "options": ["option 1: a", "option 2: b"], "answer": "option 2"}]
    mirror = {"question": "Which?\nPlease choose one of the following options\nA:a\nB:b\nC:nan", "label": "B"}
    (tmp_path / "ProteinLMBench.json").write_text(json.dumps(official), encoding="utf-8")
    (tmp_path / "protein.jsonl").write_text(json.dumps(mirror), encoding="utf-8")
    seen = []
    for path in (tmp_path / "protein.jsonl", tmp_path / "ProteinLMBench.json", tmp_path):
        library.add(task, path)
        (shelf,) = library.shelves(task)
        seen.append((shelf.about.form, shelf.sample(1).question, shelf.sample(1).options, shelf.sample(1).correct))
    assert [(form, "Which?", ("a", "b"), (1,)) for form in ("scienceeval", "official", "official")] == seen


def test_equal_tables_have_equal_digests(letters: Path, tmp_path: Path) -> None:
    """The data's part of a signature depends on the rows alone: not on folder, name or time, but on every cell."""
    library, task = Library(home()), Catalog([letters]).tasks["letters"]
    table = letters / "tasks" / "letters.csv"
    (first,) = library.add(task, table)
    elsewhere = tmp_path / "elsewhere.csv"
    elsewhere.write_text(table.read_text())
    assert first.data_digest == library.add(task, elsewhere)[0].data_digest
    elsewhere.write_text(table.read_text().replace("Spleen", "spleen"))
    assert first.data_digest != library.add(task, elsewhere)[0].data_digest


def test_a_file_that_is_no_shelf_is_named(tmp_path: Path) -> None:
    """Prepared data of another layout, or no database at all, are refused by name."""
    path = tmp_path / "x.sqlite"
    path.write_bytes(b"not a database, but long enough to be taken for one" * 20)
    with pytest.raises(DataError, match=r"x\.sqlite: not prepared data"):
        Shelf(path)


def test_a_sample_survives_its_text() -> None:
    """Every demonstration sample is the same after being written and read."""
    library = Library(home())
    for shelf in library.shelves(CATALOG.tasks["demo"]):
        for number, _, _ in shelf.ids(leaf.number for leaf in shelf.leaves()):
            sample = shelf.sample(number)
            assert sample == sample_from(to_text(sample))


def test_a_hub_table_keeps_its_pictures_as_stored(tmp_path: Path) -> None:
    """Rows come through `datasets` in order, and a picture column gives the stored bytes, not decoded pixels."""
    datasets = pytest.importorskip("datasets", reason="the hub needs vqa-eval[hub]")
    pictures = [png(number, side=8) for number in range(3)]
    table = datasets.Dataset.from_dict(
        {"question": ["a", "b", "c"], "image": [{"bytes": data, "path": None} for data in pictures]}
    ).cast_column("image", datasets.Image())
    table.to_parquet(tmp_path / "hub" / "test-00000-of-00001.parquet")
    rows = list(read_hub(f"{tmp_path / 'hub'}@test"))
    assert ["a", "b", "c"] == [row.cells["question"] for row in rows]
    assert pictures == [row.cells["image"]["bytes"] for row in rows]


def test_the_hub_is_said_to_be_away() -> None:
    """Without a hub, `data get` says so in one line with what to type instead."""
    pytest.importorskip("datasets", reason="the hub needs vqa-eval[hub]")
    with pytest.raises(DataError, match="hub GBaker/MedQA-USMLE-4-options@test") as caught:
        Library(home()).fetch(CATALOG.tasks["medqa"])
    assert "vqa-eval data add" in caught.value.hint
