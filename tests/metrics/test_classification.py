"""Measures over classes: golden values, scikit-learn as the oracle, and what an abstention may never do."""

import subprocess
import sys
import warnings
from collections.abc import Sequence
from random import Random
from string import ascii_uppercase

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score, f1_score, matthews_corrcoef, recall_score, roc_auc_score

from vqa_eval import metrics
from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.pooling import as_rows, number
from vqa_eval.records import Answer, Sample

MACRO_F1 = metrics.find("classification.macro_f1")
MICRO_F1 = metrics.find("classification.micro_f1")
BALANCED = metrics.find("classification.balanced_accuracy")
KAPPA = metrics.find("classification.kappa")
MCC = metrics.find("classification.mcc")
MACRO_AUC = metrics.find("classification.macro_auc")
POOLED = (MACRO_F1, MICRO_F1, BALANCED, KAPPA, MCC)

OPTIONS = ("Nevus", "Melanoma", "Keratosis", "Carcinoma")

# The example of scikit-learn's values, and the shares behind it.
TRUE = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)
CALLED = (0, 0, 0, 0, 1, 0, 1, 1, 0, 2)
UNANSWERED = (0, 0, 0, 0, -1, 0, 1, -1, 0, 2)
SHARES = (
    (0.9, 0.05, 0.05),
    (0.8, 0.1, 0.1),
    (0.7, 0.2, 0.1),
    (0.6, 0.3, 0.1),
    (0.3, 0.6, 0.1),
    (0.5, 0.3, 0.2),
    (0.2, 0.7, 0.1),
    (0.1, 0.8, 0.1),
    (0.5, 0.4, 0.1),
    (0.1, 0.1, 0.8),
)

# True and called classes; -1 is an abstention, 3 a class that no sample has.
calls = st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 3)), min_size=1, max_size=40)


def asked(right: int, options: Sequence[str] = OPTIONS) -> Sample:
    """Return a choice sample."""
    return Sample("s", "b", "t", "choice", "?", options=tuple(options), correct=(right,))


def said(position: int, shares: Sequence[float] = ()) -> Answer:
    """Return the answer that chooses an option, or the refusal that chooses none (-1)."""
    if position < 0:
        return Answer("refused", shares=tuple(shares))
    return Answer("answered", letters=(ascii_uppercase[position],), shares=tuple(shares))


def pooled(metric: Metric, cases: Sequence[tuple[Sample, Answer]]) -> float | None:
    """Return the number of a metric over samples with their answers."""
    assert metric.unit is not None
    assert metric.pool is not None
    units = [metric.unit(sample, answer) for sample, answer in cases]
    known = [unit for unit in units if unit is not None]
    assert len(units) == len(known)
    return metric.pool(as_rows(metric, known))


def of_calls(metric: Metric, true: Sequence[int], called: Sequence[int]) -> float | None:
    """Return the number of a metric over classes told by position."""
    return pooled(metric, [(asked(right), said(position)) for right, position in zip(true, called, strict=True)])


def of_shares(true: Sequence[int], shares: Sequence[Sequence[float]]) -> float | None:
    """Return the macro AUC of shares."""
    return pooled(
        MACRO_AUC,
        [(asked(right, OPTIONS[: len(row)]), said(0, row)) for right, row in zip(true, shares, strict=True)],
    )


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        (MACRO_F1, 0.8333333333333334),
        (MICRO_F1, 0.8),
        (BALANCED, 0.8333333333333334),
        (KAPPA, 0.6296296296296297),
        (MCC, 0.6296296296296297),
    ],
    ids=lambda value: getattr(value, "name", ""),
)
def test_golden_values(metric: Metric, expected: float) -> None:
    """The measures have scikit-learn's values on its example."""
    assert expected == pytest.approx(of_calls(metric, TRUE, CALLED), abs=1e-12)


def test_an_abstention_is_no_class() -> None:
    """Macro F1 is the mean over the key's three classes, not over a fourth of the abstentions (0.5833)."""
    assert 0.7777777777777778 == pytest.approx(of_calls(MACRO_F1, TRUE, UNANSWERED), abs=1e-12)


def test_golden_macro_auc() -> None:
    """The macro one-vs-rest AUC has scikit-learn's value."""
    assert 0.9632936507936508 == pytest.approx(of_shares(TRUE, SHARES), abs=1e-12)


