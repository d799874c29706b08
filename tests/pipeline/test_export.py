"""A run of GMAI-MMBench's TEST split becomes the sheet that its maintainers score."""

import csv
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.samples.gmai import COLUMNS, row, unsummed, write_rows, write_test_parts
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.cli.exporting import export_run
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import CatalogError, DataError
from vqa_eval.pipeline.export import export
from vqa_eval.pipeline.exports import names
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.pipeline.sheets import write_sheet
from vqa_eval.records import Fault, Request
from vqa_eval.samples import Library, home

pytest.importorskip("openpyxl", reason="xlsx needs vqa-eval[xlsx]")

CATALOG = Catalog()
GMAI = unsummed(CATALOG.tasks["gmai-mmbench"])
TEST = ("benchmark/gmai-mmbench & split/test",)
SHEET = (
    "index", "question", "A", "B", "C", "D", "E", "category", "clinical VQA task", "department",
    "perceptual granularity", "modality", "original task", "prediction",
)  # fmt: skip
"""The columns of the published sheet, as they were read off its screenshot."""


def asked(
    folder: Path,
    says: Callable[[Request], str] = lambda request: f"A. {request.sample}",
    faults: Sequence[str] = (),
    models: Sequence[str] = ("random",),
    limit: int | None = None,
) -> Path:
    """Run scripted models on what is at hand of TEST; return the run's folder."""
    order = Order(models=tuple(models), tree=TEST, out=folder, limit=limit)
    failing = dict.fromkeys(faults, Fault("server", "500"))
    store, _ = run(
        prepare(order, CATALOG, Library(home())),
        CATALOG,
        Silence(),
        lambda ref, store: ScriptedEngine(says, faults=failing, name=ref.name),
    )
    store.close()
    return folder


@pytest.fixture
def rows(tmp_path: Path) -> list[dict[str, str]]:
    """Add TEST in eleven parts of three rows; return the published rows."""
    (tmp_path / "published").mkdir()
    written = write_test_parts(tmp_path / "published")
    Library(home()).add(GMAI, tmp_path / "published")
    return written


def opened(path: Path) -> list[tuple[object, ...]]:
    """Return every row of the only sheet of a workbook."""
    book = load_workbook(path)
    (sheet,) = book.worksheets
    return list(sheet.iter_rows(values_only=True))


def test_the_whole_way(rows: list[dict[str, str]], tmp_path: Path) -> None:
    """Eleven parts are added, asked and exported: every published cell comes back as it was spelled, in order."""
    folder = asked(tmp_path / "run")
    (written,) = export(folder, "gmai-submission", None, CATALOG, Library(home()))
    assert (folder / "random_GMAI-MMBench_TEST.xlsx", "random", 33, 0, 0, 21281) == (
        written.path, written.model, written.rows, written.empty, written.mended, written.published,
    )  # fmt: skip
    header, *lines = opened(written.path)
    assert header == SHEET
    wanted = [
        (int(cells["index"]), *(cells[name] or None for name in SHEET[1:-1]), f"A. gmai-mmbench/test/{cells['index']}")
        for cells in rows
    ]
    assert wanted == lines
    assert {"Mask level", "Contour level"} == {line[10] for line in lines}


def test_in_the_order_of_the_index(tmp_path: Path) -> None:
    """Rows stand by their number, 2 before 10, whatever their order in the parts."""
    write_rows(tmp_path / "GMAI-MMBench_TEST.tsv", COLUMNS, [row(number, side=8) for number in (10, 2, 33, 1)])
    Library(home()).add(GMAI, tmp_path / "GMAI-MMBench_TEST.tsv")
    (written,) = export(asked(tmp_path / "run"), "gmai-submission", None, CATALOG, Library(home()))
    assert [1, 2, 10, 33] == [line[0] for line in opened(written.path)[1:]]


@pytest.mark.usefixtures("rows")
def test_a_reply_stays_text(tmp_path: Path) -> None:
    """A reply that looks like a formula or a number is text; what XML cannot say becomes U+FFFD and is counted."""
    odd = {
        "gmai-mmbench/test/0": '=HYPERLINK("http://example.org", "A")',
        "gmai-mmbench/test/1": "=1+1",
        "gmai-mmbench/test/2": "+A",
        "gmai-mmbench/test/3": "3",
        "gmai-mmbench/test/4": "A\x00B\x1b\uffff",
        "gmai-mmbench/test/5": "",
        "gmai-mmbench/test/6": "first\nsecond\tthird",
        "gmai-mmbench/test/7": "#N/A",
        "gmai-mmbench/test/8": "<b>& ok",
    }
    folder = asked(tmp_path / "run", lambda request: odd.get(request.sample, "A"))
    (written,) = export(folder, "gmai-submission", None, CATALOG, Library(home()))
    assert (1, 1) == (written.empty, written.mended)
    sheet = load_workbook(written.path).worksheets[0]
    cells = {f"gmai-mmbench/test/{line[0].value}": line[-1] for line in sheet.iter_rows(min_row=2)}
    assert {"s", "inlineStr"} >= {cell.data_type for cell in cells.values() if cell.value is not None}
    shown = {**odd, "gmai-mmbench/test/4": "A\ufffdB\ufffd\ufffd", "gmai-mmbench/test/5": None}
    assert shown == {identity: cells[identity].value or None for identity in odd}


