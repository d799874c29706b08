"""Batches: what goes up, what comes back, and that a process may end at any moment without paying twice."""

import json
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engines.batch_server import BatchServer, serving
from tests.engines.standins import Pulling, completion, make_request, question_number, refusal
from vqa_eval.engines.batches import open_batches
from vqa_eval.engines.batches.api import Batch, BatchApi
from vqa_eval.engines.batches.engine import BatchEngine
from vqa_eval.engines.batches.journal import Entry
from vqa_eval.engines.batches.spool import Limits, line_of
from vqa_eval.engines.reference import EngineSettings, ModelRef
from vqa_eval.errors import EngineError
from vqa_eval.records import Dialect, ModelCard, Reply, Request

pytest.importorskip("openai", reason="batches need vqa-eval[batch]")


@pytest.fixture
def server() -> Iterator[BatchServer]:
    """Run a server with files and batches."""
    with serving() as state:
        yield state


def opened(server: BatchServer, folder: Path, card: ModelCard | None = None, **options: str) -> BatchEngine:
    """Open the engine as a run would, patient for hundredths of a second."""
    ref = ModelRef("openai:fake", "openai", "fake", card or ModelCard("fake", "Fake"), (server.url,))
    settings = EngineSettings(folder, folder=folder, batch=True, options={"poll_seconds": "0.01", **options})
    return open_batches(ref, settings)


def ask(server: BatchServer, folder: Path, requests: list[Request], **options: str) -> dict[str, Reply]:
    """Ask in an engine of its own, and return the replies by key; each came once."""
    engine = opened(server, folder, **options)
    try:
        replies = list(engine.ask(requests))
    finally:
        engine.close()
    assert len(replies) == len({reply.key for reply in replies})
    return {reply.key: reply for reply in replies}


def keys(requests: list[Request]) -> list[str]:
    """Return the keys of requests."""
    return [request.key for request in requests]


def fault_kinds(replies: dict[str, Reply], requests: list[Request]) -> list[str | None]:
    """Return the kind of each request's fault, None where it has a reply."""
    return [fault.kind if (fault := replies[key].fault) else None for key in keys(requests)]


def journal(folder: Path) -> list[dict[str, Any]]:
    """Return the lines of the journal."""
    return [json.loads(line) for line in (folder / "batches" / "journal.jsonl").read_text().splitlines()]


def say_number(body: dict[str, Any]) -> tuple[int, dict[str, str], Any]:
    """Answer with the question's number."""
    return completion(f"reply {question_number(body)}")


def test_one_batch(server: BatchServer, tmp_path: Path) -> None:
    """All requests go up in one file, and each reply comes back to its request with its tokens."""
    server.answer = say_number
    requests = [make_request(number) for number in range(7)]
    replies = ask(server, tmp_path, requests)
    assert {request.key: f"reply {number}" for number, request in enumerate(requests)} == {
        key: reply.text for key, reply in replies.items()
    }
    assert {("stop", 7, 3, None)} == {(r.finish, r.prompt_tokens, r.reply_tokens, r.seconds) for r in replies.values()}
    assert [1] * 7 == list(server.executed.values())
    assert 1 == len(server.batches)


def test_nothing_is_left(server: BatchServer, tmp_path: Path) -> None:
    """After a run its folder holds the journal alone, and the file with the pictures is gone from the server."""
    ask(server, tmp_path, [make_request(number) for number in range(3)])
    assert ["journal.jsonl"] == [path.name for path in (tmp_path / "batches").iterdir()]
    assert ["batch_0-output"] == list(server.files)
    assert ["planned", "uploaded", "created", "ended"] == [line["step"] for line in journal(tmp_path)]
    assert {"replies": 3, "faults": 0, "unknown": 0} == {
        name: journal(tmp_path)[-1][name] for name in ("replies", "faults", "unknown")
    }


