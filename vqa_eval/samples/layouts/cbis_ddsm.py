"""CBIS-DDSM: lesions cut out of mammograms, found in what the NBIA Data Retriever downloads.

The sheets name files that do not exist after a download: of "CASE/STUDY/SERIES/000001.dcm" only the case
(Mass-Test_P_00016_LEFT_CC_1) and the uid of the series can be relied on, and folders bear the one or the other.  The
picture of a lesion and the mask that shows where it lies come in one series or in two, in either order, and the
sheets sometimes name one for the other.  So the files of both are gathered, and the picture is the smallest that is
no mask: a mask is as large as the whole mammogram and holds two values at most.  This is how the collection's page
(doi 10.7937/K9/TCIA.2016.7O02S9CY) and other readers of it describe the release; no original was at hand.

MultiMedBench (Med-PaLM M, arXiv 2307.14334, A.1.2) cut the lesion out of the mammogram by the box of its region;
here the picture is the release's own cut.
"""

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.reading import Row
from vqa_eval.samples.tables.sheets import find_sheet, read_sheet

PATHOLOGIES = ("BENIGN", "BENIGN_WITHOUT_CALLBACK", "MALIGNANT")

COLUMNS = (
    "patient_id", "left or right breast", "image view", "abnormality id", "abnormality type", "pathology",
    "cropped image file path", "ROI mask file path",
)  # fmt: skip


def lesions(folder: Path, sheet: str) -> Iterator[Row]:
    """Yield the lesions of a sheet with `lesion`, a name of its own, and `picture`: where it lies in the folder.

    The picture of a lesion that is not there keeps its published name.  Raises DataError for a pathology that is
    none, and for a DICOM file that cannot be read.
    """
    folders = _folders(folder)
    for row in read_sheet(find_sheet(folder, sheet), COLUMNS):
        cells = {column: cell.strip() for column, cell in row.cells.items()}
        if cells["pathology"] not in PATHOLOGIES:
            raise DataError(
                f"{row.place}, column pathology: {cells['pathology']!r} is none of {', '.join(PATHOLOGIES)}",
                "give the file as it was published",
            )
        published = [cells["cropped image file path"], cells["ROI mask file path"]]
        picture = _picture(_files([name.split("/") for name in published], folders))
        cells["lesion"] = published[0].partition("/")[0]
        cells["picture"] = str(picture.relative_to(folder)) if picture else published[0]
        yield Row(cells, row.place)


def _folders(folder: Path) -> dict[str, list[Path]]:
    """Return every folder below this one by its name."""
    found: dict[str, list[Path]] = defaultdict(list)
    for parent, names, _ in os.walk(folder):
        for name in names:
            found[name].append(Path(parent, name))
    return found


def _files(published: list[list[str]], folders: dict[str, list[Path]]) -> list[Path]:
    """Return the DICOM files of a lesion's series, or else of its case."""
    series = {parts[-2] for parts in published if len(parts) > 2}
    cases = {parts[0] for parts in published}
    for names in (series, cases):
        found = {path for name in names for place in folders.get(name, ()) for path in place.rglob("*.dcm")}
        if found:
            return sorted(found)
    return []


def _picture(paths: list[Path]) -> Path | None:
    """Return the smallest file that is no mask; the pixels of larger ones are left unread."""
    return next((path for path in sorted(paths, key=_pixels) if not _is_mask(path)), None)


def _pixels(path: Path) -> int:
    import pydicom

    try:
        header = pydicom.dcmread(path, stop_before_pixels=True)
        return int(header.Rows) * int(header.Columns)
    except Exception as error:  # on bad bytes the library raises any kind of error
        raise _unreadable(path, error) from error


def _is_mask(path: Path) -> bool:
    import pydicom

    try:
        pixels = pydicom.dcmread(path).pixel_array
    except Exception as error:
        raise _unreadable(path, error) from error
    return not bool(((pixels != pixels.min()) & (pixels != pixels.max())).any())


def _unreadable(path: Path, error: Exception) -> DataError:
    if isinstance(error, ImportError):
        return DataError(f"{path}: DICOM files need pydicom", "pip install 'vqa-eval[dicom]'")
    return DataError(f"{path}: no DICOM picture: {error}", "fetch the file again")
