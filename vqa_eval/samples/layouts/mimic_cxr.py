"""MIMIC-CXR: every view of the test split with the report of its study, for report generation.

Read from a folder that holds MIMIC-CXR-JPG's split and metadata sheets (plain or gzipped), its pictures,
files/p10/p10000032/s50414267/NAME.jpg, and MIMIC-CXR's reports, files/p10/p10000032/s50414267.txt: beside the
pictures, under mimic-cxr-reports/, or in mimic-cxr-reports.zip as it is published.

By MultiMedBench (Med-PaLM M, arXiv 2307.14334, A.1.2) each view is a sample of its own; a study whose report has no
findings, or findings of more than 800 characters, is left out; the indication is context.  How sections are cut is
not published: see `samples.sections`.  Only the test split is read: training pictures are half a terabyte, and
nobody is asked about them.
"""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.archives import Archive
from vqa_eval.samples.tables.reading import Row
from vqa_eval.samples.tables.sections import reason, sections
from vqa_eval.samples.tables.sheets import find_sheet, read_sheet

FILES = ("mimic-cxr-2.0.0-split.csv*", "mimic-cxr-2.0.0-metadata.csv*")
PICTURES = "files/p10/…/*.jpg"
ALSO = ("mimic-cxr-reports.zip", PICTURES)

MOST_CHARACTERS = 800

LARGEST_REPORT = 1024**2
"""Bytes of a report; they have some thousand."""

SPLITS = ("train", "validate", "test")


def rows(folder: Path) -> Iterator[Row]:
    """Yield a row for each view: dicom_id, patient, study, picture, projection, reason, findings, impression."""
    with contextlib.ExitStack() as stack:
        yield from _with_reports(folder, _reports(folder, stack))


def _with_reports(folder: Path, report: Callable[[str, str], str]) -> Iterator[Row]:
    for row in views(folder):
        found = sections(report(row.cells["report"], row.place))
        findings = found.get("FINDINGS", "")
        if not findings or len(findings) > MOST_CHARACTERS:
            continue
        why = reason(found)
        texts = {
            "reason": f"Reason for the study: {why}" if why else "",
            "findings": findings,
            "impression": found.get("IMPRESSION", ""),
        }
        yield Row({**row.cells, **texts}, row.place)


def views(folder: Path) -> Iterator[Row]:
    """Yield the views of the test split, as the split sheet orders them: ids, projection, where the files lie."""
    sheet = read_sheet(find_sheet(folder, "mimic-cxr-2.0.0-metadata.csv"), ("dicom_id", "ViewPosition"))
    projections = {row.cells["dicom_id"]: row.cells["ViewPosition"].strip() for row in sheet}
    split = find_sheet(folder, "mimic-cxr-2.0.0-split.csv")
    for row in read_sheet(split, ("dicom_id", "study_id", "subject_id", "split")):
        name, study, patient, part = (row.cells[key] for key in ("dicom_id", "study_id", "subject_id", "split"))
        if part not in SPLITS:
            raise DataError(
                f"{row.place}, column split: {part!r} is none of {', '.join(SPLITS)}",
                "give the file as it was published",
            )
        if part != "test":
            continue
        if name not in projections:
            raise DataError(
                f"{row.place}: picture {name} is not in mimic-cxr-2.0.0-metadata.csv",
                "give both files of one version",
            )
        place = f"files/p{patient[:2]}/p{patient}/s{study}"
        yield Row(
            {
                "dicom_id": name,
                "study": study,
                "patient": patient,
                "projection": f"{projections[name]} view X-ray image" if projections[name] else "X-ray image",
                "picture": f"{place}/{name}.jpg",
                "report": f"{place}.txt",
            },
            row.place,
        )


def _reports(folder: Path, stack: contextlib.ExitStack) -> Callable[[str, str], str]:
    """Return the function that reads a report by its published name; DataError where there is none of that name.

    The archive of reports, if there is one, is open for as long as the stack.
    """
    path = folder / "mimic-cxr-reports.zip"
    roots = [root for root in (folder / "mimic-cxr-reports", folder) if (root / "files").is_dir()]
    archive = stack.enter_context(Archive(path, folder)) if path.is_file() else None

    def read(name: str, place: str) -> str:
        for root in roots:
            if (root / name).is_file():
                return (root / name).read_text(encoding="utf-8", errors="replace")
        packed = archive.read(name, LARGEST_REPORT) if archive else None
        if packed is None:
            raise DataError(
                f"{place}: no report {name} in {folder}",
                "put mimic-cxr-reports.zip of MIMIC-CXR there, or unpack it there",
            )
        return packed.decode("utf-8", errors="replace")

    return read
