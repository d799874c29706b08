"""Commands that bring benchmarks into the home folder, list them, look them over and take them away."""

import difflib
import fnmatch
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path, PurePath

from rich.markup import escape
from rich.padding import Padding
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from vqa_eval.catalog import Catalog
from vqa_eval.cli.hints import again, counted
from vqa_eval.cli.screen import err, note, out, say, show_table
from vqa_eval.errors import DataError
from vqa_eval.records import FormSpec, TaskSpec
from vqa_eval.samples import Library, ShelfAbout, command_for, first_absent, home, published_files
from vqa_eval.tree import Lexicon

Seen = Callable[[int, float | None], None]
"""What is told while rows are read: how many so far, and the share of the bytes (None where nobody knows)."""


def list_data(catalog: Catalog, benchmark: str = "") -> None:
    """Print every benchmark with what is at hand of it, or one with all that is known about getting it."""
    library = Library(home())
    if benchmark:
        _describe(_task(benchmark, catalog), library, catalog)
        return
    longest = max(map(len, catalog.tasks), default=0)
    for task in catalog.tasks.values():
        samples = sum(shelf.about.samples for shelf in library.shelves(task))
        state, more = _state(task, library, catalog)
        counted = f"{samples:,}" if samples else "–"
        out.print(f"[bold]{escape(task.id):<{longest}}[/]  {counted:>9}  {state:<11}  {_terms(task)}", soft_wrap=True)
        below = " · ".join(escape(text) for text in (task.size, task.licence) if text)
        out.print(Padding(f"{escape(more)}[dim] · {below}[/]", (0, 0, 0, 2)))
    note(f"samples at hand, state, access; what is here or the command, size as published, licence. home: {home()}")
    note("one benchmark, and how it is got: vqa-eval data list ID")


def add_data(benchmark: str, path: Path, catalog: Catalog) -> None:
    """Prepare a benchmark's published files."""
    task = _task(benchmark, catalog)
    _report(task, _watched(lambda seen: Library(home()).add(task, path, seen)), catalog)


def get_data(benchmark: str, split: str, catalog: Catalog) -> None:
    """Prepare a benchmark's hub tables: of the split that it is evaluated on, or of another."""
    task = _task(benchmark, catalog)
    only = [form.name for form in task.forms if form.hub and split and form.split.name == split]
    if split and not only:
        there = ", ".join(dict.fromkeys(form.split.name for form in task.forms if form.hub)) or "none"
        raise DataError(f"{task.id}: the hub has no split {split!r}", f"splits there: {there}")
    _report(task, _watched(lambda seen: Library(home()).fetch(task, seen, only=only)), catalog)


def prepare_data(benchmark: str, catalog: Catalog) -> None:
    """Go on with what was cut short, and prepare again what an earlier task file made."""
    task = _task(benchmark, catalog)
    prepared = _watched(lambda seen: Library(home()).prepare(task, seen))
    if not prepared:
        out.print(f"{task.id}: all that was added is at hand", soft_wrap=True)
    _report(task, prepared, catalog)


def check_data(benchmark: str, catalog: Catalog) -> int:
    """Print what is wrong or odd in a benchmark at hand; return 1 where something is wrong, else 0."""
    from vqa_eval.cli.vetting import Watch, show_findings
    from vqa_eval.pipeline.vet import vet

    task = _task(benchmark, catalog)
    with Watch() as watch:
        findings = list(vet(task, catalog, Library(home()), watch))
    return show_findings(task.id, findings)


def new_data(
    benchmark: str,
    source: str,
    folder: Path,
    kind: str,
    catalog: Catalog,
    *,
    given: Mapping[str, str] | None = None,
) -> int:
    """Write the task file of a benchmark of one's own and say what its columns were taken for; return 0.

    `given` are columns whose meaning ("question", "answer") a person says.
    """
    from vqa_eval.cli.drafting import show_draft, show_next
    from vqa_eval.pipeline.draft import draft

    mine = Catalog([folder]) if folder.is_dir() else catalog
    axes = {axis.id: axis for axis in (*catalog.axes, *mine.axes)}
    with err.status("reading the table …"):
        made = draft(benchmark, source, kind, {*catalog.tasks, *mine.tasks}, Lexicon(axes.values()), given=given)
    show_draft(made)
    show_next(benchmark, source, folder, made.write(folder))
    return 0


def remove_data(benchmark: str, catalog: Catalog) -> None:
    """Delete a benchmark's prepared data, and say how much room that gives."""
    task = _task(benchmark, catalog)
    folder = home() / "data" / task.id
    before = _bytes(folder)
    count = Library(home()).remove(task)
    freed = _megabytes(before - _bytes(folder))
    out.print(
        f"{task.id}: {counted(count, 'prepared table')} deleted, {freed} freed"
        if count
        else f"{task.id}: nothing was at hand"
    )


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _megabytes(count: int) -> str:
    return f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.1f} MB"


def _task(benchmark: str, catalog: Catalog) -> TaskSpec:
    if benchmark not in catalog.tasks:
        near = difflib.get_close_matches(benchmark, catalog.tasks, n=3, cutoff=0.3) or list(catalog.tasks)
        if benchmark in Library(home()).strangers(catalog.tasks):
            raise DataError(
                f"no benchmark {benchmark!r}: its data are prepared, but no catalogue at hand describes it",
                f"name the folder of its task file: {again('--catalog FOLDER', catalog)}",
            )
        raise DataError(f"no benchmark {benchmark!r}", f"nearest: {', '.join(near)}; all: vqa-eval data list")
    return catalog.tasks[benchmark]


