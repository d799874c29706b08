"""One published row read as one sample, by what the task file says its columns mean."""

import base64
import binascii
import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.records import Column, FormSpec, Image, Mark, Sample, TaskSpec, View
from vqa_eval.samples.tables import Row

MISSING = ("", "nan")
"""What published tables write where a value is absent (a NaN read back as text); "None" may be an option."""

Facets = tuple[tuple[str, tuple[str, ...]], ...]
"""Raw places of a row: axis and names from broad to narrow, before the lexicon has seen them."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A row as a sample, with what still has to be fetched or kept apart."""

    sample: Sample
    facets: Facets
    picture: bytes | str | None
    """Bytes of the picture, or where to find them ("file:NAME", "view:PACKAGE:NAME", "slide:ID")."""


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
        return all(_text(row.cells[column]) in wanted for column, wanted in self._form.where.items())

    def identity(self, row: Row, number: int) -> str:
        """Return the id of the row, which is the `number`-th of its form, within the form."""
        return _text(row.cells.get(self._form.id)) if self._form.id else _text(row.cells.get("_id")) or str(number)

    def stratum(self, row: Row) -> tuple[str, ...]:
        """Return what the row has in common with those that a split is drawn from together with it."""
        by = self._form.split.by
        return tuple(_text(row.cells.get(name)) for name in by.names) if by else ()

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
            raise _wrong(row, ", ".join(form.options.columns), options, "at least two options")
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
        picture, image = self._picture(row)
        cluster = _text(cells.get(form.cluster)) if form.cluster else ""
        sample = replace(
            sample, images=(image,) if image else (), cluster=f"{self._task.id}/{cluster}" if cluster else ""
        )
        return Drawn(sample, self._facets(cells, sample), picture)

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
            options = [_present(cells.get(column)) for column in spec.columns]
        elif spec.form == "fixed":
            options = list(spec.texts[0])
        else:
            cell = cells[spec.columns[0]]
            entries = _lettered(row, spec.columns[0], cell) if isinstance(cell, dict) else cell
            if not isinstance(entries, list):
                raise _wrong(row, spec.columns[0], cell, "a list of options")
            options = [_present(re.sub(r"^option \d+: ", "", _text(entry))) for entry in entries]
        return question, options

    def _keyed(self, sample: Sample, options: list[str | None], row: Row) -> Sample:
        spec = self._form.answer
        if spec is None:
            return sample
        raw = row.cells[spec.column]
        if spec.mapping is not None and _present(raw) is not None:
            if _text(raw) not in spec.mapping:
                raise _wrong(row, spec.column, raw, f"one of {', '.join(spec.mapping)}")
            raw = spec.mapping[_text(raw)]
        if self._form.kind != "choice":
            return self._open_key(sample, _text(raw))
        if spec.form == "letters":
            return self._several(sample, raw, options, row)
        if _present(raw) is None:
            return sample
        position = _position(spec.form, raw, options)
        if position is None or not 0 <= position < len(options) or options[position] is None:
            raise _wrong(row, spec.column, raw, f"the {spec.form} of one of {len(sample.options)} options")
        kept = sum(option is not None for option in options[:position])
        return replace(sample, correct=(kept,))

    def _several(self, sample: Sample, raw: Any, options: list[str | None], row: Row) -> Sample:
        """Return the sample with every right option: "A,C", "A C", "AC" or a list of letters."""
        letters = raw if isinstance(raw, list) else re.findall(r"[^\s,;/]", _text(raw))
        there = [at for at, option in enumerate(options) if option is not None]
        found = sorted(
            {_position("letter", letter, options) for letter in letters}, key=lambda at: -1 if at is None else at
        )
        if any(at not in there for at in found):
            column = self._form.answer.column if self._form.answer else ""
            raise _wrong(row, column, raw, f"the letters of some of {len(there)} options")
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
            raise _wrong(row, names, cells.get(spec.column.names[-1]), "the name of a split")
        return found[-1]

    def _picture(self, row: Row) -> tuple[bytes | str | None, Image | None]:
        spec = self._form.image
        if spec is None:
            return None, None
        cell, name = _cell(row.cells, spec.cell), row.place.rpartition(", ")[2]
        if not cell:
            # Without its picture the question would be asked blind; only the task file may say that this is meant.
            blind = set(spec.cell.names) <= set(self._form.optional)
            return (None, None) if blind else (None, Image(name, None))
        if spec.form in ("base64", "bytes"):
            return _stored(cell), Image(name, None)
        if spec.form == "view":
            return f"view:{cell['file']}", Image(cell["file"], None, _view(cell))
        prefix = "slide" if spec.form == "slide" else "file"
        return f"{prefix}:{_text(cell)}", Image(_text(cell), None, slide=spec.form == "slide")

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


