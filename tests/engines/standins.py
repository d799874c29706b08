"""Requests with real pictures, and what a chat-completions server was asked and says."""

import hashlib
import io
import json
import math
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from PIL import Image, ImageDraw

from vqa_eval.records import Channel, Picture, Prompt, Request, Sampling

LABELS = ("A", "B", "C", "D")


def make_picture(seed: int, broken: bool = False) -> Picture:
    """Return a grey picture with a few discs; half of its file where `broken`."""
    drawn = random.Random(seed)
    image = Image.new("RGB", (drawn.randint(60, 160), drawn.randint(60, 160)), (drawn.randint(0, 60),) * 3)
    pen = ImageDraw.Draw(image)
    for _ in range(drawn.randint(1, 4)):
        x, y, size = drawn.randint(0, 120), drawn.randint(0, 120), drawn.randint(10, 80)
        pen.ellipse((x, y, x + size, y + size), fill=(drawn.randint(30, 255),) * 3)
    stream = io.BytesIO()
    image.save(stream, "PNG")
    data = stream.getvalue()
    data = data[: len(data) // 2] if broken else data
    return Picture(data, "image/png", image.width, image.height, hashlib.sha256(data).hexdigest())


def make_request(
    number: int,
    *,
    pictures: int = 1,
    broken: bool = False,
    question: str = "Which organ is shown?",
    system: str = "",
    sampling: Sampling | None = None,
    channel: Channel = "text",
    labels: tuple[str, ...] = LABELS,
) -> Request:
    """Return a choice question with its own key, about pictures of its own."""
    text = f"Question {number}: {question}\nOptions:\nA. lung\nB. liver\nC. heart\nD. brain\nAnswer:"
    return Request(
        key=hashlib.sha256(f"{number} {question} {system} {sampling} {channel} {labels}".encode()).hexdigest(),
        sample=f"demo/{number}",
        prompt=Prompt(text, system, labels),
        pictures=tuple(make_picture(number * 10 + place, broken) for place in range(pictures)),
        sampling=sampling or Sampling(max_tokens=16),
        channel=channel,
    )


class Pulling:
    """Requests that remember how many of them were pulled."""

    def __init__(self, requests: list[Request]) -> None:
        self.pulled = 0
        self._requests = requests

    def __iter__(self) -> Iterator[Request]:
        for request in self._requests:
            self.pulled += 1
            yield request


@dataclass
class ChatServer:
    """What a chat-completions server was asked, and how it answers: by a function of the body."""

    url: str = ""
    answer: Callable[[dict[str, Any]], tuple[int, dict[str, str], Any]] = lambda body: completion("A")
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    most_at_once: int = 0
    at_once: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def completion(text: str, finish: str = "stop") -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of a reply."""
    body = {
        "id": "1",
        "object": "chat.completion",
        "created": 1,
        "model": "stand-in",
        "choices": [{"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}],
        "usage": {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10},
    }
    return 200, {}, body


def refusal(status: int, message: str, **headers: str) -> tuple[int, dict[str, str], Any]:
    """Status, headers and body of an error."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return status, named, {"error": {"message": message, "type": "error", "code": None}}


Top = list[tuple[str, float]]
"""Tokens with their log-probabilities, the likeliest first."""


def with_logprobs(answer: tuple[int, dict[str, str], Any], top: Top) -> tuple[int, dict[str, str], Any]:
    """Put the log-probabilities of the first token into a reply."""
    entries = [{"token": token, "logprob": value, "bytes": list(token.encode())} for token, value in top]
    answer[2]["choices"][0]["logprobs"] = {"content": [{**entries[0], "top_logprobs": entries}], "refusal": None}
    return answer


VOCABULARY = (*LABELS, " A", " B", "1", "0", "2", "lung", "The", "I")


def next_tokens(body: dict[str, Any], said: str, choice: list[str] | None) -> Top:
    """Return what a made-up model would say next, among what may be said; it depends on the whole question."""
    asked = json.dumps([body["messages"], said])
    scores = {token: hashlib.sha256(f"{asked} {token}".encode()).digest()[0] / 32 for token in VOCABULARY}
    may = [token for token in VOCABULARY if not choice or any(one.startswith(said + token) for one in choice)]
    total = math.log(sum(math.exp(scores[token]) for token in may))
    ranked = sorted(((token, scores[token] - total) for token in may), key=lambda entry: -entry[1])
    # vLLM fills the report up with tokens that may not be said.
    return ranked + [(token, -9999.0) for token in VOCABULARY if token not in may]


def as_vllm(body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """Answer as vLLM 0.32: keeps to `structured_outputs.choice`, passes over `guided_choice`, tells log-probabilities.

    With a choice they are relative to what may be said.
    """
    choice = body.get("structured_outputs", {}).get("choice")
    top = next_tokens(body, "", choice)
    text = top[0][0]
    while choice and text not in choice:
        text += next_tokens(body, text, choice)[0][0]
    if not choice:
        text = f"The answer is {text.strip()}."
    answer = completion(text) if body["max_tokens"] > 1 else completion(top[0][0], "length")
    return with_logprobs(answer, top[: body["top_logprobs"]]) if body.get("logprobs") else answer


@dataclass(frozen=True)
class Cut:
    """A body of which only the first half is sent."""

    body: Any
    ends: Literal["closed", "reset", "whole"]
    """How the connection ends behind it: closed, reset, or not, as if the half were whole."""


def question_number(body: dict[str, Any]) -> int:
    """Return the number that `make_request` wrote into the question."""
    text = body["messages"][-1]["content"][-1]["text"]
    return int(text.split(":")[0].removeprefix("Question "))
