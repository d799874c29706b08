"""DICOM's lookup tables: of stored values (modality), of what is shown (VOI), and of colours (palette).

pydicom counts positions in a table with the bits of its entries, so that a table of 8 bits cannot hold more than
256 positions; here they are counted apart. Segmented palettes are unfolded by pydicom.
"""

from dataclasses import dataclass
from typing import Any

COLOURS = ("Red", "Green", "Blue")


@dataclass(frozen=True, slots=True)
class Lookup:
    """One table: what stands for each value from `first` on."""

    first: int
    entries: Any
    bits: int

    def of(self, values: Any) -> Any:
        """Return the entry of each value; those outside of the table get its first or last."""
        import numpy as np

        whole = np.floor(values) if values.dtype.kind == "f" else values
        return self.entries[np.clip(whole.astype("int64") - self.first, 0, len(self.entries) - 1)]


def lookup(descriptor: Any, data: Any, *, little_endian: bool) -> Lookup:
    """Read a table; its entries come as bytes or as numbers, whichever way the header was written."""
    import numpy as np

    length, first, bits = (int(number) for number in descriptor)
    length = length or 2**16
    if isinstance(data, bytes):
        # Entries of 8 bits are stored as bytes, one to a byte, or as words; an odd number of bytes is padded.
        deep = len(data) > length + 1
        form = "u1" if not deep else "<u2" if little_endian else ">u2"
        entries = np.frombuffer(data[: min(len(data) // 2, length) * 2 if deep else length], form)
    else:
        entries = np.atleast_1d(np.asarray(data, "int64"))[:length]
    if len(entries) < length:
        raise ValueError(f"a lookup table of {length:,} entries holds {len(entries):,}")
    return Lookup(first, entries, bits)


def colours(frame: Any, dataset: Any, *, little_endian: bool) -> Any:
    """Return the palette's colour of each value as RGB of 8 bits."""
    import numpy as np
    from pydicom import pixels

    if f"{COLOURS[0]}PaletteColorLookupTableData" not in dataset:
        shown = pixels.apply_color_lut(frame, dataset)[..., :3]
        return (shown >> 8 * (shown.itemsize - 1)).astype("uint8")
    red, green, blue = (
        lookup(
            dataset[f"{colour}PaletteColorLookupTableDescriptor"].value,
            dataset[f"{colour}PaletteColorLookupTableData"].value,
            little_endian=little_endian,
        )
        for colour in COLOURS
    )
    entries = np.stack((red.entries, green.entries, blue.entries), axis=-1)
    # Descriptors are often wrong about the bits; 16 of them that all fit into 8 would only show black.
    entries = (entries >> 8 if entries.max() > 255 else entries).astype("uint8")
    return Lookup(red.first, entries, 8).of(frame)
