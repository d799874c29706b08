"""Which column holds the pictures, told by what its cells are: bytes, base64, or names of files that are there."""

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from vqa_eval.pipeline.drafting.meaning import FormDraft
from vqa_eval.pipeline.drafting.names import bare
from vqa_eval.pipeline.drafting.survey import Survey

ENDINGS = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".gif", ".webp", ".dcm", ".dicom")
"""Files that are pictures by their names."""
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF", b"II*\x00", b"MM\x00*")
_NAMED = re.compile(r"(image|img|picture|photo|file|scan|图|影像)")
TRIED = 50
"""Names that are looked for in a folder."""


def find_picture(draft: FormDraft, survey: Survey, folder: Path | None) -> None:
    """Place the picture, if there is one; `folder` is where the table lies, None for the hub."""
    found = [
        (column, image, why)
        for column in survey.columns
        if column not in draft.used
        for image, why in _pictures(column, survey.cells(column), folder, draft)
    ]
    if not found:
        return
    column, image, why = found[0]
    draft.place("image", image, (column,), why)
    for other, _, _ in found[1:]:
        draft.warnings.append(f"{other!r} holds pictures too; one picture a question is read, that of {column!r}")
    empty = survey.count - survey.columns[column].present
    if empty:
        draft.remarks["image"] = (
            f"{empty} rows have no picture; `optional: [{column}]` asks them without, else they are faults"
        )


def _pictures(
    column: str, cells: list[Any], folder: Path | None, draft: FormDraft
) -> Iterator[tuple[dict[str, Any], str]]:
    if not cells:
        return
    if all(isinstance(cell, bytes) or (isinstance(cell, dict) and cell.get("bytes")) for cell in cells):
        yield {"bytes": column}, "its cells are pictures"
        return
    if not all(isinstance(cell, (str, int)) for cell in cells):
        if _NAMED.search(bare(column)):
            draft.warnings.append(f"{column!r} holds {type(cells[0]).__name__}s, which are not read as a picture")
        return
    texts = [str(cell).strip() for cell in cells]
    if all(len(text) > 60 and _is_base64(text) for text in texts):
        yield {"base64": column}, "its cells are pictures in base64"
    elif all(re.match(r"https?://", text) for text in texts):
        draft.warnings.append(f"{column!r} holds addresses, which are not fetched: download the pictures")
    elif folder is not None and (_NAMED.search(bare(column)) or all(map(_is_name, texts))):
        yield from _files(column, texts, folder, draft)


def _is_base64(text: str) -> bool:
    body = text.partition("base64,")[2] if text.startswith("data:") else text
    try:
        return base64.b64decode(body[: len(body) // 4 * 4][:64], validate=True).startswith(_MAGIC)
    except (binascii.Error, ValueError):
        return False


def _is_name(text: str) -> bool:
    return text.casefold().endswith(ENDINGS)


def _files(column: str, texts: list[str], folder: Path, draft: FormDraft) -> Iterator[tuple[dict[str, Any], str]]:
    """Yield where the named files lie: beside the table or in a folder there, with or without their ending."""
    tried = list(dict.fromkeys(texts))[:TRIED]
    if any(text.startswith(("/", "\\")) or re.match(r"[A-Za-z]:\\", text) for text in tried):
        draft.warnings.append(f"{column!r} holds absolute paths: name the files relative to the table's folder")
        return
    best, there, ending = _best(tried, folder)
    name: Any = {"text": f"{{{column}}}{ending}"} if ending else column
    image = {"file": name, **({"folder": best} if best else {})}
    where = f"{best}/" if best else "the table's folder"
    if there:
        yield image, f"{there} of {len(tried)} names looked for lie in {where}"
        if there < len(tried):
            draft.warnings.append(f"{len(tried) - there} of {len(tried)} pictures of {column!r} are not in {where}")
    elif all(map(_is_name, tried)):
        draft.remarks["image"] = "none of the named files was found: say in which `folder` beside the table they lie"
        draft.warnings.append(f"no picture of {column!r} was found beside the table, such as {tried[0]}")
        yield {"file": column}, "its cells end like pictures, but none is there"


def _best(names: list[str], folder: Path) -> tuple[str, int, str]:
    """Return the folder (relative, "" for the table's own) that holds most of the names, how many, and their ending."""
    places = ["", *_folders(folder)]
    endings = [""] if all(map(_is_name, names)) else ["", *ENDINGS]
    found = [
        (place, sum((folder / place / f"{name}{ending}").is_file() for name in names), ending)
        for place in places
        for ending in endings
    ]
    return max(found, key=lambda at: at[1])


def _folders(folder: Path) -> Iterable[str]:
    """Yield the folders beside a table, and those one deeper, relative to it."""
    for inner in sorted(path for path in folder.iterdir() if path.is_dir() and not path.name.startswith(".")):
        yield inner.name
        yield from (f"{inner.name}/{path.name}" for path in sorted(inner.iterdir()) if path.is_dir())
