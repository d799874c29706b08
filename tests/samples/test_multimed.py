"""MultiMedBench: each of its fourteen tasks goes the whole way from its published folder to a board."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.samples import multimed
from tests.watchers import Silence
from vqa_eval.boards import Board
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.metrics import find
from vqa_eval.pipeline.plan import Plan, Tree, make_plan
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.records import Request, Sample
from vqa_eval.rendering import render
from vqa_eval.samples import Library, Pictures, ShelfAbout, home
from vqa_eval.tree import path

pytest.importorskip("pydicom", reason="mammograms need vqa-eval[dicom]")
pytest.importorskip("google_crc32c", reason="DeepVariant's examples need vqa-eval[genomics]")

CATALOG = Catalog()

TASKS: dict[str, tuple[Callable[[Path], Path], int, str]] = {
    "medqa": (multimed.medqa, 2, "QA/MedQA"),
    "medmcqa": (multimed.medmcqa, 2, "QA/MedMCQA"),
    "pubmedqa": (multimed.pubmedqa, 2, "QA/PubMedQA"),
    "mimic-iii-summarization": (multimed.mimic_iii, 11, "Report summarization/MIMIC-III"),
    "vqa-rad": (multimed.vqa_rad, 2, "VQA/VQA-RAD"),
    "slake": (multimed.slake, 3, "VQA/Slake-VQA"),
    "path-vqa": (multimed.path_vqa, 3, "VQA/Path-VQA"),
    "mimic-cxr-reports": (multimed.mimic_cxr, 4, "Report generation/MIMIC-CXR reports"),
    "mimic-cxr-classification": (multimed.mimic_cxr, 77, "Classification/MIMIC-CXR conditions"),
    "pad-ufes-20": (multimed.pad_ufes_20, 12, "Classification/PAD-UFES-20"),
    "vindr-mammo": (multimed.vindr_mammo, 10, "Classification/VinDr-Mammo"),
    "cbis-ddsm-mass": (multimed.cbis_ddsm, 6, "Classification/CBIS-DDSM mass"),
    "cbis-ddsm-calcification": (
        partial(multimed.cbis_ddsm, kind="calcification"),
        6,
        "Classification/CBIS-DDSM calcification",
    ),
    "precisionfda-variant-calling": (multimed.deepvariant, 6, "Genomics/PrecisionFDA Truth Challenge V2"),
}
"""Benchmark, its folder, the samples that its evaluation split then has, and its place among the fourteen."""


def add(benchmark: str, folder: Path) -> list[ShelfAbout]:
    """Add a folder to the test's home."""
    return Library(home()).add(CATALOG.tasks[benchmark], folder)


def plan(benchmark: str, *more: str) -> Plan:
    """Plan the evaluation split of a benchmark that was added."""
    return make_plan(Tree(CATALOG, Library(home())), (f"benchmark/{benchmark}", *more), None, 0)


def asked(benchmark: str, *more: str) -> dict[str, Sample]:
    """Return the samples that a run asks, by their ids without the benchmark."""
    return {sample.id.removeprefix(f"{benchmark}/"): sample for sample in plan(benchmark, *more).samples()}


def go(benchmark: str, says: Callable[[Sample], str], out: Path) -> Board:
    """Run the benchmark in its own prompt on an engine that says this, and return its board."""
    samples = {sample.id: sample for sample in plan(benchmark).samples()}

    def reply(request: Request) -> str:
        return says(samples[request.sample])

    order = Order(models=("random",), tree=(f"benchmark/{benchmark}",), out=out)
    _, board = run(
        prepare(order, CATALOG, Library(home())), CATALOG, Silence(), lambda ref, store: ScriptedEngine(reply)
    )
    return board


def key(sample: Sample) -> str:
    """Return the right answer as Med-PaLM M was to write it: a text with a full stop."""
    text = sample.options[sample.correct[0]] if sample.correct else sample.references[0]
    return text if text.endswith(".") else f"{text}."


