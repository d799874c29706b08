"""The file of a run, as every part of its store uses it."""

import json
import sqlite3
import threading
from pathlib import Path

from vqa_eval.records import PLAIN, Variant


class Base:
    """The open file; engines may pull requests from a thread of their own, so uses that meet there take the lock."""

    def __init__(self, folder: Path, base: sqlite3.Connection) -> None:
        """Use the file of the run in `folder`."""
        self.folder = folder
        self._base = base
        self._lock = threading.Lock()
        self._asks: list[tuple[int, str, str, str]] = []
        """Row, variant, sample and key of what was asked and is not written yet."""

    def _scalar(self, query: str, *values: object) -> int:
        return int(self._base.execute(query, values).fetchone()[0])

    def parts(self) -> list[Variant]:
        """Return the parts in which plain questions are asked where one piece is too large: patches, in order."""
        found = self._base.execute("SELECT DISTINCT variant FROM due WHERE variant GLOB 'patch-*'")
        return sorted((Variant.named(name) for (name,) in found), key=lambda part: part.number)

    def _names(self, variant: Variant) -> str:
        """Return under which names a variant is due, as JSON: the plain question is due in its parts too."""
        parts = self.parts() if variant == PLAIN else ()
        return json.dumps([way.name for way in (variant, *parts)])


def connect(path: Path) -> sqlite3.Connection:
    """Open the file of a run."""
    base = sqlite3.connect(path, timeout=30, check_same_thread=False)
    # WAL with NORMAL: a killed process loses nothing that was committed; a power cut may lose the last
    # moments but never the file.
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=NORMAL")
    return base