@given(calls)
def test_scikit_learn_agrees(cases: list[tuple[int, int]]) -> None:
    """Every measure equals scikit-learn's with the key's classes as labels."""
    true, called = zip(*cases, strict=True)
    classes = sorted(set(true))
    # For scikit-learn's chance-corrected measures, whatever is no class of the key is one further column.
    within = [position if position in classes else -1 for position in called]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = {
            MACRO_F1: f1_score(true, called, labels=classes, average="macro", zero_division=0.0),
            MICRO_F1: f1_score(true, called, labels=classes, average="micro", zero_division=0.0),
            BALANCED: recall_score(true, called, labels=classes, average="macro"),
            KAPPA: cohen_kappa_score(true, within) if len(classes) > 1 else None,
            MCC: matthews_corrcoef(true, within) if len(classes) > 1 else None,
        }
    for metric, value in expected.items():
        found = of_calls(metric, true, called)
        assert (value is None) == (found is None), metric.name
        assert value is None or value == pytest.approx(found, abs=1e-12), metric.name


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.tuples(*[st.integers(0, 8)] * 3).filter(any)), min_size=1, max_size=30
    ).filter(lambda cases: {0, 1, 2} == {right for right, _ in cases})
)
def test_scikit_learn_agrees_on_auc(cases: list[tuple[int, tuple[int, ...]]]) -> None:
    """Macro AUC equals scikit-learn's, ties of shares included."""
    true = [right for right, _ in cases]
    shares = [[weight / sum(row) for weight in row] for _, row in cases]
    expected = roc_auc_score(true, np.array(shares), multi_class="ovr", average="macro")
    assert expected == pytest.approx(of_shares(true, shares), abs=1e-12)


@given(calls, st.randoms())
def test_order_does_not_matter(cases: list[tuple[int, int]], dice: Random) -> None:
    """The samples' order changes no number."""
    shuffled = cases.copy()
    dice.shuffle(shuffled)
    for metric in POOLED:
        one, other = of_calls(metric, *zip(*cases, strict=True)), of_calls(metric, *zip(*shuffled, strict=True))
        assert one == (None if other is None else pytest.approx(other, abs=1e-12))


@given(st.lists(st.integers(0, 3), min_size=1, max_size=30))
def test_perfect_answers_get_one(true: list[int]) -> None:
    """Where every class is called right every measure is 1, or undefined where one class leaves no chance to err."""
    for metric in POOLED:
        expected = None if len(set(true)) == 1 and metric in {KAPPA, MCC} else pytest.approx(1.0)
        assert expected == of_calls(metric, true, true)


@given(calls, st.data())
def test_an_abstention_never_helps(cases: list[tuple[int, int]], data: st.DataObject) -> None:
    """To abstain instead of answering right raises no F1, no recall, and no kappa that is above chance."""
    at = data.draw(st.integers(0, len(cases) - 1))
    right = [*cases[:at], (cases[at][0], cases[at][0]), *cases[at + 1 :]]
    silent = [*cases[:at], (cases[at][0], -1), *cases[at + 1 :]]
    for metric in (MACRO_F1, MICRO_F1, BALANCED, KAPPA):
        answered, unanswered = of_calls(metric, *zip(*right, strict=True)), of_calls(metric, *zip(*silent, strict=True))
        if answered is None or unanswered is None or (metric is KAPPA and answered < 0):
            continue
        assert unanswered <= answered + 1e-12, metric.name


def test_classes_are_texts_not_letters() -> None:
    """Options may change places, case and spaces between samples: the class is the text."""
    moved = ("melanoma", "NEVUS ", "Keratosis", " carcinoma")
    assert (1.0, 1.0) == (
        pooled(MACRO_F1, [(asked(0), said(0)), (asked(1, moved), said(1))]),
        pooled(MACRO_F1, [(asked(0), said(0)), (asked(0, moved), said(0))]),
    )
    shares = (0.1, 0.7, 0.1, 0.1)
    assert ("nevus", "carcinoma\nkeratosis\nmelanoma\nnevus", "0.1 0.1 0.1 0.7") == MACRO_AUC.unit(
        asked(1, moved), said(1, shares)
    )


def test_options_of_one_text_are_one_class() -> None:
    """The shares of two options that say the same are added."""
    twice = ("yes", "no", "Yes ")
    assert ("yes", "no\nyes", "0.5 0.5") == MACRO_AUC.unit(asked(0, twice), said(1, (0.25, 0.5, 0.25)))
    assert ("yes", "yes") == MACRO_F1.unit(asked(0, twice), said(2))


@pytest.mark.parametrize("letters", [(), ("A", "B"), ("Z",), ("9",)])
def test_what_chooses_no_option_is_a_miss(letters: tuple[str, ...]) -> None:
    """No label, several labels and a label outside the options call no class."""
    answer = Answer("answered", letters=letters)
    for metric in POOLED:
        assert ("nevus", "") == metric.unit(asked(0), answer)
        assert 0.0 == metric.score(asked(0), answer)


def test_one_sample_scores_its_hit() -> None:
    """A sample's own score is 1 where its class is called; for the AUC it is the right class's share."""
    for metric in POOLED:
        assert (1.0, 0.0, 0.0) == tuple(metric.score(asked(0), said(position)) for position in (0, 1, -1))
        assert 1.0 == metric.score(asked(1), Answer("answered", letters=("2",)))
        assert 1.0 == metric.score(asked(1), Answer("answered", letters=("b",)))
    assert 0.7 == MACRO_AUC.score(asked(1, OPTIONS[:2]), said(0, (0.3, 0.7)))


