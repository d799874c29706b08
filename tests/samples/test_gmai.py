"""GMAI-MMBench's published shape: pictures of other nodes stay closed, and memory does not grow."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.samples.gmai import COLUMNS, row, unsummed, write_multi, write_rows, write_table, write_test_parts
from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.samples import Library, Pictures, home

CATALOG = Catalog()
GMAI = unsummed(CATALOG.tasks["gmai-mmbench"])


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a VAL table of 5,000 rows."""
    return write_table(tmp_path_factory.mktemp("gmai") / "GMAI-MMBench_VAL.tsv", 5000)


def test_a_node_is_selected_without_the_pictures_of_others(table: Path) -> None:
    """Under modality/CT: 1,000 of 5,000 rows (500 of them CTA), and only their pictures are ever read."""
    library = Library(home())
    library.add(GMAI, table)
    tree = Tree(CATALOG, library)
    statements: list[str] = []
    tree.picks[-1].shelf._base.set_trace_callback(statements.append)
    plan = make_plan(tree, ("modality/CT & benchmark/gmai-mmbench",), None, 0)
    samples = list(plan.samples())
    assert 1000 == len(samples)
    assert {"CT": 1000, "CTA": 500} == Counter(
        n for s in samples for n in s.nodes[2][1:] if s.nodes[2][0] == "modality"
    )
    assert not [text for text in statements if "pictures" in text]
    pictures = Pictures(pick.shelf for pick in plan.picks)
    prepared = [pictures.of(sample)[0] for sample in samples[:20]]
    read = [text for text in statements if "SELECT data FROM pictures" in text]
    assert 20 == len(read)
    assert all(picture.digest in text for picture, text in zip(prepared, read, strict=True))
    assert 500 == make_plan(tree, ("modality/=CT & benchmark/gmai-mmbench",), None, 0).size


MEASURE = """
import resource, sys
from pathlib import Path
from tests.samples.gmai import unsummed
from vqa_eval.catalog import Catalog
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.samples import Library, Pictures, home
catalog, library = Catalog(), Library(home())
library.add(unsummed(catalog.tasks["gmai-mmbench"]), Path(sys.argv[1]))
plan = make_plan(Tree(catalog, library), ("modality/CT & benchmark/gmai-mmbench",), None, 0)
pictures = Pictures(pick.shelf for pick in plan.picks)
print(plan.size, sum(len(pictures.of(sample)[0].data) for sample in plan.samples()) > 0)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
"""


def test_memory_does_not_grow_with_the_table(table: Path, tmp_path: Path) -> None:
    """Adding, selecting and reading pictures of 5,000 rows (180 MB) peaks within 15 MB of 250 rows."""
    small = tmp_path / "small" / "GMAI-MMBench_VAL.tsv"
    small.parent.mkdir()
    write_table(small, 250)
    peaks = []
    for path in (small, table):
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(path)], capture_output=True, text=True, check=True
        ).stdout.splitlines()
        peaks.append(int(done[1]))
    assert table.stat().st_size > 150 * 1024 * 1024
    assert peaks[1] - peaks[0] < 15 * 1024, peaks


def test_the_options_that_are_there(tmp_path: Path) -> None:
    """Empty options are dropped, letters keep pointing at their text, and the granularity's spelling is mended."""
    library = Library(home())
    library.add(GMAI, write_table(tmp_path / "GMAI-MMBench_VAL.tsv", 4))
    samples = list(make_plan(Tree(CATALOG, library), ("benchmark/gmai-mmbench",), None, 0).samples())
    assert [("liver", "spleen", "lung", "heart"), ("liver", "spleen", "kidney")] == [s.options for s in samples[:2]]
    assert [0, 1, 2, 0] == [sample.correct[0] for sample in samples]
    assert ("granularity", "Contour Level") in samples[0].nodes


def test_the_test_set_has_no_key(tmp_path: Path) -> None:
    """TEST comes in eleven parts without answers: the parts are one table, and no sample has a key."""
    write_test_parts(tmp_path, rows=2)
    library = Library(home())
    (about,) = library.add(GMAI, tmp_path)
    assert ("test", 22) == (about.form, about.samples)
    plan = make_plan(Tree(CATALOG, library), ("benchmark/gmai-mmbench & split/test",), None, 0)
    assert 22 == plan.size
    assert not any(sample.has_key for sample in plan.samples())


def test_val_and_test_have_ids_of_their_own(tmp_path: Path) -> None:
    """Both splits count their rows from 0, and yet no id means two questions: one run may ask both."""
    write_table(tmp_path / "GMAI_mm_bench_VAL.tsv", 3)
    write_test_parts(tmp_path, rows=1)
    library = Library(home())
    library.add(GMAI, tmp_path)
    tree = Tree(CATALOG, library)
    samples = list(make_plan(tree, ("benchmark/gmai-mmbench & split/*",), None, 0).samples())
    assert (14, 14) == (len(samples), len({sample.id for sample in samples}))
    assert {"gmai-mmbench/0", "gmai-mmbench/test/0"} <= {sample.id for sample in samples}
    assert 3 == make_plan(tree, ("benchmark/gmai-mmbench",), None, 0).size


