"""Several rows on the samples that all of them answered: ranks that admit ties, paired differences, a map of nodes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from vqa_eval.boards.columns import Judged, column
from vqa_eval.metrics import for_kind
from vqa_eval.records import Kind, Node, Sample
from vqa_eval.stats import (
    McNemar,
    PairedDifference,
    Ranking,
    benjamini_hochberg,
    holm,
    mcnemar,
    paired_difference,
    rank_bootstrap,
    sign_flip,
)

Names = tuple[str, ...]
Pair = tuple[int, int]
"""Positions of two rows: the first minus the second."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Two rows on one node."""

    pair: Pair
    node: Node
    """() for the whole selection."""
    paired: PairedDifference
    p: float | None
    """Of the exact cluster sign-flip test, which is McNemar's where every sample is its own cluster."""
    adjusted: float | None
    """p among all pairs (Holm) on the whole selection, among all pairs and nodes (Benjamini and Hochberg) below."""
    mcnemar: McNemar | None
    """Only where scores are right and wrong and no two samples share a cluster."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What can be said of several rows under the headline metric of one kind of samples."""

    kind: Kind
    metric: str
    names: Names
    n: int
    """Samples that every row has a score on."""
    left_out: int
    """Samples of one or more rows that another row has no score on."""
    clusters: int
    ranking: Ranking
    whole: tuple[Difference, ...]
    nodes: tuple[Difference, ...]
    benchmark: str = ""
    """The benchmark, or part of one, that alone is compared; empty for the whole selection."""


def make_comparison(
    kind: Kind,
    names: Names,
    samples: Sequence[Sample],
    rows: Sequence[Sequence[Judged]],
    *,
    pairs: Sequence[Pair] | None = None,
    nodes: Mapping[Node, Sequence[int]] | None = None,
) -> Comparison | None:
    """Compare rows on samples of one kind; None where not one sample has a score in every row.

    `rows[i]` belongs to `names[i]` and has an entry for each of the samples. `pairs` are those declared (all
    without it), `nodes` the positions of the samples under each node of the map.
    """
    metric = for_kind(kind)[0]
    values = [column(judged, metric.name).values for judged in rows]
    of_kind = [at for at, sample in enumerate(samples) if sample.kind == kind and sample.has_key]
    some = [at for at in of_kind if any(one[at] is not None for one in values)]
    common = [at for at in some if all(one[at] is not None for one in values)]
    if not common:
        return None
    scores = {at: [one[at] or 0.0 for one in values] for at in common}
    clusters = {at: samples[at].cluster for at in common}
    declared = list(pairs) if pairs is not None else list(combinations(range(len(names)), 2))
    whole = [_difference(pair, (), common, scores, clusters) for pair in declared]
    below = [
        _difference(pair, node, at, scores, clusters)
        for node, positions in (nodes or {}).items()
        if (at := [position for position in positions if position in scores])
        for pair in declared
    ]
    return Comparison(
        kind=kind,
        metric=metric.name,
        names=names,
        n=len(common),
        left_out=len(some) - len(common),
        clusters=len(set(clusters.values())),
        ranking=rank_bootstrap(
            [[scores[at][row] for at in common] for row in range(len(names))], [clusters[at] for at in common]
        ),
        whole=_adjusted(whole, holm([difference.p for difference in whole])),
        nodes=_adjusted(below, benjamini_hochberg([difference.p for difference in below])),
    )


def _difference(
    pair: Pair, node: Node, at: Sequence[int], scores: Mapping[int, Sequence[float]], clusters: Mapping[int, str]
) -> Difference:
    first = [scores[position][pair[0]] for position in at]
    second = [scores[position][pair[1]] for position in at]
    groups = [clusters[position] for position in at]
    paired = paired_difference(first, second, groups)
    exact = sign_flip(first, second, groups) if paired.clusters > 1 else None
    alone = paired.clusters == paired.n and {*first, *second} <= {0.0, 1.0}
    test = mcnemar(paired.wins, paired.losses) if alone else None
    return Difference(pair, node, paired, exact.p if exact else None, None, test)


def _adjusted(differences: Sequence[Difference], adjusted: Sequence[float | None]) -> tuple[Difference, ...]:
    return tuple(
        Difference(one.pair, one.node, one.paired, one.p, p, one.mcnemar)
        for one, p in zip(differences, adjusted, strict=True)
    )
