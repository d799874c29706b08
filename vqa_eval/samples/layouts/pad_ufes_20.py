"""PAD-UFES-20: skin lesions with the history of their patients, from metadata.csv and its folders of pictures.

Pictures are found by their names anywhere below the folder: they are published as imgs_part_1 to imgs_part_3, and
unpacked archives lie one or two folders deep.  The columns are the 26 of the release (Mendeley Data, doi
10.17632/zr7vgbcyr2.1).  How a history is written follows the example that Med-PaLM M prints (arXiv 2307.14334, Table
A.9): lower case, "unknown" where the release says UNK or nothing.
"""

from collections.abc import Iterator
from pathlib import Path

from vqa_eval.samples.tables.reading import Row
from vqa_eval.samples.tables.sheets import find_sheet, read_sheet

FILES = ("metadata.csv*",)
ALSO = ("imgs_part_1/…/PAT_*.png",)

COLUMNS = (
    "patient_id", "lesion_id", "smoke", "drink", "background_father", "background_mother", "age", "pesticide",
    "gender", "skin_cancer_history", "cancer_history", "has_piped_water", "has_sewage_system", "fitspatrick",
    "region", "diameter_1", "diameter_2", "diagnostic", "itch", "grew", "hurt", "changed", "bleed", "elevation",
    "img_id", "biopsed",
)  # fmt: skip

_KEPT = ("patient_id", "lesion_id", "diagnostic", "img_id")


def rows(folder: Path) -> Iterator[Row]:
    """Yield the rows of the metadata, attributes in words, with `picture`: where the picture lies in the folder."""
    pictures = {path.name: str(path.relative_to(folder)) for path in sorted(folder.rglob("PAT_*.png"))}
    for row in read_sheet(find_sheet(folder, "metadata.csv"), COLUMNS):
        said = {name: cell if name in _KEPT else _word(cell) for name, cell in row.cells.items()}
        name = row.cells["img_id"].strip()
        yield Row({**said, "picture": pictures.get(name, name)}, row.place)


def _word(cell: str) -> str:
    text = cell.strip().lower()
    return "unknown" if text in {"", "unk", "nan"} else text
