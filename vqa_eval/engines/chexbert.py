"""The labeller `chexbert`: what a chest X-ray report says of 14 conditions, by a BERT with one head a condition.

A reply is a JSON object from each condition, in the order of the heads, to "blank", "positive", "negative" or
"uncertain"; the last, No Finding, is blank or positive.

Source: A. Smit et al., CheXbert (EMNLP 2020), and github.com/stanfordmlgroup/CheXbert: `src/constants.py` for
the conditions and classes in order, `src/label.py` for the checkpoint (`model_state_dict`, names led by
"module."), `src/bert_tokenizer.py` for white space evened out and 512 tokens at most. The heads read the last
layer at the first token, without BERT's pooler. The weights lie on the hub as StanfordAIMI/RRG_scorers.
"""

import hashlib
import itertools
import json
import pickle
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from vqa_eval.engines.reference import EngineSettings, ModelRef, is_folder, require
from vqa_eval.engines.refusals import too_many, without_labels
from vqa_eval.engines.transformers.checkpoints import be_quiet
from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, Fault, ModelIdentity, Reply, Request

CONDITIONS = (
    "Enlarged Cardiomediastinum",
    "Cardiomegaly",
    "Lung Opacity",
    "Lung Lesion",
    "Edema",
    "Consolidation",
    "Pneumonia",
    "Atelectasis",
    "Pneumothorax",
    "Pleural Effusion",
    "Pleural Other",
    "Fracture",
    "Support Devices",
    "No Finding",
)
CLASSES = ("blank", "positive", "negative", "uncertain")
HEADS = (*[len(CLASSES)] * 13, 2)

LIBRARIES = ("torch", "transformers")

WEIGHTS = "chexbert.pth"
CONFIG = "config.json"
TOKENS = ("vocab.txt", "tokenizer.json", "tokenizer_config.json")
BASE = "google-bert/bert-base-uncased"
"""Whose vocabulary and shape the published weights have; the file of weights holds neither."""

READING = 1
"""Version of how texts are put in and classes taken out below: a change that can move a label changes it."""

_BATCH = 16


