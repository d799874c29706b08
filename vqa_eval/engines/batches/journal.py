"""What became of each batch of a run, noted before and after every step, so that a killed process loses none.

A line is on the disk before the step after it is taken. A batch that was planned may have been made although its id
was never noted; it is then found by its tag.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from vqa_eval.errors import EngineError

FOLDER = "batches"
"""Folder in the run's own that holds what is under way."""

FILE = "journal.jsonl"


@dataclass(frozen=True, slots=True)
class Entry:
    """How far one batch has come, as far as is known here."""

    tag: str
    """Name that this program gave it; the server keeps it among the batch's metadata."""
    model: str
    """Name of the model that is asked, as in its identity."""
    requests: int = 0
    """How many it holds."""
    file: str = ""
    """id of the file of requests; empty before it is uploaded."""
    batch: str = ""
    """id of the batch; empty before it is known."""
    ended: str = ""
    """Why it is no longer looked after; empty while it is."""


class Journal:
    """One file of JSON lines that only grows; a line that a kill cut short is passed over."""

    def __init__(self, folder: Path) -> None:
        """Keep the journal of a folder, which need not exist yet."""
        self._path = folder / FILE
        self._entries: dict[str, Entry] = {}
        for line in self._lines():
            known = self._entries.get(line["tag"]) or Entry(line["tag"], line.get("model", ""))
            self._entries[known.tag] = _moved(known, line)

    def open_entries(self, model: str) -> list[Entry]:
        """Return the batches of a model that are planned or made, and not over."""
        return [entry for entry in self._entries.values() if entry.model == model and not entry.ended]

    def open_tags(self) -> set[str]:
        """Return the tags of all batches that are planned or made, and not over, whichever model they ask."""
        return {entry.tag for entry in self._entries.values() if not entry.ended}

    def planned(self, tag: str, model: str, requests: int, size: int) -> Entry:
        """Note that a file of so many requests and bytes is about to be sent."""
        return self._note(Entry(tag, model), step="planned", model=model, requests=requests, bytes=size)

    def uploaded(self, entry: Entry, file: str) -> Entry:
        """Note that the file is there, and that a batch is about to be made of it."""
        return self._note(entry, step="uploaded", file=file)

    def created(self, entry: Entry, batch: str) -> Entry:
        """Note that the batch is there."""
        return self._note(entry, step="created", batch=batch)

    def ended(self, entry: Entry, why: str, **counts: int) -> Entry:
        """Note that there is nothing more to be had of the batch, and what was had."""
        return self._note(entry, step="ended", why=why, **counts)

    def _note(self, entry: Entry, **line: object) -> Entry:
        fresh = not self._path.exists()
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("ab") as stream:
            stream.write(json.dumps({"tag": entry.tag, **line}).encode() + b"\n")
            stream.flush()
            os.fsync(stream.fileno())
        if fresh:
            keep_names(self._path.parent)
        moved = self._entries[entry.tag] = _moved(entry, line)
        return moved

    def _lines(self) -> Iterator[dict[str, str]]:
        if not self._path.exists():
            return
        written = self._path.read_bytes()
        if written and not written.endswith(b"\n"):
            # What follows must not be glued to a line that was cut short.
            with self._path.open("ab") as stream:
                stream.write(b"\n")
        for text in written.splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue
            if isinstance(line, dict) and isinstance(line.get("tag"), str):
                yield line


def _moved(entry: Entry, line: dict[str, object] | dict[str, str]) -> Entry:
    said = {name: str(value) for name, value in line.items()}
    match said.get("step"):
        case "planned":
            return replace(entry, requests=int(said["requests"]))
        case "uploaded":
            # Of the same file a batch may be made again, after the first was turned away.
            return replace(entry, file=said["file"], batch="")
        case "created":
            return replace(entry, batch=said["batch"])
        case "ended":
            return replace(entry, ended=said["why"])
    return entry


def check_none_under_way(run: Path, model: str) -> None:
    """Raise EngineError where batches of a run hold requests to a model, which asked otherwise would be paid twice."""
    entries = Journal(run / FOLDER).open_entries(model)
    if entries:
        raise EngineError(
            f"{len(entries)} of {model}'s batches may be under way at the provider",
            f"collect them by the same command with --batch, or delete {run / FOLDER} to ask without them",
        )


def keep_names(folder: Path) -> None:
    """Make the names of a folder's files durable, as fsync does for what is in them."""
    held = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(held)
    finally:
        os.close(held)
