"""What the tests of caption metrics share: samples, answers, and the number of a set."""

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from vqa_eval.metrics import caption, caption_coco, caption_medevalkit, caption_vlmevalkit
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample

ORDERS = (1, 2, 3, 4)
PROFILES = (caption, caption_coco, caption_vlmevalkit, caption_medevalkit)
# METEOR needs Java and has tests of its own.
UNFITTED = tuple(
    value
    for profile in PROFILES
    for name, value in vars(profile).items()
    if isinstance(value, Metric) and name != "meteor"
)


def sample(name: str, *references: str, cluster: str = "") -> Sample:
    """Return a caption sample."""
    return Sample(name, "b", "t", "caption", "?", references=references, cluster=cluster)


def answer(text: str) -> Answer:
    """Return an answer with a text; an empty one answers nothing."""
    return Answer("answered" if text else "empty", text=text)


def slidebench(shared_data: Path) -> list[tuple[Sample, str]]:
    """Return the captions of SlideBench as samples with their tumours."""
    with (shared_data / "slidebench" / "SlideBench-Caption-TCGA.csv").open(encoding="utf-8", newline="") as file:
        return [
            (sample(f"slidebench/caption/{row['ID']}", row["Caption"], cluster=row["Slide"]), row["Tumor"])
            for row in csv.DictReader(file)
        ]


def number(metric: Metric, asked: Sequence[Sample], said: Sequence[Answer]) -> float | None:
    """Return a metric's number of samples and their answers."""
    known = metric.fit(asked) if metric.fit else metric
    if known.unit and known.pool:
        units = [known.unit(*pair) for pair in zip(asked, said, strict=True)]
        rows = [unit for unit in units if unit is not None]
        return known.pool(np.array(rows)) if rows else None
    scores = [score for pair in zip(asked, said, strict=True) if (score := known.score(*pair)) is not None]
    return math.fsum(scores) / len(scores) if scores else None
