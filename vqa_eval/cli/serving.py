"""The command that serves a model until it is told to stop."""

from vqa_eval.catalog import Catalog
from vqa_eval.engines import EngineSettings
from vqa_eval.errors import EngineError


def serve_model(model: str, port: int, settings: EngineSettings, catalog: Catalog) -> int:
    """Serve a model and return 0 once it was stopped."""
    raise EngineError(f"{model} cannot be served yet", "start a server yourself and name it with --base-url")
