"""A stored run becomes the table in which the maintainers of a benchmark take predictions."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.pipeline.exports import Cell, Export, find
from vqa_eval.pipeline.sheets import write_sheet
from vqa_eval.records import Row, Sample, TaskSpec
from vqa_eval.samples import Library, Shelf
from vqa_eval.store import RunStore

Raw = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Exported:
    """One file that was written."""

    path: Path
    model: str
    rows: int
    empty: int
    """Replies without a word."""
    mended: int
    """Cells in which a character that the file cannot hold was replaced."""
    published: int | None
    """Rows of the published split; None where the task file does not say."""


def export(folder: Path, to: str, out: Path | None, catalog: Catalog, library: Library) -> list[Exported]:
    """Write one file for each model and prompt of a run; return what was written.

    out: the file; None takes a name in the run's folder. Of several rows each gets the model's name added. The
    published spelling of names ("Mask level") is read from the prepared data, which must be those of the run.

    Raises CatalogError for a form that is none, and DataError, before anything is written, where the run holds no
    such sample, not all of the split, or a question without a reply.
    """
    form = find(to)
    store = RunStore.open(folder)
    try:
        split = _split(form, store, catalog.tasks[form.benchmark], library)
        rows = store.rows()
        said = [split.replies(store, row) for row in rows]
        paths = [_path(form, folder, out, row, alone=len(rows) == 1) for row in rows]
        return [split.write(path, row.model, texts) for path, row, texts in zip(paths, rows, said, strict=True)]
    finally:
        store.close()


@dataclass(frozen=True, slots=True)
class _Split:
    """The samples of a run that belong into the file, with the names of their published rows."""

    form: Export
    samples: Mapping[str, Sample]
    raw: Mapping[str, Raw]
    expects: int | None

    def replies(self, store: RunStore, row: Row) -> dict[str, str]:
        """Return the row's replies by sample; DataError where one is missing."""
        said = {sample.id: reply.text for sample, reply in store.replies(row.number) if sample.id in self.samples}
        missing = len(self.samples) - len(said)
        if missing:
            raise DataError(
                f"{store.folder}: INCOMPLETE: {missing:,} of {len(self.samples):,} questions to {row.model} "
                "have no reply",
                "the command that began the run asks them again; a file with gaps is not written",
            )
        return said

    def write(self, path: Path, model: str, said: Mapping[str, str]) -> Exported:
        """Write the file of one row."""
        cells: list[tuple[Cell, ...]] = [
            self.form.row(sample, self.raw[identity], said[identity]) for identity, sample in self.samples.items()
        ]
        mended = write_sheet(path, self.form.columns, sorted(cells, key=self.form.order))
        empty = sum(not text.strip() for text in said.values())
        return Exported(path, model, len(cells), empty, mended, self.expects)


def _split(form: Export, store: RunStore, task: TaskSpec, library: Library) -> _Split:
    node = f"'benchmark/{form.benchmark} & split/{form.split}'"
    samples = {
        sample.id: sample
        for sample in store.samples()
        if (sample.benchmark, sample.split) == (form.benchmark, form.split)
    }
    if not samples:
        raise DataError(f"{store.folder}: no sample of {node}", f"vqa-eval --model MODEL --tree {node}")
    for shelf in library.shelves(task):
        raw = _raw(shelf, form.split)
        if not raw:
            continue
        known = store.manifest.data.get(f"{task.id}/{shelf.about.form}")
        if known not in (None, shelf.about.data_digest) or not samples.keys() <= raw.keys():
            raise DataError(
                f"{task.id} was prepared again from other files than those of the run",
                f"add the files of the run: vqa-eval data add {task.id} PATH",
            )
        if len(samples) < len(raw):
            raise DataError(
                f"{store.folder}: INCOMPLETE: the run asks {len(samples):,} of {len(raw):,} questions of the split",
                f"ask the whole split, without --limit: --tree {node}",
            )
        expects = next(entry.expects for entry in task.forms if entry.name == shelf.about.form)
        return _Split(form, samples, raw, expects)
    raise DataError(
        f"the {form.split} split of {task.title} is not at hand: the file repeats its columns",
        f"vqa-eval data add {task.id} PATH",
    )


def _raw(shelf: Shelf, split: str) -> dict[str, Raw]:
    """Return the names of every published row of a split, by sample, as they are spelled there."""
    leaves = {leaf.number: dict(leaf.facets) for leaf in shelf.leaves() if ("split", (split,)) in leaf.facets}
    return {identity: leaves[leaf] for _, identity, leaf in shelf.ids(leaves)}


def _path(form: Export, folder: Path, out: Path | None, row: Row, *, alone: bool) -> Path:
    name = re.sub(r"[^A-Za-z0-9._]+", "-", row.model if alone else f"{row.model}-{row.prompt}").strip("-.")
    if out is None:
        return folder / f"{form.file.format(model=name)}.xlsx"
    return out if alone else out.with_name(f"{out.stem}-{name}{out.suffix}")
