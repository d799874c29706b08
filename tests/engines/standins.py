"""Requests with real pictures, and what a chat-completions server was asked and says."""

import hashlib
import io
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from PIL import Image, ImageDraw

from vqa_eval.records import Picture, Prompt, Request, Sampling

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
) -> Request:
    """Return a choice question with its own key, about pictures of its own."""
    text = f"Question {number}: {question}\nOptions:\nA. lung\nB. liver\nC. heart\nD. brain\nAnswer:"
    return Request(
        key=hashlib.sha256(f"{number} {question} {system} {sampling}".encode()).hexdigest(),
        sample=f"demo/{number}",
        prompt=Prompt(text, system, LABELS),
        pictures=tuple(make_picture(number * 10 + place, broken) for place in range(pictures)),
        sampling=sampling or Sampling(max_tokens=16),
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


def question_number(body: dict[str, Any]) -> int:
    """Return the number that `make_request` wrote into the question."""
    text = body["messages"][-1]["content"][-1]["text"]
    return int(text.split(":")[0].removeprefix("Question "))
