"""What benchmarks are reported in themselves, as their task files say."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from vqa_eval.metrics import Metric, find
from vqa_eval.records import RunManifest

if TYPE_CHECKING:
    from vqa_eval.pipeline.plan import Plan


def measures(plan: "Plan") -> dict[str, tuple[str, ...]]:
    """Return the metrics that task files name for what the plan takes, by benchmark or part of one.

    Raises CatalogError for a name that is no metric.
    """
    found: dict[str, tuple[str, ...]] = {}
    for pick in plan.picks:
        form = next(form for form in pick.task.forms if form.name == pick.shelf.about.form)
        place = "/".join(part for part in (pick.task.id, form.part) if part)
        names = tuple(find(name).name for name in form.metrics)
        if names:
            found[place] = tuple(dict.fromkeys((*found.get(place, ()), *names)))
    return found


def known_measures(manifest: RunManifest) -> Mapping[str, tuple[Metric, ...]]:
    """Return the metrics of each benchmark of a run, or part of one."""
    return {place: tuple(map(find, names)) for place, names in manifest.measures.items()}
