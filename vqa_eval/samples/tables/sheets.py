"""A CSV of a published folder, plain or gzipped, read row by row with the columns that must be there."""

import csv
import gzip
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.lines import Lines, TooLong
from vqa_eval.samples.tables.reading import Row
from vqa_eval.samples.tables.separated import refuse_doubles

LARGEST_CELL = 64 * 1024 * 1024
"""Characters of one cell: the longest note stays far below, a runaway quote does not."""


def find_sheet(folder: Path, name: str) -> Path:
    """Return where the sheet of that name lies in the folder, plain before gzipped; DataError where it does not."""
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise DataError(f"{folder}: neither {name} nor {name}.gz", f"put {name} there as it was published")


def read_sheet(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """Yield the rows; DataError names the file and what of it is missing, damaged or of another length."""
    csv.field_size_limit(LARGEST_CELL)
    try:
        with Lines(path, packed=path.suffix == ".gz") as lines:
            reader = csv.reader(iter(lines.next, ""))
            header = [name.strip() for name in next(reader, [])]
            missing = [name for name in columns if name not in header]
            if missing:
                raise DataError(
                    f"{path}: no column {', '.join(map(repr, missing))}; found: {', '.join(map(repr, header))}",
                    "give the file as it was published",
                )
            refuse_doubles(header, str(path))
            for number, cells in enumerate(reader, start=1):
                if len(cells) != len(header) and cells:
                    raise DataError(
                        f"{path}, row {number}: {len(cells)} cells under {len(header)} columns",
                        "check quoting and separators of that row, and whether the file came whole",
                    )
                if cells:
                    yield Row(dict(zip(header, cells, strict=True)), f"{path.name}, row {number}")
    except TooLong as error:
        raise DataError(
            f"{path}: a line is longer than the {lines.largest:,} bytes that one may have",
            "fetch the file again: it is damaged, or no sheet",
        ) from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise DataError(f"{path}: damaged gzip: {error}", "fetch the file again") from error
    except (OSError, csv.Error) as error:
        raise DataError(f"{path}: {error}", "check the path, its permissions and its quoting") from error
