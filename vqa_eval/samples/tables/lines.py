"""The lines of a text file with their byte offsets; one that is longer than a bound is refused, not held."""

import gzip
from pathlib import Path
from types import TracebackType
from typing import IO, Self, cast

from vqa_eval.errors import DataError

LARGEST_CELL = 256 * 1024 * 1024
"""Bytes of one line of a table: a picture in base64 stays far below, a damaged file does not."""

_BUFFER = 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class TooLong(Exception):  # noqa: N818 - what a line is; whoever knows its row says so to people
    """A line that is longer than what may be held."""


class Lines:
    """A UTF-8 file, read line by line; lines end with a line feed and keep it."""

    def __init__(self, path: Path, *, packed: bool = False) -> None:
        """Open the file at its first line, behind a byte order mark; OSError where it cannot be opened.

        One that is `packed` by gzip is unpacked as it is read: offsets are those of the text.
        """
        self.path = path
        self.largest = LARGEST_CELL
        opened = gzip.open(path, "rb") if packed else path.open("rb", buffering=_BUFFER)  # noqa: SIM115 - closed with this
        self._file = cast("IO[bytes]", opened)
        self.offset = len(_BOM) if self._file.read(len(_BOM)) == _BOM else 0
        """Bytes before the next line."""
        self._file.seek(self.offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()

    def go_to(self, offset: int) -> None:
        """Go on at a byte where a line begins, as `offset` said earlier."""
        self.offset = self._file.seek(offset)

    def next(self, held: int = 0) -> str:
        """Return the next line, or nothing at the end of the file.

        `held` counts the bytes of earlier lines that are kept with this one. Raises TooLong where both together
        are longer than `largest`, and DataError for bytes that are not UTF-8.
        """
        most = self.largest - held
        line = self._file.readline(most + 1)
        if len(line) > most:
            raise TooLong
        try:
            text = line.decode("utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{self.path}: not UTF-8 (byte {self.offset + error.start:,})", "save the file as UTF-8"
            ) from error
        self.offset += len(line)
        return text
