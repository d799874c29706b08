"""What is sent to a model, what comes back, and what may go wrong with one request."""

import hashlib
import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, Literal

from vqa_eval.records.prompt import Prompt

CHARACTERS_PER_TOKEN = 4
"""A rule of thumb for English prose; other languages and tokenizers differ."""
PIXELS_PER_TOKEN = 28 * 28
"""One token for 28 × 28 pixels, as Qwen-VL counts; other models differ by several times."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Pixels as they are sent: an encoded file with its digest; `key`s depend on these bytes alone."""

    data: bytes
    media_type: str
    """"image/png", "image/jpeg", or "application/x-npy" for features of a slide: an array of float32."""
    width: int
    """In pixels; of an array its columns."""
    height: int
    """In pixels; of an array its rows."""
    digest: str
    """sha256 (hex) of `data`."""


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is chosen. Temperature 0 is greedy."""

    temperature: float = 0.0
    max_tokens: int = 512
    top_p: float = 1.0
    seed: int = 0


Channel = Literal["text", "choice", "logprobs"]
"""How the answer is taken from the model: free text; text that can only be one of the prompt's labels; the
log-probability of each label as the reply's beginning."""


@dataclass(frozen=True, slots=True)
class Request:
    """One question to one model, known by its content: `key` is the same wherever the content is."""

    key: str
    sample: str
    """id of the sample, for messages to people; not part of the key."""
    prompt: Prompt
    pictures: tuple[Picture, ...]
    sampling: Sampling
    channel: Channel = "text"
    """An engine is only sent the channels that it names in `Engine.channels`."""

    @property
    def expected_tokens(self) -> float:
        """About how many tokens go in: the prompt's characters and the pictures' pixels by rules of thumb."""
        characters = len(self.prompt.system) + len(self.prompt.text)
        pixels = sum(picture.width * picture.height for picture in self.pictures)
        return characters / CHARACTERS_PER_TOKEN + pixels / PIXELS_PER_TOKEN


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """Which model answered: every part of it stands in a row's signature."""

    name: str
    """As typed: "tiny-vlm", "openai:gpt-4o"."""
    engine: str
    """Engine and version: "transformers 5.19.0"."""
    revision: str
    """What fixes the weights: a hub commit, a digest of local files, a provider's model string."""
    notes: tuple[str, ...] = ()
    """What a reader of the board must know, such as "random weights"."""
    max_side: int | None = None
    """Longest side in pixels of the pictures that it was sent; None sent them as they are."""


def request_key(
    model: ModelIdentity,
    prompt: Prompt,
    pictures: tuple[str, ...],
    sampling: Sampling,
    *,
    draw: int = 0,
    channel: Channel = "text",
) -> str:
    """Return the sha256 (hex) over model, revision, messages, picture digests, sampling, draw and channel."""
    content = [
        model.name,
        model.revision,
        prompt.system,
        prompt.text,
        list(prompt.labels),
        list(pictures),
        _fields(sampling),
        draw,
        *([] if channel == "text" else [channel]),
    ]
    return hashlib.sha256(_TEXT.encode(content).encode()).hexdigest()


_TEXT = json.JSONEncoder(ensure_ascii=False)


@lru_cache(maxsize=2**8)  # a run has one, or one for each draw
def _fields(sampling: Sampling) -> dict[str, Any]:
    return asdict(sampling)


FaultKind = Literal["picture", "rate_limit", "server", "timeout", "connection", "memory", "rejected", "engine"]
"""Why a request has no reply; none of these is ever an answer, and none counts as wrong."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A request that brought no reply: the sample stays unasked until it is asked again."""

    kind: FaultKind
    detail: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said to one request, or the fault that stood in the way."""

    key: str
    text: str = ""
    finish: Literal["stop", "length", "filter", ""] = ""
    """Why the text ended: its own end, the token limit, the provider's filter, or unknown."""
    prompt_tokens: int | None = None
    reply_tokens: int | None = None
    seconds: float | None = None
    fault: Fault | None = None
    logprobs: tuple[float | None, ...] = ()
    """Natural logarithm of the probability of each label of the prompt, in their order (channel "logprobs");
    None where the engine did not report the label."""
    batched: bool = False
    """Whether it came through a provider's batch API, which charges less."""
