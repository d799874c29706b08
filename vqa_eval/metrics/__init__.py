"""Metrics: what an answer is worth.  `choice.accuracy` is `metrics/choice.py:accuracy`; no list to edit."""

import importlib
import pkgutil
from functools import cache

from vqa_eval.errors import CatalogError
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Kind

__all__ = ["Metric", "find", "for_kind", "names"]

_DEFAULTS: dict[Kind, tuple[str, ...]] = {
    "choice": ("choice.accuracy",),
    "open": ("text.exact_match", "text.token_f1"),
    "caption": ("text.token_f1",),
}


def names() -> tuple[str, ...]:
    """Return the names of all metrics, sorted."""
    found = set()
    for module in pkgutil.iter_modules(__path__):
        content = vars(importlib.import_module(f"{__name__}.{module.name}"))
        found |= {value.name for value in content.values() if isinstance(value, Metric)}
    return tuple(sorted(found))


@cache
def find(name: str) -> Metric:
    """Return the metric of that name; raises CatalogError, which names what exists, where there is none."""
    module, dot, attribute = name.partition(".")
    present = {found.name for found in pkgutil.iter_modules(__path__)}
    if dot and module in present and attribute.isidentifier():
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
