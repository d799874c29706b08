"""What captions score that were written about something else: the rules, and the figures of SlideBench."""

import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from statistics import mean
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.metrics.captions import UNFITTED, answer, number, sample, slidebench
from vqa_eval.metrics import caption, caption_coco, caption_medevalkit, caption_vlmevalkit
from vqa_eval.metrics.caption_floors import constant, retrieval
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Sample

Floor = Callable[[list[Sample], Metric], float | None]
both = pytest.mark.parametrize("floor", [retrieval, constant])

# Percent, measured by the originals on the 734 captions: a random derangement of all, one within every tumour,
# and the caption of row 477 for all; in the order of MEASURED.
FIGURES = {
    "all": (40.0, 5.4, 34.9, 4.3, 19.3, 2.1, 31.3, 3.6, 17.5, 31.6, 2.5, 24.2, 19.3),
    "tumour": (44.8, 8.2, 40.3, 7.0, 22.4, 7.1, 35.5, 5.5, 19.9, 36.0, 4.8, 29.0, 22.4),
}
# Standard deviations of 20 such derangements.
SPREAD = {
    "all": (0.15, 0.14, 0.16, 0.15, 0.09, 0.24, 0.15, 0.12, 0.09, 0.17, 0.13, 0.17, 0.09),
    "tumour": (0.14, 0.11, 0.14, 0.10, 0.14, 0.34, 0.12, 0.09, 0.13, 0.15, 0.13, 0.13, 0.13),
}
ROW_477 = (30.7, 3.0, 24.6, 2.4, 15.6, 3.7, 21.5, 2.0, 13.9, 26.1, 0.9, 22.1, 15.7)
MEASURED = (
    *(caption.bleu1, caption.bleu4),
    *(caption_coco.bleu1, caption_coco.bleu4, caption_coco.rouge_l, caption_coco.cider_d),
    *(caption_vlmevalkit.bleu1, caption_vlmevalkit.bleu4, caption_vlmevalkit.rouge_l),
    *(caption_medevalkit.bleu1, caption_medevalkit.bleu4, caption_medevalkit.rouge_l),
    caption.rouge_l,
)


@pytest.fixture(scope="module")
def reports(shared_data: Path) -> list[tuple[Sample, str]]:
    """Return the captions of SlideBench with their tumours."""
    return slidebench(shared_data)


@pytest.fixture(scope="module")
def fitted(reports: list[tuple[Sample, str]]) -> list[Metric]:
    """Return the measured metrics, CIDEr-D knowing all captions."""
    return [metric.fit([asked for asked, _ in reports]) if metric.fit else metric for metric in MEASURED]


def percent(metric: Metric, asked: list[Sample], texts: list[str]) -> float:
    """Return a metric's number times 100."""
    found = number(metric, asked, [answer(text) for text in texts])
    assert found is not None
    return 100 * found


def deranged(groups: list[list[int]], dice: random.Random) -> dict[int, int]:
    """Return a random place of the same group for every place, never its own."""
    found = {}
    for group in groups:
        mixed = group[:]
        while any(one == other for one, other in zip(group, mixed, strict=True)):
            dice.shuffle(mixed)
        found.update(zip(group, mixed, strict=True))
    return found


@pytest.mark.parametrize("within", ["all", "tumour"])
def test_random_floors_are_reproduced(within: str, reports: list[tuple[Sample, str]], fitted: list[Metric]) -> None:
    """The measured figures lie within three standard deviations of the mean of two other derangements."""
    groups: dict[str, list[int]] = {}
    for at, (_, tumour) in enumerate(reports):
        groups.setdefault(tumour if within == "tumour" else "", []).append(at)
    asked, dice = [found for found, _ in reports], random.Random(0)
    rows = []
    for _ in range(2):
        other = deranged(list(groups.values()), dice)
        texts = [asked[other[at]].references[0] for at in range(len(asked))]
        rows.append([percent(metric, asked, texts) for metric in fitted])
    for measured, ours, spread in zip(FIGURES[within], zip(*rows, strict=True), SPREAD[within], strict=True):
        # The difference of one draw and a mean of two; figures are rounded to one decimal.
        assert abs(measured - mean(ours)) <= 3 * spread * 1.5**0.5 + 0.05


def test_the_constant_floor_is_reproduced(reports: list[tuple[Sample, str]], fitted: list[Metric]) -> None:
    """The measured figures of one constant caption are those of the file's row 477, all thirteen."""
    asked = [found for found, _ in reports]
    ours = [percent(metric, asked, [asked[476].references[0]] * len(asked)) for metric in fitted]
    assert list(ROW_477) == pytest.approx(ours, abs=0.06)


