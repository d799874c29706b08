"""Archives from strangers (.zip, .tar, .tar.gz): read within bounds, and nothing of them leaves its folder.

Sizes that stand in headers are promises; what counts is what comes out. Links and devices are never made: a link is
read as the file that it names, which must be a member itself.
"""

import gzip
import posixpath
import re
import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO, NoReturn, Self, cast

from vqa_eval.errors import DataError

ENDINGS = (".zip", ".tar", ".tar.gz", ".tgz")
"""How the names of archives end that are read here."""
LARGEST_UNPACKED = 256 * 1024**3
"""Bytes of all members, unpacked."""
MOST_EXPANDED = 200
"""Times its size that an archive may unpack to; text and masks stay below, a bomb is made to go beyond."""
HARMLESS = 1024**3
"""Bytes that any archive, and any member, may unpack to, however small it is packed."""

_BLOCK = 1024 * 1024
_LARGEST_HEADER = 16 * _BLOCK
_LINK = 4096
"""Bytes of the longest path that a link may name."""
AGAIN = "copy or fetch it again"
"""What to do about an archive that does not open."""


def is_archive(path: Path) -> bool:
    """Tell by its name whether a file is an archive that is read here."""
    return path.name.lower().endswith(ENDINGS)


@dataclass(frozen=True, slots=True)
class _Member:
    """One entry of an archive, as its header says."""

    name: str
    kind: str
    """file, folder, link or device."""
    size: int
    packed: int
    open: Callable[[], IO[bytes]]
    link: Callable[[], str]
    """What a link names, seen from the archive's folder."""


