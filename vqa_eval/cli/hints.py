"""Words that commands share: what is counted, and what to type next."""

import shlex

from vqa_eval.catalog import Catalog
from vqa_eval.records import TaskSpec


def counted(count: int, noun: str) -> str:
    """Return "1 sample", "2 samples"."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def again(command: str, catalog: Catalog, task: TaskSpec | None = None) -> str:
    """Return a command to type next, with the folders of the catalogue at hand; unless its `task` is a shipped one."""
    own = catalog.own if task is None or any(task.folder.is_relative_to(folder) for folder in catalog.own) else ()
    own = own if command.startswith("vqa-eval") else ()
    return " ".join((command, *(f"--catalog {shlex.quote(str(folder))}" for folder in own)))
