"""The scripted engine says what it was told to say."""

import pytest

from tests.engines.standins import make_request
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import EngineError
from vqa_eval.records import Fault, Reply


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