def test_nothing_asked(server: BatchServer, tmp_path: Path) -> None:
    """Without requests no file and no batch is made."""
    assert {} == ask(server, tmp_path, [])
    assert [] == server.asked


def test_split_by_count(server: BatchServer, tmp_path: Path) -> None:
    """No file holds more requests than the limit."""
    assert 7 == len(ask(server, tmp_path, [make_request(number) for number in range(7)], batch_requests="3"))
    assert [3, 3, 1] == [requests for requests, _ in server.uploads]


def test_split_by_bytes(server: BatchServer, tmp_path: Path) -> None:
    """No file is larger than the limit, and none is closed before the next request would exceed it."""
    requests = [make_request(number, pictures=2) for number in range(8)]
    lines = [len(line_of(request.key, opened(server, tmp_path)._chat.body(request))) for request in requests]
    limit = max(lines) * 2 + 10
    replies = ask(server, tmp_path, requests, batch_megabytes=str(limit / 1e6))
    assert 8 == len([reply for reply in replies.values() if reply.fault is None])
    sizes, sent = [size for _, size in server.uploads], 0
    assert max(sizes) <= limit
    for count, size in server.uploads[:-1]:
        sent += count
        assert size + lines[sent] > limit


def test_a_request_larger_than_a_file(server: BatchServer, tmp_path: Path) -> None:
    """A request that no file can hold is a fault, and the others are asked."""
    requests = [make_request(1, question="x" * 5000), make_request(2, pictures=0)]
    replies = ask(server, tmp_path, requests, batch_megabytes="0.005")
    assert ["rejected", None] == [
        reply.fault and reply.fault.kind for reply in map(replies.get, keys(requests)) if reply
    ]
    assert 1 == sum(server.executed.values())


