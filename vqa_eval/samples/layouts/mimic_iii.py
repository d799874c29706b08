"""MIMIC-III's notes: radiology reports whose findings are to be summarised.

Read from NOTEEVENTS.csv of version 1.4, plain or gzipped.  The task follows MultiMedBench (Med-PaLM M, arXiv
2307.14334, A.1.1): pairs of modality and anatomy, findings of at most 600 tokens, findings to impression.  Stated
there are the pairs, the limit and the counts.  Not published are how a report's pair is known, how its sections are
cut, which tokens are counted and who is in which split, so these are choices of our own, and counts differ:

- the pair is read from DESCRIPTION, by the first part of the body that it names;
- sections are cut by `samples.sections`; a report without findings or impression is none;
- a token is what stands between white space; marks of de-identification, "[**…**]", are taken out;
- of the six pairs 80 % of the patients are for training, 10 % for validation and 10 % for testing, by the sha256 of
  the patient's number; the five pairs "out of distribution" are all for testing.
"""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.reading import Row
from vqa_eval.samples.tables.sections import sections
from vqa_eval.samples.tables.sheets import find_sheet, read_sheet

FILES = ("NOTEEVENTS.csv*",)

COLUMNS = (
    "ROW_ID", "SUBJECT_ID", "HADM_ID", "CHARTDATE", "CHARTTIME", "STORETIME", "CATEGORY", "DESCRIPTION", "CGID",
    "ISERROR", "TEXT",
)  # fmt: skip

MOST_TOKENS = 600

_KNOWN = {("CT", part) for part in ("head", "abdomen", "chest", "spine", "neck")} | {("MRI", "head")}
_STRANGE = {("MRI", part) for part in ("spine", "abdomen", "pelvis", "neck")} | {("CT", "sinus")}

_MODALITY = re.compile(r"^(?P<CT>CT|CTA|CTU)\b|^(?P<MRI>MRI?|MRA)\b")
_PARTS = (
    ("spine", r"SPINE|SPINAL|[CTL]-SPINE|CERVICAL|THORACIC|LUMBAR"),
    ("sinus", r"SINUS(?:ES)?|MAXILLOFACIAL"),
    ("head", r"HEAD|BRAIN"),
    ("neck", r"NECK"),
    ("chest", r"CHEST|TRACHEA"),
    ("abdomen", r"ABD|ABDOMEN"),
    ("pelvis", r"PELVIS"),
)
_PART = re.compile("|".join(rf"(?P<{part}>\b(?:{words})\b)" for part, words in _PARTS))
_HIDDEN = re.compile(r"\[\*\*.*?\*\*\]", re.DOTALL)


def rows(folder: Path) -> Iterator[Row]:
    """Yield a row for each report of the eleven pairs: note, patient, pair, domain, split, both texts."""
    for row in read_sheet(find_sheet(folder, "NOTEEVENTS.csv"), COLUMNS):
        cells = row.cells
        pair = pair_of(cells["DESCRIPTION"]) if cells["CATEGORY"].strip() == "Radiology" else None
        if pair is None or cells["ISERROR"].strip() in {"1", "1.0"}:
            continue
        found = sections(_HIDDEN.sub(" ", cells["TEXT"]))
        findings, impression = found.get("FINDINGS", ""), found.get("IMPRESSION", "")
        if not findings or not impression or len(findings.split()) > MOST_TOKENS:
            continue
        if not cells["SUBJECT_ID"].strip():
            raise DataError(f"{row.place}: no SUBJECT_ID", "give the file as it was published")
        within = pair in _KNOWN
        yield Row(
            {
                "note": cells["ROW_ID"],
                "patient": cells["SUBJECT_ID"],
                "pair": " ".join(pair),
                "domain": f"MIMIC-III {'in' if within else 'out of'} distribution",
                "split": split_of(cells["SUBJECT_ID"]) if within else "test",
                "findings": findings,
                "impression": impression,
            },
            row.place,
        )


def pair_of(description: str) -> tuple[str, str] | None:
    """Return modality and anatomy of an examination, None where it is none of the eleven pairs."""
    folded = description.upper().strip()
    modality, part = _MODALITY.search(folded), _PART.search(folded)
    if modality is None or part is None:
        return None
    pair = (modality.lastgroup or "", part.lastgroup or "")
    return pair if pair in _KNOWN | _STRANGE else None


def split_of(patient: str) -> str:
    """Return the split of a patient's reports, the same on every machine."""
    place = int.from_bytes(hashlib.sha256(f"mimic-iii/{patient.strip()}".encode()).digest()[:8]) / 2**64
    return "train" if place < 0.8 else "validate" if place < 0.9 else "test"
