"""Which requests are asked together: like ones, the one that waits longest first, a bounded number at hand."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from tests.engines.standins import Pulling, make_picture, make_request
from vqa_eval.engines.transformers import grouping
from vqa_eval.engines.transformers.grouping import BATCHES, Grouping
from vqa_eval.records import Fault, Reply, Request, Sampling


def never(_: Request) -> Reply | None:
    """Refuse nothing."""
    return None


def length(request: Request) -> int:
    """Return a token a character, and sixteen a picture of 100 pixels' side."""
    shown = sum(picture.width * picture.height // 625 for picture in request.pictures)
    return len(request.prompt.text) + shown


def batches(requests: Sequence[Request], size: int = 4) -> Iterator[list[Request]]:
    """Yield all batches."""
    waiting = Grouping(requests, never, length)
    while waiting:
        if batch := waiting.take(size):
            yield batch


def of_length(number: int, words: int) -> Request:
    """Return a text of so many words."""
    return make_request(number, pictures=0, question="word " * words)


def test_each_request_is_taken_once() -> None:
    """Nothing is lost or doubled, whatever the stream mixes."""
    requests = [make_request(n, pictures=n % 3, channel=("text", "choice")[n % 2]) for n in range(30)]
    taken = [request.key for batch in batches(requests) for request in batch]
    assert sorted(request.key for request in requests) == sorted(taken)


def test_a_batch_is_of_one_kind() -> None:
    """One channel, one sampling but for its seed, and all with pictures or all without."""
    requests = [
        make_request(
            n,
            pictures=n % 3,
            channel=("text", "choice")[n // 3 % 2],
            sampling=Sampling(max_tokens=8 + n // 6 % 2, seed=n),
        )
        for n in range(48)
    ]
    for batch in batches(requests):
        kinds = {(one.channel, one.sampling.max_tokens, bool(one.pictures)) for one in batch}
        assert 1 == len(kinds)


def test_like_lengths_are_asked_together() -> None:
    """Of a stream that mixes texts of 10 to 400 words, batches are padded by a fraction of what they would be."""
    requests = [of_length(n, 10 + n * 37 % 390) for n in range(400)]

    def padding(groups: Iterator[list[Request]]) -> int:
        lengths = [[len(one.prompt.text) for one in group] for group in groups]
        return sum(max(own) * len(own) - sum(own) for own in lengths)

    as_they_come = padding(iter([requests[start : start + 8] for start in range(0, 400, 8)]))
    assert padding(batches(requests, 8)) < as_they_come / 3


def test_like_pictures_are_asked_together() -> None:
    """Prompts with as large pictures stand in one batch, but for the first batches and the last."""
    small, large = make_picture(1), replace(make_picture(2), width=2000, height=2000)
    shown = [(small,), (large,), (small, small, small), (large, large)]
    requests = [replace(make_request(n, pictures=0), pictures=shown[n % 4]) for n in range(80)]
    mixed = [len({one.pictures for one in batch}) > 1 for batch in batches(requests, 2)]
    assert not any(mixed[3:-3])


def test_the_odd_one_does_not_wait_for_ever() -> None:
    """A request that is like no other is taken as soon as it is the oldest, not at the end of the stream."""
    odd = of_length(0, 3000)
    stream = [of_length(n, 20) for n in range(1, 5)] + [odd] + [of_length(n, 20) for n in range(5, 400)]
    waited = next(turn for turn, batch in enumerate(batches(stream)) if odd in batch)
    assert waited <= 2


def test_the_first_batch_does_not_wait_for_the_whole_window() -> None:
    """Two batches are pulled for each that is taken, until as many wait as may."""
    pulling = Pulling([of_length(n, 5) for n in range(400)])
    waiting = Grouping(pulling, never, length)
    waiting.take(4)
    assert 8 == pulling.pulled
    for turn in range(2, 60):
        waiting.take(4)
        assert pulling.pulled <= min(8 * turn, 4 * (turn - 1) + 4 * BATCHES)


def test_large_pictures_narrow_the_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where what waits is heavy, no more than two batches wait."""
    monkeypatch.setattr(grouping, "WEIGHT", 100)
    pulling = Pulling([make_request(n) for n in range(100)])
    waiting = Grouping(pulling, never, length)
    for turn in range(1, 20):
        waiting.take(4)
        assert pulling.pulled <= 4 * (turn - 1) + 8


def test_what_is_refused_is_pulled_lazily_too() -> None:
    """A stream of nothing but refusals hands over their faults a few at a time."""
    pulling = Pulling([make_request(n, pictures=0) for n in range(50)])
    waiting = Grouping(pulling, lambda request: Reply(request.key, fault=Fault("rejected", "no")), length)
    assert [] == waiting.take(4)
    assert 8 == pulling.pulled == len(waiting.refused)
    assert waiting


def test_the_end_is_told() -> None:
    """Nothing pulled, nothing waiting: nothing more will come."""
    waiting = Grouping([], never, length)
    assert [] == waiting.take(4)
    assert not waiting
