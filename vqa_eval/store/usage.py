"""What the replies of a run used: tokens and seconds, summed where they are told, counted where they are not."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Usage:
    """What some replies used."""

    replies: int = 0
    """Replies in all, faults not among them; one that several samples share counts once."""
    told: int = 0
    """Replies whose prompt and reply tokens are both known: the sums are theirs alone."""
    prompt_tokens: int = 0
    reply_tokens: int = 0
    batch_prompt_tokens: int = 0
    """Of these, what came through a batch API, which charges less."""
    batch_reply_tokens: int = 0
    seconds: float = 0.0
    """Seconds that replies took one by one, of those that tell it; many are under way at once."""

    @property
    def untold(self) -> int:
        """Replies that tell no usage."""
        return self.replies - self.told


class Used(NamedTuple):
    """What one sample used in one variant of one row."""

    row: int
    variant: str
    sample: str
    shares: str
    """Sample whose reply this one shares, the very same question asked once; empty where it has its own."""
    prompt_tokens: int | None
    reply_tokens: int | None
    seconds: float | None
    batched: bool
    """Whether it came through a batch API."""


class KeptUsage:
    """Sums over the replies of an open run."""

    def __init__(self, base: sqlite3.Connection) -> None:
        """Read in an open run; `RunStore.usage` is this."""
        self._base = base

    def of_row(self, row: int) -> Usage:
        """Return what all variants of a row used."""
        return Usage(*self._base.execute(_OF_ROW, (row,)).fetchone())

    def each(self, model: str) -> Iterator[tuple[int | None, int | None, bool]]:
        """Yield (prompt tokens, reply tokens, whether it was batched) of each reply to a model, once."""
        found = self._base.execute(
            "SELECT prompt_tokens, reply_tokens, batched FROM replies WHERE fault IS NULL AND"
            " key IN (SELECT key FROM asks WHERE row IN (SELECT number FROM rows WHERE model = ?))",
            (model,),
        )
        return ((asked, said, bool(batched)) for asked, said, batched in found)

    def of_samples(self) -> Iterator[Used]:
        """Yield what every sample used that has a reply: row by row, in the order of the run."""
        yield from map(
            Used._make,
            self._base.execute(
                "SELECT row, variant, sample, CASE WHEN first = sample THEN '' ELSE first END,"
                " prompt_tokens, reply_tokens, seconds, batched FROM ("
                " SELECT row, variant, sample, key, position, prompt_tokens, reply_tokens, seconds, batched,"
                " FIRST_VALUE(sample) OVER (PARTITION BY row, variant, key ORDER BY position) AS first"
                " FROM asks JOIN replies USING (key) JOIN samples ON samples.id = asks.sample WHERE fault IS NULL)"
                " ORDER BY row, variant = 'plain' DESC, variant, position"
            ),
        )


_OF_ROW = """
    SELECT COUNT(*), COALESCE(SUM(told), 0), COALESCE(SUM(told * prompt_tokens), 0),
           COALESCE(SUM(told * reply_tokens), 0), COALESCE(SUM(told * batched * prompt_tokens), 0),
           COALESCE(SUM(told * batched * reply_tokens), 0), COALESCE(SUM(seconds), 0.0)
    FROM (SELECT prompt_tokens, reply_tokens, seconds, batched,
                 prompt_tokens IS NOT NULL AND reply_tokens IS NOT NULL AS told
          FROM (SELECT DISTINCT key FROM asks WHERE row = ?) JOIN replies USING (key) WHERE fault IS NULL)
"""
