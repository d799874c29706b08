"""MIMIC-CXR: eleven conditions asked of every view of the test split, with CheXpert's label of each.

Read from MIMIC-CXR-JPG's split, metadata and chexpert sheets (plain or gzipped) and its pictures.  The labels are of
studies: every view of a study bears them.  A study that the labels leave out is not asked.

By MultiMedBench (Med-PaLM M, arXiv 2307.14334, A.1.2) negative (0.0) and uncertain (-1.0) labels count as negative.
What a blank means, which says that the report does not mention the condition, is not stated; the task file counts it
as negative too, because "No Finding" is only ever 1.0 or blank and would else have one class.
"""

from collections.abc import Iterator
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.layouts import mimic_cxr
from vqa_eval.samples.tables.reading import Row
from vqa_eval.samples.tables.sheets import find_sheet, read_sheet

FILES = (*mimic_cxr.FILES, "mimic-cxr-2.0.0-chexpert.csv*")
ALSO = (mimic_cxr.PICTURES,)

CONDITIONS = (
    "No Finding", "Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion", "Lung Opacity",
    "Enlarged Cardiomediastinum", "Fracture", "Pneumonia", "Support Devices",
)  # fmt: skip
"""In the paper's order; the labels' other three (Lung Lesion, Pleural Other, Pneumothorax) are not asked."""

LABELS = {"1.0": "positive", "0.0": "negative", "-1.0": "uncertain", "": "not mentioned"}


def rows(folder: Path) -> Iterator[Row]:
    """Yield a row for each view and condition: those of the view with id, condition, asked and label."""
    labels = _labels(folder)
    for row in mimic_cxr.views(folder):
        for condition, label in labels.get(row.cells["study"], {}).items():
            cells = {
                "id": f"{row.cells['dicom_id']}/{condition}",
                "condition": condition,
                "asked": condition.lower(),
                "label": label,
            }
            yield Row({**row.cells, **cells}, row.place)


def _labels(folder: Path) -> dict[str, dict[str, str]]:
    path = find_sheet(folder, "mimic-cxr-2.0.0-chexpert.csv")
    found: dict[str, dict[str, str]] = {}
    for row in read_sheet(path, ("subject_id", "study_id", *CONDITIONS)):
        said = {condition: row.cells[condition].strip() for condition in CONDITIONS}
        strange = [f"{condition}: {value!r}" for condition, value in said.items() if value not in LABELS]
        if strange:
            raise DataError(
                f"{row.place}, column {strange[0]} is none of 1.0, 0.0, -1.0 and blank",
                "give the file as it was published",
            )
        found[row.cells["study_id"]] = {condition: LABELS[value] for condition, value in said.items()}
    return found
