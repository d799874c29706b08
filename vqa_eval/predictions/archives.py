"""Zip archives from strangers: members are read by name within bounds, and nothing is ever unpacked to disk."""

import contextlib
import importlib
import importlib.util
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.predictions.texts import AS_WRITTEN

LARGEST_MEMBER = 512 * 1024**2
"""Bytes of one member, unpacked."""
LARGEST_ARCHIVE = 16 * 1024**3
"""Bytes of all members, unpacked."""
SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip file begins, with members and without."""


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Any]:
    """Open an archive as `zipfile.ZipFile`; DataError where it is broken, or says that it unpacks beyond bounds."""
    try:
        archive = _zipfile().ZipFile(path)
    except Exception as error:  # a stranger's archive may be broken in any way
        raise DataError(f"{path}: broken zip: {error}", f"{AS_WRITTEN}, or copy it again") from error
    with archive:
        # A member never gives more bytes than the archive says here.
        sizes = [member.file_size for member in archive.infolist()]
        if max(sizes, default=0) > LARGEST_MEMBER or sum(sizes) > LARGEST_ARCHIVE:
            raise DataError(f"{path}: unpacks to {sum(sizes):,} bytes, more than is read here", AS_WRITTEN)
        yield archive


def members(path: Path) -> tuple[str, ...]:
    """Return the names of the members in their order, each once."""
    with opened(path) as archive:
        return tuple(dict.fromkeys(archive.namelist()))


def read_member(archive: Any, name: str, path: Path) -> str:
    """Return a member's text; of several members of one name the last, as every reader of zip files takes it."""
    try:
        data: bytes = archive.read(name)
        return data.decode("utf-8-sig")
    except NotImplementedError as error:
        raise DataError(
            f"{path}, {name}: compressed in a way that this Python does not read", "pip install 'vqa-eval[inspect]'"
        ) from error
    except Exception as error:
        raise DataError(f"{path}, {name}: broken: {error}", f"{AS_WRITTEN}, or copy it again") from error


def _zipfile() -> Any:
    """Return the zip reader that knows Zstandard: Python's own from 3.14 on, its backport where installed before."""
    if not hasattr(zipfile, "ZIP_ZSTANDARD") and importlib.util.find_spec("backports"):
        with contextlib.suppress(ImportError):
            return importlib.import_module("backports.zstd.zipfile")
    return zipfile
