"""The bytes of a row's picture and mask: files beside the table, pictures of installed packages, cuts of volumes."""

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from vqa_eval.errors import DataError, PictureError
from vqa_eval.samples.pixels.volumes import Cut, cut_mask, cut_picture
from vqa_eval.samples.rows import Drawn
from vqa_eval.samples.tables.archives import Archive

PACKAGE_FILES = {"pydicom": "data/test_files", "skimage": "data"}
"""Folders inside installed packages whose pictures a `view` may name; no other path leaves a benchmark."""

LARGEST_PICTURE = 512 * 1024**2
"""Bytes of one stored picture file, which is held in memory whole."""


class Fetcher:
    """Finds pictures under one folder; the last are kept, because questions on one picture come together."""

    def __init__(self, folder: Path, archive: Archive | None = None) -> None:
        """Look for files and volumes under `folder`, and for files that are not there in the archive.

        No name leads out of the folder. An archive may hold the folder itself or what lies in it.
        """
        self._folder = folder
        self._archive = archive
        self._stored = lru_cache(maxsize=2)(self._fetch)
        self._cut = lru_cache(maxsize=8)(self._cut_out)

    def picture(self, drawn: Drawn) -> bytes | None:
        """Return the bytes of the row's picture, or None where it is not at hand.

        Files are not looked into: what is damaged is a fault of its sample at the run. Raises PictureError for a
        volume that is there and cannot be cut and for a link out of the folder, and DataError for a name that leads
        out of it.
        """
        place = drawn.picture
        if not isinstance(place, str):
            return place
        with _named(drawn):
            if drawn.cut is None:
                return self._stored(place)
            return self._cut(place, drawn.cut, drawn.sample.images[0].name)

    def mask(self, drawn: Drawn) -> bytes | None:
        """Return the bytes of the mask of the row's region, or None where there is none at hand.

        Raises PictureError for a volume of labels that is there and cannot be cut, and for a link out of the folder.
        """
        if drawn.mask is None:
            return None
        with _named(drawn):
            if drawn.cut is None or not drawn.mask.startswith("volume:"):
                return self._stored(drawn.mask)
            name = drawn.mask.removeprefix("volume:")
            path = _inside(self._folder, name)
            return cut_mask(path, drawn.cut, name=name) if path.exists() else None

    def _fetch(self, place: str) -> bytes | None:
        kind, _, name = place.partition(":")
        if kind == "slide":
            return None
        folder = self._folder
        if kind == "view":
            package, _, name = name.partition(":")
            spec = importlib.util.find_spec(package) if package in PACKAGE_FILES else None
            if spec is None or spec.origin is None:
                raise DataError(f"picture {place}: package {package!r} is not at hand", "pip install 'vqa-eval[demo]'")
            folder = Path(spec.origin).parent / PACKAGE_FILES[package]
        path = _inside(folder, name)
        if not path.is_file():
            return self._packed(name) if kind == "file" else None
        if path.stat().st_size > LARGEST_PICTURE:
            raise DataError(f"{path}: larger than {LARGEST_PICTURE:,} bytes", "leave it out, or give it as a slide")
        return path.read_bytes()

    def _packed(self, name: str) -> bytes | None:
        for packed in (f"{self._folder.name}/{name}", name) if self._archive else ():
            if self._archive and (data := self._archive.read(packed, LARGEST_PICTURE)) is not None:
                return data
        return None

    def _cut_out(self, place: str, cut: Cut, name: str) -> bytes | None:
        if importlib.util.find_spec("nibabel") is None or importlib.util.find_spec("pydicom") is None:
            raise DataError(f"picture {name}: volumes need nibabel and pydicom", "pip install 'vqa-eval[volumes]'")
        path = _inside(self._folder, place.removeprefix("volume:"))
        return cut_picture(path, cut, name=name) if path.exists() else None


@contextlib.contextmanager
def _named(drawn: Drawn) -> Iterator[None]:
    """Put the row in front of what ends the whole work."""
    try:
        yield
    except DataError as error:
        raise DataError(f"{drawn.place}: {error.message}" if drawn.place else error.message, error.hint) from error


def _inside(folder: Path, name: str) -> Path:
    try:
        path = (folder / name).resolve()
        path.exists()
        named = Path(os.path.normpath(folder.absolute() / name))
    except (OSError, ValueError) as error:  # a NUL, or too long
        raise DataError(f"picture {name[:80]!r} is no name of a file", "mend or leave out that row") from error
    if not named.is_relative_to(Path(os.path.normpath(folder.absolute()))):
        raise DataError(f"picture {name!r} lies outside {folder}", "mend or leave out that row")
    if not any(path.is_relative_to(place) for place in _places(folder.resolve())):
        # A published folder holds no such link; one that a program for large files left is looked up by that program.
        raise PictureError(f"picture {name!r} is a link out of {folder}", "put the file itself in its place")
    return path


def _places(folder: Path) -> Iterator[Path]:
    """Yield where files of a folder may lie: in it, and those of a snapshot of the hub among the blobs of its cache."""
    yield folder
    for parent in folder.parents:
        if parent.name == "snapshots":
            yield parent.parent / "blobs"
