"""One run = one folder with one SQLite file: what was asked, what was said, and what was made of it.

Replies are dear: appended, keyed by content, durable before they are counted; only a fault is ever
overwritten. Answers and scores are cheap: derived, and replaced in one transaction.
"""

import contextlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from vqa_eval.errors import StoreError
from vqa_eval.records import (
    PLAIN,
    Answer,
    Fault,
    Kind,
    ModelIdentity,
    Reply,
    Row,
    RunManifest,
    Sample,
    Variant,
)
from vqa_eval.records.codec import (
    fault_from,
    identity_from,
    manifest_from,
    sample_from,
    to_text,
)
from vqa_eval.store.extractions import Extractions
from vqa_eval.store.marks import Marks, Reading
from vqa_eval.store.migrations import MIGRATIONS

if TYPE_CHECKING:
    from filelock import BaseFileLock

FILE = "run.sqlite"
LOCK = "run.lock"


class Said(NamedTuple):
    """One reply with its sample, as they are stored: quick to hand to another process."""

    position: int
    """Of the sample in the run."""
    sample: str
    """As `records.codec` writes it."""
    key: str
    text: str
    finish: str
    logprobs: str | None

    @property
    def reply(self) -> Reply:
        """The reply, without tokens and seconds."""
        logprobs = tuple(json.loads(self.logprobs)) if self.logprobs else ()
        return Reply(self.key, self.text, self.finish, logprobs=logprobs)  # type: ignore[arg-type]  # as it was put


