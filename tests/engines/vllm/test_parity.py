"""The same prompts through three engines: transformers, vLLM in this process, and vLLM served."""

import json
import math
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines.standins import LABELS, make_request
from tests.engines.vllm.opening import NEEDS_VLLM, VLLM, open_vllm
from vqa_eval.engines.pictures import data_url, decode
from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.transformers import TransformersEngine
from vqa_eval.records import Channel, ModelCard, Reply, Request

pytestmark = [*NEEDS_VLLM]

NEAR = 1e-4
"""Largest difference of natural log-probabilities that sums in another order may bring; what is seen is 1e-6."""

PICTURES = (0, 1, 2, 4)
SETS = (LABELS, ("yes", "no", "maybe"), ("1", "10", "100", "2"))
"""Letters; labels of several tokens; labels that begin each other."""

ENGINES = ("transformers", *(str(param.values[0]) for param in VLLM))


def asked(channel: Channel, sets: Sequence[tuple[str, ...]] = SETS) -> list[Request]:
    """Return a question for each set of labels, about its first none, one, two and four pictures."""
    questions = [
        make_request(place, pictures=max(PICTURES), channel=channel, labels=labels, system="Be brief." * (place % 2))
        for place, labels in enumerate(sets)
    ]
    return [
        replace(question, key=f"{question.key}-{count}", pictures=question.pictures[:count])
        for question in questions
        for count in PICTURES
    ]


@dataclass(frozen=True)
class Told:
    """What each engine said, in the order of the requests, and what the server says when it is asked plainly."""

    replies: Mapping[tuple[str, Channel], Sequence[Reply]]
    plain: Sequence[Mapping[str, Any]]
    ignoring: str
    """The server's reply where it is kept to labels by a field that it does not know."""
    folder: Path


@pytest.fixture(scope="module", params=["internvl", "qwen2.5-vl", "llava"])
def told(request: pytest.FixtureRequest, checkpoint: Callable[[str], Path], home: Path) -> Told:
    """Ask the three engines the same, one after the other: never two at once."""
    folder = checkpoint(request.param)
    replies: dict[tuple[str, Channel], list[Reply]] = {}
    for name in ENGINES:
        engine = opened(name, folder, home)
        try:
            for channel in ("choice", "logprobs"):
                # Through the protocol the first token is all that is told.
                requests = asked(channel, SETS[:1] if (name, channel) == (ENGINES[-1], "logprobs") else SETS)
                found = {reply.key: reply for reply in engine.ask(requests)}
                replies[name, channel] = [found[one.key] for one in requests]
            if name == ENGINES[-1]:
                plain = [post(engine, one, logprobs=True, top_logprobs=-1) for one in asked("text", SETS[:1])]
                free = post(engine, asked("text")[0], guided_choice=["A", "B"], max_tokens=16)
        finally:
            engine.close()
    return Told(replies, plain, free["message"]["content"], folder)


def opened(name: str, folder: Path, home: Path) -> Engine:
    """Return one of the three engines, in single precision."""
    if name == "transformers":
        return TransformersEngine(folder, ModelCard(folder.name, folder.name, max_pictures=4), dtype="float32")
    return open_vllm(name, folder, home, pictures=4)


