"""The real files of the benchmarks: counts, splits and keys are those of their publishers."""

import csv
import io
from collections import Counter
from pathlib import Path

import pytest

from vqa_eval.catalog import Catalog
from vqa_eval.metrics import find
from vqa_eval.metrics.pooling import plain_number
from vqa_eval.pipeline.plan import Plan, Tree, make_plan
from vqa_eval.records import Answer
from vqa_eval.samples import Library, home

CATALOG = Catalog()


def plan(benchmark: str, folder: Path, *more: str) -> Plan:
    """Add a real benchmark and plan its evaluation split."""
    library = Library(home())
    library.add(CATALOG.tasks[benchmark], folder)
    return make_plan(Tree(CATALOG, library), (f"benchmark/{benchmark}", *more), None, 0)


@pytest.mark.parametrize(
    ("benchmark", "folder", "count"),
    [
        ("proteinlmbench", "proteinlmbench", 942),
        ("pubmedqa", "pubmedqa", 500),
        ("medqa", "medqa_usmle", 1273),
        ("medmcqa", "medmcqa", 4183),
        ("slake", "slake", 2094),
    ],
)
def test_the_evaluation_split_has_the_published_size(
    shared_data: Path, benchmark: str, folder: str, count: int
) -> None:
    """What a run asks is the split that the benchmark is evaluated on, whole."""
    found = plan(benchmark, shared_data / folder)
    assert count == found.size
    assert count == sum(sample.has_key for sample in found.samples())


def test_vqa_rad_is_whole(shared_data: Path) -> None:
    """VQA-RAD: 451 official test questions on 203 pictures, 251 of them answered yes or no; all 2,248 at hand."""
    found = plan("vqa-rad", shared_data / "vqa_rad")
    samples = list(found.samples())
    assert 451 == len(samples)
    assert 203 == len({sample.images[0].name for sample in samples})
    assert all(sample.images[0].digest for sample in samples)
    assert {"choice": 251, "open": 200} == Counter(sample.kind for sample in samples)
    assert [] == [missing.name for missing in found.left_out]
    assert 2248 == sum(make_plan(Tree(CATALOG, Library(home())), ("split/*",), None, 0).by_benchmark()[b]
                       for b in ("vqa-rad",))  # fmt: skip


def test_multimedbench_counts_its_open_tasks(shared_data: Path) -> None:
    """Questions in text and on pictures hang under MultiMedBench's types with the counts of their test splits."""
    library = Library(home())
    folders = {
        "medqa": "medqa_usmle", "medmcqa": "medmcqa", "pubmedqa": "pubmedqa", "vqa-rad": "vqa_rad", "slake": "slake"
    }  # fmt: skip
    for benchmark, folder in folders.items():
        library.add(CATALOG.tasks[benchmark], shared_data / folder)
    tree = Tree(CATALOG, library)
    counts = {
        "multimed/QA": {"medqa": 1273, "medmcqa": 4183, "pubmedqa": 500},
        "multimed/VQA": {"vqa-rad": 451, "slake": 2094},
    }
    assert counts == {node: make_plan(tree, (node,), None, 0).by_benchmark() for node in counts}


def test_vqa_rad_is_one_corpus_of_answers(shared_data: Path) -> None:
    """All 451 test questions of VQA-RAD, closed ones as choices, have BLEU-1 and token F1; the key itself scores 1."""
    samples = list(plan("vqa-rad", shared_data / "vqa_rad").samples())
    said = [
        Answer("answered", letters=("AB"[sample.correct[0]],)) if sample.correct
        else Answer("answered", text=f"{sample.references[0].removesuffix('.')}.")
        for sample in samples
    ]  # fmt: skip
    for name in CATALOG.tasks["vqa-rad"].forms[0].metrics:
        assert pytest.approx(1.0) == plain_number(find(name), list(zip(samples, said, strict=True)))


