"""The openai engine against a server on this machine that speaks the protocol, and misbehaves."""

import base64
import itertools
import logging
import sys
import threading
from typing import Any

import pytest

from tests.engines.standins import (
    ChatServer,
    Pulling,
    completion,
    make_request,
    question_number,
    refusal,
)
from vqa_eval.engines.openai import OpenAIEngine
from vqa_eval.engines.openai.dispatch import KNOCKS, Job
from vqa_eval.engines.openai.notices import Notices
from vqa_eval.engines.openai.reach import NOBODY
from vqa_eval.engines.openai.retrying import Backoff
from vqa_eval.engines.openai.servers import api_key
from vqa_eval.engines.openai.statuses import retry_after
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard, Reply, Request, Sampling

KEY = "sk-very-secret-0123456789"
CARD = ModelCard("stand-in", "Stand-in", key_variable="STAND_IN_KEY")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STAND_IN_KEY", KEY)
    monkeypatch.setenv("NO_PROXY", "*")


def ask(server: ChatServer, *requests: Request, **options: Any) -> list[Reply]:
    """Ask the requests of a fresh engine."""
    engine = OpenAIEngine("stand-in", CARD, server.url, **{"first_pause": 0.001, **options})
    try:
        return list(engine.ask(requests))
    finally:
        engine.close()


def in_turn(*answers: Any) -> Any:
    """Answer with each in turn, then with the last for ever."""
    turns = itertools.chain(answers, itertools.repeat(answers[-1]))
    return lambda body: next(turns)


def test_a_reply_bears_text_finish_and_tokens(chat_server: ChatServer) -> None:
    """What the protocol says of a reply is what the record holds."""
    (reply,) = ask(chat_server, make_request(1))
    assert ("A", "stop", 7, 3) == (reply.text, reply.finish, reply.prompt_tokens, reply.reply_tokens)
    assert reply.seconds is not None


def test_pictures_come_first_as_they_are(chat_server: ChatServer) -> None:
    """The user turn holds the pictures' own bytes as data URLs, then the text; the system turn stands before."""
    request = make_request(1, pictures=2, system="You are a radiologist.")
    ask(chat_server, request)
    system, user = chat_server.asked[0]["messages"]
    assert {"role": "system", "content": "You are a radiologist."} == system
    assert ["image_url", "image_url", "text"] == [part["type"] for part in user["content"]]
    assert [picture.data for picture in request.pictures] == [
        base64.b64decode(part["image_url"]["url"].removeprefix("data:image/png;base64,"))
        for part in user["content"][:2]
    ]
    assert request.prompt.text == user["content"][2]["text"]


def test_sampling_is_sent(chat_server: ChatServer) -> None:
    """Temperature and limit are always sent; the seed where something is drawn."""
    sampled = Sampling(0.7, 99, 0.9, 5)
    ask(chat_server, make_request(1), make_request(2, sampling=sampled), concurrency=1)
    greedy, drawn = (
        {name: body.get(name) for name in ("temperature", "max_tokens", "top_p", "seed")} for body in chat_server.asked
    )
    assert {"temperature": 0.0, "max_tokens": 16, "top_p": None, "seed": None} == greedy
    assert {"temperature": 0.7, "max_tokens": 99, "top_p": 0.9, "seed": 5} == drawn


@pytest.mark.parametrize(
    ("given", "kept"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "filter"), ("tool_calls", "")],
)
def test_why_it_ended(chat_server: ChatServer, given: str, kept: str) -> None:
    """The protocol's reasons are mapped to the record's; others are unknown."""
    chat_server.answer = in_turn(completion("A", given))
    assert [kept] == [reply.finish for reply in ask(chat_server, make_request(1))]


