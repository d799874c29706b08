"""One prepared form of a benchmark: an SQLite file whose small columns are read apart from its pictures.

A table of gigabytes is read once, row by row. Afterwards a node is selected through the *leaves*: the
distinct combinations of facets with the samples under each. Leaves are few, so selecting reads neither
questions nor pictures, and memory does not grow with the benchmark.
"""

import hashlib
import json
import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.records import Image, Sample
from vqa_eval.records.codec import sample_from, to_text
from vqa_eval.samples.rows import Drawn, Facets

LAYOUT = 1
"""Version of the file's layout; a shelf of another version is prepared again."""

MOST_REASONS = 5
"""Reasons that a shelf keeps of volumes that could not be cut."""

_TABLES = """
CREATE TABLE about (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE leaves (number INTEGER PRIMARY KEY, facets TEXT NOT NULL UNIQUE, samples INTEGER NOT NULL);
CREATE TABLE samples (number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, leaf INTEGER NOT NULL,
                      first INTEGER NOT NULL, body TEXT NOT NULL);
CREATE INDEX samples_leaf ON samples (leaf, first, number, id);
CREATE TABLE pictures (digest TEXT PRIMARY KEY, data BLOB NOT NULL);
"""


@dataclass(frozen=True, slots=True)
class Leaf:
    """One combination of facets in a shelf, and how many samples bear it."""

    number: int
    facets: Facets
    samples: int


@dataclass(frozen=True, slots=True)
class ShelfAbout:
    """What a shelf holds and where it came from."""

    task: str
    form: str
    form_digest: str
    data_digest: str
    """sha256 (hex) over every sample and picture in order: the data's part of a signature."""
    samples: int
    pictures: int
    pictures_missing: int
    """Samples whose picture, or the mask of whose region, is named but not at hand."""
    sources: tuple[str, ...]
    uncut: tuple[str, ...] = ()
    """Why volumes could not be cut, with their rows: the first few; their samples count as missing a picture."""


