"""Data whose terms keep them on the machine are not sent to a model that runs elsewhere."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from vqa_eval.engines import ModelRef, host_of
from vqa_eval.errors import DataError
from vqa_eval.pipeline.signature import IMPORTED
from vqa_eval.records import TaskSpec
from vqa_eval.store import RunStore


def refuse_remote(models: Sequence[ModelRef], tasks: Iterable[TaskSpec], allowed: Collection[str] = ()) -> None:
    """Raise DataError where a model runs on another machine and a benchmark's terms forbid to send it there.

    `allowed` are ids of benchmarks that somebody answers for; an id that no selected benchmark bears is an
    error too, since a misspelt one would allow nothing.
    """
    tasks = list({task.id: task for task in tasks}.values())
    strange = sorted(set(allowed) - {task.id for task in tasks})
    if strange:
        there = ", ".join(task.id for task in tasks)
        raise DataError(f"--allow-remote {strange[0]}: the run asks nothing of it", f"the run asks: {there}")
    kept = [task for task in tasks if task.remote == "forbidden" and task.id not in allowed]
    for ref in models if kept else ():
        if host := host_of(ref):
            raise DataError(
                f"{ref.name} runs at {host}, and the terms of {', '.join(task.id for task in kept)} "
                f"({kept[0].licence}) forbid to send the data to others",
                "ask a model on this machine (--base-url http://localhost:8000/v1), narrow --tree, or answer for it: "
                + " ".join(f"--allow-remote {task.id}" for task in kept),
            )


def refuse_remote_reader(ref: ModelRef, store: RunStore, tasks: Mapping[str, TaskSpec]) -> None:
    """Raise DataError where a model elsewhere would read replies about data that may not leave the machine.

    A benchmark that was asked here and is in no catalogue at hand counts as one whose terms forbid it; of replies
    that were imported, whoever brought them knows.
    """
    host = host_of(ref)
    asked = sorted({sample.benchmark for sample in store.samples(light=True)}) if host else []
    unknown = [name for name in asked if name not in tasks and IMPORTED not in store.manifest.prompts]
    if unknown:
        raise DataError(
            f"{ref.name} runs at {host}, and the terms of {', '.join(unknown)} are not known here",
            "give the catalogue that the run was made with: --catalog FOLDER",
        )
    kept = [name for name in asked if name in tasks and tasks[name].remote == "forbidden"]
    if kept:
        raise DataError(
            f"{ref.name} runs at {host}, and the terms of {', '.join(kept)} forbid to send the data to others",
            "read with a model on this machine: --base-url http://localhost:8000/v1",
        )