def test_a_refusal_is_what_the_model_said(chat_server: ChatServer) -> None:
    """Where the server gives a refusal in its own field, its text is the reply."""
    status, headers, body = completion("")
    body["choices"][0]["message"] |= {"content": None, "refusal": "I cannot help with that."}
    chat_server.answer = in_turn((status, headers, body))
    assert ["I cannot help with that."] == [reply.text for reply in ask(chat_server, make_request(1))]


def test_many_are_in_flight_and_no_more(chat_server: ChatServer) -> None:
    """Requests overlap up to `concurrency`, and no more are pulled than that ahead of the replies."""
    # No answer is given before four requests stand together, so the run ends only if they overlap.
    together = threading.Barrier(4)

    def answer(body: dict[str, Any]) -> Any:
        together.wait(timeout=30)
        return completion("A")

    chat_server.answer = answer
    engine = OpenAIEngine("stand-in", CARD, chat_server.url, concurrency=4)
    pulling = Pulling([make_request(n, pictures=0) for n in range(24)])
    for taken, _ in enumerate(engine.ask(pulling)):
        assert pulling.pulled <= taken + 1 + 4
    engine.close()
    assert 24 == len(chat_server.asked)
    assert 4 == chat_server.most_at_once


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (refusal(429, "slow down", Retry_After="0.01"), "rate_limit"),
        (refusal(500, "oh"), "server"),
        (refusal(503, "busy", Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"), "server"),
        ((0, {}, None), "connection"),
        ((200, {}, {"unexpected": True}), "server"),
    ],
)
def test_passing_trouble_is_tried_again(chat_server: ChatServer, failure: Any, kind: str) -> None:
    """Twice in trouble and then answered is answered; always in trouble is a fault after `attempts`."""
    chat_server.answer = in_turn(failure, failure, completion("B"))
    assert ["B"] == [reply.text for reply in ask(chat_server, make_request(1))]
    assert 3 == len(chat_server.asked)
    chat_server.answer = in_turn(failure)
    (reply,) = ask(chat_server, make_request(1), attempts=2)
    assert reply.fault is not None
    assert kind == reply.fault.kind
    assert 5 == len(chat_server.asked)


def test_nobody_there_is_not_knocked_at_for_ever(chat_server: ChatServer) -> None:
    """Before anybody has answered, lost connections are tried again a few times in all, not for each request."""
    chat_server.answer = in_turn((0, {}, None))
    with pytest.raises(EngineError, match="nobody answers"):
        ask(chat_server, *(make_request(number) for number in range(8)), concurrency=1, attempts=5)
    # One request is ready beyond the one in flight.
    assert KNOCKS < len(chat_server.asked) <= KNOCKS + NOBODY + 1


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"retry-after": "7"}, 7.0),
        ({"retry-after-ms": "2500"}, 2.5),
        ({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}, 0.0),
        ({"retry-after": "soon"}, 0.0),
        ({}, 0.0),
    ],
)
def test_retry_after_is_obeyed(headers: dict[str, str], least: float) -> None:
    """Between attempts at least the time passes that the server asks for, and at most the back-off on top."""
    backoff = Backoff(1.0)
    pauses = [backoff.pause(attempt, retry_after(headers)) for attempt in (1, 2)]
    assert least <= pauses[0] <= least + 1.0
    assert least <= pauses[1] <= least + 2.0


def test_a_slow_answer_is_a_time_out(chat_server: ChatServer) -> None:
    """A reply that does not come in time is a fault of that request, and the others are answered."""
    over = threading.Event()

    def answer(body: dict[str, Any]) -> Any:
        if question_number(body) == 1:
            over.wait(timeout=60)
        return completion("A")

    chat_server.answer = answer
    requests = [make_request(n, pictures=0) for n in range(3)]
    replies = {reply.key: reply for reply in ask(chat_server, *requests, attempts=1, timeout=2)}
    over.set()
    kinds = [fault.kind if (fault := replies[request.key].fault) else None for request in requests]
    assert [None, "timeout", None] == kinds


