"""GMAI-MMBench's TEST split as VLMEvalKit leaves it: the published columns without the picture, and `prediction`.

Source: the screenshot of a prediction sheet in github uni-medical/GMAI-MMBench (image2.png). What VLMEvalKit adds
beside it, `image_path`, is a place on somebody's disk and is left out.
"""

import math
from collections.abc import Sequence
from string import ascii_uppercase

from vqa_eval.pipeline.exports.form import Cell, Export, Raw
from vqa_eval.records import Sample

BENCHMARK = "gmai-mmbench"
OPTIONS = tuple(ascii_uppercase[:5])
NAMES = {
    "category": "label",
    "clinical VQA task": "task",
    "department": "department",
    "perceptual granularity": "granularity",
    "modality": "modality",
    "original task": "origin",
}
"""Published column to the axis on which its values stand, in the published order."""


def _row(sample: Sample, raw: Raw, reply: str) -> tuple[Cell, ...]:
    index = sample.id.rpartition("/")[2]
    options = [*sample.options, *[""] * len(OPTIONS)][: len(OPTIONS)]
    names = ("/".join(raw.get(axis, ())) for axis in NAMES.values())
    return (int(index) if index.isdecimal() else index, sample.question, *options, *names, reply)


def _order(row: Sequence[Cell]) -> tuple[float, str]:
    index = row[0]
    return (index, "") if isinstance(index, int) else (math.inf, index)


EXPORT = Export(
    about="GMAI-MMBench's TEST split with the predictions, as its maintainers score it",
    benchmark=BENCHMARK,
    split="test",
    columns=("index", "question", *OPTIONS, *NAMES, "prediction"),
    row=_row,
    order=_order,
    file="{model}_GMAI-MMBench_TEST",
    then=(
        "TEST has no public answers: e-mail the file to the maintainers (the address is in the README of "
        "github.com/uni-medical/GMAI-MMBench) with the names of model and team and a link to the paper"
    ),
)
