"""Where the rows of a form are: its files at a path, in their natural order, and what is missing of them."""

import fnmatch
import importlib
import importlib.util
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from vqa_eval.errors import DataError
from vqa_eval.records import FormSpec, TaskSpec
from vqa_eval.samples.renamed import renamed_form
from vqa_eval.samples.tables.hub import read_hub
from vqa_eval.samples.tables.reading import LAYOUTS, Bookmark, Row, natural, read_rows
from vqa_eval.samples.tables.shards import missing_shards


@dataclass(frozen=True, slots=True)
class Source:
    """Published tables that match a form of a task."""

    form: FormSpec
    files: tuple[Path, ...]
    """Local files, read one after the other; of a layout those that it must have; none for a hub table."""
    folder: Path
    """Where pictures and lists of ids are looked for."""
    names: tuple[str, ...]
    """What the source is called in records and messages."""
    revision: str = ""
    """Commit of the hub that is read."""

    @property
    def streamed(self) -> bool:
        """Whether the rows come from a layout or from the hub, and not from the files one after the other."""
        return self.form.format not in LAYOUTS and not (self.form.format == "hub" and self.files)

    @property
    def archive(self) -> Path | None:
        """The archive beside the tables that pictures are read out of, where it is there."""
        named = self.form.image.archive if self.form.image else ""
        path = self.folder / named
        return path if named and path.is_file() else None

    @property
    def key(self) -> list[tuple[str, int, int]] | str:
        """Name, bytes and time of every file that the rows are made of: what tells that they are the same still.

        The commit of a table that is streamed from the hub; empty where nothing tells, as of a layout, whose rows
        depend on more files than those that it must have.
        """
        if self.streamed:
            return self.revision
        beside = [self.folder / self.form.split.ids] if self.form.split.ids else []
        files = [*self.files, *beside, *([self.archive] if self.archive else [])]
        names = [*self.names, *(path.name for path in files[len(self.names) :])]
        stats = [path.stat() for path in files if path.exists()]
        return [(name, stat.st_size, stat.st_mtime_ns) for name, stat in zip(names, stats, strict=False)]

    def rows(self, after: Bookmark = Bookmark()) -> Iterator[tuple[Row, Bookmark, float | None]]:  # noqa: B008
        """Yield the rows behind a bookmark, each with the bookmark after it.

        The third is the share of the whole that lies behind with the row, by bytes; None where it is not known.
        """
        rows = after.rows
        if self.streamed:
            hub = self.form.format == "hub"
            stream = read_hub(self.form.hub, self.revision) if hub else layout_of(self.form).rows(self.folder)
            for number, row in enumerate(stream, start=1):
                if number > rows:
                    yield row, Bookmark(0, number, None, number), None
            return
        sizes = [path.stat().st_size for path in self.files]
        for number, path in enumerate(self.files[after.file :], start=after.file):
            kept = after if number == after.file else Bookmark()
            for row in read_rows(path, file_format(self.form, path), kept.row, kept.end):
                rows += 1
                share = (sum(sizes[:number]) + (row.share or 0) * sizes[number]) / sum(sizes)
                yield row, Bookmark(number, row.number, row.end, rows), share


def file_format(form: FormSpec, path: Path) -> str:
    """Return the layout of a file: the form's, or for a file of the hub what its ending says."""
    return path.suffix.removeprefix(".").lower() if form.format == "hub" else form.format


def layout_of(form: FormSpec) -> ModuleType:
    """Return the module that reads the form's layout: FILES and rows(folder); DataError where there is none."""
    name = f"vqa_eval.samples.layouts.{form.format.replace('-', '_')}"
    if not re.fullmatch(r"[a-z0-9-]+", form.format) or importlib.util.find_spec(name) is None:
        raise DataError(f"form {form.name}: no format {form.format!r}", f"one of {', '.join(LAYOUTS)}, hub or a layout")
    return importlib.import_module(name)


def sources(task: TaskSpec, path: Path) -> list[Source]:
    """Return the forms of the task whose files lie at `path`; DataError if there are none, or some are missing."""
    if not path.exists():
        raise DataError(f"{path}: no such file or folder", f"vqa-eval data add {task.id} PATH")
    folder = path if path.is_dir() else path.parent
    names = [path] if path.is_file() else [entry for entry in path.iterdir() if entry.is_file()]
    names.sort(key=lambda entry: natural(entry.name))
    found: list[Source] = []
    for form in task.forms:
        files = tuple(f for f in names if any(fnmatch.fnmatch(f.name, pattern) for pattern in form.files))
        if not files and _has_layout(form):
            there = _layout_files(form, folder)
            files = there if path.is_dir() or path in there else ()
        if files:
            found.append(_local(form, files, folder))
    if not found and path.is_file() and (renamed := renamed_form(task, path)):
        found = [_local(renamed, (path,), folder)]
    if not found:
        raise _nothing(task, path)
    found = sized(task, found)
    chosen = [
        source for at, source in enumerate(found) if not any(same_samples(source.form, o.form) for o in found[:at])
    ]
    for source in chosen:
        check_shards(source)
    return chosen


