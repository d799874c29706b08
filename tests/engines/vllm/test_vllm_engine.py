"""A real vLLM engine of this process on a tiny checkpoint."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines.standins import make_picture, make_request
from tests.engines.vllm.opening import NEEDS_VLLM, open_vllm
from vqa_eval.engines.pictures import decode
from vqa_eval.engines.protocol import Engine
from vqa_eval.engines.reference import EngineSettings, ModelRef
from vqa_eval.engines.vllm import preparing
from vqa_eval.engines.vllm import stream as vllm_stream
from vqa_eval.errors import EngineError
from vqa_eval.records import ModelCard, Reply, Request, Sampling

pytestmark = [*NEEDS_VLLM]


@pytest.fixture(scope="module")
def engine(checkpoint: Callable[[str], Path], home: Path) -> Iterator[Any]:
    """Return one engine for all tests of this module."""
    opened = open_vllm("vllm", checkpoint("internvl"), home, pictures=4)
    yield opened
    opened.close()


def said(engine: Engine, *requests: Request) -> list[Reply]:
    """Return the replies in the order of the requests."""
    found = {reply.key: reply for reply in engine.ask(requests)}
    return [found[request.key] for request in requests]


def about(request: Request, *numbers: int) -> Request:
    """Return the request about other pictures, as another request."""
    pictures = tuple(map(make_picture, numbers))
    return replace(request, key=f"{request.key}{numbers}", pictures=pictures)


def messages(request: Request) -> list[dict[str, Any]]:
    """Return what somebody would give to `LLM.chat`."""
    shown = [{"type": "image_pil", "image_pil": decode(picture)} for picture in request.pictures]
    turns: list[dict[str, Any]] = [
        {"role": "user", "content": [*shown, {"type": "text", "text": request.prompt.text}]},
    ]
    if request.prompt.system:
        turns.insert(0, {"role": "system", "content": request.prompt.system})
    return turns


def tokens_of(engine: Any, request: Request) -> list[int]:
    """Return the prompt's tokens as the engine makes them."""
    asked = engine._prompts.asked(request, [decode(picture) for picture in request.pictures])
    engine._prompts.forget(asked.jobs[0].prompt)
    return list(asked.jobs[0].prompt["prompt_token_ids"])


@pytest.mark.parametrize("pictures", [0, 1, 2, 4])
@pytest.mark.parametrize("system", ["", "You are a radiologist."])
def test_the_same_tokens_and_words_as_by_chat(engine: Any, pictures: int, system: str) -> None:
    """Token by token what `LLM.chat` makes of the same messages, and its greedy reply."""
    from vllm import SamplingParams

    request = make_request(1, pictures=pictures, system=system)
    (expected,) = engine._llm.chat(messages(request), SamplingParams(temperature=0, max_tokens=16), use_tqdm=False)
    assert list(expected.prompt_token_ids) == tokens_of(engine, request)
    (reply,) = said(engine, request)
    assert (expected.outputs[0].text.strip(), len(expected.prompt_token_ids)) == (reply.text, reply.prompt_tokens)
    assert ("length", 16) == (reply.finish, reply.reply_tokens)


