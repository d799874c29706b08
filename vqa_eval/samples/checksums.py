"""The sums that publishers give of their files, held against the files at hand."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from vqa_eval.errors import DataError

_BLOCK = 4 * 1024 * 1024


def check_md5(
    published: Mapping[str, str], files: Iterable[Path], progress: Callable[[int, float | None], None]
) -> None:
    """Read every file that a sum is published for; DataError with both sums where one is another.

    `progress` is called with no rows and the share of the bytes that were read.
    """
    summed = [path for path in files if path.name in published]
    total, read = sum(path.stat().st_size for path in summed), 0
    for path in summed:
        md5 = hashlib.md5(usedforsecurity=False)
        with path.open("rb") as file:
            while block := file.read(_BLOCK):
                md5.update(block)
                read += len(block)
                progress(0, read / total)
        if md5.hexdigest() != published[path.name].lower():
            raise DataError(
                f"{path}: its md5 is {md5.hexdigest()}, and {published[path.name].lower()} is published",
                "it came incomplete or is another version: fetch it again; to take it as it is, put a copy of the "
                "task file without its md5, under an id of your own, into a folder and name that: --catalog FOLDER",
            )
