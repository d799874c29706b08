"""Slides are looked at from afar and in parts, in little memory, and every picture tells where it is from."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.samples.slide_fixtures import GLASS, paint, small, stained, write_slide
from vqa_eval.errors import PictureError
from vqa_eval.samples.slides.cutouts import Region
from vqa_eval.samples.slides.slide import Slide

for package in ("openslide", "pyvips", "tifffile"):
    pytest.importorskip(package, reason="slides need vqa-eval[slides], and their tests tifffile")

DIMENSIONS = (8000, 6000)


@pytest.fixture(scope="module")
def aperio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a slide of 40x in three levels, as Aperio's scanners write it."""
    return write_slide(tmp_path_factory.mktemp("aperio") / "slide.svs", DIMENSIONS, power=40)


@pytest.fixture
def slide(aperio: Path) -> Iterator[Slide]:
    """Return the slide of 40x, open."""
    with Slide(aperio) as opened:
        yield opened


def test_what_a_slide_tells_of_itself(slide: Slide) -> None:
    """Dimensions, magnification and micrometres a pixel are those of the file."""
    assert DIMENSIONS == slide.dimensions
    assert 40.0 == slide.magnification
    assert 0.25 == slide.mpp


def test_what_a_slide_does_not_tell_is_none(tmp_path: Path) -> None:
    """Without its tags neither is known; a resolution is known where it is a scanner's, not a printer's."""
    with Slide(small(tmp_path / "silent.tif")) as silent:
        assert (None, None) == (silent.magnification, silent.mpp)
    with Slide(small(tmp_path / "scan.tif", dots_per_inch=50800)) as scan:
        assert (None, 0.5) == (scan.magnification, scan.mpp)
    with Slide(small(tmp_path / "print.tif", dots_per_inch=300)) as printed:
        assert (None, None) == (printed.magnification, printed.mpp)


def test_a_thumbnail_shows_the_whole_slide(slide: Slide) -> None:
    """Its longer side is as asked, its place the whole slide, its magnification the share of the slide's own."""
    seen = slide.thumbnail(1000)
    assert ((1000, 750), "RGB") == (seen.image.size, seen.image.mode)
    assert Region(0, 0, *DIMENSIONS) == seen.region
    assert (5.0, 2.0) == (seen.magnification, seen.mpp)
    assert GLASS == seen.image.getpixel((5, 5))


def test_a_thumbnail_equals_the_scaled_slide(tmp_path: Path) -> None:
    """Read from a smaller level, it is what scaling the full resolution at once gives."""
    with Slide(write_slide(tmp_path / "levels.tif", (4000, 3000), (1, 4, 16))) as slide:
        seen = np.asarray(slide.thumbnail(500).image, int)
    whole = Image.fromarray(paint(0, 0, 4000, 3000, (4000, 3000)))
    difference = np.abs(np.asarray(whole.resize((500, 375), Image.Resampling.LANCZOS), int) - seen)
    assert 1 > difference.mean()
    # The levels of this slide are samples, not means: at the edges of what is painted they differ, nowhere else.
    assert 0.1 > (difference.max(axis=2) > 8).mean()