def test_the_fourteen_tasks_are_there(tmp_path: Path) -> None:
    """The axis of MultiMedBench has fourteen tasks, and each of them has samples under its own node."""
    for benchmark, (build, count, node) in TASKS.items():
        add(benchmark, build(tmp_path / benchmark))
        assert count == make_plan(Tree(CATALOG, Library(home())), (path(("multimed", *node.split("/"))),), None, 0).size
    axis = next(axis for axis in CATALOG.axes if axis.id == "multimed")
    types = {value.name for value in axis.values if not value.parent}
    assert {value.name for value in axis.values if value.parent in types} == {
        node.split("/")[1] for _, _, node in TASKS.values()
    }


@pytest.mark.parametrize("benchmark", [*TASKS, "montgomery-tb"])
def test_each_task_goes_the_whole_way(benchmark: str, tmp_path: Path) -> None:
    """Folder to shelf, plan, prompt, run, marks and board: every right answer is read as right.

    So does the set that was asked beside the fourteen.
    """
    build, count, _ = TASKS.get(benchmark, (multimed.montgomery, 3, ""))
    add(benchmark, build(tmp_path / "data"))
    found = plan(benchmark)
    samples = list(found.samples())
    assert count == found.size == len(samples)
    assert all(sample.has_key for sample in samples)
    pictures = Pictures(pick.shelf for pick in found.picks)
    shown = [pictures.of(sample) for sample in samples if all(image.digest for image in sample.images)]
    assert all(picture.data for sent in shown for picture in sent)
    prompt = CATALOG.prompts[CATALOG.tasks[benchmark].prompt]
    assert all(sample.question in render(prompt, sample).text for sample in samples)
    board = go(benchmark, key, tmp_path / "run")
    headlines = ("choice.accuracy", "text.exact_match", "caption.rouge_l")
    whole = [cell for section in board.sections for cell in section.cells if not cell.node and cell.metric in headlines]
    assert {1.0} == {cell.value for cell in whole}
    assert count == sum(cell.n for cell in whole)
    own = {cell.metric: cell.value for section in board.own for cell in section.cells}
    assert set(CATALOG.tasks[benchmark].forms[0].metrics) <= set(own)
    # Areas need probabilities, labels a labelling engine, and CIDEr-D has no top.
    counted = [find(name) for name in own if not find(name).needs_shares and not find(name).labeller]
    best = [own[metric.name] for metric in counted if metric.top == 1.0]
    assert [pytest.approx(1.0)] * len(best) == best


def test_the_counts_of_the_paper_are_expected() -> None:
    """What Med-PaLM M's authors counted is what a folder is held against, where they say it."""
    expected = {
        "mimic-cxr-reports": 4_834, "pad-ufes-20": 2_298,
        "vindr-mammo": 4_000, "cbis-ddsm-mass": 378, "cbis-ddsm-calcification": 326,
        "precisionfda-variant-calling": 13_030, "medqa": 1_273, "medmcqa": 4_183, "montgomery-tb": 138,
    }  # fmt: skip
    assert expected == {name: CATALOG.tasks[name].forms[0].expects for name in expected}
    # By rules of our own, as those of the paper are not published, the notes of MIMIC-III come to another count.
    assert CATALOG.tasks["mimic-iii-summarization"].forms[0].expects is None


@pytest.mark.parametrize("benchmark", [name for name in TASKS if CATALOG.tasks[name].access == "credentialed"])
def test_credentialed_data_stay_here_and_say_how_they_are_got(benchmark: str) -> None:
    """What PhysioNet gives to signatories alone may not go to a remote host, and its task says who grants access."""
    task = CATALOG.tasks[benchmark]
    assert "forbidden" == task.remote
    assert "PhysioNet" in task.obtain


def test_the_credentialed_ones_are_known() -> None:
    """The MIMIC tasks and VinDr-Mammo are credentialed, the other ten open."""
    closed = {name for name in TASKS if CATALOG.tasks[name].access == "credentialed"}
    assert {"mimic-iii-summarization", "mimic-cxr-reports", "mimic-cxr-classification", "vindr-mammo"} == closed


# --- reports


