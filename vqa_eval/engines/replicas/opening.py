"""From `--ray ADDRESS --replicas N` to the copies of a model on a cluster."""

import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.reference import EngineSettings, ModelRef, is_folder, require
from vqa_eval.errors import EngineError

if TYPE_CHECKING:  # Ray is imported when a cluster is joined
    from vqa_eval.engines.replicas.cluster import Needs
    from vqa_eval.engines.replicas.driver import Replicas

QUIET = {"RAY_USAGE_STATS_ENABLED": "0", "RAY_DEDUP_LOGS_SKIP_REGEX": "."}
"""Variables by which Ray tells nobody that it runs, and keeps what its daemons say off the screen of a run."""

OWN_OPTIONS = ("ray_gpus", "ray_cpus", "ray_wait")
"""Engine options that are meant for the cluster and not for the engine."""


def open_replicas(
    ref: ModelRef, settings: EngineSettings, open_one: Callable[[ModelRef, EngineSettings], Engine]
) -> "Replicas":
    """Return the copies of a model that `--ray ADDRESS --replicas N` asks for, each opened by `open_one` on its node.

    Without N there are as many as the cluster has GPUs for, or one a node. The options `ray_gpus` and `ray_cpus`
    say what each needs, `ray_wait` for how many seconds none may find room; the others go to the engine.
    """
    check_replicas(ref, settings)
    for name, value in QUIET.items():  # before it is imported
        os.environ.setdefault(name, value)
    from vqa_eval.engines.replicas.cluster import Cluster
    from vqa_eval.engines.replicas.driver import PATIENCE, Replicas

    own = {name: _number(name, settings.options[name]) for name in OWN_OPTIONS if name in settings.options}
    cluster = Cluster(settings.ray, own.get("ray_cpus", 1.0) * (settings.replicas or 1))
    with ExitStack() as undo:
        undo.callback(cluster.leave)
        resources = cluster.resources()
        needs = _needs(ref, settings, own, bool(resources.get("GPU")))
        there = resources.get("GPU", 0) // needs.gpus if needs.gpus else cluster.nodes()
        undo.pop_all()
    return Replicas(
        partial(open_one, _anywhere(ref), _of_one(settings)),
        cluster,
        settings.replicas or max(1, int(there)),
        needs,
        patience=own.get("ray_wait", PATIENCE),
        notice=settings.notice,
    )


def check_replicas(ref: ModelRef, settings: EngineSettings) -> None:
    """Raise `EngineError` where copies make no sense for a model, or Ray is not named or not installed."""
    if ref.scheme == "openai":
        raise EngineError(
            f"{ref.name} is asked through a server, which needs no copies here",
            "several servers with the same model: --base-url URL,URL,URL",
        )
    if ref.scheme == "baseline":
        raise EngineError(f"{ref.name} is a baseline, which needs no other machine", "name it without --ray")
    if not settings.ray:
        raise EngineError(
            f"{settings.replicas} copies of {ref.name} need something that holds them together",
            "add --ray local (this machine), --ray auto (the cluster of this node), or --serve",
        )
    require("ray", "ray")


def _needs(ref: ModelRef, settings: EngineSettings, own: Mapping[str, float], has_gpus: bool) -> "Needs":
    from vqa_eval.engines.replicas.cluster import Needs

    on_gpus = has_gpus and ref.scheme in {"vllm", "transformers"} and settings.device != "cpu"
    gpus = own.get("ray_gpus", float(settings.tensor_parallel or 1) if on_gpus else 0.0)
    return Needs(own.get("ray_cpus", 1.0), gpus)


def _anywhere(ref: ModelRef) -> ModelRef:
    """Return the reference with its folder from the root: actors start elsewhere."""
    if ref.card.build or not is_folder(ref.location):
        return ref
    return replace(ref, location=str(Path(ref.location).expanduser().absolute()))


def _of_one(settings: EngineSettings) -> EngineSettings:
    """Return the settings of a single replica."""
    options = {name: value for name, value in settings.options.items() if name not in OWN_OPTIONS}
    home = settings.home.absolute()
    return replace(settings, home=home, folder=None, ray="", replicas=None, options=options, notice=None)


def _number(name: str, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise EngineError(f"{name}={text} is no number", f"type --engine-options {name}=1") from None
