"""One prepared form of a benchmark: an SQLite file whose small columns are read apart from its pictures.

A table of gigabytes is read once, row by row. Afterwards a node is selected through the *leaves*: the
distinct combinations of facets with the samples under each. Leaves are few, so selecting reads neither
questions nor pictures, and memory does not grow with the benchmark.
"""

import itertools
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from vqa_eval.errors import DataError
from vqa_eval.records import FormSpec, Sample
from vqa_eval.records.codec import sample_from
from vqa_eval.samples.rows import Facets

LAYOUT = 2
"""Version of the file's layout; a shelf of another version is prepared again."""

BATCH = 500
"""Texts that are read at once."""


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
    """sha256 (hex) over every sample and picture in order, each with what came before: the data's part of a
    signature."""
    samples: int
    pictures: int
    pictures_missing: int
    """Samples whose picture, or the mask of whose region, is named but not at hand."""
    sources: tuple[str, ...]
    origin: str
    """What was given to be added: the path of a file or folder, or "hub"."""
    uncut: tuple[str, ...] = ()
    """Why volumes could not be cut, with their rows: the first few; their samples count as missing a picture."""
    absent: tuple[str, ...] = ()
    """Where pictures and masks that are missing were looked for, below the folder of pictures: the first few."""


def first_absent(about: ShelfAbout, form: FormSpec) -> str:
    """Return where the first missing picture was looked for: "imgs/7.png under FOLDER"; empty where none was."""
    if not about.absent:
        return ""
    origin = Path(about.origin)
    folder = origin.parent if about.origin in about.sources else origin
    return f"{PurePath(form.image.folder if form.image else '', about.absent[0])} under {folder}"


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
            lists = {name: tuple(fields.get(name, ())) for name in ("sources", "uncut", "absent")}
            self.about = ShelfAbout(**{**fields, **lists})
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

    def texts(self, found: Iterable[tuple[int, str, int]]) -> Iterator[tuple[str, int, str]]:
        """Yield (sample id, leaf, text) of what `ids` yields; the text is what `records.codec` reads, in no node."""
        entries = iter(found)
        # In batches, since ordering whole texts would hold all of them.
        while batch := list(itertools.islice(entries, BATCH)):
            numbers = json.dumps([number for number, *_ in batch])
            query = "SELECT number, body FROM samples WHERE number IN (SELECT value FROM json_each(?))"
            texts = dict(self._base.execute(query, (numbers,)))
            for number, identity, leaf in batch:
                yield identity, leaf, texts[number]

    def sample(self, number: int) -> Sample:
        """Return one sample without its tree nodes, which the lexicon makes from the facets of its leaf."""
        (body,) = self._base.execute("SELECT body FROM samples WHERE number = ?", (number,)).fetchone()
        return sample_from(body)

    def find(self, sample: str) -> tuple[int, int] | None:
        """Return (number, leaf) of the sample with this id, if it is here."""
        row = self._base.execute("SELECT number, leaf FROM samples WHERE id = ?", (sample,)).fetchone()
        return None if row is None else (int(row[0]), int(row[1]))

    def find_picture(self, digest: str) -> bytes | None:
        """Return the stored bytes of a picture, None if they are not here."""
        row = self._base.execute("SELECT data FROM pictures WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else row[0]

    def picture(self, digest: str) -> bytes:
        """Return the stored bytes of a picture; DataError if they are not here."""
        data = self.find_picture(digest)
        if data is None:
            raise DataError(f"{self.path}: no picture {digest}", "vqa-eval data add ID PATH")
        return data

    def open_picture(self, digest: str) -> "sqlite3.Blob | None":
        """Open the stored bytes of a picture as a file, of which little is read for its header; None if not here."""
        row = self._base.execute("SELECT rowid FROM pictures WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else self._base.blobopen("pictures", "data", row[0], readonly=True)


def _facets(text: str) -> Facets:
    return tuple((axis, tuple(names)) for axis, names in json.loads(text))


def remembered(path: Path) -> str:
    """Return what a shelf of any layout, finished or not, was made from; empty where it does not say."""
    try:
        base = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        about = dict(base.execute("SELECT key, value FROM about"))
        base.close()
        fields = json.loads(about["about"])
        return str(fields.get("origin") or fields["sources"][0])
    except (sqlite3.Error, KeyError, IndexError, TypeError, ValueError):
        return ""
