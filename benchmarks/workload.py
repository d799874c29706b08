"""What is asked: texts and pictures whose right answers are known, the same bytes for the same counts, made in place.

Pictures come from a few drawn scenes; each bears a comment of its own, so that all differ for whoever knows files by
their digest, and ten thousand are made in seconds.
"""

import base64
import functools
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.items import LETTERS, marker, right_letter

if TYPE_CHECKING:
    import numpy as np

SCENES = 16
SIDE = 512
"""Pixels."""
QUALITY = 80
"""Of the JPEG files; with the speckle below a file has some 60 KB."""
FIRST_PICTURE = 1_000_000
"""Number of the first question on a picture; texts are numbered from 0."""

_RESIDUES = "ACDEFGHIKLMNPQRSTVWY"
_STEMS = (
    "Which function does the sequence speak for?",
    "Where in the cell is this protein found?",
    "What does this protein bind?",
    "Which process does this protein take part in?",
)
_FUNCTIONS = (
    "binds zinc", "binds heme", "transports calcium ions", "phosphorylates serine", "cuts peptide bonds",
    "builds the ribosome", "lies in the nucleus", "lies in the inner membrane of mitochondria", "is secreted",
    "copies RNA from DNA", "oxidises NADH", "moves the flagellum",
)  # fmt: skip
_FINDINGS = (
    "a benign nodule", "normal tissue", "adenocarcinoma", "pleural effusion", "haemorrhage", "oedema", "fibrosis",
    "ischaemia", "a polyp", "melanoma", "a cyst", "calcification",
)  # fmt: skip
_MODALITIES = ("CT", "MRI", "X-ray", "Ultrasound", "Endoscopy", "Dermoscopy")

_TASK = """\
id: bench-{name}
title: Benchmark of the harness, {name}
about: Questions that a fake server answers; they measure what the harness costs.
licence: Apache-2.0
evaluate: test
prompt: letter
forms:
  - name: test
    files: [{file}]
    format: {format}
    split: test
    kind: choice
    id: id
    question: question
    options: [A, B, C, D, E]
    answer: {{letter: answer}}
    facets: {{modality: modality}}
"""


def write_catalog(folder: Path) -> Path:
    """Write the task files of `bench-text` and `bench-pictures` for `vqa-eval --catalog`; return the folder."""
    tasks = folder / "tasks"
    tasks.mkdir(parents=True)
    text = _TASK.format(name="text", file="text.jsonl", format="jsonl")
    pictures = _TASK.format(name="pictures", file="pictures.tsv", format="tsv") + "    image: {base64: picture}\n"
    (tasks / "bench-text.yaml").write_text(text)
    (tasks / "bench-pictures.yaml").write_text(pictures)
    return folder


def write_texts(folder: Path, count: int) -> Path:
    """Write `text.jsonl` with questions on made-up sequences of 120 to 360 residues."""
    table = folder / "text.jsonl"
    with table.open("w", encoding="utf-8") as lines:
        for number in range(count):
            drawn = random.Random(number)  # noqa: S311 - questions, not secrets
            sequence = "".join(drawn.choices(_RESIDUES, k=drawn.randint(120, 360)))
            row = {
                "id": number,
                "question": f"{marker(number)} {sequence}\n{drawn.choice(_STEMS)}",
                **dict(zip(LETTERS, drawn.sample(_FUNCTIONS, len(LETTERS)), strict=True)),
                "answer": right_letter(number),
                "modality": drawn.choice(_MODALITIES),
            }
            lines.write(json.dumps(row) + "\n")
    return table


def write_pictures(folder: Path, count: int, scenes: int = SCENES) -> Path:
    """Write `pictures.tsv` with questions on pictures of some 60 KB, in base64 as published tables hold them."""
    table = folder / "pictures.tsv"
    with table.open("w", encoding="ascii") as lines:
        lines.write("\t".join(("id", "question", *LETTERS, "answer", "modality", "picture")) + "\n")
        for number, picture in enumerate(pictures(count, scenes), FIRST_PICTURE):
            drawn = random.Random(number)  # noqa: S311 - questions, not secrets
            modality = drawn.choice(_MODALITIES)
            question = f"{marker(number)} What does this {modality} show?"
            options = drawn.sample(_FINDINGS, len(LETTERS))
            cells = (str(number), question, *options, right_letter(number), modality)
            lines.write("\t".join((*cells, base64.b64encode(picture).decode())) + "\n")
    return table


def pictures(count: int, scenes: int = SCENES) -> Iterator[bytes]:
    """Yield JPEG files, no two with the same bytes; the same pixels come again after so many scenes."""
    scene = functools.lru_cache(SCENES)(_scene)
    for number in range(count):
        yield commented(scene(number % scenes), f"picture {number}".encode())


def commented(jpeg: bytes, comment: bytes) -> bytes:
    """Return a JPEG file with a comment (segment COM, ITU-T T.81 B.2.4.5) behind its first marker."""
    return jpeg[:2] + b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment + jpeg[2:]


def _scene(number: int) -> bytes:
    """Return a body with a few lesions under speckle."""
    import numpy as np
    from PIL import Image

    drawn = np.random.default_rng(number)
    down, across = np.mgrid[0:SIDE, 0:SIDE] / SIDE - 0.5

    def disc(x: float, y: float, width: float, height: float) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        inside: np.ndarray[Any, np.dtype[np.bool_]] = ((across - x) / width) ** 2 + ((down - y) / height) ** 2 < 1
        return inside

    body = disc(0, 0, *drawn.uniform(0.36, 0.46, 2))
    grey = np.where(body, 90.0, 12.0)
    for _ in range(6):
        grey[disc(*drawn.uniform(-0.28, 0.28, 2), *drawn.uniform(0.02, 0.12, 2))] += drawn.uniform(-60, 90)
    grey += drawn.standard_normal((SIDE, SIDE)) * np.where(body, 14.0, 6.0)
    coloured = np.stack([grey, grey * 0.97 + 2, grey * 0.93 + 5], axis=-1)
    stream = io.BytesIO()
    Image.fromarray(coloured.clip(0, 255).astype(np.uint8)).save(stream, "JPEG", quality=QUALITY)
    return stream.getvalue()
