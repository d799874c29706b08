"""What no picture may be, and how a bad one is named."""

from typing import NoReturn

from vqa_eval.errors import PictureError

MAX_PIXELS = 100_000_000
"""More than this in one picture is refused before it is decoded: a small file can unpack to any size."""

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
"""Only these: pillow also knows formats that start other programs (EPS starts Ghostscript)."""


def is_dicom(data: bytes) -> bool:
    """Tell whether the bytes bear DICOM's magic."""
    return data[128:132] == b"DICM"


def bound(size: tuple[int, int], name: str) -> None:
    """Raise PictureError where a picture has more pixels than one may have."""
    if size[0] * size[1] > MAX_PIXELS:
        raise PictureError(
            f"{name}: {by(size)} pixels are more than the {MAX_PIXELS:,} that one picture may have",
            "cut the picture into parts, or store it smaller",
        )


def by(size: tuple[int, int]) -> str:
    """Return "512 x 512"."""
    return f"{size[0]} x {size[1]}"


def no_frame(frame: int, frames: int, name: str) -> NoReturn:
    """Say that a frame beyond the last one was asked for."""
    raise PictureError(f"{name}: frame {frame} asked for, but it holds {frames} (counted from 0)")


def refuse(name: str, data: bytes, error: Exception) -> NoReturn:
    """Say that bytes cannot be decoded, and what was found; on bad bytes decoders raise any kind of error."""
    from PIL import UnidentifiedImageError

    if isinstance(error, PictureError):
        raise error
    start = "are DICOM" if is_dicom(data) else f"start with {data[:8]!r}"
    why = " ".join(str(error).split())[:240] or type(error).__name__
    if isinstance(error, UnidentifiedImageError):
        why = f"neither DICOM nor one of {', '.join(FORMATS)}"
    raise PictureError(f"{name}: cannot be decoded, its {len(data):,} bytes {start}: {why}") from error
