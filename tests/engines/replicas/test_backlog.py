"""Every request leaves the backlog once: answered, or as a fault when it ended replica after replica."""

from tests.engines.standins import Pulling, make_request
from vqa_eval.engines.replicas.backlog import Backlog
from vqa_eval.records import Fault


def backlog(count: int) -> tuple[Backlog, Pulling]:
    """Return a backlog of so many requests, and how many of them were pulled."""
    pulling = Pulling([make_request(n, pictures=0) for n in range(count)])
    return Backlog(pulling), pulling


def test_no_more_is_pulled_than_is_taken() -> None:
    """Requests are pulled when they are handed out, and one to know whether any is left."""
    waiting, pulling = backlog(10)
    assert ["demo/0", "demo/1", "demo/2"] == [job.request.sample for job in waiting.take(3)]
    assert 3 == pulling.pulled
    assert not waiting.empty
    assert 4 == pulling.pulled
    assert ["demo/3", "demo/4"] == [job.request.sample for job in waiting.take(2)]


def test_nothing_is_left_at_the_end() -> None:
    """An empty backlog says so and gives nothing."""
    waiting, _ = backlog(2)
    assert 2 == len(waiting.take(5))
    assert [] == waiting.take(5)
    assert waiting.empty


def test_what_comes_back_goes_first() -> None:
    """Jobs of a replica that died once are handed out before new requests, with others beside them."""
    waiting, _ = backlog(4)
    jobs = waiting.take(2)
    assert [] == list(waiting.bring_back(jobs, "killed"))
    assert not waiting.suspicious
    assert ["demo/0", "demo/1", "demo/2"] == [job.request.sample for job in waiting.take(3)]


def test_who_saw_two_deaths_is_asked_alone() -> None:
    """After the second death a job waits apart, so that the third one shows who was guilty."""
    waiting, _ = backlog(1)
    for _ in range(2):
        assert [] == list(waiting.bring_back(waiting.take(1), "killed"))
    assert waiting.suspicious
    assert [] == waiting.take(1)
    assert not waiting.empty
    assert ["demo/0"] == [job.request.sample for job in waiting.take_suspect()]
    assert waiting.empty


def test_the_third_death_is_a_fault() -> None:
    """A request that ended three replicas is a fault of the engine, under its own key, and never asked again."""
    waiting, _ = backlog(1)
    for _ in range(2):
        list(waiting.bring_back(waiting.take(1), "killed"))
    (reply,) = waiting.bring_back(waiting.take_suspect(), "the node went away")
    said = "3 replicas ended while they were asked this, the last one alone with it: the node went away"
    assert (make_request(0, pictures=0).key, Fault("engine", said)) == (reply.key, reply.fault)
    assert waiting.empty
