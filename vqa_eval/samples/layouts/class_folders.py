"""Pictures sorted into folders named after their class: CLASS/NAME.png, or SPLIT/CLASS/NAME.png.

The layout that torchvision calls ImageFolder. Each row has `file` (where the picture lies in the folder), `class`,
and `split`, which is empty where the folders do not say one.
"""

from collections.abc import Iterator
from pathlib import Path

from vqa_eval.samples.tables.reading import Row

FILES = ("*/*",)

ENDINGS = frozenset((".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".dcm", ".dicom"))
"""Files that are pictures; others beside them (notes, thumbnails' indices) are no rows."""


def rows(folder: Path) -> Iterator[Row]:
    """Yield a row a picture, in the order of split, class and name."""
    for deep in ("*/*", "*/*/*"):
        for path in sorted(folder.glob(deep)):
            if path.is_file() and path.suffix.lower() in ENDINGS:
                *split, name, file = path.relative_to(folder).parts
                place = f"{folder.name}/{'/'.join([*split, name, file])}"
                cells = {"file": "/".join([*split, name, file]), "class": name, "split": "".join(split)}
                yield Row(cells, place)
