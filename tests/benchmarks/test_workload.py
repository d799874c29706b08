"""What is asked: the same every time, and pictures that all differ."""

import io
from pathlib import Path

from PIL import Image

from benchmarks.workload import SIDE, pictures, write_catalog, write_pictures, write_texts
from vqa_eval.catalog import Catalog


def test_tables_are_the_same_every_time(tmp_path: Path) -> None:
    """Written twice, both tables have the same bytes."""
    (tmp_path / "again").mkdir()
    for write in (write_texts, write_pictures):
        assert write(tmp_path, 20).read_bytes() == write(tmp_path / "again", 20).read_bytes()


def test_pictures_differ_and_have_their_size() -> None:
    """Forty files from a few scenes are JPEGs of 512 x 512 pixels and 60 KB, no two with the same bytes."""
    made = list(pictures(40))
    assert 40 == len(set(made))
    for jpeg in made:
        with Image.open(io.BytesIO(jpeg)) as opened:
            opened.load()
            assert ("JPEG", (SIDE, SIDE)) == (opened.format, opened.size)
        assert 54_000 < len(jpeg) < 66_000


def test_the_catalogue_knows_both_benchmarks(tmp_path: Path) -> None:
    """The task files are read without a fault."""
    catalog = Catalog([write_catalog(tmp_path)])
    assert {"bench-text", "bench-pictures"} <= set(catalog.tasks)
