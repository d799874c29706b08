"""Forms in which the maintainers of benchmarks take predictions: one module a form, found by its name.

`--to gmai-submission` is the value `EXPORT` of `exports/gmai_submission.py`; there is no list to edit.
"""

import importlib
import pkgutil

from vqa_eval.errors import CatalogError
from vqa_eval.pipeline.exports.form import Cell, Export

__all__ = ["Cell", "Export", "find", "names"]


def names() -> tuple[str, ...]:
    """Return the names of all forms, sorted."""
    modules = (module.name for module in pkgutil.iter_modules(__path__))
    return tuple(sorted(module.replace("_", "-") for module in modules if _load(module)))


def find(name: str) -> Export:
    """Return the form of that name; raises CatalogError, which names what exists, where there is none."""
    found = _load(name.replace("-", "_")) if name in names() else None
    if found is None:
        raise CatalogError(f"there is no form {name!r} to export to", f"forms: {', '.join(names())}")
    return found


def _load(module: str) -> Export | None:
    found = getattr(importlib.import_module(f"{__name__}.{module}"), "EXPORT", None)
    return found if isinstance(found, Export) else None
