"""One published row read as one sample, by what the task file says its columns mean."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.records import Column, FormSpec, Sample, TaskSpec
from vqa_eval.samples.cells import MISSING, clean, filled, present, wrong
from vqa_eval.samples.depictions import depicted, picture_columns
from vqa_eval.samples.pixels.volumes import Cut
from vqa_eval.samples.tables.lists import unfolded
from vqa_eval.samples.tables.reading import Row

Facets = tuple[tuple[str, tuple[str, ...]], ...]
"""Raw places of a row: axis and names from broad to narrow, before the lexicon has seen them."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row as a sample, with what still has to be fetched or kept apart."""

    sample: Sample
    facets: Facets
    picture: bytes | str | None
    """Bytes of the picture, or where to find them ("file:NAME", "view:PACKAGE:NAME", "slide:ID", "volume:NAME")."""
    mask: str | None = None
    """Where to find the mask of the region that is drawn ("file:NAME", "volume:NAME")."""
    cut: Cut | None = None
    """What of a volume becomes the picture."""
    place: str = ""
    """File and row, for messages."""


class RowReader:
    """Reads the rows of one form; a cell that holds something else is a DataError with row and column."""

    def __init__(self, task: TaskSpec, form: FormSpec, listed_ids: Collection[str] = ()) -> None:
        """Read rows of `form`; `listed_ids` are those of the form's id file, if it names one."""
        self._task = task
        self._form = form
        self._listed = listed_ids
        self._benchmark = f"{task.id}/{form.part}" if form.part else task.id
        self._needed = needed_columns(form)

    def takes(self, row: Row) -> bool:
        """Return whether the row is one of the form's samples; DataError where a column to tell it by is missing."""
        self._check(row)
        return all(clean(row.cells[column]) in wanted for column, wanted in self._form.where.items())

    def identity(self, row: Row, number: int) -> str:
        """Return the id of the row, which is the `number`-th of its form, within the form."""
        return clean(row.cells.get(self._form.id)) if self._form.id else clean(row.cells.get("_id")) or str(number)

    def stratum(self, row: Row) -> tuple[str, ...]:
        """Return what the row has in common with those that a split is drawn from together with it."""
        by = self._form.split.by
        return tuple(clean(row.cells.get(name)) for name in by.names) if by else ()

    def _check(self, row: Row) -> None:
        missing = [column for column in self._needed if column not in row.cells]
        if missing:
            raise DataError(
                f"{row.place}: no column {missing[0]!r}; found: {', '.join(map(repr, row.cells))}",
                f"give the file as {self._task.title} publishes it, or mend tasks/{self._task.id}.yaml",
            )

    def read(self, row: Row, number: int) -> Drawn:
        """Return the row, which is the `number`-th of its form, as a sample."""
        form, cells = self._form, row.cells
        self._check(row)
        identity = self.identity(row, number)
        question, options = self._question(row)
        if form.options is not None and form.options.form != "pairs" and sum(o is not None for o in options) < 2:
            raise wrong(row, ", ".join(form.options.columns), options, "at least two options")
        sample = Sample(
            id=f"{self._benchmark}/{identity}",
            benchmark=self._task.id,
            split=self._split(row, identity),
            kind=form.kind,
            question=question,
            options=tuple(text for text in options if text is not None),
            context=_joined(cells, form.context),
        )
        sample = self._keyed(sample, options, row)
        shown = depicted(row, form.image, form.optional)
        cluster = clean(cells.get(form.cluster)) if form.cluster else shown.cluster
        sample = replace(
            sample,
            images=(shown.image,) if shown.image else (),
            cluster=f"{form.cohort or self._task.id}/{cluster}" if cluster else "",
        )
        return Drawn(sample, self._facets(cells, sample), shown.picture, shown.mask, shown.cut, row.place)

    def _question(self, row: Row) -> tuple[str, list[str | None]]:
        """Return the question, and the options at their published positions (None where one is missing)."""
        form, cells = self._form, row.cells
        question = _joined(cells, form.question)
        if form.options is None or form.options.form == "pairs":
            return question, []
        spec = form.options
        if spec.form == "inline":
            return _inline(row, spec.columns[0], question)
        if spec.form == "columns":
            options = [present(cells.get(column)) for column in spec.columns]
        elif spec.form == "fixed":
            options = list(spec.texts[0])
        else:
            cell = unfolded(cells[spec.columns[0]])
            entries = _lettered(row, spec.columns[0], cell) if isinstance(cell, dict) else cell
            if not isinstance(entries, list):
                raise wrong(row, spec.columns[0], cell, "a list of options")
            options = [present(text) for text in _unnumbered(row, spec.columns[0], [clean(entry) for entry in entries])]
        return question, options

    def _keyed(self, sample: Sample, options: list[str | None], row: Row) -> Sample:
        spec = self._form.answer
        if spec is None:
            return sample
        raw = row.cells[spec.column]
        if spec.mapping is not None and present(raw) is not None:
            if clean(raw) not in spec.mapping:
                raise wrong(row, spec.column, raw, f"one of {', '.join(spec.mapping)}")
            raw = spec.mapping[clean(raw)]
        if self._form.kind != "choice":
            return self._open_key(sample, present(raw) or "")
        if spec.form == "letters":
            return self._several(sample, raw, options, row)
        if present(raw) is None:
            return sample
        position = _position(spec.form, raw, options)
        if position is None or not 0 <= position < len(options) or options[position] is None:
            raise wrong(row, spec.column, raw, f"the {spec.form} of one of {len(sample.options)} options")
        kept = sum(option is not None for option in options[:position])
        return replace(sample, correct=(kept,))

    def _several(self, sample: Sample, raw: Any, options: list[str | None], row: Row) -> Sample:
        """Return the sample with every right option: "A,C", "A C", "AC" or a list of letters."""
        letters = raw if isinstance(raw, list) else re.findall(r"[^\s,;/]", clean(raw))
        there = [at for at, option in enumerate(options) if option is not None]
        found = sorted(
            {_position("letter", letter, options) for letter in letters}, key=lambda at: -1 if at is None else at
        )
        if any(at not in there for at in found):
            column = self._form.answer.column if self._form.answer else ""
            raise wrong(row, column, raw, f"the letters of some of {len(there)} options")
        return replace(sample, multi=True, correct=tuple(there.index(at) for at in found if at is not None))

    def _open_key(self, sample: Sample, answer: str) -> Sample:
        if not answer:
            return sample
        spec = self._form.options
        for pair in spec.texts if spec else ():
            folded = [_fold(text) for text in pair]
            if _fold(answer) in folded:
                return replace(sample, kind="choice", options=pair, correct=(folded.index(_fold(answer)),))
        return replace(sample, references=(answer,))

    def _split(self, row: Row, identity: str) -> str:
        spec, cells = self._form.split, row.cells
        if spec.ids or spec.draw is not None:
            return spec.name if identity in self._listed else spec.otherwise
        if spec.column is None:
            return spec.name
        found = _mapped(cells, spec.column)
        if not found:
            names = ", ".join(spec.column.names)
            raise wrong(row, names, cells.get(spec.column.names[-1]), "the name of a split")
        return found[-1]

    def _facets(self, cells: dict[str, Any], sample: Sample) -> Facets:
        form = self._form
        places = [("benchmark", tuple(self._benchmark.split("/"))), ("split", (sample.split,))]
        for axis, column in form.facets.items():
            path = _mapped(cells, column)
            if column.many and path:
                places.extend((axis, (part.strip(),)) for part in path[-1].split(",") if part.strip())
            elif path:
                places.append((axis, path))
        for axis, values in form.nodes.items():
            places.extend((axis, value) for value in values)
        return tuple(dict.fromkeys(places))


