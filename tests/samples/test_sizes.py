"""Sizes read from headers are those of the pictures that are sent."""

import hashlib
import io
import sqlite3
from pathlib import Path

import pytest
from PIL import Image as Pillow

from vqa_eval.catalog import Catalog
from vqa_eval.pipeline.plan import Tree, make_plan
from vqa_eval.records import Image, PictureSpec, Sample, View
from vqa_eval.samples import Library, Pictures, home
from vqa_eval.samples.sizes import Size, Sizes


class OneShelf:
    """A shelf with pictures alone."""

    class About:
        """Of the benchmark `b`."""

        task = "b"

    about = About()

    def __init__(self, *pictures: bytes) -> None:
        self._base = sqlite3.connect(":memory:")
        self._base.execute("CREATE TABLE pictures (digest TEXT PRIMARY KEY, data BLOB NOT NULL)")
        self._base.executemany("INSERT INTO pictures VALUES (?, ?)", [(digest(data), data) for data in pictures])

    def open_picture(self, digest: str) -> "sqlite3.Blob | None":
        """Open stored bytes."""
        row = self._base.execute("SELECT rowid FROM pictures WHERE digest = ?", (digest,)).fetchone()
        return None if row is None else self._base.blobopen("pictures", "data", row[0], readonly=True)

    def find_picture(self, digest: str) -> bytes | None:
        """Return stored bytes; None where there are none."""
        opened = self.open_picture(digest)
        return None if opened is None else opened.read()


def digest(data: bytes) -> str:
    """Return the sha256 of bytes."""
    return hashlib.sha256(data).hexdigest()


def encoded(size: tuple[int, int], form: str) -> bytes:
    """Return an empty picture."""
    file = io.BytesIO()
    Pillow.new("RGB", size).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("form", ["PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP"])
@pytest.mark.parametrize("side", [None, 100])
@pytest.mark.parametrize("view", [View(), View(crop=(10, 20, 210, 70)), View(side=64)])
@pytest.mark.parametrize("spec", [PictureSpec(), PictureSpec(max_side=90, square=True), PictureSpec(max_pixels=5000)])
def test_a_header_tells_what_is_sent(form: str, side: int | None, view: View, spec: PictureSpec) -> None:
    """Crops, sides and limits are reckoned as they are applied, whatever the file's format."""
    data = encoded((300, 200), form)
    shelf, specs = OneShelf(data), {"b": spec}
    sample = Sample("b/1", "b", "test", "choice", "?", images=(Image("x", digest(data), view),))
    (sent,) = Pictures([shelf], side, specs).of(sample)  # type: ignore[list-item]  # what of a shelf is looked at
    (size,) = Sizes([shelf], side, specs).of(sample)  # type: ignore[list-item]
    assert Size(len(data), 300 * 200, sent.width * sent.height) == size


def test_what_has_no_header_has_no_size() -> None:
    """A picture that is not at hand, is a slide or cannot be read is unknown; nothing is raised."""
    damaged = encoded((30, 20), "PNG")[:20]
    images = (Image("x", None), Image("s", None, slide=True), Image("y", digest(damaged)), Image("z", digest(b"none")))
    sample = Sample("b/1", "b", "test", "choice", "?", images=images)
    assert (None,) * 4 == Sizes([OneShelf(damaged)]).of(sample)  # type: ignore[list-item]


def test_real_pictures_have_the_size_that_is_sent(shared_data: Path) -> None:
    """VQA-RAD's pictures as they are published, at most 512 long: every header tells what preparing gives."""
    catalog = Catalog(())
    Library(home()).add(catalog.tasks["vqa-rad"], shared_data / "vqa_rad")
    plan = make_plan(Tree(catalog, Library(home())), ("benchmark/vqa-rad",), 60, 0)
    shelves = [pick.shelf for pick in plan.picks]
    pictures, sizes = Pictures(shelves, 512), Sizes(shelves, 512)
    samples = list(plan.samples())
    sent = [[picture.width * picture.height for picture in pictures.of(sample)] for sample in samples]
    assert sent == [[size.sent if size else None for size in sizes.of(sample)] for sample in samples]
