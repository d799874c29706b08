"""What labelling engines said of texts: keyed and kept as every reply is, once for references and replies alike."""

import hashlib
import sqlite3
from collections.abc import Callable

from vqa_eval.records import ModelIdentity
from vqa_eval.records.codec import identity_from, to_text


class KeptLabels:
    """Which reply of a labeller belongs to which text, whoever wrote the text."""

    def __init__(self, base: sqlite3.Connection) -> None:
        """Read and write in an open run; `RunStore.labels` is this."""
        self._base = base

    def identify(self, labeller: str, identity: ModelIdentity) -> None:
        """Note which model a labeller is; which labels another one gave under the same name is forgotten."""
        known = self.identity(labeller)
        with self._base:
            if known is not None and known != identity:
                self._base.execute("DELETE FROM labels WHERE labeller = ?", (labeller,))
            self._base.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (_place(labeller), to_text(identity)))

    def identity(self, labeller: str) -> ModelIdentity | None:
        """Return which model a labeller is; None where it never read this run."""
        found = self._base.execute("SELECT value FROM about WHERE key = ?", (_place(labeller),)).fetchone()
        return identity_from(found[0]) if found else None

    def labellers(self) -> list[str]:
        """Return the labellers that were asked about texts of this run."""
        found = self._base.execute("SELECT DISTINCT labeller FROM labels ORDER BY labeller")
        return [labeller for (labeller,) in found]

    def ask(self, labeller: str, text: str, key: str) -> bool:
        """Note under which key the labeller is asked about a text; return whether its labels are there."""
        with self._base:
            self._base.execute("INSERT OR REPLACE INTO labels VALUES (?, ?, ?)", (labeller, _digest(text), key))
        answered = "SELECT 1 FROM replies WHERE key = ? AND fault IS NULL"
        return self._base.execute(answered, (key,)).fetchone() is not None

    def said(self, labeller: str) -> Callable[[str], str | None]:
        """Return a function from a text to its labels as the labeller wrote them.

        It gives None for a text that the labeller was not asked about or met a fault at. It reads the run now,
        and not when it is called.
        """
        found = self._base.execute(
            "SELECT labels.text, replies.text FROM labels JOIN replies USING (key)"
            " WHERE labeller = ? AND fault IS NULL",
            (labeller,),
        )
        known: dict[str, str] = dict(found)
        return lambda text: known.get(_digest(text))


def _place(labeller: str) -> str:
    return f"labeller {labeller}"


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
