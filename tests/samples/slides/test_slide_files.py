"""A slide's file is opened whatever kind it is, leaves nothing behind, and is named where it cannot be read."""

import sys
import tempfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.samples.slide_fixtures import small
from vqa_eval.errors import PictureError
from vqa_eval.samples.slides import files as slide_files
from vqa_eval.samples.slides.slide import Slide

for package in ("openslide", "pyvips", "tifffile"):
    pytest.importorskip(package, reason="slides need vqa-eval[slides], and their tests tifffile")


@pytest.fixture
def scratch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a temporary folder that no other test writes to."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.fixture(scope="module")
def aperio(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a slide as Aperio's scanners write it."""
    return small(tmp_path_factory.mktemp("aperio") / "slide.svs", power=20)


def pixels(seed: int = 0, size: tuple[int, int] = (300, 200)) -> np.ndarray:
    """Return coloured noise."""
    return np.random.default_rng(seed).integers(0, 256, (size[1], size[0], 3), "uint8")


@pytest.mark.parametrize("name", ["slide.png", "slide.tif"])
def test_a_flat_picture_is_a_slide_of_its_pixels(tmp_path: Path, scratch: Path, name: str) -> None:
    """A picture without tiles is read pixel for pixel, and leaves nothing behind in the temporary folder."""
    drawn = pixels()
    Image.fromarray(drawn).save(tmp_path / name)
    with Slide(tmp_path / name) as slide:
        assert ((300, 200), None, None) == (slide.dimensions, slide.magnification, slide.mpp)
        assert (drawn == np.asarray(slide.thumbnail().image)).all()
        assert any(scratch.iterdir())
    assert not any(scratch.iterdir())


def test_a_flat_jpeg_is_read_upright(tmp_path: Path) -> None:
    """A JPEG is shown as its camera held it, and its dots per inch are no scale."""
    turned = Image.Exif()
    turned[0x0112] = 6
    for name, exif, size in (("1.jpg", Image.Exif(), (300, 200)), ("2.jpg", turned, (200, 300))):
        Image.fromarray(pixels()).save(tmp_path / name, exif=exif, dpi=(300, 300), quality=95)
        with Slide(tmp_path / name) as slide:
            assert (size, None) == (slide.dimensions, slide.mpp)


@pytest.mark.parametrize(
    ("mode", "value", "expected"),
    [
        ("L", 100, (100, 100, 100)),
        ("I;16", 0x6464, (100, 100, 100)),
        ("LA", (0, 0), (255, 255, 255)),
        ("RGBA", (9, 8, 7, 0), (255, 255, 255)),
        ("RGBA", (9, 8, 7, 255), (9, 8, 7)),
        ("P", 0, (0, 0, 0)),
    ],
)
def test_a_flat_picture_becomes_rgb_on_white(
    tmp_path: Path, mode: str, value: object, expected: tuple[int, int, int]
) -> None:
    """Grey, deep, indexed and transparent pictures come as RGB of 8 bits."""
    Image.new(mode, (50, 40), value).save(tmp_path / "slide.png")
    with Slide(tmp_path / "slide.png") as slide:
        assert expected == slide.thumbnail().image.getpixel((20, 20))


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_flat_picture_replaced_is_read_anew(tmp_path: Path, orientation: int) -> None:
    """What was read once under a name, upright or turned, is not remembered in place of what lies there now."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    for grey in (50, 200):
        Image.new("L", (300, 200), grey).save(tmp_path / "slide.jpg", exif=exif)
        with Slide(tmp_path / "slide.jpg") as slide:
            assert (grey, grey, grey) == slide.thumbnail().image.getpixel((50, 50))


def test_a_flat_picture_may_be_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above its bound a flat picture is refused by its header."""
    monkeypatch.setattr(slide_files, "MAX_FLAT_PIXELS", 59_999)
    Image.fromarray(pixels()).save(tmp_path / "slide.png")
    with pytest.raises(PictureError, match=r"slide\.png: 300 x 200 pixels are more than the 59,999"):
        Slide(tmp_path / "slide.png")


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_slide_that_is_cut_off_says_so(aperio: Path, tmp_path: Path, share: float) -> None:
    """A slide without its end is refused on opening, or names the place that cannot be read."""
    whole = aperio.read_bytes()
    cut = tmp_path / "cut.svs"
    cut.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(PictureError, match=r"cut off|cannot be opened") as caught, Slide(cut) as slide:
        slide.thumbnail(4000)
    assert str(cut) in caught.value.message
    assert "fetch the file again" in caught.value.hint


@pytest.mark.parametrize("name", ["1.jpg", "1.png", "1.tif"])
def test_a_flat_picture_that_is_cut_off_says_so(tmp_path: Path, scratch: Path, name: str) -> None:
    """A picture without its end is no picture with a grey rest, and nothing of it stays behind."""
    Image.fromarray(pixels()).save(tmp_path / name)
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(PictureError, match=f"{name}: (cannot be decoded|cut off)"):
        Slide(tmp_path / name)
    assert not any(scratch.iterdir())


def test_a_damaged_tile_is_a_fault_each_time(aperio: Path, tmp_path: Path) -> None:
    """After a tile that cannot be unpacked every later look is the same kind of error, and the file is named."""
    import tifffile

    with tifffile.TiffFile(aperio) as file:
        page = file.pages[0]
        tile = max(range(len(page.dataoffsets)), key=lambda n: page.databytecounts[n])
        start, length = page.dataoffsets[tile], page.databytecounts[tile]
    data = bytearray(aperio.read_bytes())
    data[start : start + length] = b"\xff" * length
    damaged = tmp_path / "damaged.svs"
    damaged.write_bytes(data)
    with Slide(damaged) as slide:
        for _ in range(2):
            with pytest.raises(PictureError, match="cannot be read at") as caught:
                slide.thumbnail(4000)
            assert str(damaged) in caught.value.message
        with pytest.raises(PictureError, match="cannot be read at"):
            slide.patches()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("text.svs", b"not a slide at all"),
        ("text.jpg", b"not a slide at all"),
        ("empty.svs", b""),
        ("tiff.svs", b"II*\0\x08\0\0\0\0\0\0\0\0\0"),
        ("dicom.dcm", b"II*\0\xff\xff\xff\0" + bytes(120) + b"DICM"),
    ],
)
def test_what_is_no_slide_is_named(tmp_path: Path, name: str, data: bytes) -> None:
    """Other files are refused with how they begin."""
    (tmp_path / name).write_bytes(data)
    with pytest.raises(PictureError, match=f"{name}: no slide that OpenSlide reads"):
        Slide(tmp_path / name)