def test_a_table_for_programs(rows: list[dict[str, str]], tmp_path: Path) -> None:
    """The ending of --out says the form: a TSV and a CSV hold the same cells, odd characters too."""
    folder = asked(tmp_path / "run", lambda request: '=1\t"x"\n\x07')
    for ending, delimiter in ((".tsv", "\t"), (".csv", ",")):
        (written,) = export(folder, "gmai-submission", tmp_path / f"to{ending}", CATALOG, Library(home()))
        with written.path.open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file, delimiter=delimiter))
        assert list(SHEET) == list(lines[0])
        assert [{name: cells[name] for name in SHEET[:-1]} for cells in rows] == [
            {name: line[name] for name in SHEET[:-1]} for line in lines
        ]
        assert {'=1\t"x"\n\x07'} == {line["prediction"] for line in lines}
        assert 0 == written.mended


@pytest.mark.usefixtures("rows")
def test_every_row_gets_a_file(tmp_path: Path) -> None:
    """Two models give two files, each with its own replies."""
    folder = asked(tmp_path / "run", models=("random", "longest"))
    files = [one.path.name for one in export(folder, "gmai-submission", tmp_path / "s.xlsx", CATALOG, Library(home()))]
    assert ["s-random-gmai.xlsx", "s-longest-gmai.xlsx"] == files
    assert all((tmp_path / name).is_file() for name in files)


@pytest.mark.usefixtures("rows")
def test_gaps_are_refused(tmp_path: Path) -> None:
    """A fault leaves a question without a reply: nothing is written, and the count is named."""
    folder = asked(tmp_path / "run", faults=("gmai-mmbench/test/4", "gmai-mmbench/test/9"))
    with pytest.raises(DataError, match="INCOMPLETE: 2 of 33 questions to random have no reply"):
        export(folder, "gmai-submission", tmp_path / "s.xlsx", CATALOG, Library(home()))
    assert not [*tmp_path.glob("s.xlsx*")]


@pytest.mark.usefixtures("rows")
def test_a_part_of_the_split_is_refused(tmp_path: Path) -> None:
    """A run with a limit does not pass for the split."""
    with pytest.raises(DataError, match="INCOMPLETE: the run asks 5 of 33 questions of the split") as caught:
        export(asked(tmp_path / "run", limit=5), "gmai-submission", None, CATALOG, Library(home()))
    assert "--tree 'benchmark/gmai-mmbench & split/test'" in caught.value.hint


@pytest.mark.usefixtures("rows")
def test_other_data_than_the_runs_are_refused(tmp_path: Path) -> None:
    """Data that were prepared again from other files, or are away, are said, with what to type."""
    folder = asked(tmp_path / "run")
    library, task = Library(home()), GMAI
    (tmp_path / "other").mkdir()
    write_test_parts(tmp_path / "other", parts=12)
    library.add(task, tmp_path / "other")
    with pytest.raises(DataError, match="prepared again from other files"):
        export(folder, "gmai-submission", None, CATALOG, library)
    library.remove(task)
    with pytest.raises(DataError, match="the test split of GMAI-MMBench is not at hand") as caught:
        export(folder, "gmai-submission", None, CATALOG, library)
    assert "vqa-eval data add gmai-mmbench PATH" == caught.value.hint


def test_what_is_no_form(tmp_path: Path) -> None:
    """An unknown form names those that are known; a run without TEST says how to ask it; an ending must be known."""
    assert ("gmai-submission",) == names()
    with pytest.raises(CatalogError, match="no form 'gmai'") as caught:
        export(tmp_path, "gmai", None, CATALOG, Library(home()))
    assert "forms: gmai-submission" == caught.value.hint
    with pytest.raises(DataError, match=r"s\.pdf: no kind of table"):
        write_sheet(tmp_path / "s.pdf", SHEET, [])


def test_a_run_without_the_split(letters: Path, tmp_path: Path) -> None:
    """A run of another benchmark holds nothing to send in."""
    catalog, library = Catalog([letters]), Library(home())
    library.add(catalog.tasks["letters"], letters / "tasks")
    order = Order(models=("random",), tree=("benchmark/letters",), out=tmp_path / "run")
    store, _ = run(prepare(order, catalog, library), catalog, Silence(), lambda ref, store: ScriptedEngine(["A"] * 5))
    store.close()
    with pytest.raises(DataError, match="no sample of 'benchmark/gmai-mmbench & split/test'"):
        export(tmp_path / "run", "gmai-submission", None, catalog, library)


def test_a_text_that_no_cell_holds(tmp_path: Path) -> None:
    """Excel's cells end at 32,767 characters: a longer reply is refused rather than cut, and a TSV takes it."""
    long = "x" * 32_768
    with pytest.raises(DataError, match="a text of 32,768 characters") as caught:
        write_sheet(tmp_path / "s.xlsx", ("a",), [(long,)])
    assert ".tsv" in caught.value.hint
    assert [] == list(tmp_path.iterdir())
    write_sheet(tmp_path / "s.tsv", ("a",), [(long,)])
    assert f"a\n{long}\n" == (tmp_path / "s.tsv").read_text(encoding="utf-8")


@pytest.mark.usefixtures("rows")
def test_the_command_says_what_it_wrote(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The command names file, rows and model, what is missing of the published split, and where the file goes."""
    assert 0 == export_run(asked(tmp_path / "run"), "gmai-submission", tmp_path / "mine.xlsx", CATALOG)
    said = capsys.readouterr()
    assert f"{tmp_path / 'mine.xlsx'}: 33 rows of random\n" == said.out
    assert "INCOMPLETE: the published split has 21,281 rows" in said.err
    assert "e-mail the file to the maintainers" in said.err
