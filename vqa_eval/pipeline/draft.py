"""A task file for a benchmark of one's own, drafted from a look at its table; nothing is guessed in silence."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain, islice
from pathlib import Path
from typing import Any

from vqa_eval.catalog.drafts import axis_text, task_record, task_text, write_new
from vqa_eval.errors import CatalogError, DataError
from vqa_eval.pipeline.drafting.answers import find_choice_answer, find_class_answer, find_text_answer
from vqa_eval.pipeline.drafting.meaning import FormDraft
from vqa_eval.pipeline.drafting.names import SPLITS, bare
from vqa_eval.pipeline.drafting.pictures import find_picture
from vqa_eval.pipeline.drafting.places import find_places
from vqa_eval.pipeline.drafting.questions import find_options, find_question
from vqa_eval.pipeline.drafting.survey import LOOKED, Survey, survey
from vqa_eval.pipeline.drafting.tables import HUB, Table, tables
from vqa_eval.samples.rows import RowReader
from vqa_eval.samples.tables.reading import Row
from vqa_eval.tree import Lexicon

PROMPT = "letter"
"""The technique that a new benchmark is asked in."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A task that can be written."""

    document: dict[str, Any]
    forms: tuple[FormDraft, ...]
    unread: dict[str, str] = field(default_factory=dict)
    """Tables of the source that were not understood, with the reason."""
    axes: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def files(self, folder: Path) -> dict[Path, str]:
        """Return the files of the draft in a catalogue folder: the task, and an axis each for new facets."""
        texts = {
            folder / "tasks" / f"{self.document['id']}.yaml": task_text(
                self.document, _REMARKS, [form.remarks for form in self.forms]
            )
        }
        for axis, names in self.axes.items():
            about = f"A column of {self.document['id']}: say what its names are."
            texts[folder / "tasks" / "lexicon" / f"{axis}.yaml"] = axis_text(axis, about, names)
        return texts

    def write(self, folder: Path) -> list[Path]:
        """Write the draft; CatalogError, and nothing is written, where one of its files is there already."""
        texts = self.files(folder)
        write_new(texts)
        return list(texts)


@dataclass(frozen=True, slots=True)
class _Read:
    """One table that is understood."""

    table: Table
    form: FormDraft
    count: int
    ids: frozenset[str]


_REMARKS = {
    "about": "what it asks after, who made it, what it must not be used for",
    "licence": "under which licence may questions and pictures be used?",
    "access": "open, registration or credentialed; `remote: forbidden` keeps it from models on other machines",
    "prompt": "how it is asked where the command line does not say; all of them: vqa-eval prompt",
}