def test_a_refused_request_is_a_fault_at_once(chat_server: ChatServer) -> None:
    """A 400 is asked once, and its fault says what the server said."""
    chat_server.answer = in_turn(refusal(400, "At most 4 image(s) may be provided in one prompt."))
    (reply,) = ask(chat_server, make_request(1))
    assert reply.fault is not None
    assert "rejected" == reply.fault.kind
    assert "At most 4 image(s)" in reply.fault.detail
    assert 1 == len(chat_server.asked)


def test_more_pictures_than_the_card_allows_are_not_sent(chat_server: ChatServer) -> None:
    """A request beyond the card's limit is a fault and never reaches the server."""
    engine = OpenAIEngine("stand-in", ModelCard("s", "s", max_pictures=1), chat_server.url)
    (reply,) = engine.ask([make_request(1, pictures=2)])
    engine.close()
    assert reply.fault is not None
    assert "rejected" == reply.fault.kind
    assert [] == chat_server.asked


def test_half_a_picture_is_not_sent(chat_server: ChatServer) -> None:
    """A truncated picture is a fault and never a request."""
    (reply,) = ask(chat_server, make_request(1, broken=True))
    assert reply.fault is not None
    assert "picture" == reply.fault.kind
    assert [] == chat_server.asked


@pytest.mark.parametrize(("status", "hint"), [(401, "key"), (403, "key"), (404, "--base-url")])
def test_a_refused_key_or_model_ends_the_run(chat_server: ChatServer, status: int, hint: str) -> None:
    """What every further request would get too is an EngineError that says what to type."""
    chat_server.answer = in_turn(refusal(status, "no"))
    with pytest.raises(EngineError) as caught:
        ask(chat_server, *(make_request(n) for n in range(20)), concurrency=2)
    assert hint in caught.value.hint
    assert len(chat_server.asked) < 20


def test_an_empty_account_ends_the_run(chat_server: ChatServer) -> None:
    """A 429 that no waiting cures is not tried again."""
    status, headers, body = refusal(429, "You exceeded your current quota")
    body["error"]["code"] = "insufficient_quota"
    chat_server.answer = in_turn((status, headers, body))
    with pytest.raises(EngineError, match="quota"):
        ask(chat_server, make_request(1))
    assert 1 == len(chat_server.asked)


def test_replies_in_flight_are_kept_when_the_run_ends(chat_server: ChatServer) -> None:
    """What was asked beside the request that ended the run is still handed out."""
    together = threading.Barrier(3)

    def answer(body: dict[str, Any]) -> Any:
        together.wait(timeout=30)
        return refusal(401, "revoked") if question_number(body) == 0 else completion("A")

    chat_server.answer = answer
    engine = OpenAIEngine("stand-in", CARD, chat_server.url, concurrency=3)
    replies = engine.ask(make_request(n, pictures=0) for n in range(3))
    texts = [next(replies).text, next(replies).text]
    with pytest.raises(EngineError, match="revoked"):
        next(replies)
    engine.close()
    assert ["A", "A"] == texts


def test_the_key_appears_nowhere_but_in_the_header(chat_server: ChatServer, caplog: pytest.LogCaptureFixture) -> None:
    """A server that repeats the key in its error does not get it into faults, errors, logs or the identity."""
    caplog.set_level(logging.DEBUG)
    chat_server.answer = in_turn(refusal(400, f"bad request with {KEY}"))
    replies = ask(chat_server, make_request(1))
    chat_server.answer = in_turn(refusal(401, f"Incorrect API key provided: {KEY}"))
    with pytest.raises(EngineError) as caught:
        ask(chat_server, make_request(1))
    assert {f"Bearer {KEY}"} == set(chat_server.keys)
    engine = OpenAIEngine("stand-in", CARD, chat_server.url)
    engine.close()
    shown = [repr(replies), str(caught.value), caught.value.hint, repr(engine.identity), caplog.text]
    assert [] == [text for text in shown if KEY in text]


