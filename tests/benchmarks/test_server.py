"""The fake model server: right answers, slots, counts, and faults that depend on question and attempt alone."""

import http.client
import json
import threading
from typing import Any
from urllib.parse import urlsplit

import pytest

from benchmarks.hosting import Hosted
from benchmarks.items import LETTERS, marker, number_in, right_letter, share
from benchmarks.server import Settings, fate


def ask(server: Hosted, *numbers: int) -> list[tuple[int, str | None, Any]]:
    """Ask questions one after another on one connection: status, Retry-After, and the answer."""
    parts = urlsplit(server.url)
    connection = http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=10)
    seen = []
    for number in numbers:
        content = [{"type": "text", "text": f"{marker(number)} Which?"}]
        body = json.dumps({"model": "fake", "messages": [{"role": "user", "content": content}]})
        connection.request("POST", f"{parts.path}/chat/completions", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        seen.append((answer.status, answer.getheader("Retry-After"), json.loads(answer.read())))
    connection.close()
    return seen


def test_it_says_the_right_letter_and_what_it_cost(hosted: Hosted) -> None:
    """Questions on one connection get their own letters and a usage; requests and answers are counted by question."""
    hosted.behave(Settings(latency=0.0))
    said = [document for _, _, document in ask(hosted, 3, 4, 3)]
    assert [right_letter(number) for number in (3, 4, 3)] == [
        document["choices"][0]["message"]["content"] for document in said
    ]
    assert said[0]["usage"]["prompt_tokens"] + 1 == said[0]["usage"]["total_tokens"]
    counts = hosted.counts()
    assert (3, 3) == (counts.requests, counts.answers)
    assert {3: 2, 4: 1} == counts.attempts == counts.answered
    assert counts.first_request is not None
    assert counts.last_answer is not None
    assert counts.first_request <= counts.last_answer


def test_settings_begin_the_counts_anew(hosted: Hosted) -> None:
    """After new settings nothing has been counted."""
    hosted.behave(Settings(latency=0.0))
    ask(hosted, 1)
    hosted.behave(Settings(latency=0.0))
    counts = hosted.counts()
    assert (0, None, {}) == (counts.requests, counts.first_request, counts.attempts)


def test_no_more_are_served_at_once_than_there_are_slots(hosted: Hosted) -> None:
    """Six requests at once through two slots of 0.1 s take three turns, and wait meanwhile."""
    hosted.behave(Settings(slots=2, latency=0.1))
    asking = [threading.Thread(target=ask, args=(hosted, number)) for number in range(6)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    counts = hosted.counts()
    assert 6 == counts.answers
    assert counts.first_request is not None
    assert counts.last_answer is not None
    assert 0.28 < counts.last_answer - counts.first_request
    assert 2 < counts.most_in_flight


@pytest.mark.parametrize(
    ("settings", "status", "after", "kind"),
    [
        (Settings(latency=0.0, limited=1.0, retry_after=0.5), 429, "0.5", "429"),
        (Settings(latency=0.0, failing=1.0), 500, None, "500"),
        (Settings(latency=0.0, poisoned=1.0), 500, None, "poison"),
    ],
    ids=["limited", "failing", "poisoned"],
)
def test_faults_are_said_and_counted(
    hosted: Hosted, settings: Settings, status: int, after: str | None, kind: str
) -> None:
    """A fault has its status, a 429 its Retry-After, and none is an answer."""
    hosted.behave(settings)
    assert [(status, after)] == [seen[:2] for seen in ask(hosted, 7)]
    counts = hosted.counts()
    assert ({kind: 1}, 0) == (counts.faults, counts.answers)


def test_a_reset_breaks_the_connection(hosted: Hosted) -> None:
    """The connection is lost without an answer."""
    hosted.behave(Settings(latency=0.0, resetting=1.0))
    with pytest.raises(ConnectionError):
        ask(hosted, 7)
    assert {"reset": 1} == hosted.counts().faults


def test_fates_depend_on_question_and_attempt_alone() -> None:
    """Over 20,000 attempts each kind has its share; another attempt may heal, but never what is poisoned."""
    settings = Settings(limited=0.05, failing=0.02, resetting=0.01, poisoned=0.005)
    drawn = {(number, attempt): fate(settings, number, attempt) for number in range(5000) for attempt in range(1, 5)}
    assert drawn == {key: fate(settings, *key) for key in reversed(drawn)}
    said = list(drawn.values())
    shares = {kind: said.count(kind) / len(said) for kind in ("429", "500", "reset", "poison")}
    assert {"429": 0.05, "500": 0.02, "reset": 0.01, "poison": 0.005} == pytest.approx(shares, abs=0.004)
    for number in range(5000):
        assert (drawn[number, 1] == "poison") == (drawn[number, 4] == "poison")
    assert any(drawn[number, 1] == "500" and not drawn[number, 2] for number in range(5000))


def test_numbers_are_read_from_anywhere_in_a_body() -> None:
    """A marker is found behind a picture; a body without one has no number."""
    assert 1_000_017 == number_in(b"x" * 100_000 + marker(1_000_017).encode() + b" What?")
    assert number_in(b"hello") is None


def test_keys_are_spread_over_the_letters() -> None:
    """Each letter is right about equally often, and a share lies in [0, 1)."""
    keys = [right_letter(number) for number in range(5000)]
    assert [1000] * 5 == pytest.approx([keys.count(letter) for letter in LETTERS], abs=100)
    assert all(0 <= share(number, "any") < 1 for number in range(1000))