def draft(
    benchmark: str,
    source: str,
    kind: str,
    taken: Collection[str],
    lexicon: Lexicon,
    *,
    given: Mapping[str, str] | None = None,
) -> Draft:
    """Return a task file's content for a source; DataError where it is not understood.

    `source` is a table, a folder with tables, a folder with a folder of pictures for each class, or
    hf:org/name[:config][@split]; `kind` is choice, open, caption, or empty where the table should say. Ids that
    are `taken` already are refused; columns are laid on the axes of the `lexicon`, or become axes of their own.
    `given` are columns whose meaning ("question", "answer") a person says.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", benchmark):
        raise CatalogError(f"{benchmark!r} cannot be the id of a benchmark", "letters, digits, and - . _ in between")
    if benchmark in taken:
        raise CatalogError(f"there is a benchmark {benchmark!r} already", "take another id: vqa-eval data list")
    if kind not in ("", "choice", "open", "caption"):
        raise CatalogError(f"there is no kind {kind!r}", "kinds: choice, open, caption")
    found: list[_Read] = []
    unread: dict[str, DataError] = {}
    for table in tables(source):
        try:
            found.append(_form(benchmark, table, kind, lexicon, given or {}))
        except DataError as error:
            unread[table.name] = error
    if not found:
        raise next(iter(unread.values()))
    _tell_apart([read.form for read in found], [read.ids for read in found])
    axes: dict[str, set[str]] = {}
    for axis, names in chain.from_iterable(read.form.axes.items() for read in found):
        axes.setdefault(axis, set()).update(names)
    return Draft(
        _document(benchmark, source, [read.form for read in found], sum(read.count for read in found)),
        tuple(read.form for read in found),
        {name: error.message for name, error in unread.items()},
        {axis: tuple(sorted(names)) for axis, names in axes.items()},
    )


def _form(benchmark: str, table: Table, kind: str, lexicon: Lexicon, given: Mapping[str, str]) -> _Read:
    """Return the form that a table is read by; DataError where it is not understood."""
    most = LOOKED if table.format == "hub" else None
    look = survey(table.read(), most)
    form = FormDraft({"name": table.name, "format": table.format, **table.where}, given=given)
    form.keys["split"] = table.split or "test"

    def reading(answer: dict[str, Any]) -> RowReader:
        return _reader(benchmark, {**form.keys, "answer": answer})

    if table.format == "class-folders":
        _classes(form, look)
    else:
        find_picture(form, look, table.folder)
        if kind in ("", "choice"):
            find_options(form, look)
        _question_and_answer(form, look, kind, islice(table.read(), most), reading)
        find_places(form, look, lexicon)
    missing = [
        name
        for meaning in form.meanings
        if meaning.says.partition(":")[0] not in ("answer", "question", "id")
        for name in meaning.columns
        if look.columns[name].there < look.count
    ]
    if missing:
        form.keys["optional"] = sorted(missing)
    if look.whole:
        form.keys["expects"] = look.count
    return _Read(table, form, look.count, _read_all(benchmark, form, islice(table.read(), most)))


def _question_and_answer(
    form: FormDraft,
    look: Survey,
    kind: str,
    rows: Iterator[Row],
    reading: Callable[[dict[str, Any]], RowReader],
) -> None:
    if "options" in form.keys:
        form.keys["kind"] = "choice"
        find_question(form, look, "choice", needed=True)
        find_choice_answer(form, look, rows, reading)
    elif kind == "choice":
        form.keys["kind"] = "choice"
        find_class_answer(form, look)
        find_question(form, look, "choice", needed=False)
    else:
        form.keys["kind"] = find_text_answer(form, look, kind)
        find_question(form, look, form.keys["kind"], needed=False)


def _classes(form: FormDraft, look: Survey) -> None:
    """Place what folders of classes say."""
    classes = sorted(look.columns["class"].values)
    if len(classes) < 2:
        raise DataError(f"{len(classes)} folder with pictures is no choice", "give a folder for each class")
    form.keys["kind"] = "choice"
    form.place("image", {"file": "file"}, ("file",), "the pictures in the folders")
    form.place("options", {"fixed": classes}, ("class",), f"the {len(classes)} folders: each is a class")
    form.place("answer", {"text": "class"}, ("class",), "the folder that a picture lies in", "answer: text")
    form.place("question", {"text": "What does this picture show?"}, (), "this sentence is asked of every picture")
    form.remarks["question"] = "the same for every picture: say what is to be told apart"
    form.remarks["options"] = "the names of the folders, as they are shown to a model: spell them out"
    form.place("id", "file", ("file",), "where a picture lies is its id")
    splits = look.columns["split"]
    if splits.present == look.count:
        names = {name: name for name in splits.values}
        form.place("split", {"column": "split", "map": names}, ("split",), f"the outer folders: {', '.join(names)}")
    elif splits.present:
        raise DataError("some pictures lie in CLASS/, some in SPLIT/CLASS/", "sort all of them in one of the two ways")


def _read_all(benchmark: str, form: FormDraft, rows: Iterator[Row]) -> frozenset[str]:
    """Read every row by the form, as it will be read when it is added, and return the ids.

    DataError for the first row that does not fit. Pictures are not looked at.
    """
    reader = _reader(benchmark, form.keys)
    seen: set[str] = set()
    for number, row in enumerate(rows, start=1):
        identity = reader.read(row, number).sample.id
        if identity in seen:
            raise DataError(f"{row.place}: a second row with the id {identity!r}", "mend or leave out that row")
        seen.add(identity)
    return frozenset(seen)


def _reader(benchmark: str, keys: dict[str, Any]) -> RowReader:
    text_only = {key: value for key, value in keys.items() if key != "image"}
    task = task_record(_document(benchmark, "", [FormDraft(text_only)], 0), Path())
    return RowReader(task, task.forms[0])


def _tell_apart(forms: list[FormDraft], ids: list[frozenset[str]]) -> None:
    """Give tables names of their own; where two of them have an id in common, each becomes a part of the benchmark."""
    names: dict[str, int] = {}
    shared = len(frozenset[str]().union(*ids)) < sum(map(len, ids))
    for form in forms:
        name = form.keys["name"]
        names[name] = names.get(name, 0) + 1
        if names[name] > 1:
            form.keys["name"] = f"{name}-{names[name]}"
        if shared:
            form.keys["part"] = form.keys["name"]
            form.remarks["part"] = "ids of the tables overlap, so each is a part of the benchmark"


def _document(benchmark: str, source: str, forms: list[FormDraft], count: int) -> dict[str, Any]:
    splits = [name for form in forms for name in _splits(form.keys["split"])]
    evaluate = sorted(dict.fromkeys(splits), key=lambda name: SPLITS.index(bare(name)) if bare(name) in SPLITS else 99)
    name = Path(source).name if not source.startswith(HUB) else source.removeprefix(HUB)
    order = ("name", "format", "files", "hub", "part", "kind", "split", "question", "context", "options", "answer")
    ranked = [
        {key: form.keys[key] for key in sorted(form.keys, key=lambda key: order.index(key) if key in order else 99)}
        for form in forms
    ]
    return {
        "id": benchmark,
        "title": benchmark,
        "about": f"{count:,} rows of {name}.",
        "licence": "not stated",
        "access": "open",
        "evaluate": evaluate[0],
        "prompt": PROMPT,
        "forms": ranked,
    }


def _splits(split: Any) -> list[str]:
    return [split] if isinstance(split, str) else list(split["map"].values())
