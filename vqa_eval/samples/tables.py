"""Published tables as streams of rows: one reader a format, one row in memory where the format allows.

A row is a plain dict from column to cell; `Row.place` says where it stands, for messages to people.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vqa_eval.errors import DataError

LARGEST_CELL = 256 * 1024 * 1024
"""Bytes of one cell: a picture in base64 stays far below, a runaway quote does not."""
LAYOUTS = ("tsv", "csv", "json", "jsonl", "parquet")
"""Layouts of a file, named as their usual endings."""
LARGEST_DOCUMENT = 2 * 1024**3
"""Bytes of one JSON document, which must be read whole."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a published table."""

    cells: dict[str, Any]
    place: str
    """"FILE, row N", counting the first row of data as 1."""


def read_rows(path: Path, layout: str) -> Iterator[Row]:
    """Yield the rows of a local file in the layout tsv, csv, json, jsonl or parquet.

    Raises DataError with file and row for what cannot be read.
    """
    readers = {
        "tsv": lambda: _separated(path, "\t"),
        "csv": lambda: _separated(path, ","),
        "json": lambda: _json(path),
        "jsonl": lambda: _json_lines(path),
        "parquet": lambda: _parquet(path),
    }
    try:
        yield from readers[layout]()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror or error}", "check the path and its permissions") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 (byte {error.start})", "save the file as UTF-8") from error


def read_hub(table: str) -> Iterator[Row]:
    """Yield the rows of a hub table, pictures as stored bytes.

    `table` is "org/name[:config][@split]", streamed through `datasets` (a local folder in the place of
    org/name works alike), or a file of a repository, "org/name/file.tsv", which is downloaded whole into the
    hub's cache, resumably. Raises DataError where the libraries or the hub are missing.
    """
    try:
        import datasets
        import huggingface_hub
    except ImportError as error:
        raise DataError(f"{table}: reading the hub needs `datasets`", "pip install 'vqa-eval[hub]'") from error
    layout = Path(table).suffix.removeprefix(".")
    try:
        if layout in LAYOUTS:
            owner, name, file = table.split("/", 2)
            path = huggingface_hub.hf_hub_download(f"{owner}/{name}", file, repo_type="dataset")
            yield from read_rows(Path(path), layout)
            return
        source, _, split = table.partition("@")
        repository, _, config = source.partition(":")
        rows = datasets.load_dataset(repository, config or None, split=split or "train", streaming=True)
        for column, feature in (rows.features or {}).items():
            if isinstance(feature, datasets.Image):
                rows = rows.cast_column(column, datasets.Image(decode=False))
        for number, cells in enumerate(rows, start=1):
            yield Row(dict(cells), f"hub {table}, row {number}")
    except (OSError, ValueError, datasets.exceptions.DatasetsError, huggingface_hub.errors.HfHubHTTPError) as error:
        raise DataError(
            f"hub {table}: {str(error).splitlines()[0]}",
            "check the network and HF_TOKEN, or fetch the files and type: vqa-eval data add ID PATH",
        ) from error


def _separated(path: Path, delimiter: str) -> Iterator[Row]:
    csv.field_size_limit(LARGEST_CELL)
    with path.open(encoding="utf-8-sig", newline="") as lines:
        reader = csv.reader(lines, delimiter=delimiter)
        try:
            header = next(reader, None)
            if not header:
                raise DataError(f"{path}: empty", "give the file as it was published")
            for number, cells in enumerate(reader, start=1):
                if not cells:
                    continue
                if len(cells) > len(header):
                    raise DataError(
                        f"{path}, row {number}: {len(cells)} cells under {len(header)} columns",
                        "check quoting and separators of that row",
                    )
                yield Row(dict(zip(header, cells, strict=False)), f"{path.name}, row {number}")
        except csv.Error as error:
            raise DataError(
                f"{path}, line {reader.line_num}: {error}", "check quoting and separators of that line"
            ) from error


def _json(path: Path) -> Iterator[Row]:
    if path.stat().st_size > LARGEST_DOCUMENT:
        raise DataError(f"{path}: larger than 2 GB in one JSON document", "convert it to JSON lines")
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path}, line {error.lineno}: not JSON: {error.msg}", "give the file as it was published"
        ) from error
    if isinstance(document, dict):
        entries = [{"_id": key, **cells} if isinstance(cells, dict) else cells for key, cells in document.items()]
    else:
        entries = document
    for number, cells in enumerate(entries if isinstance(entries, list) else [], start=1):
        yield _record(cells, f"{path.name}, row {number}")


def _json_lines(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8-sig") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                yield _record(json.loads(line), f"{path.name}, row {number}")
            except json.JSONDecodeError as error:
                raise DataError(
                    f"{path}, line {number}: not JSON: {error.msg}", "give the file as it was published"
                ) from error


def _record(cells: Any, place: str) -> Row:
    if not isinstance(cells, dict):
        raise DataError(f"{place}: {type(cells).__name__}, not keys with values", "give the file as published")
    return Row(cells, place)


def _parquet(path: Path) -> Iterator[Row]:
    try:
        import pyarrow.parquet
    except ImportError as error:
        raise DataError(f"{path}: reading Parquet needs `pyarrow`", "pip install 'vqa-eval[parquet]'") from error
    try:
        batches = pyarrow.parquet.ParquetFile(path).iter_batches(batch_size=32)
        number = 0
        for batch in batches:
            for cells in batch.to_pylist():
                number += 1
                yield Row(cells, f"{path.name}, row {number}")
    except pyarrow.ArrowException as error:
        raise DataError(f"{path}: not Parquet: {error}", "give the file as it was published") from error
