"""The replies of a run: appended, keyed by content, durable before they are counted; only a fault gives way."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import NamedTuple

from vqa_eval.records import PLAIN, Fault, Reply, Sample, Variant
from vqa_eval.records.codec import fault_from, sample_from, to_text
from vqa_eval.store.base import Base


class Said(NamedTuple):
    """One reply with its sample, as they are stored: quick to hand to another process."""

    position: int
    """Of the sample in the run."""
    sample: str
    """As `records.codec` writes it."""
    key: str
    text: str
    finish: str
    logprobs: str | None

    @property
    def reply(self) -> Reply:
        """The reply, without tokens and seconds."""
        logprobs = tuple(json.loads(self.logprobs)) if self.logprobs else ()
        return Reply(self.key, self.text, self.finish, logprobs=logprobs)  # type: ignore[arg-type]  # as it was put


class KeptReplies(Base):
    """What was said."""

    def ask(self, row: int, sample: str, key: str, variant: Variant = PLAIN) -> bool:
        """Note under which key the row asks the sample; return whether a reply is already there.

        What is noted is written with the next reply, or by `keep_asks`. Should the process be killed before, the
        same content leads to the same key, under which the reply is found.
        """
        self.note(row, sample, key, variant)
        return self.answered(key)

    def note(self, row: int, sample: str, key: str, variant: Variant = PLAIN) -> None:
        """Note what `ask` notes, and look for no reply."""
        with self._lock:
            self._asks.append((row, variant.name, sample, key))

    def answered(self, key: str) -> bool:
        """Return whether a reply to a key is there."""
        with self._lock:
            return bool(self._scalar("SELECT EXISTS (SELECT 1 FROM replies WHERE key = ? AND fault IS NULL)", key))

    def has_replies(self) -> bool:
        """Return whether anything was answered in this run."""
        return bool(self._scalar("SELECT EXISTS (SELECT 1 FROM replies WHERE fault IS NULL)"))

    def keep_asks(self) -> None:
        """Write what was asked and has brought no reply since."""
        with self._lock:
            self._write_asks()
            self._base.commit()

    def _write_asks(self) -> None:
        self._base.executemany("INSERT OR REPLACE INTO asks VALUES (?, ?, ?, ?)", self._asks)
        self._asks.clear()

    def put(self, reply: Reply) -> bool:
        """Keep a reply durably; return False where one was there, which is never overwritten as a fault is."""
        fault = to_text(replace(reply.fault, detail=_printable(reply.fault.detail))) if reply.fault else None
        # Half a character (a lone surrogate) cannot be stored; it becomes a question mark.
        text = reply.text.encode("utf-8", "replace").decode()
        values = (reply.key, text, reply.finish, reply.prompt_tokens, reply.reply_tokens, reply.seconds)
        logprobs = json.dumps(_rounded(reply.logprobs)) if reply.logprobs else None
        with self._lock:
            self._write_asks()
            kept = self._base.execute(
                "INSERT INTO replies VALUES (?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%fZ'), ?, ?)"
                " ON CONFLICT (key) DO UPDATE SET text = excluded.text, finish = excluded.finish,"
                " prompt_tokens = excluded.prompt_tokens, reply_tokens = excluded.reply_tokens,"
                " seconds = excluded.seconds, fault = excluded.fault, at = excluded.at,"
                " logprobs = excluded.logprobs, batched = excluded.batched"
                " WHERE replies.fault IS NOT NULL",
                (*values, fault, logprobs, reply.batched),
            )
            self._base.commit()
            return kept.rowcount > 0

    def faults(self, row: int, variant: Variant = PLAIN) -> list[tuple[str, Fault]]:
        """Return (sample id, fault) of the row's samples that brought no reply; of several parts the first fault."""
        found = self._base.execute(
            "SELECT sample, fault, MIN(asks.rowid) AS first FROM asks JOIN replies USING (key)"
            " WHERE row = ? AND variant IN (SELECT value FROM json_each(?)) AND fault IS NOT NULL"
            " GROUP BY sample ORDER BY first",
            (row, self._names(variant)),
        )
        return [(sample, fault_from(fault)) for sample, fault, _ in found]

    def replies(self, row: int, variant: Variant = PLAIN) -> Iterator[tuple[Sample, Reply]]:
        """Yield (sample, reply) of the row's samples that have a reply, in the order of the run."""
        for said in self.transcript(row, variant):
            yield sample_from(said.sample), said.reply

    def transcript(self, row: int, variant: Variant = PLAIN) -> Iterator[Said]:
        """Yield what `replies` yields with the samples still as text, for those who read them elsewhere."""
        found = self._base.execute(
            "SELECT position, body, key, text, finish, logprobs FROM samples"
            " JOIN asks ON asks.row = ? AND asks.variant = ? AND asks.sample = samples.id JOIN replies USING (key)"
            " WHERE fault IS NULL ORDER BY position",
            (row, variant.name),
        )
        for entry in found:
            yield Said(*entry)


def _rounded(logprobs: Iterable[float | None]) -> list[float | None]:
    """Cut off the digits that only tell which other prompts shared a batch."""
    return [None if value is None else round(value, 5) for value in logprobs]


def _printable(text: str) -> str:
    """Return what a server said without control characters: it is shown to people and written to boards."""
    return "".join(char if char.isprintable() else " " for char in text.encode("utf-8", "replace").decode())
