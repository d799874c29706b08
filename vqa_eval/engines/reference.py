"""What a user types after `--model`, understood and checked before anything heavy is imported."""

import difflib
import importlib
import importlib.metadata
import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol, cast

from vqa_eval.engines.protocol import Engine
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

ENTRY_POINTS = "vqa_eval.engines"
"""Group under which packages outside offer a scheme: the entry point's name is the scheme."""

FORMS = "a model card's name, ./FOLDER, hf:ORG/NAME, vllm:ORG/NAME, or openai:NAME (--base-url: a server of your own)"


@dataclass(frozen=True, slots=True)
class ModelRef:
    """One model as asked for: which engine opens it and where it lies."""

    name: str
    """As typed: "tiny-vlm", "./checkpoints/mine", "openai:gpt-4o"."""
    scheme: str
    """Module of `vqa_eval.engines`, or entry point, that opens it."""
    location: str
    """Folder, "org/name" of the hub, a provider's model name, or the recipe that builds it."""
    card: ModelCard
    base_urls: tuple[str, ...] = ()
    """Servers that speak the provider's protocol and offer the same model; none for the provider's own."""


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """What the machine allows and no reply may depend on; None leaves the choice to the engine."""

    home: Path
    """Folder of this program's own files; checkpoints that are built here go to `home/models`."""
    batch_size: int | None = None
    """Prompts that a local model answers at once."""
    concurrency: int | None = None
    """Requests that are in flight to a server at once."""
    device: str | None = None
    """torch's name of a device."""
    dtype: str = "auto"
    """torch's name of the weights' number format; "auto" takes the checkpoint's own."""
    folder: Path | None = None
    """The run's folder, for what an engine must find again after its process was killed."""
    attempts: int | None = None
    """Requests that are sent for one sample before it is a fault."""
    timeout: float | None = None
    """Seconds that a server may take for one request."""
    deadline: float | None = None
    """Seconds that a sample may take with all its attempts and pauses."""
    requests_per_minute: float | None = None
    """What a provider permits; requests are spread, not sent in bursts."""
    tokens_per_minute: float | None = None
    """What a provider permits, of prompts and replies together."""
    batch: bool = False
    """Whether to ask through the provider's batch API: within a day, for less."""
    serve: bool = False
    """Whether to start a server of vLLM for the run and to stop it afterwards."""
    tensor_parallel: int | None = None
    """GPUs over which one copy of the model is cut."""
    replicas: int | None = None
    """Copies of the model that answer side by side."""
    ray: str = ""
    """Address of a Ray cluster whose nodes hold the replicas; "auto" finds the one there is, "local" starts one."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Further settings by the engine's own names, such as vLLM's {"max_model_len": "4096"}."""
    notice: Callable[[str], None] | None = None
    """Takes a line for people about what an engine waits for or has lost; None where nobody looks on."""


class Scheme(Protocol):
    """What a scheme's module offers."""

    def check(self, ref: ModelRef) -> None:
        """Raise `EngineError` for what can be seen to fail without loading or asking anything."""

    def open_model(self, ref: ModelRef, settings: EngineSettings) -> Engine:
        """Return the engine with the model loaded, or raise `EngineError`."""
        ...

    def host(self, ref: ModelRef) -> str:
        """Return the machine that requests are sent to; empty where they stay on this one."""
        ...


def parse_model(name: str, cards: Mapping[str, ModelCard], base_url: str | None = None, ready: bool = True) -> ModelRef:
    """Return what `name` means; with `ready`, having checked cheaply that it can be opened.

    A card that can also be served is asked through its server where `base_url` is given; several servers of the
    same model are named by comma.
    """
    servers = tuple(dict.fromkeys(part.strip() for part in (base_url or "").split(",") if part.strip()))
    ref = _understand(name.strip(), cards, servers)
    if ready and ref.scheme != "baseline":
        scheme_module(ref.scheme).check(ref)
    return ref


