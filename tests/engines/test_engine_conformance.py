"""What every engine keeps, whatever is behind it."""

import importlib.util
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest

from tests.engines.checkpoints import BUILDERS, NEED_TORCHVISION
from tests.engines.standins import LABELS, Pulling, as_vllm, make_request
from tests.engines.vllm.opening import VLLM, open_vllm
from vqa_eval.engines.baseline import LongestBaseline, MajorityBaseline, RandomBaseline
from vqa_eval.engines.openai import OpenAIEngine
from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.engines.transformers import TransformersEngine
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard, Reply, Request, Sample

Opening = Callable[[], AbstractContextManager[Engine]]

SAMPLES = [
    Sample(f"demo/{n}", "demo", "test", "choice", "?", ("lung", "liver", "heart", "brain"), (n % 4,)) for n in range(40)
]
LOOKUP = {sample.id: sample for sample in SAMPLES}.__getitem__
AHEAD = 16
"""More than an engine of these tests that does not say it may have pulled without an answer."""
NO_PICTURES = {"random", "majority", "longest", "text-only", "qwen2"}
MOST = 4
"""Pictures that the cards of the local models allow."""


def local(name: str) -> Any:
    """Return the parameter of a checkpoint that transformers loads here."""
    lacks = name in NEED_TORCHVISION and importlib.util.find_spec("torchvision") is None
    wants = pytest.mark.skipif(lacks, reason="the processor of this architecture wants torchvision")
    return pytest.param(name, marks=[pytest.mark.engine, wants])


@pytest.fixture(
    scope="module",
    params=[
        "scripted",
        "random",
        "majority",
        "longest",
        "openai",
        *map(local, ("tiny-vlm", "text-only", "remote-code", *BUILDERS)),
        *VLLM,
    ],
)
def kind(request: pytest.FixtureRequest) -> str:
    """Return the name of an engine; all tests of one are over before those of the next begin."""
    return str(request.param)


@pytest.fixture(scope="module")
def started(kind: str, checkpoint: Callable[[str], Path], home: Path) -> Iterator[Engine | None]:
    """Return the engine that is started once for all its tests: vLLM, of which there is never more than one."""
    if not kind.startswith("vllm"):
        yield None
        return
    engine = open_vllm(kind, checkpoint("internvl"), home, pictures=MOST)
    yield engine
    engine.close()


@pytest.fixture
def opening(kind: str, started: Engine | None, request: pytest.FixtureRequest) -> tuple[str, Opening]:
    """Return a name and how an engine of that kind is opened and closed, a fresh one where that is quick."""

    def build() -> Engine:
        if kind == "scripted":
            return ScriptedEngine(say)
        if kind == "random":
            return RandomBaseline()
        if kind == "majority":
            return MajorityBaseline(SAMPLES, LOOKUP)
        if kind == "longest":
            return LongestBaseline(LOOKUP)
        if kind == "openai":
            server = request.getfixturevalue("chat_server")
            server.answer = as_vllm
            return OpenAIEngine("stand-in", ModelCard("s", "s"), server.url, concurrency=8, first_pause=0.01)
        if kind in BUILDERS:
            folder = request.getfixturevalue("checkpoint")(kind)
        else:
            fixtures = {"tiny-vlm": "tiny_folder", "text-only": "text_folder", "remote-code": "internvl_folder"}
            folder = request.getfixturevalue(fixtures[kind])
        card = ModelCard(kind, kind, remote_code=kind == "remote-code", max_pictures=MOST)
        return TransformersEngine(folder, card, batch_size=4)

    def say(asked: Request) -> str | Reply:
        if asked.channel == "logprobs":
            return Reply(asked.key, logprobs=(-0.1, -3.0, None, -4.0))
        return "B" if asked.channel == "choice" else f"said to {asked.sample}"

    @contextmanager
    def opened() -> Iterator[Engine]:
        engine = build()
        try:
            yield engine
        finally:
            engine.close()

    return kind, opened if started is None else lambda: nullcontext(started)


def requests_for(name: str, count: int, **options: Any) -> list[Any]:
    """Return requests as the caller would send them to that engine."""
    return [make_request(n, pictures=0 if name in NO_PICTURES else 1 + n % 2, **options) for n in range(count)]


def test_one_reply_for_each_request(opening: tuple[str, Opening]) -> None:
    """Every request gets exactly one reply, under its own key, and none of them a fault."""
    name, opened = opening
    requests = requests_for(name, 11)
    with opened() as engine:
        replies = list(engine.ask(requests))
    assert sorted(request.key for request in requests) == sorted(reply.key for reply in replies)
    assert [None] * 11 == [reply.fault for reply in replies]


def test_nothing_asked_gives_nothing(opening: tuple[str, Opening]) -> None:
    """An empty stream of requests gives an empty stream of replies."""
    _, opened = opening
    with opened() as engine:
        assert [] == list(engine.ask([]))