def test_our_floors_on_slidebench(reports: list[tuple[Sample, str]]) -> None:
    """Retrieval is as good as a random slide's caption; the most central caption beats both figures."""
    asked = [found for found, _ in reports]
    begun = process_time()
    found = {
        metric.name: (retrieval(asked, metric), constant(asked, metric))
        for metric in vars(caption).values()
        if isinstance(metric, Metric)
    }
    assert 12 > process_time() - begun
    assert (0.401165, 0.429769) == pytest.approx(found["caption.bleu1"], abs=1e-6)
    assert (0.054693, 0.079058) == pytest.approx(found["caption.bleu4"], abs=1e-6)
    assert (0.193092, 0.240168) == pytest.approx(found["caption.rouge_l"], abs=1e-6)
    assert (0.026052, 0.041269) == pytest.approx(found["caption.cider_d"], abs=1e-6)
    assert (1.0, 0.893167) == pytest.approx(found["caption.length_ratio"], abs=1e-6)


def told(said: list[tuple[str, str]]) -> Metric:
    """Return a metric that scores 1 and writes down which sample was answered with what."""

    def score(asked: Sample, reply: object) -> float:
        said.append((asked.id, reply.text))  # type: ignore[attr-defined]
        return 1.0

    return Metric("t.t", "1", "higher", ("caption",), "", score=score)


def spoken(floor: Floor, samples: list[Sample]) -> dict[str, str]:
    """Return what a floor answers each sample with."""
    said: list[tuple[str, str]] = []
    floor(samples, told(said))
    return dict(said)


@both
def test_none_is_answered_from_its_own_cluster(floor: Floor) -> None:
    """Captions of the same slide answer nobody on it."""
    samples = [sample(f"{at}", f"caption {at} of slide {at % 3}", cluster=f"slide {at % 3}") for at in range(30)]
    for name, text in spoken(floor, samples).items():
        assert int(name) % 3 != int(text.split()[-1])


@both
def test_every_sample_with_a_key_is_answered(floor: Floor) -> None:
    """Samples without references, or of a kind that the metric cannot score, are left out."""
    choice = Sample("c", "b", "t", "choice", "?", options=("a", "b"), correct=(0,), references=("x",))
    samples = [sample("1", "one"), sample("2", "two"), sample("3"), choice]
    assert {"1", "2"} == set(spoken(floor, samples))


@both
def test_one_cluster_has_no_floor(floor: Floor) -> None:
    """Without another cluster there is nothing to answer with."""
    assert floor([], caption.bleu1) is None
    assert floor([sample("1", "a lung")], caption.bleu1) is None
    assert floor([sample("1", "a lung", cluster="p"), sample("2", "a liver", cluster="p")], caption.bleu1) is None
    assert floor([sample("1", "a lung"), sample("2", "a lung")], caption.bleu1) == pytest.approx(1.0)


@given(st.lists(st.tuples(st.text("abc ", min_size=1, max_size=12), st.integers(0, 3)), min_size=2, max_size=8))
def test_the_constant_is_what_most_share(rows: list[tuple[str, int]]) -> None:
    """It is the caption with the highest F1 of tokens summed over all pairs with other clusters."""
    samples = [sample(str(at), text, cluster=str(cluster)) for at, (text, cluster) in enumerate(rows)]

    def central(one: Sample) -> float:
        bag = Counter(caption.tokens(one.references[0]))
        others = [Counter(caption.tokens(other.references[0])) for other in samples if other.cluster != one.cluster]
        lengths = sum(bag.total() + other.total() for other in others)
        return 2 * sum((bag & other).total() for other in others) / max(1, lengths)

    best = max(map(central, samples))
    said = spoken(constant, samples)
    assert len(said) == (len(samples) if len({one.cluster for one in samples}) > 1 else 0)
    for one in samples if said else ():
        sources = [other for other in samples if other.cluster != one.cluster and other.references[0] == said[one.id]]
        second = max(central(other) for other in samples if other.cluster != one.cluster)
        assert min(best, second) == pytest.approx(max(map(central, sources)))


@both
@pytest.mark.parametrize("metric", UNFITTED, ids=lambda metric: metric.name)
@settings(max_examples=10, deadline=None)
@given(rows=st.lists(st.tuples(st.text(max_size=20), st.integers(0, 3)), min_size=1, max_size=6), data=st.data())
def test_order_does_not_matter(floor: Floor, metric: Metric, rows: list[tuple[str, int]], data: st.DataObject) -> None:
    """Whatever the captions and their order, a floor is the same number, and within the metric's bounds."""
    samples = [sample(str(at), text, cluster=str(cluster)) for at, (text, cluster) in enumerate(rows)]
    found, again = floor(samples, metric), floor(data.draw(st.permutations(samples)), metric)
    assert found == (again if found is None else pytest.approx(again, abs=1e-12))
    if found is not None:
        assert 0.0 <= found <= (metric.top or np.inf) + 1e-9