def test_findings_are_summarised_within_and_out_of_distribution(tmp_path: Path) -> None:
    """MIMIC-III: fifty reports of the eleven pairs; those of five pairs, out of distribution, are all for testing."""
    add("mimic-iii-summarization", multimed.mimic_iii(tmp_path))
    every = asked("mimic-iii-summarization", "split/*")
    assert 50 == len(every)
    assert {"train": 38, "test": 11, "validate": 1} == Counter(sample.split for sample in every.values())
    strange = asked("mimic-iii-summarization", 'multimed/"MIMIC-III out of distribution"')
    assert {"45", "46", "47", "48", "49"} == set(strange)
    assert ("multimed", "Report summarization", "MIMIC-III", "MIMIC-III out of distribution", "CT sinus") in (
        strange["49"].nodes
    )


def test_a_report_is_cut_at_its_headings(tmp_path: Path) -> None:
    """Findings are context and hold what stands under inner headings; marks of de-identification are gone."""
    add("mimic-iii-summarization", multimed.mimic_iii(tmp_path, "NOTEEVENTS.csv"))
    sample = asked("mimic-iii-summarization", "split/*")["0"]
    assert "No bleeding is seen, as told to . CT OF THE BASE: No fracture is seen." == sample.context
    assert ("No bleeding and no fracture.",) == sample.references
    assert "mimic-iii-summarization/100" == sample.cluster


def test_a_view_is_a_sample_with_its_indication(tmp_path: Path) -> None:
    """MIMIC-CXR: views of studies whose findings are there and short enough; the indication is context."""
    add("mimic-cxr-reports", multimed.mimic_cxr(tmp_path))
    samples = asked("mimic-cxr-reports")
    assert {"v51-0", "v51-1", "v52-0", "v52-1"} == set(samples)
    assert "PA view X-ray image\n\nReason for the study: ___F with cough" == samples["v51-0"].context
    assert "X-ray image\n\nReason for the study: ___F with cough" == samples["v52-1"].context
    assert ("The lungs are clear.",) == samples["v51-0"].references
    text = render(CATALOG.prompts["medpalm-report"], samples["v51-0"]).text
    assert text.endswith(
        "Given the PA view X-ray image <img>. Reason for the study: ___F with cough. "
        "Q: Describe the findings in the image following the instructions.\nA:\n"
    )


def test_reports_are_read_out_of_their_archive_and_sheets_plain(tmp_path: Path) -> None:
    """The same samples come from mimic-cxr-reports.zip and unzipped sheets as from files and gzipped ones."""
    add("mimic-cxr-reports", multimed.mimic_cxr(tmp_path / "files"))
    first = asked("mimic-cxr-reports")
    add("mimic-cxr-reports", multimed.mimic_cxr(tmp_path / "archive", zipped=True, end=""))
    assert first == asked("mimic-cxr-reports")


def test_pictures_are_sent_as_med_palm_m_saw_them(tmp_path: Path) -> None:
    """A view of 400 by 300 pixels is sent as 224 by 224, black above and below."""
    add("mimic-cxr-reports", multimed.mimic_cxr(tmp_path))
    order = Order(models=("random",), tree=("benchmark/mimic-cxr-reports",), out=tmp_path / "run")
    engine = ScriptedEngine(lambda request: "Clear.")
    run(prepare(order, CATALOG, Library(home())), CATALOG, Silence(), lambda ref, store: engine)
    assert {(224, 224)} == {(picture.width, picture.height) for request in engine.asked for picture in request.pictures}


# --- classes


def test_eleven_conditions_are_asked_of_each_view(tmp_path: Path) -> None:
    """MIMIC-CXR: negative, uncertain and unmentioned are "No"; a condition is a node of its own."""
    add("mimic-cxr-classification", multimed.mimic_cxr(tmp_path))
    samples = asked("mimic-cxr-classification")
    assert {11: 7} == Counter(Counter(name.split("/")[0] for name in samples).values())
    said = {name: sample.options[sample.correct[0]] for name, sample in samples.items()}
    assert ("Yes", "No", "No", "No") == tuple(
        said[f"v52-0/{condition}"] for condition in ("Pleural Effusion", "Edema", "Cardiomegaly", "Fracture")
    )
    assert "Is pleural effusion indicated by the image?" == samples["v52-0/Pleural Effusion"].question
    assert 7 == plan("mimic-cxr-classification", "label/cardiomegaly").size
    assert {f"mimic-cxr/100000{s}" for s in (51, 52, 53, 54)} == {s.cluster for s in samples.values()}