def test_tiles_leave_no_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A slide without smaller levels, read in tiles, is to the pixel what scaling it at once gives."""
    monkeypatch.setattr("vqa_eval.samples.slides.slide._TILE", 303)
    with Slide(small(tmp_path / "flat.tif")) as flat:
        seen = np.asarray(flat.thumbnail(240).image, int)
    whole = Image.fromarray(paint(0, 0, 2000, 1500, (2000, 1500)))
    expected = np.asarray(whole.resize((240, 180), Image.Resampling.LANCZOS, reducing_gap=2.0), int)
    assert 0 == np.abs(expected - seen).max()


def test_tiles_of_a_smaller_level_leave_no_trace(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    """Part of a level, read in tiles that do not start with the level, is what reading it at once gives."""
    at_once = slide.region(1200, 800, 4000, 3000, magnification=10).image.tobytes()
    monkeypatch.setattr("vqa_eval.samples.slides.slide._TILE", 303)
    assert at_once == slide.region(1200, 800, 4000, 3000, magnification=10).image.tobytes()


def test_nothing_is_enlarged(tmp_path: Path) -> None:
    """A thumbnail larger than the slide, and a magnification above its own, give the slide as scanned."""
    with Slide(small(tmp_path / "flat.svs", power=10, mpp=1.0)) as flat:
        assert (2000, 1500) == flat.thumbnail(5000).image.size
        seen = flat.region(0, 0, 300, 200, magnification=20)
        assert ((300, 200), 10.0, 1.0) == (seen.image.size, seen.magnification, seen.mpp)


def test_a_region_as_scanned_is_the_file_s_pixels(slide: Slide) -> None:
    """Every pixel is that of the full resolution, also across the tiles in which it is read."""
    seen = slide.region(1901, 1003, 2500, 300)
    assert (paint(1901, 1003, 2500, 300, DIMENSIONS) == np.asarray(seen.image)).all()
    assert (Region(1901, 1003, 2500, 300), 40.0, 0.25) == (seen.region, seen.magnification, seen.mpp)


def test_a_region_at_a_magnification_or_a_resolution(slide: Slide) -> None:
    """At half the magnification, or twice the micrometres a pixel, two pixels in a row are one."""
    by_power = slide.region(2000, 1500, 800, 600, magnification=20)
    by_mpp = slide.region(2000, 1500, 800, 600, mpp=0.5)
    assert ((400, 300), 20.0, 0.5) == (by_power.image.size, by_power.magnification, by_power.mpp)
    assert by_power.image.tobytes() == by_mpp.image.tobytes()
    expected = paint(2000, 1500, 800, 600, DIMENSIONS).reshape(300, 2, 400, 2, 3).mean(axis=(1, 3))
    assert 2 > np.abs(expected - np.asarray(by_power.image, float)).mean()


@pytest.mark.parametrize("place", [(-1, 0, 10, 10), (0, 0, 8001, 10), (7999, 0, 2, 1), (0, 5999, 1, 2), (0, 0, 0, 5)])
def test_a_region_outside_is_refused(slide: Slide, aperio: Path, place: tuple[int, int, int, int]) -> None:
    """What does not lie in the slide is refused by name."""
    with pytest.raises(PictureError, match="do not lie in its 8000 x 6000") as caught:
        slide.region(*place)
    assert str(aperio) in caught.value.message


def test_a_region_of_unknown_scale_is_refused(tmp_path: Path) -> None:
    """Where the file tells nothing of its scale no magnification is guessed."""
    with Slide(small(tmp_path / "silent.tif")) as silent:
        for scale in ({"magnification": 20}, {"mpp": 0.5}):
            with pytest.raises(PictureError, match="does not tell"):
                silent.region(0, 0, 100, 100, **scale)


def test_what_is_too_much_is_refused(slide: Slide, monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture above the bound of all pictures is refused before it is read, and so are too many patches."""
    monkeypatch.setattr("vqa_eval.samples.pixels.limits.MAX_PIXELS", 10_000_000)
    with pytest.raises(PictureError, match="8000 x 6000 pixels are more"):
        slide.region(0, 0, *DIMENSIONS)
    with pytest.raises(PictureError, match="pixels are more"):
        slide.patches(count=200)


@pytest.mark.parametrize("wrong", [{"count": 0}, {"side": 0}, {"side": -1}, {"magnification": 0}])
def test_patches_of_nothing_are_refused(slide: Slide, wrong: dict[str, int]) -> None:
    """No patches, or patches without pixels, are an error and no empty list."""
    with pytest.raises(PictureError, match="shows nothing"):
        slide.patches(**wrong)


