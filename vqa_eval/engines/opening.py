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
    return scheme_module(ref.scheme).open_model(ref, settings)
