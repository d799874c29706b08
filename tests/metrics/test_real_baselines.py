"""Baselines of the real benchmarks, against counts that read the published files another way: with pandas."""

import re
from pathlib import Path
from typing import Any

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.metrics.baselines import choice_baselines, prior
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.samples import Library, home

pandas = pytest.importorskip("pandas", reason="pandas comes with the extra hub")
CATALOG = Catalog()


def ours(benchmark: str, folder: Path, *more: str) -> dict[str, float | None]:
    """Return the baselines of a benchmark's choice samples by name, after our own way of reading it."""
    library = Library(home())
    library.add(CATALOG.tasks[benchmark], folder)
    plan = make_plan(Tree(CATALOG, library), (f"benchmark/{benchmark}", *more), None, 0)
    found = choice_baselines(known for sample in plan.samples() if (known := prior(sample)) is not None)
    return {baseline.name: baseline.value for baseline in found}


def counted(options: Any, key: Any) -> dict[str, Any]:
    """Return the same from a series of option lists and one of key positions."""
    frame = pandas.DataFrame({"options": options, "key": key}).reset_index(drop=True)
    text = frame.apply(lambda row: " ".join(str(row.options[row.key]).lower().split()), axis=1)
    longest = frame.options.map(lambda texts: max(range(len(texts)), key=lambda at: (len(str(texts[at]).strip()), -at)))
    shares = {
        "uniform": (1 / frame.options.map(len)).mean(),
        "majority_letter": frame.key.value_counts(normalize=True).max(),
        "majority_text": text.value_counts(normalize=True).max(),
        "longest_option": (longest == frame.key).mean(),
    }
    return {name: pytest.approx(float(share), abs=1e-12) for name, share in shares.items()}


def test_slidebench(shared_data: Path) -> None:
    """SlideBench-VQA (TCGA): always B 41.4 %, the longest option 41.0 %, uniform 25.0 %."""
    table = pandas.read_csv(shared_data / "slidebench" / "SlideBench-VQA-TCGA.csv", keep_default_na=False)
    found = ours("slidebench", shared_data / "slidebench", "benchmark/slidebench/vqa-tcga")
    assert counted(table[list("ABCD")].values.tolist(), table.Answer.str.strip().map("ABCD".index)) == found
    rounded = {name: round(100 * (value or 0), 1) for name, value in found.items()}
    assert (41.4, 41.0, 25.0) == (rounded["majority_letter"], rounded["longest_option"], rounded["uniform"])


def test_medmcqa(shared_data: Path) -> None:
    """MedMCQA's development set: four options, the key as a number from one."""
    table = pandas.read_json(shared_data / "medmcqa" / "dev.json", lines=True, dtype=False)
    found = ours("medmcqa", shared_data / "medmcqa")
    assert counted(table[["opa", "opb", "opc", "opd"]].values.tolist(), table.cop.astype(int) - 1) == found


def test_medqa(shared_data: Path) -> None:
    """MedQA (USMLE, four options): options and key letter of each line."""
    table = pandas.read_json(shared_data / "medqa_usmle" / "phrases_no_exclude_test.jsonl", lines=True)
    options = table.options.map(lambda mapping: [mapping[letter] for letter in sorted(mapping)])
    found = ours("medqa", shared_data / "medqa_usmle")
    assert counted(options, table.answer_idx.map("ABCDE".index)) == found


def test_pubmedqa(shared_data: Path) -> None:
    """PubMedQA's test questions: 55.2 % are answered yes."""
    truth = pandas.read_json(shared_data / "pubmedqa" / "test_ground_truth.json", typ="series", dtype=False)
    found = ours("pubmedqa", shared_data / "pubmedqa")
    assert pytest.approx((truth == "yes").mean()) == found["majority_text"]
    assert pytest.approx(1 / 3) == found["uniform"]
    assert 55.2 == round(100 * (found["majority_text"] or 0), 1)


def test_proteinlmbench(shared_data: Path) -> None:
    """ScienceEval's copy of ProteinLMBench, its options cut out of the question by an expression of our own."""
    table = pandas.read_json(shared_data / "proteinlmbench" / "protein.jsonl", lines=True)
    lines = table.question.str.split("Please choose one of the following options to answer this question\n").str[-1]
    lines = lines.str.split("\nThe final option is to package").str[0]
    options = lines.map(lambda text: [part.strip() for part in re.split(r"(?m)^[A-J]:", text)[1:]])
    named = options.map(lambda texts: [text for text in texts if text != "nan"])
    found = ours("proteinlmbench", shared_data / "proteinlmbench")
    assert counted(named, table.label.str.strip().map("ABCDEFGHIJ".index)) == found


def test_vqa_rad(shared_data: Path) -> None:
    """VQA-RAD's official test questions that are answered yes or no: 53.0 % by the commoner answer."""
    table = pandas.read_json(shared_data / "vqa_rad" / "VQA_RAD Dataset Public.json")
    test = table[table.phrase_type.str.startswith("test_")]
    closed = test.answer.astype(str).str.strip().str.lower().loc[lambda text: text.isin(["yes", "no"])]
    found = ours("vqa-rad", shared_data / "vqa_rad")
    assert pytest.approx(closed.value_counts(normalize=True).max()) == found["majority_text"]
    assert (251, 53.0) == (len(closed), round(100 * (found["majority_text"] or 0), 1))
