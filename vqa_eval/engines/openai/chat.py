"""The chat-completions protocol: a request becomes a body, a completion becomes a reply, in the server's dialect."""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Literal

from vqa_eval.engines.openai import labels as served_labels
from vqa_eval.engines.openai.labels import Mechanism
from vqa_eval.engines.pictures import url_parts
from vqa_eval.records import Channel, Dialect, Fault, Prompt, Reply, Request

_FINISH: dict[str, Literal["stop", "length", "filter"]] = {
    "stop": "stop",
    "length": "length",
    "content_filter": "filter",
}

_MOST_TOKENS = 1_000_000_000
"""More than any server can have counted for one request; a count above is none."""

_PICTURE = f"picture-{uuid.uuid4().hex}-"
"""Stands in the place of a picture while a request is written; nothing that people write holds it."""


class Chat:
    """How one model is spoken to; made once, and the same for all servers that offer it."""

    def __init__(self, model: str, dialect: Dialect, own_server: bool) -> None:
        """Speak to `model`; where the dialect is silent, a server of one's own is taken for vLLM."""
        self._model = model
        self._dialect = dialect
        # The provider took a new name for the limit; servers of one's own know the old one.
        self._limit = dialect.limit or ("max_tokens" if own_server else "max_completion_tokens")
        self._mechanism: Mechanism = dialect.choice or ("structured_outputs" if own_server else "json_schema")

    @property
    def channels(self) -> frozenset[Channel]:
        """How answers can be taken."""
        return frozenset({"text", "logprobs"} if self._mechanism == "none" else {"text", "choice", "logprobs"})

    @property
    def manner(self) -> str:
        """What of the dialect may change replies, in words that are always the same; empty where it changes none."""
        said = [f"{name}={_plain(value)}" for name, value in sorted(self._dialect.extra.items())]
        said += [f"detail={self._dialect.detail}"] if self._dialect.detail else []
        said += ["system=text"] if self._dialect.system == "text" else []
        said += [f"choice={self._dialect.choice}"] if self._dialect.choice else []
        said += [f"no {name}" for name in sorted(self._dialect.omit)]
        return ", ".join(said)

    def body(self, request: Request) -> bytes:
        """Return what is sent: UTF-8 of one JSON object on one line."""
        sampling = request.sampling
        body: dict[str, Any] = {
            "model": self._model,
            "messages": self._messages(request.prompt, len(request.pictures)),
            "temperature": sampling.temperature,
            self._limit: sampling.max_tokens,
        }
        if sampling.temperature > 0:
            # Greedy replies draw nothing, and some servers refuse fields that they do not know.
            body |= {"top_p": sampling.top_p, "seed": sampling.seed}
        body |= served_labels.fields(request, self._mechanism, self._limit)
        for name in self._dialect.omit:
            body.pop(name, None)
        body |= self._dialect.extra
        # Pictures are set into the finished text: as JSON's strings they would be read letter by letter.
        rest, parts = json.dumps(body, separators=(",", ":")).encode(), []
        for number, picture in enumerate(request.pictures):
            before, rest = rest.split(f"{_PICTURE}{number}-".encode(), 1)
            parts += [before, *url_parts(picture)]
        return b"".join((*parts, rest))

    def _messages(self, prompt: Prompt, pictures: int) -> list[dict[str, Any]]:
        system, text = prompt.system, prompt.text
        if system and self._dialect.system == "text":
            system, text = "", f"{system}\n\n{text}"
        detail = {"detail": self._dialect.detail} if self._dialect.detail else {}
        content: list[dict[str, Any]] = [
            {"type": "image_url", "image_url": {"url": f"{_PICTURE}{number}-", **detail}} for number in range(pictures)
        ]
        content.append({"type": "text", "text": text})
        user = {"role": "user", "content": content}
        return [{"role": "system", "content": system}, user] if system else [user]

    def reply(self, request: Request, completion: Mapping[str, Any], seconds: float | None) -> Reply:
        """Return what a completion says as the request's reply; one that says nothing readable is a fault."""
        try:
            choice = completion["choices"][0]
            message = choice["message"]
            # A refusal stands in a field of its own; it is what the model said. What it thought before is not.
            text = _text(message.get("content")) or message.get("refusal") or ""
        except (AttributeError, KeyError, IndexError, TypeError):
            return Reply(request.key, fault=Fault("server", "a reply without choices and a message"))
        if not isinstance(text, str):
            return Reply(request.key, fault=Fault("server", f"a reply whose content is a {type(text).__name__}"))
        finish = _FINISH.get(str(choice.get("finish_reason")))
        reply = Reply(request.key, text, finish or "", *used(completion), seconds)
        return served_labels.read(reply, request, choice, self._mechanism)


def used(completion: Mapping[str, Any]) -> tuple[int | None, int | None]:
    """Return the tokens of prompt and reply, None where the server does not tell."""
    usage = completion.get("usage")
    if not isinstance(usage, dict):
        return None, None
    return _count(usage.get("prompt_tokens")), _count(usage.get("completion_tokens"))


def _text(content: object) -> object:
    """Return the text of a content that some servers write as a list of parts, else what it is."""
    if not isinstance(content, list):
        return content
    return "".join(part["text"] for part in content if part.get("type") in {"text", "output_text"})


def _count(number: object) -> int | None:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MOST_TOKENS:
        return None
    return number


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
