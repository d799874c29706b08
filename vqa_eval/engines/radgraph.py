"""The labeller `radgraph`: the entities of a radiology report and their relations, by the package `radgraph`.

A reply is a JSON object with `entities` in the package's published form: a number to tokens, label ("OBS-DP" for
an observation that is definitely present), start_ix, end_ix (words, counted from 0) and relations as pairs of a
type and the number of the entity at the other end.

Source: S. Jain et al., RadGraph (NeurIPS 2021 Datasets and Benchmarks), and the package `radgraph` 0.1.18 by
J.-B. Delbrouck; its models lie on the hub in StanfordAIMI/RRG_scorers. Each reads a report in its own way, so
which one it was is part of the revision. Papers of 2023 used "radgraph"; the package's own default is "radgraph-xl".
"""

import contextlib
import importlib
import importlib.metadata
import io
import json
import tarfile
import warnings
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vqa_eval.engines.reference import EngineSettings, ModelRef, is_folder, require
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.engines.transformers.checkpoints import be_quiet, folder_digest
from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, Fault, ModelIdentity, Reply, Request

LIBRARIES = ("radgraph", "requests", "torch", "transformers")

MODELS = ("radgraph", "radgraph-xl", "modern-radgraph-xl", "echograph")
"""As the package calls them, and as the folder of each must be called."""

FILES = ("config.json", "weights.th", "vocabulary")

HUB = "StanfordAIMI/RRG_scorers"


class RadGraphEngine:
    """Annotates one report after another with the unpacked model in `folder`, which bears the model's name."""

    looks_at_pictures: bool = False
    max_pictures: int | None = 0
    max_side: int | None = None
    channels: frozenset[Channel] = frozenset({"text"})

    def __init__(self, folder: Path, device: str | None = None) -> None:
        be_quiet()
        _complete_tokenizers()
        # The package counts cards, -1 being the processor, and takes the first one there is unasked.
        card = None if device is None else -1 if device == "cpu" else int(device.partition(":")[2] or 0)
        with _silence():
            package = importlib.import_module("radgraph")
            try:
                self._annotate: Any = package.RadGraph(
                    model_type=folder.name, model_cache_dir=str(folder.parent), cuda=card
                )
            # The package lets through whatever its libraries raise: for a weight, a file, a name on the hub.
            except Exception as error:
                raise EngineError(
                    f"{folder} cannot be opened by radgraph: {_line(error)}",
                    f"unpack {folder.name}.tar.gz of {HUB} into a folder called {folder.name}",
                ) from error
        version = importlib.metadata.version("radgraph")
        self.identity = ModelIdentity("radgraph", f"radgraph {version}", f"{folder.name}:{folder_digest(folder)}")

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield the annotation of each prompt's text, one at a time."""
        if self._annotate is None:
            raise EngineError("the labeller radgraph is closed", "open it again")
        for request in requests:
            refusal = too_many(request, self.max_pictures) or without_labels(request)
            yield refusal or self._say(request)

    def close(self) -> None:
        """Let go of the model."""
        self._annotate = None

    def _say(self, request: Request) -> Reply:
        try:
            with _silence():
                found = self._annotate([request.prompt.text])
            return Reply(request.key, json.dumps({"entities": found["0"]["entities"]}), "stop")
        except KeyError:
            return Reply(request.key, fault=Fault("engine", "radgraph gave no annotation of this text"))
        except Exception as error:
            return Reply(request.key, fault=Fault("engine", _line(error)))


def installed() -> None:
    """Raise `EngineError` with the command to type where a library is missing."""
    require("reports", *LIBRARIES)


def check(ref: ModelRef) -> None:
    """Raise `EngineError` for a missing library, file, or model."""
    installed()
    if is_folder(ref.location):
        _check_folder(Path(ref.location).expanduser().resolve())
    elif ref.location not in MODELS:
        raise EngineError(f"radgraph has no model {ref.location!r}", f"models: {', '.join(MODELS)}, or ./FOLDER of one")


def open_model(ref: ModelRef, settings: EngineSettings) -> RadGraphEngine:
    """Return the labeller from a folder, or by the name of a model, which is fetched once."""
    if is_folder(ref.location):
        folder = Path(ref.location).expanduser().resolve()
    else:
        folder = settings.home.absolute() / "models" / ref.location
        if not folder.is_dir():
            _fetch(folder)
    _check_folder(folder)
    return RadGraphEngine(folder, settings.device)


def _check_folder(folder: Path) -> None:
    cure = f"unpack NAME.tar.gz of {HUB} into a folder called NAME: {', '.join(MODELS)}"
    if folder.name not in MODELS:
        raise EngineError(f"{folder} is not called as a model of radgraph", cure)
    lacking = [name for name in FILES if not (folder / name).exists()]
    if lacking:
        raise EngineError(f"radgraph is not installed in {folder}: it lacks {', '.join(lacking)}", cure)


def _fetch(folder: Path) -> None:
    """Bring a model from the hub, whole or not at all, with no file outside its folder."""
    from huggingface_hub import hf_hub_download

    part = folder.with_name(f"{folder.name}.part")
    try:
        archive = hf_hub_download(HUB, f"{folder.name}.tar.gz")
        with tarfile.open(archive) as opened:
            opened.extractall(part, filter="data")
        part.rename(folder)
    # Offline, a proxy's refusal, a full disk, a broken archive: each library has its own error for it.
    except Exception as error:
        raise EngineError(
            f"{folder.name} cannot be had from the hub: {_line(error)}",
            f"unpack {folder.name}.tar.gz of {HUB} elsewhere and type radgraph:./{folder.name}",
        ) from error


def _complete_tokenizers() -> None:
    """Give tokenizers back what transformers 5 took from them and the package calls; nothing is replaced.

    With both, transformers 5.19 gives the annotations of 4.57 to the last character.
    """
    from transformers import PreTrainedTokenizerBase as Base

    if not hasattr(Base, "encode_plus"):
        Base.encode_plus = Base.__call__
    if not hasattr(Base, "build_inputs_with_special_tokens"):
        Base.build_inputs_with_special_tokens = _framed


def _framed(tokenizer: Any, ids: Sequence[int], other: None = None) -> list[int]:
    return [tokenizer.cls_token_id, *ids, tokenizer.sep_token_id]


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the package from the screen, and from changing which warnings are shown."""
    with (
        warnings.catch_warnings(action="ignore"),
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
    ):
        yield


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
