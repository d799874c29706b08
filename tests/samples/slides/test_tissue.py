"""Tissue is told from glass, and its share of every square of a slide is exact."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from vqa_eval.samples.slides.tissue import Tissue, find_tissue, otsu

GLASS, STAINED = (243, 241, 244), (170, 90, 160)


def picture(
    background: tuple[int, int, int], *boxes: tuple[tuple[int, int, int, int], tuple[int, int, int]]
) -> Image.Image:
    """Paint boxes of one colour each."""
    image = Image.new("RGB", (400, 300), background)
    for box, colour in boxes:
        ImageDraw.Draw(image).rectangle(box, fill=colour)
    return image


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30))
def test_otsu_splits_as_trying_every_level_does(counts: list[int]) -> None:
    """No other level gives a larger variance between the two classes."""
    values = np.repeat(np.arange(len(counts)), counts)

    def between(level: int) -> float:
        low, high = values[values <= level], values[values > level]
        return float(len(low) * len(high) * (low.mean() - high.mean()) ** 2) if len(low) and len(high) else 0.0

    best = max(between(level) for level in range(len(counts)))
    assert best == pytest.approx(between(otsu(counts)), rel=1e-9, abs=1e-9)


def test_otsu_divides_two_heaps() -> None:
    """Everything up to the first heap is one class."""
    assert 3 == otsu([0, 0, 0, 40, 0, 0, 0, 7])
    assert 0 == otsu([0, 0, 9, 0])


def test_stained_is_tissue_and_glass_is_not() -> None:
    """The mask is where the stain is, but for the pixels at its corners; its share is that of the area."""
    tissue = find_tissue(picture(GLASS, ((100, 50, 299, 249), STAINED)), (4000, 3000))
    expected = np.zeros((300, 400), bool)
    expected[50:250, 100:300] = True
    assert (300, 400) == tissue.mask.shape
    assert 30 >= (expected != tissue.mask).sum()
    assert 200 * 200 / (400 * 300) == pytest.approx(tissue.share, abs=0.001)


def test_specks_are_no_tissue() -> None:
    """A stained place of a few pixels is dirt."""
    tissue = find_tissue(picture(GLASS, ((100, 50, 299, 249), STAINED), ((10, 10, 13, 13), STAINED)), (400, 300))
    assert not tissue.mask[:40, :40].any()


@pytest.mark.parametrize(
    "background", [(255, 255, 255), GLASS, (240, 236, 229), (0, 0, 0)], ids=["white", "glass", "yellowish", "black"]
)
def test_an_empty_slide_has_no_tissue(background: tuple[int, int, int]) -> None:
    """Glass with the noise of a camera is not split into glass and tissue."""
    noise = np.random.default_rng(0).integers(-2, 3, (300, 400, 3))
    image = Image.fromarray((np.array(background) + noise).clip(0, 255).astype("uint8"))
    assert 0.0 == find_tissue(image, (400, 300)).share


def test_black_is_no_tissue() -> None:
    """Ink and borders that are nearly black have a hue by chance alone."""
    tissue = find_tissue(picture(GLASS, ((100, 50, 199, 249), STAINED), ((250, 0, 399, 299), (9, 0, 4))), (400, 300))
    assert not tissue.mask[:, 230:].any()
    assert tissue.mask[100:200, 120:180].all()


@given(st.tuples(st.integers(1, 12), st.integers(1, 12)), st.integers(0, 2**32), st.data())
def test_the_share_of_squares_is_that_of_their_area(shape: tuple[int, int], seed: int, data: st.DataObject) -> None:
    """Every whole square has the share that counting the pixels of the full resolution gives."""
    down, across = data.draw(st.integers(1, 5)), data.draw(st.integers(1, 5))
    mask = np.random.default_rng(seed).random(shape) < 0.5
    full = mask.repeat(down, axis=0).repeat(across, axis=1)
    height, width = full.shape
    side = data.draw(st.integers(1, min(height, width)))
    found = Tissue(mask, 0, (width, height)).squares(side)
    assert (height // side, width // side) == found.shape
    for row, column in np.ndindex(found.shape):
        square = full[row * side : (row + 1) * side, column * side : (column + 1) * side]
        assert square.mean() == pytest.approx(found[row, column], abs=1e-9)


def test_a_slide_smaller_than_the_square_has_none() -> None:
    """No square lies in a slide that is too small for one."""
    assert 0 == Tissue(np.ones((10, 10), bool), 0, (100, 100)).squares(101).size
