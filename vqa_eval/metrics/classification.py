"""Classification: how well the classes of a task are told apart, common and rare ones alike.

A class is the text of an option, not its letter, so that options may change places between samples.  The classes
are those of the key: an abstention, a refusal or a text outside them is a miss of the true class and never a
class of its own, which would pull every mean over classes down.  (Ten samples of three classes, two of them
unanswered and one wrong: macro F1 is 0.78 over the key's classes and 0.58 with the abstention as a fourth.)

Source: scikit-learn user guide §3.4, with the key's classes as `labels`; the tests hold every number against it.
"""

from collections import Counter
from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from vqa_eval.metrics.chosen import chosen, class_of, right
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray


class _Counts(NamedTuple):
    """Samples of each class of the key, in one order: a few numbers, however many samples there are."""

    hits: "ndarray"
    true: "ndarray"
    called: "ndarray"
    n: int
    """All samples; where some call no class of the key it is more than the sum of `called`."""


def _counts(units: "ndarray") -> _Counts | None:
    """Count samples by class; None where there are none.

    A bootstrap comes here a thousand times a cell: scikit-learn's checks of its input alone would take 3 ms each
    time, whatever the size of the cell.
    """
    import numpy as np

    if not len(units):
        return None
    true, called = units[:, 0].tolist(), units[:, 1].tolist()
    members, callers = Counter(true), Counter(called)
    hits = Counter(name for name, said in zip(true, called, strict=True) if name == said)
    return _Counts(
        hits=np.array([hits[name] for name in members], dtype=float),
        true=np.array([members[name] for name in members], dtype=float),
        called=np.array([callers[name] for name in members], dtype=float),
        n=len(units),
    )


def _macro_f1(units: "ndarray") -> float | None:
    counts = _counts(units)
    return counts and float((2 * counts.hits / (counts.true + counts.called)).mean())


def _micro_f1(units: "ndarray") -> float | None:
    counts = _counts(units)
    return counts and float(2 * counts.hits.sum() / (counts.true.sum() + counts.called.sum()))


def _balanced_accuracy(units: "ndarray") -> float | None:
    counts = _counts(units)
    return counts and float((counts.hits / counts.true).mean())


def _kappa(units: "ndarray") -> float | None:
    counts = _counts(units)
    if counts is None or len(counts.true) < 2:
        return None
    observed, expected = counts.hits.sum() / counts.n, counts.true @ counts.called / counts.n**2
    return float((observed - expected) / (1 - expected))


def _mcc(units: "ndarray") -> float | None:
    counts = _counts(units)
    if counts is None or len(counts.true) < 2:
        return None
    outside = counts.n - counts.called.sum()
    true, called = counts.n**2 - counts.true @ counts.true, counts.n**2 - counts.called @ counts.called - outside**2
    # One class called throughout: the covariance is 0, and the value 0 by convention.
    if not called:
        return 0.0
    return float((counts.hits.sum() * counts.n - counts.true @ counts.called) / (true * called) ** 0.5)


def _true_and_called(sample: Sample, answer: Answer) -> Unit | None:
    """Return the true and the called class, the latter empty where none was called."""
    asked, said = right(sample), chosen(sample, answer)
    if asked is None or not class_of(sample, asked):
        return None
    return class_of(sample, asked), "" if said is None else class_of(sample, said)


def _hit(sample: Sample, answer: Answer) -> float | None:
    pair = _true_and_called(sample, answer)
    return None if pair is None else float(pair[0] == pair[1])


def _pooled(name: str, about: str, pool: "Callable[[ndarray], float | None]") -> Metric:
    return Metric(
        name=f"classification.{name}",
        version="1",
        better="higher",
        kinds=("choice",),
        about=about,
        score=_hit,
        unit=_true_and_called,
        pool=pool,
        setting="classes:key|text:folded|abstention:miss",
    )


macro_f1 = _pooled("macro_f1", "F1 of each class of the key, averaged with every class alike", _macro_f1)

micro_f1 = _pooled("micro_f1", "F1 over all samples; the accuracy where every sample is answered", _micro_f1)

balanced_accuracy = _pooled(
    "balanced_accuracy", "recall of each class of the key, averaged with every class alike", _balanced_accuracy
)

kappa = _pooled("kappa", "agreement with the key beyond chance (Cohen); undefined where the key has one class", _kappa)

mcc = _pooled(
    "mcc", "correlation of called and true class (Matthews, Gorodkin); undefined where the key has one class", _mcc
)


def _shares_by_class(sample: Sample, answer: Answer) -> Unit | None:
    """Return the true class, all classes in alphabetical order, and their shares in that order.

    Samples may offer different numbers of options while units are of one length: the classes are one text, a class
    a line, and the shares another.
    """
    asked = right(sample)
    if asked is None or not answer.shares or len(answer.shares) != len(sample.options):
        return None
    shares: dict[str, float] = {}
    for position, share in enumerate(answer.shares):
        name = class_of(sample, position)
        shares[name] = shares.get(name, 0.0) + share
    ordered = sorted(shares)
    return class_of(sample, asked), "\n".join(ordered), " ".join(repr(shares[name]) for name in ordered)


def _share_of_the_right(sample: Sample, answer: Answer) -> float | None:
    asked = right(sample)
    if asked is None or not answer.shares or len(answer.shares) != len(sample.options):
        return None
    return min(1.0, answer.shares[asked])


@lru_cache(maxsize=2**16)
def _numbers(text: str) -> "ndarray":
    import numpy as np

    numbers: ndarray = np.array(text.split(), dtype=float)
    return numbers


def _macro_auc(units: "ndarray") -> float | None:
    import numpy as np

    if not len(units) or len(set(units[:, 1].tolist())) > 1:
        return None
    classes = str(units[0, 1]).split("\n")
    if len(classes) < 2 or set(units[:, 0].tolist()) != set(classes):
        return None
    shares = np.concatenate([_numbers(text) for text in units[:, 2].tolist()]).reshape(len(units), len(classes))
    return float(np.mean([_auc(shares[:, at], units[:, 0] == name) for at, name in enumerate(classes)]))


def _auc(shares: "ndarray", member: "ndarray") -> float:
    """Return the chance that a member has a larger share than another sample; ties count half."""
    import numpy as np

    others, members = np.sort(shares[~member]), shares[member]
    below = np.searchsorted(others, members, "left").sum() + np.searchsorted(others, members, "right").sum()
    return float(below / (2 * len(others) * len(members)))


macro_auc = Metric(
    name="classification.macro_auc",
    version="1",
    better="higher",
    kinds=("choice",),
    about="area under the ROC curve, each class against the rest; undefined where samples offer different classes",
    score=_share_of_the_right,
    unit=_shares_by_class,
    pool=_macro_auc,
    setting="classes:offered|text:folded|average:macro|multi:one-vs-rest",
)
