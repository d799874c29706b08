"""`vqa-eval data`: what is here, what it costs, whether it is sound; and a benchmark of one's own from end to end."""

import base64
import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from tests.pipeline.test_draft import plain, png
from vqa_eval.cli.app import app
from vqa_eval.errors import VqaEvalError


def typed(*words: str) -> str:
    """Type a command in this process; return what it prints, its notes too. It must succeed."""
    done = CliRunner().invoke(app, words)
    assert 0 == done.exit_code, (words, done.output, done.exception)
    return done.output


def refused(*words: str) -> VqaEvalError:
    """Type a command that must be refused; return the error."""
    done = CliRunner().invoke(app, words)
    assert isinstance(done.exception, VqaEvalError), (words, done.output, done.exception)
    return done.exception


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_list(letters: Path) -> None:
    """Two lines a benchmark: what is at hand, access and state, then the tables or the command, and the licence."""
    mine = ("--catalog", str(letters))
    before = typed("data", "list", *mine).splitlines()
    at = next(number for number, line in enumerate(before) if line.startswith("letters"))
    assert ["letters", "–", "not", "here", "open"] == before[at].split()
    below = " ".join(" ".join(before[at + 1 : at + 3]).split())
    assert below.startswith(f"vqa-eval data add letters PATH --catalog {letters} · CC0-1.0")
    typed("data", "add", "letters", str(letters / "tasks"), *mine)
    after = typed("data", "list", *mine).splitlines()
    at = next(number for number, line in enumerate(after) if line.startswith("letters"))
    assert ["letters", "5", "at", "hand", "open"] == after[at].split()
    assert "test · CC0-1.0" == after[at + 1].strip()


