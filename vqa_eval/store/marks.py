"""What was made of a run's replies: answers and scores, derived, and replaced in one transaction."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator

from vqa_eval.records import Answer, Reply, Score
from vqa_eval.records.codec import answer_from, fault_from, to_text


class Marks:
    """Answers and scores of a run, row by row."""

    def __init__(self, base: sqlite3.Connection) -> None:
        """Read and write in an open run; `RunStore.marks` is this."""
        self._base = base

    @property
    def marked_by(self) -> str:
        """Versions of the rules and metrics that made the answers and scores; empty before the first marking."""
        found = self._base.execute("SELECT value FROM about WHERE key = 'marked by'").fetchone()
        return found[0] if found else ""

    def unmarked(self) -> int:
        """Return how many replies have not been read into an answer yet."""
        found = self._base.execute(
            "SELECT COUNT(*) FROM asks JOIN replies USING (key) LEFT JOIN answers USING (row, sample)"
            " WHERE fault IS NULL AND answer IS NULL"
        )
        return int(found.fetchone()[0])

    def put(self, row: int, marks: Iterable[tuple[str, Answer, Iterable[Score]]], marked_by: str = "") -> None:
        """Replace every answer and score of the row in one transaction; `marked_by` names what made them."""
        with self._base:
            self._base.execute("INSERT OR REPLACE INTO about VALUES ('marked by', ?)", (marked_by,))
            self._base.execute("DELETE FROM answers WHERE row = ?", (row,))
            self._base.execute("DELETE FROM scores WHERE row = ?", (row,))
            for sample, answer, scores in marks:
                self._base.execute("INSERT INTO answers VALUES (?, ?, ?)", (row, sample, to_text(answer)))
                self._base.executemany(
                    "INSERT INTO scores VALUES (?, ?, ?, ?)",
                    ((row, sample, score.metric, score.value) for score in scores),
                )

    def judged(self, row: int) -> Iterator[tuple[Answer | None, tuple[Score, ...]]]:
        """Yield (answer, scores) of every sample of the run under the row, in the order of the run.

        Samples without a reply give (None, ()).
        """
        scores: defaultdict[str, list[Score]] = defaultdict(list)
        for sample, metric, value in self._base.execute(
            "SELECT sample, metric, value FROM scores WHERE row = ? ORDER BY rowid", (row,)
        ):
            scores[sample].append(Score(sample, metric, value))
        found = self._base.execute(
            "SELECT id, answer FROM samples LEFT JOIN answers ON answers.sample = id AND answers.row = ?"
            " ORDER BY position",
            (row,),
        )
        for identity, answer in found:
            yield (answer_from(answer), tuple(scores[identity])) if answer else (None, ())

    def verdict(self, row: int, sample: str) -> tuple[Reply | None, Answer | None]:
        """Return what the row's model said to one sample and how it was read."""
        found = self._base.execute(
            "SELECT replies.key, text, finish, prompt_tokens, reply_tokens, seconds, fault, answer FROM asks"
            " JOIN replies USING (key) LEFT JOIN answers USING (row, sample) WHERE row = ? AND sample = ?",
            (row, sample),
        ).fetchone()
        if found is None:
            return None, None
        key, text, finish, asked, said, seconds, fault, answer = found
        reply = Reply(key, text, finish, asked, said, seconds, fault_from(fault) if fault else None)
        return reply, answer_from(answer) if answer else None

    def scores(self, row: int, sample: str) -> list[tuple[str, float]]:
        """Return (metric, value) of one sample under one row, unscored ones left out."""
        query = "SELECT metric, value FROM scores WHERE row = ? AND sample = ? AND value IS NOT NULL ORDER BY rowid"
        return [(metric, value) for metric, value in self._base.execute(query, (row, sample))]
