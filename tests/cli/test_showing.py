"""A board over several benchmarks on the screen and in files."""

import json
from dataclasses import replace
from pathlib import Path

from tests.cli.typed import vqa_eval
from tests.stored import questions, right, stored
from vqa_eval.records import Sample

SAMPLES = questions(8)
OTHER = [replace(one, id=f"c/{one.id}", benchmark="c", nodes=(("benchmark", "c"),)) for one in SAMPLES]


def store(folder: Path, samples: list[Sample], **order: object) -> None:
    """Store a run of two models over samples."""
    stored(folder, samples, {"m": right(samples, 0, 8, 9), "n": right(samples)}, **order).close()


def test_benchmarks_stand_side_by_side(tmp_path: Path) -> None:
    """`score` prints the benchmarks side by side first, then their own measures with notes, and writes them all."""
    measures = {"b": ("classification.macro_f1", "classification.macro_auc")}
    store(tmp_path / "run", [*SAMPLES, *OTHER], measures=measures)
    done = vqa_eval("score", "run", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    titles = ("at a glance: multiple choice, accuracy", "b, its own measures", "multiple choice, accuracy  ")
    places = [done.stdout.index(f"\n{title}") for title in titles]
    assert sorted(places) == places
    assert "macro AUC: needs --channels logprobs" in done.stdout
    glance = next(line for line in done.stdout.splitlines() if line.startswith("m · letter"))
    assert ["81.2", "81.2", "87.5", "75.0"] == [word for word in glance.split() if word[0].isdigit()]
    wide = (tmp_path / "run" / "board-wide.csv").read_text(encoding="utf-8")
    assert wide.startswith("kind,metric,model,prompt,all,all low,all high,all n,all missing,all unscored,macro,")
    assert 2 == len(wide.splitlines()) - 1
    document = json.loads((tmp_path / "run" / "board.json").read_text(encoding="utf-8"))
    assert {"all", "macro", "b", "c"} == {entry["benchmark"] for entry in document["summary"]}


def test_one_benchmark_has_no_wide_file(tmp_path: Path) -> None:
    """A run over one benchmark prints no summary, and a wide file of an earlier scoring goes."""
    store(tmp_path / "run", SAMPLES)
    (tmp_path / "run" / "board-wide.csv").write_text("of before", encoding="utf-8")
    done = vqa_eval("score", "run", cwd=tmp_path)
    assert 0 == done.returncode, done.stderr
    assert "at a glance" not in done.stdout
    assert not (tmp_path / "run" / "board-wide.csv").exists()