def post(engine: Any, request: Request, **fields: Any) -> Any:
    """Return the choice that the server of an engine gives to a plain request for one token."""
    pictures = [{"type": "image_url", "image_url": {"url": data_url(picture).decode()}} for picture in request.pictures]
    system = [{"role": "system", "content": request.prompt.system}] if request.prompt.system else []
    body = {
        "model": engine._server.name,
        "messages": [
            *system,
            {"role": "user", "content": [*pictures, {"type": "text", "text": request.prompt.text}]},
        ],
        "temperature": 0,
        "max_tokens": 1,
        "return_tokens_as_token_ids": True,
        **fields,
    }
    sent = urllib.request.Request(
        f"{engine._server.url}/chat/completions", json.dumps(body).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(sent, timeout=60) as reply:
        return json.load(reply)["choices"][0]


def shares(reply: Reply) -> list[float]:
    """Return the log-probabilities of the labels relative to each other."""
    known = [value for value in reply.logprobs if value is not None]
    assert len(reply.logprobs) == len(known)
    total = math.log(sum(map(math.exp, known)))
    return [value - total for value in known]


def test_none_is_a_fault(told: Told) -> None:
    """Every engine answers everything."""
    assert {None} == {reply.fault for replies in told.replies.values() for reply in replies}


def test_prompts_are_the_same_tokens(told: Told) -> None:
    """The prompts have as many tokens in each engine, and with each picture more."""
    here, within, served = ([reply.prompt_tokens for reply in told.replies[name, "choice"]] for name in ENGINES)
    assert here == within == served
    assert sorted(here[:4]) == here[:4]
    assert 4 == len(set(here[:4]))


def test_log_probabilities_are_the_same(told: Told) -> None:
    """With no, one, two and four pictures and three sets of labels, relative to the whole vocabulary."""
    here, within = (told.replies[name, "logprobs"] for name in ENGINES[:2])
    for one, other in zip(here, within, strict=True):
        assert one.logprobs == pytest.approx(other.logprobs, abs=NEAR)


def test_shares_are_the_same_through_a_server(told: Told) -> None:
    """A server that is kept to the labels tells them relative to each other."""
    here, served = (told.replies[name, "logprobs"] for name in (ENGINES[0], ENGINES[2]))
    for one, other in zip(here, served, strict=False):
        assert shares(one) == pytest.approx(shares(other), abs=NEAR)
    assert 4 == len(served)


def test_the_whole_vocabulary_is_the_same(told: Told) -> None:
    """The server's plain log-probabilities of all tokens are those of a forward pass by hand."""
    for expected, choice in zip(by_hand(told.folder, asked("text", SETS[:1])), told.plain, strict=True):
        (first,) = choice["logprobs"]["content"]
        found = {int(top["token"].removeprefix("token_id:")): top["logprob"] for top in first["top_logprobs"]}
        assert len(expected) == len(found)
        assert expected == pytest.approx([found[token] for token in range(len(expected))], abs=NEAR)


def by_hand(folder: Path, requests: Sequence[Request]) -> Iterator[list[float]]:
    """Yield the log-probabilities of all tokens after each prompt, with transformers alone."""
    import torch
    from transformers import AutoModelForImageTextToText, AutoProcessor

    processor = AutoProcessor.from_pretrained(folder)
    model = AutoModelForImageTextToText.from_pretrained(folder, dtype="float32").eval()
    for request in requests:
        content = [*[{"type": "image"}] * len(request.pictures), {"type": "text", "text": request.prompt.text}]
        turns = [{"role": "user", "content": content}]
        if request.prompt.system:
            turns.insert(0, {"role": "system", "content": [{"type": "text", "text": request.prompt.system}]})
        text = processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
        images = [decode(picture) for picture in request.pictures] or None
        inputs = processor(text=text, images=images, return_tensors="pt")
        with torch.inference_mode():
            yield model(**inputs).logits[0, -1].log_softmax(dim=-1).tolist()


def test_choices_are_held_and_the_same(told: Told) -> None:
    """Each engine keeps to the labels, and all choose the same; of labels of one token, the likeliest."""
    here, within, served = ([reply.text for reply in told.replies[name, "choice"]] for name in ENGINES)
    assert here == within == served
    for request, text in zip(asked("choice"), here, strict=True):
        assert text in request.prompt.labels
    for reply, text in zip(told.replies[ENGINES[0], "logprobs"][:4], here, strict=False):
        assert text == LABELS[max(range(4), key=lambda place: reply.logprobs[place] or 0.0)]


def test_pictures_are_seen(told: Told) -> None:
    """One question about none, one, two and four pictures is four different replies, in every engine."""
    for name in ENGINES:
        first = [shares(reply) for reply in told.replies[name, "logprobs"][:4]]
        assert all(max(abs(a - b) for a, b in zip(one, first[0], strict=True)) > 100 * NEAR for one in first[1:])


def test_a_server_passes_over_fields_that_it_does_not_know(told: Told) -> None:
    """`guided_choice` is ignored without a word, which is why a choice is held against its labels here."""
    assert told.ignoring not in {"A", "B"}
