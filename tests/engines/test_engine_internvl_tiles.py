"""InternVL's tiles: the grid nearest to the picture's shape, and a thumbnail."""

import pytest
from PIL import Image

from vqa_eval.engines.transformers.internvl_chat import tiles


@pytest.mark.parametrize(
    ("size", "most", "expected"),
    [
        ((448, 448), 12, 1),  # square: one tile needs no thumbnail
        ((896, 448), 12, 3),  # twice as wide: two tiles and the thumbnail
        ((896, 448), 1, 1),  # no more than one allowed
        ((1344, 448), 12, 4),  # three in a row
        ((2000, 2000), 12, 10),  # a large square fills three by three
        ((300, 300), 12, 1),  # a small square is not blown up into many
    ],
)
def test_number_of_tiles(size: tuple[int, int], most: int, expected: int) -> None:
    """Every tile is a square of the model's side, in the number that the shape and the limit give."""
    parts = tiles(Image.new("RGB", size), 448, 1, most, thumbnail=True)
    assert expected == len(parts)
    assert {(448, 448)} == {part.size for part in parts}


def test_tiles_run_by_rows() -> None:
    """Tiles come from left to right, then downwards."""
    picture = Image.new("RGB", (20, 20))
    picture.paste((250, 0, 0), (10, 0, 20, 10))
    parts = tiles(picture, 10, 4, 4, thumbnail=False)
    assert [0, 250, 0, 0] == [part.getpixel((5, 5))[0] for part in parts]
