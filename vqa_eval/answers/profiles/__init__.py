"""Profiles: how other harnesses read a reply, each under its own name and never mixed with our own ladder.

A published number can then be met on its own terms, defects included.  The name is the registry: a profile is
the value `profile` of the module that bears its name.
"""

import importlib
import pkgutil
from functools import cache

from vqa_eval.answers.profiles.profile import GUESS, Profile, credit
from vqa_eval.errors import CatalogError

__all__ = ["GUESS", "Profile", "credit", "find", "names"]


@cache
def names() -> tuple[str, ...]:
    """Return the names of all profiles, sorted."""
    return tuple(sorted(module.name for module in pkgutil.iter_modules(__path__) if _load(module.name)))


@cache
def find(name: str) -> Profile:
    """Return the profile of that name; raises CatalogError, which names what exists, where there is none."""
    profile = _load(name) if name in names() else None
    if profile is None:
        raise CatalogError(f"there is no profile {name!r}", hint=f"profiles: {', '.join(names())}")
    return profile


def _load(module: str) -> Profile | None:
    found = getattr(importlib.import_module(f"{__name__}.{module}"), "profile", None)
    return found if isinstance(found, Profile) and found.name == module else None