def test_a_picture_that_calls_itself_a_slide_is_none(tmp_path: Path) -> None:
    """A JPEG named as a scanner's file is not taken for the slide: something went wrong with it before."""
    Image.fromarray(pixels()).save(tmp_path / "slide.svs", format="JPEG")
    with pytest.raises(PictureError, match="no slide that OpenSlide reads"):
        Slide(tmp_path / "slide.svs")


def test_an_endless_chain_of_directories_ends(tmp_path: Path) -> None:
    """A TIFF whose directory points to itself is refused like any other that is no slide."""
    (tmp_path / "loop.tif").write_bytes(b"II*\0\x08\0\0\0" + b"\0\0" + b"\x08\0\0\0")
    with pytest.raises(PictureError, match=r"loop\.tif"):
        Slide(tmp_path / "loop.tif")


def test_no_file_is_named(tmp_path: Path) -> None:
    """A slide that is not there is named, and so is a folder in its place."""
    for path in (tmp_path / "none.svs", tmp_path):
        with pytest.raises(PictureError, match="no such slide"):
            Slide(path)


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says of a file that it does not open is passed on."""

    def denied(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "slide.svs").write_bytes(b"unreadable")
    monkeypatch.setattr(Path, "open", denied)
    with pytest.raises(PictureError, match=r"slide\.svs: Permission denied"):
        Slide(tmp_path / "slide.svs")


@pytest.mark.parametrize(("package", "name"), [("openslide", "slide.svs"), ("pyvips", "slide.png")])
def test_a_missing_library_tells_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, name: str
) -> None:
    """Without its library a slide is a fault with the command that brings it."""
    Image.fromarray(pixels()).save(tmp_path / name, format="PNG")
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(PictureError) as caught:
        Slide(tmp_path / name)
    assert str(tmp_path / name) in caught.value.message
    assert "pip install 'vqa-eval[slides]'" == caught.value.hint
