"""How the chat-completions protocol keeps a reply to a prompt's labels, and tells what it thinks of each.

A server of one's own gets vLLM's field `structured_outputs`, the provider a JSON schema, unless its dialect says
otherwise. Log-probabilities are those of the reply's first token; where vLLM's field is known the choice is kept to
while they are taken, so that every label is among those reported, and they are then relative to the labels.
"""

import json
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Literal

from vqa_eval.records import Fault, Reply, Request

Mechanism = Literal["structured_outputs", "json_schema", "none"]
"""What keeps a reply to labels: vLLM's field, a strict JSON schema, or nothing."""

_REPORTED = 20
"""Likeliest tokens that a server is asked to report; the protocol allows no more."""

_NEVER = -9999.0
"""What servers write for a token without a probability: one that may not be said, or that they do not report."""


def fields(request: Request, mechanism: Mechanism, limit: str) -> dict[str, Any]:
    """Return the protocol's fields for a request's channel; `limit` is the name of the field for most tokens."""
    asked: dict[str, Any] = {}
    if request.channel == "logprobs":
        asked |= {limit: 1, "logprobs": True, "top_logprobs": _REPORTED}
    if request.channel != "text" and mechanism == "structured_outputs":
        asked["structured_outputs"] = {"choice": list(request.prompt.labels)}
    elif request.channel == "choice" and mechanism == "json_schema":
        asked["response_format"] = _schema(request.prompt.labels)
    return asked


def _schema(labels: Iterable[str]) -> dict[str, Any]:
    schema = {
        "type": "object",
        "properties": {"answer": {"type": "string", "enum": list(labels)}},
        "required": ["answer"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def read(reply: Reply, request: Request, choice: Any, mechanism: Mechanism) -> Reply:
    """Return a reply as its channel takes it from a completion's `choice`.

    A server that passed over what it was asked gives a fault: its free text is never taken for a label.
    """
    if request.channel == "choice":
        return _label(reply, request, mechanism)
    if request.channel == "logprobs":
        return _weights(reply, request, choice)
    return reply


def _label(reply: Reply, request: Request, mechanism: Mechanism) -> Reply:
    said: object = reply.text
    if mechanism == "json_schema":
        try:
            said = json.loads(reply.text)["answer"]
        except (ValueError, TypeError, KeyError, RecursionError):  # the last one of brackets without end
            said = None
    if isinstance(said, str) and said in request.prompt.labels:
        return replace(reply, text=said)
    if reply.finish == "length":
        return _refused(request, f"the reply was cut at {request.sampling.max_tokens} tokens; allow more max_tokens")
    return _refused(
        request,
        f"the server did not keep to the labels {', '.join(request.prompt.labels)}, it said {reply.text[:80]!r}: "
        "serve the model with vLLM 0.12 or newer, or take the answer from free text",
    )


def _weights(reply: Reply, request: Request, choice: Any) -> Reply:
    labels = request.prompt.labels
    try:
        entries = choice["logprobs"]["content"][0]["top_logprobs"]
        top = [(entry["token"].strip(), float(entry["logprob"])) for entry in entries]
    except (AttributeError, KeyError, IndexError, TypeError, ValueError):
        return _refused(request, "the server sent no log-probabilities: take the answer from free text or as a choice")
    live = [(token, value) for token, value in top if _NEVER < value < math.inf]
    found = tuple(_sum(value for token, value in live if token == label) for label in labels)
    for label, value in zip(labels, found, strict=True):
        begun = next((token for token, _ in live if token and token != label and label.startswith(token)), None)
        if value is None and begun is not None:
            # Its share is unknown, not small, and that of a label called like its beginning is mixed with it.
            return _refused(
                request,
                f"the label {label!r} is several tokens ({begun!r}, …) and the server tells only of the first: "
                "take the answer from free text or as a choice",
            )
    if all(value is None for value in found):
        return _refused(request, "no label is among the tokens that the server reports: take the answer from free text")
    return replace(reply, text="", finish="", logprobs=found)


def _sum(logarithms: Iterable[float]) -> float | None:
    """Return the logarithm of the summed probabilities, None where there are none."""
    # "A" and " A" are two tokens that begin the same reply. Relative to the largest, nothing underflows.
    values = list(logarithms)
    if not values:
        return None
    top = max(values)
    return min(top + math.log(math.fsum(math.exp(value - top) for value in values)), 0.0)


def _refused(request: Request, detail: str) -> Reply:
    return Reply(request.key, fault=Fault("rejected", detail))
