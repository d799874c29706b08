"""How published files become shelves: killed and gone on with, filtered, drawn, summed, from folders and archives."""

import hashlib
import json
import os
import signal
import sqlite3
import subprocess
import sys
import zipfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from tests.samples.gmai import COLUMNS, png, row, unsummed, write_rows
from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.records import Column, SplitSpec, TaskSpec
from vqa_eval.samples import Library, Shelf, home
from vqa_eval.samples.shelving import partial_path
from vqa_eval.samples.splits import drawn_ids, listed_ids

GMAI = unsummed(Catalog().tasks["gmai-mmbench"])

ADD = """
import sys, time
from pathlib import Path
from tests.samples.gmai import unsummed
from vqa_eval.catalog import Catalog
from vqa_eval.samples import Library, home, shelving
shelving.BATCH_BYTES = 200_000
def tell(rows, share):
    print(rows, share, flush=True)
    time.sleep(0.005)
Library(home()).add(unsummed(Catalog().tasks["gmai-mmbench"]), Path(sys.argv[1]), tell)
"""


def killed(path: Path, at: int) -> None:
    """Add a table in another process and kill it without warning once so many rows were read."""
    process = subprocess.Popen([sys.executable, "-c", ADD, str(path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for line in process.stdout:
        if int(line.split()[0]) >= at:
            os.kill(process.pid, signal.SIGKILL)
            break
    assert -signal.SIGKILL == process.wait()
    process.stdout.close()


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Return a table of 120 rows, two questions on every picture, 40 kB each."""
    rows = ({**row(number), "image": row(number // 2 * 2)["image"]} for number in range(120))
    return write_rows(tmp_path / "GMAI_mm_bench_VAL.tsv", COLUMNS, rows)


def shelf_of(task: TaskSpec) -> Shelf:
    """Return the one shelf of a task."""
    (shelf,) = Library(home()).shelves(task)
    return shelf


def test_a_killed_add_goes_on(table: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Killed twice and typed again, an add reads on from where it was and ends in the same data as one in peace."""
    killed(table, 40)
    assert ["val"] == Library(home()).unfinished(GMAI)
    assert [] == Library(home()).shelves(GMAI)
    killed(table, 80)
    seen: list[tuple[int, float | None]] = []
    (about,) = Library(home()).add(GMAI, table, lambda rows, share: seen.append((rows, share)))
    assert 60 < seen[0][0] <= 100  # behind the last batch of 200 kB before row 80
    assert (120, 1.0) == seen[-1]
    leaves = shelf_of(GMAI).leaves()
    ids = list(shelf_of(GMAI).ids(leaf.number for leaf in leaves))
    monkeypatch.setenv("VQA_EVAL_HOME", str(tmp_path / "peace"))
    (peace,) = Library(home()).add(GMAI, table)
    assert peace == about
    assert (120, 60) == (about.samples, about.pictures)
    assert shelf_of(GMAI).leaves() == leaves
    assert ids == list(shelf_of(GMAI).ids(leaf.number for leaf in leaves))
    assert 120 == sum(leaf.samples for leaf in leaves)


def test_progress_is_a_share_of_the_bytes(table: Path) -> None:
    """Rows and share grow to all rows and one, and the share is that of bytes rather than of rows."""
    write_rows(table, COLUMNS, (row(number, side=8 if number < 50 else 96) for number in range(100)))
    seen: list[tuple[int, float]] = []
    Library(home()).add(GMAI, table, lambda rows, share: seen.append((rows, share or 0.0)))
    assert sorted(seen) == seen
    assert (100, 1.0) == seen[-1]
    assert seen[49][1] < 0.05


@pytest.mark.parametrize("change", ["rows", "time", "task"])
def test_another_source_begins_anew(table: Path, change: str) -> None:
    """A table that was changed or only touched, and a task file that reads it otherwise, are read from the start."""
    killed(table, 60)
    task = GMAI
    if change == "rows":
        table.write_text(table.read_text(encoding="utf-8").replace("picture 3.", "picture three."), encoding="utf-8")
    elif change == "time":
        os.utime(table, ns=(0, 0))
    else:
        task = replace(GMAI, forms=tuple(replace(form, cluster="category") for form in GMAI.forms))
    seen: list[int] = []
    (about,) = Library(home()).add(task, table, lambda rows, _: seen.append(rows))
    assert 1 == seen[0]
    assert 120 == about.samples
    assert [] == Library(home()).unfinished(task)


def test_prepare_goes_on_with_what_was_killed(table: Path) -> None:
    """`data prepare` needs no path: it reads on from the files that were given, and then has nothing to do."""
    library = Library(home())
    with pytest.raises(DataError, match="nothing of gmai-mmbench was added yet"):
        library.prepare(GMAI)
    killed(table, 60)
    seen: list[int] = []
    (about,) = library.prepare(GMAI, lambda rows, _: seen.append(rows))
    assert seen[0] > 1
    assert (120, str(table)) == (about.samples, about.origin)
    assert [] == library.prepare(GMAI)


def test_prepare_reads_stale_data_again(letters: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a change of the task file, `data prepare` reads the same files by it; gone files are named."""
    library, table = Library(home()), letters / "tasks" / "letters.csv"
    library.add(Catalog([letters]).tasks["letters"], table)
    task_file = letters / "tasks" / "letters.yaml"
    task_file.write_text(task_file.read_text().replace("cluster: patient", "cluster: id"))
    changed = Catalog([letters]).tasks["letters"]
    assert ["test"] == library.stale(changed)
    (about,) = library.prepare(changed)
    assert 5 == about.samples
    assert [] == library.stale(changed)
    task_file.write_text(task_file.read_text().replace("cluster: id", "cluster: patient"))
    table.unlink()
    with pytest.raises(DataError, match=rf"letters/test: {table} it was added from is gone") as caught:
        library.prepare(Catalog([letters]).tasks["letters"])
    assert "vqa-eval data add letters PATH" == caught.value.hint


def test_a_shelf_of_the_first_layout_is_prepared_again(letters: Path) -> None:
    """A shelf that an earlier version wrote is stale, and still says what it was read from."""
    library, task = Library(home()), Catalog([letters]).tasks["letters"]
    table = letters / "tasks" / "letters.csv"
    library.add(task, table)
    base = sqlite3.connect(home() / "data" / "letters" / "test.sqlite")
    fields = json.loads(base.execute("SELECT value FROM about WHERE key = 'about'").fetchone()[0])
    del fields["origin"]
    base.execute("UPDATE about SET value = ? WHERE key = 'about'", (json.dumps(fields),))
    base.execute("UPDATE about SET value = '1' WHERE key = 'layout'")
    base.commit()
    base.close()
    assert ["test"] == library.stale(task)
    assert [5] == [about.samples for about in library.prepare(task)]


def test_two_processes_do_not_write_one_shelf(table: Path) -> None:
    """While one process prepares a table, another is refused at once; the first ends as if alone."""
    process = subprocess.Popen([sys.executable, "-c", ADD, str(table)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    with pytest.raises(DataError, match="another process is preparing it"):
        Library(home()).add(GMAI, table)
    assert process.communicate()[0]
    assert 0 == process.returncode
    assert 120 == shelf_of(GMAI).about.samples


def test_an_interruption_keeps_what_was_committed(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Control-C in the middle leaves the last batch; the same again reads on."""
    monkeypatch.setattr("vqa_eval.samples.shelving.BATCH_BYTES", 200_000)

    def interrupt(rows: int, _: float | None) -> None:
        if rows == 70:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Library(home()).add(GMAI, table, interrupt)
    seen: list[int] = []
    (about,) = Library(home()).add(GMAI, table, lambda rows, _: seen.append(rows))
    assert 50 < seen[0] <= 70
    assert 120 == about.samples


def test_removing_takes_everything_away(table: Path) -> None:
    """`data remove` takes finished and unfinished shelves, and what lies beside them."""
    killed(table, 60)
    assert 1 == Library(home()).remove(GMAI)
    assert [] == [path for path in home().rglob("*") if path.is_file()]


def test_parts_are_read_in_natural_order(letters: Path, tmp_path: Path) -> None:
    """Part 2 comes before part 10, however many there are."""
    task_file = letters / "tasks" / "letters.yaml"
    task_file.write_text(task_file.read_text().replace("[letters.csv]", "['part_*.csv']"))
    header = (letters / "tasks" / "letters.csv").read_text().splitlines()[0]
    folder = tmp_path / "parts"
    folder.mkdir()
    for part in (10, 2, 1, 11):
        (folder / f"part_{part}.csv").write_text(f"{header}\n{part},What?,Liver,Spleen,,A,CT,Bone,p1\n")
    task = Catalog([letters]).tasks["letters"]
    (about,) = Library(home()).add(task, folder)
    assert ["part_1.csv", "part_2.csv", "part_10.csv", "part_11.csv"] == [Path(name).name for name in about.sources]
    assert ["1", "2", "10", "11"] == [shelf_of(task).sample(n).id.rpartition("/")[2] for n in range(1, 5)]


def test_a_killed_add_goes_on_in_the_second_file(tmp_path: Path) -> None:
    """Of several files a resumed add opens the one it was in, and numbers go on over all of them."""
    for part in (1, 2, 10):
        columns = [column for column in COLUMNS if column != "answer"]
        write_rows(tmp_path / f"GMAI_mm_bench_TEST_part_{part}.tsv", columns, (row(part * 100 + n) for n in range(40)))
    killed(tmp_path, 60)
    seen: list[tuple[int, float | None]] = []
    (about,) = Library(home()).add(GMAI, tmp_path, lambda rows, share: seen.append((rows, share)))
    assert 40 < seen[0][0] <= 62
    assert (120, 1.0) == seen[-1]
    ids = [shelf_of(GMAI).sample(number).id.rpartition("/")[2] for number in range(1, 121)]
    assert [str(part * 100 + n) for part in (1, 2, 10) for n in range(40)] == ids
    assert 120 == about.samples


def with_line(letters: Path, line: str) -> TaskSpec:
    """Return the task `letters` with one more line in its common part."""
    task_file = letters / "tasks" / "letters.yaml"
    task_file.write_text(task_file.read_text().replace("forms:\n", f"  {line}\nforms:\n", 1))
    return Catalog([letters]).tasks["letters"]


def test_a_sum_that_is_right_lets_the_file_in(letters: Path) -> None:
    """A published md5 that the file has changes nothing, not even what the shelf depends on."""
    table = letters / "tasks" / "letters.csv"
    plain = Library(home()).add(Catalog([letters]).tasks["letters"], table)
    task = with_line(letters, f"md5: {{letters.csv: '{hashlib.md5(table.read_bytes()).hexdigest()}'}}")
    assert [] == Library(home()).stale(task)
    assert plain == Library(home()).add(task, table)


def test_a_sum_that_is_wrong_is_said(letters: Path) -> None:
    """Another md5 than the published one names the file, both sums, the cure and the way out; what was there stays."""
    table, library = letters / "tasks" / "letters.csv", Library(home())
    library.add(Catalog([letters]).tasks["letters"], table)
    task = with_line(letters, f"md5: {{letters.csv: {'f' * 32}}}")
    table.write_text(table.read_text().replace("bright", "dark"))
    with pytest.raises(DataError) as caught:
        library.add(task, table)
    sums = (str(table), hashlib.md5(table.read_bytes()).hexdigest(), "f" * 32)
    assert all(part in caught.value.message for part in sums)
    assert "fetch it again" in caught.value.hint
    assert "task file without its md5" in caught.value.hint
    assert "Which organ is bright?" == shelf_of(task).sample(1).question
    assert [] == library.unfinished(task)


def test_rows_are_filtered(letters: Path) -> None:
    """`where` takes the rows whose cell is one of the values, and ids stay those of the whole table."""
    task = with_line(letters, "where: {modality: [CT, X-ray]}")
    (about,) = Library(home()).add(task, letters / "tasks" / "letters.csv")
    assert 3 == about.samples
    assert ["letters/1", "letters/2", "letters/5"] == [shelf_of(task).sample(number).id for number in (1, 2, 3)]


def test_a_split_is_drawn_alike_everywhere(letters: Path, tmp_path: Path) -> None:
    """A fifth of every stratum is drawn, the same rows in any order of the table, and the rest is the other split."""
    task_file = letters / "tasks" / "letters.yaml"
    draw = "split: {name: test, draw: 0.2, by: [modality], seed: 7, otherwise: train}"
    task_file.write_text(task_file.read_text().replace("split: test}", f"{draw}}}"))
    task = Catalog([letters]).tasks["letters"]
    header = (letters / "tasks" / "letters.csv").read_text().splitlines()[0]
    lines = [f"{n},What?,Liver,Spleen,,A,{'CT' if n < 40 else 'X-ray'},Bone,p{n}" for n in range(50)]
    found = []
    for order in (lines, lines[::-1]):
        path = tmp_path / "letters.csv"
        path.write_text("\n".join([header, *order]) + "\n")
        Library(home()).add(task, path)
        samples = [shelf_of(task).sample(number) for number in range(1, 51)]
        found.append({sample.id for sample in samples if sample.split == "test"})
        assert {"test", "train"} == {sample.split for sample in samples}
    assert found[0] == found[1]
    assert {True: 8, False: 2} == Counter(int(name.rpartition("/")[2]) < 40 for name in found[0])


def test_drawing_follows_the_sum_of_seed_and_id() -> None:
    """Drawn are those whose sha256 of "SEED/ID" comes first; half a row is one, and the seed draws others."""
    rows = [(str(number), ("x",)) for number in range(5)]
    spec = SplitSpec("test", draw=0.5, by=Column(("kind",)), seed=3)
    order = sorted("01234", key=lambda name: hashlib.sha256(f"3/{name}".encode()).hexdigest())
    assert set(order[:3]) == drawn_ids(spec, rows)
    assert 1 < len({frozenset(drawn_ids(replace(spec, seed=seed), rows)) for seed in range(10)})


def slake(folder: Path, *names: str) -> None:
    """Write Slake's test table with a question on each picture."""
    rows = [
        {"qid": number, "question": "What?", "answer": "CT", "img_name": name, "modality": "CT", "location": "Lung",
         "q_lang": "en", "content_type": "Modality"}
        for number, name in enumerate(names)
    ]  # fmt: skip
    (folder / "test.json").write_text(json.dumps(rows), encoding="utf-8")


def slake_task() -> TaskSpec:
    """Return Slake with its pictures in the archive that the hub's copy has."""
    task = Catalog().tasks["slake"]
    forms = tuple(replace(form, image=form.image and replace(form.image, archive="imgs.zip")) for form in task.forms)
    return replace(task, forms=forms)


@pytest.mark.parametrize("inside", ["imgs/", ""])
def test_pictures_are_read_out_of_an_archive(tmp_path: Path, inside: str) -> None:
    """Pictures come out of the archive beside the table, packed with their folder or without; a file goes first."""
    slake(tmp_path, "a/source.jpg", "b/source.jpg", "c/source.jpg")
    with zipfile.ZipFile(tmp_path / "imgs.zip", "w") as packed:
        for number, name in enumerate("ab"):
            packed.writestr(f"{inside}{name}/source.jpg", png(number))
    (tmp_path / "imgs" / "b").mkdir(parents=True)
    (tmp_path / "imgs" / "b" / "source.jpg").write_bytes(png(7))
    (about,) = Library(home()).add(slake_task(), tmp_path)
    assert (3, 2, 1) == (about.samples, about.pictures, about.pictures_missing)
    shelf = shelf_of(slake_task())
    digests = [shelf.sample(number).images[0].digest for number in (1, 2, 3)]
    assert [png(0), png(7)] == [shelf.picture(digest) for digest in digests if digest]
    assert digests[2] is None
    assert [] == [path for path in home().rglob("*") if path.name == "source.jpg"]


def test_an_archive_of_pictures_is_not_trusted(tmp_path: Path) -> None:
    """A picture archive with a member outside is refused with its name, and no shelf is made."""
    slake(tmp_path, "a/source.jpg")
    with zipfile.ZipFile(tmp_path / "imgs.zip", "w") as packed:
        packed.writestr("../a/source.jpg", png(0))
    with pytest.raises(DataError, match=r"imgs.zip, \.\./a/source.jpg: the member would lie outside"):
        Library(home()).add(slake_task(), tmp_path)
    assert not list(home().rglob("*.sqlite*"))


LAYOUT_TASK = """\
id: notes
title: Notes
about: A benchmark of several sheets.
licence: PhysioNet Credentialed Health Data License
access: credentialed
evaluate: test
prompt: letter
obtain: Ask PhysioNet, and put NOTEEVENTS.csv.gz into one folder.
forms:
  - {name: all, format: mimic-iii, kind: open, split: test, question: text, answer: {text: impression}}
"""


def test_a_layout_says_what_is_missing(letters: Path, tmp_path: Path) -> None:
    """A folder without a layout's files, or with some of them, is told them by name, with how the data are got."""
    task_file = letters / "tasks" / "notes.yaml"
    task_file.write_text(LAYOUT_TASK, encoding="utf-8")
    folder = tmp_path / "folder"
    folder.mkdir()
    with pytest.raises(DataError, match="no file of Notes; found nothing") as caught:
        Library(home()).add(Catalog([letters]).tasks["notes"], folder)
    assert "it is published as: NOTEEVENTS.csv*" in caught.value.hint
    assert "Ask PhysioNet" in caught.value.hint
    task_file.write_text(LAYOUT_TASK.replace("mimic-iii", "mimic-cxr"), encoding="utf-8")
    (folder / "mimic-cxr-2.0.0-split.csv").write_text("x")
    with pytest.raises(DataError, match=r"of Notes, all, there is no mimic-cxr-2.0.0-metadata.csv\*") as caught:
        Library(home()).add(Catalog([letters]).tasks["notes"], folder)
    assert "Ask PhysioNet" in caught.value.hint


def test_an_unknown_format_is_said(letters: Path, tmp_path: Path) -> None:
    """A format that is neither a table's nor a layout's names the formats there are."""
    (letters / "tasks" / "notes.yaml").write_text(LAYOUT_TASK.replace("mimic-iii", "no-such"), encoding="utf-8")
    with pytest.raises(DataError, match="form all: no format 'no-such'"):
        Library(home()).add(Catalog([letters]).tasks["notes"], tmp_path)


def test_a_layout_is_read_as_one_stream(letters: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of a layout go through filter and numbers as those of a table do; after a kill they are read anew."""
    from types import ModuleType

    from vqa_eval.samples.tables.reading import Row

    module = ModuleType("vqa_eval.samples.layouts.sheets_of_a_test")
    module.FILES = ("a.csv", "b*.csv")  # type: ignore[attr-defined]
    module.rows = lambda folder: (  # type: ignore[attr-defined]
        Row({"id": str(n), "question": f"{n}?", "answer": "x", "kind": "ab"[n % 2]}, f"a.csv, row {n}")
        for n in range(9)
    )
    monkeypatch.setattr("vqa_eval.samples.sources.layout_of", lambda form: module)
    monkeypatch.setattr("vqa_eval.samples.shelving.BATCH_BYTES", 1)
    (letters / "tasks" / "notes.yaml").write_text(
        LAYOUT_TASK.replace("question: text, answer: {text: impression}",
                            "id: id, question: question, where: {kind: a}, answer: {text: answer}"),
        encoding="utf-8",
    )  # fmt: skip
    for name in ("a.csv", "b-1.csv"):
        (tmp_path / name).write_text("x")
    task = Catalog([letters]).tasks["notes"]

    def interrupt(rows: int, share: float | None) -> None:
        assert share is None
        if rows == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Library(home()).add(task, tmp_path, interrupt)
    seen: list[int] = []
    (about,) = Library(home()).add(task, tmp_path, lambda rows, _: seen.append(rows))
    assert [*range(1, 10)] == seen  # nothing tells that the reports of a folder are the same still
    assert ["0?", "2?", "4?", "6?", "8?"] == [shelf_of(task).sample(number).question for number in range(1, 6)]
    assert {"a.csv", "b-1.csv"} == {Path(name).name for name in about.sources}
    (named,) = Library(home()).add(task, tmp_path / "a.csv")
    assert about.data_digest == named.data_digest


def test_a_full_disk_is_said(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the shelf cannot be written any more, the message says so and what to do; what was committed stays."""
    from vqa_eval.samples.shelving import ShelfWriter

    opened = ShelfWriter._open

    def small(self: ShelfWriter, key: str, origin: str, *, whole: bool) -> None:
        opened(self, key, origin, whole=whole)
        self._base.execute("PRAGMA max_page_count = 100")

    monkeypatch.setattr(ShelfWriter, "_open", small)
    with pytest.raises(DataError, match="cannot be written: database or disk is full") as caught:
        Library(home()).add(GMAI, table)
    assert "make room" in caught.value.hint
    assert ["val"] == Library(home()).unfinished(GMAI)
    monkeypatch.setattr(ShelfWriter, "_open", opened)
    assert [120] == [about.samples for about in Library(home()).prepare(GMAI)]


def test_what_was_begun_of_another_layout_goes(tmp_path: Path) -> None:
    """Once the same samples are at hand in one layout, what was begun of the other is not gone on with."""
    task, library = Catalog().tasks["proteinlmbench"], Library(home())
    official = [{"question": "Which?", "options": ["option 1: a", "option 2: b"], "answer": "option 2"}]
    (tmp_path / "ProteinLMBench.json").write_text(json.dumps(official), encoding="utf-8")
    begun = partial_path(home() / "data" / "proteinlmbench" / "scienceeval.sqlite")
    begun.parent.mkdir(parents=True)
    begun.write_bytes(b"begun")
    assert ["scienceeval"] == library.unfinished(task)
    library.add(task, tmp_path)
    assert [] == library.unfinished(task)
    assert [] == library.prepare(task)


def test_what_is_wrong_outside_the_rows_keeps_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hub that breaks off in the middle leaves what was committed; the same again reads on from there."""
    from tests.samples.gmai import png as picture
    from vqa_eval.samples.tables.reading import BrokenOff, Row

    read: list[str] = []

    def rows(table: str, revision: str, most: int):  # type: ignore[no-untyped-def]
        read.append(revision)
        for number in range(1, most + 1):
            cells = {"question": f"q{number}", "answer": "yes", "image": {"bytes": picture(number, 8)}}
            yield Row(cells, f"hub, row {number}", number)
        if most < 9:
            raise BrokenOff("hub: connection reset", "check the network")

    task = Catalog().tasks["path-vqa"]
    monkeypatch.setattr("vqa_eval.samples.shelving.BATCH_BYTES", 1)
    monkeypatch.setattr("vqa_eval.samples.library.revision_of", lambda table: "abc")
    monkeypatch.setattr("vqa_eval.samples.sources.read_hub", lambda table, revision: rows(table, revision, 5))
    with pytest.raises(DataError, match="connection reset"):
        Library(home()).fetch(task)
    assert ["hub-test"] == Library(home()).unfinished(task)
    monkeypatch.setattr("vqa_eval.samples.sources.read_hub", lambda table, revision: rows(table, revision, 9))
    seen: list[int] = []
    (about,) = Library(home()).fetch(task, lambda rows, _: seen.append(rows))
    assert ([6, 7, 8, 9], 9, ["abc", "abc"]) == (seen, about.samples, read)


@pytest.mark.parametrize(("then", "first"), [("abc", 4), ("def", 1), ("", 1)])
def test_another_commit_of_the_hub_is_read_from_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, first: int
) -> None:
    """What was begun of a table is gone on with at the same commit alone, and never where nobody knows the commit."""
    from vqa_eval.samples.tables.reading import Row

    def rows(table: str, revision: str):  # type: ignore[no-untyped-def]
        for number in range(1, 6):
            cells = {"question": f"{revision} {number}", "answer": "yes", "image": {"bytes": png(number, 8)}}
            yield Row(cells, f"hub, row {number}", number)

    def interrupt(count: int, share: float | None) -> None:
        if count == 3:
            raise KeyboardInterrupt

    task = Catalog().tasks["path-vqa"]
    monkeypatch.setattr("vqa_eval.samples.shelving.BATCH_BYTES", 1)
    monkeypatch.setattr("vqa_eval.samples.sources.read_hub", rows)
    monkeypatch.setattr("vqa_eval.samples.library.revision_of", lambda table: "abc")
    with pytest.raises(KeyboardInterrupt):
        Library(home()).fetch(task, interrupt)
    monkeypatch.setattr("vqa_eval.samples.library.revision_of", lambda table: then)
    seen: list[int] = []
    Library(home()).fetch(task, lambda rows, _: seen.append(rows))
    assert first == seen[0]
    questions = [shelf_of(task).sample(number).question for number in range(1, 6)]
    assert [f"{then} {number}".strip() for number in range(1, 6)] == questions


def test_pictures_that_came_since_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An add that was cut short before its pictures were there begins anew, and no row stays without its own."""
    monkeypatch.setattr("vqa_eval.samples.shelving.BATCH_BYTES", 1)
    slake(tmp_path, "a/source.jpg", "b/source.jpg")

    def interrupt(rows: int, share: float | None) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Library(home()).add(slake_task(), tmp_path, interrupt)
    for name in "ab":
        (tmp_path / "imgs" / name).mkdir(parents=True)
        (tmp_path / "imgs" / name / "source.jpg").write_bytes(png(ord(name), side=8))
    (about,) = Library(home()).add(slake_task(), tmp_path)
    assert (2, 2, 0) == (about.samples, about.pictures, about.pictures_missing)


def test_a_link_out_of_the_folder_is_a_missing_picture(tmp_path: Path) -> None:
    """A picture that is a link to elsewhere is not read, and the others are; one into the hub's own cache is read."""
    published = tmp_path / "published"
    (published / "imgs").mkdir(parents=True)
    slake(published, "out.jpg", "in.jpg")
    (tmp_path / "secret.jpg").write_bytes(png(1, side=8))
    (published / "imgs" / "out.jpg").symlink_to(tmp_path / "secret.jpg")
    (published / "imgs" / "in.jpg").write_bytes(png(2, side=8))
    (about,) = Library(home()).add(slake_task(), published)
    assert (2, 1, 1) == (about.samples, about.pictures, about.pictures_missing)
    assert ["test.json, row 1: picture 'out.jpg' is a link out of"] == [why.partition(" /")[0] for why in about.uncut]
    cached = tmp_path / "datasets--org--slake"
    (cached / "blobs").mkdir(parents=True)
    (cached / "snapshots").mkdir()
    snapshot = published.rename(cached / "snapshots" / "abc")
    (cached / "blobs" / "sum").write_bytes(png(1, side=8))
    (snapshot / "imgs" / "out.jpg").unlink()
    (snapshot / "imgs" / "out.jpg").symlink_to("../../../blobs/sum")
    (about,) = Library(home()).add(slake_task(), snapshot)
    assert (2, 2, 0) == (about.samples, about.pictures, about.pictures_missing)


@pytest.mark.parametrize("text", ['"abc"', "3", "null"])
def test_a_list_of_ids_is_a_list(tmp_path: Path, text: str) -> None:
    """A file of ids that holds something else is refused; the letters of a text are no ids."""
    (tmp_path / "ids.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"ids\.json: no JSON list of ids"):
        listed_ids(SplitSpec("test", ids="ids.json"), tmp_path)
