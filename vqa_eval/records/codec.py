"""Records as JSON text and back: what shelves and runs keep on disk."""

import json
from dataclasses import asdict, fields
from typing import Any

from vqa_eval.records.answer import Answer
from vqa_eval.records.request import Fault, ModelIdentity, Sampling
from vqa_eval.records.run import RunManifest
from vqa_eval.records.sample import Image, Mark, Sample, View

_NAMES = {record: tuple(field.name for field in fields(record)) for record in (Answer, Sample)}
_TEXT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))


def to_text(record: Sample | Answer | Fault | ModelIdentity | RunManifest) -> str:
    """Return the record as one line of JSON; equal records give equal text."""
    # asdict copies deeply, and most of what is written are answers and samples: their fields are plain already.
    if isinstance(record, (Answer, Sample)):
        plain = {name: getattr(record, name) for name in _NAMES[type(record)]}
        if isinstance(record, Sample):
            plain["images"] = [asdict(image) for image in record.images]
        return _TEXT.encode(plain)
    return _TEXT.encode(asdict(record))


def sample_from(text: str) -> Sample:
    """Return the sample that `to_text` wrote."""
    fields = json.loads(text)
    fields["images"] = tuple(_image(image) for image in fields["images"])
    fields["nodes"] = tuple(tuple(node) for node in fields["nodes"])
    for name in ("options", "references", "correct"):
        fields[name] = tuple(fields[name])
    return Sample(**fields)


def answer_from(text: str) -> Answer:
    """Return the answer that `to_text` wrote."""
    fields = json.loads(text)
    fields["letters"] = tuple(fields["letters"])
    fields["span"] = tuple(fields["span"]) if fields["span"] else None
    return Answer(**fields)


def fault_from(text: str) -> Fault:
    """Return the fault that `to_text` wrote."""
    return Fault(**json.loads(text))


def identity_from(text: str) -> ModelIdentity:
    """Return the identity that `to_text` wrote."""
    fields = json.loads(text)
    return ModelIdentity(**{**fields, "notes": tuple(fields["notes"])})


def manifest_from(text: str) -> RunManifest:
    """Return the manifest that `to_text` wrote."""
    fields = json.loads(text)
    fields["sampling"] = Sampling(**fields["sampling"])
    for name in ("models", "prompts", "left_out"):
        fields[name] = tuple(fields[name])
    return RunManifest(**fields)


def _image(fields: dict[str, Any]) -> Image:
    view = fields["view"]
    mark = view["mark"]
    return Image(
        fields["name"],
        fields["digest"],
        View(
            frame=view["frame"],
            window=tuple(view["window"]) if view["window"] else None,
            crop=tuple(view["crop"]) if view["crop"] else None,
            mark=Mark(mark["kind"], tuple((x, y) for x, y in mark["points"])) if mark else None,
            side=view["side"],
        ),
    )
