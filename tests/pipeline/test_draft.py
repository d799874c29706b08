"""A table of one's own becomes a task file: what its columns mean is found, said, and never guessed in silence."""

import base64
import csv
import io
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vqa_eval.catalog import Catalog
from vqa_eval.errors import CatalogError, DataError
from vqa_eval.pipeline.draft import Draft, draft
from vqa_eval.records import Sample
from vqa_eval.samples import Library, home
from vqa_eval.tree import Lexicon

LEXICON = Lexicon(Catalog().axes)


def drafted(source: Path | str, kind: str = "", **given: str) -> Draft:
    """Draft the benchmark `mine`; `given` are the columns that a person names."""
    return draft("mine", str(source), kind, (), LEXICON, given=given)


def form(made: Draft, at: int = 0) -> dict[str, Any]:
    """Return the keys of a drafted form."""
    return dict(made.document["forms"][at])


def added(made: Draft, source: Path, folder: Path) -> list[Sample]:
    """Write a draft, add its source by it, and return the samples."""
    made.write(folder)
    task = Catalog([folder]).tasks["mine"]
    library = Library(home())
    library.add(task, source)
    numbers = [(shelf, number) for shelf in library.shelves(task) for number, _, _ in shelf.ids(
        leaf.number for leaf in shelf.leaves())]  # fmt: skip
    return [shelf.sample(number) for shelf, number in numbers]


def table(path: Path, rows: Sequence[Mapping[str, Any]], delimiter: str = ",") -> Path:
    """Write a separated table with the keys of the first row as its columns."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def lines(path: Path, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write JSON lines."""
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def png(shade: int) -> bytes:
    """Return a small picture that shows something."""
    file = io.BytesIO()
    Image.linear_gradient("L").resize((32, 32)).point(lambda value: (value + shade) % 256).save(file, "PNG")
    return file.getvalue()


def plain(count: int = 12) -> list[dict[str, Any]]:
    """Return rows as most tables have them."""
    return [
        {"id": f"q{n}", "question": f"What is {n}?", "A": "Liver", "B": "Spleen", "C": "Lung", "answer": "ABC"[n % 3]}
        for n in range(count)
    ]


def test_the_usual_columns(tmp_path: Path) -> None:
    """Question, options, letter, id, patient, a known axis and a new one are found by their names, each with a why."""
    rows = [
        {
            **row,
            "patient_id": f"p{n // 2}",
            "Imaging Modality": ["CT", "MRI"][n % 2],
            "Difficulty": ["easy", "hard"][n % 2],
        }
        for n, row in enumerate(plain())
    ]
    made = drafted(table(tmp_path / "organs.csv", rows))
    expected = {
        "name": "organs", "format": "csv", "files": ["organs.csv"], "kind": "choice", "split": "test",
        "question": "question", "options": ["A", "B", "C"], "answer": {"letter": "answer"}, "id": "id",
        "cluster": "patient_id", "facets": {"modality": "Imaging Modality", "difficulty": "Difficulty"}, "expects": 12,
    }  # fmt: skip
    assert expected == form(made)
    assert {"difficulty": ("easy", "hard")} == made.axes
    assert all(meaning.why for meaning in made.forms[0].meanings)


@pytest.mark.parametrize(
    ("answers", "spec"),
    [
        (["A", "b", "C"], {"letter": "answer"}),
        ([0, 1, 2], {"index": "answer"}),
        ([1, 2, 3], {"number": "answer"}),
        (["option 1", "option 2", "option 3"], {"letter": None}),
        (["Liver ", " spleen", "LUNG."], {"text": "answer"}),
        (["(A)", "B.", "c)"], {"letter": {"column": "answer", "map": {"(A)": "A", "B.": "B", "c)": "C"}}}),
        (["A,C", "B", "A"], {"letters": "answer"}),
    ],
)
def test_ways_to_write_an_answer(tmp_path: Path, answers: list[Any], spec: dict[str, Any]) -> None:
    """Letters, numbers from 0 or 1, texts but for blanks and case, and several letters are told apart."""
    rows = [{**row, "answer": answers[n % 3]} for n, row in enumerate(plain())]
    made = drafted(table(tmp_path / "t.csv", rows))
    assert (spec if spec != {"letter": None} else {"option-number": "answer"}) == form(made)["answer"]
    first = added(made, tmp_path / "t.csv", tmp_path / "catalog")[0]
    assert (("A,C" == answers[0]), 0) == (first.multi, first.correct[0])


