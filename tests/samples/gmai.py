"""A table of GMAI-MMBench's shape, made row by row: real columns, real base64 pictures, invented questions."""

import base64
import csv
import hashlib
from pathlib import Path

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


def png(number: int, side: int = 96) -> bytes:
    """Return a PNG of noise that no other number gives, about 27 kB."""
    from io import BytesIO

    from PIL import Image

    noise = hashlib.shake_128(str(number).encode()).digest(side * side * 3)
    file = BytesIO()
    Image.frombytes("RGB", (side, side), noise).save(file, "PNG", compress_level=1)
    return file.getvalue()


def write_table(path: Path, rows: int) -> Path:
    """Write a table of so many rows; every tenth hangs under CT itself, every tenth under CTA."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, delimiter="\t")
        writer.writerow(COLUMNS)
        for number in range(rows):
            image = base64.b64encode(png(number)).decode()
            options = ["liver", "spleen", "kidney", "", ""] if number % 3 else ["liver", "spleen", "lung", "heart", ""]
            row = [
                number, f"This is picture {number}. Which organ is in the marked area?", *options, "ABC"[number % 3],
                "liver", "Organ Recognition - Abdomen", "Gastroenterology and Hepatology",
                "Mask level" if number % 2 else "Contour level", MODALITIES[number % 10], "SEG_2D", image,
            ]  # fmt: skip
            writer.writerow(row)
    return path
