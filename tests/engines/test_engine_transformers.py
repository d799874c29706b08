"""The transformers engine on small checkpoints: batches, faults, text models, remote code."""

import json
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.engines.standins import make_request
from vqa_eval.engines.pictures import decode
from vqa_eval.engines.transformers import TransformersEngine
from vqa_eval.engines.transformers.checkpoints import folder_digest
from vqa_eval.engines.transformers.template_chat import Inputs
from vqa_eval.errors import EngineError
from vqa_eval.records import Fault, ModelCard, Picture, Reply, Request, Sampling

pytestmark = pytest.mark.engine

CARD = ModelCard("tiny-vlm", "tiny-vlm", max_pictures=3)


@pytest.fixture(scope="module")
def tiny(tiny_folder: Path) -> Iterator[TransformersEngine]:
    """One engine on tiny-vlm for the tests that do not change it."""
    engine = TransformersEngine(tiny_folder, CARD, batch_size=8)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def text_only(text_folder: Path) -> Iterator[TransformersEngine]:
    """One engine on a text model without chat template."""
    engine = TransformersEngine(text_folder, ModelCard("text", "text"), batch_size=4)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def internvl(internvl_folder: Path, internvl_card: ModelCard) -> Iterator[TransformersEngine]:
    """One engine on the stand-in for InternVL 2."""
    engine = TransformersEngine(internvl_folder, internvl_card)
    yield engine
    engine.close()


def texts(engine: TransformersEngine, requests: Sequence[Any]) -> dict[str, str]:
    """Text by key."""
    return {reply.key: reply.text for reply in engine.ask(requests)}


def test_mixed_requests_are_answered_together(tiny: TransformersEngine) -> None:
    """With none, one and several pictures, with and without a system turn: each is answered."""
    requests = [make_request(n, pictures=n % 4, system="You are a radiologist." if n % 2 else "") for n in range(12)]
    replies = list(tiny.ask(requests))
    assert [None] * 12 == [reply.fault for reply in replies]
    assert {"A", "B", "C", "D"} >= {reply.text for reply in replies}
    assert all(reply.prompt_tokens and reply.seconds for reply in replies)


def test_every_picture_adds_its_tokens(tiny: TransformersEngine) -> None:
    """A prompt with one picture more is longer by the picture's sixteen tokens and a space."""
    replies = [next(tiny.ask([make_request(5, pictures=count)])) for count in (1, 2, 3)]
    one, two, three = (reply.prompt_tokens or 0 for reply in replies)
    assert three - two == two - one >= 16


def test_a_picture_is_as_long_as_its_tokens(tiny: TransformersEngine, text_only: TransformersEngine) -> None:
    """Prompts are put beside others of their length, in which each picture counts by the tokens that it becomes."""
    lengths = [tiny._speaker.length(make_request(5, pictures=count)) for count in range(3)]  # type: ignore[union-attr]
    assert [16, 16] == [lengths[1] - lengths[0], lengths[2] - lengths[1]]
    # A processor that does not tell.
    assert 256 == text_only._speaker._picture_tokens(10, 10)  # type: ignore[union-attr]


def test_the_batch_does_not_change_a_reply(tiny_folder: Path, tiny: TransformersEngine) -> None:
    """One at a time and eight at a time say the same, greedy and sampled, in any order."""
    alone = TransformersEngine(tiny_folder, CARD, batch_size=1)
    for sampling in (Sampling(max_tokens=8), Sampling(1.0, 8, 0.9, 3)):
        requests = [make_request(n, pictures=n % 3, sampling=sampling) for n in range(20)]
        assert texts(alone, requests) == texts(tiny, requests[::-1])
    alone.close()


def test_sampling_follows_seed_and_key(tiny: TransformersEngine) -> None:
    """One seed says the same again, another something else somewhere; torch's own stream is left alone."""
    import torch

    torch.manual_seed(5)
    expected = torch.rand(1).item()
    torch.manual_seed(5)
    first, again, other = (
        [reply.text for reply in tiny.ask(make_request(n, sampling=Sampling(1.0, 8, 1.0, seed)) for n in range(16))]
        for seed in (1, 1, 2)
    )
    assert expected == torch.rand(1).item()
    assert first == again
    assert first != other


def test_a_cut_reply_is_told_from_a_whole_one(tiny: TransformersEngine, text_only: TransformersEngine) -> None:
    """A reply that reaches `max_tokens` ends by length; one that ends itself by stop."""
    (whole,) = tiny.ask([make_request(1)])
    (cut,) = text_only.ask([make_request(1, pictures=0, sampling=Sampling(max_tokens=5))])
    assert ("stop", "length", 5) == (whole.finish, cut.finish, cut.reply_tokens)


def test_more_pictures_than_the_card_allows(tiny: TransformersEngine) -> None:
    """Beyond the card's limit a request is rejected, and its neighbour is answered."""
    replies = {reply.key: reply for reply in tiny.ask([make_request(1, pictures=4), make_request(2)])}
    rejected, answered = replies[make_request(1).key], replies[make_request(2).key]
    assert Fault("rejected", "4 pictures were sent; the model takes at most 3 in one prompt") == rejected.fault
    assert answered.fault is None