def test_patches_lie_on_tissue(slide: Slide) -> None:
    """Thirty patches at 20x: each at least nearly half tissue as painted, none over another, in reading order."""
    found = slide.patches()
    assert (30, "") == (len(found.cutouts), found.note)
    assert {(224, 224)} == {cutout.image.size for cutout in found.cutouts}
    assert {(20.0, 0.5)} == {(cutout.magnification, cutout.mpp) for cutout in found.cutouts}
    regions = [cutout.region for cutout in found.cutouts]
    assert {(448, 448)} == {(region.width, region.height) for region in regions}
    assert sorted(regions, key=lambda region: (region.y, region.x)) == regions
    covered = np.zeros(DIMENSIONS[::-1], "uint8")
    for region in regions:
        covered[region.y : region.y + region.height, region.x : region.x + region.width] += 1
    assert 1 == covered.max()
    assert 30 * 448 * 448 == covered.sum()
    for region in regions:
        xs, ys = np.arange(region.x, region.x + 448)[None, :], np.arange(region.y, region.y + 448)[:, None]
        assert 0.45 < stained(xs, ys, DIMENSIONS).mean()


def test_a_patch_is_the_region_that_it_names(slide: Slide) -> None:
    """What was looked at can be shown again from the rectangle and the magnification that it bears."""
    patch = slide.patches(count=1).cutouts[0]
    place = patch.region
    again = slide.region(place.x, place.y, place.width, place.height, magnification=patch.magnification)
    assert patch.image.tobytes() == again.image.tobytes()


def test_the_same_seed_draws_the_same_patches(aperio: Path) -> None:
    """Two openings give the same pixels; another seed draws others; more patches include the fewer."""
    with Slide(aperio) as one, Slide(aperio) as other:
        digests = [cutout.picture("patch").digest for cutout in one.patches().cutouts]
        assert digests == [cutout.picture("patch").digest for cutout in other.patches().cutouts]
        regions = {cutout.region for cutout in one.patches(seed=3).cutouts}
        assert regions == {cutout.region for cutout in other.patches(seed=3).cutouts}
        assert regions != {cutout.region for cutout in one.patches(seed=4).cutouts}
        assert {cutout.region for cutout in one.patches(count=10, seed=3).cutouts} < regions


def test_patches_as_scanned_where_the_scale_is_unknown(tmp_path: Path) -> None:
    """Without a scale patches are taken as scanned; micrometres alone tell it: 0.25 are 40x."""
    with Slide(small(tmp_path / "silent.tif")) as silent:
        assert {224} == {cutout.region.width for cutout in silent.patches(count=3).cutouts}
    with Slide(small(tmp_path / "scan.tif", dots_per_inch=101600)) as scan:
        assert {448} == {cutout.region.width for cutout in scan.patches(count=2).cutouts}
        assert {(224, 224)} == {cutout.image.size for cutout in scan.patches(count=2).cutouts}


def test_fewer_patches_say_so(tmp_path: Path) -> None:
    """Where the tissue is small every square of it comes, and the note tells how many were asked for."""
    path = small(tmp_path / "small.tif", ellipses=((0.5, 0.5, 0.2, 0.25),))
    with Slide(path) as slide:
        found = slide.patches()
    assert 0 < found.room == len(found.cutouts) < 30
    assert 30 == found.asked
    assert f"{path}: {found.room} of 30 patches: its tissue has no room for more" == found.note


def test_an_empty_slide_has_no_patches(tmp_path: Path) -> None:
    """On glass alone nothing is drawn: an error that names the slide and its share of tissue."""
    path = small(tmp_path / "empty.tif", ellipses=())
    with Slide(path) as slide, pytest.raises(PictureError, match=r"of the slide it is 0\.00%") as caught:
        slide.patches()
    assert str(path) in caught.value.message


def test_a_montage_shows_the_patches_in_order(slide: Slide) -> None:
    """Patches stand row by row, apart by white lines, and the montage tells where each is from."""
    shown, patches = slide.montage(2, 3, side=100, seed=5), slide.patches(6, 100, 5).cutouts
    assert (3 * 100 + 2 * 4, 2 * 100 + 4) == shown.image.size
    assert tuple(cutout.region for cutout in patches) == shown.regions
    for place, cutout in enumerate(patches):
        left, top = place % 3 * 104, place // 3 * 104
        assert cutout.image.tobytes() == shown.image.crop((left, top, left + 100, top + 100)).tobytes()
    assert {(255, 255, 255)} == {shown.image.getpixel((101, y)) for y in range(204)}