class RunStore:
    """A run on disk. SQLite in WAL mode: a process killed at any moment loses no reply that was put."""

    def __init__(
        self, folder: Path, base: sqlite3.Connection, held: "BaseFileLock | None" = None, fresh: bool = False
    ) -> None:
        """Use `RunStore.create` or `RunStore.open`."""
        self.folder = folder
        self.marks = Marks(base)
        self.extractions = Extractions(base)
        self._base = base
        self._held = held
        self._fresh = fresh
        self._lock = threading.Lock()

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
            store = cls(folder, _connect(folder / FILE), lock, fresh)
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

    @classmethod
    def open(cls, folder: Path) -> "RunStore":
        """Open a run that is there; StoreError where there is none."""
        if not (folder / FILE).is_file():
            near = sorted(path.parent.name for path in folder.parent.glob(f"*/{FILE}")) if folder.parent else []
            hint = f"runs here: {', '.join(near[:8])}" if near else "give the folder that a run named at its end"
            raise StoreError(f"{folder}: no run here", hint)
        try:
            store = cls(folder, _connect(folder / FILE))
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
        """Delete a run that this process began and nobody answered, so that a failed start leaves nothing."""
        if not self._fresh or self._scalar("SELECT COUNT(*) FROM replies WHERE fault IS NULL"):
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

    # --- samples -----------------------------------------------------------------------------------------

    def put_samples(self, samples: Iterable[Sample]) -> int:
        """Keep the run's samples, once, in one transaction; return how many the run has."""
        if not self._scalar("SELECT COUNT(*) FROM samples"):
            try:
                with self._base:
                    self._base.executemany(
                        "INSERT INTO samples (id, body) VALUES (?, ?)",
                        ((sample.id, to_text(sample)) for sample in samples),
                    )
                    self._base.execute("INSERT INTO due SELECT 'plain', id, '' FROM samples")
            except sqlite3.IntegrityError as error:
                raise StoreError(
                    "two prepared tables hold a sample of one id", "see: vqa-eval data list; remove one of them"
                ) from error
        return self.size()

    def size(self) -> int:
        """Return the number of samples."""
        return self._scalar("SELECT COUNT(*) FROM samples")

    def samples(self, light: bool = False) -> Iterator[Sample]:
        """Yield every sample in the order of the run; `light` ones lack question, context and pictures."""
        for (body,) in self._base.execute("SELECT body FROM samples ORDER BY position"):
            yield sample_from(body, light)

    def ids(self) -> list[str]:
        """Return the ids of all samples in the order of the run."""
        return [sample for (sample,) in self._base.execute("SELECT id FROM samples ORDER BY position")]

    def sample(self, sample: str) -> Sample:
        """Return one sample; StoreError where the run does not have it."""
        found = self._base.execute("SELECT body FROM samples WHERE id = ?", (sample,)).fetchone()
        if found is None:
            raise StoreError(f"{self.folder}: no sample {sample!r}", f"some of its ids: vqa-eval answers {self.folder}")
        return sample_from(found[0])

    def put_due(self, variant: Variant, samples: Iterable[tuple[str, str]]) -> None:
        """Note which samples are put in a variant, as (id, id of the donor of pictures or ""), once."""
        if not self.size_due(variant):
            with self._base:
                self._base.executemany(
                    "INSERT INTO due VALUES (?, ?, ?)", ((variant.name, sample, donor) for sample, donor in samples)
                )

    def variants(self) -> list[Variant]:
        """Return the variants in which samples of this run are put, the plain one first."""
        names = [name for (name,) in self._base.execute("SELECT DISTINCT variant FROM due")]
        return sorted(map(Variant.named, names), key=lambda variant: (variant != PLAIN, variant.kind, variant.number))

    def due(self, variant: Variant) -> set[int]:
        """Return which samples are put in a variant, by their place in the run, counted from 0."""
        found = self._base.execute(
            "SELECT position FROM due JOIN samples ON samples.id = due.sample WHERE variant = ?", (variant.name,)
        )
        return {position - 1 for (position,) in found}

    def size_due(self, variant: Variant) -> int:
        """Return the number of samples that are put in a variant."""
        return self._scalar("SELECT COUNT(*) FROM due WHERE variant = ?", variant.name)

    def decline(self, row: int, variant: Variant, declined: bool = True) -> None:
        """Note that the row's model cannot be asked in a variant, which is then due no more; or that it can."""
        self._base.execute("DELETE FROM declined WHERE row = ? AND variant = ?", (row, variant.name))
        if declined:
            self._base.execute("INSERT INTO declined VALUES (?, ?)", (row, variant.name))
        self._base.commit()

    def declined(self, row: int, variant: Variant) -> bool:
        """Return whether the row's model cannot be asked in a variant."""
        query = "SELECT COUNT(*) FROM declined WHERE row = ? AND variant = ?"
        return bool(self._scalar(query, row, variant.name))

    def has_kind(self, kind: Kind) -> bool:
        """Return whether the run has samples of a kind."""
        # As in count_without_picture: the pattern meets nothing but the field itself.
        return bool(self._scalar("SELECT EXISTS (SELECT 1 FROM samples WHERE body LIKE ?)", f'%"kind":"{kind}"%'))

    def unasked(self, row: int, variant: Variant = PLAIN) -> Iterator[tuple[Sample, Sample | None]]:
        """Yield (sample, its donor of pictures) where the row has no reply, or only a fault.

        A snapshot, in the run's order. The donor is None but in variants that name one.
        """
        if self.declined(row, variant):
            return
        found = self._base.execute(
            "SELECT position, donor FROM due JOIN samples ON samples.id = due.sample"
            " LEFT JOIN asks ON asks.row = ? AND asks.variant = due.variant AND asks.sample = due.sample"
            " LEFT JOIN replies ON replies.key = asks.key"
            " WHERE due.variant = ? AND (replies.key IS NULL OR replies.fault IS NOT NULL) ORDER BY position",
            (row, variant.name),
        ).fetchall()
        for position, donor in found:
            query = "SELECT body FROM samples WHERE position = ?"
            with self._lock:
                (body,) = self._base.execute(query, (position,)).fetchone()
                lent = self.sample(donor) if donor else None
            yield sample_from(body), lent

    def count_without_picture(self) -> int:
        """Return how many samples name a picture that is not at hand."""
        # Inside a text the quotes would be escaped, so the pattern meets nothing but the field itself.
        return self._scalar("SELECT COUNT(*) FROM samples WHERE body LIKE '%\"digest\":null%'")

    def count_unasked(self, row: int, variant: Variant = PLAIN) -> int:
        """Return how many samples of the row still have no reply to a variant that its model can be asked in."""
        if self.declined(row, variant):
            return 0
        return self.size_due(variant) - self._scalar(
            "SELECT COUNT(*) FROM asks JOIN replies ON replies.key = asks.key"
            " WHERE row = ? AND variant = ? AND replies.fault IS NULL",
            row,
            variant.name,
        )

    # --- replies -----------------------------------------------------------------------------------------

    def ask(self, row: int, sample: str, key: str, variant: Variant = PLAIN) -> bool:
        """Note under which key the row asks the sample; return whether a reply is already there."""
        answered = "SELECT 1 FROM replies WHERE key = ? AND fault IS NULL"
        with self._lock:
            self._base.execute("INSERT OR REPLACE INTO asks VALUES (?, ?, ?, ?)", (row, variant.name, sample, key))
            self._base.commit()
            return self._base.execute(answered, (key,)).fetchone() is not None

    def put(self, reply: Reply) -> None:
        """Keep a reply durably; a reply that is there is never overwritten, a fault is."""
        fault = to_text(replace(reply.fault, detail=_printable(reply.fault.detail))) if reply.fault else None
        # Half a character (a lone surrogate) cannot be stored; it becomes a question mark.
        text = reply.text.encode("utf-8", "replace").decode()
        values = (reply.key, text, reply.finish, reply.prompt_tokens, reply.reply_tokens, reply.seconds)
        logprobs = json.dumps(_rounded(reply.logprobs)) if reply.logprobs else None
        with self._lock:
            self._base.execute(
                "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ'), ?)"
                " ON CONFLICT (key) DO UPDATE SET text = excluded.text, finish = excluded.finish,"
                " prompt_tokens = excluded.prompt_tokens, reply_tokens = excluded.reply_tokens,"
                " seconds = excluded.seconds, fault = excluded.fault, at = excluded.at,"
                " logprobs = excluded.logprobs"
                " WHERE replies.fault IS NOT NULL",
                (*values, fault, logprobs),
            )
            self._base.commit()

    def faults(self, row: int, variant: Variant = PLAIN) -> list[tuple[str, Fault]]:
        """Return (sample id, fault) of the row's samples that brought no reply."""
        found = self._base.execute(
            "SELECT sample, fault FROM asks JOIN replies USING (key)"
            " WHERE row = ? AND variant = ? AND fault IS NOT NULL ORDER BY asks.rowid",
            (row, variant.name),
        )
        return [(sample, fault_from(fault)) for sample, fault in found]

    def replies(self, row: int, variant: Variant = PLAIN) -> Iterator[tuple[Sample, Reply]]:
        """Yield (sample, reply) of the row's samples that have a reply, in the order of the run."""
        for said in self.transcript(row, variant):
            yield sample_from(said.sample), said.reply

    def with_answers(self, reading: Reading) -> Iterator[tuple[Sample, tuple[Reply, Answer]]]:
        """Yield (sample, (reply, answer)) of the samples that have both, in the order of the run."""
        answers = (answer for answer, _ in self.marks.judged(reading) if answer is not None)
        for (sample, reply), answer in zip(self.replies(reading.row, reading.variant), answers, strict=True):
            yield sample, (reply, answer)

    def transcript(self, row: int, variant: Variant = PLAIN) -> Iterator[Said]:
        """Yield what `replies` yields with the samples still as text, for those who read them elsewhere."""
        found = self._base.execute(
            "SELECT position, body, key, text, finish, logprobs FROM samples"
            " JOIN asks ON asks.row = ? AND asks.variant = ? AND asks.sample = samples.id JOIN replies USING (key)"
            " WHERE fault IS NULL ORDER BY position",
            (row, variant.name),
        )
        for entry in found:
            yield Said(*entry)

    # --- inside ------------------------------------------------------------------------------------------

    def _scalar(self, query: str, *values: object) -> int:
        return int(self._base.execute(query, values).fetchone()[0])

    def _migrate(self) -> None:
        version = self._scalar("PRAGMA user_version")
        if version > len(MIGRATIONS):
            raise StoreError(f"{self.folder}: written by a newer vqa-eval", "pip install -U vqa-eval")
        for number, statements in enumerate(MIGRATIONS[version:], start=version + 1):
            self._base.executescript(f"BEGIN; {statements} PRAGMA user_version = {number}; COMMIT;")

    def _manifest(self) -> RunManifest | None:
        found = self._base.execute("SELECT value FROM about WHERE key = 'manifest'").fetchone()
        return None if found is None else manifest_from(found[0])


def _connect(path: Path) -> sqlite3.Connection:
    # Engines may pull requests from a thread of their own; `RunStore` takes its lock around every use.
    base = sqlite3.connect(path, timeout=30, check_same_thread=False)
    # WAL with NORMAL: a killed process loses nothing that was committed; a power cut may lose the last
    # moments but never the file.
    base.execute("PRAGMA journal_mode=WAL")
    base.execute("PRAGMA synchronous=NORMAL")
    return base


def _asked(manifest: RunManifest) -> dict[str, object]:
    """Return what must be equal for a run to go on; what is left out and the version may differ."""
    return {name: value for name, value in asdict(manifest).items() if name not in ("left_out", "version")}


def _described(identity: ModelIdentity) -> str:
    side = f", pictures up to {identity.max_side}" if identity.max_side else ""
    return f"{identity.revision} on {identity.engine}{side}"


def _rounded(logprobs: Iterable[float | None]) -> list[float | None]:
    """Cut off the digits that only tell which other prompts shared a batch."""
    return [None if value is None else round(value, 5) for value in logprobs]


def _printable(text: str) -> str:
    """Return what a server said without control characters: it is shown to people and written to boards."""
    return "".join(char if char.isprintable() else " " for char in text.encode("utf-8", "replace").decode())
