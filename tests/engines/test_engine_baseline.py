"""The floors of every board, on samples whose answers can be read off."""

from collections import Counter
from dataclasses import replace

import pytest

from tests.engines.standins import make_request
from vqa_eval.engines.baseline import LongestBaseline, MajorityBaseline, RandomBaseline, open_baseline
from vqa_eval.errors import EngineError
from vqa_eval.records import Prompt, Request, Sample


def choice(number: int, correct: tuple[int, ...], options: tuple[str, ...] = ("a", "b", "c")) -> Sample:
    """Return a choice sample of the benchmark `demo`."""
    return Sample(f"demo/{number}", "demo", "test", "choice", "?", options, correct)


def opened(number: int, *references: str) -> Sample:
    """Return an open sample of the benchmark `free`."""
    return Sample(f"free/{number}", "free", "test", "open", "?", references=references)


def request_of(sample: Sample, labels: tuple[str, ...] | None = None) -> Request:
    """Return a request about the sample, with letters for its options unless labels are given."""
    letters = tuple("ABCDE"[: len(sample.options)]) if labels is None else labels
    return replace(make_request(0, pictures=0), sample=sample.id, prompt=Prompt("?", labels=letters))


def test_random_is_fixed_by_the_key() -> None:
    """The same request gets the same label wherever it stands in the stream."""
    requests = [make_request(n, pictures=0) for n in range(50)]
    forward = {reply.key: reply.text for reply in RandomBaseline().ask(requests)}
    assert forward == {reply.key: reply.text for reply in RandomBaseline().ask(requests[::-1])}


def test_random_is_uniform_over_the_labels() -> None:
    """Over many keys each of four labels comes about a quarter of the time."""
    said = Counter(reply.text for reply in RandomBaseline().ask(make_request(n, pictures=0) for n in range(4000)))
    assert {"A", "B", "C", "D"} == set(said)
    # Five standard deviations of a binomial(4000, 1/4) are 137.
    assert all(abs(count - 1000) < 137 for count in said.values())


def test_random_without_labels_says_nothing() -> None:
    """A prompt without labels gets the empty text, which is no answer."""
    (reply,) = RandomBaseline().ask([request_of(opened(1, "left lung"))])
    assert "" == reply.text


def test_majority_says_the_most_frequent_position() -> None:
    """Over keys 1, 2, 1 the second option is said; a tie goes to the lowest position."""
    often = [choice(1, (1,)), choice(2, (2,)), choice(3, (1,))]
    tied = [choice(1, (2,)), choice(2, (1,))]
    for samples in (often, tied):
        lookup = {sample.id: sample for sample in samples}.__getitem__
        assert ["B"] == [reply.text for reply in MajorityBaseline(samples, lookup).ask([request_of(samples[0])])]


def test_majority_stays_within_the_options() -> None:
    """A sample without the most frequent position gets no answer: the baseline names one position or none."""
    samples = [choice(1, (2,)), choice(2, (2,)), choice(3, (1,)), choice(4, (0,), ("yes", "no"))]
    lookup = {sample.id: sample for sample in samples}.__getitem__
    replies = MajorityBaseline(samples, lookup).ask(request_of(sample) for sample in samples)
    assert ["C", "C", "C", ""] == [reply.text for reply in replies]


def test_majority_says_the_most_frequent_reference() -> None:
    """For open samples the most frequent reference is said, of equals the first that came."""
    samples = [opened(1, "lung"), opened(2, "liver"), opened(3, "lung"), choice(4, (2,))]
    lookup = {sample.id: sample for sample in samples}.__getitem__
    replies = MajorityBaseline(samples, lookup).ask(request_of(sample) for sample in samples)
    assert ["lung", "lung", "lung", "C"] == [reply.text for reply in replies]


def test_majority_is_another_model_for_another_selection() -> None:
    """Its revision changes with what it counted, so that stored replies are never taken for others."""
    one, other = [choice(1, (1,))], [choice(1, (2,))]
    first, second = (MajorityBaseline(chosen, {}.__getitem__).identity for chosen in (one, other))
    assert first.revision != second.revision


def test_longest_says_the_longest_option() -> None:
    """The first of the longest options is said; without labels its text, without options nothing."""
    sample = choice(1, (0,), ("lung", "liver", "heart"))
    baseline = LongestBaseline({sample.id: sample, "free/1": opened(1, "x")}.__getitem__)
    asked = [request_of(sample), request_of(sample, labels=()), request_of(opened(1, "x"))]
    assert ["B", "liver", ""] == [reply.text for reply in baseline.ask(asked)]


def test_an_unknown_baseline_names_the_known() -> None:
    """The error lists the baselines that exist."""
    with pytest.raises(EngineError) as caught:
        open_baseline("best", [], lambda _: choice(1, (0,)))
    assert "baselines: random, majority, longest" == caught.value.hint


def test_baselines_say_text_alone() -> None:
    """They hold no opinion that a constraint or a log-probability could bring out."""
    samples = [choice(1, (0,))]
    lookup = {sample.id: sample for sample in samples}.__getitem__
    assert [{"text"}] * 3 == [
        open_baseline(name, samples, lookup).channels for name in ("random", "majority", "longest")
    ]