@pytest.mark.parametrize("written", [json.dumps, str, list])
def test_options_in_one_cell(tmp_path: Path, written: Any) -> None:
    """Options are read out of a list, JSON in a text, or a list as pandas writes it."""
    options = ["it's left", 'the "right"', "both, or none"]
    rows = [{"q": f"Which {n}?", "Choices": written(options), "gold": n % 3} for n in range(9)]
    made = drafted(lines(tmp_path / "t.jsonl", rows))
    assert ({"list": "Choices"}, {"index": "gold"}) == (form(made)["options"], form(made)["answer"])
    assert tuple(options) == added(made, tmp_path / "t.jsonl", tmp_path / "catalog")[0].options


def test_chinese(tmp_path: Path) -> None:
    """Chinese names of columns, files and facets are understood, and become nodes of the tree."""
    pictures = tmp_path / "图片"
    pictures.mkdir()
    for n in range(6):
        (pictures / f"影像{n}.png").write_bytes(png(n))
    rows = [
        {"编号": f"第{n}题", "题目": f"图{n}显示什么？", "选项A": "肝脏", "选项B": "脾脏", "正确答案": "AB"[n % 2],
         "部位": ["腹部", "胸部"][n % 2], "病人编号": f"病人{n // 3}", "图片文件": f"影像{n}.png",
         "难度": ["易", "难"][n % 2]}
        for n in range(6)
    ]  # fmt: skip
    made = drafted(table(tmp_path / "题库.csv", rows))
    assert {"organ": "部位", "难度": "难度"} == form(made)["facets"]
    assert {"file": "图片文件", "folder": "图片"} == form(made)["image"]
    assert ("编号", "病人编号") == (form(made)["id"], form(made)["cluster"])
    samples = added(made, tmp_path / "题库.csv", tmp_path / "catalog")
    assert 6 == len({sample.images[0].digest for sample in samples if sample.images[0].digest})
    assert (tmp_path / "catalog" / "tasks" / "lexicon" / "难度.yaml").is_file()


def test_pictures_in_cells(tmp_path: Path) -> None:
    """base64, with or without its data prefix, is known by what it decodes to, whatever the column is called."""
    for prefix in ("", "data:image/png;base64,"):
        rows = [{**row, "scan": prefix + base64.b64encode(png(n)).decode()} for n, row in enumerate(plain(4))]
        made = drafted(table(tmp_path / "t.tsv", rows, "\t"))
        assert {"base64": "scan"} == form(made)["image"]
    samples = added(made, tmp_path / "t.tsv", tmp_path / "catalog")
    assert 4 == len({sample.images[0].digest for sample in samples})


def test_names_without_their_ending(tmp_path: Path) -> None:
    """A column that names pictures without their ending gets it from the files that lie there."""
    (tmp_path / "imgs").mkdir()
    for n in range(4):
        (tmp_path / "imgs" / f"case{n}.jpg").write_bytes(png(n))
    rows = [{**row, "image_id": f"case{n}"} for n, row in enumerate(plain(4))]
    made = drafted(table(tmp_path / "t.csv", rows))
    assert {"file": {"text": "{image_id}.jpg"}, "folder": "imgs"} == form(made)["image"]
    assert all(s.images[0].digest for s in added(made, tmp_path / "t.csv", tmp_path / "catalog"))