def test_a_montage_leaves_places_white_where_patches_lack(tmp_path: Path) -> None:
    """Fewer patches than places leave the last places white."""
    with Slide(small(tmp_path / "small.tif", ellipses=((0.5, 0.5, 0.2, 0.25),))) as slide:
        shown = slide.montage(5, 6)
    assert len(shown.regions) < 30
    assert {(255, 255, 255)} == {shown.image.getpixel((x, shown.image.height - 1)) for x in range(shown.image.width)}
    with Slide(tmp_path / "small.tif") as slide, pytest.raises(PictureError, match="shows nothing"):
        slide.montage(-2, -3)


def test_pictures_are_png_with_the_digest_of_their_bytes(slide: Slide) -> None:
    """What is sent is a PNG of the very pixels, known by its sha256, scaled down where an engine wants it small."""
    seen = slide.thumbnail(256)
    picture = seen.picture("thumbnail")
    assert ("image/png", 256, 192) == (picture.media_type, picture.width, picture.height)
    assert hashlib.sha256(picture.data).hexdigest() == picture.digest
    with tempfile.TemporaryFile() as file:
        file.write(picture.data)
        assert seen.image.tobytes() == Image.open(file).tobytes()
    assert (128, 96) == ((sent := seen.picture("thumbnail", max_side=128)).width, sent.height)
    assert 100 == slide.montage(1, 2).picture("montage", max_side=100).width


def test_what_was_not_scanned_is_white(tmp_path: Path) -> None:
    """Tiles that a slide leaves out are transparent, and are shown white rather than black."""
    with Slide(small(tmp_path / "sparse.tif", ellipses=((0.2, 0.2, 0.1, 0.1),), sparse=True)) as slide:
        assert (255, 255, 255) == slide.region(1600, 1300, 10, 10).image.getpixel((5, 5))
        assert GLASS == slide.region(0, 0, 10, 10).image.getpixel((5, 5))
        assert 0 == slide.tissue().mask[:, 500:].sum()


STATUS = Path("/proc/self/status")


@pytest.mark.skipif(not STATUS.exists(), reason="no /proc/self/status, in which Linux keeps the peak of memory")
def test_memory_does_not_grow_with_the_slide(tmp_path: Path) -> None:
    """A slide of one level, whose pixels are 384 MB, is looked at whole and in patches within 200 MB."""
    path = write_slide(tmp_path / "wide.tif", (12000, 8000), (1,), ellipses=((0.5, 0.5, 0.05, 0.05),), sparse=True)
    program = (
        "import re; from pathlib import Path; from vqa_eval.samples.slides.slide import Slide\n"
        f"with Slide(Path({str(path)!r})) as slide: slide.thumbnail(); print(len(slide.patches().cutouts))\n"
        f"print(re.search(r'VmHWM:\\s*(\\d+) kB', Path({str(STATUS)!r}).read_text())[1])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    patches, peak = map(int, done.stdout.split())
    assert 30 >= patches > 10
    assert 200_000 > peak


def test_a_real_slide(shared_data: Path) -> None:
    """A skin section of 20x: thumbnail, mask and thirty patches, which are stained and not glass."""
    path = shared_data / "wsi/cmu-1-small-region.svs"
    with Slide(path) as slide:
        assert ((2220, 2967), 20.0, 0.499) == (slide.dimensions, slide.magnification, slide.mpp)
        assert (766, 1024) == slide.thumbnail().image.size
        assert 0.31 == pytest.approx(slide.tissue().share, abs=0.03)
        found = slide.patches()
    assert 30 == len(found.cutouts)
    for cutout in found.cutouts:
        assert ((224, 224), 20.0) == (cutout.image.size, cutout.magnification)
        assert 25 < np.asarray(cutout.image.convert("HSV"))[..., 1].mean()
