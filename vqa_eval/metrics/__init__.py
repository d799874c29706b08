"""Metrics: what an answer is worth.  `choice.accuracy` is `metrics/choice.py:accuracy`; no list to edit."""

import importlib
import pkgutil
from functools import cache

from vqa_eval.errors import CatalogError
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Kind

__all__ = [
    "Metric",
    "beside",
    "find",
    "for_kind",
    "for_profile",
    "for_shares",
    "metric_profiles",
    "names",
    "over_labels",
    "profile_of",
]

_DEFAULTS: dict[Kind, tuple[str, ...]] = {
    "choice": ("choice.accuracy",),
    "open": ("text.exact_match", "text.token_f1"),
    "caption": (
        "caption.rouge_l",
        "caption.bleu1",
        "caption.bleu2",
        "caption.bleu3",
        "caption.bleu4",
        "caption.cider_d",
        "text.token_f1",
        "caption.length_ratio",
    ),
}


@cache
def _modules() -> tuple[str, ...]:
    return tuple(module.name for module in pkgutil.iter_modules(__path__))


def names() -> tuple[str, ...]:
    """Return the names of all metrics, sorted."""
    found = set()
    for module in _modules():
        content = vars(importlib.import_module(f"{__name__}.{module}"))
        found |= {value.name for value in content.values() if isinstance(value, Metric)}
    return tuple(sorted(found))


@cache
def find(name: str) -> Metric:
    """Return the metric of that name; raises CatalogError, which names what exists, where there is none."""
    module, dot, attribute = name.partition(".")
    if dot and module in _modules() and attribute.isidentifier():
        metric = getattr(importlib.import_module(f"{__name__}.{module}"), attribute, None)
        if isinstance(metric, Metric) and metric.name == name:
            return metric
    raise CatalogError(f"there is no metric {name!r}", hint=f"metrics: {', '.join(names())}")


@cache
def for_kind(kind: Kind) -> tuple[Metric, ...]:
    """Return the default metrics of a kind of sample, the headline first."""
    if kind not in _DEFAULTS:
        raise CatalogError(f"there is no kind of sample {kind!r}", hint=f"kinds: {', '.join(_DEFAULTS)}")
    return tuple(find(name) for name in _DEFAULTS[kind])


@cache
def metric_profiles() -> dict[str, str]:
    """Return the profiles in which other harnesses score captions, with the module that each is."""
    found = {}
    for module in _modules():
        profile = getattr(importlib.import_module(f"{__name__}.{module}"), "PROFILE", "default")
        if profile != "default":
            found[profile] = module
    return found


@cache
def for_profile(profile: str) -> tuple[Metric, ...]:
    """Return the metrics of a profile that can be computed on this machine."""
    content = vars(importlib.import_module(f"{__name__}.{metric_profiles()[profile]}")).values()
    return tuple(value for value in content if isinstance(value, Metric) and not (value.missing and value.missing()))


def profile_of(name: str) -> str:
    """Return the profile to which a metric belongs; "default" is ours."""
    module = name.partition(".")[0]
    return next((profile for profile, found in metric_profiles().items() if found == module), "default")


@cache
def beside(kind: Kind) -> tuple[Metric, ...]:
    """Return the metrics that stand beside every score of a kind to explain it, and in no table of their own."""
    return tuple(find(name) for name in ("caption.length_ratio",)) if kind == "caption" else ()


@cache
def over_labels() -> tuple[Metric, ...]:
    """Return the metrics over what labelling engines said of texts."""
    return tuple(metric for metric in map(find, names()) if metric.labeller)


@cache
def for_shares() -> tuple[Metric, ...]:
    """Return what the probabilities of an answer's options are worth beside its accuracy."""
    return tuple(find(name) for name in _CALIBRATION)


_CALIBRATION = (
    "calibration.ece",
    "calibration.brier",
    "calibration.auroc",
    "calibration.aurc",
    "calibration.coverage_at_risk",
)
