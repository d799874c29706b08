"""A slide's file, opened so that any part of it can be read alone: OpenSlide's formats, and flat pictures."""

import struct
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from vqa_eval.errors import PictureError
from vqa_eval.samples.pixels.limits import by, is_dicom

MAX_FLAT_PIXELS = 1_000_000_000
"""More than this in one flat picture is refused: while it is open it takes 4 bytes a pixel of the disk."""

_FLAT = frozenset({".jpeg", ".jpg", ".png", ".tif", ".tiff"})
"""Only these may be flat pictures, so that a damaged slide is never taken for one."""

_LOADERS = {
    b"\xff\xd8\xff": "jpegload",
    b"\x89PNG": "pngload",
    b"II*\0": "tiffload",
    b"MM\0*": "tiffload",
    b"II+\0": "tiffload",
    b"MM\0+": "tiffload",
}
"""libvips' loaders by how a file begins; named, because left alone it also tries formats that start programs."""

_EXTRA = "pip install 'vqa-eval[slides]'"
_AGAIN = "fetch the file again"


def open_levels(path: Path, scratch: ExitStack) -> Any:
    """Return the open OpenSlide of a file; it is closed, and what it needed beside the file is gone, with `scratch`.

    A flat picture (JPEG, PNG, TIFF in strips) cannot be read in parts: it is first laid out in tiles, pixel for
    pixel, in a temporary folder.  Raises PictureError naming the file: absent, no slide, cut off, too large.
    """
    try:
        import openslide
    except (ImportError, OSError) as error:  # the latter where the library is there, and what it loads is not
        raise PictureError(f"{path}: slides need OpenSlide: {_EXTRA}", _EXTRA) from error
    if not path.is_file():
        raise PictureError(f"{path}: no such slide", "give the folder that the slides lie in")
    try:
        return scratch.enter_context(openslide.OpenSlide(path))
    except openslide.OpenSlideUnsupportedFormatError:
        folder = Path(scratch.enter_context(tempfile.TemporaryDirectory(prefix="vqa-eval-")))
        return scratch.enter_context(openslide.OpenSlide(_tiled(path, folder)))
    except openslide.OpenSlideError as error:
        raise PictureError(f"{path}: a slide that cannot be opened: {error}", _AGAIN) from error


def _tiled(path: Path, folder: Path) -> Path:
    """Lay a flat picture out as a TIFF with tiles and levels in `folder`; what holds no picture is refused."""
    try:
        with path.open("rb") as file:
            start = file.read(132)
    except OSError as error:
        raise PictureError(f"{path}: {error.strerror}", "make the file readable") from error
    size = path.stat().st_size
    loader = next((name for magic, name in _LOADERS.items() if start.startswith(magic)), "")
    # Before its own header DICOM may bear one of TIFF, which points anywhere.
    if loader == "tiffload" and not is_dicom(start) and (lost := _lost_directory(path, size)):
        raise PictureError(f"{path}: cut off: it ends after {size:,} bytes, and goes on at byte {lost:,}", _AGAIN)
    if not loader or path.suffix.lower() not in _FLAT:
        raise PictureError(
            f"{path}: no slide that OpenSlide reads, its {size:,} bytes start with {start[:8]!r}",
            "give the slide as the scanner wrote it, or as a JPEG, PNG or TIFF",
        )
    try:
        import pyvips
    except (ImportError, OSError) as error:
        raise PictureError(f"{path}: slides that are flat pictures need libvips: {_EXTRA}", _EXTRA) from error
    tiled = folder / "tiled.tif"
    try:
        read: Any = getattr(pyvips.Image, loader)
        picture = read(str(path), fail_on="error", revalidate=True)
        if picture.width * picture.height > MAX_FLAT_PIXELS:
            raise PictureError(
                f"{path}: {by((picture.width, picture.height))} pixels are more than the {MAX_FLAT_PIXELS:,} that "
                "a flat picture may have",
                "store it as a TIFF with tiles and levels",
            )
        upright = not picture.get_typeof("orientation") or picture.get("orientation") == 1
        if upright:  # in one pass, with a few rows in memory; else libvips unpacks it to the disk first
            picture = read(str(path), fail_on="error", revalidate=True, access="sequential")
        picture = picture.autorot().colourspace("srgb")
        if picture.hasalpha():
            picture = picture.flatten(background=255)
        picture.tiffsave(str(tiled), tile=True, tile_width=512, tile_height=512, pyramid=True, bigtiff=True)
    except pyvips.Error as error:
        raise PictureError(f"{path}: cannot be decoded, its {size:,} bytes: {_first_line(error)}", _AGAIN) from error
    return tiled


def _lost_directory(path: Path, size: int) -> int | None:
    """Return at which byte a TIFF says that its next directory stands, where the file has ended before.

    Source: TIFF 6.0 (1992), section 2; BigTIFF as libtiff documents it.
    """
    with path.open("rb") as file:
        order = "<" if file.read(2) == b"II" else ">"
        big = struct.unpack(f"{order}H", file.read(2))[0] == 43
        pointer, count = struct.Struct(order + ("Q" if big else "I")), struct.Struct(order + ("Q" if big else "H"))
        place, entry = (8, 20) if big else (4, 12)
        seen: set[int] = set()
        while place not in seen:
            seen.add(place)
            if place + pointer.size > size:
                return place
            file.seek(place)
            (directory,) = pointer.unpack(file.read(pointer.size))
            if directory == 0:
                return None
            if directory + count.size > size:
                return int(directory)
            file.seek(directory)
            place = directory + count.size + entry * count.unpack(file.read(count.size))[0]
    return None


def _first_line(error: Exception) -> str:
    return str(getattr(error, "detail", "") or error).strip().partition("\n")[0]
