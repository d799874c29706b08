"""From a model and its settings to an engine that asks in batches."""

from vqa_eval.engines.batches.api import BatchApi
from vqa_eval.engines.batches.engine import FIRST_PAUSE, LONGEST_PAUSE, BatchEngine
from vqa_eval.engines.batches.journal import FOLDER
from vqa_eval.engines.batches.spool import Limits
from vqa_eval.engines.openai.chat import Chat
from vqa_eval.engines.openai.engine import TIMEOUT, identity
from vqa_eval.engines.openai.servers import PROVIDER, api_key, servers_of
from vqa_eval.engines.reference import EngineSettings, ModelRef, require
from vqa_eval.errors import EngineError


def check_batches(ref: ModelRef, settings: EngineSettings) -> None:
    """Raise `EngineError` where a model is not asked through a batch API, or a library or setting is wrong."""
    if ref.scheme != "openai":
        raise EngineError(f"{ref.name} has no batch API: it is not asked through a provider", "leave out --batch")
    if len(ref.base_urls) > 1:
        raise EngineError(f"a batch goes to one server, and {len(ref.base_urls)} are named", "name one by --base-url")
    require("batch", "aiohttp", "openai", "pybase64")
    _options(settings)


def open_batches(ref: ModelRef, settings: EngineSettings) -> BatchEngine:
    """Return the engine for `--batch`; raises EngineError as `check_batches` does."""
    check_batches(ref, settings)
    if settings.folder is None:
        raise EngineError("batches need a run's folder, in which they are found again", "leave out --batch")
    limits, pause = _options(settings)
    servers, card = servers_of(ref), ref.card
    server = servers[0] if servers else ""
    timeout = settings.timeout or TIMEOUT
    return BatchEngine(
        identity(ref.location, card, servers, ref.name),
        Chat(ref.location, card.dialect, own_server=bool(server)),
        BatchApi(server or PROVIDER, api_key(card, server), card.dialect.key_header, timeout=timeout, pause=pause),
        settings.folder / FOLDER,
        max_pictures=card.max_pictures,
        max_side=card.max_side,
        limits=limits,
        first_pause=pause,
        notice=settings.notice,
    )


_OPTIONS = ("batch_requests", "batch_megabytes", "poll_seconds")


def _options(settings: EngineSettings) -> tuple[Limits, float]:
    """Return the limits of a file and the first pause, from `--engine-options`."""
    said, usual = settings.options, Limits()
    unknown = sorted(set(said) - set(_OPTIONS))
    if unknown:
        raise EngineError(f"batches know no setting {unknown[0]!r}", f"settings: {', '.join(_OPTIONS)}")
    try:
        requests = int(said.get("batch_requests", usual.requests))
        size = int(float(said.get("batch_megabytes", usual.bytes / 1e6)) * 1e6)
        pause = float(said.get("poll_seconds", FIRST_PAUSE))
    except ValueError as error:
        raise EngineError(f"--engine-options: {error}", "try: --engine-options batch_requests=10000") from None
    if requests < 1 or size < 1 or not 0 < pause <= LONGEST_PAUSE:
        raise EngineError("--engine-options of batches are above 0, poll_seconds up to 60", "leave them out")
    return Limits(requests, size), pause
