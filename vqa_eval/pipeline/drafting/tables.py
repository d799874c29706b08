"""The tables of a source: a file, the files of a folder, pictures sorted into folders, or a table of the hub."""

import glob
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.pipeline.drafting.names import split_of
from vqa_eval.samples.layouts import class_folders
from vqa_eval.samples.tables.hub import read_hub
from vqa_eval.samples.tables.reading import LAYOUTS, Row, read_rows

HUB = "hf:"
"""What a source of the hub begins with."""
LARGEST_LINE = 1_000_000
"""Bytes of a line that is looked at to tell JSON lines from one document."""


@dataclass(frozen=True, slots=True)
class Table:
    """One table of a source: a file, several parts of one, a folder of classes, or a table of the hub."""

    name: str
    format: str
    where: dict[str, Any]
    """`files` or `hub` of the form."""
    read: Callable[[], Iterator[Row]]
    folder: Path | None
    """Where pictures are looked for; None for the hub."""
    split: str = ""


def tables(source: str) -> list[Table]:
    """Return the tables of a source; DataError where there are none."""
    if source.startswith(HUB):
        hub = source.removeprefix(HUB)
        split = split_of(hub.partition("@")[2])
        return [Table("hub", "hub", {"hub": hub}, lambda: read_hub(hub), None, split)]
    path = Path(source)
    if path.is_file():
        if _ending(path) not in LAYOUTS:
            raise DataError(f"{path}: not a table", f"save it as one that ends in .{', .'.join(LAYOUTS)}")
        return [_file_table([path])]
    if not path.is_dir():
        raise DataError(f"{path}: no such file or folder", "give a table, a folder, or hf:org/name")
    files = [entry for entry in sorted(path.iterdir()) if entry.is_file() and _ending(entry) in LAYOUTS]
    if files:
        return [_file_table(group) for group in _parts(files)]
    if any(True for _ in class_folders.rows(path)):
        return [Table("pictures", "class-folders", {}, lambda: class_folders.rows(path), path)]
    raise DataError(
        f"{path}: neither tables nor folders of pictures",
        f"put a table there that ends in .{', .'.join(LAYOUTS)}, or a folder of pictures for each class",
    )


def _ending(path: Path) -> str:
    return path.suffix.lower().removeprefix(".")


def _parts(files: list[Path]) -> list[list[Path]]:
    """Return the files that are parts of one table together: same ending, same split, same name but for numbers."""
    groups: dict[tuple[str, str], list[Path]] = {}
    for file in files:
        groups.setdefault((_ending(file), re.sub(r"\d+", "#", file.stem)), []).append(file)
    return list(groups.values())


def _file_table(files: list[Path]) -> Table:
    layout = "jsonl" if all(map(_holds_lines, files)) else _ending(files[0])
    stem = re.sub(r"[-_. ]*\d+[-_ ]of[-_ ]\d+$", "", files[0].stem)
    stem = re.sub(r"[-_. ]*\d+$", "", stem) if len(files) > 1 else stem
    name = re.sub(r"[^A-Za-z0-9._-]+", "-", stem).strip("-._") or "table"
    return Table(
        name if name.isascii() else "table",
        layout,
        {"files": [glob.escape(file.name) for file in files]},
        lambda: chain.from_iterable(read_rows(file, layout) for file in files),
        files[0].parent,
        split_of(files[0].stem),
    )


def _holds_lines(path: Path) -> bool:
    """Whether a file that ends in .json holds JSON lines: its first line is an object, and it has another line."""
    if _ending(path) != "json":
        return False
    with path.open("rb") as file:
        first = file.readline(LARGEST_LINE)
        try:
            return isinstance(json.loads(first), dict) and bool(file.readline(LARGEST_LINE).strip())
        except (ValueError, RecursionError):
            return False
