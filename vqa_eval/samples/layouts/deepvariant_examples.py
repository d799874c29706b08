"""DeepVariant's candidate variants as pileup pictures: what make_examples writes in training mode.

Read from every shard NAME.tfrecord-00000-of-00004.gz (or plain) of a folder.  The features are those of DeepVariant's
sources: image/encoded (raw bytes), image/shape, label (copies of the alternate allele), variant_type (1 SNP, 2
indel), locus ("chr20:3000064-3000064") and alt_allele_indices/encoded.

By MultiMedBench (Med-PaLM M, arXiv 2307.14334, A.1.2) the examples are those of v1.3.0, of shape (100, 221, 6), for
HG002 on chr20:3000001-9444417; channels 1 to 3 are stacked over channels 4 to 6, and the picture is padded to 224 x
224.  Where it is padded is not stated: here black is added evenly on both sides.  An example elsewhere on the genome
is for training and is left out.
"""

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import TypeVar

from vqa_eval.errors import DataError
from vqa_eval.samples.tables.reading import Row
from vqa_eval.samples.tables.shards import missing_shards
from vqa_eval.samples.tables.tfrecords import Features, read_examples

FILES = ("*.tfrecord*",)

REGION = ("chr20", 3_000_001, 9_444_417)
"""Contig, first and last base that are asked."""

SHAPE = (100, 221, 6)
SIDE = 224

_T = TypeVar("_T")
_LOCUS = re.compile(r"(?P<contig>\S+):(?P<first>\d+)(?:-(?P<last>\d+))?")


def rows(folder: Path) -> Iterator[Row]:
    """Yield a row for each candidate of the region: id, locus, copies, variant_type and picture (PNG bytes)."""
    count = 0
    elsewhere = ""
    for path in shards(folder):
        for number, features in enumerate(read_examples(path), start=1):
            place = f"{path.name}, record {number}"
            locus = _one(features, "locus", bytes, place).decode("utf-8", "replace")
            if not _within(locus, place):
                elsewhere = elsewhere or locus
                continue
            count += 1
            yield Row(_cells(features, locus, place), place)
    if not count:
        contig, first, last = REGION
        raise DataError(
            f"{folder}: no example in {contig}:{first}-{last}"
            + (f"; the first lies at {elsewhere}" if elsewhere else ""),
            "make examples of that region, on GRCh38 with contigs named chr20",
        )


def shards(folder: Path) -> list[Path]:
    """Return the files of examples in order; DataError where a shard of a set is missing."""
    found = sorted(
        path
        for path in folder.glob("*.tfrecord*")
        if path.is_file() and not path.name.startswith("gvcf") and not path.name.endswith(".json")
    )
    if missing := missing_shards(path.name for path in found):
        raise DataError(f"{folder}: no shard {missing[0]}", "put every shard of make_examples there")
    return found


def _within(locus: str, place: str) -> bool:
    """Whether a candidate starts in the region; loci count bases from 1."""
    found = _LOCUS.fullmatch(locus)
    if found is None:
        raise DataError(f"{place}: locus {locus!r} is none such as chr20:3000064-3000064", "give make_examples' files")
    contig, first, last = REGION
    return found["contig"] == contig and first <= int(found["first"]) <= last


def _cells(features: Features, locus: str, place: str) -> dict[str, object]:
    if "label" not in features:
        raise DataError(f"{place}: no feature 'label'", "run make_examples in training mode, with the truth set")
    label = _one(features, "label", int, place)
    if label not in {0, 1, 2}:
        raise DataError(f"{place}: label {label} is none of 0, 1, 2", "give the examples of DeepVariant's own labels")
    shape = tuple(features.get("image/shape", ()))
    if shape != SHAPE:
        raise DataError(f"{place}: a picture of {shape}, not {SHAPE}", "make the examples with DeepVariant v1.3.0")
    alleles = _one(features, "alt_allele_indices/encoded", bytes, place)
    return {
        # Of a site with several alternate alleles there is an example for each, and for each pair.
        "id": f"{locus}/{alleles.hex()}",
        "locus": locus,
        "copies": str(label),
        "variant_type": str(_one(features, "variant_type", int, place)),
        "picture": pileup_picture(_one(features, "image/encoded", bytes, place), place),
    }


def _one(features: Features, name: str, kind: type[_T], place: str) -> _T:
    values = features.get(name, ())
    if len(values) != 1 or not isinstance(values[0], kind):
        raise DataError(f"{place}: feature {name!r} does not hold one value", "give the files of make_examples")
    return values[0]


def pileup_picture(data: bytes, place: str) -> bytes:
    """Return the PNG that a model is shown: two pileups of three channels, one over the other, in a black square."""
    import numpy as np
    from PIL import Image

    height, width, channels = SHAPE
    if len(data) != height * width * channels:
        raise DataError(f"{place}: a picture of {len(data):,} bytes, not of {SHAPE}", "fetch or make the file again")
    pileup = np.frombuffer(data, np.uint8).reshape(SHAPE)
    stacked = np.concatenate((pileup[..., :3], pileup[..., 3:]))
    top, left = (SIDE - 2 * height) // 2, (SIDE - width) // 2
    shown = Image.new("RGB", (SIDE, SIDE))
    shown.paste(Image.fromarray(stacked), (left, top))
    file = BytesIO()
    shown.save(file, "PNG")
    return file.getvalue()