@pytest.mark.parametrize("columns", [80, 120])
def test_the_list_fits(columns: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """State, command and licence are folded below the benchmark's line, within the window."""
    from vqa_eval.cli import stocking

    monkeypatch.setattr(stocking, "out", Console(width=columns, highlight=False, emoji=False))
    lines = [line.rstrip() for line in typed("data", "list").splitlines()]
    assert "slidebench" in {line.split()[0] for line in lines if line}
    assert all(len(line) <= columns for line in lines if line.startswith("  "))


def test_terms_are_said(letters: Path) -> None:
    """A benchmark that must not leave the machine says so in the list, and how it is got on its own page."""
    path = letters / "tasks" / "letters.yaml"
    terms = (
        "access: credentialed\nremote: forbidden\nsize: 9.3 GB\nobtain: Sign the agreement, then put the table here.\n"
    )
    path.write_text(terms + path.read_text(encoding="utf-8"), encoding="utf-8")
    mine = ("--catalog", str(letters))
    line = next(line for line in typed("data", "list", *mine).splitlines() if line.startswith("letters"))
    assert line.endswith("credentialed, local models only")
    page = typed("data", "list", "letters", *mine)
    for part in ("Sign the agreement", "credentialed, local models only", "9.3 GB", "letters-train.csv"):
        assert part in page


def test_stale_data_are_prepared_again(letters: Path) -> None:
    """After a change of the task file the list says what to type, and that makes them at hand again."""
    mine = ("--catalog", str(letters))
    typed("data", "add", "letters", str(letters / "tasks"), *mine)
    assert "all that was added is at hand" in typed("data", "prepare", "letters", *mine)
    path = letters / "tasks" / "letters.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("  cluster: patient\n", ""), encoding="utf-8")
    assert "vqa-eval data prepare letters" in typed("data", "list", *mine)
    assert "letters/test: 5 samples" in typed("data", "prepare", "letters", *mine)
    assert "data prepare" not in typed("data", "list", *mine)


def test_what_a_renamed_table_is_taken_for_is_said(letters: Path) -> None:
    """A table under another name is known by its columns, and what it was taken for is said; one by its own is not."""
    mine = ("--catalog", str(letters))
    assert "taken for" not in typed("data", "add", "letters", str(letters / "tasks"), *mine)
    renamed = (letters / "tasks" / "letters.csv").rename(letters / "ward.csv")
    assert "ward.csv is taken for letters/test" in typed("data", "add", "letters", str(renamed), *mine)


def test_what_is_removed_is_said(letters: Path, own_home: Path) -> None:
    """`remove` says how much room it gave; again, that nothing was at hand."""
    mine = ("--catalog", str(letters))
    typed("data", "add", "letters", str(letters / "tasks"), *mine)
    kept = sum(path.stat().st_size for path in own_home.rglob("*.sqlite"))
    assert f"1 prepared table deleted, {kept / 1e6:.1f} MB freed" in typed("data", "remove", "letters", *mine)
    assert "nothing was at hand" in typed("data", "remove", "letters", *mine)


def test_the_code_of_a_check(letters: Path) -> None:
    """`check` ends with 0 where something is merely odd, and with 1 where something is wrong, which it names."""
    mine = ("--catalog", str(letters))
    typed("data", "add", "letters", str(letters / "tasks"), *mine)
    said = typed("data", "check", "letters", *mine)
    assert "letters: " in said
    assert "questions: 5 …" in said
    table = letters / "tasks" / "letters.csv"
    table.write_text(table.read_text(encoding="utf-8") + "6,What is shown?,Air,Bone,Fat,C,X-ray,Bone,p4\n", "utf-8")
    typed("data", "add", "letters", str(letters / "tasks"), *mine)
    done = CliRunner().invoke(app, ("data", "check", "letters", *mine))
    assert 1 == done.exit_code
    assert "questions with two keys" in done.output
    assert "letters/6" in done.output


def test_the_catalogue_is_repeated(letters: Path) -> None:
    """What is to be typed next names the catalogue that was given; without it an error says that it is missing."""
    spaced = letters.rename(letters.with_name("my own"))
    mine = ("--catalog", str(spaced))
    said = typed("data", "add", "letters", str(spaced / "tasks"), *mine)
    assert f"vqa-eval data check letters --catalog '{spaced}'" in said
    assert f"vqa-eval show ID --catalog '{spaced}'" in typed("show", "letters", *mine)
    for words in (("data", "check", "letters"), ("show", "letters/1"), ("tree", "benchmark/letters")):
        error = refused(*words)
        assert "prepared" in f"{error.message} {error.hint}".lower()
        assert "--catalog FOLDER" in error.hint


def test_samples_of_a_benchmark_are_listed(letters: Path) -> None:
    """`show` with the id of a benchmark lists its samples; where none is at hand it says what brings them."""
    mine = ("--catalog", str(letters))
    said = typed("show", "letters", *mine)
    assert "no sample at hand under benchmark/letters" in said
    assert f"vqa-eval data add letters PATH --catalog {letters}" in said
    typed("data", "add", "letters", str(letters / "tasks"), *mine)
    assert ["letters/1", "letters/2"] == typed("show", "letters", "--limit", "2", *mine).splitlines()[:2]


def test_a_missing_picture_is_named(folder: Path) -> None:
    """Both `add` and `check` say where the first picture that is not there was looked for."""
    source = as_csv(folder)
    typed("data", "new", "mine", str(source))
    (folder / "images" / "7.png").unlink()
    said = typed("data", "add", "mine", str(source), "--catalog", "catalog")
    assert f"1 sample without a picture that it names; the first: images/7.png under {folder}" in said
    done = CliRunner().invoke(app, ("data", "check", "mine", "--catalog", "catalog"))
    assert 1 == done.exit_code
    assert "the first: images/7.png under" in " ".join(done.output.split())


def test_what_a_layout_is_published_as(folder: Path) -> None:
    """The page of a benchmark, and the refusal of a folder without it, name files, pictures and where they are got."""
    page = typed("data", "list", "mimic-cxr-reports")
    assert "mimic-cxr-reports.zip" in page
    assert "layout mimic-cxr" not in page
    (folder / "half" / "files" / "p10").mkdir(parents=True)
    error = refused("data", "add", "mimic-cxr-reports", "half")
    assert error.message.endswith("found files/")
    assert "mimic-cxr-2.0.0-metadata.csv*, mimic-cxr-reports.zip, files/p10/…/*.jpg.\n" in error.hint
    assert error.hint.endswith("https://physionet.org/content/mimic-cxr-jpg")


def as_csv(folder: Path) -> Path:
    """Write a table with pictures in a folder beside it."""
    (folder / "images").mkdir()
    for n in range(12):
        (folder / "images" / f"{n}.png").write_bytes(png(n))
    path = folder / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*plain()[0], "image", "scanner"])
        writer.writeheader()
        writer.writerows(
            {**row, "image": f"{n}.png", "scanner": ["old", "new"][n % 2]} for n, row in enumerate(plain())
        )
    return path


