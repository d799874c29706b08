"""Commands that show how replies are read into answers."""

import json
import sys
from collections import Counter, defaultdict
from pathlib import Path

from vqa_eval.answers import read_choice
from vqa_eval.cli.screen import note, one_line, out, say, show_table
from vqa_eval.errors import DataError
from vqa_eval.pipeline.mark import mark
from vqa_eval.store import RunStore


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


def show_answers(folder: Path, audit: int) -> None:
    """Print how many replies ended in which status by which rule, and some that are no answer."""
    store = RunStore.open(folder)
    if store.marks.unmarked():
        mark(store)
    for row in store.rows():
        counts: Counter[tuple[str, str]] = Counter()
        shown: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for sample, reply in store.replies(row.number):
            _, answer = store.marks.verdict(row.number, sample.id)
            if answer is None:
                continue
            counts[answer.status, answer.rule] += 1
            if answer.status != "answered" and len(shown[answer.status]) < audit:
                shown[answer.status].append((sample.id, one_line(reply.text)[:160]))
        total = counts.total()
        lines = [
            (status, rule or "–", f"{count:,}", f"{100 * count / total:.1f}")
            for (status, rule), count in sorted(counts.items(), key=lambda entry: (-entry[1], entry[0]))
        ]
        show_table(f"{row.model} · {row.prompt}", ("status", "rule", "replies", "%"), lines, (False, False, True, True))
        for status, replies in sorted(shown.items()):
            say(f"\n{status}:", style="bold")
            for identity, text in replies:
                say(f"  {identity}: {text or '(nothing)'}")
        out.print()
    note(f"one of them whole: vqa-eval show ID --run {folder}")