def test_slidebench_tables_stay_apart(shared_data: Path) -> None:
    """SlideBench: 1,494 questions with the published letter counts, and 734 captions, under nodes of their own."""
    vqa = plan("slidebench", shared_data / "slidebench", "benchmark/slidebench/vqa-tcga")
    letters = Counter("ABCD"[sample.correct[0]] for sample in vqa.samples())
    assert {"B": 618, "C": 540, "A": 224, "D": 112} == letters
    caption = plan("slidebench", shared_data / "slidebench", "benchmark/slidebench/caption")
    assert 734 == caption.size
    assert {"caption"} == {sample.kind for sample in caption.samples()}


def test_slidebench_tables_of_one_name_are_told_by_their_rows(shared_data: Path, tmp_path: Path) -> None:
    """The table of 3,176 rows that newer copies call like the one of 1,494 gets the node of its size."""
    text = (shared_data / "slidebench" / "SlideBench-VQA-TCGA.csv").read_text(encoding="utf-8-sig")
    header, *rows = csv.reader(io.StringIO(text))
    more = [[f"{row[0]}-{copy}", *row[1:]] for copy in range(3) for row in rows][:3176]
    with (tmp_path / "SlideBench-VQA-TCGA.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *more])
    assert 3176 == plan("slidebench", tmp_path, "benchmark/slidebench/vqa-tcga-plus").size
    assert 1494 == plan("slidebench", shared_data / "slidebench", "benchmark/slidebench/vqa-tcga").size


def test_slidebench_hangs_under_its_categories(shared_data: Path) -> None:
    """Broad and narrow categories are nodes, with the published counts, and studies are organs."""
    library = Library(home())
    library.add(CATALOG.tasks["slidebench"], shared_data / "slidebench")
    tree = Tree(CATALOG, library)
    counts = {
        node: make_plan(tree, (node,), None, 0).size
        for node in ("slide/Microscopy", "slide/Diagnosis", "slide/Clinical", "slide/Diagnosis/Grading")
    }
    assert {
        "slide/Microscopy": 391,
        "slide/Diagnosis": 1002,
        "slide/Clinical": 101,
        "slide/Diagnosis/Grading": 290,
    } == counts
    assert 447 + 187 == make_plan(tree, ("organ/breast",), None, 0).size


def test_proteinlmbench_drops_missing_options(shared_data: Path) -> None:
    """The literal nan of ScienceEval's copy is no option: 875 six, 42 four, 21 three, 3 two, 1 five."""
    samples = list(plan("proteinlmbench", shared_data / "proteinlmbench").samples())
    assert {6: 875, 4: 42, 3: 21, 2: 3, 5: 1} == Counter(len(sample.options) for sample in samples)
    assert not any("nan" == option for sample in samples for option in sample.options)
    assert not any("Please choose one of the following" in sample.question for sample in samples)


def test_pubmedqa_answers(shared_data: Path) -> None:
    """PubMedQA's test keys are yes 276, no 169, maybe 55, each question with its abstract."""
    samples = list(plan("pubmedqa", shared_data / "pubmedqa").samples())
    assert {"yes": 276, "no": 169, "maybe": 55} == Counter(s.options[s.correct[0]] for s in samples)
    assert all(sample.context for sample in samples)


def test_slake_facets(shared_data: Path) -> None:
    """Slake's test questions hang under modality, organ and language; a picture that is absent is known as such."""
    samples = list(plan("slake", shared_data / "slake").samples())
    modalities = Counter(node[1] for sample in samples for node in sample.nodes if node[0] == "modality")
    assert {"CT": 865, "X-ray": 740, "MRI": 489} == modalities
    languages = Counter(node[1] for sample in samples for node in sample.nodes if node[0] == "language")
    assert {"en": 1061, "zh": 1033} == {name[:2].lower(): count for name, count in languages.items()}
    assert {None} == {sample.images[0].digest for sample in samples}
