"""Floors of any metric: what is reached without looking, by the metric's own score and pool."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import f1_score

from vqa_eval.metrics import Metric, find
from vqa_eval.metrics.baselines import choice_baselines, prior
from vqa_eval.metrics.floors import floors
from vqa_eval.records import Answer, Sample

ACCURACY, MACRO_F1, AUC = (
    find(f"{n}") for n in ("choice.accuracy", "classification.macro_f1", "classification.macro_auc")
)
CLASSES = ("nevus", "melanoma", "a long keratosis")


def asked(at: int, right: Sequence[int], options: Sequence[str] = CLASSES, benchmark: str = "b") -> Sample:
    """Return a choice sample."""
    return Sample(
        f"{benchmark}/{at}", benchmark, "test", "choice", "?", tuple(options), tuple(right), multi=len(right) > 1
    )


def opened(at: int, reference: str) -> Sample:
    """Return an open sample."""
    return Sample(f"b/o{at}", "b", "test", "open", "?", references=(reference,))


def found(samples: Sequence[Sample], metric: Metric) -> dict[str, float | None]:
    """Return the floors by name."""
    return {entry.name: entry.value for entry in floors(samples, metric)}


@given(
    st.lists(
        st.tuples(st.integers(0, 2), st.permutations(CLASSES), st.sampled_from("ab")).map(
            lambda drawn: asked(0, [drawn[0]], drawn[1], drawn[2])
        ),
        min_size=1,
    )
)
def test_they_are_the_baselines_of_accuracy(samples: list[Sample]) -> None:
    """Accuracy of the three fixed ways of answering equals its own baselines, which are counted otherwise."""
    priors = [known for one in samples if (known := prior(one))]
    own = {entry.name: entry.value for entry in choice_baselines(priors)}
    for name, value in found(samples, ACCURACY).items():
        assert own[name] == pytest.approx(value), name
    assert {"majority_letter", "majority_text", "longest_option"} == found(samples, ACCURACY).keys()


def test_macro_f1_of_the_most_frequent_class() -> None:
    """Always saying nevus, which three of five are, has scikit-learn's macro F1; it is not its accuracy of 0.6."""
    key = (0, 0, 0, 1, 2)
    expected = f1_score(key, [0] * 5, labels=[0, 1, 2], average="macro", zero_division=0.0)
    assert expected == pytest.approx(
        found([asked(at, [right]) for at, right in enumerate(key)], MACRO_F1)["majority_text"]
    )


def test_equal_probabilities_have_half_the_area() -> None:
    """A metric of probabilities is held against equal ones alone: an AUC of one half, not what letters would give."""
    samples = [asked(at, [at % 3]) for at in range(6)]
    assert {"uniform": 0.5} == found(samples, AUC)


def test_a_text_that_is_not_offered_is_not_called() -> None:
    """The most frequent text answers nothing where it is no option."""
    samples = [asked(0, [0]), asked(1, [0]), asked(2, [0], ("yes", "no"))]
    assert 2 / 3 == pytest.approx(found(samples, ACCURACY)["majority_text"])


def test_several_right_options_are_called_together() -> None:
    """The most frequent set of options is chosen whole."""
    samples = [asked(0, [0, 2]), asked(1, [0, 2]), asked(2, [0, 1])]
    recall = found(samples, find("choice.multi_recall"))
    assert (1 + 1 + 0.5) / 3 == pytest.approx(recall["majority_letter"])


def test_open_and_choice_have_one_constant() -> None:
    """Kinds taken together have one floor: the most frequent text, with no vote for an open sample's own reference."""

    def said(sample: Sample, answer: Answer) -> float:
        if sample.kind == "choice":
            return float(answer.letters == ("1",))
        return float(answer.text in sample.references and answer.status == "answered")

    metric = Metric("a.test", "1", "higher", ("choice", "open"), "", said)
    samples = [asked(0, [0]), asked(1, [0]), opened(0, "yes"), opened(1, "yes"), opened(2, "liver")]
    assert {"constant": pytest.approx(4 / 5), "majority_letter": pytest.approx(4 / 5)} == found(samples, metric)
    alone = [asked(0, [0]), opened(0, "yes")]
    assert {"constant": 0.5, "majority_letter": 0.5} == found(alone, metric)


def test_a_lower_number_has_no_floor() -> None:
    """An error that counts downwards has no best way without looking; nor has what cannot be computed here."""
    samples = [asked(at, [0]) for at in range(3)]
    assert {} == found(samples, find("calibration.brier"))
    absent = Metric("a.test", "1", "higher", ("choice",), "", lambda *_: 1.0, missing=lambda: "install it")
    assert {} == found(samples, absent)


def test_captions_keep_both_floors() -> None:
    """A caption metric has a constant and another sample's caption, None where there is no other patient."""
    caption = Sample("b/c", "b", "test", "caption", "?", references=("a liver",))
    assert {"constant": None, "retrieval": None} == found([caption], find("caption.rouge_l"))
