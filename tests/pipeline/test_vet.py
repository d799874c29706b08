"""What is wrong or odd in a benchmark is found, named and counted; what is well is left in peace."""

from pathlib import Path

import pytest
from PIL import Image

from vqa_eval.catalog import Catalog
from vqa_eval.errors import DataError
from vqa_eval.pipeline.vet import vet
from vqa_eval.pipeline.vetting import Finding
from vqa_eval.samples import Library, home

TASK = """\
id: faulty
title: Faulty
about: A benchmark made by a test.
licence: CC0-1.0
evaluate: test
prompt: letter
common:
  format: csv
  kind: choice
  id: id
  question: question
  context: history
  options: [A, B, C]
  answer: {letter: answer}
  image: {file: picture, folder: pictures}
  cluster: patient
  facets: {modality: modality, mood: mood}
  optional: [picture]
forms:
  - {name: test, files: [test.csv], split: test, expects: EXPECTS}
  - {name: train, files: [train.csv], split: train}
"""
HEAD = "id,question,history,A,B,C,answer,picture,patient,modality,mood\n"


class Quiet:
    """Nobody looks on."""

    def begins(self, step: str, total: int) -> None:
        """Note nothing."""

    def goes(self, done: int) -> None:
        """Note nothing."""


def looked_over(folder: Path, test: str, train: str = "", expects: int | None = None) -> dict[str, Finding]:
    """Write, add and look over a benchmark; return what was found by the name of the check."""
    tasks = folder / "catalog" / "tasks"
    tasks.mkdir(parents=True, exist_ok=True)
    rows = len(test.splitlines())
    (tasks / "faulty.yaml").write_text(TASK.replace("EXPECTS", str(expects or rows)), encoding="utf-8")
    (tasks / "test.csv").write_text(HEAD + test, encoding="utf-8")
    if train:
        (tasks / "train.csv").write_text(HEAD + train, encoding="utf-8")
    catalog = Catalog([tasks.parent])
    library = Library(home())
    library.add(catalog.tasks["faulty"], tasks)
    return {finding.check: finding for finding in vet(catalog.tasks["faulty"], catalog, library, Quiet())}


def said(found: dict[str, Finding], check: str) -> tuple[str, int, int, tuple[str, ...]]:
    """Return grade, count, out of how many, and where."""
    finding = found[check]
    return finding.grade, finding.count, finding.of, finding.examples


GOOD = """\
1,Which organ is bright?,,Liver,Spleen,Kidney,A,,p1,CT,
2,Which organ is dark?,,Heart,Lung,Colon,B,,p2,CT,
3,Which plane is it?,,Axial,Coronal,Sagittal,C,,p3,T1 MRI,
"""


def test_a_sound_benchmark_is_left_in_peace(tmp_path: Path) -> None:
    """Where all is well, nothing but the axis that no lexicon knows is odd, and nothing is wrong."""
    found = looked_over(tmp_path, GOOD)
    assert {"axes not in the lexicon"} == {name for name, finding in found.items() if finding.grade != "fine"}
    assert ("odd", 1, 2, ("mood",)) == said(found, "axes not in the lexicon")
    assert ("fine", 0, 3, ()) == said(found, "keys not read back")
    assert ("fine", 0, 3, ()) == said(found, "options not read back")


def test_the_same_question_twice(tmp_path: Path) -> None:
    """A question that comes again, its options in any order, is odd with the same key and wrong with another."""
    again = "4,Which organ is  BRIGHT?,,Kidney,Liver,Spleen,B,,p4,CT,\n"
    other = "5,Which organ is dark?,,Heart,Lung,Colon,C,,p5,CT,\n"
    found = looked_over(tmp_path, GOOD + again + other)
    assert ("odd", 1, 5, ("faulty/4",)) == said(found, "questions asked again")
    assert ("wrong", 1, 5, ("faulty/5",)) == said(found, "questions with two keys")


def test_equal_options(tmp_path: Path) -> None:
    """The right option's very text given twice is wrong and is not read back; a change of case alone is odd."""
    twice = "4,What is it?,,Cyst,Tumour,Cyst,A,,p4,CT,\n"
    case = "5,Which genotype?,,Aa,AA,ab,C,,p5,CT,\n"
    found = looked_over(tmp_path, GOOD + twice + case)
    assert ("wrong", 1, 5, ("faulty/4",)) == said(found, "right option given twice")
    assert ("odd", 2, 5, ("faulty/4", "faulty/5")) == said(found, "options alike")
    assert "faulty/4" in found["options not read back"].examples
    assert ("fine", 0, 5, ()) == said(found, "keys not read back")


def test_options_with_labels(tmp_path: Path) -> None:
    """Options that begin with A, B, C are odd; one that begins with a letter by chance is not."""
    doubled = "4,Where is it?,,A: Left,B: Right,C: Both,A,,p4,CT,\n"
    chance = "5,Which type?,,A. fumigatus,Candida,Mucor,A,,p5,CT,\n"
    found = looked_over(tmp_path, GOOD + doubled + chance)
    assert ("odd", 1, 5, ("faulty/4",)) == said(found, "options with labels")


