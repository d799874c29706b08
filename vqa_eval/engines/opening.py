"""From a model that was understood to an engine that answers."""

from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.reference import EngineSettings, ModelRef, scheme_module
from vqa_eval.errors import EngineError


def open_engine(ref: ModelRef, settings: EngineSettings) -> Engine:
    """Import the scheme's module and open the model: slow, and where heavy libraries are first loaded.

    Baselines are opened by `baseline.open_baseline`, since they need the selected samples.
    """
    if ref.scheme == "baseline":
        raise EngineError(
            f"{ref.name} is a baseline and needs the selected samples", "name it where a model is compared"
        )
    if settings.batch:
        from vqa_eval.engines.batches import open_batches

        return open_batches(ref, settings)
    if ref.scheme == "openai" and settings.folder is not None:
        from vqa_eval.engines.batches import check_none_under_way

        check_none_under_way(settings.folder, ref.name)
    if settings.ray or ((settings.replicas or 1) > 1 and not settings.serve):
        from vqa_eval.engines.replicas import open_replicas

        return open_replicas(ref, settings, open_engine)
    if settings.serve:
        from vqa_eval.engines.serving import open_served

        return open_served(ref, settings)
    return scheme_module(ref.scheme).open_model(ref, settings)
