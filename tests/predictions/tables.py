"""Result tables of VLMEvalKit's shape, made by hand: invented questions, its own columns and failure sentences."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

COLUMNS = (
    "index", "question", "hint", "A", "B", "C", "D", "answer", "category", "l2-category", "modality", "image_path",
    "prediction",
)  # fmt: skip

ROWS: tuple[tuple[str | int | None, ...], ...] = (
    (1, "Which organ is bright?", "Look.", "Liver", "Spleen", None, None, "A", "organ", "seeing", "CT", "1.jpg", "A"),
    (2, "Which organ is dark?", None, "Liver", "Spleen", "Lung", None, "C", "organ", "seeing", "CT", "1.jpg", "Spleen"),
    (3, "Which plane is it?", None, "Axial", "Coronal", "Sagittal", "Oblique", "B", "plane", "seeing", "T1 MRI",
     "3.jpg", "The answer is B."),
    (4, "Which side is it?", None, "Left", "Right", None, None, "B", "side", "thinking", "T1 MRI", "4.jpg",
     "Failed to obtain answer via API."),
    (5, "Is it a bone?", None, "Yes", "No", None, None, "A", "side", "thinking", "X-ray", "5.jpg", None),
    (6, "Is it air?", None, "Yes", "No", None, None, "B", "side", "thinking", "X-ray", "6.jpg",
     "Failed to obtain answer: <class 'RuntimeError'> CUDA out of memory"),
)  # fmt: skip
"""Of six questions four have a reply; two replies are right: A for 1, B for 3. 1 and 2 share a picture."""

RIGHT, ANSWERED, FAULTS = 2, 4, 2


def write_tsv(
    path: Path, rows: Sequence[Sequence[object]] = ROWS, columns: Sequence[str] = COLUMNS, **changes: object
) -> Path:
    """Write a table as pandas does for VLMEvalKit: every cell in quotes, nothing for what is absent.

    `changes` are cells of the first row by column.
    """
    first = [changes.get(column, cell) for column, cell in zip(columns, rows[0], strict=True)]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator="\n")
        writer.writerows([columns, first, *rows[1:]])
    return path


def write_json(path: Path, rows: Sequence[Sequence[object]] = ROWS, columns: Sequence[str] = COLUMNS) -> Path:
    """Write the table as a list of records; what is absent is NaN, as pandas has it."""
    records = [
        dict(zip(columns, (float("nan") if cell is None else cell for cell in row), strict=True)) for row in rows
    ]
    path.write_text(json.dumps(records, indent=4, ensure_ascii=False), encoding="utf-8")
    return path


def write_xlsx(path: Path, rows: Sequence[Sequence[object]] = ROWS, columns: Sequence[str] = COLUMNS) -> Path:
    """Write the table as a workbook."""
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (columns, *rows):
        sheet.append(list(row))
    book.save(path)
    return path


def row(**cells: object) -> Mapping[str, object]:
    """Return a row by column."""
    return {"index": 1, "question": "Which?", "prediction": "A", **cells}


def write_row(path: Path, **cells: object) -> Path:
    """Write a table of one row."""
    content = row(**cells)
    return write_tsv(path, [tuple(content.values())], tuple(content))
