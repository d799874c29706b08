"""Stored frames of DICOM are unpacked: which decoder does it, and whether they are what the header says."""

import math
from typing import Any

from vqa_eval.samples.pixels.limits import DAMAGED, Undecodable, by

_ORDER = ("pillow", "pyjpegls", "pydicom", "pylibjpeg")
"""pydicom would take the decoders by their names; with one order, installing another changes no pixel.

gdcm is not among them: a damaged frame can end the whole process in it (1 of 4,000 that were tried).
"""

_OTHER_JPEG = ("pylibjpeg", "pip install pylibjpeg pylibjpeg-libjpeg (the latter under the GPL)")
_JPEG_LS = ("pyjpegls", "pip install pyjpegls")
_JPEG_2000 = ("pylibjpeg", "pip install pylibjpeg pylibjpeg-openjpeg")
_NEEDS = {
    "1.2.840.10008.1.2.4.51": _OTHER_JPEG,
    "1.2.840.10008.1.2.4.57": _OTHER_JPEG,
    "1.2.840.10008.1.2.4.70": _OTHER_JPEG,
    "1.2.840.10008.1.2.4.80": _JPEG_LS,
    "1.2.840.10008.1.2.4.81": _JPEG_LS,
    "1.2.840.10008.1.2.4.90": _JPEG_2000,
    "1.2.840.10008.1.2.4.91": _JPEG_2000,
    "1.2.840.10008.1.2.4.201": _JPEG_2000,
    "1.2.840.10008.1.2.4.202": _JPEG_2000,
    "1.2.840.10008.1.2.4.203": _JPEG_2000,
}
"""Which decoder reads what pillow cannot, and what brings it: pillow has JPEG of 8 bits, and most of JPEG 2000."""

_RLE = "1.2.840.10008.1.2.5"
_CONVERT = "convert it with another program, for example to JPEG 2000 or uncompressed"


def unpack(dataset: Any, index: int) -> Any:
    """Return one frame as pydicom unpacks it, YBR as RGB; Undecodable says what is missing and what to do.

    Whatever a frame's own header claims beyond rows and columns is refused before anything is unpacked.
    """
    from pydicom import pixels
    from pydicom.pixels import get_decoder

    syntax = dataset.file_meta.TransferSyntaxUID
    try:
        decoder = get_decoder(syntax)
    except NotImplementedError:
        raise Undecodable(f"its pixels are stored as {syntax.name}, which nothing here unpacks", _CONVERT) from None
    if not syntax.is_encapsulated:
        _whole(dataset)
        return pixels.pixel_array(dataset, index=index)
    reader, bring = _NEEDS.get(str(syntax), ("", DAMAGED))
    bring = DAMAGED if reader in decoder.available_plugins else bring
    plugins = [plugin for plugin in _ORDER if plugin in decoder.available_plugins]
    if not plugins:
        raise Undecodable(f"its pixels are stored as {syntax.name}, and what unpacks these is missing", bring)
    if str(syntax) != _RLE:
        _as_large_as_said(dataset, index)
    told = []
    for plugin in plugins:
        try:
            # One frame only: the others of a long series are never unpacked.
            return pixels.pixel_array(dataset, index=index, decoding_plugin=plugin)
        except Exception as error:  # decoders raise any kind of error on bad bytes
            told.append(str(error).rpartition("plugins:")[2].strip())
    raise Undecodable(f"{syntax.name}: {'; '.join(told)}", bring)


def codestream_size(frame: bytes) -> tuple[int, int] | None:
    """Return the columns and rows that a JPEG, JPEG-LS or JPEG 2000 stream declares; None where it declares none.

    Sources: ISO/IEC 10918-1, B.2.2 (frame header) and 14495-1, C.2.2 (SOF55); ISO/IEC 15444-1, A.5.1 (SIZ).
    """
    if frame[:2] != b"\xff\xd8":
        start = _codestream_start(frame)
        if frame[start : start + 4] != b"\xff\x4f\xff\x51" or len(frame) < start + 24:
            return None
        right, bottom, left, top = (int.from_bytes(frame[at : at + 4]) for at in range(start + 8, start + 24, 4))
        return right - left, bottom - top
    at = 2
    while at + 9 <= len(frame):
        if frame[at] != 0xFF:
            return None
        marker = frame[at + 1]
        if marker in _FRAME_HEADERS:
            return int.from_bytes(frame[at + 7 : at + 9]), int.from_bytes(frame[at + 5 : at + 7])
        # A marker may stand after any number of fill bytes, and some markers have no body.
        at += 1 if marker == 0xFF else 2 if marker in _BARE else 2 + int.from_bytes(frame[at + 2 : at + 4])
    return None


def _codestream_start(frame: bytes) -> int:
    """Return where a JPEG 2000 stream starts: at once, or in a box of a JP2 file, which does not belong in DICOM.

    Boxes that lead nowhere end the search; pydicom would look at one of length 0 for ever.
    """
    if frame[4:8] != b"jP  ":
        return 0
    at = 0
    while at + 8 <= len(frame) and frame[at + 4 : at + 8] != b"jp2c":
        length = int.from_bytes(frame[at : at + 4])
        at += length if length >= 8 else len(frame)
    return at + 8


_FRAME_HEADERS = {*range(0xC0, 0xD0), 0xF7} - {0xC4, 0xC8, 0xCC}
"""The markers whose body tells the size; C4, C8 and CC in their midst are tables."""
_BARE = {0x01, *range(0xD0, 0xDA)}


def _as_large_as_said(dataset: Any, index: int) -> None:
    from pydicom.encaps import get_frame

    offsets = None
    if "ExtendedOffsetTable" in dataset and "ExtendedOffsetTableLengths" in dataset:
        offsets = (dataset.ExtendedOffsetTable, dataset.ExtendedOffsetTableLengths)
    frames = int(dataset.get("NumberOfFrames") or 1)
    found = codestream_size(
        get_frame(dataset.PixelData, index, number_of_frames=frames, extended_offsets=offsets),
    )
    said = (int(dataset.Columns), int(dataset.Rows))
    if found != said:
        is_what = "has no size" if found is None else f"is of {by(found)} pixels"
        raise Undecodable(f"frame {index} {is_what}, where the header says {by(said)}", DAMAGED)


def _whole(dataset: Any) -> None:
    """Raise Undecodable where fewer bytes of pixels are there than rows, columns and frames need."""
    if "PixelData" not in dataset:
        return
    samples = int(dataset.get("SamplesPerPixel") or 1)
    bits = int(dataset.Rows) * int(dataset.Columns) * samples * int(dataset.BitsAllocated)
    if dataset.PhotometricInterpretation == "YBR_FULL_422":
        bits = bits // 3 * 2
    needed, there = math.ceil(bits * int(dataset.get("NumberOfFrames") or 1) / 8), len(dataset.PixelData)
    if there < needed:
        raise Undecodable(f"cut off: {there:,} of {needed:,} bytes of pixels are there", DAMAGED)