def as_tsv(folder: Path) -> Path:
    """Write a table with pictures in base64."""
    path = folder / "table.tsv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, [*plain()[0], "image", "scanner"], delimiter="\t")
        writer.writeheader()
        for n, row in enumerate(plain()):
            picture = base64.b64encode(png(n)).decode()
            writer.writerow({**row, "image": picture, "scanner": ["old", "new"][n % 2]})
    return path


def as_lines(folder: Path) -> Path:
    """Write JSON lines without pictures."""
    rows = [{**row, "scanner": ["old", "new"][n % 2]} for n, row in enumerate(plain())]
    path = folder / "table.jsonl"
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def as_parquet(folder: Path) -> Path:
    """Write a Parquet table with pictures as the hub keeps them."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    rows: list[dict[str, Any]] = [
        {**row, "image": {"bytes": png(n), "path": None}, "scanner": ["old", "new"][n % 2]}
        for n, row in enumerate(plain())
    ]
    parquet.write_table(arrow.Table.from_pylist(rows), folder / "table.parquet")
    return folder / "table.parquet"


def as_folders(folder: Path) -> Path:
    """Write a folder of pictures for each class."""
    for at, name in enumerate(("naevus", "melanoma", "carcinoma")):
        (folder / "classes" / name).mkdir(parents=True)
        for n in range(4):
            (folder / "classes" / name / f"{n}.png").write_bytes(png(at * 10 + n))
    return folder / "classes"


@pytest.mark.parametrize("made", [as_csv, as_tsv, as_lines, as_parquet, as_folders])
def test_a_benchmark_of_ones_own(folder: Path, made: Callable[[Path], Path]) -> None:
    """From a bare table to a board: the commands that `new` prints are typed one after the other, and all succeed."""
    source = made(folder)
    said = typed("data", "new", "mine", str(source))
    commands = [line.split()[1:] for line in said.splitlines() if line.startswith("  vqa-eval")]
    assert ["data", "data", "show", "-m"] == [words[0] for words in commands]
    typed("check", "--catalog", "catalog")
    outputs = [typed(*words) for words in commands]
    assert "12 samples" in outputs[0]
    assert " wrong," not in outputs[1]
    assert "mine/" in outputs[2]
    assert "model:majority" in outputs[3]
    if made is not as_folders:
        tree = typed("tree", "scanner/old", "--catalog", "catalog")
        assert ["samples", "6", "6"] in [line.split() for line in tree.splitlines()]
        counted = [line.split() for line in typed("tree", "benchmark/mine", "--catalog", "catalog").splitlines()]
        at = counted.index(["scanner"])
        assert [["new", "6", "6"], ["old", "6", "6"]] == counted[at + 1 : at + 3]


def test_a_table_of_the_hub(folder: Path) -> None:
    """hf:NAME is drafted through `datasets` (a folder in the place of org/name), and `get` is the command to go on."""
    pytest.importorskip("datasets")
    (folder / "org").mkdir()
    as_parquet(folder / "org")
    said = typed("data", "new", "mine", "hf:./org@train")
    assert "vqa-eval data get mine --catalog catalog" in said
    text = (folder / "catalog" / "tasks" / "mine.yaml").read_text(encoding="utf-8")
    assert "hub: ./org@train" in text
    assert "12 samples" in typed("data", "get", "mine", "--catalog", "catalog")
    assert "12 samples" in typed("data", "get", "mine", "--split", "train", "--catalog", "catalog")
    assert "splits there: train" in refused("data", "get", "mine", "--split", "val", "--catalog", "catalog").hint


def test_what_cannot_be_drafted(folder: Path) -> None:
    """A table without an answer is refused, and no file is written; so is a source that is no table."""
    (folder / "t.csv").write_text("question,A,B\nWhich?,x,y\n", encoding="utf-8")
    assert "no column holds the answer" in refused("data", "new", "mine", "t.csv").message
    (folder / "empty").mkdir()
    assert "neither tables nor folders" in refused("data", "new", "mine", "empty").message
    assert "no such file" in refused("data", "new", "mine", "absent.csv").message
    (folder / "deep.json").write_text("[" * 200_000, encoding="utf-8")
    assert "deep.json: not JSON" in refused("data", "new", "mine", "deep.json").message
    assert not (folder / "catalog").exists()
