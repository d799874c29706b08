"""Writing a shelf: rows stream in and are committed in batches, and the finished file appears in one step.

What a killed process had committed stays beside the shelf, with what it was made from. The same rows again go on
behind the last commit and end in the same bytes of data; other files or another reading of them begin anew.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import asdict, replace
from pathlib import Path
from time import monotonic
from types import TracebackType
from typing import Self

from vqa_eval.errors import DataError
from vqa_eval.records import Sample
from vqa_eval.records.codec import to_text
from vqa_eval.samples.rows import Drawn
from vqa_eval.samples.shelf import LAYOUT, ShelfAbout
from vqa_eval.samples.tables.reading import Bookmark, BrokenOff

MOST_REASONS = 5
"""Reasons that a shelf keeps of volumes that could not be cut, and places where missing pictures were looked for."""
BATCH_BYTES = 64 * 1024**2
BATCH_SECONDS = 5.0
"""A batch ends with either: so much is read again after a kill at most."""

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE leaves (number INTEGER PRIMARY KEY, facets TEXT NOT NULL UNIQUE, samples INTEGER NOT NULL);
CREATE TABLE samples (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, leaf INTEGER NOT NULL,
                      first INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX samples_leaf ON samples (leaf, first, number, id);
CREATE TABLE pictures (digest TEXT PRIMARY KEY, data BLOB NOT NULL);
CREATE TABLE firsts (subject TEXT PRIMARY KEY, first INTEGER NOT NULL) WITHOUT ROWID;
"""
# `firsts`: the first sample on a picture (by digest) or a slide (by name), so that questions on one stand together.


def partial_path(path: Path) -> Path:
    """Return where a shelf stands that is not finished yet."""
    return path.with_name(f"{path.name}.partial")


def leftovers(path: Path) -> tuple[Path, ...]:
    """Return every file that writing a shelf may have left beside it."""
    unfinished = partial_path(path)
    return unfinished, unfinished.with_name(f"{unfinished.name}-journal"), path.with_name(f".{path.stem}.lock")


def discard(path: Path) -> None:
    """Delete a shelf, and what was begun of it unless another process is writing it."""
    from filelock import FileLock, Timeout

    path.unlink(missing_ok=True)
    if not partial_path(path).exists():
        return
    try:
        with FileLock(path.with_name(f".{path.stem}.lock"), timeout=0):
            for left in leftovers(path)[:2]:
                left.unlink(missing_ok=True)
    except Timeout:
        return


