"""Which samples of a run are put in which variant, and which of them still have no reply."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from vqa_eval.records import PLAIN, Sample, Variant
from vqa_eval.records.codec import sample_from
from vqa_eval.store.samples import KeptSamples


class Due(NamedTuple):
    """One request that is due."""

    sample: Sample
    """As it is kept; the variant says how it is put."""
    donor: Sample | None
    """Sample whose pictures are lent; None but in variants that lend some."""
    variant: Variant
    """The variant that was asked for, or a part of it."""


class DueSamples(KeptSamples):
    """What is still to be asked."""

    def put_due(self, variant: Variant, samples: Iterable[tuple[str, str]]) -> None:
        """Note which samples are put in a variant, as (id, id of the donor of pictures or ""), once."""
        if not self.size_due(variant):
            with self._base:
                self._base.executemany(
                    "INSERT INTO due VALUES (?, ?, ?)", ((variant.name, sample, donor) for sample, donor in samples)
                )

    def put_parts(self, samples: Iterable[tuple[str, int]]) -> None:
        """Note which samples are asked in so many patches instead of in one piece, as (id, patches), once."""
        if self.parts():
            return
        counts = dict(samples)
        parts = [
            (Variant("patch", number).name, sample)
            for sample, count in counts.items()
            for number in range(1, count + 1)
        ]
        with self._base:
            self._base.executemany(
                "DELETE FROM due WHERE variant = 'plain' AND sample = ?", ((sample,) for sample in counts)
            )
            self._base.executemany("INSERT INTO due VALUES (?, ?, '')", parts)
            self._base.execute("INSERT OR REPLACE INTO about VALUES ('parts', ?)", (str(len(parts)),))

    def drop_part(self, part: Variant, sample: str) -> bool:
        """Note that a sample has no such part: its slide has no room for so many patches.

        Return False and note nothing where a row has a reply to that part, which then was there.
        """
        answered = (
            "SELECT COUNT(*) FROM asks JOIN replies USING (key) WHERE variant = ? AND sample = ? AND fault IS NULL"
        )
        with self._lock:
            if self._scalar(answered, part.name, sample):
                return False
            self._base.execute("DELETE FROM due WHERE variant = ? AND sample = ?", (part.name, sample))
            self._base.execute("DELETE FROM asks WHERE variant = ? AND sample = ?", (part.name, sample))
            self._base.commit()
        return True

    def absent_parts(self) -> tuple[int, int]:
        """Return how many parts turned out not to exist, and how many were to be asked."""
        noted = self._base.execute("SELECT value FROM about WHERE key = 'parts'").fetchone()
        asked = int(noted[0]) if noted else 0
        return asked - self._scalar("SELECT COUNT(*) FROM due WHERE variant GLOB 'patch-*'"), asked

    def variants(self) -> list[Variant]:
        """Return the variants in which samples of this run are put, the plain one first; parts are none of them."""
        names = [name for (name,) in self._base.execute("SELECT DISTINCT variant FROM due")]
        found = {PLAIN if variant.is_part else variant for variant in map(Variant.named, names)}
        return sorted(found, key=lambda variant: (variant != PLAIN, variant.kind, variant.number))

    def due(self, variant: Variant) -> set[int]:
        """Return which samples are put in a variant, by their place in the run, counted from 0."""
        found = self._base.execute(
            "SELECT DISTINCT position FROM due JOIN samples ON samples.id = due.sample"
            " WHERE variant IN (SELECT value FROM json_each(?))",
            (self._names(variant),),
        )
        return {position - 1 for (position,) in found}

    def size_due(self, variant: Variant) -> int:
        """Return the number of samples that are put in a variant."""
        query = "SELECT COUNT(DISTINCT sample) FROM due WHERE variant IN (SELECT value FROM json_each(?))"
        return self._scalar(query, self._names(variant))

    def decline(self, row: int, variant: Variant, declined: bool = True) -> None:
        """Note that the row's model cannot be asked in a variant, which is then due no more; or that it can."""
        self._base.execute("DELETE FROM declined WHERE row = ? AND variant = ?", (row, variant.name))
        if declined:
            self._base.execute("INSERT INTO declined VALUES (?, ?)", (row, variant.name))
        self._base.commit()

    def declined(self, row: int, variant: Variant) -> bool:
        """Return whether the row's model cannot be asked in a variant."""
        query = "SELECT COUNT(*) FROM declined WHERE row = ? AND variant = ?"
        return bool(self._scalar(query, row, variant.name))

    def unasked(self, row: int, variant: Variant = PLAIN) -> Iterator[Due]:
        """Yield what is due in a variant where the row has no reply, or only a fault.

        A snapshot, in the run's order; the parts of a sample one after the other.
        """
        if self.declined(row, variant):
            return
        names = self._ways(variant)
        places = {name: place for place, name in enumerate(names)}
        found = self._base.execute(
            f"SELECT position, donor, due.variant {_DUE} JOIN samples ON samples.id = due.sample"
            f" WHERE {_NAMED} AND {_UNASKED}",
            (row, json.dumps(list(names))),
        ).fetchall()
        found.sort(key=lambda one: (one[0], places[one[2]]))
        yield from self._read(found, names)

    def specimens(self, row: int, variant: Variant = PLAIN) -> Iterator[Due]:
        """Yield the first of every shape of what is due and has no reply.

        A shape is what templates can tell samples apart by without reading their texts. Of the parts of a sample
        only the first is there: in words all of them are alike.
        """
        if self.declined(row, variant):
            return
        names = {name: way for name, way in self._ways(variant).items() if not (way.is_part and way.number > 1)}
        found = self._base.execute(
            f"SELECT MIN(position) AS first, donor, due.variant {_DUE} JOIN samples ON samples.id = due.sample"
            f" WHERE {_NAMED} AND {_UNASKED} GROUP BY {_SHAPE} ORDER BY first",
            (row, json.dumps(list(names))),
        )
        yield from self._read(found.fetchall(), names)

    def _ways(self, variant: Variant) -> dict[str, Variant]:
        """Return the variant, and the parts in which the plain question is asked, by their names."""
        return {way.name: way for way in (variant, *(self.parts() if variant == PLAIN else ()))}

    def _read(self, found: Sequence[tuple[int, str, str]], names: Mapping[str, Variant]) -> Iterator[Due]:
        """Yield what stands at (position, donor, name of the variant), reading a batch of samples at once."""
        for start in range(0, len(found), _BATCH):
            batch = found[start : start + _BATCH]
            positions = json.dumps([position for position, *_ in batch])
            query = "SELECT position, body FROM samples WHERE position IN (SELECT value FROM json_each(?))"
            with self._lock:
                texts = dict(self._base.execute(query, (positions,)).fetchall())
                lent = {donor: self.sample(donor) for _, donor, _ in batch if donor}
            for position, donor, name in batch:
                yield Due(sample_from(texts[position]), lent.get(donor), names[name])

    def count_unasked(self, row: int, variant: Variant = PLAIN) -> int:
        """Return how many samples of the row still lack a reply, or one to a part, in a variant that can be asked."""
        if self.declined(row, variant):
            return 0
        query = f"SELECT COUNT(DISTINCT due.sample) {_DUE} WHERE {_NAMED} AND {_UNASKED}"
        return self._scalar(query, row, self._names(variant))

    def requests(self, row: int, variant: Variant = PLAIN) -> tuple[int, int]:
        """Return how many requests of a variant the row has replies to, and how many are due in all."""
        query = f"SELECT COUNT(*), COALESCE(SUM({_UNASKED}), 0) {_DUE} WHERE {_NAMED}"
        due, unasked = self._base.execute(query, (row, self._names(variant))).fetchone()
        return int(due - unasked), int(due)


_BATCH = 100
"""Samples that are read at once."""
_DUE = (
    "FROM due LEFT JOIN asks ON asks.row = ? AND asks.variant = due.variant AND asks.sample = due.sample"
    " LEFT JOIN replies ON replies.key = asks.key"
)
_NAMED = "due.variant IN (SELECT value FROM json_each(?))"
_UNASKED = "(replies.key IS NULL OR replies.fault IS NOT NULL)"
"""What is due to a row, under which names, and which of it has no reply."""
_SHAPE = (
    "json_extract(body, '$.benchmark', '$.kind', '$.multi'), json_array_length(body, '$.options'),"
    " json_array_length(body, '$.images'), json_extract(body, '$.context') = ''"
)
