"""Stored predictions of other harnesses.  `lm_eval` is `predictions/lm_eval.py:FORMAT`; no list to edit."""

import importlib
import pkgutil
from functools import cache
from pathlib import Path

from vqa_eval.errors import DataError
from vqa_eval.predictions.prediction import Format, Log, Prediction

__all__ = ["Format", "Log", "Prediction", "find", "names", "recognise"]

HEAD = 64 * 1024
"""Bytes of a file that its format is recognised by."""


@cache
def names() -> tuple[str, ...]:
    """Return the names of all formats, sorted."""
    modules = (importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__))
    return tuple(
        sorted(module.FORMAT.name for module in modules if isinstance(getattr(module, "FORMAT", None), Format))
    )


def find(name: str) -> Format:
    """Return the format of that name; raises DataError, which names what exists, where there is none."""
    if name not in names():
        raise DataError(f"there is no format of predictions {name!r}", f"formats: {', '.join(names())}")
    found: Format = importlib.import_module(f"{__name__}.{name}").FORMAT
    return found


def recognise(path: Path) -> Format:
    """Return the format of a file by its content.

    Raises DataError where there is no such file, it is empty, or it is of no known format.
    """
    if path.is_dir():
        raise DataError(f"{path}: a folder", "name the files in it")
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except FileNotFoundError as error:
        raise DataError(f"{path}: no such file", "check the path") from error
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}", "check the path and its permissions") from error
    if not head.strip():
        raise DataError(f"{path}: empty", "give the file as the harness wrote it")
    known = [find(name) for name in names()]
    found = next((form for form in known if form.recognises(path, head)), None)
    if found is None:
        raise DataError(
            f"{path}: not a known format of predictions",
            f"known: {'; '.join(f'{form.title} ({form.files})' for form in known)}",
        )
    return found
