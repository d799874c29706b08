"""What is reached without looking."""

import csv
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from vqa_eval.metrics import baselines
from vqa_eval.metrics.baselines import Baseline
from vqa_eval.records import Sample

SLIDEBENCH = Path(__file__).parents[3] / "shared" / "data" / "slidebench" / "SlideBench-VQA-TCGA.csv"


def asked(options: tuple[str, ...], *correct: int, multi: bool = False) -> Sample:
    """Return a choice sample."""
    return Sample("s", "b", "t", "choice", "?", options=options, correct=correct, multi=multi)


def opened(*references: str) -> Sample:
    """Return an open sample."""
    return Sample("s", "b", "t", "open", "?", references=references)


def found(name: str, samples: Sequence[Sample]) -> Baseline:
    """Return one baseline of choice samples."""
    priors = [prior for sample in samples if (prior := baselines.prior(sample)) is not None]
    return next(baseline for baseline in baselines.choice_baselines(priors) if baseline.name == name)


THREE = (asked(("yes", "no"), 0), asked(("no", "yes"), 1), asked(("no", "maybe so"), 1))


def test_slidebench_figures() -> None:
    """On SlideBench-VQA (TCGA): always B 41.4 %, the longest option 41.0 %, uniform 25 %."""
    if not SLIDEBENCH.exists():
        pytest.skip(f"SlideBench is not at hand: {SLIDEBENCH}")
    with SLIDEBENCH.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines))
    samples = [asked(tuple(row[letter] for letter in "ABCD"), "ABCD".index(row["Answer"].strip())) for row in rows]
    three = (found("majority_letter", samples), found("longest_option", samples), found("uniform", samples))
    assert [("majority_letter", 41.4), ("longest_option", 41.0), ("uniform", 25.0)] == [
        (baseline.name, round(100 * (baseline.value or 0), 1)) for baseline in three
    ]
    assert {1494} == {baseline.n for baseline in three}


def test_majority_letter() -> None:
    """The most frequent position, of all samples with a key."""
    assert Baseline("majority_letter", 2 / 3, 3) == found("majority_letter", THREE)


def test_majority_text() -> None:
    """The most frequent right text, wherever it stands."""
    assert Baseline("majority_text", 2 / 3, 3) == found("majority_text", THREE)


def test_longest_option_takes_the_first_of_equals() -> None:
    """The option with the most characters; of equals the first."""
    assert Baseline("longest_option", 1.0, 3) == found("longest_option", THREE)
    assert Baseline("longest_option", 0.0, 1) == found("longest_option", [asked(("ab", "cd"), 1)])


def test_uniform_counts_the_sets_that_may_be_chosen() -> None:
    """1/k, and 1/(2^k - 1) where any set may be right."""
    assert 0.5 == found("uniform", THREE).value
    assert 1 / 15 == found("uniform", [asked(("a", "b", "c", "d"), 0, 1, multi=True)]).value


def test_constant_text_is_scored_by_the_headline_metric() -> None:
    """The commonest reference of open samples is scored by exact match; captions have floors of their own."""
    samples = [opened("Left lung"), opened("left lung."), opened("liver")]
    assert Baseline("constant", 2 / 3, 3) == baselines.constant(samples)
    captions = [Sample(str(at), "b", "t", "caption", "?", references=(text,)) for at, text in enumerate(["a b", "b c"])]
    assert (None, 0) == (baselines.constant(captions).value, baselines.constant(captions).n)


def test_a_constant_text_is_not_a_samples_own() -> None:
    """A sample's own reference has no vote in the text it is scored with: alone it has no baseline at all."""
    alone = opened("a liver")
    assert Baseline("constant", None, 0) == baselines.constant([alone])
    assert Baseline("constant", 0.0, 2) == baselines.constant([opened("liver"), opened("lung")])


def test_without_key_there_is_no_baseline() -> None:
    """Samples without a key are left out; with none left the value is None, not zero."""
    nothing = [Sample("s", "b", "t", "choice", "?", options=("a", "b"))]
    for name in ("uniform", "majority_letter", "majority_text", "longest_option"):
        assert (None, 0) == (found(name, nothing).value, found(name, nothing).n)
    assert (None, 0) == (baselines.constant(nothing).value, baselines.constant(nothing).n)


def test_each_benchmark_has_its_own_majority() -> None:
    """A prior knows which benchmark it is asked: two benchmarks of one letter each are answered whole."""
    two = [replace(asked(("a", "b"), at), benchmark=name) for at, name in enumerate("xy")]
    assert 1.0 == found("majority_letter", two).value
