"""The scripted engine says what it was told to say."""

import pytest

from tests.engines.standins import make_request
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import EngineError
from vqa_eval.records import Channel, Fault, Reply, Request


def test_texts_by_key_or_by_sample() -> None:
    """A mapping is looked up by key, then by sample id."""
    first, second = make_request(1), make_request(2)
    engine = ScriptedEngine({first.key: "by key", "demo/2": "by sample"})
    assert ["by key", "by sample"] == [reply.text for reply in engine.ask([first, second])]


def test_texts_in_order() -> None:
    """A sequence is said in the order of asking; beyond its end every request is a fault."""
    replies = list(ScriptedEngine(["one", "two"]).ask(make_request(n) for n in range(3)))
    assert ["one", "two", ""] == [reply.text for reply in replies]
    assert Fault("engine", "the script holds nothing for demo/2") == replies[2].fault


def test_a_function_may_return_a_reply() -> None:
    """A function of the request may return a text or a whole reply."""
    engine = ScriptedEngine(lambda request: Reply(request.key, "cut", "length"))
    assert ["length"] == [reply.finish for reply in engine.ask([make_request(1)])]


def test_faults_are_injected() -> None:
    """A request named in `faults` has that fault; the others are answered."""
    fault = Fault("rate_limit", "slow down")
    engine = ScriptedEngine(lambda request: "fine", faults={"demo/1": fault})
    assert [None, fault, None] == [reply.fault for reply in engine.ask(make_request(n) for n in range(3))]


def test_it_dies_when_told() -> None:
    """After `dies_after` replies it cannot go on, also in a later `ask`."""
    engine = ScriptedEngine(lambda request: "fine", dies_after=2)
    said = []
    with pytest.raises(EngineError, match="after 2 replies"):
        said.extend(reply.text for reply in engine.ask(make_request(n) for n in range(5)))
    with pytest.raises(EngineError):
        next(engine.ask([make_request(9)]))
    assert 2 == len(engine.asked)


def test_too_many_pictures_are_rejected() -> None:
    """A request with more pictures than the model takes is a fault that says so."""
    engine = ScriptedEngine(lambda request: "fine", max_pictures=1)
    (reply,) = engine.ask([make_request(1, pictures=2)])
    assert Fault("rejected", "2 pictures were sent; the model takes at most 1 in one prompt") == reply.fault


def test_each_channel_may_be_scripted() -> None:
    """A function sees the channel and may give log-probabilities; a text answers free text and choices."""

    def say(request: Request) -> str | Reply:
        return Reply(request.key, logprobs=(-0.5, -1.0, None, None)) if request.channel == "logprobs" else "B"

    channels: tuple[Channel, ...] = ("text", "choice", "logprobs")
    replies = list(ScriptedEngine(say).ask(make_request(1, channel=channel) for channel in channels))
    assert ["B", "B", ""] == [reply.text for reply in replies]
    assert (-0.5, -1.0, None, None) == replies[2].logprobs


def test_a_script_without_what_the_channel_needs_is_a_fault() -> None:
    """A text is no log-probabilities, and a choice that is none of the labels is refused as from any engine."""
    requests = [make_request(1, channel="logprobs"), make_request(2, channel="choice")]
    replies = list(ScriptedEngine(["B", "The answer is B."]).ask(requests))
    assert [
        Fault("engine", "the script holds a text for demo/1, no log-probabilities"),
        Fault("rejected", "the scripted choice 'The answer is B.' is none of the labels"),
    ] == [reply.fault for reply in replies]


def test_it_names_the_channels_that_it_is_given() -> None:
    """All three unless told otherwise."""
    assert {"text", "choice", "logprobs"} == ScriptedEngine([]).channels
    assert {"text"} == ScriptedEngine([], channels=["text"]).channels
