"""A benchmark about whole slides for tests: its table, its task file, and slides that cost nothing."""

from pathlib import Path
from typing import Any

from tests.samples.slide_fixtures import write_slide

TASK = """\
id: biopsies
title: Biopsies
about: Questions about slides, made by a test.
licence: CC0-1.0
evaluate: test
prompt: letter
common:
  format: csv
  split: test
  id: id
  question: question
  cluster: slide
  image: {slide: slide}
  nodes: {modality: Histopathology}
forms:
  - {name: vqa, part: vqa, kind: choice, files: [vqa.csv], options: [A, B, C], answer: {letter: answer}}
  - {name: reports, part: reports, kind: caption, files: [reports.csv], answer: {text: answer}}
"""

ROWS = """\
id,slide,question,A,B,C,answer
1,one,Which grade is it?,Low,Middle,High,A
2,two,Which grade has it?,Low,Middle,High,B
3,one,Is it benign?,Yes,No,,A
4,two,Is it harmless?,Yes,No,,B
"""

REPORTS = """\
id,slide,question,answer
1,one,Describe the slide.,A gland.
"""

DIMENSIONS = (2400, 1800)


def write_benchmark(folder: Path, rows: str = ROWS) -> Path:
    """Write a catalogue with the benchmark `biopsies`, its table beside the task file, and return its folder."""
    tasks = folder / "catalog" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "biopsies.yaml").write_text(TASK, encoding="utf-8")
    (tasks / "vqa.csv").write_text(rows, encoding="utf-8")
    return tasks.parent


def stain(folder: Path, name: str, **settings: Any) -> Path:
    """Write a slide with two pieces of tissue, unlike every other one by where they lie, and return its file."""
    folder.mkdir(exist_ok=True)
    # The pattern of the paint repeats; another place of the tissue gives other patches.
    shift = sum(name.encode()) % 7 / 100
    ellipses = ((0.30 + shift, 0.35, 0.18, 0.20), (0.70, 0.65 - shift, 0.20, 0.22))
    given = {"dimensions": DIMENSIONS, "scales": (1,), "power": 20, "mpp": 0.5, "ellipses": ellipses}
    return write_slide(folder / f"{name}.svs", **{**given, **settings})
