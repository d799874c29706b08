"""Where a sample is published: its benchmark, or the part of one that its publisher reports apart."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from vqa_eval.records import Node, Sample

AXIS = "benchmark"


def place_of(sample: Sample) -> Node:
    """Return the node of a sample's benchmark, with its part where it has one."""
    for node in sample.nodes:
        if node[0] == AXIS:
            return node
    return (AXIS, sample.benchmark)


def place_name(place: Node) -> str:
    """Return how a benchmark or a part of one is called: "vqa-rad", "slidebench/vqa-tcga"."""
    return "/".join(place[1:])


def pools(positions: Sequence[int], samples: Sequence[Sample]) -> dict[Node, Sequence[int]]:
    """Return what one number may be over: under () all positions, or under each place its own.

    Parts of one benchmark are published apart and may hold the same questions: where there are several among the
    samples, nothing is pooled.
    """
    places = by_place(positions, samples)
    several = len({place[:2] for place in places}) < len(places)
    return dict(places) if several else {(): positions}


def by_place(positions: Iterable[int], samples: Sequence[Sample]) -> dict[Node, list[int]]:
    """Return which of the positions stand in which place, in the places' order."""
    found: defaultdict[Node, list[int]] = defaultdict(list)
    for at in positions:
        found[place_of(samples[at])].append(at)
    return {place: found[place] for place in sorted(found)}