def test_parquet_with_its_splits(tmp_path: Path) -> None:
    """A folder with a Parquet file a split is one benchmark; yes and no become a choice, other answers stay open."""
    arrow = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    answers = ["yes", "No", "the left lung", "Yes"]
    for split in ("train", "test"):
        rows = [
            {"image": {"bytes": png(n), "path": ""}, "question": f"Is it {split} {n}?", "answer": answers[n % 4]}
            for n in range(8)
        ]
        parquet.write_table(arrow.Table.from_pylist(rows), tmp_path / f"{split}-00000-of-00001.parquet")
    made = drafted(tmp_path)
    assert [("test", "test", "open"), ("train", "train", "open")] == [
        (form(made, at)["name"], form(made, at)["split"], form(made, at)["kind"]) for at in (0, 1)
    ]
    assert {"bytes": "image"} == form(made)["image"]
    samples = added(made, tmp_path, tmp_path / "catalog")
    assert {"choice": 12, "open": 4} == {kind: sum(s.kind == kind for s in samples) for kind in ("choice", "open")}
    assert 16 == len({sample.id for sample in samples})


def test_folders_of_classes(tmp_path: Path) -> None:
    """A folder a class, below a folder a split, is a choice among the classes; nothing is copied or written there."""
    for split in ("train", "test"):
        for name in ("naevus", "melanoma", "basal cell carcinoma"):
            folder = tmp_path / "skin" / split / name
            folder.mkdir(parents=True)
            (folder / "1.png").write_bytes(png(len(name) + len(split)))
    before = sorted(path for path in (tmp_path / "skin").rglob("*"))
    made = drafted(tmp_path / "skin")
    assert {"fixed": ["basal cell carcinoma", "melanoma", "naevus"]} == form(made)["options"]
    samples = added(made, tmp_path / "skin", tmp_path / "catalog")
    sample = next(sample for sample in samples if sample.id == "mine/test/melanoma/1.png")
    assert ("test", "melanoma") == (sample.split, sample.options[sample.correct[0]])
    assert before == sorted(path for path in (tmp_path / "skin").rglob("*"))


def test_captions(tmp_path: Path) -> None:
    """A column named as a report makes a description, asked by a sentence that is the same for every row."""
    rows = [{"study_id": f"s{n}", "report": f"The lungs are clear in {n}."} for n in range(5)]
    made = drafted(table(tmp_path / "t.csv", rows))
    expected = ("caption", {"text": "Describe this picture."}, {"text": "report"})
    assert expected == tuple(form(made)[key] for key in ("kind", "question", "answer"))
    assert "question" in made.forms[0].remarks


def test_classes_only_where_asked(tmp_path: Path) -> None:
    """Few different answers are options only with --kind choice; without it the draft says that they might be."""
    rows = [{"question": f"What is {n}?", "diagnosis": ["cyst", "tumour"][n % 2]} for n in range(8)]
    path = table(tmp_path / "t.csv", rows)
    assert "open" == form(drafted(path))["kind"]
    assert any("--kind choice" in warning for warning in drafted(path).forms[0].warnings)
    assert {"fixed": ["cyst", "tumour"]} == form(drafted(path, "choice"))["options"]


def test_two_columns_that_say_the_same(tmp_path: Path) -> None:
    """Of a letter and a text that agree in every row the letter is read; where they disagree nothing is drafted."""
    texts = {"A": "Liver", "B": "Spleen", "C": "Lung"}
    rows = [{**row, "answer_idx": row["answer"], "answer": texts[row["answer"]]} for row in plain()]
    assert {"letter": "answer_idx"} == form(drafted(table(tmp_path / "t.csv", rows)))["answer"]
    rows[7]["answer"] = "Lung" if rows[7]["answer"] != "Lung" else "Liver"
    with pytest.raises(DataError, match="row 8"):
        drafted(table(tmp_path / "t.csv", rows))


