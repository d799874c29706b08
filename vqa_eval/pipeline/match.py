"""Stored predictions get the samples that they answer: a benchmark's own, or what their file says alone."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from string import ascii_uppercase
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.predictions import Prediction
from vqa_eval.records import FormSpec, Image, Node, Sample, TaskSpec
from vqa_eval.samples import Shelf
from vqa_eval.samples.depictions import picture_columns
from vqa_eval.samples.rows import Drawn, RowReader, needed_columns
from vqa_eval.samples.tables.reading import Row
from vqa_eval.tree import Lexicon

UNPLACED = frozenset({"benchmark", "split", "label", "question"})
"""Axes that a column of the same name does not mean: a label or a question there is a key or the text itself."""
LONGEST_NAME = 100
"""Characters of a cell that may be a name on an axis."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A prediction with the sample that it answers."""

    prediction: Prediction
    sample: Sample


def plain_pairs(predictions: Iterable[Prediction], benchmark: str, lexicon: Lexicon) -> list[Pair]:
    """Return the predictions with samples made of what the file says alone.

    A column that bears the name of an axis gives a node; VLMEvalKit's `l2-category` and `category` give one on
    the axis `task`, from broad to narrow.
    """
    pairs = []
    for prediction in predictions:
        cells = {column.casefold(): cell for column, cell in prediction.cells.items()}
        split = _name(cells.get("split"))
        sample = Sample(
            id=f"{benchmark}/{prediction.id}",
            benchmark=benchmark,
            split=split,
            kind="choice" if prediction.options else "open",
            question=prediction.question,
            options=prediction.options,
            correct=prediction.correct,
            references=prediction.references,
            multi=len(prediction.correct) > 1,
            context=prediction.context,
            images=tuple(Image(name, None) for name in prediction.pictures),
            nodes=tuple(_nodes(cells, benchmark, split, lexicon)),
        )
        pairs.append(Pair(prediction, _clustered(sample, prediction)))
    return pairs


class _OtherKeyError(DataError):
    """The file contradicts what is prepared: no other form of the benchmark makes that right."""


