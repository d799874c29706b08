"""Commands that bring benchmarks into the home folder, list them and take them away."""

import difflib
from collections.abc import Callable, Iterable
from pathlib import Path

from rich.progress import Progress, TextColumn

from vqa_eval.catalog import Catalog
from vqa_eval.cli.screen import err, note, out, show_table
from vqa_eval.errors import DataError
from vqa_eval.records import TaskSpec
from vqa_eval.samples import Library, ShelfAbout, absent_packages, home
from vqa_eval.tree import Lexicon


def list_data(catalog: Catalog) -> None:
    """Print every benchmark with what is at hand of it."""
    library = Library(home())
    lines = []
    for task in catalog.tasks.values():
        shelves = library.shelves(task)
        samples = sum(shelf.about.samples for shelf in shelves)
        missing = sum(shelf.about.pictures_missing for shelf in shelves)
        stale = library.stale(task)
        if stale:
            state = f"{', '.join(stale)} prepared under an earlier task file: vqa-eval data add {task.id} PATH"
        elif not shelves:
            state = "pip install 'vqa-eval[demo]'" if absent_packages(task) else f"vqa-eval data add {task.id} PATH"
        else:
            whole = {form.name: form.expects for form in task.forms}
            parts = [f"{s.about.form} has {s.about.samples:,} of {whole[s.about.form]:,} rows" for s in shelves
                     if whole[s.about.form] not in (None, s.about.samples)]  # fmt: skip
            state = "; ".join(["at hand", *parts]) + (f"; {missing:,} samples lack their picture" if missing else "")
        forms = ", ".join(shelf.about.form for shelf in shelves)
        lines.append((task.id, f"{samples:,}" if shelves else "–", forms or "–", task.access, task.licence, state))
    columns = ("benchmark", "samples", "tables", "access", "licence", "state")
    show_table("", columns, lines, (False, True, False, False, False, False))
    note(f"home: {home()}")


def add_data(benchmark: str, path: Path, catalog: Catalog) -> None:
    """Prepare a benchmark's published files."""
    task = _task(benchmark, catalog)
    _report(task, _watched(lambda count: Library(home()).add(task, path, count)), catalog)


def get_data(benchmark: str, catalog: Catalog) -> None:
    """Prepare a benchmark's hub tables."""
    task = _task(benchmark, catalog)
    _report(task, _watched(lambda count: Library(home()).fetch(task, count)), catalog)


def remove_data(benchmark: str, catalog: Catalog) -> None:
    """Delete a benchmark's prepared data."""
    count = Library(home()).remove(_task(benchmark, catalog))
    out.print(f"{benchmark}: {count} prepared tables deleted" if count else f"{benchmark}: nothing was at hand")


def _task(benchmark: str, catalog: Catalog) -> TaskSpec:
    if benchmark not in catalog.tasks:
        near = difflib.get_close_matches(benchmark, catalog.tasks, n=3, cutoff=0.3) or list(catalog.tasks)
        raise DataError(f"no benchmark {benchmark!r}", f"nearest: {', '.join(near)}; all: vqa-eval data list")
    return catalog.tasks[benchmark]


def _watched(work: Callable[[Callable[[int], None]], list[ShelfAbout]]) -> list[ShelfAbout]:
    column = TextColumn("reading row {task.completed:,.0f}")
    with Progress(column, console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("", total=None)
        return work(lambda count: progress.update(bar, completed=count))


def _report(task: TaskSpec, prepared: Iterable[ShelfAbout], catalog: Catalog) -> None:
    """Say what was prepared, and everything about it that a person should know."""
    lexicon = Lexicon(catalog.axes)
    expected = {form.name: form.expects for form in task.forms}
    for axis in sorted({axis for form in task.forms for axis in (*form.facets, *form.nodes)} - set(lexicon.axes)):
        note(f"  ! axis {axis!r} is not in the lexicon: a file tasks/lexicon/{axis}.yaml makes it one")
    for about in prepared:
        pictures = f", {about.pictures:,} pictures" if about.pictures else ""
        out.print(f"{task.id}/{about.form}: {about.samples:,} samples{pictures}", soft_wrap=True)
        if expected[about.form] not in (None, about.samples):
            note(f"  ! read {about.samples:,} rows; the published table has {expected[about.form]:,}")
        if about.pictures_missing:
            note(f"  ! {about.pictures_missing:,} samples name a picture that is not at hand")
    for shelf in Library(home()).shelves(task):
        strange = {
            f"{axis}: {' / '.join(names)}"
            for leaf in shelf.leaves()
            for axis, names in leaf.facets
            if (known := lexicon.nodes(axis)) and lexicon.place(axis, names) not in known
        }
        if strange:
            shown = "; ".join(sorted(strange)[:5])
            note(f"  ! {len(strange)} names are not in the lexicon and stay as they are: {shown}")
