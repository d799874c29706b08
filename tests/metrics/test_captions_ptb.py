"""The tokens of the COCO protocol: golden sentences, and Stanford's own tokenizer where it is installed."""

import csv
import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from itertools import product
from pathlib import Path
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval.metrics.ptb import sentence

# What CoreNLP 3.4.1 and pycocoevalcap's list of punctuation make of these.
GOLDEN = {
    "The tumor measures 3.5 x 2 x 1.5-cm; margins are free.": "the tumor measures 3.5 x 2 x 1.5-cm margins are free",
    "HER2/neu (3+), ER+/PR-, Ki-67: 20%.": "her2/neu -lrb- 3 + -rrb- er + / pr ki-67 20 %",
    "A well-differentiated, non-small-cell carcinoma": "a well-differentiated non-small-cell carcinoma",
    "a 0.8-2.5 cm lesion, 10-15% of cells": "a 0.8-2 .5 cm lesion 10-15 % of cells",
    "Gleason 3+4=7, grade II/III": "gleason 3 +4 = 7 grade ii/iii",
    "The patient's scan doesn't show O'Brien's sign": "the patient 's scan does n't show o'brien 's sign",
    "It cannot be Crohn’s disease": "it can not be crohn 's disease",
    "E. coli vs. S. aureus, e.g. in Fig. 2 (No. 5)": "e. coli vs. s. aureus e.g. in fig. 2 -lrb- no. 5 -rrb-",
    "grade A. The no. of nodes, approx. five": "grade a the no of nodes approx five",
    '“Quoted” ‘text’ "here"': "quoted text here",
    "β-catenin, TNF-α, 5 µm, 37.0°C, x²": "β-catenin tnf-α 5 µm 37.0 ° c x ²",
    "左肺 and café 🙂": "左肺 and café",
    "1 1/2 and ½": "1\u00a01/2 and 1/2",
    "[a] {b} H&E AT&amp;T <b>": "-lsb- a -rsb- -lcb- b -rcb- h&e at&t <b>",
    "wait... what?! -- yes – no": "wait what ?! yes no",
    "mail a@b.org, see www.x.org/ab or image.png": "mail a@b.org, see www.x.org/ab or image.png",
    "1,000.5 mg at 12:30 p.m. in the '90s": "1,000.5 mg at 12:30 p.m. in the '90s",
    "as follows:(a) x (--) 5'3\"": "as follows -lrb- a -rrb- x -lrb----rrb- 5 3",
    "first line\nsecond line": "first line second line",
    "...": "",
    "": "",
}

# Joined in pairs, these make a few hundred sentences.
PARTS = """
p53+ HER2/neu (3+) 12.5% 0.5-1.0 1.5-2 ER/PR CK7+/CK20- Ki-67 TTF-1 S100 pT2bN0(i-) T1N0M0 pT3,N1a G2-G3 3+4=7 <0.05
p<0.001 >5 ≥5 ±2 5°C µm/mL β-catenin α/β 10⁹/L kg/m² ½ 1/2 12:30 a.m. 1,000 10-15% -4 +4 CD3+/CD4- H&E R&D $5 5% #1
67-year-old mid-1990s '90s 1st non-U.S. L4-5 L4/L5/S1 3cm 4.5x3 2001-02-03 patient's patients' isn't can't I'd
cannot O'Brien d'Arc Crohn’s “quoted” ‘so’ "so" (a) [b] {c} e.g., i.e. etc. vs. Dr. al. Fig.2 No. no. E. B. U.S.
Ph.D. lung. lung, lung; lung: lung? lung! lung... lung—liver lung–liver lung--liver well-defined ill- and/or a_b a*b
* ** = + / ~5 != x.png a@b.org 左肺 наличие café 🙂 • → × ″
"""


@pytest.mark.parametrize(("text", "expected"), GOLDEN.items())
def test_golden_sentences(text: str, expected: str) -> None:
    """Units, signs, quotes, abbreviations and contractions are cut as the original cuts them."""
    assert expected == sentence(text)


