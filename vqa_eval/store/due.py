"""Which samples of a run are put in which variant, and which of them still have no reply."""

from collections.abc import Iterable, Iterator

from vqa_eval.records import PLAIN, Sample, Variant
from vqa_eval.records.codec import sample_from
from vqa_eval.store.samples import KeptSamples


class DueSamples(KeptSamples):
    """What is still to be asked."""

    def put_due(self, variant: Variant, samples: Iterable[tuple[str, str]]) -> None:
        """Note which samples are put in a variant, as (id, id of the donor of pictures or ""), once."""
        if not self.size_due(variant):
            with self._base:
                self._base.executemany(
                    "INSERT INTO due VALUES (?, ?, ?)", ((variant.name, sample, donor) for sample, donor in samples)
                )

    def variants(self) -> list[Variant]:
        """Return the variants in which samples of this run are put, the plain one first."""
        names = [name for (name,) in self._base.execute("SELECT DISTINCT variant FROM due")]
        return sorted(map(Variant.named, names), key=lambda variant: (variant != PLAIN, variant.kind, variant.number))

    def due(self, variant: Variant) -> set[int]:
        """Return which samples are put in a variant, by their place in the run, counted from 0."""
        found = self._base.execute(
            "SELECT position FROM due JOIN samples ON samples.id = due.sample WHERE variant = ?", (variant.name,)
        )
        return {position - 1 for (position,) in found}

    def size_due(self, variant: Variant) -> int:
        """Return the number of samples that are put in a variant."""
        return self._scalar("SELECT COUNT(*) FROM due WHERE variant = ?", variant.name)

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

    def unasked(self, row: int, variant: Variant = PLAIN) -> Iterator[tuple[Sample, Sample | None]]:
        """Yield (sample, its donor of pictures) where the row has no reply, or only a fault.

        A snapshot, in the run's order. The donor is None but in variants that name one.
        """
        if self.declined(row, variant):
            return
        found = self._base.execute(
            "SELECT position, donor FROM due JOIN samples ON samples.id = due.sample"
            " LEFT JOIN asks ON asks.row = ? AND asks.variant = due.variant AND asks.sample = due.sample"
            " LEFT JOIN replies ON replies.key = asks.key"
            " WHERE due.variant = ? AND (replies.key IS NULL OR replies.fault IS NOT NULL) ORDER BY position",
            (row, variant.name),
        ).fetchall()
        for position, donor in found:
            query = "SELECT body FROM samples WHERE position = ?"
            with self._lock:
                (body,) = self._base.execute(query, (position,)).fetchone()
                lent = self.sample(donor) if donor else None
            yield sample_from(body), lent

    def count_unasked(self, row: int, variant: Variant = PLAIN) -> int:
        """Return how many samples of the row still have no reply to a variant that its model can be asked in."""
        if self.declined(row, variant):
            return 0
        return self.size_due(variant) - self._scalar(
            "SELECT COUNT(*) FROM asks JOIN replies ON replies.key = asks.key"
            " WHERE row = ? AND variant = ? AND replies.fault IS NULL",
            row,
            variant.name,
        )
