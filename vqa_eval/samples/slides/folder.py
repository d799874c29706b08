"""A user's folder of slides: which file is the slide that a benchmark calls by its id."""

import os
import re
from functools import cached_property
from pathlib import Path

from vqa_eval.errors import DataError, PictureError

SLIDE_SUFFIXES = frozenset(
    {
        *(".bif", ".czi", ".dcm", ".mrxs", ".ndpi", ".scn", ".svs", ".svslide", ".tif", ".tiff", ".vms", ".vmu"),
        *(".jpeg", ".jpg", ".png"),
    }
)
"""What OpenSlide 4 reads (openslide.org/formats), and flat pictures, as which BCNB is published."""

_GDC_UUID = re.compile(r"\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$", re.IGNORECASE)
"""What the archive of TCGA adds to the id of a slide: TCGA-05-4244-01Z-00-DX1.<uuid>.svs."""


class SlideFolder:
    """Finds slides by id in a folder and all folders below it, which are listed once, on the first call.

    A file is the slide of an id if its name without suffix is the id, the id before the uuid of the archive of
    TCGA, or the same whole number ("0001.jpg" is 1 and nothing else).  No part of a name is ever enough.
    """

    def __init__(self, folder: Path) -> None:
        """Look in `folder`; DataError where it is none."""
        if not folder.is_dir():
            raise DataError(f"{folder}: no such folder", "give the folder that the slides lie in")
        self._folder = folder

    def find(self, slide: str) -> Path | None:
        """Return the file of the slide with this id; None where it is not at hand.

        Raises PictureError where two files bear the id, and where the only one is a link out of the folder.
        """
        files, links = self._index
        key = _key(slide)
        found = files.get(key, [])
        if len(found) > 1:
            raise PictureError(
                f"slide {slide} is there {len(found)} times: {', '.join(map(str, found))}",
                "leave one of them in the folder",
            )
        if not found and key in links:
            raise PictureError(
                f"{links[key]}: a link out of {self._folder}, which is not followed",
                "put the slide itself there, or give the folder that the link points to",
            )
        return found[0] if found else None

    @cached_property
    def _index(self) -> tuple[dict[str, list[Path]], dict[str, Path]]:
        """Every slide below the folder by each id that its name can mean, and links that lead out."""
        files: dict[str, list[Path]] = {}
        links: dict[str, Path] = {}
        root = self._folder.resolve()
        for parent, folders, names in os.walk(self._folder, onerror=_refuse):
            folders.sort()
            for name in sorted(names):
                path = Path(parent, name)
                if path.suffix.lower() not in SLIDE_SUFFIXES or not path.is_file():
                    continue
                for key in {_key(path.stem), _key(_GDC_UUID.sub("", path.stem))}:
                    if path.resolve().is_relative_to(root):
                        files.setdefault(key, []).append(path)
                    else:
                        links.setdefault(key, path)
        return files, links


def _key(name: str) -> str:
    """Return what names of one slide have in common: leading zeros of a number say nothing."""
    return name.lstrip("0") or "0" if name.isascii() and name.isdigit() else name


def _refuse(error: OSError) -> None:
    raise DataError(f"{error.filename}: {error.strerror}", "make the folder readable") from error
