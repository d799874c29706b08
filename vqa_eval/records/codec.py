"""Records as JSON text and back: what shelves and runs keep on disk."""

import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from functools import lru_cache
from typing import Any

from vqa_eval.records.answer import Answer
from vqa_eval.records.request import Fault, ModelIdentity, Sampling
from vqa_eval.records.run import RunManifest
from vqa_eval.records.sample import Image, Mark, Node, Overlay, Sample, View
from vqa_eval.records.score import Score

_NAMES = tuple(field.name for field in fields(Sample))
_LATER = frozenset({"measures", "pictures", "labels", "unsure"})
"""What manifests of earlier versions do not have."""
_UNREAD: dict[str, Any] = {"question": "", "context": "", "images": ()}
_TEXT = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
_NOWHERE = '"nodes":[]'
_READ = json.JSONDecoder().raw_decode
"""Reads what `_TEXT` wrote, without looking for the spaces around it that others may leave."""


def to_text(record: Sample | Fault | ModelIdentity | RunManifest) -> str:
    """Return the record as one line of JSON; equal records give equal text."""
    # asdict copies deeply, and most of what is written are samples: their fields are plain already.
    if isinstance(record, Sample):
        plain = {name: getattr(record, name) for name in _NAMES}
        plain["images"] = [_plain(image) for image in record.images]
        return _TEXT.encode(plain)
    plain = asdict(record)
    # The text of an order names its folder: what orders of before could not say is written only where it is said.
    return _TEXT.encode({name: value for name, value in plain.items() if value or name not in _LATER})


def sample_from(text: str, light: bool = False) -> Sample:
    """Return the sample that `to_text` wrote; `light` leaves out what no board reads, to hold many in memory."""
    fields, _ = _READ(text)
    if light:
        fields |= _UNREAD
    fields["images"] = tuple(map(_image, fields["images"]))
    fields["nodes"] = tuple(map(tuple, fields["nodes"]))
    if light:
        fields["nodes"] = _shared(fields["nodes"])
    for name in ("options", "references", "correct"):
        fields[name] = tuple(fields[name])
    return Sample(**fields)


def with_nodes(text: str, nodes: Iterable[Node]) -> str:
    """Return the text of a sample that is in no node with its nodes in it, as `to_text` would write it."""
    # Within a question the quotes would be escaped, so the pattern meets nothing but the field itself.
    return text.replace(_NOWHERE, f'"nodes":{_TEXT.encode(tuple(nodes))}', 1)


@lru_cache(maxsize=2**12)
def _shared(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Return the first nodes that equal these: many samples hang in the same ones, which are as large as the rest."""
    return nodes


def mark_text(answer: Answer, scores: Iterable[Score]) -> str:
    """Return an answer and its scores as one line of JSON, without names: there are many of them."""
    scored = [(score.metric, score.value, *([score.unit] if score.unit else [])) for score in scores]
    plain = (answer.status, answer.letters, answer.text, answer.rule, answer.span, answer.shares, scored)
    return _TEXT.encode(plain)


def mark_from(sample: str, text: str) -> tuple[Answer, tuple[Score, ...]]:
    """Return the answer and the scores of one sample that `mark_text` wrote."""
    answer, scored = _mark(text)
    return answer, tuple([Score(sample, metric, value, *unit) for metric, value, *unit in scored])


@lru_cache(maxsize=2**10)  # most answers are a letter that is right or wrong, and many marks are alike
def _mark(text: str) -> tuple[Answer, list[tuple[Any, ...]]]:
    status, letters, said, rule, span, shares, scored = _READ(text)[0]
    answer = Answer(status, tuple(letters), said, rule, tuple(span) if span else None, tuple(shares))
    return answer, [(metric, value, *map(tuple, unit)) for metric, value, *unit in scored]


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
    fields["measures"] = {name: tuple(metrics) for name, metrics in fields.get("measures", {}).items()}
    return RunManifest(**fields)


def _plain(image: Image) -> dict[str, Any]:
    plain = asdict(image)
    # Most pictures have none, and what is not said changes no digest of data that were prepared before.
    if plain["view"]["overlay"] is None:
        del plain["view"]["overlay"]
    if not image.slide:
        del plain["slide"]
    return plain


def _image(fields: dict[str, Any]) -> Image:
    view = fields["view"]
    mark, overlay = view["mark"], view.get("overlay")
    return Image(
        fields["name"],
        fields["digest"],
        View(
            frame=view["frame"],
            window=tuple(view["window"]) if view["window"] else None,
            crop=tuple(view["crop"]) if view["crop"] else None,
            mark=Mark(mark["kind"], tuple((x, y) for x, y in mark["points"])) if mark else None,
            overlay=Overlay(**overlay) if overlay else None,
            side=view["side"],
        ),
        fields.get("slide", False),
    )
