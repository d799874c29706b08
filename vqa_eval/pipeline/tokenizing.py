"""How many tokens a text has: by the model's own tokenizer where that lies here, else by a rule of thumb."""

import importlib.util
import math
from functools import lru_cache
from pathlib import Path

from vqa_eval.engines import ModelRef
from vqa_eval.pipeline.preflight import Counter
from vqa_eval.records import CHARACTERS_PER_TOKEN

FILE = "tokenizer.json"

BY_LENGTH = Counter(
    lambda text: math.ceil(len(text) / CHARACTERS_PER_TOKEN), f"{CHARACTERS_PER_TOKEN} characters a token"
)


def counter(ref: ModelRef, home: Path) -> Counter:
    """Return how the texts of a model are counted; nothing is fetched, and no model is loaded.

    `home` is where checkpoints that are built here lie. What a chat template puts around a text is not counted.
    """
    path = _tokenizer(ref, home)
    return BY_LENGTH if path is None else _own(path)


def _tokenizer(ref: ModelRef, home: Path) -> Path | None:
    """Return the file of the model's tokenizer, where it lies on this machine and can be read."""
    if importlib.util.find_spec("tokenizers") is None:
        return None
    for folder in (Path(ref.location).expanduser(), home / "models" / ref.location):
        if (folder / FILE).is_file():
            return folder / FILE
    hub = ref.card.hub or ref.location
    if (
        (ref.scheme == "openai" and not ref.card.hub)
        or hub.count("/") != 1
        or not importlib.util.find_spec("huggingface_hub")
    ):
        return None
    from huggingface_hub import try_to_load_from_cache
    from huggingface_hub.errors import HFValidationError

    try:
        found = try_to_load_from_cache(hub, FILE, revision=ref.card.revision)
    except HFValidationError:
        return None
    return Path(found) if isinstance(found, str) else None


@lru_cache(maxsize=4)
def _own(path: Path) -> Counter:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception:  # the library raises nothing narrower for a file that it cannot read
        return BY_LENGTH
    return Counter(lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids), "the model's own tokenizer")