@given(st.text(max_size=60))
def test_any_text_has_a_sentence(text: str) -> None:
    """No text is an error, and the sentence has neither edges nor double spaces."""
    found = sentence(text)
    assert found == " ".join(filter(None, found.split(" ")))
    assert "\n" not in found


def test_a_hostile_text_takes_no_time() -> None:
    """Long runs without a space do not make the rules search again and again."""
    begun = process_time()
    for unit in ("a", "a.", "a,", "-", "'", "a'", "1", "1-", "<a ", "@", "a@", "(", ". ", "n't", "é", "a/", "+1"):
        sentence(unit * (10_000 // len(unit)))
    assert 10 > process_time() - begun


@pytest.fixture(scope="module")
def java(tmp_path_factory: pytest.TempPathFactory) -> Callable[[list[str]], list[str]]:
    """Return Stanford's tokenizer as pycocoevalcap calls it; skip where it or Java is not installed."""
    found = importlib.util.find_spec("pycocoevalcap")
    if found is None or not found.submodule_search_locations:
        pytest.skip("pycocoevalcap is not installed")
    program = shutil.which("java")
    if program is None:
        pytest.skip("there is no java on the PATH")
    from pycocoevalcap.tokenizer.ptbtokenizer import PUNCTUATIONS, STANFORD_CORENLP_3_4_1_JAR

    jar = Path(found.submodule_search_locations[0]) / "tokenizer" / STANFORD_CORENLP_3_4_1_JAR
    file = tmp_path_factory.mktemp("ptb") / "captions.txt"

    def tokenize(texts: list[str]) -> list[str]:
        file.write_text("\n".join(text.replace("\n", " ") for text in texts), encoding="utf-8")
        name = "edu.stanford.nlp.process.PTBTokenizer"
        words = [program, "-Dfile.encoding=UTF-8", "-Dstdout.encoding=UTF-8", "-cp", str(jar), name]
        done = subprocess.run([*words, "-preserveLines", "-lowerCase", str(file)], capture_output=True, check=True)
        lines = done.stdout.decode("utf-8").split("\n")
        return [" ".join(word for word in line.rstrip().split(" ") if word not in PUNCTUATIONS) for line in lines]

    return tokenize


def test_golden_sentences_are_the_originals(java: Callable[[list[str]], list[str]]) -> None:
    """The golden sentences above are what the original says today."""
    texts = [text for text in GOLDEN if text]
    assert [GOLDEN[text] for text in texts] == java(texts)[: len(texts)]


def test_varied_sentences_equal_the_original(java: Callable[[list[str]], list[str]]) -> None:
    """Every part after and before words, and next to every seventh other part, is cut as the original cuts it."""
    parts = PARTS.split()
    texts = [
        text for part in parts for text in (part, f"the {part} lung", f"Seen: {part}, ({part}).", f"{part} The end")
    ]
    texts += [f"{one} {other}" for at, (one, other) in enumerate(product(parts, parts)) if at % 7 == 0]
    # Between them stands a word, so that no line's end is read together with the next line's beginning.
    said = java([line for text in texts for line in (text, "x")])[0::2]
    assert [] == [
        (text, theirs, sentence(text)) for text, theirs in zip(texts, said, strict=True) if theirs != sentence(text)
    ]


def test_captions_equal_the_original(java: Callable[[list[str]], list[str]], shared_data: Path) -> None:
    """Not one of the captions of SlideBench is cut differently."""
    with (shared_data / "slidebench" / "SlideBench-Caption-TCGA.csv").open(encoding="utf-8", newline="") as file:
        captions = [row["Caption"] for row in csv.DictReader(file)]
    assert 734 == len(captions)
    assert [] == [ours for ours, theirs in zip(map(sentence, captions), java(captions), strict=False) if ours != theirs]