def test_a_prompt_that_its_pictures_make_too_long(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is a fault of its own; the next question about the same picture, which was never sent, is answered."""
    request = make_request(2, pictures=1)
    (expected,) = said(engine, request)
    engine._llm.reset_mm_cache()
    monkeypatch.setattr(engine._prompts, "_longest", len(tokens_of(engine, request)))
    shorter = replace(request, key="shorter", prompt=replace(request.prompt, text="Which organ?"))
    long, short = said(engine, request, shorter)
    assert long.fault is not None
    assert ("rejected", True) == (long.fault.kind, f"the model takes {expected.prompt_tokens}" in long.fault.detail)
    assert short.fault is None


def test_a_stream_that_is_given_up_leaves_nothing_behind(engine: Any) -> None:
    """Half a stream is dropped; the same pictures are then seen as before, and nothing more comes of the rest."""
    requests = [make_request(n, pictures=1) for n in range(40)]
    expected = [reply.text for reply in said(engine, *requests)]
    engine._llm.reset_mm_cache()
    replies = engine.ask(requests)
    next(replies)
    replies.close()
    assert not engine._llm.llm_engine.has_unfinished_requests()
    assert expected == [reply.text for reply in said(engine, *requests)]


def test_a_long_reply_holds_up_nobody(engine: Any) -> None:
    """Requests join while a long one runs, which comes last although it was asked first."""
    long = make_request(0, sampling=Sampling(max_tokens=400), pictures=0)
    short = [make_request(n, sampling=Sampling(max_tokens=2), pictures=n % 2) for n in range(1, 40)]
    keys = [reply.key for reply in engine.ask([long, *short])]
    assert long.key == keys[-1]


def test_slow_requests_wait_for_nobody(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where requests are slow to come, the engine is given each, and replies are taken while there is room for more."""
    monkeypatch.setattr(vllm_stream, "_LOOKED_AFTER", 0.0)
    pulled = []

    def slow() -> Iterator[Request]:
        for number in range(8):
            time.sleep(0.05)
            pulled.append(number)
            yield make_request(number, pictures=0, sampling=Sampling(max_tokens=1))

    replies = engine.ask(slow())
    next(replies)
    assert len(pulled) < engine.ahead
    assert len(pulled) <= 3
    assert 7 == len(list(replies))


def test_a_picture_is_opened_once_for_its_questions(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Questions that follow each other share the picture's pixels and what vLLM makes of them."""
    opened = []
    monkeypatch.setattr(preparing, "decode", lambda picture: opened.append(picture.digest) or decode(picture))
    requests = [about(make_request(n), 77) for n in range(12)]
    assert [None] * 12 == [reply.fault for reply in said(engine, *requests)]
    assert [requests[0].pictures[0].digest] == opened


def test_pictures_and_their_order_are_seen(engine: Any) -> None:
    """One question about none, one and two pictures in either order is four different prompts to the model."""
    request = replace(make_request(3, channel="logprobs"), pictures=())
    replies = said(engine, request, about(request, 1), about(request, 1, 2), about(request, 2, 1))
    assert 4 == len({reply.logprobs for reply in replies})


def test_sampled_replies_do_not_depend_on_their_neighbours(engine: Any) -> None:
    """A temperature draws from the request's own seed: alone, among others, and again."""
    requests = [make_request(n, sampling=Sampling(temperature=1.0, max_tokens=12)) for n in range(8)]
    together = [reply.text for reply in said(engine, *requests)]
    alone = [said(engine, request)[0].text for request in requests]
    assert together == alone
    assert 1 < len(set(together))


def refusing_system(template: str) -> str:
    """Return a template that does not know a system turn."""
    return "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system turn') }}{% endif %}" + template


def test_a_template_without_a_system_turn(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system text stands before the question then, and is not lost."""
    request = make_request(4, system="You are a radiologist.")
    joined = f"{request.prompt.system}\n\n{request.prompt.text}"
    expected = tokens_of(engine, replace(request, prompt=replace(request.prompt, system="", text=joined)))
    template = engine._prompts._renderer.get_mm_processor().info.get_hf_processor().chat_template
    monkeypatch.setattr(engine._llm, "chat_template", refusing_system(template))
    monkeypatch.setattr(engine._prompts, "_has_system", True)
    assert expected == tokens_of(engine, request)
    assert engine._prompts._has_system is False
    assert expected == tokens_of(engine, request)


def test_a_checkpoint_without_a_template(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The prompt is plain: system text, an empty line, a placeholder for each picture, the text, a line end."""
    from vllm.renderers.chat_utils import ChatTemplateResolutionError

    def without(*_: Any) -> None:
        raise ChatTemplateResolutionError("there is none")

    monkeypatch.setattr(engine._prompts, "_chat", without)
    monkeypatch.setattr(engine._prompts, "_has_template", True)
    request = make_request(5, pictures=2, system="Be brief.")
    found = engine._llm.get_tokenizer().decode(tokens_of(engine, request))
    assert found.startswith("Be brief.\n\n<img><IMG_CONTEXT>")
    assert found.endswith(f"</img>{request.prompt.text}\n")
    assert 2 == found.count("<img>")
    assert [None] == [reply.fault for reply in said(engine, request)]


def losing(engine: Any, monkeypatch: pytest.MonkeyPatch, times: int) -> None:
    """Make the engine give up the first requests that it would answer."""
    step, left = engine._llm.llm_engine.step, iter(range(times))

    def failing() -> list[Any]:
        outputs = step()
        for output in outputs:
            if output.finished and next(left, None) is not None:
                output.outputs[0].finish_reason = "error"
        return list(outputs)

    monkeypatch.setattr(engine._llm.llm_engine, "step", failing)


def test_a_request_that_was_lost_is_asked_again(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once: a second loss is a fault of the engine, which is no answer."""
    request = make_request(6, pictures=1)
    (expected,) = said(engine, request)
    losing(engine, monkeypatch, 1)
    assert expected.text == said(engine, request)[0].text
    monkeypatch.undo()
    losing(engine, monkeypatch, 2)
    lost = said(engine, request)[0].fault
    assert "engine" == (lost and lost.kind)


def test_labels_that_were_not_kept_to_are_a_fault(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Free text is never taken for a choice, whoever passed over the constraint."""
    import vllm.sampling_params

    monkeypatch.setattr(vllm.sampling_params, "StructuredOutputsParams", lambda **_: None)
    (reply,) = said(engine, make_request(7, channel="choice", labels=("pneumothorax", "cardiomegaly")))
    assert reply.fault is not None
    assert "did not keep to the labels pneumothorax, cardiomegaly" in reply.fault.detail


@pytest.mark.parametrize("where", ["step", "add_request"])
def test_an_engine_that_died_ends_the_run(engine: Any, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    """What was answered is kept, and the same command goes on."""
    from vllm.v1.engine.exceptions import EngineDeadError

    def dead(*_: Any, **__: Any) -> None:
        raise EngineDeadError

    monkeypatch.setattr(engine._llm.llm_engine, where, dead)
    with pytest.raises(EngineError, match="engine process ended") as caught:
        said(engine, make_request(8))
    assert "same command" in caught.value.hint


@pytest.mark.parametrize("error", [KeyboardInterrupt, RuntimeError])
def test_nothing_is_asked_of_an_engine_that_may_be_gone(
    engine: Any, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """At Ctrl-C and after a crash the run ends at once; pictures never sent are forgotten before the next requests."""
    said(engine, make_request(8))
    forgotten = []
    abort = engine._llm.llm_engine.abort_request

    def failing() -> None:
        raise error

    def aborting(numbers: list[str]) -> None:
        abort(numbers)
        raise RuntimeError

    with monkeypatch.context() as patched:
        patched.setattr(engine._llm.llm_engine, "step", failing)
        patched.setattr(engine._llm.llm_engine, "abort_request", aborting)
        patched.setattr(engine._llm, "reset_mm_cache", lambda: forgotten.append(1))
        with pytest.raises(KeyboardInterrupt if error is KeyboardInterrupt else EngineError):
            said(engine, make_request(9))
    assert [] == forgotten
    reset = engine._llm.reset_mm_cache
    monkeypatch.setattr(engine._llm, "reset_mm_cache", lambda: forgotten.append(1) or reset())
    assert [None] == [reply.fault for reply in said(engine, make_request(10))]
    assert [1] == forgotten
    said(engine, make_request(11))
    assert [1] == forgotten


def test_an_engine_that_cannot_forget_pictures_ends_the_run(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests that were given up before are no reason for another error than the run's own."""
    replies = engine.ask(make_request(n) for n in range(20))
    next(replies)
    replies.close()

    def failing() -> None:
        raise RuntimeError("CUDA error")

    with monkeypatch.context() as patched:
        patched.setattr(engine._llm, "reset_mm_cache", failing)
        with pytest.raises(EngineError, match="cannot go on: RuntimeError: CUDA error"):
            said(engine, make_request(12))
    assert [None] == [reply.fault for reply in said(engine, make_request(12))]


@pytest.mark.parametrize(
    ("options", "says", "hint"),
    [
        ({"max_model_length": "5"}, "no such setting", "max_model_len"),
        ({"max_model_len": "999999"}, "greater than the derived", "smaller"),
    ],
)
def test_what_cannot_be_opened_is_said(
    checkpoint: Callable[[str], Path], home: Path, options: dict[str, str], says: str, hint: str
) -> None:
    """A wrong setting ends before weights are loaded, with what to type."""
    from vqa_eval.engines.vllm import open_model

    folder = checkpoint("internvl")
    ref = ModelRef("mine", "vllm", str(folder), ModelCard("mine", "Mine"))
    with pytest.raises(EngineError, match=says) as caught:
        open_model(ref, EngineSettings(home, options=options))
    assert hint in caught.value.hint