def test_the_published_facts() -> None:
    """VAL and TEST have the published counts, and sums of the files that one is published for: no copy's of VAL."""
    forms = {form.name: form for form in CATALOG.tasks["gmai-mmbench"].forms}
    assert 25_831 == (forms["val"].expects or 0) + (forms["test"].expects or 0)
    assert 4_550 == forms["val"].expects == forms["hub-val"].expects
    assert {f"GMAI_mm_bench_TEST_part_{part}.tsv" for part in range(1, 12)} == set(forms["test"].md5)
    assert 11 == len(set(forms["test"].md5.values()))
    assert {"GMAI-MMBench_VAL.tsv": "254bd581627866f1c499d3d6b4422324"} == forms["val"].md5 == forms["hub-val"].md5
    assert forms["test"].md5 == forms["hub-test"].md5
    assert forms["test"].expects == forms["hub-test"].expects


@pytest.mark.parametrize(
    ("node", "count"),
    [
        ("task/OR-A", 40),
        ("task/Organ Recognition - Abdomen", 40),
        ("department/GH", 40),
        ("granularity/Mask Level", 20),
        ("granularity/mask level", 20),
        ("granularity/contour", 20),
        ("modality/=CT", 4),
        ("modality/CT", 8),
        ("label/liver", 40),
        ("origin/SEG_2D", 40),
        ("task/OR-A & granularity/mask & modality/X-ray", 4),
    ],
)
def test_the_official_groupings(tmp_path: Path, node: str, count: int) -> None:
    """Task, department and granularity are axes, and modality is ours; published "Mask level" is Mask Level."""
    library = Library(home())
    library.add(GMAI, write_table(tmp_path / "GMAI-MMBench_VAL.tsv", 40))
    assert count == make_plan(Tree(CATALOG, library), ("benchmark/gmai-mmbench", node), None, 0).size


@pytest.mark.parametrize("name", ["GMAI-MMBench_MULTI.tsv", "GMAI_mm_bench_multi_part_1.tsv"])
def test_questions_with_several_right_options(tmp_path: Path, name: str) -> None:
    """A table told by its name has a split and a part of its own: letters in any form, a sixth option, own measures."""
    write_multi(tmp_path / name, ["A,C", "C, A", "BDF", "E"])
    write_table(tmp_path / "GMAI-MMBench_VAL.tsv", 3)
    library = Library(home())
    assert {("val", 3), ("multi", 4)} == {(about.form, about.samples) for about in library.add(GMAI, tmp_path)}
    tree = Tree(CATALOG, library)
    assert 3 == make_plan(tree, ("benchmark/gmai-mmbench",), None, 0).size
    samples = list(make_plan(tree, ("benchmark/gmai-mmbench & split/multi",), None, 0).samples())
    assert [(0, 2), (0, 2), (1, 3, 5), (4,)] == [sample.correct for sample in samples]
    assert all(sample.multi and len(sample.options) == 6 for sample in samples)
    assert [f"gmai-mmbench/multi/{number}" for number in range(4)] == [sample.id for sample in samples]


def test_several_letters_where_one_is_due_are_refused(tmp_path: Path) -> None:
    """An answer of two letters in VAL itself is an error with its row, not a guess at which is meant."""
    write_multi(tmp_path / "GMAI-MMBench_VAL.tsv", ["A,C"])
    with pytest.raises(DataError, match=r'row 1, column answer: "A,C" is not the letter of one of 5 options'):
        Library(home()).add(GMAI, tmp_path / "GMAI-MMBench_VAL.tsv")


@pytest.mark.parametrize(
    "column", ["clinical VQA task", "department", "perceptual granularity", "modality", "category", "image", "question"]
)
def test_another_spelling_of_a_column_is_said(tmp_path: Path, column: str) -> None:
    """The raw header is not known for certain: a column under another name is an error that says which was sought."""
    columns = [f"{name}s" if name == column else name for name in COLUMNS]
    path = write_rows(tmp_path / "GMAI-MMBench_VAL.tsv", columns, [{f"{column}s": "x", **row(1, side=8)}])
    with pytest.raises(DataError, match=rf"row 1: no column '{column}'; found: .*'{column}s'"):
        Library(home()).add(GMAI, path)


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    """A table without a column that the task needs says which, and what it has; nothing is half-written."""
    path = tmp_path / "GMAI-MMBench_VAL.tsv"
    path.write_text("index\tquestion\tA\tB\tanswer\n1\tWhat?\tx\ty\tA\n", encoding="utf-8")
    library = Library(home())
    with pytest.raises(DataError, match=r"GMAI-MMBench_VAL.tsv, row 1: no column 'C'; found: 'index'"):
        library.add(GMAI, path)
    assert not library.shelves(GMAI)
    assert not [*home().rglob("*.partial"), *home().rglob("*.sqlite")]


def test_a_wrong_answer_letter_is_named(tmp_path: Path) -> None:
    """An answer outside the options names file, row and column."""
    path = write_table(tmp_path / "GMAI-MMBench_VAL.tsv", 2)
    path.write_text(path.read_text(encoding="utf-8").replace("\tB\tliver\t", "\tE\tliver\t"), encoding="utf-8")
    with pytest.raises(DataError, match=r'row 2, column answer: "E" is not the letter of one of 3 options'):
        Library(home()).add(GMAI, path)
