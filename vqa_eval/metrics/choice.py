"""Metrics of questions with options: one right option, or several.

The two for questions with several right options are GMAI-MMBench's (arXiv 2408.03361, supplement): per question,
ACC is the number of right options among the chosen ones divided by the number chosen, Recall the same number divided
by the number of right options; both are averaged over questions. Elsewhere they are called precision and recall.
"""

from functools import lru_cache
from string import ascii_uppercase

from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample


def _chosen(sample: Sample, answer: Answer) -> frozenset[int | str]:
    """Return the positions that labels name: letters A, B, … or numbers 1, 2, …; a label of no option stays itself.

    A label that is said twice is chosen once.
    """
    return _named(len(sample.options), answer.letters)


@lru_cache(maxsize=2**12)
def _named(options: int, labels: tuple[str, ...]) -> frozenset[int | str]:
    known = {str(position + 1): position for position in range(options)}
    known |= {letter: position for position, letter in zip(range(options), ascii_uppercase, strict=False)}
    return frozenset(known.get(label.upper(), label.upper()) for label in labels)


def _accuracy(sample: Sample, answer: Answer) -> float | None:
    if not sample.correct:
        return None
    if answer.status != "answered":
        return 0.0
    return float(_chosen(sample, answer) == frozenset(sample.correct))


def _multi_accuracy(sample: Sample, answer: Answer) -> float | None:
    if not sample.multi or not sample.correct:
        return None
    if answer.status != "answered" or not answer.letters:
        return 0.0
    chosen = _chosen(sample, answer)
    return len(chosen & frozenset(sample.correct)) / len(chosen)


def _multi_recall(sample: Sample, answer: Answer) -> float | None:
    if not sample.multi or not sample.correct:
        return None
    if answer.status != "answered":
        return 0.0
    right = frozenset(sample.correct)
    return len(_chosen(sample, answer) & right) / len(right)


accuracy = Metric(
    name="choice.accuracy",
    version="1",
    better="higher",
    kinds=("choice",),
    about="1 where exactly the right options are chosen, 0 otherwise; a reply that is no answer counts 0",
    score=_accuracy,
)

multi_accuracy = Metric(
    name="choice.multi_accuracy",
    version="1",
    better="higher",
    kinds=("choice",),
    about="GMAI-MMBench's ACC of questions with several right options: the share of the chosen options that are right",
    score=_multi_accuracy,
)

multi_recall = Metric(
    name="choice.multi_recall",
    version="1",
    better="higher",
    kinds=("choice",),
    about="GMAI-MMBench's Recall of questions with several right options: the share of the right ones that is chosen",
    score=_multi_recall,
)
