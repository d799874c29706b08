"""Metrics of questions with options."""

from string import ascii_uppercase

from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample


def _positions(letters: tuple[str, ...], options: int) -> frozenset[int | None]:
    """Return the options' positions that labels name: letters A, B, … or numbers 1, 2, …; None for others."""
    numbers = {str(position + 1): position for position in range(options)}
    known = {**numbers, **{letter: at for at, letter in enumerate(ascii_uppercase[:options])}}
    return frozenset(known.get(label.upper()) for label in letters)


def _accuracy(sample: Sample, answer: Answer) -> float | None:
    if not sample.correct:
        return None
    if answer.status != "answered":
        return 0.0
    return float(_positions(answer.letters, len(sample.options)) == frozenset(sample.correct))


accuracy = Metric(
    name="choice.accuracy",
    version="1",
    better="higher",
    kinds=("choice",),
    about="1 where exactly the right options are chosen, 0 otherwise; a reply that is no answer counts 0",
    score=_accuracy,
)
