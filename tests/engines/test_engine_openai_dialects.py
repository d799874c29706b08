"""Servers that depart from the protocol, as their cards say or in what they answer."""

import json
from typing import Any

import pytest

from tests.engines.chat_servers import chat_servers
from tests.engines.standins import ChatServer, completion, make_request, refusal
from vqa_eval.engines.openai import OpenAIEngine
from vqa_eval.engines.openai.engine import identity
from vqa_eval.records import Dialect, ModelCard, Reply, Sampling, request_key

HERE = ("http://localhost:8000/v1",)


@pytest.fixture(autouse=True)
def _near(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "*")


def ask(server: ChatServer, dialect: Dialect | None = None, **options: Any) -> Reply:
    """Ask one request in a dialect; it may be tried twice."""
    card = ModelCard("s", "s", dialect=dialect or Dialect())
    engine = OpenAIEngine("stand-in", card, server.url, attempts=2, first_pause=0.001)
    try:
        (reply,) = engine.ask([make_request(1, **options)])
    finally:
        engine.close()
    return reply


def body(server: ChatServer, dialect: Dialect, **options: Any) -> dict[str, Any]:
    """Return what is sent in a dialect."""
    assert ask(server, dialect, **options).fault is None
    return server.asked[-1]


def test_the_limit_has_the_name_that_the_server_knows(chat_server: ChatServer) -> None:
    """The card's name of the field replaces the usual one, for log-probabilities too."""
    sent = body(chat_server, Dialect(limit="max_completion_tokens"))
    assert (16, None) == (sent["max_completion_tokens"], sent.get("max_tokens"))


def test_fields_that_a_server_refuses_are_left_out(chat_server: ChatServer) -> None:
    """What the card omits is not sent; everything else is."""
    sent = body(chat_server, Dialect(omit=("temperature", "seed")), sampling=Sampling(0.7, 9, 0.9, 3))
    assert {"model", "messages", "max_tokens", "top_p"} == set(sent)


def test_the_system_text_can_stand_before_the_question(chat_server: ChatServer) -> None:
    """A server without system turns gets one user turn: pictures, then system text and question."""
    (turn,) = body(chat_server, Dialect(system="text"), system="You are a radiologist.")["messages"]
    assert ["image_url", "text"] == [part["type"] for part in turn["content"]]
    assert turn["content"][1]["text"].startswith("You are a radiologist.\n\nQuestion 1:")


def test_the_closeness_of_the_look_is_sent_with_each_picture(chat_server: ChatServer) -> None:
    """`detail` stands beside the picture's address, and the picture is what it was."""
    (turn,) = body(chat_server, Dialect(detail="high"), pictures=2)["messages"]
    assert ["high", "high"] == [part["image_url"]["detail"] for part in turn["content"][:2]]
    assert turn["content"][0]["image_url"]["url"].startswith("data:image/png;base64,iVBOR")


def test_further_fields_are_sent_as_they_are(chat_server: ChatServer) -> None:
    """Whatever the card adds stands in every request."""
    extra = {"reasoning_effort": "low", "chat_template_kwargs": {"enable_thinking": False}}
    sent = body(chat_server, Dialect(extra=extra))
    assert extra == {name: sent[name] for name in extra}


def test_the_key_goes_into_the_header_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A gateway's own header alone bears the bare key, and a query behind the address stays behind the path."""
    monkeypatch.setenv("GATEWAY_KEY", "very-secret")
    card = ModelCard("s", "s", key_variable="GATEWAY_KEY", dialect=Dialect(key_header="api-key"))
    with chat_servers(1) as (server,):
        engine = OpenAIEngine("stand-in", card, f"{server.url}?api-version=2026-01-01")
        (reply,) = engine.ask([make_request(1, pictures=0)])
        engine.close()
    assert "1" == reply.text
    assert ("very-secret", "api-version=2026-01-01") == (server.headers[0]["api-key"], server.headers[0]["query"])
    assert "authorization" not in server.headers[0]


def test_a_choice_is_kept_as_the_card_says(chat_server: ChatServer) -> None:
    """A server of one's own that knows schemas and not vLLM's field gets a schema, and its JSON is read."""
    chat_server.answer = lambda asked: completion(json.dumps({"answer": "C"}))
    reply = ask(chat_server, Dialect(choice="json_schema"), channel="choice")
    assert "C" == reply.text
    assert {"response_format"} == {"response_format", "structured_outputs"} & set(chat_server.asked[0])


def test_who_cannot_keep_to_labels_offers_no_choice(chat_server: ChatServer) -> None:
    """Where the card says that nothing keeps a reply to labels, the channel is not offered, and no field is sent."""
    card = ModelCard("s", "s", dialect=Dialect(choice="none"))
    engine = OpenAIEngine("stand-in", card, chat_server.url)
    assert {"text", "logprobs"} == engine.channels
    list(engine.ask([make_request(1, channel="logprobs")]))
    engine.close()
    assert not {"structured_outputs", "response_format"} & set(chat_server.asked[0])


