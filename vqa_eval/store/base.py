"""The file of a run, as every part of its store uses it."""

import sqlite3
import threading
from pathlib import Path


class Base:
    """The open file; engines may pull requests from a thread of their own, so uses that meet there take the lock."""

    def __init__(self, folder: Path, base: sqlite3.Connection) -> None:
        """Use the file of the run in `folder`."""
        self.folder = folder
        self._base = base
        self._lock = threading.Lock()

    def _scalar(self, query: str, *values: object) -> int:
        return int(self._base.execute(query, values).fetchone()[0])


def connect(path: Path) -> sqlite3.Connection:
    """Open the file of a run."""
    base = sqlite3.connect(path, timeout=30, check_same_thread=False)
    # WAL with NORMAL: a killed process loses nothing that was committed; a power cut may lose the last
    # moments but never the file.
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=NORMAL")
    return base
