"""Which form a file is: told by name, size and split, never by columns alone; and no file of it may be missing."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.samples.gmai import write_table
from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.records import TaskSpec
from vqa_eval.samples import Library, home
from vqa_eval.samples.sources import sources
from vqa_eval.samples.tables.shards import missing_shards

CATALOG = Catalog()
SLIDEBENCH = ("ID", "Slide", "Tumor", "Broad Category", "Narrow Category", "Question", *"ABCD", "Answer")


def expecting(name: str, count: int) -> TaskSpec:
    """Return a shipped task whose forms each expect so many samples."""
    task = CATALOG.tasks[name]
    return replace(task, forms=tuple(replace(form, md5={}, expects=count) for form in task.forms))


def medqa(path: Path, rows: int) -> Path:
    """Write a table of MedQA's columns."""
    row = {"question": "Which?", "options": {"A": "a", "B": "b"}, "answer_idx": "A"}
    path.write_text(f"{json.dumps(row)}\n" * rows, encoding="utf-8")
    return path


def slidebench(path: Path, rows: int) -> Path:
    """Write a table of SlideBench-VQA's columns."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(SLIDEBENCH)
        writer.writerows([n, "TCGA-1", "BRCA", "Diagnosis", "Grading", "Which?", *"wxyz", "A"] for n in range(rows))
    return path


def forms(task: str, path: Path) -> list[str]:
    """Return the names of the forms that a path is taken for."""
    return [source.form.name for source in sources(CATALOG.tasks[task], path)]


def test_a_renamed_table_is_known_by_columns_and_size(tmp_path: Path) -> None:
    """A single file under another name is taken for the form whose columns and published size it has."""
    path = write_table(tmp_path / "mine.tsv", 2, side=8)
    (about,) = Library(home()).add(expecting("gmai-mmbench", 2), path)
    assert ("val", 2) == (about.form, about.samples)
    with pytest.raises(DataError, match="val has 4,550 samples, here are 2") as caught:
        sources(CATALOG.tasks["gmai-mmbench"], path)
    assert "vqa-eval data new ID" in caught.value.hint


@pytest.mark.parametrize("name", ["phrases_no_exclude_train.jsonl", "medqaTrain.jsonl", "DEV.jsonl"])
def test_a_name_that_says_another_split_is_refused(tmp_path: Path, name: str) -> None:
    """A file that says it is for training is not taken for the test split, whatever its columns and its size."""
    path = medqa(tmp_path / name, 3)
    with pytest.raises(DataError, match=r"test is of split 'test', and the name says '(train|dev)'"):
        sources(expecting("medqa", 3), path)


@pytest.mark.parametrize("name", ["usmle_test.jsonl", "contested.jsonl", "mine.jsonl"])
def test_a_name_that_says_no_other_split_is_taken(tmp_path: Path, name: str) -> None:
    """The form's own split, and words that merely hold the name of one, stand in nobody's way."""
    assert ["test"] == [found.form.name for found in sources(expecting("medqa", 3), medqa(tmp_path / name, 3))]


def test_one_word_for_a_split_is_as_good_as_another(tmp_path: Path) -> None:
    """What a benchmark calls dev may be called validation."""
    row = {"id": "1", "question": "Which?", "opa": "a", "opb": "b", "opc": "c", "opd": "d", "cop": 1,
           "subject_name": "Anatomy"}  # fmt: skip
    path = tmp_path / "medmcqa_validation.jsonl"
    path.write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert ["dev"] == [found.form.name for found in sources(expecting("medmcqa", 1), path)]


@pytest.mark.parametrize(
    ("name", "rows", "form"),
    [
        ("SlideBench-VQA-TCGA.csv", 1494, "vqa-tcga"),
        ("SlideBench-VQA-TCGA.csv", 3176, "vqa-tcga-plus-renamed"),
        ("SlideBench-VQA-TCGA-plus.csv", 3176, "vqa-tcga-plus"),
        ("renamed.csv", 240, "vqa-cptac"),
    ],
)
def test_sizes_under_one_name_are_told_apart(tmp_path: Path, name: str, rows: int, form: str) -> None:
    """A table that is published in several sizes is of the form of its size."""
    assert [form] == forms("slidebench", slidebench(tmp_path / name, rows))


def test_a_size_that_nobody_published_is_refused(tmp_path: Path) -> None:
    """A table of another size would be compared with published numbers of other questions."""
    path = slidebench(tmp_path / "SlideBench-VQA-TCGA.csv", 1493)
    with pytest.raises(DataError, match=r"1,493 rows; SlideBench is published with 1,494 \(vqa-tcga\), 3,176"):
        Library(home()).add(CATALOG.tasks["slidebench"], tmp_path)
    assert path.name in str(path)


def test_one_size_under_both_names_is_one_table(tmp_path: Path) -> None:
    """The larger table under both of its names is added once, and never as the smaller one."""
    for name in ("SlideBench-VQA-TCGA.csv", "SlideBench-VQA-TCGA-plus.csv"):
        slidebench(tmp_path / name, 3176)
    assert ["vqa-tcga-plus"] == forms("slidebench", tmp_path)


def test_the_sizes_of_the_hub_are_told_apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the hub is of the form of its size too; one that changed its size is not taken for what it was."""
    task, library = CATALOG.tasks["slidebench"], Library(home())
    path = slidebench(tmp_path / "SlideBench-VQA-TCGA.csv", 1494)
    monkeypatch.setattr("vqa_eval.samples.library.fetch_files", lambda table, *_: {f"hub {table}": path})
    hub = [form.name for form in task.forms if form.hub.endswith("VQA-TCGA.csv")]
    assert ["hub-vqa-tcga"] == [about.form for about in library.fetch(task, only=hub)]
    slidebench(path, 3176)
    with pytest.raises(DataError, match="slidebench: hub is not hub-vqa-tcga any more but hub-vqa-tcga-plus") as caught:
        library.fetch(task, only=["hub-vqa-tcga"])
    assert "vqa-eval data get slidebench" == caught.value.hint
    assert ["hub-vqa-tcga-plus"] == [about.form for about in library.fetch(task, only=hub)]


