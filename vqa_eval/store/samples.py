"""The samples of a run, kept once, in its order."""

import sqlite3
from collections.abc import Iterable, Iterator

from vqa_eval.errors import StoreError
from vqa_eval.records import Kind, Sample
from vqa_eval.records.codec import sample_from, to_text
from vqa_eval.store.base import Base


class KeptSamples(Base):
    """What was asked about."""

    def put_samples(self, samples: Iterable[Sample]) -> int:
        """Keep the run's samples, once, in one transaction; return how many the run has."""
        return self.put_texts((sample.id, to_text(sample)) for sample in samples)

    def put_texts(self, samples: Iterable[tuple[str, str]]) -> int:
        """Do what `put_samples` does with the samples given as (id, what `records.codec` writes of them)."""
        if not self._scalar("SELECT COUNT(*) FROM samples"):
            try:
                with self._base:
                    self._base.executemany("INSERT INTO samples (id, body) VALUES (?, ?)", samples)
                    self._base.execute("INSERT INTO due SELECT 'plain', id, '' FROM samples")
            except sqlite3.IntegrityError as error:
                raise StoreError(
                    "two prepared tables hold a sample of one id", "see: vqa-eval data list; remove one of them"
                ) from error
        return self.size()

    def size(self) -> int:
        """Return the number of samples."""
        return self._scalar("SELECT COUNT(*) FROM samples")

    def samples(self, light: bool = False) -> Iterator[Sample]:
        """Yield every sample in the order of the run; `light` ones lack question, context and pictures."""
        for (body,) in self._base.execute("SELECT body FROM samples ORDER BY position"):
            yield sample_from(body, light)

    def ids(self) -> list[str]:
        """Return the ids of all samples in the order of the run."""
        return [sample for (sample,) in self._base.execute("SELECT id FROM samples ORDER BY position")]

    def sample(self, sample: str) -> Sample:
        """Return one sample; StoreError where the run does not have it."""
        found = self._base.execute("SELECT body FROM samples WHERE id = ?", (sample,)).fetchone()
        if found is None:
            raise StoreError(f"{self.folder}: no sample {sample!r}", f"some of its ids: vqa-eval answers {self.folder}")
        return sample_from(found[0])

    def has_kind(self, kind: Kind) -> bool:
        """Return whether the run has samples of a kind."""
        # As in without_picture: the pattern meets nothing but the field itself.
        return bool(self._scalar("SELECT EXISTS (SELECT 1 FROM samples WHERE body LIKE ?)", f'%"kind":"{kind}"%'))

    def without_picture(self) -> Iterator[Sample]:
        """Yield the samples that name a picture of which no bytes are stored."""
        # Inside a text the quotes would be escaped, so the pattern meets nothing but the field itself.
        for (body,) in self._base.execute("SELECT body FROM samples WHERE body LIKE '%\"digest\":null%'"):
            yield sample_from(body)
