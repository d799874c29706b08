"""What changes when stored replies are read and scored again: which samples flip, and why."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import zip_longest

from vqa_eval.records import Answer, Row, Score, Variant
from vqa_eval.store import Reading, RunStore


@dataclass(frozen=True, slots=True)
class Read:
    """How one reply was read, and what it earned under its headline metric."""

    status: str
    said: str
    """Letters, or the text of an answer in words."""
    rule: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Flip:
    """One sample that is read or scored otherwise than before; the rules that decided are the reason."""

    row: Row
    variant: Variant
    sample: str
    before: Read | None
    """None where the reply had not been read."""
    after: Read | None
    reply: str

    @property
    def change(self) -> float | None:
        """Score after minus score before; None where one of them is missing."""
        if not self.before or not self.after or self.before.score is None or self.after.score is None:
            return None
        return self.after.score - self.before.score


Snapshot = Mapping[Reading, list[Read | None]]


def snapshot(store: RunStore) -> Snapshot:
    """Return how every reply of a run is read now, by our rules."""
    readings = [Reading(row.number, variant) for row in store.rows() for variant in store.variants()]
    return {reading: [_read(*marked) for marked in store.marks.judged(reading)] for reading in readings}


def flips(store: RunStore, before: Snapshot) -> Iterator[Flip]:
    """Yield the samples whose status, answer or score is not what it was in the snapshot."""
    ids = store.ids()
    for row in store.rows():
        for variant in store.variants():
            reading = Reading(row.number, variant)
            after = (_read(*marked) for marked in store.marks.judged(reading))
            for sample, old, new in zip_longest(ids, before.get(reading, ()), after):
                if _seen(old) != _seen(new):
                    reply = store.marks.verdict(reading, sample)[0]
                    yield Flip(row, variant, sample, old, new, reply.text if reply else "")


def _read(answer: Answer | None, scores: tuple[Score, ...]) -> Read | None:
    if answer is None:
        return None
    score = scores[0].value if scores else None
    return Read(answer.status, ",".join(answer.letters) or answer.text, answer.rule, score)


def _seen(read: Read | None) -> tuple[object, ...] | None:
    """Return what makes two readings equal: another rule that says the same is no flip."""
    return (read.status, read.said, read.score) if read else None
