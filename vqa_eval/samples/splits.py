"""Rows that belong to a split without saying so themselves: listed in a file beside the table, or drawn here."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.records import SplitSpec


def listed_ids(spec: SplitSpec, folder: Path) -> set[str]:
    """Return the ids of the file that the split names; DataError where it is not there or no JSON."""
    path = folder / spec.ids
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(document, (list, dict)):
            raise TypeError(type(document))
        return {str(entry) for entry in document}
    except OSError as error:
        raise DataError(
            f"{path}: {error.strerror}: it lists the rows of split {spec.name!r}", "put it beside the table"
        ) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise DataError(f"{path}: no JSON list of ids", "give the file as it was published") from error


def drawn_ids(spec: SplitSpec, rows: Iterable[tuple[str, tuple[str, ...]]]) -> set[str]:
    """Return the ids that are drawn into the split, of rows given as id and stratum.

    Of every stratum the same share, to the nearest whole row (half a row is one): those whose sha256 of "SEED/ID"
    come first, so that everybody draws the same ones, whatever the order of the rows.
    """
    strata: dict[tuple[str, ...], set[str]] = {}
    for identity, stratum in rows:
        strata.setdefault(stratum, set()).add(identity)
    drawn: set[str] = set()
    for identities in strata.values():
        order = sorted(identities, key=lambda identity: hashlib.sha256(f"{spec.seed}/{identity}".encode()).digest())
        drawn.update(order[: int(len(order) * (spec.draw or 0.0) + 0.5)])
    return drawn
