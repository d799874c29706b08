"""Variant calling: what counts as found, wrong and missed, by hap.py's definition."""

from string import ascii_uppercase

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vqa_eval import metrics
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample

SNP = metrics.find("genomics.snp_f1")
INDEL = metrics.find("genomics.indel_f1")

GENOTYPES = ("hom-ref", "het", "hom-alt")
COPIES = ("0", "1", "2")

calls = st.lists(st.tuples(st.integers(0, 2), st.integers(-1, 2)), min_size=1, max_size=40)


def site(right: int, kind: str = "SNP", options: tuple[str, ...] = GENOTYPES) -> Sample:
    """Return a candidate site."""
    nodes = (("modality", "Genomics"), ("variant", kind))
    return Sample("s", "b", "t", "choice", "?", options=options, correct=(right,), nodes=nodes)


def called(position: int) -> Answer:
    """Return the call of a genotype, or the abstention (-1)."""
    return Answer("unparsed") if position < 0 else Answer("answered", letters=(ascii_uppercase[position],))


def f1(cases: list[tuple[int, int]], metric: Metric = SNP) -> float | None:
    """Return the F1 of calls, told by the positions of true and called genotype."""
    assert metric.unit is not None
    assert metric.pool is not None
    return metric.pool(np.array([metric.unit(site(right), called(said)) for right, said in cases], dtype=float))


@pytest.mark.parametrize("options", [GENOTYPES, COPIES], ids=["genotypes", "copies"])
@pytest.mark.parametrize(
    ("right", "said", "expected"),
    [
        (0, 0, (0.0, 0.0, 0.0)),
        (1, 1, (1.0, 0.0, 0.0)),
        (0, 2, (0.0, 1.0, 0.0)),
        (2, 0, (0.0, 0.0, 1.0)),
        (1, 2, (0.0, 1.0, 1.0)),
        (1, -1, (0.0, 0.0, 1.0)),
        (0, -1, (0.0, 0.0, 0.0)),
    ],
    ids=["no variant", "found", "made up", "missed", "wrong genotype", "no call", "no call of none"],
)
def test_what_counts(options: tuple[str, ...], right: int, said: int, expected: tuple[float, ...]) -> None:
    """True positives, false positives and false negatives of one site; a wrong genotype is both of the latter."""
    assert SNP.unit is not None
    assert expected == SNP.unit(site(right, options=options), called(said))


@pytest.mark.parametrize(
    ("found", "missed", "wrong", "expected"), [(24987, 292, 59, 0.993025), (3306788, 20708, 4274, 0.996237)]
)
def test_deepvariant_figures(found: int, missed: int, wrong: int, expected: float) -> None:
    """The counts that DeepVariant's documentation prints for SNPs give the F1 that it prints."""
    assert SNP.pool is not None
    assert expected == pytest.approx(SNP.pool(np.array([[found, wrong, missed]], dtype=float)), abs=5e-7)


def test_f1_of_a_few_sites() -> None:
    """Two found, one of a wrong genotype, one made up, one missed: 2·2 / (2·2 + 2 + 2)."""
    assert 0.5 == f1([(1, 1), (2, 2), (1, 2), (0, 1), (2, 0), (0, 0)])


def test_types_are_counted_apart() -> None:
    """A site counts for the type that it hangs under on the axis `variant`, in any case, or for none."""
    for sample, expected in (
        (site(1), (True, False)),
        (site(1, "indel"), (False, True)),
        (site(1, "INDEL"), (False, True)),
        (site(1, "complex"), (False, False)),
        (Sample("s", "b", "t", "choice", "?", options=GENOTYPES, correct=(1,)), (False, False)),
        (Sample("s", "b", "t", "choice", "?", options=GENOTYPES, correct=(1,), nodes=(("task", "SNP"),)), (False,) * 2),
    ):
        for metric, counted in zip((SNP, INDEL), expected, strict=True):
            assert metric.unit is not None
            assert counted == (metric.unit(sample, called(1)) is not None)
            assert counted == (metric.score(sample, called(1)) is not None)


def test_without_a_name_for_no_variant_nothing_is_counted() -> None:
    """Where no option is known to mean that there is no variant, calls cannot be told from none."""
    assert SNP.unit is not None
    assert SNP.unit(site(1, options=("A/A", "A/G", "G/G")), called(1)) is None
    assert SNP.score(site(1, options=("A/A", "A/G", "G/G")), called(1)) is None


def test_without_a_key_nothing_is_counted() -> None:
    """A site without a key has neither unit nor score."""
    sample = Sample("s", "b", "t", "choice", "?", options=GENOTYPES, nodes=(("variant", "SNP"),))
    assert SNP.unit is not None
    assert SNP.unit(sample, called(1)) is None
    assert SNP.score(sample, called(1)) is None


def test_no_variants_have_no_f1() -> None:
    """Where no variant is there and none is called F1 is undefined, as without sites."""
    assert f1([(0, 0), (0, -1)]) is None
    assert f1([(0, 1)]) == 0.0
    assert SNP.pool is not None
    assert SNP.pool(np.empty((0, 3))) is None


def test_one_site_scores_its_genotype() -> None:
    """A site's own score is 1 where the genotype is called, variant or not."""
    assert (1.0, 1.0, 0.0, 0.0) == tuple(
        SNP.score(site(right), called(said)) for right, said in ((0, 0), (2, 2), (1, 2), (0, -1))
    )


@given(calls)
def test_f1_is_that_of_its_definition(cases: list[tuple[int, int]]) -> None:
    """F1 is the harmonic mean of precision over calls and recall over variants; order does not matter."""
    found = sum(right == said and right > 0 for right, said in cases)
    variants, callings = sum(right > 0 for right, _ in cases), sum(said > 0 for _, said in cases)
    if not variants + callings:
        assert f1(cases) is None
        return
    precision, recall = found / callings if callings else 0.0, found / variants if variants else 0.0
    expected = 2 * precision * recall / (precision + recall) if found else 0.0
    assert expected == pytest.approx(f1(cases))
    assert f1(cases) == f1(cases[::-1])


@given(calls.filter(lambda cases: any(right for right, _ in cases)), st.data())
def test_an_abstention_never_helps(cases: list[tuple[int, int]], data: st.DataObject) -> None:
    """Right calls throughout give 1, and to abstain instead of a right call never raises F1."""
    assert 1.0 == f1([(right, right) for right, _ in cases])
    at = data.draw(st.integers(0, len(cases) - 1))
    right = [*cases[:at], (cases[at][0], cases[at][0]), *cases[at + 1 :]]
    silent = [*cases[:at], (cases[at][0], -1), *cases[at + 1 :]]
    answered, unanswered = f1(right), f1(silent)
    assert answered is not None
    assert unanswered is not None
    assert unanswered <= answered