def picture_columns(form: FormSpec) -> list[str]:
    """Return the columns that say which picture a row has, and what of it is shown."""
    spec = form.image
    if spec is None:
        return []
    columns = [*spec.cell.names, *spec.crop, *spec.box, spec.index, *(spec.mask.names if spec.mask else ())]
    return [column for column in columns if column]


def needed_columns(form: FormSpec) -> list[str]:
    """Return the columns that every row of the form must have."""
    columns = [*form.question.names, form.id, form.cluster]
    columns += form.context.names if form.context else ()
    columns += form.options.columns if form.options else ()
    columns += [form.answer.column] if form.answer else []
    columns += picture_columns(form)
    columns += [*form.where, *(form.split.by.names if form.split.by else ())]
    columns += form.split.column.names if form.split.column else ()
    columns += [name for column in form.facets.values() for name in column.names]
    return [column for column in dict.fromkeys(columns) if column and column not in form.optional]


def _stored(cell: Any) -> bytes | None:
    """Return the bytes of a picture in a cell: base64 text, bytes, or a Parquet picture."""
    if isinstance(cell, str):
        # A cell that is no base64 is kept as it is: the sample is then a fault at the run, with its row.
        try:
            return base64.b64decode(cell, validate=True)
        except (binascii.Error, ValueError):
            return cell.encode("utf-8", "replace")
    data = cell.get("bytes") if isinstance(cell, dict) else cell
    return bytes(data) if data else None


def _text(cell: Any) -> str:
    """Return a cell as clean text: no half characters, no control characters but line breaks and tabs."""
    if cell is None:
        return ""
    text = str(cell)
    if text.isprintable():
        return text.strip()
    whole = text.encode("utf-8", "replace").decode()
    return "".join(char for char in whole if char >= " " or char in "\n\t").replace("\x7f", "").strip()


def _present(cell: Any) -> str | None:
    text = _text(cell)
    return None if text.casefold() in MISSING else text


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().strip().rstrip(".")


def _cell(cells: dict[str, Any], column: Column) -> Any:
    """Return a cell as it is, or the text that is made of several; None where one of these is missing."""
    if not column.text:
        return cells.get(column.names[0])
    return _filled(cells, column) if all(_present(cells.get(name)) for name in column.names) else None


def _filled(cells: dict[str, Any], column: Column) -> str:
    """Return the column's sentence with the cells in the place of their names."""
    return re.sub(r"{([^{}]+)}", lambda name: _text(cells.get(name[1])), column.text)


def _joined(cells: dict[str, Any], column: Column | None) -> str:
    if column and column.text:
        return _filled(cells, column)
    parts: list[str] = []
    for name in column.names if column else ():
        cell = cells.get(name)
        parts.extend(_text(entry) for entry in (cell if isinstance(cell, list) else [cell]))
    return "\n\n".join(part for part in parts if part)


def _mapped(cells: dict[str, Any], column: Column) -> tuple[str, ...]:
    raw = [_text(cells.get(name)) for name in column.names]
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
    return stem.strip(), [_present(text) for text in texts]


def _lettered(row: Row, column: str, cell: dict[str, Any]) -> list[Any]:
    """Return the texts of a mapping from labels in the labels' order; a gap is an error, not a shift."""
    labels = sorted(cell)
    _in_order(row, column, labels)
    return [cell[label] for label in labels]


def _in_order(row: Row, column: str, labels: list[str]) -> None:
    if labels != [chr(ord("A") + place) for place in range(len(labels))]:
        raise _wrong(row, column, labels, "the labels A, B, C … without a gap")


def _position(form: str, raw: Any, options: list[str | None]) -> int | None:
    text = _text(raw)
    if form == "text":
        folded = [_fold(option) if option is not None else None for option in options]
        return folded.index(_fold(text)) if _fold(text) in folded else None
    if form == "letter":
        return ascii_uppercase.index(text.upper()) if len(text) == 1 and text.upper() in ascii_uppercase else None
    number = re.fullmatch(r"option (\d+)" if form == "option-number" else r"(\d+)", text)
    return None if number is None else int(number[1]) - (0 if form == "index" else 1)


def _view(cell: dict[str, Any]) -> View:
    mark = cell.get("mark")
    window, crop = cell.get("window"), cell.get("crop")
    return View(
        frame=int(cell.get("frame", 0)),
        window=(float(window[0]), float(window[1])) if window else None,
        crop=(int(crop[0]), int(crop[1]), int(crop[2]), int(crop[3])) if crop else None,
        mark=Mark(mark["kind"], tuple((float(x), float(y)) for x, y in mark["points"])) if mark else None,
        side=cell.get("side"),
    )


def _wrong(row: Row, column: str, cell: Any, wanted: str) -> DataError:
    shown = json.dumps(cell, ensure_ascii=False, default=str)
    shown = shown if len(shown) <= 80 else shown[:77] + "…"
    return DataError(f"{row.place}, column {column}: {shown} is not {wanted}", "mend or leave out that row")
