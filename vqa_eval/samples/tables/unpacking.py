"""An archive as a folder: unpacked for as long as it is read, and gone afterwards, whatever happened."""

import contextlib
import os
import platform
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.archives import Archive

_ENDING = "unpacked"
_STRAY = ("__MACOSX", ".DS_Store")
"""What packing on a Mac adds."""


@contextlib.contextmanager
def unpacked(path: Path, beside: Path) -> Iterator[Path]:
    """Unpack an archive into a folder under `beside` for as long as the context lasts; yield where its files lie.

    A folder in which everything lies is entered. Files bear the time of the archive, by which they are known to be
    the same another time. Raises DataError naming archive and member where that cannot be or must not be; one that
    is raised within the context names the archive in the place of the folder.
    """
    sweep(beside)
    folder = beside / f".{path.name}.{_host()}.{os.getpid()}.{_ENDING}"
    try:
        _make(folder, path)
        with Archive(path, beside) as archive:
            _unpack(archive, folder)
        inner = _entered(folder)
        try:
            yield inner
        except DataError as error:
            # People know the archive, and not where it was unpacked.
            raise type(error)(error.message.replace(str(inner), str(path)), error.hint) from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep(beside: Path) -> None:
    """Take away what killed processes of this machine unpacked there; of others nobody here knows."""
    for left in beside.glob(f".*.{_host()}.*.{_ENDING}"):
        if not _alive(left.name.split(".")[-2]):
            shutil.rmtree(left, ignore_errors=True)


def _host() -> str:
    """Return the name of this machine as a part of a file's name: a home folder may be shared by several."""
    return re.sub(r"[^A-Za-z0-9-]+", "-", platform.node()) or "here"


def _make(folder: Path, archive: Path) -> None:
    try:
        folder.mkdir(parents=True)
    except OSError as error:
        raise DataError(
            f"{archive}: cannot be unpacked to {folder}: {error.strerror}", "make room, or set VQA_EVAL_HOME"
        ) from error


def _unpack(archive: Archive, folder: Path) -> None:
    packed = archive.path.stat()
    for name in archive:
        target = folder / name
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            with target.open("wb") as file:
                for block in archive.blocks(name):
                    file.write(block)
            os.utime(target, ns=(packed.st_atime_ns, packed.st_mtime_ns))
        except OSError as error:
            raise DataError(
                f"{archive.path}, {name}: cannot be unpacked to {folder}: {error.strerror}",
                "make room, or set VQA_EVAL_HOME",
            ) from error


def _entered(folder: Path) -> Path:
    """Return the folder, or the one within it that is all there is."""
    while True:
        entries = [entry for entry in folder.iterdir() if entry.name not in _STRAY]
        if len(entries) != 1 or not entries[0].is_dir():
            return folder
        folder = entries[0]


def _alive(process: str) -> bool:
    """Whether the process that unpacked a folder may still be reading it."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True
    return True
