"""What a measure gives to answers made without looking, whichever measure it is.

`baselines` has accuracy's own, exactly and at once; here the same ways of answering go through a metric's score and
pool, so that macro F1, a correlation or the recall of a multiple answer has its floor too.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence

from vqa_eval.metrics.baselines import Baseline, constant_texts
from vqa_eval.metrics.metric import Metric
from vqa_eval.metrics.pooling import plain_number
from vqa_eval.records import Answer, Sample

Way = Callable[[Sequence[Sample]], Iterator[tuple[Sample, Answer]]]

_SILENT = Answer("unparsed")


def floors(samples: Sequence[Sample], metric: Metric) -> tuple[Baseline, ...]:
    """Return what answering samples of any kinds without looking scores under a metric that counts upwards.

    Choice samples alone: always the position, or the text, that is most often right in the benchmark, and the
    longest option; for a metric of probabilities equal ones. With open samples among them, these get the most
    frequent answer of the benchmark, in whose choice their own reference has no vote, and the others the text
    ("constant") or the position that is most often right. Captions: a constant one and another sample's, None
    where undefined; other ways to which the metric gives no number are left out.
    """
    kinds = {sample.kind for sample in samples}
    if kinds == {"caption"}:
        from vqa_eval.metrics import caption_floors

        return (
            Baseline("constant", caption_floors.constant(samples, metric), len(samples)),
            Baseline("retrieval", caption_floors.retrieval(samples, metric), len(samples)),
        )
    if metric.better != "higher" or (metric.missing and metric.missing()):
        return ()
    if metric.needs_shares:
        found = {"uniform": plain_number(metric, list(_uniform(samples)))}
    else:
        ways = _CHOICE if kinds == {"choice"} else _MIXED
        found = {name: plain_number(metric, list(way(samples))) for name, way in ways.items()}
    return tuple(Baseline(name, value, len(samples)) for name, value in found.items() if value is not None)


def _uniform(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Answer]]:
    for sample in samples:
        if sample.options:
            yield sample, Answer("unparsed", shares=(1 / len(sample.options),) * len(sample.options))


def _longest(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Answer]]:
    for sample in samples:
        lengths = [len(option.strip()) for option in sample.options]
        yield sample, _chosen([lengths.index(max(lengths))] if lengths else [])


def _majority(key: Callable[[Sample], frozenset[Hashable]], names: Callable[[Sample], list[Hashable]]) -> Way:
    """Return the way that calls whatever is most often the key in the benchmark, where the sample offers it."""

    def way(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Answer]]:
        votes: defaultdict[str, Counter[frozenset[Hashable]]] = defaultdict(Counter)
        for sample in samples:
            votes[sample.benchmark][key(sample)] += 1
        best = {benchmark: counted.most_common(1)[0][0] for benchmark, counted in votes.items()}
        for sample in samples:
            called = best[sample.benchmark]
            offered = names(sample)
            places = [offered.index(name) for name in called if name in offered]
            yield sample, _chosen(sorted(places) if len(places) == len(called) else [])

    return way


def _texts(sample: Sample) -> list[Hashable]:
    return [" ".join(option.casefold().split()) for option in sample.options]


_majority_letter = _majority(lambda sample: frozenset(sample.correct), lambda sample: list(range(len(sample.options))))
_majority_text = _majority(lambda sample: frozenset(_texts(sample)[at] for at in sample.correct), _texts)


def _mixed(choosing: Way) -> Way:
    """Return a way for open samples too: these get the most frequent answer of their benchmark."""

    def way(samples: Sequence[Sample]) -> Iterator[tuple[Sample, Answer]]:
        yield from choosing([sample for sample in samples if sample.kind == "choice"])
        for sample, text in constant_texts([sample for sample in samples if sample.kind == "open"]):
            yield sample, Answer("answered", text=text) if text else _SILENT

    return way


def _chosen(places: Sequence[int]) -> Answer:
    """Return the answer that chooses options by their places; one that chooses nothing where there are none."""
    return Answer("answered", tuple(str(at + 1) for at in places)) if places else _SILENT


_CHOICE: dict[str, Way] = {
    "majority_letter": _majority_letter,
    "majority_text": _majority_text,
    "longest_option": _longest,
}
_MIXED: dict[str, Way] = {"constant": _mixed(_majority_text), "majority_letter": _mixed(_majority_letter)}
