"""CBIS-DDSM's masses: the test sheet and the lesions cut out for it; see `cbis_ddsm`."""

from collections.abc import Iterator
from pathlib import Path

from vqa_eval.samples.layouts.cbis_ddsm import lesions
from vqa_eval.samples.tables.reading import Row

SHEET = "mass_case_description_test_set.csv"

FILES = (f"{SHEET}*",)
ALSO = ("…/Mass-Test_P_*/…/*.dcm",)


def rows(folder: Path) -> Iterator[Row]:
    """Yield a row for each lesion: the sheet's columns, `lesion` and `picture`."""
    return lesions(folder, SHEET)
