"""The command that serves a model until it is told to stop."""

from vqa_eval.catalog import Catalog
from vqa_eval.cli.screen import note, out
from vqa_eval.engines import EngineSettings, ModelRef, parse_model
from vqa_eval.engines.vllm.serving import Server, plan, served_name


def serve_model(model: str, port: int, settings: EngineSettings, catalog: Catalog) -> int:
    """Serve a model and return 0 once it was stopped; raises `EngineError` where the server ends by itself."""
    ref = parse_model(model, catalog.models, ready=False)
    _, arguments = plan(ref, settings)
    note(f"starting vLLM with {model} …")
    server = Server(arguments, served_name(ref), port)
    try:
        server.wait_until_ready()
        out.print(f"{model} is served at {server.url}", soft_wrap=True)
        out.print(f"ask it from another terminal: {_command(ref, server)}", soft_wrap=True)
        note("Ctrl-C stops it")
        server.wait()
        raise server.ended() or AssertionError("a server that runs was waited for")
    except KeyboardInterrupt:
        note("stopping …")
        return 0
    finally:
        server.stop()


def _command(ref: ModelRef, server: Server) -> str:
    """Return what asks the server: by the card's own name where the card knows servers."""
    known = ref.name if "openai" in ref.card.schemes else f"openai:{server.name}"
    return f"vqa-eval --model {known} --base-url {server.url}"
