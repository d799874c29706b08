"""What no picture may be, and how a bad one is named."""

from typing import NoReturn

from vqa_eval.errors import DataError, PictureError

MAX_PIXELS = 100_000_000
"""More than this in one picture is refused before it is decoded: a small file can unpack to any size."""

MAX_VOXELS = 4_000_000_000
"""More than this over all frames or slices is refused before one is read: 2,000 CT slices are 500 million."""

FORMATS = ("PNG", "JPEG", "TIFF", "BMP", "GIF", "WEBP")
"""Only these: pillow also knows formats that start other programs (EPS starts Ghostscript)."""

DAMAGED = "it may be damaged: copy it again from where it came from"
"""What to do about bytes that are not what their header says."""


class Undecodable(Exception):  # noqa: N818 - what a picture is, not what a program did
    """Why stored bytes cannot become a picture, with the hint that says what to do; `refuse` names the file."""

    def __init__(self, message: str, hint: str) -> None:
        super().__init__(message)
        self.hint = hint


def is_dicom(data: bytes) -> bool:
    """Tell whether the bytes bear DICOM's magic."""
    return data[128:132] == b"DICM"


def is_volume(data: bytes) -> bool:
    """Tell whether the bytes bear the magic of NIfTI (1 or 2, one file or a pair), or of gzip."""
    return data[344:348] in {b"n+1\0", b"ni1\0"} or data[4:8] in {b"n+2\0", b"ni2\0"} or data[:2] == b"\x1f\x8b"


def bound(size: tuple[int, int], name: str, frames: int = 1) -> None:
    """Raise PictureError where a picture, or all its frames together, have more pixels than allowed."""
    if size[0] * size[1] > MAX_PIXELS:
        raise PictureError(
            f"{name}: {by(size)} pixels are more than the {MAX_PIXELS:,} that one picture may have",
            "cut the picture into parts, or store it smaller",
        )
    if size[0] * size[1] * frames > MAX_VOXELS:
        raise PictureError(
            f"{name}: {by(size)} pixels in {frames:,} frames are more than the {MAX_VOXELS:,} that one file may have",
            "split the file into parts",
        )


def by(size: tuple[int, ...]) -> str:
    """Return "512 x 512"."""
    return " x ".join(map(str, size))


def no_frame(frame: int, frames: int, name: str) -> NoReturn:
    """Say that a frame beyond the last one was asked for."""
    raise PictureError(f"{name}: frame {frame} asked for, but it holds {frames} (counted from 0)")


def refuse(name: str, data: bytes, error: Exception) -> NoReturn:
    """Say that bytes cannot be decoded, and what was found; on bad bytes decoders raise any kind of error."""
    from PIL import UnidentifiedImageError

    if isinstance(error, (PictureError, DataError)):
        raise error
    start = "are DICOM" if is_dicom(data) else f"start with {data[:8]!r}"
    why = " ".join(str(error).split())[:240] or type(error).__name__
    hint = error.hint if isinstance(error, Undecodable) else ""
    if isinstance(error, UnidentifiedImageError):
        why = f"neither DICOM nor one of {', '.join(FORMATS)}"
        if is_volume(data):
            hint = "a volume is cut when it is added: say `image: {volume: COLUMN}` in the task file"
    raise PictureError(f"{name}: cannot be decoded, its {len(data):,} bytes {start}: {why}", hint) from error