@pytest.mark.parametrize("correct", [(), (0, 1)])
def test_without_one_right_class_nothing_is_counted(correct: tuple[int, ...]) -> None:
    """No key, and a key of several options, give neither unit nor score."""
    sample = Sample("s", "b", "t", "choice", "?", options=OPTIONS, correct=correct)
    for metric in (*POOLED, MACRO_AUC):
        assert metric.unit is not None
        assert metric.unit(sample, said(0, (1, 0, 0, 0))) is None
        assert metric.score(sample, said(0, (1, 0, 0, 0))) is None


@pytest.mark.parametrize("shares", [(), (0.5, 0.5), (0.2,) * 5])
def test_auc_needs_a_share_of_every_option(shares: tuple[float, ...]) -> None:
    """An answer without shares, or with fewer or more than options, is left out."""
    assert MACRO_AUC.unit is not None
    assert MACRO_AUC.unit(asked(0), said(0, shares)) is None
    assert MACRO_AUC.score(asked(0), said(0, shares)) is None


def test_auc_is_undefined_without_every_class() -> None:
    """A class that no sample has, one class alone, and samples that offer different classes have no AUC."""
    assert of_shares((0, 0, 1), SHARES[:3]) is None
    assert of_shares((0, 0), ((1.0,), (1.0,))) is None
    yes_no, organs = ("yes", "no"), ("liver", "lung")
    assert pooled(MACRO_AUC, [(asked(0, yes_no), said(0, (1, 0))), (asked(1, organs), said(0, (1, 0)))]) is None
    assert 1.0 == of_shares((0, 1), ((0.9, 0.1), (0.2, 0.8)))


@pytest.mark.parametrize("metric", [MACRO_F1, BALANCED])
def test_a_draw_without_a_class_of_the_key_is_undefined(metric: Metric) -> None:
    """A mean over three classes is never compared with one over two: where a third of the draws lack one, no interval.

    49 of 50 are right and the one carcinoma is missed: over the two others alone each mean would be 1 or nearly so.
    """
    true, called = [0] * 25 + [1] * 24 + [2], [0] * 25 + [1] * 24 + [0]
    cases = [(asked(right, OPTIONS[:3]), said(call)) for right, call in zip(true, called, strict=True)]
    assert metric.unit is not None
    assert metric.pool is not None
    units = [unit for case in cases if (unit := metric.unit(*case)) is not None]
    assert metric.pool(as_rows(metric, units)[:49]) is None
    found = number(metric, [1.0] * 50, units, list(range(50)))
    assert found is not None
    assert found.interval is None
    assert 0.37 == pytest.approx(found.undefined, abs=0.05)  # (1 - 1/50)^50 of the draws


@pytest.mark.parametrize("metric", [MICRO_F1, KAPPA, MCC])
def test_a_draw_calls_the_classes_of_the_whole_key(metric: Metric) -> None:
    """What a draw calls stays the class that it is where the draw does not ask for it: scikit-learn's value of it."""
    true, called = (0, 0, 1, 1, 2), (0, 2, 1, 0, 2)
    cases = [(asked(right), said(call)) for right, call in zip(true, called, strict=True)]
    assert metric.unit is not None
    assert metric.pool is not None
    units = [unit for case in cases if (unit := metric.unit(*case)) is not None]
    oracle = {
        MICRO_F1: f1_score(true[:4], called[:4], labels=[0, 1, 2], average="micro"),
        KAPPA: cohen_kappa_score(true[:4], called[:4]),
        MCC: matthews_corrcoef(true[:4], called[:4]),
    }
    assert pytest.approx(oracle[metric]) == metric.pool(as_rows(metric, units)[:4])


def test_an_undefined_measure_has_no_interval() -> None:
    """Samples that offer different classes are no number of a node either, and no error."""
    assert MACRO_AUC.unit is not None
    units = [MACRO_AUC.unit(asked(0, names), said(0, (1, 0))) for names in (("yes", "no"), ("liver", "lung"))]
    assert number(MACRO_AUC, [1.0, 1.0], [unit for unit in units if unit], ["p", "q"]) is None


def test_nothing_has_no_number() -> None:
    """Without samples every measure is undefined."""
    for metric in (*POOLED, MACRO_AUC):
        assert metric.pool is not None
        assert metric.pool(as_rows(metric, [])) is None


def test_metrics_are_found_without_arrays() -> None:
    """Importing the modules of metrics loads neither numpy nor scipy nor scikit-learn."""
    program = (
        "import sys; from importlib import import_module as load; "
        "[load(f'vqa_eval.metrics.{name}') for name in ('calibration', 'classification', 'genomics', 'region')]; "
        "print({'numpy', 'scipy', 'sklearn'} & {*sys.modules})"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert "set()\n" == done.stdout
