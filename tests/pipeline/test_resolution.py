"""What a node can show: by hand on few samples, and never better for sharing clusters."""

import math

import pytest

from vqa_eval.pipeline.resolution import resolutions
from vqa_eval.records import Sample

MULTIPLE = 1.959964 + 0.841621
"""Standard errors of 95 % confidence and 80 % power."""


def sample(number: int, cluster: str, *nodes: tuple[str, ...]) -> Sample:
    """Return a choice question."""
    return Sample(f"b/{number}", "b", "test", "choice", "?", cluster=cluster, nodes=nodes)


def test_every_value_under_the_axes_has_a_line() -> None:
    """The whole first, then the axes in their order; deeper names count for the value they hang under."""
    deep = ("modality", "MRI", "T1 MRI")
    samples = [
        sample(1, "p", ("task", "DD"), deep),
        sample(2, "q", ("modality", "MRI")),
        sample(3, "r", ("organ", "x")),
    ]
    found = list(resolutions(samples, ("modality", "task")))
    assert [((), 3), (("modality", "MRI"), 2), (("task", "DD"), 1)] == [(one.node, one.samples) for one in found]


def test_the_difference_is_that_of_the_samples_and_of_the_clusters() -> None:
    """Ninety questions, one cluster of 30 and 60 of one: between n = 90 and 90² / (30² + 60)."""
    samples = [sample(number, "big" if number < 30 else str(number)) for number in range(90)]
    (whole,) = resolutions(samples, ())
    assert (90, 61) == (whole.samples, whole.clusters)
    assert pytest.approx(MULTIPLE / 3 / math.sqrt(90), rel=1e-6) == whole.best
    assert pytest.approx(MULTIPLE / 3 / math.sqrt(8100 / 960), rel=1e-6) == whole.worst


def test_samples_without_clusters_are_their_own() -> None:
    """Then both numbers are the same."""
    (whole,) = resolutions([sample(number, "") for number in range(10)], ())
    assert (10, whole.best) == (whole.clusters, whole.worst)


def test_one_shows_nothing() -> None:
    """A single question compares nothing, and questions of a single cluster are one if they are all alike."""
    (one,) = resolutions([sample(1, "p")], ())
    assert (None, None) == (one.best, one.worst)
    (alike,) = resolutions([sample(1, "p"), sample(2, "p")], ())
    assert alike.best is not None
    assert alike.worst is None


def test_kinds_are_told_apart() -> None:
    """Accuracy of choice questions and scores of descriptions are compared apart, as on the board."""
    caption = Sample("b/9", "b", "test", "caption", "Describe.")
    assert ["caption", "choice"] == [one.kind for one in resolutions([sample(1, "p"), caption], ())]
