"""Loads a checkpoint of Hugging Face form, from a folder or the hub, and says exactly which one it was.

Weights are read from safetensors only. A repository's own Python runs only where the model's card names it,
and then the code of the very commit that was resolved.
"""

import contextlib
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vqa_eval.engines.reference import is_folder
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard

_SERVE = "serve it with a program that knows it and type openai:NAME --base-url URL"

_SEEN_TIMEOUT = 10.0
"""Seconds to wait for the hub before what lies in its cache is used."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A loaded model with what turns prompts into its inputs."""

    model: Any
    processor: Any
    """The processor of a vision-language model, the tokenizer of a text model."""
    reads_pictures: bool
    chats_itself: bool
    """Whether the model's remote code brings its own `chat` in the place of a processor (InternVL 2)."""
    revision: str
    """Commit of the hub, or digest of the folder's files."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where exactly a checkpoint comes from, before any of it is loaded."""

    location: str
    """Folder, or "org/name" of the hub."""
    revision: str
    """Commit of the hub, or digest of the folder's files."""
    arguments: dict[str, Any]
    """What `from_pretrained` must be told to read this very checkpoint, and to run no code but its card's."""


def resolve(location: str, card: ModelCard) -> Source:
    """Return the source of the checkpoint at `location`, or raise `EngineError` with what to type."""
    return _folder(location, card) if is_folder(location) else _hub(location, card)


def load_checkpoint(location: str, card: ModelCard, device: str | None, dtype: str) -> Checkpoint:
    """Return the model at `location` ready to generate, or raise `EngineError` with what to type."""
    be_quiet()
    source = resolve(location, card)
    with _explained(source, card):
        return _load(source, card, device, dtype)


def be_quiet() -> None:
    """Turn off transformers' progress bars and warnings; they would tear the screen of a run."""
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()


def folder_digest(folder: Path) -> str:
    """Return a short sha256 over names, sizes and contents of the files that make up the model.

    Texts for people and hidden files are left out: they change nothing that is said.
    """
    files = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.suffix.lower() not in {".md", ".pyc"}
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
    # hashlib lets go of the interpreter's lock, so the shards of a large model are read side by side.
    with ThreadPoolExecutor(max_workers=4) as pool:
        digests = list(pool.map(_file_digest, files))
    whole = hashlib.sha256()
    for path, digest in zip(files, digests, strict=True):
        whole.update(f"{path.relative_to(folder).as_posix()} {path.stat().st_size} {digest}\n".encode())
    return f"files-{whole.hexdigest()[:16]}"


def _file_digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def check_folder(location: str) -> Path:
    """Return the folder if it looks like a checkpoint, else raise `EngineError`."""
    folder = Path(location).expanduser()
    if not folder.is_dir():
        raise EngineError(f"there is no folder {location}", "type --model ./FOLDER, or hf:ORG/NAME for the hub")
    if not (folder / "config.json").is_file():
        raise EngineError(
            f"{location} holds no config.json, so it is no checkpoint",
            "name the folder that holds config.json and the .safetensors files",
        )
    return folder


def _folder(location: str, card: ModelCard) -> Source:
    folder = check_folder(location)
    # Only local files: a folder whose config points elsewhere must not fetch from there unasked.
    arguments = {"trust_remote_code": card.remote_code, "local_files_only": True}
    return Source(str(folder), folder_digest(folder), arguments)


def _hub(repository: str, card: ModelCard) -> Source:
    """Pin the repository to one commit: the hub's where it can be reached, else the one in its cache."""
    from huggingface_hub import HfApi, try_to_load_from_cache

    arguments: dict[str, Any] = {"trust_remote_code": card.remote_code}
    try:
        found = HfApi().model_info(repository, revision=card.revision, timeout=_SEEN_TIMEOUT)
        commit, reason = str(found.sha), None
    # Offline, no name service, a proxy's refusal, no such repository, gated: each library has its own error
    # for it, and what follows is the same: is it in the cache?
    except Exception as error:
        commit, reason = card.revision, error
    if reason is not None:
        cached = try_to_load_from_cache(repository, "config.json", revision=card.revision)
        if not isinstance(cached, str):
            raise EngineError(*_unreachable(repository, reason)) from reason
        commit, arguments["local_files_only"] = Path(cached).parent.name, True
    arguments["revision"] = commit
    if card.remote_code:
        arguments["code_revision"] = commit
    return Source(repository, commit, arguments)


