"""One run = one folder with one SQLite file: what was asked, what was said, and what was made of it.

Replies are dear: appended, keyed by content, durable before they are counted; only a fault is ever
overwritten. Answers and scores are cheap: derived, and replaced in one transaction.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from vqa_eval.errors import StoreError
from vqa_eval.records import Answer, ModelIdentity, Reply, Row, RunManifest, Sample
from vqa_eval.records.codec import identity_from, manifest_from, sample_from, to_text
from vqa_eval.store.base import connect
from vqa_eval.store.due import DueSamples
from vqa_eval.store.extractions import Extractions
from vqa_eval.store.labels import KeptLabels
from vqa_eval.store.marks import Marks, Reading
from vqa_eval.store.migrations import MIGRATIONS
from vqa_eval.store.replies import KeptReplies
from vqa_eval.store.usage import KeptUsage

if TYPE_CHECKING:
    from filelock import BaseFileLock

FILE = "run.sqlite"
LOCK = "run.lock"


class RunStore(DueSamples, KeptReplies):
    """A run on disk. SQLite in WAL mode: a process killed at any moment loses no reply that was put."""

    def __init__(
        self, folder: Path, base: sqlite3.Connection, held: "BaseFileLock | None" = None, fresh: bool = False
    ) -> None:
        """Use `RunStore.create` or `RunStore.open`."""
        super().__init__(folder, base)
        self.marks = Marks(base)
        self.extractions = Extractions(base)
        self.labels = KeptLabels(base)
        self.usage = KeptUsage(base)
        self._held = held
        self._fresh = fresh

    @classmethod
    def create(cls, folder: Path, manifest: RunManifest) -> "RunStore":
        """Begin a run in `folder`, or go on with the one that is there if it was asked the same.

        The run is this process's alone until `close`. Raises StoreError where the folder cannot be written,
        where another process has the run under way, or where it holds a run that was asked something else.
        """
        from filelock import FileLock, Timeout

        lock = FileLock(folder / LOCK, timeout=0)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            if not (folder / FILE).exists() and any(path.name != LOCK for path in folder.iterdir()):
                raise StoreError(f"{folder}: holds other files", "give --out an empty or a new folder")
            lock.acquire()
            fresh = not (folder / FILE).exists()
            store = cls(folder, connect(folder / FILE), lock, fresh)
            store._migrate()
        except Timeout as error:
            raise StoreError(
                f"{folder}: this run is under way in another process", "wait for it, or give --out another folder"
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise StoreError(f"{folder}: cannot be written: {error}", "give --out a folder of yours") from error
        try:
            store._begin(manifest)
        except StoreError:
            store.close()
            raise
        return store

    def _begin(self, manifest: RunManifest) -> None:
        known = self._manifest()
        if known is None:
            self._base.execute("INSERT INTO about VALUES ('manifest', ?)", (to_text(manifest),))
            rows = [(model, prompt) for model in manifest.models for prompt in manifest.prompts or ("own",)]
            self._base.executemany(
                "INSERT INTO rows (number, model, prompt) VALUES (?, ?, ?)",
                ((number, model, prompt) for number, (model, prompt) in enumerate(rows, start=1)),
            )
            self._base.commit()
        elif _asked(known) != _asked(manifest):
            differing = [name for name, value in _asked(manifest).items() if _asked(known)[name] != value]
            raise StoreError(
                f"{self.folder}: holds a run that was asked something else ({', '.join(differing)})",
                "give --out another folder",
            )
        elif known.measures != manifest.measures:
            now = to_text(replace(known, measures=manifest.measures))
            self._base.execute("UPDATE about SET value = ? WHERE key = 'manifest'", (now,))
            self._base.commit()

    @classmethod
    def open(cls, folder: Path) -> "RunStore":
        """Open a run that is there; StoreError where there is none."""
        if not (folder / FILE).is_file():
            near = sorted(path.parent.name for path in folder.parent.glob(f"*/{FILE}")) if folder.parent else []
            hint = f"runs here: {', '.join(near[:8])}" if near else "give the folder that a run named at its end"
            raise StoreError(f"{folder}: no run here", hint)
        try:
            store = cls(folder, connect(folder / FILE))
            store._migrate()
        except sqlite3.Error as error:
            raise StoreError(f"{folder}: cannot be read: {error}", "check the folder's permissions") from error
        if store._manifest() is None:
            raise StoreError(f"{folder}: a run that was never begun", "give the folder of another run")
        return store

    def close(self) -> None:
        """Close the file and let other processes have the run."""
        self._base.close()
        self.release()

    def release(self) -> None:
        """Let other processes have the run; it stays readable here."""
        if self._held is not None:
            # Unlinked while it is held, so that nobody can hold a file that is no longer there.
            with contextlib.suppress(OSError):
                (self.folder / LOCK).unlink()
            self._held.release()
            self._held = None

    def discard(self) -> None:
        """Delete a run that this process began and nobody answered, so that a failed start leaves nothing.

        It stays where an engine keeps something in its folder, such as batches that are under way at a provider.
        """
        theirs = any(not path.name.startswith((FILE, LOCK)) for path in self.folder.iterdir())
        if not self._fresh or theirs or self._scalar("SELECT COUNT(*) FROM replies WHERE fault IS NULL"):
            self.close()
            return
        self._base.close()
        for path in self.folder.glob(f"{FILE}*"):
            path.unlink()
        self.close()
        if not any(self.folder.iterdir()):
            self.folder.rmdir()

    @property
    def manifest(self) -> RunManifest:
        """What the run was asked."""
        known = self._manifest()
        if known is None:
            raise StoreError(f"{self.folder}: a run that was never begun", "give the folder of another run")
        return known

    def rows(self) -> list[Row]:
        """Return the rows of the board, models with their identity as far as they were opened."""
        found = self._base.execute("SELECT number, model, prompt, identity FROM rows ORDER BY number")
        return [
            Row(number, model, prompt, identity_from(text) if text else None) for number, model, prompt, text in found
        ]

    def identify(self, model: str, identity: ModelIdentity) -> None:
        """Note which model answers; StoreError where another revision or engine answered before."""
        for row in self.rows():
            known = row.identity
            if row.model == model and known is not None and replace(known, notes=()) != replace(identity, notes=()):
                raise StoreError(
                    f"{self.folder}: {model} was {_described(known)} and is now {_described(identity)}",
                    "give --out another folder: replies of two models are never mixed",
                )
        self._base.execute("UPDATE rows SET identity = ? WHERE model = ?", (to_text(identity), model))
        self._base.commit()

    def with_answers(self, reading: Reading) -> Iterator[tuple[Sample, tuple[Reply, Answer]]]:
        """Yield (sample, (reply, answer)) of the samples that have both, in the order of the run."""
        judged = enumerate(self.marks.judged(reading), start=1)
        for said in self.transcript(reading.row, reading.variant):
            answer = next(answer for position, (answer, _) in judged if position == said.position)
            if answer is not None:
                yield sample_from(said.sample), (said.reply, answer)

    # --- inside
    def _migrate(self) -> None:
        version = self._scalar("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise StoreError(f"{self.folder}: written by a newer vqa-eval", "pip install -U vqa-eval")
        for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
            self._base.executescript(f"BEGIN; {statements} PRAGMA user_version = {number}; COMMIT;")

    def _manifest(self) -> RunManifest | None:
        found = self._base.execute("SELECT value FROM about WHERE key = 'manifest'").fetchone()
        return None if found is None else manifest_from(found[0])


def _asked(manifest: RunManifest) -> dict[str, object]:
    """Return what must be equal for a run to go on; what is left out, measures and the version may differ."""
    return {name: value for name, value in asdict(manifest).items() if name not in ("left_out", "version", "measures")}


def _described(identity: ModelIdentity) -> str:
    side = f", pictures up to {identity.max_side}" if identity.max_side else ""
    return f"{identity.revision} on {identity.engine}{side}"
