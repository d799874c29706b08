"""Commands that show how replies are read into answers."""

import hashlib
import heapq
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from vqa_eval.answers import read_choice
from vqa_eval.cli.screen import note, one_line, out, say, show_table
from vqa_eval.errors import DataError
from vqa_eval.pipeline.mark import refresh
from vqa_eval.records import PLAIN, Answer, Reply, Row, Sample
from vqa_eval.store import Reading, RunStore

REVIEWED = 100
"""Answered replies that a review file holds beside all that are no answer."""


def read_lines() -> None:
    """Read JSON lines {options, reply, multi} from standard input and write {answer, status, rule} for each."""
    for number, line in enumerate(sys.stdin, start=1):
        try:
            row = json.loads(line)
            options, reply = dict(row["options"]), str(row["reply"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                f"standard input, line {number}: not {{options, reply}}",
                'such as {"options": {"A": "x"}, "reply": "A"}',
            ) from error
        answer = read_choice(reply, list(options.values()), list(options), bool(row.get("multi")))
        read = {"answer": list(answer.letters) or None, "status": answer.status, "rule": answer.rule}
        sys.stdout.write(json.dumps(read, ensure_ascii=False) + "\n")


class Read(NamedTuple):
    """A reply and how it was read."""

    sample: Sample
    reply: Reply
    answer: Answer


def show_answers(folder: Path, audit: int, review: Path | None) -> None:
    """Print how many replies ended in which status by which rule, and some of each; write a review file."""
    store = RunStore.open(folder)
    refresh(store)
    for row in store.rows():
        counts: Counter[tuple[str, str]] = Counter()
        found: defaultdict[str, list[Read]] = defaultdict(list)
        for read in _reads(store, row):
            counts[read.answer.status, read.answer.rule] += 1
            found[read.answer.status].append(read)
            if read.answer.status == "answered" and len(found["answered"]) > 4 * max(audit, REVIEWED):
                found["answered"] = _drawn(found["answered"], max(audit, REVIEWED))
        total = counts.total()
        lines = [
            (status, rule or "–", f"{count:,}", f"{100 * count / total:.1f}")
            for (status, rule), count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        ]
        show_table(f"{row.model} · {row.prompt}", ("status", "rule", "replies", "%"), lines, (False, False, True, True))
        for status, reads in sorted(found.items()):
            say(f"\n{status}:", style="bold")
            for read in _drawn(reads, audit):
                said = ", ".join(read.answer.letters) or one_line(read.answer.text)[:60]
                text = one_line(read.reply.text)[:160] or "(nothing)"
                say(f"  {read.sample.id}: {f'{said} ← ' if said else ''}{text}")
        out.print()
    if review is not None:
        _write_review(store, review)
    note(f"one of them whole: vqa-eval show ID --run {folder}")


def _reads(store: RunStore, row: Row) -> Iterator[Read]:
    """Yield every plain reply of a row; one to each patch where slides were asked patch by patch."""
    for variant in (PLAIN, *store.parts()):
        for sample, read in store.with_answers(Reading(row.number, variant)):
            yield Read(sample, *read)


def _drawn(reads: list[Read], count: int) -> list[Read]:
    """Return some at random: those with the smallest sha256 of their ids, the same ones every time."""
    return heapq.nsmallest(count, reads, key=lambda read: hashlib.sha256(read.sample.id.encode()).digest())


def _write_review(store: RunStore, path: Path) -> None:
    """Write some of the answered replies and all others as JSON lines, for a person to check."""
    lines = []
    for row in store.rows():
        reads = list(_reads(store, row))
        answered = [read for read in reads if read.answer.status == "answered"]
        for read in (*_drawn(answered, REVIEWED), *(read for read in reads if read.answer.status != "answered")):
            sample, answer = read.sample, read.answer
            record = {
                "model": row.model,
                "prompt": row.prompt,
                "sample": sample.id,
                "question": sample.question,
                "options": sample.options,
                "reply": read.reply.text,
                "status": answer.status,
                "rule": answer.rule,
                "answer": answer.letters or answer.text or None,
                "span": answer.span,
            }
            lines.append(json.dumps(record, ensure_ascii=False))
    try:
        path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}", "give --review a file in a folder of yours") from error
    note(f"{path}: {len(lines):,} replies to review, without the key")