def test_a_label_that_cannot_be_read_back(tmp_path: Path) -> None:
    """Options that are themselves letters contradict the labels: the right label scores 0, and the sample is named."""
    found = looked_over(tmp_path, GOOD + "4,Which are true?,,c,d,bd,C,,p4,CT,\n")
    assert ("wrong", 1, 4, ("faulty/4",)) == said(found, "keys not read back")


def test_a_leaked_answer(tmp_path: Path) -> None:
    """The right option alone in question or context is odd; one that stands there beside a wrong one is not."""
    leaked = "4,What is the cause?,History of gastric carcinoma.,Ulcer,Gastric carcinoma,Polyp,B,,p4,CT,\n"
    both = "5,Is it a polyp or an ulcer?,,Ulcer,Cancer,Polyp,A,,p5,CT,\n"
    found = looked_over(tmp_path, GOOD + leaked + both)
    assert ("odd", 1, 5, ("faulty/4",)) == said(found, "right option named")


def test_a_favoured_letter_and_length(tmp_path: Path) -> None:
    """A letter, or the longest option, that is right far more often than a guess is odd and comes with its figures."""
    rows = "".join(f"{n},What is shown in {n}?,,a long option {n},short{n},s{n},A,,p{n},CT,\n" for n in range(40))
    found = looked_over(tmp_path, rows)
    assert ("odd", 40, 40, ()) == said(found, "majority letter")
    assert ("odd", 40, 40, ()) == said(found, "longest option")
    assert "100.0%, a uniform guess 33.3%" in found["longest option"].said
    assert "fine" == found["majority text"].grade


def test_pictures(tmp_path: Path) -> None:
    """Pictures that are absent or damaged are wrong, those of one colour or a few pixels odd; each counts once."""
    folder = tmp_path / "catalog" / "tasks" / "pictures"
    folder.mkdir(parents=True)
    speckled = Image.radial_gradient("L")
    speckled.save(folder / "good.png")
    speckled.resize((64, 8)).save(folder / "tiny.png")
    Image.new("RGB", (64, 64), "white").save(folder / "blank.png")
    whole = (folder / "good.png").read_bytes()
    (folder / "cut.png").write_bytes(whole[:200] + whole[-12:])
    names = ("good.png", "good.png", "tiny.png", "blank.png", "cut.png", "absent.png")
    rows = "".join(f"{n},Which is {n}?,,x{n}a,x{n}b,x{n}c,A,{name},p{n},CT,\n" for n, name in enumerate(names))
    found = looked_over(tmp_path, rows)
    assert ("wrong", 1, 6, ("faulty/5",)) == said(found, "pictures not at hand")
    assert ("wrong", 1, 4, ("faulty/4",)) == said(found, "pictures that cannot be decoded")
    assert ("odd", 1, 3, ("faulty/3",)) == said(found, "pictures of one colour")
    assert ("odd", 1, 3, ("faulty/2",)) == said(found, "tiny pictures")


def test_what_two_splits_share(tmp_path: Path) -> None:
    """Evaluated samples whose patient is in the training split too are counted; ids of both tables are compared."""
    train = "1,Which lobe is it?,,Left,Right,Both,A,,p2,CT,\n9,Which vein is it?,,Portal,Caval,None here,A,,p9,CT,\n"
    found = looked_over(tmp_path, GOOD, train)
    assert ("odd", 1, 3, ("faulty/2",)) == said(found, "patient, slide or picture in two splits")
    assert ("wrong", 1, 5, ("faulty/1",)) == said(found, "one id in two tables")


def test_counts_keys_and_names(tmp_path: Path) -> None:
    """Too few rows are wrong; rows without a key and names that no lexicon knows are odd and shown."""
    keyless = "4,What is it?,,Cyst,Tumour,Scar,,,p4,Sonar,\n"
    found = looked_over(tmp_path, GOOD + keyless, expects=7)
    assert ("wrong", 3, 7, ()) == said(found, "samples too few or too many")
    assert ("odd", 1, 4, ("faulty/4",)) == said(found, "samples without a key")
    assert ("odd", 1, 3, ("modality: Sonar",)) == said(found, "names not in the lexicon")
    assert 3 == found["keys not read back"].of


def test_nothing_at_hand(letters: Path) -> None:
    """A benchmark of which nothing is at hand is an error that says what to type."""
    catalog = Catalog([letters])
    with pytest.raises(DataError, match="nothing of letters is at hand"):
        list(vet(catalog.tasks["letters"], catalog, Library(home()), Quiet()))


@pytest.mark.parametrize(
    ("benchmark", "folder", "wrong"),
    [
        ("proteinlmbench", "proteinlmbench", {}),
        ("pubmedqa", "pubmedqa", {}),
        ("medmcqa", "medmcqa", {"right option given twice": 4, "keys not read back": 4}),
    ],
)
def test_real_benchmarks(shared_data: Path, benchmark: str, folder: str, wrong: dict[str, int]) -> None:
    """On the published files the key is read back but for MedMCQA's four questions with options such as "bc"."""
    catalog, library = Catalog(), Library(home())
    library.add(catalog.tasks[benchmark], shared_data / folder)
    found = list(vet(catalog.tasks[benchmark], catalog, library, Quiet()))
    assert wrong == {finding.check: finding.count for finding in found if finding.grade == "wrong"}
