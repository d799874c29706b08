"""Classification: how well the classes of a task are told apart, common and rare ones alike.

A class is the text of an option, not its letter, so that options may change places between samples.  The classes
are those of the key: an abstention, a refusal or a text outside them is a miss of the true class and never a
class of its own, which would pull every mean over classes down.  (Ten samples of three classes, two of them
unanswered and one wrong: macro F1 is 0.78 over the key's classes and 0.58 with the abstention as a fourth.)

Source: scikit-learn user guide §3.4, as it is called with the key's classes as `labels`; the counts are pooled here.
"""

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from vqa_eval.metrics.chosen import chosen, class_of, right
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray


def _codes(units: Sequence[Unit]) -> "ndarray":
    """Return true and called class as numbers, and how many classes the key has, which draws do not change.

    Everything that no sample asks for is one class outside the key's.
    """
    import numpy as np

    known = {name: code for code, name in enumerate(sorted({str(true) for true, _ in units}))}
    size = len(known)
    codes: ndarray = np.array([(known[str(true)], known.get(str(called), size), size) for true, called in units])
    return codes.reshape(-1, 3)


class _Counts(NamedTuple):
    """Samples counted by class, over the classes of the key; the measures need no more of a confusion table."""

    n: int
    asked: "ndarray"
    called: "ndarray"
    hits: "ndarray"
    outside: int
    """Samples that call no class of the key."""


def _counts(codes: "ndarray") -> _Counts | None:
    """Return the counts of a draw; None where it is empty."""
    import numpy as np

    if not len(codes):
        return None
    true, called, size = codes[:, 0], codes[:, 1], int(codes[0, 2])
    of_called = np.bincount(called, minlength=size + 1)
    hits = np.bincount(true[true == called], minlength=size)
    return _Counts(len(codes), np.bincount(true, minlength=size), of_called[:size], hits, int(of_called[size]))


def _of_all_classes(codes: "ndarray") -> _Counts | None:
    """Return the counts of a draw; None where it lacks a class of the key, of which a mean over all needs each."""
    counts = _counts(codes)
    return counts if counts is not None and counts.asked.all() else None


def _macro_f1(codes: "ndarray") -> float | None:
    counts = _of_all_classes(codes)
    return None if counts is None else float((2 * counts.hits / (counts.asked + counts.called)).mean())


def _micro_f1(codes: "ndarray") -> float | None:
    counts = _counts(codes)
    # A call outside the key's classes is no class's false call, and leaves its true class missed.
    return None if counts is None else float(2 * counts.hits.sum() / (counts.asked.sum() + counts.called.sum()))


def _balanced_accuracy(codes: "ndarray") -> float | None:
    counts = _of_all_classes(codes)
    return None if counts is None else float((counts.hits / counts.asked).mean())


def _kappa(codes: "ndarray") -> float | None:
    counts = _counts(codes)
    if counts is None or (counts.asked > 0).sum() < 2:
        return None
    chance = float(counts.asked @ counts.called) / counts.n**2
    return float((counts.hits.sum() / counts.n - chance) / (1 - chance))


def _mcc(codes: "ndarray") -> float | None:
    counts = _counts(codes)
    if counts is None or (counts.asked > 0).sum() < 2:
        return None
    n = counts.n
    together = n * int(counts.hits.sum()) - int(counts.asked @ counts.called)
    of_asked = n * n - int(counts.asked @ counts.asked)
    of_called = n * n - int(counts.called @ counts.called) - counts.outside**2
    return together / math.sqrt(of_asked * of_called) if of_called else 0.0


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
    """Return a measure of confusion counts: closed forms, since a bootstrap comes a thousand times."""
    return Metric(
        name=f"classification.{name}",
        version="1",
        better="higher",
        kinds=("choice",),
        about=about,
        score=_hit,
        unit=_true_and_called,
        coded=_codes,
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


def _ranked(units: Sequence[Unit]) -> "ndarray":
    """Return the true class as a number, then for each class where the sample's share ranks among the samples'.

    Equal shares have one rank, and the ranks of a class follow on those of the class before, so that all classes are
    counted at once. Without any class where the samples offer different ones: they have no AUC.
    """
    import numpy as np

    offered = {str(names) for _, names, _ in units}
    if len(offered) != 1:
        return np.zeros((len(units), 1), dtype=int)
    codes = {name: code for code, name in enumerate(offered.pop().split("\n"))}
    shares = np.array([[float(share) for share in str(texts).split()] for _, _, texts in units])
    columns = [np.array([codes[str(true)] for true, _, _ in units])]
    ranks = 0
    for column in shares.T:
        _, places = np.unique(column, return_inverse=True)
        columns.append(places + ranks)
        ranks = int(columns[-1].max()) + 1
    ranked: ndarray = np.column_stack(columns)
    return ranked


def _macro_auc(ranked: "ndarray") -> float | None:
    """Return how often a sample of a class ranks above one of another, equal ranks counting half (Mann-Whitney)."""
    import numpy as np

    n, classes = len(ranked), ranked.shape[1] - 1
    if not n or classes < 2:
        return None
    true, ranks = ranked[:, 0], ranked[:, 1:]
    asked = np.bincount(true, minlength=classes)
    if not asked.all():
        return None
    own = ranks[np.arange(n), true]
    everything = np.bincount(ranks.ravel())
    others = everything - np.bincount(own, minlength=len(everything))
    others_of_class = n - asked
    below = others.cumsum() - others
    # What lies below in other classes is their others, class by class.
    before = others_of_class.cumsum() - others_of_class
    above = 2 * (below[own] - before[true]) + others[own]
    return float((np.bincount(true, weights=above, minlength=classes) / (2 * asked * others_of_class)).mean())


macro_auc = Metric(
    name="classification.macro_auc",
    version="1",
    better="higher",
    kinds=("choice",),
    about="area under the ROC curve, each class against the rest; "
    "undefined where samples offer different classes or lack one",
    score=_share_of_the_right,
    unit=_shares_by_class,
    coded=_ranked,
    pool=_macro_auc,
    setting="classes:offered|text:folded|average:macro|multi:one-vs-rest",
    needs_shares=True,
)