def test_requests_are_let_go(server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While many requests wait, neither their pictures nor their texts are held."""
    monkeypatch.setattr(BatchApi, "upload", lambda self, requests: "file")
    monkeypatch.setattr(BatchApi, "create", lambda self, file, tag: Batch(tag, "validating"))

    def peak(count: int) -> int:
        engine = opened(server, tmp_path / str(count), batch_megabytes="1")
        batches: dict[str, Entry] = {}
        requests = (make_request(number, pictures=0, question="long " * 20_000) for number in range(count))
        tracemalloc.start()
        assert [] == list(engine._submit(requests, {}, batches))
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        engine.close()
        assert count == sum(entry.requests for entry in batches.values())
        return most

    peak(2)
    assert peak(60) - peak(20) < 40 * 2_000  # a request has 100,000 bytes


def test_pulled_requests_are_all_sent_before_the_first_reply(server: BatchServer, tmp_path: Path) -> None:
    """The first reply comes when everything is under way, so that the provider works on all of it at once."""
    pulling = Pulling([make_request(number) for number in range(9)])
    engine = opened(server, tmp_path, batch_requests="4")
    replies = engine.ask(pulling)
    next(replies)
    assert (9, 3) == (pulling.pulled, len(server.batches))
    assert 8 == len(list(replies))
    engine.close()


def test_some_lines_fail(server: BatchServer, tmp_path: Path) -> None:
    """Each line that failed is a fault of the kind that it would be live; the others have their replies."""
    said: dict[int, Any] = {
        1: refusal(400, "the prompt is too long"), 2: refusal(429, "too many"), 3: refusal(500, "oops"),
        4: "batch_expired", 5: "batch_cancelled", 6: "server_error", 7: (200, {}, {"choices": []}),
        8: (200, {}, []),
    }  # fmt: skip
    server.answer = lambda body: said.get(question_number(body), completion("A"))
    requests = [make_request(number) for number in range(10)]
    replies = ask(server, tmp_path, requests)
    found = [fault.kind if (fault := replies[key].fault) else replies[key].text for key in keys(requests)]
    assert ["A", "rejected", "rate_limit", "server", "timeout", "server", "server", "server", "server", "A"] == found
    first, late = (replies[keys(requests)[number]].fault for number in (1, 4))
    assert "400: the prompt is too long" == (first and first.detail)
    assert "not answered within the batch's window" == (late and late.detail)


def test_failed_lines_are_asked_again_next_time(server: BatchServer, tmp_path: Path) -> None:
    """What failed goes into a new batch at the next start, and nothing else does."""
    server.answer = lambda body: "batch_expired" if question_number(body) < 2 else completion("A")
    requests = [make_request(number) for number in range(5)]
    first = ask(server, tmp_path, requests)
    failed = [request for request in requests if first[request.key].fault]
    assert 2 == len(failed)
    server.answer = say_number
    again = ask(server, tmp_path, failed)
    assert ["reply 0", "reply 1"] == sorted(reply.text for reply in again.values())
    assert {1} == set(server.executed.values())
    assert [5, 2] == [requests for requests, _ in server.uploads]


@pytest.mark.parametrize(("status", "kind"), [("expired", "timeout"), ("cancelled", "server"), ("completed", "server")])
def test_a_line_that_is_missing(server: BatchServer, tmp_path: Path, status: str, kind: str) -> None:
    """A request without a line is a fault that says how its batch ended, never an answer."""
    server.ends_as, server.silent = status, True
    requests = [make_request(number) for number in range(4)]
    replies = ask(server, tmp_path, requests)
    assert [None, None, None, kind] == [
        fault and fault.kind for fault in (replies[key].fault for key in keys(requests))
    ]


def test_lines_that_nobody_asked_for(server: BatchServer, tmp_path: Path) -> None:
    """Lines of unknown keys, told twice, torn or nested without end change nothing; the unknown ones are counted."""
    requests = [make_request(number) for number in range(2)]
    twice = {"custom_id": requests[0].key, "response": {"status_code": 200, "body": completion("B")[2]}, "error": None}
    strange = twice | {"custom_id": "somebody-else"}
    told = [json.dumps(line).encode() + b"\n" for line in (twice, strange)]
    server.extra_lines = [b"[" * 200_000 + b"\n", *told, b'{"custom_id": "to']
    replies = ask(server, tmp_path, requests)
    assert dict.fromkeys(keys(requests), "A") == {key: reply.text for key, reply in replies.items()}
    assert 1 == journal(tmp_path)[-1]["unknown"]


def test_a_batch_that_fails(server: BatchServer, tmp_path: Path) -> None:
    """A file that the provider refuses ends the run with the provider's words; cured, it is asked anew."""
    requests = [make_request(number) for number in range(2)]
    lost = opened(server, tmp_path)
    lost._chat._model = "other"
    with pytest.raises(EngineError, match=r"model `other` does not exist \(line 1\)"):
        list(lost.ask(requests))
    lost.close()
    assert {} == server.executed
    assert 2 == len(ask(server, tmp_path, requests))
    assert ["journal.jsonl"] == [path.name for path in (tmp_path / "batches").iterdir()]


def test_a_full_queue(server: BatchServer, tmp_path: Path) -> None:
    """Batches that were turned away because too much waits are made again as others end; nothing is sent twice."""
    server.queue = 4
    requests = [make_request(number) for number in range(12)]
    replies = ask(server, tmp_path, requests, batch_requests="3")
    assert 12 == len([reply for reply in replies.values() if reply.fault is None])
    assert {1} == set(server.executed.values())
    assert 4 == len(server.uploads)


def test_a_queue_that_stays_full(server: BatchServer, tmp_path: Path) -> None:
    """Where not even one batch is let in, the run ends with the provider's words and what to type."""
    server.queue = 2
    with pytest.raises(EngineError, match="Enqueued token limit") as caught:
        ask(server, tmp_path, [make_request(number) for number in range(9)], batch_requests="3")
    assert "batch_requests" in caught.value.hint
    server.queue = 3
    assert 9 == len(ask(server, tmp_path, [make_request(number) for number in range(9)], batch_requests="3"))


TROUBLES = [
    ("POST /v1/files", 503, {}),
    ("POST /v1/files", 0, {}),
    ("POST /v1/batches", 503, {}),
    ("POST /v1/batches", 429, {"Retry-After": "0"}),
    ("GET /v1/batches/", 500, {}),
    ("GET /v1/batches/", 0, {}),
    ("GET /v1/files/", 502, {}),
    ("GET /v1/files/", 0, {}),
    ("DELETE /v1/files/", 500, {}),
]


@pytest.mark.parametrize("trouble", TROUBLES, ids=lambda trouble: f"{trouble[0]} {trouble[1]}")
def test_what_passes(server: BatchServer, tmp_path: Path, trouble: tuple[str, int, dict[str, str]]) -> None:
    """Errors that pass are waited out at every step."""
    server.troubles = [trouble] * 2
    requests = [make_request(number) for number in range(3)]
    assert {None} == {reply.fault for reply in ask(server, tmp_path, requests).values()}
    assert (1, {1}) == (len(server.batches), set(server.executed.values()))


def test_a_creation_whose_answer_is_lost(server: BatchServer, tmp_path: Path) -> None:
    """A batch that was made without our hearing of it is found by its tag, pages down the list, and not made again."""
    for number in range(5):
        ask(server, tmp_path / str(number), [make_request(100 + number)])
    server.troubles = [("POST /v1/batches", 0, {})]
    assert 3 == len(ask(server, tmp_path, [make_request(number) for number in range(3)]))
    assert (6, {1}) == (len(server.batches), set(server.executed.values()))


def test_retry_after(server: BatchServer, tmp_path: Path) -> None:
    """A server that asks to wait is not asked again sooner."""
    server.troubles = [("GET /v1/batches/", 429, {"Retry-After": "0.6"})]
    ask(server, tmp_path, [make_request(1)])
    polls = [at for at, asked in zip(server.times, server.asked, strict=True) if asked.startswith("GET /v1/batches/")]
    assert polls[1] - polls[0] >= 0.6


def test_pauses_grow(server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The server is asked ever less often how a batch stands, yet once a minute."""
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    server.polls = 15
    ask(server, tmp_path, [make_request(1)], poll_seconds="2")
    assert (14, 2.0, 3.0, 60.0) == (len(pauses), pauses[0], pauses[1], pauses[-1])
    assert pauses == sorted(pauses)


@pytest.mark.parametrize(
    ("path", "status", "hint"),
    [("POST /v1/files", 401, "check the key"), ("POST /v1/files", 404, "leave out --batch")],
)
def test_what_does_not_pass(server: BatchServer, tmp_path: Path, path: str, status: int, hint: str) -> None:
    """A refused key or a server without batches ends the run at once, with what to type."""
    server.troubles = [(path, status, {})]
    with pytest.raises(EngineError, match=str(status)) as caught:
        ask(server, tmp_path, [make_request(1)])
    assert hint in caught.value.hint
    assert 1 == len(server.asked)
    assert {None} == {reply.fault for reply in ask(server, tmp_path, [make_request(1)]).values()}


def test_an_earlier_start_is_gone_on_with(server: BatchServer, tmp_path: Path) -> None:
    """Left before the batch is over, the next start collects it, and sends only what is in no batch."""
    server.polls = 1_000
    server.answer = say_number
    first = opened(server, tmp_path)
    begun = first.ask([make_request(number) for number in range(3)])
    server.polls = 2
    next(begun)  # one reply is kept; then somebody leaves
    begun.close()
    requests = [make_request(number) for number in range(1, 5)]
    replies = ask(server, tmp_path, requests)
    assert ["reply 1", "reply 2", "reply 3", "reply 4"] == [replies[key].text for key in keys(requests)]
    assert [3, 2] == [requests for requests, _ in server.uploads]
    assert {1} == set(server.executed.values())


def test_what_is_paid_comes_though_only_some_of_it_is_asked_for(server: BatchServer, tmp_path: Path) -> None:
    """A batch of an earlier start brings all of its replies once, read by their own labels, and is then done with."""
    server.answer = lambda body: completion("B" if question_number(body) else "lung")
    requests = [make_request(number, channel="choice") for number in range(5)]
    server.polls = 3
    left = opened(server, tmp_path)
    assert [] == list(left._submit(requests, {}, {}))
    left.close()
    engine = opened(server, tmp_path)
    assert frozenset(keys(requests)) == engine.under_way()
    replies = {reply.key: reply for reply in engine.ask(requests[3:4])}
    assert ["", "B", "B", "B", "B"] == [replies[key].text for key in keys(requests)]
    assert ["rejected", None, None, None, None] == fault_kinds(replies, requests)
    assert (frozenset(), []) == (engine.under_way(), list(engine.ask([])))
    engine.close()
    assert (1, {1}) == (len(server.batches), set(server.executed.values()))
    assert ["journal.jsonl"] == [path.name for path in (tmp_path / "batches").iterdir()]


def test_a_batch_is_done_with_before_the_next_one_ends(server: BatchServer, tmp_path: Path) -> None:
    """Left between two batches, only the second is under way: the first one's replies are kept."""
    requests = [make_request(number) for number in range(4)]
    engine = opened(server, tmp_path, batch_requests="2")
    replies = engine.ask(requests)
    first = {next(replies).key for _ in range(3)}
    assert 3 == len(first)
    replies.close()
    engine.close()
    assert frozenset(keys(requests[2:])) == opened(server, tmp_path).under_way()


def test_a_torn_journal(server: BatchServer, tmp_path: Path) -> None:
    """A last line that a kill cut short is passed over; the batch that it would have named is found by its tag."""
    requests = [make_request(number) for number in range(3)]
    left = opened(server, tmp_path)
    begun = left.ask(requests)
    next(begun)
    begun.close()
    path = tmp_path / "batches" / "journal.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    assert set(keys(requests)) == set(ask(server, tmp_path, requests))
    assert (1, {1}) == (len(server.batches), set(server.executed.values()))


def test_two_models_in_one_run(server: BatchServer, tmp_path: Path) -> None:
    """Models share the folder; neither waits for the other's batches."""
    left = opened(server, tmp_path)
    begun = left.ask([make_request(1)])
    next(begun)
    begun.close()
    other = opened(server, tmp_path)
    other.identity = type(other.identity)("openai:other", "", "")
    assert 1 == len(list(other.ask([make_request(2)])))
    other.close()
    assert {make_request(1).key} == set(ask(server, tmp_path, [make_request(1)]))
    assert {1} == set(server.executed.values())


def test_choices_are_read_as_live(server: BatchServer, tmp_path: Path) -> None:
    """A reply that is no label is a fault, as it is without batches: the labels outlive the request."""
    server.answer = lambda body: completion("AB"[question_number(body) % 2] if question_number(body) < 2 else "lung")
    requests = [make_request(number, channel="choice") for number in range(3)]
    replies = ask(server, tmp_path, requests)
    assert ["A", "B", ""] == [replies[key].text for key in keys(requests)]
    assert "rejected" == getattr(replies[requests[2].key].fault, "kind", None)


def test_same_identity_and_body_as_live(server: BatchServer, tmp_path: Path) -> None:
    """A run may be begun with batches and finished without: the model's identity and every body are the live ones."""
    from vqa_eval.engines.openai import open_model

    card = ModelCard("fake", "Fake", notes=("a note",), max_side=64, max_pictures=2)
    ref = ModelRef("openai:fake", "openai", "fake", card, (server.url,))
    live = open_model(ref, EngineSettings(tmp_path))
    batches = opened(server, tmp_path, card)
    requests = [make_request(number, system="Be brief.", pictures=number) for number in range(3)]
    bodies: list[dict[str, Any]] = []
    server.answer = lambda body: bodies.append(body) or completion("A")
    try:
        assert live.identity == batches.identity
        assert (live.max_side, live.max_pictures, live.channels) == (64, 2, batches.channels)
        said = sorted(live.ask(requests), key=lambda reply: reply.key)
        asked_live, bodies = sorted(bodies, key=question_number), []
        server.answer = lambda body: bodies.append(body) or completion("A")
        batched = sorted(batches.ask(requests), key=lambda reply: reply.key)
        assert asked_live == sorted(bodies, key=question_number)
        assert [(r.key, r.text, r.finish) for r in said] == [(r.key, r.text, r.finish) for r in batched]
        assert ({False}, {True}) == ({r.batched for r in said}, {r.batched for r in batched})  # charged less
    finally:
        live.close()
        batches.close()


REFUSED = [
    (ModelRef("m", "transformers", "m", ModelCard("m", "M")), {}, "no batch API"),
    (ModelRef("m", "openai", "m", ModelCard("m", "M"), ("http://localhost:1/v1", "http://localhost:2/v1")), {}, "one"),
    (ModelRef("m", "openai", "m", ModelCard("m", "M"), ("http://localhost:1/v1",)), {"polls": "2"}, "polls"),
    (ModelRef("m", "openai", "m", ModelCard("m", "M"), ("http://localhost:1/v1",)), {"batch_requests": "x"}, "'x'"),
    (ModelRef("m", "openai", "m", ModelCard("m", "M"), ("http://localhost:1/v1",)), {"poll_seconds": "0"}, "above 0"),
    (ModelRef("m", "openai", "m", ModelCard("m", "M")), {}, "OPENAI_API_KEY is not set"),
]


@pytest.mark.parametrize(("ref", "options", "said"), REFUSED, ids=lambda value: str(value)[:20])
def test_what_cannot_be_asked_in_batches(tmp_path: Path, ref: ModelRef, options: dict[str, str], said: str) -> None:
    """A model without a batch API, several servers, a setting that is none: said before anything is asked."""
    from vqa_eval.engines import open_engine

    with pytest.raises(EngineError, match=said) as caught:
        open_engine(ref, EngineSettings(tmp_path, folder=tmp_path, batch=True, options=options))
    assert caught.value.hint


def test_key_in_a_header_of_its_own(server: BatchServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key goes where the provider wants it, and nowhere else: neither into the folder nor into an error."""
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    card = ModelCard("fake", "Fake", dialect=Dialect(key_header="api-key"))
    for engine in (opened(server, tmp_path, card), opened(server, tmp_path)):
        assert 1 == len(list(engine.ask([make_request(1)])))
        engine.close()
    assert [("", "sk-secret")] * 6 + [("Bearer sk-secret", "")] * 6 == server.keys
    assert "secret" not in (tmp_path / "batches" / "journal.jsonl").read_text()
    server.troubles = [("POST /v1/files", 401, {})]
    server.says = "no such key: sk-secret"
    with pytest.raises(EngineError, match=r"no such key: \[key\]"):
        ask(server, tmp_path, [make_request(2)])


def test_limits_are_the_providers() -> None:
    """A file holds what OpenAI's documentation allows: 50,000 requests and 200 MB."""
    assert (50_000, 200_000_000) == (Limits().requests, Limits().bytes)


def test_a_web_page_in_the_place_of_an_answer(server: BatchServer, tmp_path: Path) -> None:
    """An address that answers everything with a page is no batch API; that is said, and nothing is counted as asked."""
    server.page = True
    with pytest.raises(EngineError, match="neither a file nor a batch"):
        ask(server, tmp_path, [make_request(1)])
