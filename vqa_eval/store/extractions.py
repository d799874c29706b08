"""Replies of models that read other models' replies: keyed and kept as every reply is."""

import sqlite3
from collections.abc import Iterator

from vqa_eval.records import ModelIdentity, Reply
from vqa_eval.records.codec import identity_from, to_text


class Extractions:
    """Which reply of an extractor belongs to which sample of a row."""

    def __init__(self, base: sqlite3.Connection) -> None:
        """Read and write in an open run; `RunStore.extractions` is this."""
        self._base = base

    def identify(self, reader: str, identity: ModelIdentity) -> None:
        """Note which model an extractor is; what another revision under the same name said is forgotten."""
        known = self.identity(reader)
        with self._base:
            if known is not None and known != identity:
                self._base.execute("DELETE FROM extractions WHERE reader = ?", (reader,))
            self._base.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (reader, to_text(identity)))

    def identity(self, reader: str) -> ModelIdentity | None:
        """Return which model an extractor is; None where it never read this run."""
        found = self._base.execute("SELECT value FROM about WHERE key = ?", (reader,)).fetchone()
        return identity_from(found[0]) if found else None

    def readers(self) -> list[str]:
        """Return the extractors that were asked about replies of this run."""
        found = self._base.execute("SELECT DISTINCT reader FROM extractions ORDER BY reader")
        return [reader for (reader,) in found]

    def ask(self, row: int, reader: str, sample: str, key: str) -> bool:
        """Note under which key the extractor is asked about a sample; return whether its reply is there."""
        with self._base:
            self._base.execute("INSERT OR REPLACE INTO extractions VALUES (?, ?, ?, ?)", (row, reader, sample, key))
        answered = "SELECT 1 FROM replies WHERE key = ? AND fault IS NULL"
        return self._base.execute(answered, (key,)).fetchone() is not None

    def replies(self, row: int, reader: str) -> Iterator[tuple[str, Reply | None]]:
        """Yield (sample id, what the extractor said of it), None where it met a fault."""
        found = self._base.execute(
            "SELECT sample, replies.key, text, finish, fault FROM extractions LEFT JOIN replies USING (key)"
            " WHERE row = ? AND reader = ?",
            (row, reader),
        )
        for sample, key, text, finish, fault in found:
            yield sample, Reply(key, text, finish) if key and fault is None else None
