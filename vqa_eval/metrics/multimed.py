"""The measures of MultiMedBench that are its own: visual questions as open generation, conditions in chest X-rays.

Source: T. Tu et al., Towards Generalist Biomedical AI (arXiv 2307.14334), A.3.  Visual questions, closed ones too,
are answered freely there and scored by BLEU-1 and token F1.  Here a closed question may have been asked as a choice:
the text of the chosen option then stands for the answer, and a reply that chose none says nothing.  How texts were
tokenised is not stated; these are BLEU and token F1 of this harness (`caption.bleu1`, `text.token_f1`).

Conditions are asked one by one, yes or no.  Of each of the five that the paper reports the F1 and the area under the
ROC curve of "yes" are taken, over all its pictures, and their unweighted mean is the measure: the mean over the two
classes of all questions together (`classification.macro_f1`) is another number, and a mean over fewer than five too.
A question's condition is the sample's place on the axis `label`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from vqa_eval.metrics import caption, text
from vqa_eval.metrics.chosen import chosen, class_of, right
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray

CONDITIONS = ("atelectasis", "cardiomegaly", "consolidation", "edema", "pleural effusion")

_YES = "yes"


def _open(sample: Sample, answer: Answer) -> tuple[Sample, Answer]:
    """Return a choice as an open question: the right options' texts are its references, the chosen one's its answer.

    Med-PaLM M ends every answer with a full stop, the data do not: one at the end is taken away on both sides.
    """
    references, said = sample.references, answer
    if sample.kind == "choice":
        place = chosen(sample, answer)
        references = tuple(sample.options[right] for right in sample.correct)
        said = Answer("unparsed") if place is None else Answer("answered", text=sample.options[place])
    return (
        replace(sample, kind="open", references=tuple(map(_bare, references))),
        replace(said, text=_bare(said.text)),
    )


def _bare(text: str) -> str:
    return text.strip().removesuffix(".")


def _generated(name: str, of: Metric) -> Metric:
    """Return a measure of short texts for choices too."""

    def score(sample: Sample, answer: Answer) -> float | None:
        return of.score(*_open(sample, answer))

    def unit(sample: Sample, answer: Answer) -> Unit | None:
        return of.unit(*_open(sample, answer)) if of.unit else None

    return Metric(
        name=f"multimed.{name}",
        version=f"1.{of.version}",
        better=of.better,
        kinds=("choice", "open"),
        about=f"{of.about}; of a choice the text of the chosen option",
        score=score,
        unit=unit if of.unit else None,
        pool=of.pool,
        setting="|".join(filter(None, (of.setting, "end:no full stop"))),
    )


bleu1 = _generated("bleu1", caption.bleu1)

token_f1 = _generated("token_f1", text.token_f1)


def _asked(sample: Sample) -> tuple[int, int, bool] | None:
    """Return condition and place of "yes", each counted from 0, and whether yes is right; None for other questions."""
    names = {name.casefold() for node in sample.nodes if node and node[0] == "label" for name in node[1:]}
    found = [place for place, condition in enumerate(CONDITIONS) if condition in names]
    key = right(sample)
    offered = [class_of(sample, place) for place in range(len(sample.options))]
    if len(found) != 1 or key is None or _YES not in offered:
        return None
    yes = offered.index(_YES)
    return found[0], yes, key == yes


def _called(sample: Sample, answer: Answer) -> Unit | None:
    """Return condition, whether it is there, and whether it was called; a reply that chose nothing calls nothing."""
    asked = _asked(sample)
    if asked is None:
        return None
    condition, yes, there = asked
    return float(condition), float(there), float(chosen(sample, answer) == yes)


def _hit(sample: Sample, answer: Answer) -> float | None:
    return None if _asked(sample) is None else float(chosen(sample, answer) == right(sample))


def _share(sample: Sample, answer: Answer) -> Unit | None:
    """Return condition, whether it is there, and the share of "yes"."""
    asked = _asked(sample)
    if asked is None or len(answer.shares) != len(sample.options):
        return None
    condition, yes, there = asked
    return float(condition), float(there), answer.shares[yes]


def _share_of_the_right(sample: Sample, answer: Answer) -> float | None:
    unit = _share(sample, answer)
    if unit is None:
        return None
    _, there, share = map(float, unit)
    return min(1.0, share if there else 1.0 - share)


def _mean_f1(units: "ndarray") -> float | None:
    known = [value for part in _parts(units) if (value := _f1(part)) is not None]
    return sum(known) / len(known) if len(known) == len(CONDITIONS) else None


def _f1(units: "ndarray") -> float | None:
    there, called = units[:, 1].sum(), units[:, 2].sum()
    return float(2 * (units[:, 1] * units[:, 2]).sum() / (there + called)) if there + called else None


def _mean_auc(units: "ndarray") -> float | None:
    from sklearn.metrics import roc_auc_score

    found = _parts(units)
    if any(len({*part[:, 1].tolist()}) < 2 for part in found):
        return None
    return float(sum(roc_auc_score(part[:, 1], part[:, 2]) for part in found) / len(found))


def _parts(units: "ndarray") -> "list[ndarray]":
    """Return the units of each of the five conditions, empty where it is not asked."""
    return [units[units[:, 0] == place] for place in range(len(CONDITIONS))]


macro_f1_5 = Metric(
    name="multimed.macro_f1_5",
    version="2",
    better="higher",
    kinds=("choice",),
    about="F1 of yes for each of five conditions, averaged; undefined where one of the five is not asked "
    "or has no yes at all",
    score=_hit,
    unit=_called,
    pool=_mean_f1,
    setting="conditions:5|class:yes|average:macro|abstention:no call",
)

macro_auc_5 = Metric(
    name="multimed.macro_auc_5",
    version="2",
    better="higher",
    kinds=("choice",),
    about="area under the ROC curve of yes for each of five conditions, averaged; undefined where one of the five "
    "is not asked or has one answer only",
    score=_share_of_the_right,
    unit=_share,
    pool=_mean_auc,
    setting="conditions:5|class:yes|average:macro",
    needs_shares=True,
)
