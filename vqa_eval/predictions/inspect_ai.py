"""Logs of inspect_ai: a zip archive (.eval) with a JSON document a sample, or one JSON document (.json).

What is known of them stands in UKGovernmentBEIS/inspect_ai (log/_log.py, log/_recorders/eval.py) and was tried on
logs of versions 0.3.100 and 0.3.285. Newer archives are compressed by Zstandard.
"""

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import ascii_uppercase
from typing import Any

from vqa_eval.errors import DataError
from vqa_eval.predictions.archives import SIGNATURES, members, opened, read_member
from vqa_eval.predictions.prediction import Finish, Format, Log, Prediction
from vqa_eval.predictions.texts import as_text, field_of, parse_json, read_document, record
from vqa_eval.records import Fault

HEADERS = ("header.json", "_journal/start.json")
"""Members that say what was run: of a log that came to its end, and of one that did not."""
FINISHES: Mapping[str, Finish] = {
    "stop": "stop",
    "max_tokens": "length",
    "model_length": "length",
    "content_filter": "filter",
}
_MEND = "give the log as inspect_ai wrote it"


def _recognises(path: Path, head: bytes) -> bool:
    if head.startswith(SIGNATURES):
        return any(name in members(path) for name in HEADERS)
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return (
        text.startswith(b"{")
        and b'"doc_id"' not in text
        and all(name in text for name in (b'"status"', b'"eval"', b'"task_id"'))
    )


def _read(path: Path) -> Log:
    with path.open("rb") as file:
        archived = file.read(4).startswith(SIGNATURES)
    header = _header(path) if archived else record(read_document(path), str(path))
    about = record(field_of(header, "eval", str(path)), f"{path}, eval")
    dataset = about.get("dataset") if isinstance(about.get("dataset"), dict) else {}
    ids = dataset.get("sample_ids") if isinstance(dataset, dict) else None
    status = header.get("status", "started")
    return Log(
        # A task is named PACKAGE/NAME where it comes from a package.
        as_text(about.get("task") or path.stem, str(path), "task").rpartition("/")[2],
        _archived(path) if archived else _listed(path, header),
        model=as_text(about.get("model"), str(path), "model"),
        asked=len(ids) if isinstance(ids, list) else None,
        notes=() if status == "success" else (f"{path.name}: the log's status is {status!r}",),
    )


def _header(path: Path) -> dict[str, Any]:
    with opened(path) as archive:
        name = next(name for name in HEADERS if name in archive.namelist())
        return record(parse_json(read_member(archive, name, path), f"{path}, {name}"), f"{path}, {name}")


def _archived(path: Path) -> Iterator[Prediction]:
    names = [name for name in members(path) if name.startswith("samples/") and name.endswith(".json")]
    with opened(path) as archive:
        for name in names:
            place = f"{path.name}, {name}"
            yield _prediction(record(parse_json(read_member(archive, name, path), place), place), place)


def _listed(path: Path, log: dict[str, Any]) -> Iterator[Prediction]:
    samples = log.get("samples") or []
    if not isinstance(samples, list):
        raise DataError(f"{path}, samples: not a list", _MEND)
    for number, sample in enumerate(samples, start=1):
        place = f"{path.name}, sample {number}"
        yield _prediction(record(sample, place), place)


def _prediction(sample: dict[str, Any], place: str) -> Prediction:
    choices = sample.get("choices") or []
    target = field_of(sample, "target", place)
    if not isinstance(choices, list) or not isinstance(target, (str, list)):
        raise DataError(f"{place}: choices or target are no list of texts", _MEND)
    options = tuple(as_text(choice, place, "choices").strip() for choice in choices)
    targets = [as_text(entry, place, "target") for entry in ([target] if isinstance(target, str) else target)]
    question, pictures = _input(field_of(sample, "input", place), sample.get("attachments"), place)
    metadata, epoch = sample.get("metadata"), sample.get("epoch", 1)
    text, finish, fault = _outcome(sample, place)
    return Prediction(
        place,
        as_text(field_of(sample, "id", place), place, "id"),
        question,
        options,
        _correct(targets, options, place) if options else (),
        () if options else tuple(entry for entry in targets if entry.strip()),
        pictures=pictures,
        text=text,
        finish=finish,
        fault=fault,
        draw=epoch - 1 if isinstance(epoch, int) else 0,
        cells=metadata if isinstance(metadata, dict) else {},
    )


def _input(value: Any, attachments: Any, place: str) -> tuple[str, tuple[str, ...]]:
    """Return the text of a question, and names of its pictures: an attachment's digest, an address, a path."""
    known = attachments if isinstance(attachments, dict) else {}
    messages = value if isinstance(value, list) else [{"role": "user", "content": value}]
    contents = [
        message.get("content") for message in messages if isinstance(message, dict) and message.get("role") == "user"
    ]
    texts, pictures = [], []
    for part in (part for content in contents for part in (content if isinstance(content, list) else [content])):
        if isinstance(part, dict) and part.get("type") == "image":
            pictures.append(_picture(part.get("image"), place))
        else:
            text = as_text(part.get("text") if isinstance(part, dict) else part, place, "input")
            texts.append(as_text(known.get(text.removeprefix("attachment://"), text), place, "attachments"))
    return "\n\n".join(text for text in texts if text), tuple(pictures)


def _picture(image: Any, place: str) -> str:
    """Return what a picture is called; pixels in the log itself by their digest, so that the same share a name."""
    if isinstance(image, str) and image.startswith("data:"):
        return hashlib.sha256(image.encode("utf-8", "replace")).hexdigest()
    return as_text(image, place, "image")


def _correct(targets: list[str], options: tuple[str, ...], place: str) -> tuple[int, ...]:
    """Return the positions of the targets: a letter each, or an option in full."""
    positions = []
    for target in (entry.strip() for entry in targets if entry.strip()):
        letter = ascii_uppercase.find(target) if len(target) == 1 else -1
        position = letter if letter >= 0 else options.index(target) if options.count(target) == 1 else -1
        if not 0 <= position < len(options):
            raise DataError(f"{place}, target: {target!r} is not the letter of one of {len(options)} options", _MEND)
        positions.append(position)
    return tuple(sorted(set(positions)))


def _outcome(sample: dict[str, Any], place: str) -> tuple[str, Finish, Fault | None]:
    """Return the reply with why it ended, or the fault in its place."""
    error, limit = sample.get("error"), sample.get("limit")
    if error:
        said = str(error.get("message", "")) if isinstance(error, dict) else str(error)
        return "", "", Fault("engine", said[:200] or "an error without a message")
    output = sample.get("output")
    replies = output.get("choices") if isinstance(output, dict) else None
    first = replies[0] if isinstance(replies, list) and replies and isinstance(replies[0], dict) else None
    completion = output.get("completion") if isinstance(output, dict) else None
    if first is None and not completion:
        kind = limit.get("type") if isinstance(limit, dict) else None
        if kind in ("time", "working"):
            return "", "", Fault("timeout", f"the log's limit on {kind} was reached")
        return "", "", Fault("engine", "the log holds no output of the model")
    reply = first or {}
    message = reply.get("message")
    content = completion or (message.get("content") if isinstance(message, dict) else "")
    if isinstance(content, list):
        content = "".join(str(part.get("text", "")) for part in content if isinstance(part, dict))
    finish: Finish = "length" if limit else FINISHES.get(str(reply.get("stop_reason")), "")
    return as_text(content, place, "output"), finish, None


FORMAT = Format("inspect_ai", "inspect_ai", ".eval, .json", _recognises, _read)