class Shelf:
    """The reading side of a prepared form."""

    def __init__(self, path: Path) -> None:
        """Open the file; DataError if it is no shelf of this layout."""
        self.path = path
        try:
            self._base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, check_same_thread=False)
            about = dict(self._base.execute("SELECT key, value FROM about"))
            if int(about.pop("layout")) != LAYOUT:
                raise KeyError("layout")
            fields = json.loads(about["about"])
            self.about = ShelfAbout(
                **{**fields, "sources": tuple(fields["sources"]), "uncut": tuple(fields.get("uncut", ()))}
            )
        except (sqlite3.Error, KeyError, TypeError, ValueError) as error:
            raise DataError(f"{path}: not prepared data of this version", "vqa-eval data add ID PATH") from error

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def leaves(self) -> list[Leaf]:
        """Return every leaf; a few thousand at most."""
        rows = self._base.execute("SELECT number, facets, samples FROM leaves ORDER BY number")
        return [Leaf(number, _facets(facets), count) for number, facets, count in rows]

    def ids(self, leaves: Iterable[int]) -> Iterator[tuple[int, str, int]]:
        """Yield (number, sample id, leaf) under these leaves; questions on one picture stand together."""
        chosen = ",".join(str(int(leaf)) for leaf in leaves)
        # The numbers are integers by construction; SQLite takes no list as a parameter.
        yield from self._base.execute(
            f"SELECT number, id, leaf FROM samples WHERE leaf IN ({chosen}) ORDER BY first, number"  # noqa: S608
        )

    def sample(self, number: int) -> Sample:
        """Return one sample without its tree nodes, which the lexicon makes from the facets of its leaf."""
        (body,) = self._base.execute("SELECT body FROM samples WHERE number = ?", (number,)).fetchone()
        return sample_from(body)

    def find(self, sample: str) -> tuple[int, int] | None:
        """Return (number, leaf) of the sample with this id, if it is here."""
        row = self._base.execute("SELECT number, leaf FROM samples WHERE id = ?", (sample,)).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def has_picture(self, digest: str) -> bool:
        """Return whether the bytes of this picture are stored here."""
        return self._base.execute("SELECT 1 FROM pictures WHERE digest = ?", (digest,)).fetchone() is not None

    def picture(self, digest: str) -> bytes:
        """Return the stored bytes of a picture; DataError if they are not here."""
        row = self._base.execute("SELECT data FROM pictures WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise DataError(f"{self.path}: no picture {digest}", "vqa-eval data add ID PATH")
        return bytes(row[0])


def _facets(text: str) -> Facets:
    return tuple((axis, tuple(names)) for axis, names in json.loads(text))


class ShelfWriter:
    """The writing side: rows stream in, and the file appears whole or not at all."""

    def __init__(self, path: Path) -> None:
        """Prepare to write `path`; DataError if its folder cannot be written."""
        self._path = path
        self._partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            for left in path.parent.glob(f"{path.name}.*.partial"):
                if not _alive(left.name.split(".")[-2]):
                    left.unlink(missing_ok=True)
            self._base = sqlite3.connect(self._partial, isolation_level=None)
            # Nothing reads the partial file and a crash throws it away, so it needs no journal.
            self._base.executescript(f"PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; {_TABLES} BEGIN;")
        except (OSError, sqlite3.Error) as error:
            raise DataError(
                f"{path.parent}: cannot be written: {error}", "set VQA_EVAL_HOME to a folder of yours"
            ) from error
        self._data = hashlib.sha256()
        self._leaves: dict[str, int] = {}
        self.counts: Counter[int] = Counter()
        self._first: dict[str, int] = {}
        self._slides: dict[str, int] = {}
        self.count = self._missing = 0
        self._uncut: list[str] = []

    def __enter__(self) -> "ShelfWriter":
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()
        self._partial.unlink(missing_ok=True)

    def add(self, drawn: Drawn, data: bytes | None, mask: bytes | None = None, why: str = "") -> None:
        """Add one sample with the bytes of its picture and of its mask (None: named but not at hand).

        `why` says why a picture that is there could not become one.
        """
        self.count += 1
        sample, first = drawn.sample, self.count
        if sample.images:
            sample = replace(sample, images=(self._pictured(sample.images[0], data, mask),))
            first = self._place(sample.images[0])
        if why and len(self._uncut) < MOST_REASONS:
            self._uncut.append(why)
        if not sample.cluster:
            # Questions on one picture are not independent, whatever rows or names it came under.
            image = sample.images[0] if sample.images else None
            shared = (image.digest or image.name) if image else sample.id
            sample = replace(sample, cluster=f"{sample.benchmark}/{shared}")
        facets = json.dumps(drawn.facets, ensure_ascii=False)
        leaf = self._leaves.setdefault(facets, len(self._leaves) + 1)
        self.counts[leaf] += 1
        body = to_text(sample)
        self._data.update(body.encode() + facets.encode())
        try:
            self._base.execute("INSERT INTO samples VALUES (?, ?, ?, ?, ?)", (self.count, sample.id, leaf, first, body))
        except sqlite3.IntegrityError as error:
            raise DataError(f"two rows bear the id {sample.id!r}", "give the file as it was published") from error
        except sqlite3.Error as error:
            raise DataError(
                f"{self._path.parent}: cannot be written: {error}", "make room, or set VQA_EVAL_HOME"
            ) from error

    def _pictured(self, image: Image, data: bytes | None, mask: bytes | None) -> Image:
        """Keep the bytes, and return the image with their digests."""
        overlay = image.view.overlay
        if overlay is not None:
            overlay = replace(overlay, digest=self._keep(mask))
            image = replace(image, view=replace(image.view, overlay=overlay))
        image = replace(image, digest=self._keep(data))
        self._missing += image.digest is None or (overlay is not None and overlay.digest is None)
        return image

    def _keep(self, data: bytes | None) -> str | None:
        """Store the bytes once and return their digest; None without bytes."""
        if data is None:
            return None
        digest = _digest(data)
        self._base.execute("INSERT OR IGNORE INTO pictures VALUES (?, ?)", (digest, data))
        return digest

    def _place(self, image: Image) -> int:
        """Return the number of the first sample on the same picture, so that its questions stand together."""
        if image.digest is not None:
            return self._first.setdefault(image.digest, self.count)
        # A slide is known by its name.
        return self._slides.setdefault(image.name, self.count) if image.slide else self.count

    def finish(self, task: str, form: str, form_digest: str, sources: Iterable[str]) -> ShelfAbout:
        """Write what the shelf holds, put it in its place in one step, and say what it is."""
        about = ShelfAbout(
            task=task,
            form=form,
            form_digest=form_digest,
            data_digest=self._data.hexdigest(),
            samples=self.count,
            pictures=len(self._first),
            pictures_missing=self._missing,
            sources=tuple(sources),
            uncut=tuple(self._uncut),
        )
        self._base.executemany(
            "INSERT INTO leaves VALUES (?, ?, ?)",
            ((number, facets, self.counts[number]) for facets, number in self._leaves.items()),
        )
        self._base.executemany(
            "INSERT INTO about VALUES (?, ?)", [("layout", str(LAYOUT)), ("about", json.dumps(asdict(about)))]
        )
        self._base.execute("COMMIT")
        self._base.close()
        self._partial.replace(self._path)
        return about


@lru_cache(maxsize=8)
def _digest(data: bytes) -> str:
    """Return the sha256 (hex); questions on one picture come with the same bytes."""
    return hashlib.sha256(data).hexdigest()


def _alive(process: str) -> bool:
    """Whether the process that left a partial file may still be writing it."""
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    except (OSError, ValueError):
        return True
    return True
