"""Choices and log-probabilities of small checkpoints, held against forward passes made by hand."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.engines.standins import LABELS, make_request
from vqa_eval.engines.pictures import decode
from vqa_eval.engines.transformers import TransformersEngine
from vqa_eval.records import Channel, ModelCard, Reply, Request, Sampling

pytestmark = pytest.mark.engine

CARD = ModelCard("tiny-vlm", "tiny-vlm")
END = "<|end|>"
SETS = (LABELS, ("1", "10", "100", "2"), ("yes", "no", "maybe"), ("E", "F"), ("A",))
"""Letters; labels that begin each other; several tokens; letters that the checkpoint's free text never says; one."""


@pytest.fixture(scope="module")
def tiny(tiny_folder: Path) -> Iterator[TransformersEngine]:
    """One engine on tiny-vlm."""
    engine = TransformersEngine(tiny_folder, CARD, batch_size=4)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def text_only(text_folder: Path) -> Iterator[TransformersEngine]:
    """One engine on a text model without chat template."""
    engine = TransformersEngine(text_folder, ModelCard("text", "text"), batch_size=4)
    yield engine
    engine.close()


def mixed(channel: Channel, count: int = 15, **options: Any) -> list[Request]:
    """Return requests with none, one and two pictures, whose label sets take turns."""
    pictures = options.pop("pictures", None)
    return [
        make_request(
            n,
            pictures=n // len(SETS) % 3 if pictures is None else pictures,
            channel=channel,
            labels=SETS[n % len(SETS)],
            **options,
        )
        for n in range(count)
    ]


def answered(engine: TransformersEngine, requests: Sequence[Request]) -> list[Reply]:
    """Return the replies in the order of the requests; none of them is a fault."""
    replies = {reply.key: reply for reply in engine.ask(requests)}
    assert [None] * len(requests) == [replies[request.key].fault for request in requests]
    return [replies[request.key] for request in requests]


class ByHand:
    """tiny-vlm asked with transformers alone, one prompt at a time, without padding."""

    def __init__(self, folder: Path) -> None:
        from transformers import AutoProcessor, LlavaForConditionalGeneration

        self._model = LlavaForConditionalGeneration.from_pretrained(folder).eval()
        self._processor = AutoProcessor.from_pretrained(folder)

    def after(self, request: Request, said: str = "") -> dict[str, float]:
        """Return the log-probability of letters, digits and the end after the prompt and what was said."""
        import torch

        content = [*[{"type": "image"}] * len(request.pictures), {"type": "text", "text": request.prompt.text}]
        turns = [{"role": "user", "content": content}]
        text = self._processor.apply_chat_template(turns, tokenize=False, add_generation_prompt=True) + said
        images = [decode(picture) for picture in request.pictures] or None
        inputs = self._processor(text=text, images=images, return_tensors="pt")
        with torch.inference_mode():
            scores = self._model(**inputs).logits[0, -1].log_softmax(dim=-1)
        to_id = self._processor.tokenizer.convert_tokens_to_ids
        return {token: scores[to_id(token)].item() for token in (*LABELS, "0", "1", "2", END)}


@pytest.fixture(scope="module")
def by_hand(tiny_folder: Path) -> ByHand:
    """tiny-vlm without this package's engine."""
    return ByHand(tiny_folder)


def test_a_choice_is_always_one_of_its_labels(tiny: TransformersEngine, text_only: TransformersEngine) -> None:
    """In batches that mix label sets, with and without pictures: one label, ended by itself."""
    for engine, requests in ((tiny, mixed("choice")), (text_only, mixed("choice", pictures=0))):
        for request, reply in zip(requests, answered(engine, requests), strict=True):
            assert reply.text in request.prompt.labels
            assert ("stop", ()) == (reply.finish, reply.logprobs)
            assert reply.prompt_tokens
            assert reply.reply_tokens


def test_a_choice_is_the_likeliest_label(tiny: TransformersEngine) -> None:
    """For labels of one token, the choice has the largest log-probability; each letter is chosen somewhere."""
    chosen, weighed = (answered(tiny, [make_request(n, channel=c) for n in range(40)]) for c in ("choice", "logprobs"))
    likeliest = [LABELS[max(range(4), key=lambda place: reply.logprobs[place] or 0.0)] for reply in weighed]
    assert likeliest == [reply.text for reply in chosen]
    assert set(LABELS) == set(likeliest)


def test_log_probabilities_are_a_forward_pass(tiny: TransformersEngine, by_hand: ByHand) -> None:
    """With no, one and two pictures, from batches of four: the log-softmax over all tokens after the prompt."""
    requests = [make_request(n, pictures=n % 3, channel="logprobs") for n in range(9)]
    for request, reply in zip(requests, answered(tiny, requests), strict=True):
        shares = by_hand.after(request)
        assert [shares[label] for label in LABELS] == pytest.approx(reply.logprobs, abs=1e-5)
        assert ("", "", 0) == (reply.text, reply.finish, reply.reply_tokens)