def refused(source: Path) -> str:
    """Return why a draft is refused."""
    with pytest.raises(DataError) as caught:
        drafted(source)
    return caught.value.message


def test_what_is_not_understood(tmp_path: Path) -> None:
    """Numbers that may count from 0 or 1, one odd row late in the table, no answer, no question: each is refused."""
    rows = [{**row, "answer": 1 + n % 2} for n, row in enumerate(plain())]
    assert "no row tells which" in refused(table(tmp_path / "counted.csv", rows))
    rows = plain(600)
    rows[555]["answer"] = "F"
    assert 'row 556, column answer: "F"' in refused(table(tmp_path / "late.csv", rows))
    rows = [{key: value for key, value in row.items() if key != "answer"} for row in plain()]
    assert "no column holds the answer" in refused(table(tmp_path / "keyless.csv", rows))
    rows = [{key: value for key, value in row.items() if key != "question"} for row in plain()]
    assert "no column is named as the question" in refused(table(tmp_path / "mute.csv", rows))
    rows = [{"question": "Which?", "options": "left; right", "answer": "left"}]
    assert "are no lists" in refused(table(tmp_path / "lists.csv", rows))


@pytest.mark.parametrize("answers", ["ABZA", "ZABA", "AZZZ"])
@pytest.mark.parametrize("named", ["answer", "label", "gold", "correct"])
def test_a_bad_key_gives_no_other_column_its_place(tmp_path: Path, answers: str, named: str) -> None:
    """Ids, ages and cases that would do as numbers or letters of options stay what they are: the bad row is named."""
    rows = [
        {"id": n + 1, "question": f"What is {n}?", "A": "Air", "B": "Bone", "C": "Fat", "D": "Gas", named: answers[n],
         "age": n + 1, "case": "ABCD"[n]}
        for n in range(4)
    ]  # fmt: skip
    said = refused(table(tmp_path / "t.csv", rows))
    assert f'row {answers.index("Z") + 1}, column {named}: "Z" is not the letter of one of 4 options' in said
    del rows[0][named]
    bare = [{key: value for key, value in row.items() if key != named} for row in rows]
    assert "no column holds the answer" in refused(table(tmp_path / "bare.csv", bare))


def test_columns_that_a_person_names(tmp_path: Path) -> None:
    """Where names do not tell, a person says which column asks and which has the answer; they must be there."""
    rows = [
        {"case": n, "wording": f"Which {n} is it?", "note": f"seen on day {n}", "A": "x", "B": "y", "verdict": n % 2}
        for n in range(6)
    ]
    path = table(tmp_path / "t.csv", rows)
    made = form(drafted(path, question="note", answer="verdict"))
    assert ("note", {"index": "verdict"}) == (made["question"], made["answer"])
    with pytest.raises(DataError, match="column 'final' is not in the table"):
        drafted(path, answer="final")
    texts = [
        {"QUESTION": f"Is it {n}?", "LONG": "Because.", "final_decision": ["yes", "no", "maybe"][n % 3]}
        for n in range(9)
    ]
    path = table(tmp_path / "decided.csv", texts)
    assert {"text": "final_decision"} == form(drafted(path, answer="final_decision"))["answer"]
    assert {"fixed": ["maybe", "no", "yes"]} == form(drafted(path, "choice", answer="final_decision"))["options"]


def test_tables_as_spreadsheets_save_them(tmp_path: Path) -> None:
    """A table parted by semicolons is named as such, and options with labels of their own are said."""
    (tmp_path / "t.csv").write_text("question;A;B;answer\nWhich?;x;y;A\n", encoding="utf-8")
    assert "parted by ';'" in refused(tmp_path / "t.csv")
    rows = [{**row, "A": " A: Liver", "B": " B: Spleen", "C": " C: Lung"} for row in plain()]
    made = drafted(table(tmp_path / "t.csv", rows))
    assert any("labels of their own" in warning for warning in made.forms[0].warnings)


