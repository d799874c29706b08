"""One published row as one sample: the key points at the text that the publisher meant, or the row is refused."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.samples.gmai import png
from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.records import Sample
from vqa_eval.samples import Library, home

HEAD = "id: mine\ntitle: Mine\nabout: x\nlicence: x\nevaluate: test\nprompt: letter\nforms:\n"
Read = Callable[[str, dict[str, Any]], Sample]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Return a function that reads one row by the keys of a form."""

    def one(keys: str, row: dict[str, Any]) -> Sample:
        tasks = tmp_path / "own" / "tasks"
        tasks.mkdir(parents=True, exist_ok=True)
        usual = {"split": "test", "question": "q"}
        given = "".join(f"{key}: {value}, " for key, value in usual.items() if f"{key}:" not in keys)
        form = f"  - {{name: f, files: [f.jsonl], format: jsonl, {given}{keys}}}\n"
        (tasks / "mine.yaml").write_text(HEAD + form, encoding="utf-8")
        (tasks / "f.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
        library, task = Library(home()), Catalog([tasks.parent]).tasks["mine"]
        library.add(task, tasks)
        return library.shelves(task)[0].sample(1)

    return one


INLINE = "kind: choice, options: {inline: q}, answer: {letter: a}"
MAPPING = "kind: choice, options: {mapping: o}, answer: {letter: a}"
NUMBERED = "kind: choice, options: {list: o}, answer: {option-number: a}"
REQUEST = "\nPlease choose one of the following options to answer this question\n"


def test_inline_options_are_those_after_the_request(read: Read) -> None:
    """A stem line that looks like an option is part of the question, and a long option keeps all its lines."""
    question = f"N: residues\nWhich?{REQUEST}A:alpha\nB:beta\nand more\nC:nan\nThe final option is to package"
    sample = read(INLINE, {"q": question, "a": "B"})
    assert ("N: residues\nWhich?", ("alpha", "beta\nand more"), (1,)) == (
        sample.question,
        sample.options,
        sample.correct,
    )


@pytest.mark.parametrize(
    ("keys", "row"),
    [
        (INLINE, {"q": f"Which?{REQUEST}A:alpha\nC:gamma\nD:delta", "a": "C"}),
        (INLINE, {"q": "Which? No options at all.", "a": "A"}),
        (MAPPING, {"q": "Which?", "o": {"A": "ay", "C": "cee", "D": "dee"}, "a": "C"}),
        (MAPPING, {"q": "Which?", "o": {"A": "ay"}, "a": "A"}),
        (MAPPING, {"q": "Which?", "o": {"A": "ay", "B": "bee"}, "a": "ß"}),
        (MAPPING, {"q": "Which?", "o": {"A": "ay", "B": "bee"}, "a": "C"}),
        ("kind: choice, options: {list: o}, answer: {number: a}", {"q": "Which?", "o": ["x", "y"], "a": 0}),
        ("kind: choice, options: {list: o}, answer: {text: a}", {"q": "Which?", "o": ["x", "y"], "a": "z"}),
        ("kind: choice, options: {list: o}, answer: {text: a}", {"q": "Which?", "o": "xy", "a": "x"}),
        ("kind: choice, options: {list: o}, answer: {text: a}", {"q": "Which?", "o": ["pH", "Ph"], "a": "ph"}),
        ("kind: choice, options: {list: o}, answer: {text: a}", {"q": "Which?", "o": ["x", "x"], "a": "x"}),
        (NUMBERED, {"q": "Which?", "o": ["option 2: x", "option 1: y"], "a": "option 1"}),
        (NUMBERED, {"q": "Which?", "o": ["option 1: x", "option 3: y"], "a": "option 2"}),
        (NUMBERED, {"q": "Which?", "o": ["option 1: x", "y"], "a": "option 2"}),
    ],
)
def test_a_key_that_points_nowhere_is_refused(read: Read, keys: str, row: dict[str, Any]) -> None:
    """Gaps in the labels, too few options and keys outside them name file, row and column; nothing shifts."""
    with pytest.raises(DataError, match=r"f\.jsonl, row 1, column"):
        read(keys, row)


def test_a_mapping_is_read_by_its_labels(read: Read) -> None:
    """The order in which a mapping was written says nothing: A is the option under A."""
    sample = read(MAPPING, {"q": "Which?", "o": {"B": "bee", "A": "ay"}, "a": "A"})
    assert ("ay", "bee") == sample.options
    assert (0,) == sample.correct


@pytest.mark.parametrize(
    ("form", "answer", "position"),
    [("letter", "c", 2), ("number", 3, 2), ("index", 2, 2), ("option-number", "option 3", 2), ("text", "Z.", 2)],
)
def test_every_way_to_write_a_key(read: Read, form: str, answer: object, position: int) -> None:
    """Letter, number from one, index from zero, "option 3" and the text itself name the same option."""
    keys = f"kind: choice, options: {{list: o}}, answer: {{{form}: a}}"
    assert (position,) == read(keys, {"q": "Which?", "o": ["x", "y", "z"], "a": answer}).correct


@pytest.mark.parametrize(("answer", "position"), [("\u00b5M", 0), ("\u03bcm", 1), ("\u03bcM", 2), ("nm.", 3)])
def test_a_key_in_full_is_first_taken_as_it_is_written(read: Read, answer: str, position: int) -> None:
    """Options that differ in case or in the form of a letter alone are told apart; else a near spelling will do."""
    row = {"q": "Which?", "o": ["\u00b5M", "\u03bcm", "\u03bcM", "NM"], "a": answer}
    assert (position,) == read("kind: choice, options: {list: o}, answer: {text: a}", row).correct


@pytest.mark.parametrize("absent", ["nan", "NaN", " ", None, float("nan")])
def test_an_absent_answer_is_no_reference(read: Read, absent: object) -> None:
    """What tables write where there is no answer is not what a model should say."""
    assert () == read("kind: open, answer: {text: a}", {"q": "What?", "a": absent}).references


def test_a_closed_open_question_becomes_a_choice(read: Read) -> None:
    """A pair of answers makes a choice of the question that is answered by one of them, and leaves others open."""
    keys = "kind: open, options: {pairs: [[yes, no]]}, answer: {text: a}"
    closed, other = read(keys, {"q": "Is it?", "a": "No "}), read(keys, {"q": "What is it?", "a": "none"})
    assert ("choice", ("yes", "no"), (1,)) == (closed.kind, closed.options, closed.correct)
    assert ("open", ("none",)) == (other.kind, other.references)


def test_a_split_outside_the_map_is_refused(read: Read) -> None:
    """A split that the task file does not know names the row and the value."""
    keys = "kind: open, answer: {text: a}, split: {column: s, map: {good: test}}"
    with pytest.raises(DataError, match='column s: "weird" is not the name of a split'):
        read(keys, {"q": "?", "a": "x", "s": "weird"})


def test_text_is_clean(read: Read) -> None:
    """Control characters and half characters in data never reach a prompt or a terminal."""
    sample = read("kind: open, answer: {text: a}", {"q": "a\u001b[31mb\u0000c\ud83d", "a": "x"})
    assert "a[31mbc?" == sample.question


def test_a_missing_picture_is_known_as_missing(read: Read) -> None:
    """An empty picture cell is a picture that is not at hand, not a question without one."""
    sample = read("kind: open, answer: {text: a}, image: {base64: i}", {"q": "?", "a": "x", "i": ""})
    assert [("row 1", None)] == [(image.name, image.digest) for image in sample.images]


@pytest.mark.parametrize("cell", [9, 1.5, [137, 80], {"bytes": [137]}, {"bytes": "iVBO"}, {"path": "a.png"}])
def test_a_picture_that_is_no_bytes_is_refused(read: Read, cell: object) -> None:
    """Numbers in the place of a picture do not become one."""
    with pytest.raises(DataError, match=r"f\.jsonl, row 1, column i: .* is not the bytes of a picture"):
        read("kind: open, answer: {text: a}, image: {bytes: i}", {"q": "?", "a": "x", "i": cell})


def test_two_rows_of_one_id_are_named(letters: Path) -> None:
    """The second row that bears an id is named with its file."""
    table = letters / "tasks" / "letters.csv"
    table.write_text(table.read_text() + "3,What is shown?,Air,Bone,Fat,C,X-ray,Bone,p4\n")
    with pytest.raises(DataError, match=r"^letters\.csv, row 6: two rows bear the id 'letters/3'"):
        Library(home()).add(Catalog([letters]).tasks["letters"], table)


def test_questions_on_one_picture_are_one_cluster(tmp_path: Path) -> None:
    """Without a column for it the cluster is the picture itself, whatever row or name it came under."""
    pyarrow = pytest.importorskip("pyarrow", reason="Parquet needs vqa-eval[parquet]")
    parquet = pytest.importorskip("pyarrow.parquet", reason="Parquet needs vqa-eval[parquet]")
    pictures = [png(number, side=8) for number in range(2)]
    rows = [{"question": f"q{n}", "answer": "yes", "image": {"bytes": pictures[n % 2], "path": None}} for n in range(9)]
    parquet.write_table(pyarrow.Table.from_pylist(rows), tmp_path / "test-00000-of-00001.parquet")
    library, task = Library(home()), Catalog().tasks["path-vqa"]
    library.add(task, tmp_path)
    (shelf,) = library.shelves(task)
    assert 2 == len({shelf.sample(number).cluster for number in range(1, 10)})


def test_benchmarks_of_one_cohort_share_their_patients(letters: Path) -> None:
    """A patient whom two benchmarks ask about is one cluster where both name their cohort, and two where none does."""
    table = letters / "tasks" / "letters.csv"
    text = (letters / "tasks" / "letters.yaml").read_text()

    def cluster(name: str, cohort: str) -> str:
        mine = text.replace("id: letters", f"id: {name}").replace("  cluster: patient", f"  cluster: patient{cohort}")
        (letters / "tasks" / f"{name}.yaml").write_text(mine)
        task, library = Catalog([letters]).tasks[name], Library(home())
        library.add(task, table)
        return library.shelves(task)[0].sample(1).cluster

    assert ["masses/p1", "calcifications/p1"] == [cluster(name, "") for name in ("masses", "calcifications")]
    cohort = "\n  cohort: breasts"
    assert ["breasts/p1"] * 2 == [cluster(name, cohort) for name in ("masses", "calcifications")]


def test_data_prepared_under_another_reading_are_not_at_hand(letters: Path) -> None:
    """Mend the task file and what was prepared before is stale: it is left out and named, not silently used."""
    library, task = Library(home()), Catalog([letters]).tasks["letters"]
    library.add(task, letters / "tasks" / "letters.csv")
    path = letters / "tasks" / "letters.yaml"
    path.write_text(path.read_text().replace("cluster: patient", "cluster: id"), encoding="utf-8")
    mended = Catalog([letters]).tasks["letters"]
    assert [] == library.shelves(mended)
    assert ["test"] == library.stale(mended)
    library.add(mended, letters / "tasks" / "letters.csv")
    assert 1 == len(library.shelves(mended))


def test_a_shelf_of_another_layout_is_stale(letters: Path) -> None:
    """What an older release prepared, or what is no database at all, stops nothing: it is named and added again."""
    library, task = Library(home()), Catalog([letters]).tasks["letters"]
    library.add(task, letters / "tasks" / "letters.csv")
    (home() / "data" / "letters" / "test.sqlite").write_bytes(b"of long ago" * 100)
    assert [] == library.shelves(task)
    assert ["test"] == library.stale(task)


def test_a_home_of_any_name(letters: Path, tmp_path: Path) -> None:
    """A home folder with characters that mean something in an address works."""
    library, task = Library(tmp_path / "ho#me %41?"), Catalog([letters]).tasks["letters"]
    library.add(task, letters / "tasks" / "letters.csv")
    assert 5 == library.shelves(task)[0].about.samples


def test_what_a_killed_add_left_is_swept(letters: Path) -> None:
    """A partial file that nothing can be made of gives way to the next add."""
    library, task = Library(home()), Catalog([letters]).tasks["letters"]
    folder = home() / "data" / "letters"
    folder.mkdir(parents=True)
    (folder / "test.sqlite.partial").write_bytes(b"left")
    library.add(task, letters / "tasks" / "letters.csv")
    assert ["test.sqlite"] == [path.name for path in folder.iterdir() if not path.name.startswith(".")]


LETTERS = "kind: choice, options: [A, B, C], answer: {letters: a}"


@pytest.mark.parametrize("written", ["A,C", "C, A", "AC", "A C", ["A", "C"]])
def test_several_right_letters(read: Read, written: object) -> None:
    """However several letters are written, every one is right and the sample asks for all of them."""
    sample = read(LETTERS, {"q": "Which?", "A": "a", "B": "b", "C": "c", "a": written})
    assert (True, (0, 2)) == (sample.multi, sample.correct)


def test_a_missing_option_shifts_no_letter(read: Read) -> None:
    """A letter beyond an absent option still means its text; the letter of an absent one is an error."""
    sample = read(LETTERS, {"q": "Which?", "A": "a", "B": "", "C": "c", "a": "A,C"})
    assert (("a", "c"), (0, 1)) == (sample.options, sample.correct)
    with pytest.raises(DataError, match=r"column a: .*the letters of some of 2 options"):
        read(LETTERS, {"q": "Which?", "A": "a", "B": "", "C": "c", "a": "A,B"})


def test_a_question_made_of_cells(read: Read) -> None:
    """A sentence with columns in braces takes their texts; one without any stands for itself."""
    keys = "kind: open, context: {text: 'View {view} of {side}'}, answer: {text: a}"
    sample = read(keys, {"q": "What?", "view": " AP ", "side": "left {view}", "a": "x"})
    assert "View AP of left {view}" == sample.context
    assert "Which class?" == read("kind: open, question: {text: 'Which class?'}", {"q": "What?"}).question


def test_an_answer_is_mapped_to_what_it_means(read: Read) -> None:
    """A code in the key becomes the option it stands for; a code outside the map is an error."""
    keys = "kind: choice, options: {fixed: [Nevus, Melanoma]}, answer: {text: {column: d, map: {MEL: Melanoma}}}"
    assert (1,) == read(keys, {"q": "What?", "d": "MEL"}).correct
    with pytest.raises(DataError, match='column d: "XYZ" is not one of MEL'):
        read(keys, {"q": "What?", "d": "XYZ"})