def _terms(task: TaskSpec) -> str:
    """Return who may have the data, and whether they may be sent to another machine."""
    return task.access if task.remote == "allowed" else f"{task.access}, local models only"


def _state(task: TaskSpec, library: Library, catalog: Catalog) -> tuple[str, str]:
    """Return what there is of a benchmark in a word, and either what that is or the command that brings it."""
    shelves, stale, unfinished = library.shelves(task), library.stale(task), library.unfinished(task)
    prepare = again(f"vqa-eval data prepare {task.id}", catalog, task)
    if unfinished:
        return "cut short", f"{', '.join(unfinished)}: {prepare} goes on"
    if stale:
        return "out of date", f"{', '.join(stale)}: prepared under another task file: {prepare}"
    if not shelves:
        return "not here", again(command_for(task), catalog, task)
    forms = {form.name: form for form in task.forms}
    parts = [", ".join(shelf.about.form for shelf in shelves)]
    for about in (shelf.about for shelf in shelves):
        form = forms[about.form]
        if form.expects not in (None, about.samples):
            parts.append(f"{about.form} has {about.samples:,} of {form.expects:,} rows")
    slides = [shelf for shelf in shelves if (image := forms[shelf.about.form].image) and image.form == "slide"]
    missing = sum(shelf.about.pictures_missing for shelf in shelves if shelf not in slides)
    if missing:
        parts.append(f"{counted(missing, 'sample')} without a picture that it names")
    if slides:
        parts.append("the slides are named at the run: --slides DIR")
    return "at hand", "; ".join(parts)


def _describe(task: TaskSpec, library: Library, catalog: Catalog) -> None:
    """Print all that is known about one benchmark."""
    say(f"{task.id}  {task.title}", style="bold")
    for text in (task.about, task.obtain):
        if text:
            out.print(escape(" ".join(text.split())))
    facts = {
        "homepage": task.homepage,
        "licence": task.licence,
        "access": _terms(task),
        "size": task.size,
        "asked": f"{', '.join(task.evaluate)}, with the prompt {task.prompt}",
        "state": ": ".join(_state(task, library, catalog)),
    }
    out.print()
    for name, fact in facts.items():
        if fact:
            out.print(Padding(f"[dim]{name:<9}[/] {escape(fact)}", (0, 0, 0, 0)))
    at_hand = {shelf.about.form: shelf.about.samples for shelf in library.shelves(task)}
    lines = [
        (
            form.name,
            form.split.name or "by column",
            f"{form.expects:,}" if form.expects else "–",
            f"{at_hand[form.name]:,}" if form.name in at_hand else "–",
            f"hub {form.hub}" if form.hub else ", ".join(published_files(form)),
        )
        for form in task.forms
    ]
    out.print()
    show_table("", ("table", "split", "published", "at hand", "files"), lines, (False, False, True, True, False))


def _watched(work: Callable[[Seen], list[ShelfAbout]]) -> list[ShelfAbout]:
    """Do some work under a bar: the share of the bytes where it is known, the rows, and the time left."""
    columns = (
        BarColumn(),
        TaskProgressColumn(),
        TextColumn("row {task.fields[rows]:,}"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_terminal) as progress:
        bar = progress.add_task("", total=None, rows=0)

        def seen(rows: int, share: float | None = None) -> None:
            progress.update(bar, rows=rows, completed=share or 0.0, total=None if share is None else 1.0)

        return work(seen)


def _report(task: TaskSpec, prepared: Iterable[ShelfAbout], catalog: Catalog) -> None:
    """Say what was prepared, and everything about it that a person should know."""
    lexicon = Lexicon(catalog.axes)
    forms = {form.name: form for form in task.forms}
    for axis in sorted({axis for form in task.forms for axis in (*form.facets, *form.nodes)} - set(lexicon.axes)):
        note(f"  ! axis {axis!r} is not in the lexicon: a file tasks/lexicon/{axis}.yaml makes it one")
    for about in prepared:
        pictures = f", {counted(about.pictures, 'picture')}" if about.pictures else ""
        out.print(f"{task.id}/{about.form}: {counted(about.samples, 'sample')}{pictures}", soft_wrap=True)
        form = forms[about.form]
        for renamed in _renamed(form, about):
            note(f"  {renamed} is taken for {task.id}/{form.name}, by its columns")
        if form.expects not in (None, about.samples):
            note(f"  ! {counted(about.samples, 'sample')}; the published table gives {form.expects:,}")
        if form.image and form.image.form == "slide":
            note("  the slides are named at the run: --slides DIR")
        elif about.pictures_missing:
            first = f"; the first: {found}" if (found := first_absent(about, form)) else ""
            note(f"  ! {counted(about.pictures_missing, 'sample')} without a picture that it names{first}")
        for why in about.uncut:
            note(f"    {why}")
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
    note(f"look it over: {again(f'vqa-eval data check {task.id}', catalog, task)}")


def _renamed(form: FormSpec, about: ShelfAbout) -> list[str]:
    """Return the files that the form publishes under no such name."""
    names = [PurePath(source).name for source in about.sources] if form.files else []
    return [name for name in names if not any(fnmatch.fnmatch(name, pattern) for pattern in form.files)]