def test_what_was_not_placed_is_said(tmp_path: Path) -> None:
    """Addresses, absolute paths, numbers and free texts are named with the reason why they have no meaning."""
    rows = [
        {
            **row,
            "image_url": f"https://example.org/{n}.png",
            "image_path": f"/data/{n}.png",
            "age": 40 + n % 3,
            "note": f"n{n}",
        }
        for n, row in enumerate(plain())
    ]
    made = drafted(table(tmp_path / "t.csv", rows))
    said = " ".join(made.forms[0].warnings)
    assert "image" not in form(made)
    for part in (
        "addresses",
        "absolute paths",
        "'age' was not placed: its cells are numbers",
        "every value is another",
    ):
        assert part in said


def test_columns_that_some_rows_lack(tmp_path: Path) -> None:
    """JSON rows may lack a facet or an option, which is then optional; one that lacks its answer is refused."""
    rows = [{**row, **({"modality": "CT"} if n % 2 else {})} for n, row in enumerate(plain())]
    assert ["modality"] == form(drafted(lines(tmp_path / "t.jsonl", rows)))["optional"]
    keyed = [{"question": row["question"], "A": "x", "B": "y", "answer": "AB"[n % 2]} for n, row in enumerate(plain())]
    told = [{"question": row["question"], "answer": f"text {row['id']}"} for row in plain()]
    for table_rows in (keyed, told):
        del table_rows[5]["answer"]
        assert "row 6: no column 'answer'" in refused(lines(tmp_path / "t.jsonl", table_rows))


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    """A task file that is there stays as it is, and no other file of the draft is written either."""
    rows = [{**row, "Difficulty": ["easy", "hard"][n % 2]} for n, row in enumerate(plain())]
    made = drafted(table(tmp_path / "t.csv", rows))
    (tmp_path / "catalog" / "tasks").mkdir(parents=True)
    (tmp_path / "catalog" / "tasks" / "mine.yaml").write_text("mine", encoding="utf-8")
    with pytest.raises(CatalogError, match="is there already"):
        made.write(tmp_path / "catalog")
    assert ["mine.yaml"] == [path.name for path in (tmp_path / "catalog").rglob("*.yaml")]


@pytest.mark.parametrize("column", ["what?", "a: b", "- x", "{y}", "yes", "# no", "it's", '"q"', "a, b", "[c]", "1"])
def test_odd_names_survive_yaml(tmp_path: Path, column: str) -> None:
    """Whatever a column is called, the file reads as the same task again."""
    rows = [{"id": f"q{n}", column: f"What is {n}?", "options": ["x", "y"], "answer": n % 2} for n in range(6)]
    if column == "{y}":
        rows = [{**row, "question": row.pop(column)} for row in rows]
    made = drafted(lines(tmp_path / "t.jsonl", rows))
    assert 6 == len(added(made, tmp_path / "t.jsonl", tmp_path / "catalog"))


def test_ids_that_are_refused() -> None:
    """An id that is taken, or that can be no name of a file, is refused before anything is read."""
    with pytest.raises(CatalogError, match="there is a benchmark"):
        draft("demo", "nowhere.csv", "", {"demo"}, LEXICON)
    with pytest.raises(CatalogError, match="cannot be the id"):
        draft("../up", "nowhere.csv", "", (), LEXICON)


@pytest.mark.parametrize(
    ("source", "count", "answer"),
    [
        ("medqa_usmle/phrases_no_exclude_test.jsonl", 1273, "letter"),
        ("medmcqa/dev.json", 4183, "number"),
        ("slidebench/SlideBench-VQA-TCGA.csv", 1494, "letter"),
    ],
)
def test_published_tables(shared_data: Path, source: str, count: int, answer: str) -> None:
    """Published tables are drafted as their task files read them, JSON lines by what they hold, not by their ending."""
    made = drafted(shared_data / source)
    assert ("choice", count, [answer]) == (form(made)["kind"], form(made)["expects"], list(form(made)["answer"]))