class ShelfWriter:
    """One shelf while it is written; no other process writes the same one meanwhile."""

    def __init__(self, path: Path, key: str, origin: str, wait: float = 0.0, *, whole: bool = False) -> None:
        """Go on with what stands beside `path`, if it was made under the same `key`; else begin anew.

        `key` is everything that the rows depend on, empty where nobody can tell, and `origin` what a person gave to
        be added. With `whole`, what lacks pictures is begun anew too: they may have come since. Raises DataError
        where the folder cannot be written, and where another process is still writing after `wait` seconds.
        """
        from filelock import FileLock, Timeout  # not needed where shelves are only read

        self._path = path
        self._partial = partial_path(path)
        self._lock = FileLock(path.with_name(f".{path.stem}.lock"), timeout=wait)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._lock.acquire()
            try:
                self._open(key, origin, whole=whole)
            except BaseException:
                self._lock.release()
                raise
        except Timeout as error:
            raise DataError(
                f"{path}: another process is preparing it", "wait until that is done, then type the same again"
            ) from error
        except (OSError, sqlite3.Error) as error:
            raise DataError(
                f"{path.parent}: cannot be written: {error}", "set VQA_EVAL_HOME to a folder of yours"
            ) from error

    def _open(self, key: str, origin: str, *, whole: bool) -> None:
        if not self._resume(key, whole=whole):
            for left in leftovers(self._path)[:2]:
                left.unlink(missing_ok=True)
            self._base = sqlite3.connect(self._partial, isolation_level=None)
            self._base.executescript(_TABLES)
            self._bookmark, self._chain, self.count, self._missing = Bookmark(), "", 0, 0
            self._uncut: list[str] = []
            self._absent: list[str] = []
            self._leaves: dict[str, int] = {}
            self._note("key", key)
            # Already in the way a finished shelf says it.
            self._note("about", json.dumps({"origin": origin}))
            self._note("state", self._state())
        self.resumed = self._bookmark
        """How far the rows had been read before; the first one where this begins anew."""
        self._origin = origin
        self._base.execute("BEGIN")
        self._pending, self._since = 0, monotonic()

    def _resume(self, key: str, *, whole: bool) -> bool:
        """Go on with what is there, if it is of this key and layout, and as whole as it must be."""
        if not key or not self._partial.exists():
            return False
        base = sqlite3.connect(self._partial, isolation_level=None)
        try:
            about = dict(base.execute("SELECT key, value FROM about"))
            if about["key"] != key:
                raise KeyError(key)
            state = json.loads(about["state"])
            if whole and state["missing"]:
                raise KeyError("missing")
            self._bookmark = Bookmark(*state["bookmark"])
            self._chain, self.count = state["chain"], state["count"]
            self._missing, self._uncut, self._absent = state["missing"], state["uncut"], state["absent"]
            self._leaves = {facets: number for number, facets in base.execute("SELECT number, facets FROM leaves")}
        except (sqlite3.Error, KeyError, TypeError, ValueError):
            base.close()
            return False
        self._base = base
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the file; rows that are wrong leave nothing behind, all else leaves what was committed."""
        self._base.close()
        if isinstance(error, DataError) and not isinstance(error, BrokenOff):
            self._partial.unlink(missing_ok=True)
        self._lock.release()

    def add(self, drawn: Drawn, data: bytes | None, mask: bytes | None = None, why: str = "") -> None:
        """Add one sample with the bytes of its picture and of its mask (None: named but not at hand).

        `why` says why a picture that is there could not become one.
        """
        if why and len(self._uncut) < MOST_REASONS:
            self._uncut.append(why)
        try:
            sample, first = self._shown(drawn.sample, data, mask)
            if not why and len(self._absent) < MOST_REASONS:
                self._absent += _absent(drawn, data, mask)
            if not sample.cluster:
                # Questions on one picture are not independent, whatever rows or names it came under.
                image = sample.images[0] if sample.images else None
                shared = (image.digest or image.name) if image else sample.id
                sample = replace(sample, cluster=f"{sample.benchmark}/{shared}")
            self.count += 1
            facets, body = json.dumps(drawn.facets, ensure_ascii=False), to_text(sample)
            leaf = self._leaf(facets)
            self._base.execute("INSERT INTO samples VALUES (?, ?, ?, ?, ?)", (self.count, sample.id, leaf, first, body))
        except sqlite3.IntegrityError as error:
            raise DataError(
                f"{drawn.place}: two rows bear the id {sample.id!r}", "give the file as it was published"
            ) from error
        except sqlite3.Error as error:
            raise self._unwritable(error) from error
        self._chain = hashlib.sha256(f"{self._chain}\0{body}\0{facets}".encode()).hexdigest()
        self._pending += len(body) + len(data or b"") + len(mask or b"")

    def reached(self, bookmark: Bookmark) -> None:
        """Note that the source has been read so far, and commit if enough has come together."""
        self._bookmark = bookmark
        if self._pending < BATCH_BYTES and monotonic() - self._since < BATCH_SECONDS:
            return
        try:
            self._note("state", self._state())
            self._base.execute("COMMIT")
            self._base.execute("BEGIN")
        except sqlite3.Error as error:
            raise self._unwritable(error) from error
        self._pending, self._since = 0, monotonic()

    def finish(self, task: str, form: str, form_digest: str, sources: Iterable[str]) -> ShelfAbout:
        """Write what the shelf holds, put it in its place in one step, and say what it is."""
        try:
            pictures = self._base.execute("SELECT count(*) FROM firsts WHERE subject NOT LIKE 'slide %'").fetchone()[0]
            about = ShelfAbout(
                task=task,
                form=form,
                form_digest=form_digest,
                data_digest=self._chain,
                samples=self.count,
                pictures=pictures,
                pictures_missing=self._missing,
                sources=tuple(sources),
                origin=self._origin,
                uncut=tuple(self._uncut),
                absent=tuple(self._absent),
            )
            self._base.execute(
                "UPDATE leaves SET samples = (SELECT count(*) FROM samples WHERE samples.leaf = leaves.number)"
            )
            self._base.execute("DROP TABLE firsts")
            self._base.execute("DELETE FROM about")
            self._note("layout", str(LAYOUT))
            self._note("about", json.dumps(asdict(about)))
            self._base.execute("COMMIT")
            self._base.close()
            self._partial.replace(self._path)
        except (OSError, sqlite3.Error) as error:
            raise self._unwritable(error) from error
        return about

    def _shown(self, sample: Sample, data: bytes | None, mask: bytes | None) -> tuple[Sample, int]:
        """Store the sample's pictures; return it with their digests, and the first sample on the same picture."""
        if not sample.images:
            return sample, self.count + 1
        image, first = sample.images[0], self.count + 1
        overlay = image.view.overlay
        if overlay is not None and mask is not None:
            image = replace(image, view=replace(image.view, overlay=replace(overlay, digest=self._stored(mask))))
        if data is not None:
            image = replace(image, digest=self._stored(data))
            first = self._first(str(image.digest))
        elif image.slide:
            first = self._first(f"slide {image.name}")
        self._missing += data is None or (overlay is not None and mask is None)
        return replace(sample, images=(image,)), first

    def _stored(self, data: bytes) -> str:
        digest = hashlib.sha256(data).hexdigest()
        self._base.execute("INSERT OR IGNORE INTO pictures VALUES (?, ?)", (digest, data))
        return digest

    def _first(self, subject: str) -> int:
        self._base.execute("INSERT OR IGNORE INTO firsts VALUES (?, ?)", (subject, self.count + 1))
        return int(self._base.execute("SELECT first FROM firsts WHERE subject = ?", (subject,)).fetchone()[0])

    def _leaf(self, facets: str) -> int:
        if facets not in self._leaves:
            self._leaves[facets] = len(self._leaves) + 1
            self._base.execute("INSERT INTO leaves VALUES (?, ?, 0)", (self._leaves[facets], facets))
        return self._leaves[facets]

    def _state(self) -> str:
        bookmark = (self._bookmark.file, self._bookmark.row, self._bookmark.end, self._bookmark.rows)
        state = {"bookmark": bookmark, "chain": self._chain, "count": self.count}
        return json.dumps({**state, "missing": self._missing, "uncut": self._uncut, "absent": self._absent})

    def _note(self, key: str, value: str) -> None:
        self._base.execute("INSERT OR REPLACE INTO about VALUES (?, ?)", (key, value))

    def _unwritable(self, error: Exception) -> DataError:
        return BrokenOff(f"{self._path.parent}: cannot be written: {error}", "make room, or set VQA_EVAL_HOME")


def _absent(drawn: Drawn, data: bytes | None, mask: bytes | None) -> list[str]:
    """Return where the picture or the mask of a row was looked for and is not; nothing where it names no file."""
    places = [place for place, found in ((drawn.picture, data), (drawn.mask, mask)) if found is None]
    named = (place.partition(":") for place in places if isinstance(place, str))
    return [name for kind, _, name in named if kind in {"file", "volume"}][:1]