def test_a_lesion_is_told_from_its_mask(tmp_path: Path) -> None:
    """CBIS-DDSM: the cut is found in one series or two, in either order, under case or series; its mask never is."""
    (about,) = add("cbis-ddsm-mass", multimed.cbis_ddsm(tmp_path))
    assert (6, 1) == (about.samples, about.pictures_missing)
    found = plan("cbis-ddsm-mass")
    pictures = Pictures(pick.shelf for pick in found.picks)
    sizes = {}
    for sample in found.samples():
        if sample.images[0].digest:
            stored = next(pick.shelf for pick in found.picks).picture(sample.images[0].digest)
            sizes[sample.id[-11:]] = stored
            assert pictures.of(sample)
    assert 5 == len(sizes) == len(set(sizes.values()))
    assert not any(b"ROI mask images" in data for data in sizes.values())


def test_a_history_is_written_as_in_the_paper(tmp_path: Path) -> None:
    """PAD-UFES-20: fourteen attributes in the paper's order, "unknown" where the release says UNK or nothing."""
    add("pad-ufes-20", multimed.pad_ufes_20(tmp_path))
    samples = asked("pad-ufes-20", "split/*")
    assert (
        "Patient History: Age: 55, Gender: female, Smoke: false, Drink: true, Family skin cancer history: true, "
        "Family any cancer history: false, Lesion region: neck, Lesion itch: true, Lesion grew: unknown, "
        "Lesion bled: false, Lesion elevation: true, Fitzpatrick scale: 3.0, Diameters (mm): [6.0, 5.0]."
    ) == samples["PAT_1_1_1.png"].context
    assert "Gender: unknown" in samples["PAT_0_0_1.png"].context
    assert all(image.digest for sample in samples.values() for image in sample.images)


def test_a_fifth_of_each_class_is_drawn(tmp_path: Path) -> None:
    """PAD-UFES-20: two of ten lesions of each class are for testing, the same ones every time."""
    add("pad-ufes-20", multimed.pad_ufes_20(tmp_path / "a"))
    drawn = asked("pad-ufes-20")
    assert {0: 2, 1: 2, 2: 2, 3: 2, 4: 2, 5: 2} == Counter(sample.correct[0] for sample in drawn.values())
    add("pad-ufes-20", multimed.pad_ufes_20(tmp_path / "b"))
    assert set(drawn) == set(asked("pad-ufes-20"))


def test_a_mammogram_has_side_and_view(tmp_path: Path) -> None:
    """VinDr-Mammo: the ten test pictures alone, with side and view as context, their category as text."""
    add("vindr-mammo", multimed.vindr_mammo(tmp_path))
    samples = asked("vindr-mammo")
    assert 10 == len(samples)
    assert "Image view: R MLO" == samples["image3"].context
    assert "4" == samples["image3"].options[samples["image3"].correct[0]]
    assert 10 == plan("vindr-mammo", "modality/X-ray").size == plan("vindr-mammo", "modality/mammogram").size


# --- variants


def test_a_pileup_is_two_pictures_in_one(tmp_path: Path) -> None:
    """Channels 1 to 3 stand over 4 to 6, in a black square of 224; candidates beyond the region are left out."""
    add("precisionfda-variant-calling", multimed.deepvariant(tmp_path))
    found = plan("precisionfda-variant-calling")
    pictures = Pictures(pick.shelf for pick in found.picks)
    samples = {sample.id.split("/", 1)[1]: sample for sample in found.samples()}
    sample = samples["chr20:3000114-3000114/0a0100"]
    assert "1" == sample.options[sample.correct[0]]
    assert ("variant", "SNP") in sample.nodes
    (picture,) = pictures.of(sample)
    from io import BytesIO

    from PIL import Image

    shown = Image.open(BytesIO(picture.data))
    assert (224, 224) == shown.size
    assert ((1, 41, 81), (121, 161, 201), (0, 0, 0)) == tuple(map(shown.getpixel, ((112, 111), (112, 112), (112, 3))))
    assert 3 == plan("precisionfda-variant-calling", "variant/indel").size
