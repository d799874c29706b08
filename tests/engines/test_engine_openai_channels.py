"""Choices and log-probabilities from servers: asked as vLLM and as the provider read them, and never made up."""

import json
import math
from collections.abc import Sequence
from typing import Any

import pytest

from tests.engines.standins import (
    LABELS,
    ChatServer,
    Top,
    as_vllm,
    completion,
    make_request,
    next_tokens,
    refusal,
    with_logprobs,
)
from vqa_eval.engines.openai import OpenAIEngine, servers
from vqa_eval.records import Channel, ModelCard, Reply, Request, Sampling

CARD = ModelCard("stand-in", "Stand-in")


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setenv("OPENAI_API_KEY", "sk-none")


def ask(server: ChatServer, requests: Sequence[Request], provider: bool = False) -> list[Reply]:
    """Ask a server of one's own, or one at the provider's own address."""
    with pytest.MonkeyPatch.context() as patched:
        if provider:
            patched.setattr(servers, "PROVIDER", server.url)
        named = () if provider else (server.url,)
        engine = OpenAIEngine("stand-in", CARD, *named, concurrency=1, first_pause=0.001)
    try:
        return list(engine.ask(requests))
    finally:
        engine.close()


def ask_one(server: ChatServer, channel: Channel, provider: bool = False, **options: Any) -> Reply:
    """Ask one request of a channel."""
    (reply,) = ask(server, [make_request(1, pictures=0, channel=channel, **options)], provider)
    return reply


def reports(server: ChatServer, top: Top) -> None:
    """Make a server report these log-probabilities."""
    server.answer = lambda body: with_logprobs(completion(top[0][0].strip(), "length"), top)


def rejection(reply: Reply) -> str:
    """Return why a reply was rejected."""
    assert reply.fault is not None
    assert ("rejected", "", ()) == (reply.fault.kind, reply.text, reply.logprobs)
    return reply.fault.detail


def test_a_text_request_bears_no_new_field(chat_server: ChatServer) -> None:
    """Free text is asked with the fields that it always had, so that stored replies stay what they are."""
    ask_one(chat_server, "text")
    assert {"messages", "model", "temperature", "max_tokens"} == set(chat_server.asked[0])


def test_a_server_of_ones_own_keeps_to_the_labels(chat_server: ChatServer) -> None:
    """The labels go out in vLLM's field, and each reply is one of them; without the field it is free text."""
    chat_server.answer = as_vllm
    labels = ("10", "2", "lung")
    requests = [make_request(n, channel="choice", labels=labels) for n in range(12)]
    replies = ask(chat_server, requests)
    assert [{"choice": list(labels)}] * 12 == [body["structured_outputs"] for body in chat_server.asked]
    assert set(labels) == {reply.text for reply in replies}
    assert {("stop", None)} == {(reply.finish, reply.fault) for reply in replies}
    assert ask_one(chat_server, "text").text.startswith("The answer is")


@pytest.mark.parametrize("said", ["The answer is B.", "B.", " B", "E", "", "b"])
def test_a_reply_that_is_no_label_is_never_an_answer(chat_server: ChatServer, said: str) -> None:
    """A server that passes over the constraint gives a fault that says so and what to do; it is asked once."""
    chat_server.answer = lambda body: completion(said)
    detail = rejection(ask_one(chat_server, "choice"))
    assert f"did not keep to the labels A, B, C, D, it said {said!r}" in detail
    assert "vLLM 0.12" in detail
    assert 1 == len(chat_server.asked)


def test_a_choice_that_was_cut_says_so(chat_server: ChatServer) -> None:
    """Where the limit of tokens cut the label, raising it is the cure."""
    chat_server.answer = lambda body: completion("lu", "length")
    detail = rejection(ask_one(chat_server, "choice", labels=("lung", "liver"), sampling=Sampling(max_tokens=2)))
    assert "cut at 2 tokens; allow more max_tokens" in detail


def test_the_provider_gets_a_schema(chat_server: ChatServer) -> None:
    """At the provider's address a strict JSON schema names the labels, and the answer is read out of the JSON."""

    def answer(body: dict[str, Any]) -> Any:
        schema = body["response_format"]["json_schema"]
        assert schema["strict"] is True
        return completion(json.dumps({"answer": schema["schema"]["properties"]["answer"]["enum"][2]}))

    chat_server.answer = answer
    reply = ask_one(chat_server, "choice", provider=True)
    assert ("C", "stop") == (reply.text, reply.finish)
    assert "structured_outputs" not in chat_server.asked[0]