def test_only_the_forms_that_are_named_are_prepared(tmp_path: Path) -> None:
    """Where the files are of another form than the one that is asked for, nothing is prepared in its place."""
    path = medqa(tmp_path / "phrases_no_exclude_test.jsonl", 2)
    with pytest.raises(DataError, match="is not hub-test any more but test"):
        Library(home()).add(CATALOG.tasks["medqa"], path, only=["hub-test"])
    assert [] == Library(home()).shelves(CATALOG.tasks["medqa"])


def test_a_missing_shard_is_named(tmp_path: Path) -> None:
    """A Parquet table whose names say that there are more files is not taken for the whole."""
    for number in (0, 2):
        (tmp_path / f"test-{number:05}-of-00003.parquet").write_bytes(b"")
    with pytest.raises(DataError, match=r"no shard test-00001-of-00003\.parquet beside it"):
        sources(CATALOG.tasks["path-vqa"], tmp_path)
    (tmp_path / "test-00001-of-00003.parquet").write_bytes(b"")
    assert ["test"] == forms("path-vqa", tmp_path)
    (tmp_path / "train-00000-of-00007.parquet").write_bytes(b"")
    assert ["test"] == forms("path-vqa", tmp_path)


@pytest.mark.parametrize(
    ("names", "missing"),
    [
        (["a.csv", "part_1.csv"], []),
        (["a-00000-of-00002.parquet", "b-00001-of-00002.parquet"],
         ["a-00001-of-00002.parquet", "b-00000-of-00002.parquet"]),
        (["t-00000-of-00002-0123456789abcdef.parquet", "t-00001-of-00002-fedcba9876543210.parquet"], []),
        (["x.tfrecord-00001-of-00002.gz"], ["x.tfrecord-00000-of-00002.gz"]),
        (["x-00000-of-00001"], []),
    ],
)  # fmt: skip
def test_the_shards_that_are_missing(names: list[str], missing: list[str]) -> None:
    """Every set is told by its name, number of files and ending; the hub's sums behind the numbers say nothing."""
    assert missing == missing_shards(names)