class Archive:
    """The members of one archive by name."""

    def __init__(self, path: Path, spool: Path) -> None:
        """Open the archive and check every name in it; DataError names the archive and the member.

        `spool` is a folder in which a compressed tar is unfolded for as long as it is open, to be read in any order.
        """
        self.path = path
        self._open: list[IO[bytes] | zipfile.ZipFile] = []
        self._members: dict[str, _Member] = {}
        total = 0
        try:
            for member in self._zipped() if path.name.lower().endswith(".zip") else self._tarred(spool):
                self._check(member)
                total += member.size
                if member.kind != "folder":
                    self._members[posixpath.normpath(_slashed(member.name))] = member
            self._bound(total, path.stat().st_size)
        except Exception as error:  # a stranger's archive may be broken in any way
            self.close()
            self._refuse(error)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, and take away what was unfolded of it."""
        for handle in self._open:
            handle.close()

    def read(self, name: str, largest: int) -> bytes | None:
        """Return a member's bytes, or None where it has none of that name; DataError beyond `largest` bytes."""
        clean = posixpath.normpath(name)
        if clean not in self._members:
            return None
        parts, size = [], 0
        for block in self.blocks(clean):
            size += len(block)
            if size > largest:
                raise DataError(f"{self.path}, {name}: larger than {largest:,} bytes", "leave it out")
            parts.append(block)
        return b"".join(parts)

    def __iter__(self) -> Iterator[str]:
        """Yield the names of the files and links."""
        return iter(self._members)

    def blocks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of a member, or of the one that it links to; DataError for fewer or more than promised."""
        member = self._members[name]
        try:
            if member.kind == "link":
                member = self._linked(member)
            left = member.size
            with member.open() as file:
                while left >= 0 and (block := file.read(_BLOCK)):
                    left -= len(block)
                    if left >= 0:
                        yield block
        except Exception as error:  # as above
            self._refuse(error, name)
        if left:
            raise DataError(f"{self.path}, {name}: not the {member.size:,} bytes that its header says", AGAIN)

    def _linked(self, member: _Member) -> _Member:
        link = member.link()
        target = self._members.get(posixpath.normpath(link))
        if target is None or target.kind != "file":
            raise DataError(
                f"{self.path}, {member.name}: a link to {link!r}, which is no file of the archive",
                "pack the file itself, or leave it out",
            )
        return target

    def _check(self, member: _Member) -> None:
        name = _slashed(member.name)
        if member.kind == "device":
            raise DataError(f"{self.path}, {name}: neither file nor folder but a device", "leave it out")
        if "\0" in name:
            raise DataError(f"{self.path}, {name!r}: no name of a file", "do not trust this archive")
        if name.startswith("/") or re.match(r"[A-Za-z]:", name) or ".." in name.split("/"):
            raise DataError(
                f"{self.path}, {name}: the member would lie outside the archive's folder",
                "do not trust this archive; pack the files again with plain names",
            )
        self._bound(member.size, member.packed, name)

    def _bound(self, size: int, packed: int, name: str = "") -> None:
        if size > LARGEST_UNPACKED or size > max(HARMLESS, MOST_EXPANDED * packed):
            raise DataError(
                f"{self.path}{f', {name}' if name else ''}: unpacks from {packed:,} bytes to {size:,} or more, "
                "as a decompression bomb does",
                "if you trust it, unpack it yourself and add the folder",
            )

    def _zipped(self) -> Iterator[_Member]:
        archive = zipfile.ZipFile(self.path)
        self._open.append(archive)
        kinds = {0: "file", stat.S_IFREG: "file", stat.S_IFDIR: "folder", stat.S_IFLNK: "link"}

        def link(info: zipfile.ZipInfo) -> str:
            with archive.open(info) as file:
                return posixpath.join(posixpath.dirname(info.filename), file.read(_LINK).decode())

        for info in archive.infolist():
            kind = "folder" if info.is_dir() else kinds.get(stat.S_IFMT(info.external_attr >> 16), "device")
            yield _Member(
                info.filename,
                kind,
                info.file_size,
                info.compress_size,
                partial(archive.open, info),
                partial(link, info),
            )

    def _tarred(self, spool: Path) -> Iterator[_Member]:
        plain = self._plain_tar(spool)

        def opened(info: tarfile.TarInfo) -> IO[bytes]:
            file = archive.extractfile(info)
            assert file is not None
            return file

        def link(info: tarfile.TarInfo) -> str:
            # A hard link names a member, a symbolic one a path from where it lies.
            return info.linkname if info.islnk() else posixpath.join(posixpath.dirname(info.name), info.linkname)

        archive = tarfile.open(fileobj=cast("IO[bytes]", _Bounded(plain)), mode="r:")  # noqa: SIM115 - its file is closed with this
        for info in archive:
            kind = "link" if info.issym() or info.islnk() else "folder" if info.isdir() else "device"
            kind = "file" if info.isreg() else kind
            packed = self.path.stat().st_size
            yield _Member(info.name, kind, info.size, packed, partial(opened, info), partial(link, info))

    def _plain_tar(self, spool: Path) -> IO[bytes]:
        """Return the tar as it is, or what a compressed one unfolds to, within bounds."""
        if self.path.name.lower().endswith(".tar"):
            plain: IO[bytes] = self.path.open("rb")
            self._open.append(plain)
            return plain
        spool.mkdir(parents=True, exist_ok=True)
        plain = tempfile.TemporaryFile(dir=spool)  # noqa: SIM115 - closed with the archive
        self._open.append(plain)
        packed, size = self.path.stat().st_size, 0
        with gzip.open(self.path) as file:
            while block := file.read(_BLOCK):
                size += len(block)
                self._bound(size, packed)
                plain.write(block)
        plain.seek(0)
        return plain

    def _refuse(self, error: Exception, name: str = "") -> NoReturn:
        if isinstance(error, DataError):
            raise error
        where = f"{self.path}{f', {name}' if name else ''}"
        if isinstance(error, OSError) and error.strerror:
            hint = "check the path, its permissions and the room left"
            raise DataError(f"{where}: {error.strerror}", hint) from error
        raise DataError(f"{where}: broken archive: {error or type(error).__name__}", AGAIN) from error


class _Bounded:
    """A file for `tarfile`, which would hold a header as long as the archive says: no longer than a bound here."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.tell, self.seek = file.tell, file.seek

    def read(self, size: int) -> bytes:
        if size > _LARGEST_HEADER:
            raise tarfile.ReadError(f"a header of {size:,} bytes")
        return self._file.read(size)


def _slashed(name: str) -> str:
    return name.replace("\\", "/")
