"""A single file under a name that nobody published: which form it is taken for, or why it is taken for none."""

import re
from collections.abc import Iterable
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.records import FormSpec, TaskSpec
from vqa_eval.samples.rows import RowReader, needed_columns
from vqa_eval.samples.tables.reading import read_rows

_SPLITS = (
    frozenset(("train", "training")),
    frozenset(("val", "valid", "validate", "validation", "dev")),
    frozenset(("test", "testing")),
)
"""Words for one split."""


def renamed_form(task: TaskSpec, path: Path) -> FormSpec | None:
    """Return the form that the file is of, None where no form's columns are there.

    Columns alone do not tell a form: they are those of every split and size of a table. So where a form has a
    published number of samples, the file must have it; a form without one is taken only where no other fits; and a
    file whose name says another split is none. DataError says what the file disagrees with.
    """
    against: list[str] = []
    for form in sorted(task.forms, key=lambda form: form.expects is None):
        if not _has_columns(form, path):
            continue
        disagreement = _disagreement(task, form, path)
        if not disagreement and (form.expects is not None or not against):
            return form
        if disagreement:
            against.append(f"{form.name} {disagreement}")
    if against:
        raise DataError(
            f"{path}: no published name, and no table of {task.title} by what is in it: {'; '.join(against)}",
            f"if it is one of them, give it its name (vqa-eval data list {task.id}); "
            f"as a benchmark of your own: vqa-eval data new ID {path}",
        )
    return None


def _has_columns(form: FormSpec, path: Path) -> bool:
    if path.suffix.lower() != f".{form.format}":
        return False
    first = next(read_rows(path, form.format), None)
    return first is not None and all(column in first.cells for column in needed_columns(form))


def _disagreement(task: TaskSpec, form: FormSpec, path: Path) -> str:
    """Say what of the file disagrees with the form; nothing where all agrees."""
    words = _words(path.stem)
    said = [word for word in words if any(word in split for split in _SPLITS)]
    if form.split.column is None and said and not _alike(said, (form.split.name, form.split.otherwise)):
        return f"is of split {form.split.name!r}, and the name says {said[0]!r}"
    if form.expects is None:
        return ""
    reader = RowReader(task, form)
    count = sum(reader.takes(row) for row in read_rows(path, form.format))
    return f"has {form.expects:,} samples, here are {count:,}" if count != form.expects else ""


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case: mine_dev-2 has mine and dev, PathTrain has path and train."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+", name)]


def _alike(said: Iterable[str], splits: Iterable[str]) -> bool:
    """Whether every split that is said is one of these, however it is called."""
    known = {word for split in splits for word in _words(split)}
    return all(any(word in split and known & split for split in _SPLITS) for word in said)