class CheXbertEngine:
    """Labels reports batch by batch; `folder` holds the weights, `base` the configuration and the vocabulary."""

    looks_at_pictures: bool = False
    max_pictures: int | None = 0
    max_side: int | None = None
    channels: frozenset[Channel] = frozenset({"text"})

    def __init__(self, folder: Path, base: Path, device: str | None = None, batch_size: int = _BATCH) -> None:
        import torch
        import transformers

        be_quiet()
        config = transformers.BertConfig.from_pretrained(base, local_files_only=True)
        self._tokenizer = transformers.BertTokenizer.from_pretrained(base, local_files_only=True)
        self._longest: int = config.max_position_embeddings
        heads = torch.nn.ModuleList(torch.nn.Linear(config.hidden_size, size) for size in HEADS)
        model = torch.nn.ModuleDict({"bert": transformers.BertModel(config), "linear_heads": heads})
        _fill(model, folder / WEIGHTS)
        self._device = device or ("cuda" if torch.cuda.is_available() else "cpu")
        self._model: Any = model.eval().to(self._device)
        self._batch_size = batch_size
        # Not where the files lie but what they hold: the same labels are known again wherever the folder goes.
        used = [folder / WEIGHTS, *(base / name for name in (CONFIG, *TOKENS) if (base / name).is_file())]
        self.identity = ModelIdentity("chexbert", f"reading {READING}", _digest(used))

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield the labels of each prompt's text, pulling one batch ahead at most."""
        if self._model is None:
            raise EngineError("the labeller chexbert is closed", "open it again")
        pulled = iter(requests)
        while chunk := list(itertools.islice(pulled, self._batch_size)):
            refused = [too_many(request, self.max_pictures) or without_labels(request) for request in chunk]
            yield from filter(None, refused)
            yield from self._say([asked for asked, refusal in zip(chunk, refused, strict=True) if refusal is None])

    def close(self) -> None:
        """Let go of the model."""
        self._model = None

    def _say(self, batch: Sequence[Request]) -> Iterator[Reply]:
        if not batch:
            return
        texts = [" ".join(request.prompt.text.split()) for request in batch]
        try:
            classes, lengths = self._classes(texts)
        except Exception as error:
            # A device that ran out of memory, mostly: nothing is known of any report of the batch.
            fault = Fault("engine", f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
            yield from (Reply(request.key, fault=fault) for request in batch)
            return
        for request, found, length in zip(batch, classes, lengths, strict=True):
            named = {name: CLASSES[place] for name, place in zip(CONDITIONS, found, strict=True)}
            yield Reply(request.key, json.dumps(named), "stop", prompt_tokens=length)

    def _classes(self, texts: Sequence[str]) -> tuple[list[list[int]], list[int]]:
        """Return the likeliest class of every condition, and how many tokens were read, a row a text."""
        import torch

        inputs = self._tokenizer(
            list(texts), padding=True, truncation=True, max_length=self._longest, return_tensors="pt"
        ).to(self._device)
        with torch.inference_mode():
            first = self._model["bert"](**inputs).last_hidden_state[:, 0]
            found = torch.stack([head(first).argmax(dim=1) for head in self._model["linear_heads"]], dim=1)
        return found.tolist(), inputs["attention_mask"].sum(dim=1).tolist()


def installed() -> None:
    """Raise `EngineError` with the command to type where a library is missing."""
    require("reports", *LIBRARIES)


def check(ref: ModelRef) -> None:
    """Raise `EngineError` for a missing library or file."""
    installed()
    if is_folder(ref.location):
        _check_folder(Path(ref.location).expanduser())


def open_model(ref: ModelRef, settings: EngineSettings) -> CheXbertEngine:
    """Return the labeller from a folder, or from the hub with the vocabulary of bert-base-uncased."""
    if is_folder(ref.location):
        folder = base = Path(ref.location).expanduser()
    else:
        folder = _from_hub(ref.location, WEIGHTS, CONFIG, *TOKENS)
        base = folder if (folder / CONFIG).is_file() else _from_hub(BASE, CONFIG, *TOKENS)
    _check_folder(folder, base)
    return CheXbertEngine(folder, base, settings.device, settings.batch_size or _BATCH)


def _check_folder(folder: Path, base: Path | None = None) -> None:
    base = base or folder
    lacking = [name for place, name in ((folder, WEIGHTS), (base, CONFIG)) if not (place / name).is_file()]
    if not any((base / name).is_file() for name in TOKENS[:2]):
        lacking.append(TOKENS[0])
    if lacking:
        raise EngineError(
            f"chexbert is not installed in {folder}: it lacks {', '.join(lacking)}",
            f"put {WEIGHTS} of StanfordAIMI/RRG_scorers there, with {CONFIG} and {TOKENS[0]} of {BASE}",
        )


def _from_hub(repository: str, *names: str) -> Path:
    """Return the folder of the hub's cache with those of the files that the repository has."""
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(repository, allow_patterns=list(names)))
    # No such repository, gated, offline, a proxy's refusal: each has its own error, and the cure is the same.
    except Exception as error:
        raise EngineError(
            f"{repository} cannot be had from the hub: {' '.join(str(error).split())[:200]}",
            f"type chexbert:./FOLDER with {WEIGHTS}, {CONFIG} and {TOKENS[0]} in it",
        ) from error


def _fill(model: Any, path: Path) -> None:
    """Put the published weights into the model, all of them and no others."""
    import torch

    try:
        kept = torch.load(path, map_location="cpu", weights_only=True)
        weights = {name.removeprefix("module."): value for name, value in kept["model_state_dict"].items()}
    except pickle.UnpicklingError as error:
        raise EngineError(
            f"{path} holds more than weights: it could run code, and is not opened",
            f"take {WEIGHTS} from StanfordAIMI/RRG_scorers",
        ) from error
    except (OSError, RuntimeError, EOFError, KeyError, TypeError, AttributeError) as error:
        raise EngineError(f"{path} is no CheXbert checkpoint: {_line(error)}", _TAKE) from error
    weights.pop("bert.embeddings.position_ids", None)  # counted, not learnt; older versions wrote it down
    try:
        model.load_state_dict(weights)
    except (RuntimeError, TypeError) as error:
        raise EngineError(f"{path} does not fit the model of {CONFIG}: {_line(error)}", _TAKE) from error


_TAKE = f"take {WEIGHTS} from StanfordAIMI/RRG_scorers, and {CONFIG} from {BASE}"


def _line(error: Exception) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"


def _digest(files: Iterable[Path]) -> str:
    whole = hashlib.sha256()
    for path in files:
        with path.open("rb") as stream:
            whole.update(f"{path.name} {hashlib.file_digest(stream, 'sha256').hexdigest()}\n".encode())
    return f"files-{whole.hexdigest()[:16]}"
