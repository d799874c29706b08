"""Montgomery County's chest X-rays for tuberculosis: what was found stands in the name of each picture.

The set of the US National Library of Medicine has CXR_png/MCUCXR_0001_0.png and so on, where _0 is a normal chest
and _1 one with signs of tuberculosis; 80 and 58 of them.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.reading import Row

FILES = ("CXR_png/MCUCXR_*.png",)

_NAME = re.compile(r"MCUCXR_(?P<patient>\d+)_(?P<found>[01])\.png")


def rows(folder: Path) -> Iterator[Row]:
    """Yield a row for each picture: patient, picture and found, 0 or 1; DataError for a name that does not say."""
    for path in sorted((folder / "CXR_png").glob("*.png")):
        named = _NAME.fullmatch(path.name)
        if named is None:
            raise DataError(f"{path}: no name such as MCUCXR_0001_0.png", "leave that file out")
        yield Row({**named.groupdict(), "picture": f"CXR_png/{path.name}"}, path.name)
