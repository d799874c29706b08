"""From a model that was understood to an engine that answers."""

from collections.abc import Sequence

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.reference import EngineSettings, ModelRef, scheme_module
from vqa_eval.engines.ways import check_known
from vqa_eval.errors import EngineError


def check_settings(refs: Sequence[ModelRef], settings: EngineSettings) -> None:
    """Raise `EngineError` where a model cannot be reached in the way that the settings name; nothing is opened.

    So does a setting that none of the models heeds.
    """
    for ref in refs:
        _check_way(ref, settings)
    check_known(refs, settings)


def _check_way(ref: ModelRef, settings: EngineSettings) -> None:
    ways = {"--batch": settings.batch, "--serve": settings.serve, "--ray": bool(settings.ray)}
    named = [way for way, chosen in ways.items() if chosen]
    if len(named) > 1:
        raise EngineError(f"{' and '.join(named)} are different ways to one model", "name one of them")
    if ref.scheme == "baseline":  # it stands beside a model that is reached in whatever way
        return
    if settings.batch:
        from vqa_eval.engines.batches import check_batches

        check_batches(ref, settings)
    elif settings.serve:
        from vqa_eval.engines.vllm.serving import check_served

        check_served(ref)
    elif _has_replicas(settings):
        from vqa_eval.engines.replicas import check_replicas

        check_replicas(ref, settings)


def open_engine(ref: ModelRef, settings: EngineSettings) -> Engine:
    """Import what reaches the model and open it: slow, and where heavy libraries are first loaded.

    Baselines are opened by `baseline.open_baseline`, since they need the selected samples.
    """
    if ref.scheme == "baseline":
        raise EngineError(
            f"{ref.name} is a baseline and needs the selected samples", "name it where a model is compared"
        )
    _check_way(ref, settings)
    if settings.batch:
        from vqa_eval.engines.batches import open_batches

        return open_batches(ref, settings)
    if ref.scheme == "openai" and settings.folder is not None:
        from vqa_eval.engines.batches import check_none_under_way

        check_none_under_way(settings.folder, ref.name)
    if settings.serve:
        from vqa_eval.engines.vllm.serving import open_served

        return open_served(ref, settings)
    if _has_replicas(settings):
        from vqa_eval.engines.replicas import open_replicas

        return open_replicas(ref, settings, open_engine)
    return scheme_module(ref.scheme).open_model(ref, settings)


def _has_replicas(settings: EngineSettings) -> bool:
    return bool(settings.ray) or (settings.replicas or 1) > 1