def scheme_module(scheme: str) -> Scheme:
    """Return the module of this package, or the entry point of another, that bears the scheme's name."""
    qualified = f"vqa_eval.engines.{scheme}"
    if scheme.isidentifier() and importlib.util.find_spec(qualified) is not None:
        module = importlib.import_module(qualified)
        if hasattr(module, "open_model") and hasattr(module, "check"):
            return cast(Scheme, module)
    for point in importlib.metadata.entry_points(group=ENTRY_POINTS, name=scheme):
        return cast(Scheme, point.load())
    raise EngineError(f"no engine is called {scheme!r}", f"accepted: {FORMS}")


def is_scheme(scheme: str) -> bool:
    """Say whether an engine bears the name; a package that brings it is not imported for that."""
    if scheme == "baseline" or importlib.metadata.entry_points(group=ENTRY_POINTS, name=scheme):
        return True
    try:
        scheme_module(scheme)
    except EngineError:
        return False
    return True


def host_of(ref: ModelRef) -> str:
    """Return the machine that requests to a model are sent to; empty where they stay on this one.

    A scheme says it by `host(ref)`. One from outside that does not say is taken to send them away.
    """
    if ref.scheme == "baseline":
        return ""
    module = scheme_module(ref.scheme)
    host = getattr(module, "host", None)
    return str(host(ref)) if host else f"the engine {ref.scheme}, which does not say where"


def require(extra: str, *modules: str) -> None:
    """Raise `EngineError` with the command to type where a library of an extra is not installed."""
    absent = [module for module in modules if importlib.util.find_spec(module) is None]
    if absent:
        raise EngineError(f"this model needs {', '.join(absent)}", f"pip install 'vqa-eval[{extra}]'")


def is_folder(location: str) -> bool:
    """Say whether a location is written as a folder rather than as a name on the hub."""
    return location.startswith(("./", "../", "/", "~")) or location in {".", ".."} or Path(location).is_dir()


def _understand(name: str, cards: Mapping[str, ModelCard], base_urls: tuple[str, ...]) -> ModelRef:
    if name in cards:
        return _from_card(name, cards[name], base_urls)
    scheme, colon, rest = name.partition(":")
    scheme = {"hf": "transformers"}.get(scheme, scheme)
    if colon and rest and not is_folder(name):
        # The card of this very repository or served model says what it may do and how it is asked.
        for card in cards.values():
            if scheme in card.schemes and rest in {card.id, card.hub, card.api_name}:
                return replace(_from_card(rest, replace(card, schemes=(scheme,)), base_urls), name=name)
        return ModelRef(name, scheme, rest, ModelCard(name, rest, schemes=(scheme,)), base_urls)
    if name and is_folder(name):
        if base_urls:
            raise EngineError(
                f"{name} is a folder, but --base-url names a server",
                f"drop one of them, or type openai:{name}",
            )
        return ModelRef(name, "transformers", name, ModelCard(name, name))
    near = difflib.get_close_matches(name, [*cards], n=3, cutoff=0.4) or sorted(cards)[:3]
    nearest = f"nearest cards: {', '.join(near)}; " if near else ""
    raise EngineError(f"no model is called {name!r}", f"{nearest}accepted: {FORMS}")


def _from_card(name: str, card: ModelCard, base_urls: tuple[str, ...]) -> ModelRef:
    if not card.schemes:
        raise EngineError(f"the card {card.id} names no engine", f"give models/{card.id}.yaml a `schemes` list")
    scheme = card.schemes[0]
    if base_urls and scheme != "baseline":  # a baseline stands beside a served model
        if "openai" not in card.schemes:
            raise EngineError(
                f"{card.id} is not asked through a server, but --base-url is given",
                f"drop --base-url, or type openai:NAME with the name under which the server offers {card.id}",
            )
        scheme = "openai"
    if scheme == "openai":
        servers = base_urls or ((card.base_url,) if card.base_url else ())
        return ModelRef(name, scheme, card.api_name or card.hub or card.id, card, servers)
    return ModelRef(name, scheme, card.build or card.hub or card.id, card)
