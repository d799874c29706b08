"""Requests on their way into a batch: written to the disk one by one, cut where the provider's limits are reached."""

import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from vqa_eval.engines.batches.api import ENDPOINT
from vqa_eval.engines.batches.journal import keep_names
from vqa_eval.errors import EngineError
from vqa_eval.records import Prompt, Request, Sampling


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one file of requests may hold; the values are OpenAI's."""

    requests: int = 50_000
    bytes: int = 200_000_000


def line_of(key: str, body: bytes) -> bytes:
    """Return the line of a request in a file: its key comes back with its reply."""
    head = json.dumps({"custom_id": key, "method": "POST", "url": ENDPOINT}).encode()
    return head[:-1] + b', "body": ' + body + b"}\n"


class Spool:
    """One file of requests being filled, and beside it what reading their replies needs, which outlives it."""

    def __init__(self, folder: Path, limits: Limits) -> None:
        """Begin a file of its own name in a folder that need not exist yet."""
        folder.mkdir(parents=True, exist_ok=True)
        self.tag = uuid.uuid4().hex
        self.requests = 0
        self.bytes = 0
        self._limits = limits
        self._folder = folder
        self._lines = requests_file(folder, self.tag).open("wb")
        self._asked = _asked_file(folder, self.tag).open("wb")

    def has_room(self, line: bytes) -> bool:
        """Return whether a line fits within the limits."""
        return self.requests < self._limits.requests and self.bytes + len(line) <= self._limits.bytes

    def add(self, request: Request, line: bytes) -> None:
        """Write a request as its line, and what reading its reply needs."""
        self._lines.write(line)
        needed = [request.key, request.channel, request.sampling.max_tokens, request.prompt.labels]
        self._asked.write(json.dumps(needed).encode() + b"\n")
        self.requests += 1
        self.bytes += len(line)

    def seal(self) -> None:
        """Finish both files, durably."""
        for stream in (self._lines, self._asked):
            _finish(stream)
        keep_names(self._folder)

    def drop(self) -> None:
        """Throw away what was written and never sent."""
        self._lines.close()
        self._asked.close()
        discard(self._folder, self.tag)


def requests_file(folder: Path, tag: str) -> Path:
    """Return where the requests of a batch lie until they are sent."""
    return folder / f"{tag}.jsonl"


def _asked_file(folder: Path, tag: str) -> Path:
    return folder / f"{tag}.asked"


def asked_of(folder: Path, tag: str) -> dict[str, Request]:
    """Return the requests of a batch by key, in their order, each with no more than reading its reply needs."""
    prompts: dict[tuple[str, ...], Prompt] = {}
    asked: dict[str, Request] = {}
    with _asked_file(folder, tag).open("rb") as stream:
        for key, channel, max_tokens, said in map(json.loads, stream):
            labels = tuple(said)
            prompt = prompts.setdefault(labels, Prompt("", "", labels))
            asked[key] = Request(key, "", prompt, (), Sampling(max_tokens=max_tokens), channel)
    return asked


def discard(folder: Path, tag: str) -> None:
    """Delete what lies of a batch in the folder."""
    for path in folder.glob(f"{tag}.*"):
        path.unlink()


@contextmanager
def on_disk(folder: Path) -> Iterator[None]:
    """Turn what the disk refuses into an EngineError."""
    try:
        yield
    except OSError as error:
        raise EngineError(f"{folder}: {error}", "give the run a folder with room; the same command goes on") from error


def _finish(stream: BinaryIO) -> None:
    stream.flush()
    os.fsync(stream.fileno())
    stream.close()
