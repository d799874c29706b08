"""What was made of a run's replies: answers and scores, derived, and replaced in one transaction."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from vqa_eval.records import PLAIN, Answer, Reply, Score, Variant
from vqa_eval.records.codec import fault_from, mark_from

RULES = "rules"
"""The reader that is ours; others read the same replies as other harnesses do."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Where marks stand: whose replies, to which variant, read by whom."""

    row: int
    variant: Variant = PLAIN
    reader: str = RULES

    @property
    def key(self) -> tuple[int, str, str]:
        """The first columns of the table's key."""
        return self.row, self.variant.name, self.reader


class Marks:
    """Answers and scores of a run."""

    def __init__(self, base: sqlite3.Connection) -> None:
        """Read and write in an open run; `RunStore.marks` is this."""
        self._base = base

    @property
    def marked_by(self) -> str:
        """Versions of the rules and metrics that made the answers and scores.

        Empty before the first marking, and while only some of the readings are made again.
        """
        found = self._base.execute("SELECT value FROM about WHERE key = 'marked by'").fetchone()
        return found[0] if found else ""

    def unmarked(self) -> int:
        """Return how many replies have not been read into an answer yet."""
        found = self._base.execute(
            "SELECT COUNT(*) FROM asks JOIN replies USING (key) JOIN samples ON samples.id = asks.sample"
            " LEFT JOIN marks ON marks.row = asks.row AND marks.variant = asks.variant AND marks.reader = ?"
            " AND marks.position = samples.position WHERE fault IS NULL AND marks.body IS NULL",
            (RULES,),
        )
        return int(found.fetchone()[0])

    @property
    def marked_with(self) -> dict[str, list[str]]:
        """Profiles and metrics that were asked for beside the usual ones; empty before the first marking."""
        found = self._base.execute("SELECT value FROM about WHERE key = 'marked with'").fetchone()
        return dict(json.loads(found[0])) if found else {}

    def signed(self, versions: str, asked: dict[str, list[str]]) -> None:
        """Note the versions of the rules and metrics that made the marks, and what was asked for."""
        noted = [("marked by", versions), ("marked with", json.dumps(asked))]
        with self._base:
            self._base.executemany("INSERT OR REPLACE INTO about VALUES (?, ?)", noted)

    def put(self, at: Reading, marks: Iterable[tuple[int, str]]) -> None:
        """Replace every mark of one reading in one transaction; until `signed` the marks are then of no known rules.

        A mark is the position of its sample in the run and `records.codec.mark_text` of answer and scores.
        """
        with self._base:
            self._base.execute("DELETE FROM about WHERE key = 'marked by'")
            self._base.execute("DELETE FROM marks WHERE row = ? AND variant = ? AND reader = ?", at.key)
            self._base.executemany(
                "INSERT INTO marks VALUES (?, ?, ?, ?, ?)", ((*at.key, position, body) for position, body in marks)
            )

    def readers(self) -> list[str]:
        """Return the readers that have read replies of this run, ours first."""
        found = {reader for (reader,) in self._base.execute("SELECT DISTINCT reader FROM marks")}
        return [RULES, *sorted(found - {RULES})]

    def forget(self, readers: Iterable[str]) -> None:
        """Delete what some readers made of the replies."""
        with self._base:
            for reader in list(readers):
                self._base.execute("DELETE FROM marks WHERE reader = ?", (reader,))

    def judged(self, at: Reading) -> Iterator[tuple[Answer | None, tuple[Score, ...]]]:
        """Yield (answer, scores) of every sample of the run of one reading, in the order of the run.

        Samples without a reply give (None, ()).
        """
        found = self._base.execute(
            "SELECT id, marks.body FROM samples LEFT JOIN marks ON marks.position = samples.position"
            " AND marks.row = ? AND marks.variant = ? AND marks.reader = ? ORDER BY samples.position",
            at.key,
        )
        for identity, body in found:
            yield mark_from(identity, body) if body else (None, ())

    def parts(self, row: int) -> Iterator[tuple[int, str, tuple[Answer, ...]]]:
        """Yield (position, sample as text, answers to its parts) of the samples that are asked in parts.

        In the order of the run; a sample that lacks the answer to a part is left out.
        """
        found = self._base.execute(
            "SELECT samples.position, samples.body, samples.id, marks.body FROM due JOIN samples"
            " ON samples.id = due.sample LEFT JOIN marks ON marks.row = ? AND marks.variant = due.variant"
            " AND marks.reader = ? AND marks.position = samples.position"
            " WHERE due.variant GLOB 'patch-*' ORDER BY samples.position",
            (row, RULES),
        )
        for (position, sample, identity), group in groupby(found, key=lambda entry: entry[:3]):
            bodies = [body for *_, body in group]
            if all(bodies):
                yield position, sample, tuple(mark_from(identity, body)[0] for body in bodies)

    def verdict(self, at: Reading, sample: str) -> tuple[Reply | None, Answer | None, tuple[Score, ...]]:
        """Return what was said to one sample, how it was read, and what that is worth.

        What was asked in parts has no reply of its own, and its answer is what the parts' answers make together.
        """
        found = self._base.execute(
            "SELECT replies.key, text, finish, prompt_tokens, reply_tokens, seconds, fault, logprobs, marks.body"
            " FROM samples LEFT JOIN asks ON asks.row = ?1 AND asks.variant = ?2 AND asks.sample = samples.id"
            " LEFT JOIN replies ON replies.key = asks.key"
            " LEFT JOIN marks ON marks.row = ?1 AND marks.variant = ?2 AND marks.reader = ?3"
            " AND marks.position = samples.position WHERE samples.id = ?4",
            (*at.key, sample),
        ).fetchone()
        if found is None:
            return None, None, ()
        key, text, finish, asked, said, seconds, fault, logprobs, body = found
        if key is None:
            return (None, *mark_from(sample, body)) if body else (None, None, ())
        shares = tuple(json.loads(logprobs)) if logprobs else ()
        reply = Reply(key, text, finish, asked, said, seconds, fault_from(fault) if fault else None, shares)
        return (reply, *mark_from(sample, body)) if body else (reply, None, ())
