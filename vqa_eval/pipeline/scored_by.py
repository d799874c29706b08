"""What a run is scored by: the metrics that every sample of a kind gets, and those its benchmark is reported in."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import get_args

from vqa_eval.answers import RULES_VERSION
from vqa_eval.boards.places import place_name, place_of
from vqa_eval.metrics import Metric, for_kind, for_profile, metric_profiles
from vqa_eval.pipeline.label import labelled
from vqa_eval.pipeline.measures import known_measures
from vqa_eval.pipeline.signature import marked_by
from vqa_eval.records import Kind, Sample
from vqa_eval.store import RunStore


@dataclass(frozen=True, slots=True)
class Metrics:
    """What samples are scored by: the metrics of their kind, then those that their benchmark is reported in."""

    usual: Mapping[Kind, Sequence[Metric]]
    special: Mapping[tuple[str, Kind], Sequence[Metric]]
    """All metrics of a benchmark, or a part of one, where they are not the usual ones of the kind."""

    def of(self, sample: Sample) -> Sequence[Metric]:
        """Return the metrics of a sample, the headline of its kind first."""
        found = self.special.get((place_name(place_of(sample)), sample.kind)) if self.special else None
        return self.usual[sample.kind] if found is None else found

    @property
    def marked_by(self) -> str:
        """Versions of the rules and of all metrics, as they stand in a signature."""
        groups = (*self.usual.values(), *self.special.values())
        return marked_by(RULES_VERSION, ((metric.name, metric.version) for metrics in groups for metric in metrics))


def metrics_of(store: RunStore, names: Iterable[str], more: Iterable[Metric]) -> Metrics:
    """Return what the samples of a run are scored by, with the profiles and metrics beside the usual ones.

    Metrics over labels know those that the run has, and are there where it has any.
    """
    theirs = [metric for name in names if name in metric_profiles() for metric in for_profile(name)]
    more = [*theirs, *more]
    bound = {metric.name: metric for metric in labelled(store)}
    more = [bound.get(metric.name, metric) for metric in (*more, *bound.values())]
    usual: dict[Kind, list[Metric]] = {
        kind: list(dict.fromkeys((*for_kind(kind), *(metric for metric in more if kind in metric.kinds))))
        for kind in get_args(Kind)
        if store.has_kind(kind)
    }
    measures = {
        place: [bound.get(metric.name, metric) for metric in metrics if not lacking(metric)]
        for place, metrics in known_measures(store.manifest).items()
    }
    special = {
        (place, kind): list(dict.fromkeys((*usual[kind], *(metric for metric in metrics if kind in metric.kinds))))
        for place, metrics in measures.items()
        for kind in usual
    }
    return Metrics(usual, special)


def fitted(store: RunStore, metrics: Metrics) -> Metrics:
    """Return the metrics with those fitted that depend on the other samples.

    They are fitted benchmark by benchmark: what one is worth does not change with what else is asked.
    """
    special = dict(metrics.special)
    groups = [*metrics.usual.items(), *((kind, found) for (_, kind), found in special.items())]
    fitting = {kind for kind, found in groups if any(metric.fit for metric in found)}
    samples: defaultdict[tuple[str, Kind], list[Sample]] = defaultdict(list)
    for sample in store.samples() if fitting else ():
        if sample.kind in fitting and sample.has_key:
            samples[place_name(place_of(sample)), sample.kind].append(sample)
    for at, known in samples.items():
        found = special.get(at, metrics.usual[at[1]])
        special[at] = [metric.fit(known) if metric.fit else metric for metric in found]
    return Metrics(metrics.usual, special)


def lacking(metric: Metric) -> str:
    """Return what to install where the metric cannot be computed here."""
    return metric.missing() if metric.missing else ""
