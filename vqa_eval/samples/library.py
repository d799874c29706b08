"""The benchmarks at hand: prepared forms under VQA_EVAL_HOME, and how published files become them."""

import contextlib
import fnmatch
import hashlib
import importlib.util
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import platformdirs

from vqa_eval.errors import DataError, PictureError
from vqa_eval.records import FormSpec, TaskSpec
from vqa_eval.samples.fetching import Fetcher
from vqa_eval.samples.hub import read_hub
from vqa_eval.samples.rows import RowReader, needed_columns
from vqa_eval.samples.shelf import Shelf, ShelfAbout, ShelfWriter
from vqa_eval.samples.tables import Row, read_rows

READING = 1
"""Version of how rows become samples; data prepared by another version are prepared again."""


def home() -> Path:
    """Return the folder for data and built models: VQA_EVAL_HOME, else the platform's data folder."""
    chosen = os.environ.get("VQA_EVAL_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("vqa-eval"))


@dataclass(frozen=True, slots=True)
class Source:
    """A published table that matches a form of a task."""

    form: FormSpec
    files: tuple[Path, ...]
    """Local files, read one after the other; none for a hub table."""

    @property
    def names(self) -> list[str]:
        """What the source is called in records and messages."""
        return [str(path) for path in self.files] or [f"hub {self.form.hub}"]

    def rows(self) -> Iterator[Row]:
        """Yield the rows of every file, or of the hub table."""
        if not self.files:
            return read_hub(self.form.hub)
        return chain.from_iterable(read_rows(path, self.form.format) for path in self.files)


class Library:
    """The prepared forms under a home folder."""

    def __init__(self, folder: Path) -> None:
        """Keep data under `folder`/data; nothing is created before something is added."""
        self._folder = folder / "data"

    def shelves(self, task: TaskSpec) -> list[Shelf]:
        """Return the prepared forms of a task in its order; shipped data are prepared on first use.

        What was prepared when the task file said something else is not at hand any more: see `stale`.
        """
        found = self._fresh(task)
        if task.shipped and not absent_packages(task) and len(found) < len(task.forms):
            self.add(task, task.folder / task.shipped)
            found = self._fresh(task)
        return found

    def stale(self, task: TaskSpec) -> list[str]:
        """Return the forms prepared under an earlier task file or layout, so that they must be added again."""
        there = [form.name for form in task.forms if self._path(task, form).exists()]
        fresh = {shelf.about.form for shelf in self._fresh(task)}
        return [name for name in there if name not in fresh]

    def _fresh(self, task: TaskSpec) -> list[Shelf]:
        fresh = []
        for form in task.forms:
            path = self._path(task, form)
            if path.exists():
                with contextlib.suppress(DataError):  # of another layout: stale
                    shelf = Shelf(path)
                    if shelf.about.form_digest == form_digest(task, form):
                        fresh.append(shelf)
        return fresh

    def add(self, task: TaskSpec, path: Path, progress: Callable[[int], None] = lambda _: None) -> list[ShelfAbout]:
        """Prepare every form of the task that lies at `path` (a file or a folder); say what each holds.

        `progress` is called with the number of rows read so far. Raises DataError naming file, row and
        column; what was prepared before stays as it was.
        """
        return [
            self._prepare(task, source, path if path.is_dir() else path.parent, progress)
            for source in sources(task, path)
        ]

    def fetch(self, task: TaskSpec, progress: Callable[[int], None] = lambda _: None) -> list[ShelfAbout]:
        """Prepare the hub tables of the splits that the task is evaluated on, through `datasets`.

        Raises DataError where the task names none, or none comes.
        """
        forms = [form for form in task.forms if form.hub and form.split.name in task.evaluate]
        if not forms:
            raise DataError(
                f"{task.id} names no table on the hub",
                f"fetch it{f' from {task.homepage}' if task.homepage else ''}, then: vqa-eval data add {task.id} PATH",
            )
        return [self._prepare(task, Source(form, ()), Path(), progress) for form in forms]

    def remove(self, task: TaskSpec) -> int:
        """Delete the prepared forms of a task and return how many there were."""
        paths = [path for form in task.forms if (path := self._path(task, form)).exists()]
        for path in paths:
            path.unlink()
        return len(paths)

    def _path(self, task: TaskSpec, form: FormSpec) -> Path:
        return self._folder / task.id / f"{form.name}.sqlite"

    def _prepare(self, task: TaskSpec, source: Source, folder: Path, progress: Callable[[int], None]) -> ShelfAbout:
        form = source.form
        reader = RowReader(task, form, _listed_ids(form, folder))
        fetcher = Fetcher(folder / form.image.folder if form.image else folder)
        with ShelfWriter(self._path(task, form)) as writer:
            for number, row in enumerate(source.rows(), start=1):
                drawn = reader.read(row, number)
                try:
                    writer.add(drawn, fetcher.picture(drawn), fetcher.mask(drawn))
                except PictureError as error:  # one volume that cannot be cut does not stop the others
                    writer.add(drawn, None, why=f"{row.place}: {error.message}")
                progress(number)
            if not writer.count:
                raise DataError(f"{', '.join(source.names)}: no rows", "give the file as it was published")
            about = writer.finish(task.id, form.name, form_digest(task, form), source.names)
        for other in task.forms:
            if same_samples(form, other):
                self._path(task, other).unlink(missing_ok=True)
        return about


def absent_packages(task: TaskSpec) -> list[str]:
    """Return the packages that the task's shipped rows need and that are not installed."""
    return [package for package in task.requires if importlib.util.find_spec(package) is None]


def form_digest(task: TaskSpec, form: FormSpec) -> str:
    """Return what prepared data depend on beside the published files: how columns are read, and shipped rows."""
    said = hashlib.sha256(f"{READING} {form!r}".encode())
    for name in form.files if task.shipped else ():
        said.update((task.folder / task.shipped / name).read_bytes())
    return said.hexdigest()


def same_samples(form: FormSpec, other: FormSpec) -> bool:
    """Tell whether two forms hold the same samples in two layouts; only one of them is ever at hand."""
    return form.name in other.instead_of or other.name in form.instead_of


def sources(task: TaskSpec, path: Path) -> list[Source]:
    """Return the forms of the task whose files lie at `path`; DataError if there are none."""
    if not path.exists():
        raise DataError(f"{path}: no such file or folder", f"vqa-eval data add {task.id} PATH")
    names = [path] if path.is_file() else sorted(entry for entry in path.iterdir() if entry.is_file())
    found: list[Source] = []
    for form in task.forms:
        files = tuple(f for f in names if any(fnmatch.fnmatch(f.name, pattern) for pattern in form.files))
        if files and not any(same_samples(form, source.form) for source in found):
            found.append(Source(form, files))
    if not found and path.is_file():
        found = [Source(form, (path,)) for form in task.forms if _fits(form, path)][:1]
    if not found:
        wanted = ", ".join(dict.fromkeys(pattern for form in task.forms for pattern in form.files))
        shown = ", ".join(entry.name for entry in names[:6]) or "nothing"
        raise DataError(
            f"{path}: no file of {task.title}; found {shown}",
            f"it is published as: {wanted}" if wanted else f"try: vqa-eval data get {task.id}",
        )
    return found


def _fits(form: FormSpec, path: Path) -> bool:
    """Whether a renamed file is of this form: its ending and every column that the form needs."""
    if path.suffix.lower() != f".{form.format}":
        return False
    first = next(read_rows(path, form.format), None)
    return first is not None and all(column in first.cells for column in needed_columns(form))


def _listed_ids(form: FormSpec, folder: Path) -> set[str]:
    if not form.split.ids:
        return set()
    path = folder / form.split.ids
    try:
        return {str(entry) for entry in json.loads(path.read_text(encoding="utf-8"))}
    except OSError as error:
        raise DataError(
            f"{path}: {error.strerror}: it lists the rows of split {form.split.name!r}",
            "put it beside the table",
        ) from error
    except ValueError as error:
        raise DataError(f"{path}: not JSON", "give the file as it was published") from error