def test_labels_that_begin_each_other_are_told_apart(tiny: TransformersEngine, by_hand: ByHand) -> None:
    """The number 10 is 1 and then 0; the number 1 is 1 and then anything but a longer label."""
    request = make_request(1, channel="logprobs", labels=("1", "10", "100", "2"))
    first, second, third = (by_hand.after(request, said) for said in ("", "1", "10"))
    hundred = first["1"] + second["0"] + third["0"]
    ten = first["1"] + second["0"] + math.log1p(-math.exp(third["0"]))
    one = first["1"] + math.log1p(-math.exp(second["0"]))
    (reply,) = answered(tiny, [request])
    assert [one, ten, hundred, first["2"]] == pytest.approx(reply.logprobs, abs=1e-5)


def test_a_choice_walks_greedily(tiny: TransformersEngine, by_hand: ByHand) -> None:
    """Of 1, 10 and 2 the first digit is the likelier one, and after 1 the likelier of 0 and the end."""
    requests = [make_request(n, channel="choice", labels=("1", "10", "2")) for n in range(12)]
    replies = answered(tiny, requests)
    for request, reply in zip(requests, replies, strict=True):
        first, second = (by_hand.after(request, said) for said in ("", "1"))
        one = "10" if second["0"] > second[END] else "1"
        assert ("2" if first["2"] > first["1"] else one) == reply.text
    assert {"2"} < {reply.text for reply in replies}


@pytest.mark.parametrize("channel", ["choice", "logprobs"])
def test_the_batch_changes_nothing(
    tiny_folder: Path, tiny: TransformersEngine, text_only: TransformersEngine, text_folder: Path, channel: Channel
) -> None:
    """One at a time and four at a time: the same labels, and log-probabilities within 1e-5."""
    for batched, folder, pictures in ((tiny, tiny_folder, None), (text_only, text_folder, 0)):
        alone = TransformersEngine(folder, CARD, batch_size=1)
        requests = mixed(channel, pictures=pictures)
        for one, other in zip(answered(alone, requests), answered(batched, requests[::-1])[::-1], strict=True):
            assert one.text == other.text
            assert one.logprobs == pytest.approx(other.logprobs, abs=1e-5)
        alone.close()


def test_pictures_matter(tiny: TransformersEngine) -> None:
    """The same question about forty pictures: the log-probabilities differ, and so do the choices."""
    pictures = [make_request(n).pictures for n in range(40)]
    for channel in ("choice", "logprobs"):
        asked = make_request(0, channel=channel)
        replies = answered(tiny, [replace(asked, key=f"{n}", pictures=shown) for n, shown in enumerate(pictures)])
        if channel == "choice":
            assert len(Counter(reply.text for reply in replies)) > 1
        else:
            assert 40 == len({reply.logprobs for reply in replies})


def test_a_drawn_choice_follows_seed_and_shares(tiny: TransformersEngine) -> None:
    """Above temperature 0 labels are drawn as their probabilities stand to each other; a seed draws the same again."""
    asked = make_request(3, pictures=0, channel="choice", sampling=Sampling(temperature=1.0, seed=5))
    requests = [replace(asked, key=f"{n}") for n in range(400)]
    drawn = [reply.text for reply in answered(tiny, requests)]
    assert drawn == [reply.text for reply in answered(tiny, requests)]
    (weighed,) = answered(tiny, [replace(asked, channel="logprobs")])
    weights = [math.exp(value or 0.0) for value in weighed.logprobs]
    for label, weight in zip(LABELS, weights, strict=True):
        share = weight / sum(weights)
        # Five standard deviations of a binomial share.
        assert share == pytest.approx(drawn.count(label) / 400, abs=5 * math.sqrt(share * (1 - share) / 400))


def test_free_text_stays_as_it_was(tiny_folder: Path, tiny: TransformersEngine) -> None:
    """The checkpoint's own habits, set aside for labels, are back for text, in a stream that mixes all channels."""
    channels: tuple[Channel, ...] = ("text", "choice", "logprobs")
    stream = [make_request(n, channel=channels[n % 3], labels=("E", "F")) for n in range(12)]
    fresh = TransformersEngine(tiny_folder, CARD, batch_size=4)
    (alone, among) = (
        [reply.text for reply in answered(engine, requests)]
        for engine, requests in ((fresh, stream[::3]), (tiny, stream))
    )
    fresh.close()
    assert alone == among[::3]
    assert set(LABELS) >= set(alone)
    assert {"E", "F"} >= set(among[1::3])


def test_a_model_with_code_of_its_own_says_text_alone(internvl_folder: Path, internvl_card: ModelCard) -> None:
    """Its `chat` hides its tokens, so the other channels are not offered."""
    engine = TransformersEngine(internvl_folder, internvl_card)
    engine.close()
    assert {"text"} == engine.channels


def test_scores_that_overflow_are_faults(tiny_folder: Path) -> None:
    """A model that computes no numbers brings no label and no log-probability."""
    import torch

    engine = TransformersEngine(tiny_folder, CARD, batch_size=2)
    with torch.no_grad():
        engine._speaker._model.lm_head.weight.fill_(float("nan"))  # type: ignore[union-attr]
    for channel in ("choice", "logprobs"):
        (reply,) = engine.ask([make_request(1, channel=channel)])
        assert reply.fault is not None
        assert ("engine", True) == (reply.fault.kind, "not numbers" in reply.fault.detail)
    engine.close()