def sized(task: TaskSpec, found: list[Source]) -> list[Source]:
    """Keep of forms that read one file those of its size: a table is published under one name in several.

    DataError where it has none of these sizes: its results would stand beside published ones of other questions.
    Forms that take the rows of one file apart (`where`) all stay.
    """
    rivalling: dict[tuple[Path, ...], list[Source]] = {}
    for source in found:
        rivalling.setdefault(source.files, []).append(source)
    kept: list[Source] = []
    for files, rivals in rivalling.items():
        if not files or len(rivals) == 1 or any(rival.form.where for rival in rivals):
            kept += rivals
            continue
        rows = sum(1 for _ in rivals[0].rows())
        fitting = [rival for rival in rivals if rival.form.expects in (None, rows)]
        if not fitting:
            sizes = ", ".join(f"{rival.form.expects:,} ({rival.form.name})" for rival in rivals)
            raise DataError(
                f"{rivals[0].names[0]}: {rows:,} rows; {task.title} is published with {sizes}",
                "fetch the file again; to ask it as it is, as a benchmark of your own: vqa-eval data new ID FILE",
            )
        kept += fitting
    return [source for source in found if source in kept]


def check_shards(source: Source) -> None:
    """Raise DataError where the names of a table's files say that there are more of them."""
    if missing := missing_shards(path.name for path in source.files):
        more = f" and {len(missing) - 1:,} more" if len(missing) > 1 else ""
        raise DataError(
            f"{source.names[0]}: no shard {missing[0]}{more} beside it",
            "put every shard into one folder and add the folder",
        )


def same_samples(form: FormSpec, other: FormSpec) -> bool:
    """Tell whether two forms hold the same samples in two layouts; only one of them is ever at hand."""
    return form.name in other.instead_of or other.name in form.instead_of


def _local(form: FormSpec, files: tuple[Path, ...], folder: Path) -> Source:
    return Source(form, files, folder, tuple(str(path.absolute()) for path in files))


def _has_layout(form: FormSpec) -> bool:
    return not form.files and form.format != "hub"


def _layout_files(form: FormSpec, folder: Path) -> tuple[Path, ...]:
    """Return the files that the form's layout must have, or none where one of them is missing."""
    found = [sorted(folder.glob(pattern), key=lambda entry: natural(entry.name)) for pattern in layout_of(form).FILES]
    return tuple(file for files in found for file in files) if all(found) else ()


def published_files(form: FormSpec) -> tuple[str, ...]:
    """Return what a form is published as: names or globs; of a layout all that it reads, its pictures too."""
    if not _has_layout(form):
        return form.files
    layout = layout_of(form)
    return (*layout.FILES, *getattr(layout, "ALSO", ()))


def _nothing(task: TaskSpec, path: Path) -> DataError:
    """Say what was looked for and what is there; of a layout, of which some files are there, what is missing."""
    obtain = "".join(f"\n{text.strip()}" for text in (task.obtain, _address(task.homepage)) if text)
    for form in task.forms:
        patterns = tuple(layout_of(form).FILES) if _has_layout(form) else form.files
        absent = [pattern for pattern in patterns if not any(path.glob(pattern))] if path.is_dir() else []
        if _has_layout(form) and 0 < len(absent) < len(patterns):
            return DataError(
                f"{path}: of {task.title}, {form.name}, there is no {', '.join(absent)}", f"put it there.{obtain}"
            )
    wanted = [name for form in task.forms for name in published_files(form)]
    published = f"it is published as: {', '.join(dict.fromkeys(wanted))}."
    there = sorted(path.iterdir() if path.is_dir() else [path], key=lambda entry: natural(entry.name))
    shown = ", ".join(f"{entry.name}/" if entry.is_dir() else entry.name for entry in there[:6]) or "nothing"
    shown += ", …" if len(there) > 6 else ""
    return DataError(
        f"{path}: no file of {task.title}; found {shown}",
        (published if wanted else f"try: vqa-eval data get {task.id}.") + obtain,
    )


def _address(homepage: str) -> str:
    return homepage if not homepage or "://" in homepage else f"https://{homepage}"
