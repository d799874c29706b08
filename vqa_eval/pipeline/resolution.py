"""Which difference between two models each node of a run will be able to show, before anybody is asked."""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from vqa_eval.records import Kind, Node, Sample
from vqa_eval.stats import detectable_difference

ASSUMED = (
    "shows from: the smallest difference between two models, in points of 100, that is found with 95 % confidence in "
    "80 % of comparisons: both asked the same questions, greedily, the difference of their scores varying over "
    "questions by 1/9 (Miller 2024)",
    "first as if questions of one cluster (patient, slide or picture) told as much as others, then as if they all told "
    "the same; what a comparison finds lies between. –: one sample, or one cluster, shows nothing",
)
"""What the numbers rest on, for people."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """What one node can show."""

    kind: Kind
    node: Node
    """() for all of the run's questions of this kind."""
    samples: int
    clusters: int
    best: float | None
    """Smallest difference that is found if samples that share a cluster are independent; None of a single sample."""
    worst: float | None
    """The same if they are all alike, so that only clusters count, large ones for more; None of a single cluster."""


def resolutions(samples: Iterable[Sample], axes: Sequence[str]) -> Iterator[Resolution]:
    """Yield what the whole run and every value directly under the axes can show, in the axes' order."""
    names: dict[str, int] = {}
    held: defaultdict[tuple[Kind, Node], array[int]] = defaultdict(lambda: array("l"))
    for sample in samples:
        cluster = names.setdefault(sample.cluster or sample.id, len(names))
        for node in {(), *(node[:2] for node in sample.nodes if node[0] in axes)}:
            held[sample.kind, node].append(cluster)
    order = {axis: place for place, axis in enumerate(axes)}
    for kind, node in sorted(held, key=lambda at: (at[0], order[at[1][0]] if at[1] else -1, at[1])):
        yield _resolution(kind, node, held[kind, node])


def _resolution(kind: Kind, node: Node, clusters: "array[int]") -> Resolution:
    sizes: defaultdict[int, int] = defaultdict(int)
    for cluster in clusters:
        sizes[cluster] += 1
    n = len(clusters)
    # Kish's effective number of samples where all within a cluster are alike.
    alike = n * n / math.fsum(size * size for size in sizes.values())
    best = detectable_difference(n) if n > 1 else None
    worst = detectable_difference(alike) if len(sizes) > 1 else None
    return Resolution(kind, node, n, len(sizes), best, worst)