def needed_columns(form: FormSpec) -> list[str]:
    """Return the columns that every row of the form must have."""
    columns = [*form.question.names, form.id, form.cluster]
    columns += form.context.names if form.context else ()
    columns += form.options.columns if form.options else ()
    columns += [form.answer.column] if form.answer else []
    columns += picture_columns(form.image)
    columns += [*form.where, *(form.split.by.names if form.split.by else ())]
    columns += form.split.column.names if form.split.column else ()
    columns += [name for column in form.facets.values() for name in column.names]
    return [column for column in dict.fromkeys(columns) if column and column not in form.optional]


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().rstrip(".")


def _joined(cells: dict[str, Any], column: Column | None) -> str:
    if column and column.text:
        return filled(cells, column)
    parts: list[str] = []
    for name in column.names if column else ():
        cell = cells.get(name)
        parts.extend(clean(entry) for entry in (cell if isinstance(cell, list) else [cell]))
    return "\n\n".join(part for part in parts if part)


def _mapped(cells: dict[str, Any], column: Column) -> tuple[str, ...]:
    raw = [clean(cells.get(name)) for name in column.names]
    if column.mapping is not None:
        raw = [column.mapping.get(value, "") for value in raw]
    return tuple(value for value in raw if value.casefold() not in MISSING)


def _inline(row: Row, column: str, question: str) -> tuple[str, list[str | None]]:
    """Cut the options "A:text" out of the question, from the first line "A:" after its last request line."""
    stem, _, rest = question.rpartition("\nPlease choose one of the following options")
    if not stem:
        stem, _, rest = question.partition("\nA:")
        rest = f"\nA:{rest}"
    rest = re.split(r"\nThe final option is to package", rest, maxsplit=1)[0]
    found = re.split(r"^([A-Z]):", rest, flags=re.MULTILINE)[1:]
    labels, texts = found[::2], found[1::2]
    _in_order(row, column, labels)
    return stem.strip(), [present(text) for text in texts]


def _lettered(row: Row, column: str, cell: dict[str, Any]) -> list[Any]:
    """Return the texts of a mapping from labels in the labels' order; a gap is an error, not a shift."""
    labels = sorted(cell)
    _in_order(row, column, labels)
    return [cell[label] for label in labels]


def _unnumbered(row: Row, column: str, entries: list[str]) -> list[str]:
    """Return options without their labels "option N: ", which must count them where one of them has any."""
    found = [re.match(r"option (\d+):\s*", entry) for entry in entries]
    if not any(found):
        return entries
    if [label and int(label[1]) for label in found] != [*range(1, len(entries) + 1)]:
        raise wrong(row, column, entries, "options labelled option 1, option 2, … without a gap")
    return [entry[label.end() :] for entry, label in zip(entries, found, strict=True) if label]


def _in_order(row: Row, column: str, labels: list[str]) -> None:
    if labels != [chr(ord("A") + place) for place in range(len(labels))]:
        raise wrong(row, column, labels, "the labels A, B, C … without a gap")


def _position(form: str, raw: Any, options: list[str | None]) -> int | None:
    text = clean(raw)
    if form == "text":
        there = [(at, option) for at, option in enumerate(options) if option is not None]
        exact = [at for at, option in there if option == text]
        found = exact or [at for at, option in there if _fold(option) == _fold(text)]
        return found[0] if len(found) == 1 else None
    if form == "letter":
        return ascii_uppercase.index(text.upper()) if len(text) == 1 and text.upper() in ascii_uppercase else None
    number = re.fullmatch(r"option (\d+)" if form == "option-number" else r"(\d+)", text)
    return None if number is None else int(number[1]) - (0 if form == "index" else 1)