@pytest.mark.parametrize("said", ["C", '{"answer": "E"}', '{"answer": ["A"]}', '["A"]', '{"letter": "A"}', "I cannot."])
def test_json_that_names_no_label_is_never_an_answer(chat_server: ChatServer, said: str) -> None:
    """Text beside the schema, another key, another type, an unknown label: all are faults."""
    chat_server.answer = lambda body: completion(said)
    assert "did not keep to the labels" in rejection(ask_one(chat_server, "choice", provider=True))


def test_log_probabilities_are_those_of_the_first_token(chat_server: ChatServer) -> None:
    """One token is asked, twenty are reported, and on a server of one's own the labels' share is whole."""
    chat_server.answer = as_vllm
    reply = ask_one(chat_server, "logprobs")
    body = chat_server.asked[0]
    assert (1, True, 20) == (body["max_tokens"], body["logprobs"], body["top_logprobs"])
    assert {"choice": list(LABELS)} == body["structured_outputs"]
    expected = dict(next_tokens(body, "", list(LABELS)))
    assert reply.logprobs == pytest.approx([expected[label] for label in LABELS], abs=1e-12)
    assert 1.0 == pytest.approx(sum(math.exp(value) for value in reply.logprobs if value is not None))
    assert ("", "") == (reply.text, reply.finish)


def test_the_provider_is_not_constrained(chat_server: ChatServer) -> None:
    """The provider's own address gets the new name of the limit and no field that it does not know."""
    reports(chat_server, [("A", -0.1)])
    ask_one(chat_server, "logprobs", provider=True)
    body = chat_server.asked[0]
    assert (1, True, 20) == (body["max_completion_tokens"], body["logprobs"], body["top_logprobs"])
    assert not {"structured_outputs", "response_format", "max_tokens"} & set(body)


def test_spellings_of_one_label_are_added(chat_server: ChatServer) -> None:
    """The tokens "A" and " A" begin one reply; what is not among the top, or marked as impossible, is unknown."""
    reports(chat_server, [(" A", math.log(0.5)), ("A", math.log(0.25)), ("The", -2.0), ("B", -3.0), ("C", -9999.0)])
    reply = ask_one(chat_server, "logprobs")
    assert (-3.0, None, None) == reply.logprobs[1:]
    assert math.log(0.75) == pytest.approx(reply.logprobs[0])


def test_a_probability_is_at_most_one(chat_server: ChatServer) -> None:
    """Servers round: a log-probability a little above 0 is 0."""
    reports(chat_server, [("A", 1e-7)])
    assert (0.0, None, None, None) == ask_one(chat_server, "logprobs").logprobs


def test_no_log_probabilities_is_a_fault(chat_server: ChatServer) -> None:
    """A server that passes over `logprobs`, or sends an empty list, is rejected with the way out."""
    empty = completion("A")
    empty[2]["choices"][0]["logprobs"] = {"content": []}
    for answer in (completion("A"), empty):
        chat_server.answer = lambda body, answer=answer: answer
        assert "sent no log-probabilities: take the answer from" in rejection(ask_one(chat_server, "logprobs"))


def test_no_label_among_the_top_is_a_fault(chat_server: ChatServer) -> None:
    """A reply that begins in another way tells nothing about the labels."""
    reports(chat_server, [("The", -0.1), ("I", -3.0), ("A", -9999.0)])
    assert "no label is among the tokens" in rejection(ask_one(chat_server, "logprobs"))


def test_a_label_of_several_tokens_is_not_guessed(chat_server: ChatServer) -> None:
    """The token "1" begins "1" and "10": its probability is neither's, unless "10" is a token of its own."""
    labels = ("1", "2", "10")
    reports(chat_server, [("1", -0.2), ("2", -2.0)])
    assert "'10' is several tokens ('1', …)" in rejection(ask_one(chat_server, "logprobs", labels=labels))
    reports(chat_server, [("1", -0.2), ("2", -2.0), ("10", -5.0)])
    assert (-0.2, -2.0, -5.0) == ask_one(chat_server, "logprobs", labels=labels).logprobs


@pytest.mark.parametrize("channel", ["choice", "logprobs"])
def test_a_server_that_refuses_the_fields_is_quoted(chat_server: ChatServer, channel: Channel) -> None:
    """A 400 is a fault at once, in the server's words."""
    chat_server.answer = lambda body: refusal(400, "Unrecognized request argument supplied")
    assert "Unrecognized request argument" in rejection(ask_one(chat_server, channel))
    assert 1 == len(chat_server.asked)