class OwnSamples:
    """A benchmark's own samples for predictions whose file repeats the columns of one of its forms."""

    def __init__(self, task: TaskSpec, lexicon: Lexicon, shelves: Sequence[Shelf] = ()) -> None:
        """Read rows by the forms of `task`; what stands in `shelves` gives its pictures and clusters too."""
        self._task = task
        self._lexicon = lexicon
        self._shelves = [(shelf, {leaf.number: leaf.facets for leaf in shelf.leaves()}) for shelf in shelves]

    def pairs(self, predictions: Sequence[Prediction]) -> list[Pair]:
        """Return the predictions with their samples.

        Two forms may have the same columns and write the key in two ways: the one is taken under which every key
        agrees with the file's own. Raises the DataError of the form that comes nearest where none fits.
        """
        errors = []
        for form in self._forms(predictions[0]):
            try:
                return list(self._read(form, predictions))
            except _OtherKeyError:
                raise
            except DataError as error:
                errors.append(error)
        raise errors[0]

    def _forms(self, first: Prediction) -> list[FormSpec]:
        """Return the forms that may fit: one without key only where none with a key has all its columns."""
        columns = {column.casefold() for column in first.cells}
        missing = {
            form.name: sum(column.casefold() not in columns for column in needed_columns(_unpictured(form)))
            for form in self._task.forms
        }
        whole = [form for form in self._task.forms if not missing[form.name]]
        nearest = min(self._task.forms, key=lambda form: missing[form.name])
        return [form for form in whole if form.answer] or whole or [nearest]

    def _read(self, form: FormSpec, predictions: Sequence[Prediction]) -> Iterator[Pair]:
        reader, title = RowReader(self._task, form), self._task.title
        for number, prediction in enumerate(predictions, start=1):
            drawn = reader.read(Row(_cells(form, prediction), prediction.place), number)
            if form.split.ids:
                lacks = f"{title} tells its splits by {form.split.ids}, which is not in the file"
                raise DataError(f"{prediction.place}: {lacks}", "import it without --task")
            if not form.id and form.expects != len(predictions):
                lacks = f"{title} knows its rows by their number, and the file has not all of them"
                raise DataError(f"{prediction.place}: {lacks}", "import it without --task")
            yield self._pair(drawn, prediction)

    def _pair(self, drawn: Drawn, prediction: Prediction) -> Pair:
        sample, options = drawn.sample, len(prediction.options or prediction.logprobs)
        if options and len(sample.options) != options:
            raise self._disagreement(prediction, f"{len(sample.options)} options", f"{options}")
        if prediction.correct and sample.correct and prediction.correct != sample.correct:
            raise self._disagreement(prediction, f"the key {_letters(sample.correct)}", _letters(prediction.correct))
        own = self._at_hand(sample)
        if own is None:
            own = _clustered(replace(sample, nodes=self._places(drawn.facets)), prediction)
        return Pair(prediction, own)

    def _at_hand(self, sample: Sample) -> Sample | None:
        """Return the prepared sample of that id, with its pictures and cluster; None where it is not at hand."""
        for shelf, leaves in self._shelves:
            found = shelf.find(sample.id)
            if found is not None:
                own = shelf.sample(found[0])
                if (len(own.options), own.correct) != (len(sample.options), sample.correct):
                    raise _OtherKeyError(
                        f"{sample.id}: has another key or other options in the prepared data",
                        f"vqa-eval data add {self._task.id} PATH, or import it without --task",
                    )
                return replace(own, nodes=self._places(leaves[found[1]]))
        return None

    def _places(self, facets: Iterable[tuple[str, tuple[str, ...]]]) -> tuple[Node, ...]:
        return tuple(dict.fromkeys(self._lexicon.place(axis, names) for axis, names in facets))

    def _disagreement(self, prediction: Prediction, ours: str, theirs: str) -> DataError:
        return DataError(
            f"{prediction.place}: {self._task.title} has {ours}, the file {theirs}",
            "import it without --task: it is not the benchmark as it was published",
        )


def _unpictured(form: FormSpec) -> FormSpec:
    """Return a form that does not ask for its picture's column: result tables leave it out."""
    return replace(form, optional=(*form.optional, *picture_columns(form.image)))


def _cells(form: FormSpec, prediction: Prediction) -> dict[str, Any]:
    """Return the cells under the names that the form uses, whatever their case in the file."""
    folded = {column.casefold(): column for column in prediction.cells}
    cells = dict(prediction.cells)
    for column in needed_columns(form):
        if column not in cells and column.casefold() in folded:
            cells[column] = cells[folded[column.casefold()]]
    for column in picture_columns(form.image):
        # The picture is named by its row and not at hand.
        cells.setdefault(column, None)
    return cells


def _nodes(cells: Mapping[str, Any], benchmark: str, split: str, lexicon: Lexicon) -> Iterator[Node]:
    yield lexicon.place("benchmark", benchmark)
    if split:
        yield lexicon.place("split", split)
    for axis in lexicon.axes:
        name = _name(cells.get(axis))
        if name and axis not in UNPLACED:
            yield lexicon.place(axis, name)
    kinds = tuple(filter(None, (_name(cells.get("l2-category")), _name(cells.get("category")))))
    if kinds and not _name(cells.get("task")):
        yield lexicon.place("task", kinds)


def _name(cell: Any) -> str:
    name = cell.strip() if isinstance(cell, str) and len(cell) <= LONGEST_NAME else ""
    return name if name.isprintable() and name.casefold() != "nan" else ""


def _clustered(sample: Sample, prediction: Prediction) -> Sample:
    """Return the sample with its cluster: questions on one picture are not independent."""
    if sample.cluster:
        return sample
    shared = "|".join(prediction.pictures)
    return replace(sample, cluster=f"{sample.benchmark}/{shared}" if shared else sample.id)


def _letters(correct: Iterable[int]) -> str:
    return ", ".join(ascii_uppercase[position] if position < 26 else str(position + 1) for position in correct)
