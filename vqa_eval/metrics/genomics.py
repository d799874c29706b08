"""Variant calling: F1 of single-nucleotide variants and of indels, by genotype.

The samples are candidate sites, the options the genotypes that a site may have: "hom-ref", "het", "hom-alt", or the
copies of the variant, "0", "1", "2", as Med-PaLM M asks for them.  A right call of a variant's genotype is a true
positive; a variant that is not called, a false negative; a variant called where there is none, a false positive; a
variant called with another genotype, both.  An abstention calls nothing.  The type of a variant is the sample's
place on the axis `variant`.

Source: the counts and F1 = 2 · precision · recall / (precision + recall) are those of hap.py's manual ("genotype and
allele mismatches are counted both as false-positives and as false-negatives"), by which DeepVariant's documentation
reports.  What differs: hap.py compares haplotypes of whole genomes, here a site is compared with itself, and a
variant that never became a candidate is not counted as missed.  That Med-PaLM M (arXiv 2307.14334) counted its
13,030 candidates in this way is inferred, not stated there.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING

from vqa_eval.metrics.chosen import chosen, class_of, right
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer, Sample

if TYPE_CHECKING:
    from numpy import ndarray

_AXIS = "variant"

_HOMOZYGOUS_REFERENCE = frozenset(
    {"0", "0 copies", "0/0", "0|0", "hom-ref", "hom ref", "homref", "homozygous reference", "homozygous-reference"}
)
"""Names of the genotype in which there is no variant; without one of them among the options nothing is counted."""


def _genotypes(sample: Sample, answer: Answer) -> tuple[str, str] | None:
    """Return the true and the called genotype, each empty where there is no variant."""
    asked, said = right(sample), chosen(sample, answer)
    names = [class_of(sample, position) for position in range(len(sample.options))]
    if asked is None or not _HOMOZYGOUS_REFERENCE & {*names}:
        return None
    true, called = names[asked], "" if said is None else names[said]
    return ("" if true in _HOMOZYGOUS_REFERENCE else true), ("" if called in _HOMOZYGOUS_REFERENCE else called)


def _counts(kind: str) -> Callable[[Sample, Answer], tuple[float, float, float] | None]:
    """Return the function that counts a sample's true positives, false positives and false negatives."""

    def count(sample: Sample, answer: Answer) -> tuple[float, float, float] | None:
        genotypes = _genotypes(sample, answer) if _is_of(sample, kind) else None
        if genotypes is None:
            return None
        true, called = genotypes
        return float(bool(true) and true == called), float(called not in {"", true}), float(true not in {"", called})

    return count


def _is_of(sample: Sample, kind: str) -> bool:
    return any(node[0] == _AXIS and kind in {name.casefold() for name in node[1:]} for node in sample.nodes if node)


def _concordance(kind: str) -> Callable[[Sample, Answer], float | None]:
    def concordance(sample: Sample, answer: Answer) -> float | None:
        asked, said = right(sample), chosen(sample, answer)
        if asked is None or _counts(kind)(sample, answer) is None:
            return None
        return float(said is not None and class_of(sample, said) == class_of(sample, asked))

    return concordance


def _f1(units: "ndarray") -> float | None:
    found, wrong, missed = units.sum(axis=0).tolist() if len(units) else (0.0, 0.0, 0.0)
    return 2 * found / (2 * found + wrong + missed) if found + wrong + missed else None


def _metric(name: str, kind: str) -> Metric:
    return Metric(
        name=f"genomics.{name}",
        version="1",
        better="higher",
        kinds=("choice",),
        about=f"F1 of called {kind} variants, right where the genotype is; undefined where none is there or called",
        score=_concordance(kind.casefold()),
        unit=_counts(kind.casefold()),
        pool=_f1,
        setting="match:genotype|sites:candidates|abstention:no call",
    )


snp_f1 = _metric("snp_f1", "SNP")

indel_f1 = _metric("indel_f1", "indel")
