"""The cheap step: replies become answers, answers become scores; made again at will, with no engine."""

from collections.abc import Iterator
from typing import get_args

from vqa_eval.answers import RULES_VERSION, read_choice, read_text
from vqa_eval.metrics import for_kind
from vqa_eval.records import Answer, Kind, Reply, Sample, Score
from vqa_eval.rendering import option_labels
from vqa_eval.store import RunStore


def mark(store: RunStore) -> None:
    """Read every stored reply of a run and score it; earlier answers and scores are replaced."""
    for row in store.rows():
        store.marks.put(row.number, _marks(store, row.number), versions())


def versions() -> str:
    """Return the versions of rules and metrics, as they stand in a signature."""
    metrics = sorted({f"{m.name}.v{m.version}" for kind in get_args(Kind) for m in for_kind(kind)})
    return f"rules:v{RULES_VERSION}|metrics:{'+'.join(metrics)}"


def verdict(sample: Sample, reply: Reply) -> Answer:
    """Return what the reply answers; never a guess."""
    if sample.kind == "choice":
        labels = option_labels(len(sample.options))
        return read_choice(reply.text, sample.options, labels, sample.multi, reply.finish)
    # A description that was cut is still a description; a cut answer may have been about to change.
    return read_text(reply.text, reply.finish if sample.kind == "open" else "")


def _marks(store: RunStore, row: int) -> Iterator[tuple[str, Answer, list[Score]]]:
    for sample, reply in store.replies(row):
        answer = verdict(sample, reply)
        metrics = for_kind(sample.kind)
        yield sample.id, answer, [Score(sample.id, m.name, m.score(sample, answer)) for m in metrics]