def test_a_text_model_is_sent_no_picture(text_only: TransformersEngine) -> None:
    """Pictures for a text model are rejected; a text is answered through the plain fallback."""
    replies = list(text_only.ask([make_request(1), make_request(2, pictures=0, system="Be brief.")]))
    faults = {reply.fault for reply in replies}
    assert {None, Fault("rejected", "1 pictures were sent; the model reads text only")} == faults
    assert 0 == text_only.max_pictures


def test_a_prompt_beyond_the_positions_is_rejected(text_only: TransformersEngine) -> None:
    """A prompt longer than the model can place is a fault; its neighbour in the batch is answered."""
    long = make_request(1, pictures=0, question="word " * 400)
    replies = {reply.key: reply for reply in text_only.ask([long, make_request(2, pictures=0)])}
    fault = replies[long.key].fault
    assert fault is not None
    assert "rejected" == fault.kind
    assert [None] == [reply.fault for key, reply in replies.items() if key != long.key]


def failing(
    engine: TransformersEngine,
    monkeypatch: pytest.MonkeyPatch,
    fails: Callable[[Sequence[Request]], Exception | None],
) -> list[int]:
    """Make batches fail as `fails` says; return the list that the sizes of tried batches are written to."""
    speaker = engine._speaker
    assert speaker is not None
    said, sizes = speaker.say, []

    def say(inputs: Inputs) -> list[Reply]:
        sizes.append(len(inputs.requests))
        if (error := fails(inputs.requests)) is not None:
            raise error
        return said(inputs)

    monkeypatch.setattr(speaker, "say", say)
    monkeypatch.setattr(engine, "batch_size", engine.batch_size)
    return sizes


