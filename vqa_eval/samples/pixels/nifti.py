"""Volumes in NIfTI files, compressed or not: the header is judged first, then slabs are read one by one."""

import gzip
import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from vqa_eval.errors import PictureError
from vqa_eval.samples.pixels.limits import DAMAGED, MAX_VOXELS, bound, by
from vqa_eval.samples.pixels.windows import Window, between

_HEAD = 540
"""The longer of the two headers, NIfTI-2's."""
_MOST_BEFORE = 16_000_000
"""Bytes that may stand between header and voxels: notes, which are read as a whole."""
_MOST_SQUEEZED = 1_032
"""How many times smaller gzip can make a file at most. Source: zlib.net/zlib_tech.html."""


class NiftiVolume:
    """One volume of a NIfTI file that stays open while slabs are read."""

    inverted = False
    uneven = ""

    def __init__(self, image: Any, time: int) -> None:
        """Take an opened nibabel image, whose voxels are not read yet."""
        self._voxels = image.dataobj
        self._time = (time,) if len(image.shape) > 3 else ()
        self.shape: tuple[int, int, int] = image.shape[:3]
        self.affine = image.affine
        low, high = float(image.header["cal_min"]), float(image.header["cal_max"])
        self.window: Window | None = between(low, high) if math.isfinite(high - low) and high > low else None

    def slab(self, index: int) -> Any:
        """Return one slab in the file's units; only its bytes are read (of .gz: all before it are passed over)."""
        return self._voxels[(slice(None), slice(None), index, *self._time)]


@contextmanager
def opened_nifti(path: Path, time: int, name: str) -> Iterator[NiftiVolume]:
    """Open a file, refuse what its header makes too large, unclear or false, and close it in the end."""
    import nibabel

    with path.open("rb") as raw:
        squeezed = raw.read(2) == b"\x1f\x8b"
        raw.seek(0)
        # A file that stays open is read forwards through all its slabs; nibabel alone would start anew for each.
        stream: Any = gzip.GzipFile(fileobj=raw) if squeezed else raw
        header = _header(stream, name)
        shape = tuple(int(length) for length in header.get_data_shape())
        _judge(header, shape, time, name)
        needed = int(header["vox_offset"]) + math.prod(shape) * int(header["bitpix"]) // 8
        there = path.stat().st_size
        if needed > there * (_MOST_SQUEEZED if squeezed else 1):
            raise PictureError(
                f"{name}: its header says {needed:,} bytes, which {there:,} cannot hold",
                DAMAGED,
            )
        stream.seek(0)
        kind = nibabel.Nifti2Image if len(header.binaryblock) == _HEAD else nibabel.Nifti1Image
        yield NiftiVolume(kind.from_stream(stream), time)


def _header(stream: BinaryIO, name: str) -> Any:
    """Read the fixed part of the header alone: what may follow has a length of its own that is not yet judged."""
    import nibabel

    head = stream.read(_HEAD)
    for magic, kind, length in (
        (head[344:348], nibabel.Nifti1Header, 348),
        (head[4:8], nibabel.Nifti2Header, _HEAD),
    ):
        if magic in {b"n+1\0", b"n+2\0"}:
            return kind(head[:length])
    raise PictureError(
        f"{name}: neither a NIfTI file nor a folder of DICOM slices; it starts with {head[:8]!r}",
        "give a .nii or .nii.gz file that holds header and voxels, or the folder of one series",
    )


def _judge(header: Any, shape: tuple[int, ...], time: int, name: str) -> None:
    if len(shape) < 3 or any(length > 1 for length in shape[4:]):
        raise PictureError(f"{name}: a volume has 3 or 4 axes; this is of {by(shape)} voxels")
    times = shape[3] if len(shape) > 3 else 1
    if min(shape) < 1 or math.prod(shape) > MAX_VOXELS:
        raise PictureError(
            f"{name}: {by(shape)} voxels; from 1 to {MAX_VOXELS:,} are read", "split the file, or store it coarser"
        )
    bound((shape[0], shape[1]), name)
    if not 0 <= time < times:
        raise PictureError(f"{name}: volume {time} asked for, but it holds {times} (counted from 0)")
    if header.get_data_dtype().kind not in "iuf":
        raise PictureError(f"{name}: voxels of the kind {header.get_data_dtype()} are not shown")
    if not 0 <= header["vox_offset"] <= _MOST_BEFORE:
        raise PictureError(f"{name}: {header['vox_offset']:,.0f} bytes before its voxels are too many")
    if header["sform_code"] <= 0 and header["qform_code"] <= 0:
        raise PictureError(
            f"{name}: it does not say how the patient lies in it, so that right and left are not known",
            "store it with its affine: nibabel.Nifti1Image(voxels, affine)",
        )