def test_requests_are_pulled_lazily(opening: tuple[str, Opening]) -> None:
    """At every reply only as many requests are pulled and unanswered as the engine says, or as can be in flight."""
    name, opened = opening
    count = 40 if name in {"random", "majority", "longest"} else 100
    pulling = Pulling(requests_for(name, count))
    with opened() as engine:
        ahead = getattr(engine, "ahead", AHEAD)
        assert ahead < count
        replies = engine.ask(pulling)
        assert isinstance(replies, Generator)
        for answered, _ in enumerate(replies):
            assert pulling.pulled - answered <= ahead
            if answered == count // 2:
                break
        replies.close()


def test_replies_do_not_depend_on_the_order(opening: tuple[str, Opening]) -> None:
    """The same requests in another order get the same texts."""
    name, opened = opening
    requests = requests_for(name, 10)
    with opened() as engine:
        forward = {reply.key: reply.text for reply in engine.ask(requests)}
        backward = {reply.key: reply.text for reply in engine.ask(requests[::-1])}
    assert forward == backward


def test_a_broken_picture_is_a_fault_of_its_request_only(opening: tuple[str, Opening]) -> None:
    """Half a picture makes a picture fault; the neighbours are answered."""
    name, opened = opening
    if name in NO_PICTURES:
        pytest.skip("the engine is sent no pictures")
    requests = [make_request(n, broken=n == 3) for n in range(6)]
    with opened() as engine:
        replies = {reply.key: reply for reply in engine.ask(requests)}
    faults = {n: replies[request.key].fault for n, request in enumerate(requests)}
    assert {3} == {n for n, fault in faults.items() if fault}
    assert faults[3] is not None
    assert "picture" == faults[3].kind


def test_the_identity_names_model_engine_and_revision(opening: tuple[str, Opening]) -> None:
    """Every part of the identity that stands in a signature is filled."""
    _, opened = opening
    with opened() as engine:
        identity = engine.identity
    assert all((identity.name, identity.engine, identity.revision))


def test_baselines_alone_do_not_look_at_pictures(opening: tuple[str, Opening]) -> None:
    """`looks_at_pictures` tells the caller when pictures need not be made."""
    name, opened = opening
    with opened() as engine:
        assert (name not in {"random", "majority", "longest"}) == engine.looks_at_pictures


def test_every_channel_that_is_named_is_answered(opening: tuple[str, Opening]) -> None:
    """Text always; a choice is one of the labels; log-probabilities are one a label, none above 0, some known."""
    name, opened = opening
    with opened() as engine:
        assert "text" in engine.channels
        replies = {
            channel: list(engine.ask(requests_for(name, 6, channel=channel))) for channel in sorted(engine.channels)
        }
    assert {channel: [None] * 6 for channel in replies} == {
        channel: [reply.fault for reply in said] for channel, said in replies.items()
    }
    assert {"A", "B", "C", "D"} >= {reply.text for reply in replies.get("choice", [])}
    for reply in replies.get("logprobs", []):
        known = [value for value in reply.logprobs if value is not None]
        assert ("", 4) == (reply.text, len(reply.logprobs))
        assert known
        assert max(known) <= 0.0


def test_a_prompt_without_labels_has_no_choice(opening: tuple[str, Opening]) -> None:
    """A channel that answers with labels refuses a prompt that names none, and its neighbour is answered."""
    _, opened = opening
    with opened() as engine:
        if engine.channels == {"text"}:
            pytest.skip("the engine says text alone")
        for channel in engine.channels - {"text"}:
            bare, fine = (
                make_request(n, pictures=0, channel=channel, labels=labels) for n, labels in enumerate([(), LABELS])
            )
            faults = {reply.key: reply.fault for reply in engine.ask([bare, fine])}
            refused = faults[bare.key]
            assert (None, "rejected") == (faults[fine.key], refused and refused.kind)


def test_too_much_is_a_fault_of_its_request_only(opening: tuple[str, Opening]) -> None:
    """More pictures than the model takes, and a prompt longer than it can place, are rejected; others are answered."""
    name, opened = opening
    if name not in {"tiny-vlm", "text-only", *BUILDERS, "vllm", "vllm-served"}:
        pytest.skip("the engine has no model with limits")
    most = 0 if name in NO_PICTURES else MOST
    many, long = make_request(0, pictures=most + 1), make_request(1, pictures=0, question="word " * 5000)
    fine = [make_request(n, pictures=most and n % (most + 1)) for n in range(2, 8)]
    with opened() as engine:
        assert most == engine.max_pictures
        faults = {reply.key: reply.fault for reply in engine.ask([many, *fine[:3], long, *fine[3:]])}
    assert [None] * 6 == [faults[request.key] for request in fine]
    refused = {fault and fault.kind for key, fault in faults.items() if key in {many.key, long.key}}
    assert {"rejected"} == refused


def test_a_closed_engine_refuses(opening: tuple[str, Opening]) -> None:
    """After `close`, which may be called twice, asking is an error that says what to do; the last test of an engine."""
    name, opened = opening
    with opened() as engine:
        engine.close()
        with pytest.raises(EngineError, match="closed") as caught:
            list(engine.ask(requests_for(name, 1)))
    assert caught.value.hint