def test_memory_that_runs_out_halves_the_batch(tiny: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches of more than two do not fit: all are answered in twos, and no larger batch is tried again."""
    import torch

    def fails(batch: Sequence[Request]) -> Exception | None:
        return torch.OutOfMemoryError("CUDA out of memory.") if len(batch) > 2 else None

    sizes = failing(tiny, monkeypatch, fails)
    replies = list(tiny.ask(make_request(n) for n in range(16)))
    assert [None] * 16 == [reply.fault for reply in replies]
    assert [8, 4, 2, 2, 2, 2, 2, 2, 2, 2] == sizes


def test_pictures_are_opened_while_the_model_answers(tiny: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first batch is not over before a picture of the second is open, in another thread than the caller's."""
    opened: set[str] = set()
    threads: set[int] = set()
    ahead = threading.Event()

    def opening(picture: Picture) -> Any:
        threads.add(threading.get_ident())
        opened.add(picture.digest)
        if len(opened) > tiny.batch_size:
            ahead.set()
        return decode(picture)

    monkeypatch.setattr("vqa_eval.engines.transformers.engine.decode", opening)
    failing(tiny, monkeypatch, lambda batch: None if ahead.wait(timeout=20) else ValueError("nothing was opened ahead"))
    replies = list(tiny.ask(make_request(n) for n in range(3 * tiny.batch_size)))
    assert {None} == {reply.fault for reply in replies}
    assert threading.get_ident() not in threads
    assert 1 == len(threads)


def test_a_stream_that_is_left_leaves_no_thread(tiny: TransformersEngine) -> None:
    """Whoever stops taking replies leaves nothing running behind."""
    before = threading.active_count()
    replies = tiny.ask(make_request(n) for n in range(40))
    next(replies)
    replies.close()  # type: ignore[attr-defined]
    assert before == threading.active_count()


def test_batches_grow_while_there_is_room(tiny_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a size chosen, full batches double while memory allows, to the largest; a chosen size stays."""
    monkeypatch.setattr("vqa_eval.engines.transformers.room.Room.holds_twice", lambda self: True)
    monkeypatch.setattr("vqa_eval.engines.transformers.engine.LARGEST", 16)
    growing, chosen = TransformersEngine(tiny_folder, CARD), TransformersEngine(tiny_folder, CARD, batch_size=16)
    sizes = failing(growing, monkeypatch, lambda batch: None)
    list(growing.ask(make_request(n, pictures=0) for n in range(64)))
    list(chosen.ask(make_request(n, pictures=0) for n in range(64)))
    assert [8, 8, 16, 16, 16] == sizes
    assert 16 == chosen.batch_size
    growing.close()
    chosen.close()


def test_one_that_never_fits_is_a_memory_fault(tiny: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A request that fails alone is a fault; its neighbours are answered."""
    large = make_request(3)

    def fails(batch: Sequence[Request]) -> Exception | None:
        return MemoryError("out of memory") if large in batch else None

    failing(tiny, monkeypatch, fails)
    replies = {reply.key: reply for reply in tiny.ask(make_request(n) for n in range(6))}
    assert Fault("memory", "out of memory") == replies[large.key].fault
    assert 1 == sum(reply.fault is not None for reply in replies.values())


def test_an_error_of_the_model_is_a_fault_of_its_request(
    tiny: TransformersEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever one prompt makes the model's code raise, the others are answered."""
    odd = make_request(3)

    def fails(batch: Sequence[Request]) -> Exception | None:
        return ValueError("odd prompt") if odd in batch else None

    failing(tiny, monkeypatch, fails)
    replies = {reply.key: reply for reply in tiny.ask(make_request(n) for n in range(6))}
    assert Fault("engine", "ValueError: odd prompt") == replies[odd.key].fault
    assert 1 == sum(reply.fault is not None for reply in replies.values())


def test_a_dead_gpu_ends_the_run(tiny: TransformersEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a CUDA error nothing would be answered any more, so the engine cannot go on."""
    failing(tiny, monkeypatch, lambda batch: RuntimeError("CUDA error: device-side assert triggered"))
    with pytest.raises(EngineError, match="device-side") as caught:
        list(tiny.ask([make_request(1)]))
    assert "it continues" in caught.value.hint


def test_remote_code_runs_only_where_the_card_names_it(internvl_folder: Path) -> None:
    """A repository with code of its own is refused unless its card says `remote_code: true`."""
    with pytest.raises(EngineError, match="its own Python code") as caught:
        TransformersEngine(internvl_folder, ModelCard("stranger", "stranger"))
    assert "remote_code: true" in caught.value.hint


def test_internvl_is_asked_through_its_chat(internvl: TransformersEngine) -> None:
    """Pictures are tiled and counted, the question bears a placeholder each, the system text is the prompt's."""
    bare, shown, several = (
        next(internvl.ask([request]))
        for request in (
            make_request(1, pictures=0),
            make_request(2, pictures=1, system="You are a radiologist."),
            make_request(3, pictures=2),
        )
    )
    assert bare.text.startswith("the model's own|None|None|Question 1:")
    assert "You are a radiologist.|[" in shown.text
    assert "|<image>\nQuestion 2:" in shown.text
    assert "the model's own|[" in several.text
    assert "|Image-1: <image>\nImage-2: <image>\nQuestion 3:" in several.text
    assert ("stop", 3) == (shown.finish, shown.reply_tokens)


def test_internvl_tells_a_cut_reply(internvl: TransformersEngine) -> None:
    """What `chat` hides, whether the limit was reached, is seen in what it got from `generate`."""
    (reply,) = internvl.ask([make_request(1, pictures=0, sampling=Sampling(max_tokens=2))])
    assert ("length", 2) == (reply.finish, reply.reply_tokens)


def test_the_digest_is_of_what_makes_the_model(tmp_path: Path) -> None:
    """Weights and settings change the digest; a text for people, and the folder's place, do not."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text("{}")
        (tmp_path / name / "model.safetensors").write_bytes(b"weights")
    (tmp_path / "two" / "README.md").write_text("hello")
    assert folder_digest(tmp_path / "one") == folder_digest(tmp_path / "two")
    (tmp_path / "two" / "model.safetensors").write_bytes(b"Weights")
    assert folder_digest(tmp_path / "one") != folder_digest(tmp_path / "two")


def test_a_repository_out_of_reach_says_what_to_type(monkeypatch: pytest.MonkeyPatch) -> None:
    """Offline and not in the cache: one line with the repository, and the folder form as a way out."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EngineError, match="nobody/no-such-model is not in the local hub cache") as caught:
        TransformersEngine("nobody/no-such-model", ModelCard("x", "x"))
    assert "--model ./no-such-model" in caught.value.hint


def test_pickled_weights_are_not_read(tiny_folder: Path, tmp_path: Path) -> None:
    """A folder without safetensors is refused, even where it holds other weights."""
    (tmp_path / "config.json").write_text((tiny_folder / "config.json").read_text())
    (tmp_path / "pytorch_model.bin").write_bytes(b"not read")
    with pytest.raises(EngineError, match="safetensors"):
        TransformersEngine(tmp_path, ModelCard("x", "x"))


def test_weights_that_are_missing_are_not_made_up(text_folder: Path, tmp_path: Path) -> None:
    """A checkpoint that lacks weights of its architecture is refused; transformers would fill in random ones."""
    for path in text_folder.iterdir():
        shutil.copy(path, tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"num_hidden_layers": 2}))
    with pytest.raises(EngineError, match="lacks 9 weights"):
        TransformersEngine(tmp_path, ModelCard("x", "x"))


def test_an_unknown_architecture_says_how_else(tmp_path: Path) -> None:
    """What transformers has no class for can still be asked through a server, and the error says so."""
    (tmp_path / "config.json").write_text('{"model_type": "llava_mistral"}')
    with pytest.raises(EngineError, match="architecture") as caught:
        TransformersEngine(tmp_path, ModelCard("x", "x"))
    assert "--base-url" in caught.value.hint
