"""Classification: how well the classes of a task are told apart, common and rare ones alike.

A class is the text of an option, not its letter, so that options may change places between samples.  The classes
are those of the key: an abstention, a refusal or a text outside them is a miss of the true class and never a
class of its own, which would pull every mean over classes down.  (Ten samples of three classes, two of them
unanswered and one wrong: macro F1 is 0.78 over the key's classes and 0.58 with the abstention as a fourth.)

Source: scikit-learn user guide §3.4, called with the key's classes as `labels`.
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


_OUTSIDE = -1
"""The code of everything that is no class of the key."""


class _Table(NamedTuple):
    """Samples counted by true and called class: a few cells, however many samples there are."""

    true: list[int]
    called: list[int]
    samples: list[int]
    classes: list[int]
    """Codes of the key's classes."""


def _table(units: "ndarray") -> _Table:
    # A bootstrap comes here a thousand times: counted first, the library is left a handful of weighted cells.
    cells = Counter(map(tuple, units.tolist()))
    codes = {name: code for code, name in enumerate(sorted({true for true, _ in cells}))}
    return _Table(
        true=[codes[true] for true, _ in cells],
        called=[codes.get(called, _OUTSIDE) for _, called in cells],
        samples=list(cells.values()),
        classes=list(codes.values()),
    )


def _f1(units: "ndarray", average: str) -> float | None:
    from sklearn.metrics import f1_score

    true, called, samples, classes = _table(units)
    if not classes:
        return None
    return float(f1_score(true, called, labels=classes, average=average, sample_weight=samples, zero_division=0.0))


def _macro_f1(units: "ndarray") -> float | None:
    return _f1(units, "macro")


def _micro_f1(units: "ndarray") -> float | None:
    return _f1(units, "micro")


def _balanced_accuracy(units: "ndarray") -> float | None:
    from sklearn.metrics import recall_score

    true, called, samples, classes = _table(units)
    if not classes:
        return None
    return float(recall_score(true, called, labels=classes, average="macro", sample_weight=samples, zero_division=0.0))


def _kappa(units: "ndarray") -> float | None:
    from sklearn.metrics import cohen_kappa_score

    true, called, samples, classes = _table(units)
    return float(cohen_kappa_score(true, called, sample_weight=samples)) if len(classes) > 1 else None


def _mcc(units: "ndarray") -> float | None:
    from sklearn.metrics import matthews_corrcoef

    true, called, samples, classes = _table(units)
    return float(matthews_corrcoef(true, called, sample_weight=samples)) if len(classes) > 1 else None


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
    from sklearn.metrics import roc_auc_score

    if not len(units) or len(set(units[:, 1].tolist())) > 1:
        return None
    classes = str(units[0, 1]).split("\n")
    if len(classes) < 2 or set(units[:, 0].tolist()) != set(classes):
        return None
    shares = np.concatenate([_numbers(text) for text in units[:, 2].tolist()]).reshape(len(units), len(classes))
    return float(np.mean([roc_auc_score(units[:, 0] == name, shares[:, at]) for at, name in enumerate(classes)]))


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
    needs_shares=True,
)
