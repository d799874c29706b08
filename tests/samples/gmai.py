"""Tables of GMAI-MMBench's shape, made row by row: real columns, real base64 pictures, invented questions."""

import base64
import csv
import hashlib
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from vqa_eval.records import TaskSpec

COLUMNS = (
    "index", "question", "A", "B", "C", "D", "E", "answer", "category", "clinical VQA task", "department",
    "perceptual granularity", "modality", "original task", "image",
)  # fmt: skip
MODALITIES = (
    "CT",
    "X-ray",
    "Endoscopy",
    "T1 MRI",
    "Histopathology",
    "CTA",
    "OCT",
    "UltraSound",
    "MRI",
    "Dermoscopy",
)


def unsummed(task: TaskSpec) -> TaskSpec:
    """Return the task without the sums of its published files, which no table that is made here has."""
    return replace(task, forms=tuple(replace(form, md5={}) for form in task.forms))


def png(number: int, side: int = 96) -> bytes:
    """Return a PNG of noise that no other number gives, about 27 kB."""
    from io import BytesIO

    from PIL import Image

    noise = hashlib.shake_128(str(number).encode()).digest(side * side * 3)
    file = BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG", compress_level=1)
    return file.getvalue()


def row(number: int, side: int = 96) -> dict[str, str]:
    """Return one row; every tenth hangs under CT itself, every tenth under CTA."""
    options = ["liver", "spleen", "kidney", "", ""] if number % 3 else ["liver", "spleen", "lung", "heart", ""]
    cells = [
        str(number), f"This is picture {number}. Which organ is in the marked area?", *options, "ABC"[number % 3],
        "liver", "Organ Recognition - Abdomen", "Gastroenterology and Hepatology",
        "Mask level" if number % 2 else "Contour level", MODALITIES[number % 10], "SEG_2D",
        base64.b64encode(png(number, side)).decode(),
    ]  # fmt: skip
    return dict(zip(COLUMNS, cells, strict=True))


def write_rows(path: Path, columns: Iterable[str], rows: Iterable[Mapping[str, str]]) -> Path:
    """Write rows as a TSV of these columns; cells under other columns are left out."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(columns), delimiter="\t", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return path


def write_table(path: Path, rows: int, side: int = 96) -> Path:
    """Write a VAL table of so many rows; 4,550 with pictures of 330 pixels a side are 2 GB."""
    return write_rows(path, COLUMNS, (row(number, side) for number in range(rows)))


def write_test_parts(folder: Path, parts: int = 11, rows: int = 3) -> list[dict[str, str]]:
    """Write the TEST split in parts of so many rows each, without answers; return the rows, in their order."""
    columns = [column for column in COLUMNS if column != "answer"]
    written = []
    for part in range(parts):
        # A picture of its own for every row, as small as it can be.
        mine = [row(number, side=8) for number in range(part * rows, (part + 1) * rows)]
        write_rows(folder / f"GMAI_mm_bench_TEST_part_{part + 1}.tsv", columns, mine)
        written += mine
    return written


def write_multi(path: Path, answers: Iterable[str]) -> Path:
    """Write a table of questions with several right options, one for each answer ("A,C")."""
    columns = [*COLUMNS[:7], "F", *COLUMNS[7:]]
    rows = (
        {**row(number, side=8), "C": "kidney", "D": "heart", "E": "lung", "F": "colon", "answer": answer}
        for number, answer in enumerate(answers)
    )
    return write_rows(path, columns, rows)


if __name__ == "__main__":
    write_table(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