def _unreachable(repository: str, error: Exception) -> tuple[str, str]:
    kind = type(error).__name__
    if kind == "GatedRepoError":
        return (
            f"{repository} asks everybody to accept its terms first",
            f"accept them at https://huggingface.co/{repository}, then type: hf auth login",
        )
    if kind in {"RepositoryNotFoundError", "RevisionNotFoundError", "HFValidationError"}:
        return f"the hub knows no {repository} (or only for others)", "check the name, or type: hf auth login"
    folder = repository.rpartition("/")[2]
    return (
        f"{repository} is not in the local hub cache and the hub cannot be reached",
        f"give access to https://huggingface.co, or copy the checkpoint here and type --model ./{folder}",
    )


def _load(source: Source, card: ModelCard, device: str | None, dtype: str) -> Checkpoint:
    import torch
    import transformers

    config = transformers.AutoConfig.from_pretrained(source.location, **source.arguments)
    remote = getattr(config, "auto_map", None) or {} if card.remote_code else {}
    auto = _auto_class(config, remote, card)
    placed: dict[str, Any] = {"device_map": "auto"} if device is None and torch.cuda.is_available() else {}
    model, info = auto.from_pretrained(
        source.location,
        config=config,
        dtype=dtype,
        use_safetensors=True,
        output_loading_info=True,
        **placed,
        **source.arguments,
    )
    if absent := sorted(map(str, info["missing_keys"])):
        # transformers fills them with random numbers and only warns; the scores would look like the model's.
        raise EngineError(
            f"{source.location} lacks {len(absent)} weights of its architecture ({absent[0]}, …)",
            "name a complete checkpoint of a model that generates text",
        )
    if device is not None:
        model.to(device)
    model.eval()
    chats_itself = bool(remote) and "AutoProcessor" not in remote and callable(getattr(model, "chat", None))
    takes_text = auto is transformers.AutoModelForCausalLM and not remote
    reader = transformers.AutoTokenizer if chats_itself or takes_text else transformers.AutoProcessor
    processor = reader.from_pretrained(source.location, **source.arguments)
    reads_pictures = chats_itself or hasattr(processor, "image_processor")
    return Checkpoint(model, processor, reads_pictures, chats_itself, source.revision)


def _auto_class(config: Any, remote: dict[str, Any], card: ModelCard) -> Any:
    """Return the loader of this architecture: the repository's own where allowed, pictures, or text alone."""
    import transformers

    for name in ("AutoModelForImageTextToText", "AutoModelForCausalLM", "AutoModel"):
        if name in remote:
            return getattr(transformers, name)
    if type(config) in transformers.MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING:
        return transformers.AutoModelForImageTextToText
    if type(config) in transformers.MODEL_FOR_CAUSAL_LM_MAPPING:
        return transformers.AutoModelForCausalLM
    raise EngineError(
        f"{card.id}: the architecture {config.model_type!r} does not generate text in transformers", _SERVE
    )


@contextlib.contextmanager
def _explained(source: Source, card: ModelCard) -> Iterator[None]:
    """Turn what loading raises into one line with what to type."""
    try:
        yield
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(*_reason(source.location, card, error)) from error


def _reason(location: str, card: ModelCard, error: Exception) -> tuple[str, str]:
    text = " ".join(str(error).split())
    if "trust_remote_code" in text and not card.remote_code:
        return (
            f"{location} brings its own Python code, which is never run unasked",
            f"read that code, then write models/NAME.yaml with `hub: {location}` and `remote_code: true`",
        )
    if "does not recognize this architecture" in text:
        return f"{location} has an architecture that the installed transformers does not know", _SERVE
    if "orchvision" in text:
        return f"the processor of {location} needs torchvision", "pip install torchvision"
    if isinstance(error, MemoryError) or "out of memory" in text.lower():
        return f"{location} does not fit into memory", "use a smaller model or a machine with more memory"
    if "safetensors" in text:
        return (
            f"{location} has no safetensors weights; pickled weights are not read",
            "convert it once with transformers' save_pretrained",
        )
    hint = "check the folder" if is_folder(location) else "check the name and the installed transformers"
    if "device" in text.lower() or "cuda" in text.lower():
        hint = "try: --device cpu"
    return f"{location} cannot be loaded: {type(error).__name__}: {text[:300]}", hint
