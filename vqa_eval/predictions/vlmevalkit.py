"""Result tables of VLMEvalKit: MODEL_DATASET.xlsx, .tsv or .json, the data set's own columns and `prediction`.

What is known of them stands in its sources (open-compass/VLMEvalKit: inference.py, smp/file.py). An option is a
column of one capital letter; pictures are left out of the table; a request that failed leaves a sentence in the
place of the reply; a workbook cuts a cell at 32,767 characters, and drops one that begins with an address and has
more than 2,079, which is then as empty as a reply without a word.
"""

from collections.abc import Iterator
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.predictions.prediction import Format, Log, Prediction
from vqa_eval.predictions.tables import Row, columns, read_rows
from vqa_eval.predictions.texts import as_list, as_text
from vqa_eval.records import Fault

FAILED = "Failed to obtain answer"
"""How the sentence begins that stands in the place of a reply: "… via API." from a server, "…: ERROR" from a local
model."""
LONGEST_IN_EXCEL = 32_767
"""Characters that a cell of a workbook holds; a reply of just this length was cut."""
NEEDED = ("index", "question", "prediction")
BLANK = ("", "nan")
"""What stands where a value is absent: nothing, or a NaN that was written as text."""
_MEND = "mend or leave out that row"


def _recognises(path: Path, head: bytes) -> bool:
    found = columns(path, head)
    return "index" in found and ("question" in found or "prediction" in found)


def _read(path: Path) -> Log:
    # outputs/MODEL/MODEL_DATASET.xlsx, or a folder for each run between the two.
    folders = [folder.name for folder in path.resolve().parents[:2]]
    model = next((name for name in folders if name and path.stem.startswith(f"{name}_")), "")
    return Log(path.stem.removeprefix(f"{model}_") if model else path.stem, _predictions(path), model)


def _predictions(path: Path) -> Iterator[Prediction]:
    for row in read_rows(path):
        missing = [name for name in NEEDED if name not in row.cells]
        if missing:
            shown = ", ".join(map(repr, row.cells))
            raise DataError(f"{row.place}: no column {missing[0]!r}; found: {shown}", "give the table with predictions")
        yield _prediction(row)


def _prediction(row: Row) -> Prediction:
    texts = {column: as_text(cell, row.place, column).strip() for column, cell in row.cells.items()}
    if texts["index"].casefold() in BLANK:
        raise DataError(f"{row.place}, column index: empty", _MEND)
    options = _options(row, texts)
    correct = _correct(row, texts.get("answer", ""), options) if options else ()
    said = "" if texts["prediction"].casefold() in BLANK else texts["prediction"]
    failed = said.startswith(FAILED)
    cut = len(as_text(row.cells["prediction"], row.place, "prediction")) == LONGEST_IN_EXCEL
    return Prediction(
        row.place,
        texts["index"],
        texts["question"],
        options,
        correct,
        () if options else _references(row.cells.get("answer"), texts.get("answer", "")),
        context=_present(texts.get("hint", "")),
        pictures=_pictures(row.cells.get("image_path"), texts.get("image_path", "")),
        text="" if failed else said,
        finish="length" if cut else "",
        fault=Fault("engine", said[:200]) if failed else None,
        cells=row.cells,
    )


def _options(row: Row, texts: dict[str, str]) -> tuple[str, ...]:
    present = [letter for letter in ascii_uppercase if _present(texts.get(letter, ""))]
    if present and (len(present) == 1 or present != list(ascii_uppercase[: len(present)])):
        # A reply names the letter that the model saw: moved together, the options would bear other letters.
        raise DataError(f"{row.place}: options {', '.join(present)}, not A, B, C … without a gap", _MEND)
    return tuple(texts[letter] for letter in present)


def _correct(row: Row, answer: str, options: tuple[str, ...]) -> tuple[int, ...]:
    """Return the positions that an answer names: "B", "A,C", "AC", "['A', 'C']", or an option in full."""
    if not _present(answer):
        return ()
    folded = [option.casefold() for option in options]
    if len(answer) > 1 and folded.count(answer.casefold()) == 1:
        return (folded.index(answer.casefold()),)
    letters = as_list(answer) or list(answer.replace(",", " ").replace(" ", ""))
    positions = [ascii_uppercase.find(letter.strip().upper() or "?") for letter in letters]
    if len(set(positions)) < len(positions) or not all(0 <= position < len(options) for position in positions):
        raise DataError(
            f"{row.place}, column answer: {answer!r} is not the letter of one of {len(options)} options", _MEND
        )
    return tuple(sorted(positions))


def _references(cell: Any, answer: str) -> tuple[str, ...]:
    if isinstance(cell, list):
        return tuple(str(entry) for entry in cell)
    found = as_list(answer)
    return tuple(found) if found is not None else (answer,) if _present(answer) else ()


def _pictures(cell: Any, path: str) -> tuple[str, ...]:
    if isinstance(cell, list):
        return tuple(str(entry) for entry in cell)
    found = as_list(path)
    return tuple(found) if found is not None else (path,) if _present(path) else ()


def _present(text: str) -> str:
    return "" if text.casefold() in BLANK else text


FORMAT = Format("vlmevalkit", "VLMEvalKit", "MODEL_DATASET.xlsx, .tsv, .json", _recognises, _read)