def test_a_missing_key_names_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its variable a remote model is an error that says what to export; a local server needs none."""
    monkeypatch.delenv("STAND_IN_KEY")
    with pytest.raises(EngineError) as caught:
        api_key(CARD, "https://models.example.org/v1")
    assert "type: export STAND_IN_KEY=YOUR_KEY" == caught.value.hint
    assert "none" == api_key(CARD, "http://localhost:8000/v1")


def test_the_revision_names_model_and_server(chat_server: ChatServer) -> None:
    """Two servers are two models in a signature, and a password in an address is not shown."""
    engine = OpenAIEngine("m", CARD, chat_server.url.replace("http://", "http://me:secret@"), name="openai:m")
    engine.close()
    assert "openai:m" == engine.identity.name
    assert f"m at {chat_server.url.removeprefix('http://')}" == engine.identity.revision


@pytest.mark.parametrize("callback", ["_pump", "_over", "_again"])
def test_what_goes_wrong_in_the_loop_is_heard(
    chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch, callback: str
) -> None:
    """An error in a callback, which is no request's own, ends the run for whoever waits."""

    def broken(*given: Any) -> None:
        raise ZeroDivisionError("broken")

    chat_server.answer = lambda body: refusal(500, "again")
    engine = OpenAIEngine("stand-in", CARD, chat_server.url, first_pause=0.001, timeout=10.0)
    monkeypatch.setattr(engine._dispatch, callback, broken)
    with pytest.raises(ZeroDivisionError, match="broken"):
        list(engine.ask([make_request(number, pictures=0) for number in range(30)]))
    engine.close()


def test_a_request_that_never_boarded_can_be_given_up(chat_server: ChatServer) -> None:
    """The loop goes on where what is given up was neither in the queue nor under way."""
    engine = OpenAIEngine("stand-in", CARD, chat_server.url)
    engine._dispatch.cancel([Job(b"", 0.0, 1, lambda came, seconds: None)])
    (reply,) = engine.ask([make_request(1, pictures=0)])
    engine.close()
    assert "A" == reply.text


def test_a_library_that_is_broken_is_told(chat_server: ChatServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where aiohttp is installed and cannot be imported, the run ends with what to type."""
    monkeypatch.setitem(sys.modules, "aiohttp", None)
    engine = OpenAIEngine("stand-in", CARD, chat_server.url)
    with pytest.raises(EngineError, match="aiohttp cannot be imported") as caught:
        list(engine.ask([make_request(1, pictures=0)]))
    engine.close()
    assert "pip install" in caught.value.hint


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({}, r"127.0.0.1:\d+/v1 asks for a pause of 35 s"),
        ({"tokens_per_minute": 100.0}, r"--tpm 100: a request takes about \d+ tokens"),
        ({"requests_per_minute": 6.0}, "--rpm 6: a request takes about 10 s"),
    ],
)
def test_a_long_wait_is_told(chat_server: ChatServer, options: dict[str, float], line: str) -> None:
    """Where requests wait for long, whoever looks on learns why while the caller waits, in the caller's thread."""

    class ToldError(Exception):
        pass

    def notice(line: str) -> None:
        raise ToldError(line)

    if not options:
        chat_server.answer = lambda body: refusal(429, "slow down", Retry_After="35")
    given: dict[str, Any] = {**options, "notice": notice}
    engine = OpenAIEngine("stand-in", CARD, chat_server.url, **given)
    with pytest.raises(ToldError, match=f"^{line}$"):
        list(engine.ask([make_request(number, pictures=0) for number in range(2)]))
    engine.close()


def test_a_cause_is_told_once() -> None:
    """A line of a cause that was told is not told again, whatever it says."""
    told: list[str] = []
    notices = Notices(told.append)
    for cause, line in (("a", "first"), ("b", "second"), ("a", "third")):
        notices.note(cause, line)
        notices.tell()
    assert ["first", "second"] == told
