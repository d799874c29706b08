"""What a report says, compared as labels: F1 over CheXbert's conditions, and RadGraph's entities and relations.

The labels are those that a labelling engine gave to the references and to what was answered; here they are only
counted. A reply that is no answer says nothing: it is not labelled, claims no condition and has no entity, and
still counts. A text without labels leaves its sample without a score, never with 0.

CheXbert calls every condition blank, positive, negative or uncertain, and F1 needs two classes: positive and
uncertain are one, blank and negative the other, as in `f1chexbert` (J.-B. Delbrouck, ViLMedic, mode "rrg"; Y. Miura
et al., NAACL 2021, §4). The five conditions are those of J. Irvin et al., CheXpert (AAAI 2019). Med-PaLM M reports
all four F1 without saying what became of uncertain.

RadGraph's F1 is that of the package `radgraph` 0.1.18 (J.-B. Delbrouck et al., Findings of EMNLP 2022, §4.2): the
mean over reports of the F1 of two sets, which hold for each entity its words and its kind, and at the levels above
whether it has relations (`radgraph_f1`, the reward RG_ER) or each relation with its other end.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from vqa_eval.metrics.metric import Labels, Metric
from vqa_eval.records import Answer, Sample, Unit

if TYPE_CHECKING:
    from numpy import ndarray

POSITIVE = frozenset({"positive", "uncertain"})

FIVE = ("Atelectasis", "Cardiomegaly", "Consolidation", "Edema", "Pleural Effusion")

Facts = frozenset[tuple[object, ...]]
"""What a report says, as RadGraph sees it at one level."""


def _unbound(sample: Sample, answer: Answer) -> None:
    """Score nothing: the labels are not known."""


def _sides(labels: Labels, sample: Sample, answer: Answer) -> tuple[str, list[str]] | None:
    """Return the labels of what was said, empty where nothing was, and of every reference; None where one lacks."""
    text = answer.text if answer.status == "answered" else ""
    said = labels(text) if text.strip() else ""
    references = [labels(reference) for reference in sample.references if reference.strip()]
    known = [reference for reference in references if reference is not None]
    if said is None or not known or len(known) < len(references):
        return None
    return said, known


# --- CheXbert: conditions


@lru_cache(maxsize=4096)
def _classes(labels: str) -> Mapping[str, str]:
    found: dict[str, str] = json.loads(labels)
    return found


def _codes(reference: str, said: str, only: tuple[str, ...]) -> Unit:
    """Return a code a condition: 1 where the reference has it, 2 where the reply has it, 3 where both have."""
    asked, claimed = _classes(reference), _classes(said) if said else {}
    return tuple(
        float((asked[name] in POSITIVE) + 2 * (claimed.get(name, "blank") in POSITIVE)) for name in only or asked
    )


def _own_f1(codes: Unit) -> float:
    """Return the F1 of one report; 1 where neither side has a condition."""
    shared, sides = codes.count(3.0), sum((code > 0) + (code == 3.0) for code in map(float, codes))
    return 2 * shared / sides if sides else 1.0


def _tallies(units: "ndarray") -> "tuple[ndarray, ndarray]":
    """Return for each condition twice what both sides have, and what the two have together."""
    shared = (units == 3).sum(axis=0)
    return 2 * shared, (units > 0).sum(axis=0) + shared


def _micro(units: "ndarray") -> float | None:
    shared, sides = _tallies(units)
    return float(shared.sum() / sides.sum()) if sides.sum() else None


def _macro(units: "ndarray") -> float | None:
    shared, sides = _tallies(units)
    return float((shared / sides.clip(min=1)).mean()) if sides.sum() else None


def _chexbert(name: str, about: str, only: tuple[str, ...], pool: "Callable[[ndarray], float | None]") -> Metric:
    def bind(labels: Labels) -> Metric:
        def unit(sample: Sample, answer: Answer) -> Unit | None:
            pair = _sides(labels, sample, answer)
            if pair is None:
                return None
            said, references = pair
            return max((_codes(reference, said, only) for reference in references), key=_own_f1)

        def score(sample: Sample, answer: Answer) -> float | None:
            codes = unit(sample, answer)
            return None if codes is None else _own_f1(codes)

        return replace(metric, score=score, unit=unit)

    metric = Metric(
        name=f"labels.{name}",
        version="1",
        better="higher",
        kinds=("caption",),
        about=about,
        score=_unbound,
        unit=_unbound,
        pool=pool,
        setting="labels:chexbert|positive:positive+uncertain|empty:none|absent:0|nrefs:max|as:sklearn",
        labeller="chexbert",
        bind=bind,
    )
    return metric


_ALL: tuple[str, ...] = ()

chexbert_micro_f1_14 = _chexbert(
    "chexbert_micro_f1_14", "F1 of CheXbert's 14 conditions, all calls of all reports together", _ALL, _micro
)

chexbert_macro_f1_14 = _chexbert(
    "chexbert_macro_f1_14",
    "F1 of each of CheXbert's 14 conditions, averaged; 0 for one that neither side has",
    _ALL,
    _macro,
)

chexbert_micro_f1_5 = _chexbert(
    "chexbert_micro_f1_5",
    "F1 of five common conditions by CheXbert, all calls of all reports together",
    FIVE,
    _micro,
)

chexbert_macro_f1_5 = _chexbert(
    "chexbert_macro_f1_5",
    "F1 of each of five common conditions by CheXbert, averaged; 0 for one that neither side has",
    FIVE,
    _macro,
)


# --- RadGraph: entities and relations

Entity = Mapping[str, Any]
"""tokens, label ("OBS-DP": a kind and whether it is present) and relations as pairs (type, number of an entity)."""


Level = Callable[[Entity, Mapping[str, Entity]], list[tuple[object, ...]]]
"""From an entity, and all of its report, to what it says."""


def _alone(entity: Entity, _: Mapping[str, Entity]) -> list[tuple[object, ...]]:
    return [(entity["tokens"], entity["label"])]


def _related(entity: Entity, _: Mapping[str, Entity]) -> list[tuple[object, ...]]:
    return [(entity["tokens"], entity["label"], bool(entity["relations"]))]


def _with_relations(entity: Entity, entities: Mapping[str, Entity]) -> list[tuple[object, ...]]:
    # As in the package, case counts for entities without relations alone.
    return [
        (entity["tokens"].lower(), entity["label"], relation, entities[end]["tokens"].lower())
        for relation, end in entity["relations"]
    ] or [(entity["tokens"], entity["label"])]


def _radgraph(name: str, about: str, level: Level) -> Metric:
    @lru_cache(maxsize=4096)
    def facts(labels: str) -> Facts:
        entities: dict[str, Entity] = json.loads(labels)["entities"] if labels else {}
        return frozenset(fact for entity in entities.values() for fact in level(entity, entities))

    def bind(labels: Labels) -> Metric:
        def score(sample: Sample, answer: Answer) -> float | None:
            pair = _sides(labels, sample, answer)
            if pair is None:
                return None
            said, references = pair
            return max(_overlap(facts(said), facts(reference)) for reference in references)

        return replace(metric, score=score)

    metric = Metric(
        name=f"labels.{name}",
        version="1",
        better="higher",
        kinds=("caption",),
        about=about,
        score=_unbound,
        setting=f"labels:radgraph|level:{level.__name__.strip('_')}|agg:mean|empty:0|nrefs:max|as:radgraph-0.1.18",
        labeller="radgraph",
        bind=bind,
    )
    return metric


def _overlap(said: Facts, reference: Facts) -> float:
    sides = len(said) + len(reference)
    return 2 * len(said & reference) / sides if sides else 0.0


radgraph_f1 = _radgraph("radgraph_f1", "F1 of RadGraph's entities and of whether each has relations", _related)

radgraph_f1_simple = _radgraph("radgraph_f1_simple", "F1 of RadGraph's entities: their words and kinds", _alone)

radgraph_f1_complete = _radgraph(
    "radgraph_f1_complete", "F1 of RadGraph's entities, each with its relations and their other ends", _with_relations
)