@pytest.mark.parametrize(
    ("dialect", "manner"),
    [
        (Dialect(), ""),
        (Dialect(limit="max_completion_tokens", key_header="api-key"), ""),
        (Dialect(extra={"reasoning_effort": "low"}), " (reasoning_effort=low)"),
        (Dialect(extra={"b": {"y": 1, "x": None}, "a": 2}), ' (a=2, b={"x": null, "y": 1})'),
        (Dialect(detail="low", system="text"), " (detail=low, system=text)"),
        (Dialect(omit=("top_p", "seed"), choice="json_schema"), " (choice=json_schema, no seed, no top_p)"),
    ],
)
def test_what_may_change_replies_is_part_of_the_model(dialect: Dialect, manner: str) -> None:
    """The revision, and with it every key, tells apart what is asked in different ways, and only that."""
    card = ModelCard("s", "s", dialect=dialect)
    assert f"m{manner}" == identity("m", card, ()).revision
    assert f"m at localhost:8000/v1{manner}" == identity("m", card, HERE).revision
    plain = identity("m", ModelCard("s", "s"), HERE)
    request = make_request(1, pictures=0)
    keys = {request_key(one, request.prompt, (), request.sampling) for one in (plain, identity("m", card, HERE))}
    assert (2 if manner else 1) == len(keys)


def test_tokens_that_are_not_told_are_unknown(chat_server: ChatServer) -> None:
    """A usage that is null, absent or no number is None, never 0."""
    for usage in (None, {}, {"prompt_tokens": "7", "completion_tokens": None}, {"prompt_tokens": 10**30}, [7, 3]):
        answer = completion("A")
        answer[2]["usage"] = usage
        chat_server.answer = lambda asked, answer=answer: answer
        reply = ask(chat_server)
        assert ("A", None, None) == (reply.text, reply.prompt_tokens, reply.reply_tokens)


def test_why_a_reply_ended_may_be_anything(chat_server: ChatServer) -> None:
    """A finish reason that is no word of the protocol is unknown."""
    for finish in (None, ["stop"], {"type": "stop"}, 3):
        answer = completion("A")
        answer[2]["choices"][0]["finish_reason"] = finish
        chat_server.answer = lambda asked, answer=answer: answer
        assert ("A", "") == (ask(chat_server).text, ask(chat_server).finish)


@pytest.mark.parametrize(
    ("message", "text"),
    [
        ({"content": [{"type": "text", "text": "The "}, {"type": "text", "text": "liver."}]}, "The liver."),
        ({"content": [{"type": "thinking", "thinking": "…"}, {"type": "text", "text": "B"}]}, "B"),
        ({"content": "B", "reasoning_content": "Surely A."}, "B"),
        ({"content": None, "reasoning_content": "It might be A, or"}, ""),
        ({"content": ""}, ""),
        ({"content": []}, ""),
    ],
)
def test_the_reply_is_what_was_said_and_not_what_was_thought(
    chat_server: ChatServer, message: dict[str, Any], text: str
) -> None:
    """Parts are put together; what a model thought before it spoke is never taken for its reply."""
    answer = completion("", "length")
    answer[2]["choices"][0]["message"] = {"role": "assistant", **message}
    chat_server.answer = lambda asked: answer
    reply = ask(chat_server)
    assert (text, "length", None) == (reply.text, reply.finish, reply.fault)


@pytest.mark.parametrize("content", [7, {"text": "A"}, [7], [{"type": "text"}]])
def test_what_is_no_text_is_a_fault(chat_server: ChatServer, content: Any) -> None:
    """A content of another kind is never made into words."""
    answer = completion("")
    answer[2]["choices"][0]["message"]["content"] = content
    chat_server.answer = lambda asked: answer
    reply = ask(chat_server)
    assert reply.fault is not None
    assert ("server", "") == (reply.fault.kind, reply.text)


@pytest.mark.parametrize(
    ("error", "kind", "times"),
    [
        ({"message": "upstream is overloaded"}, "server", 2),
        ({"message": "slow down", "code": 429}, "rate_limit", 2),
        ({"message": "too long", "code": 400}, "rejected", 1),
        ("out of order", "server", 2),
    ],
)
def test_an_error_within_a_200_is_an_error(chat_server: ChatServer, error: Any, kind: str, times: int) -> None:
    """Gateways that answer 200 with an error are read by the code within; without one it is the server's trouble."""
    chat_server.answer = lambda asked: (200, {}, {"error": error})
    reply = ask(chat_server)
    assert reply.fault is not None
    assert (kind, times) == (reply.fault.kind, len(chat_server.asked))
    assert (error if isinstance(error, str) else error["message"]) in reply.fault.detail


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (400, "This model's maximum context length is 2048 tokens. However, your request has 2300 input tokens."),
        (413, "Request Entity Too Large"),
        (422, "unprocessable"),
    ],
)
def test_a_request_that_is_too_large_is_a_fault_of_its_sample(
    chat_server: ChatServer, status: int, message: str
) -> None:
    """What no further attempt would change is asked once and quoted."""
    chat_server.answer = lambda asked: refusal(status, message)
    reply = ask(chat_server)
    assert reply.fault is not None
    assert ("rejected", f"{status}: {message}") == (reply.fault.kind, reply.fault.detail)
    assert 1 == len(chat_server.asked)
