"""Copies of a model on a cluster of three nodes on one machine: what dies, joins and refuses changes no table."""

import itertools
import os
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.engines import test_engine_conformance as conformance
from tests.engines.standins import make_request
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines import Engine, EngineSettings, ModelRef, open_engine, parse_model
from vqa_eval.engines.replicas import open_replicas
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.records import ModelCard, Reply, Request
from vqa_eval.samples import Library, home

ray = pytest.importorskip("ray")

from vqa_eval.engines.replicas.cluster import Cluster, Needs  # noqa: E402
from vqa_eval.engines.replicas.driver import Replicas  # noqa: E402

# A replica is a process that imports a good deal.
pytestmark = pytest.mark.engine

# What every engine keeps, for replicas: the tests of there with the fixture of here.
globals().update({name: value for name, value in vars(conformance).items() if name.startswith("test_")})


def say(request: Request) -> str | Reply:
    """Answer in every channel; the text depends on the question."""
    if request.channel == "logprobs":
        return Reply(request.key, logprobs=(-0.1, -3.0, None, -4.0))
    return "B" if request.channel == "choice" else f"({'ABC'[sum(request.prompt.text.encode()) % 3]})"


def scripted(folder: Path, pause: float = 0.0, poison: str = "") -> ScriptedEngine:
    """Return an engine that leaves its process id in the folder, as NODE-PID, and may die of one sample."""

    def say_late(request: Request) -> str | Reply:
        if request.sample == poison:
            os._exit(1)
        time.sleep(pause)
        return say(request)

    engine = ScriptedEngine(say_late)
    engine.ahead = 4  # type: ignore[attr-defined]
    (folder / f"{ray.get_runtime_context().get_node_id()}-{os.getpid()}").touch()
    return engine


class Machines:
    """A head and two nodes with room for one replica each, as processes of this machine."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster as Simulated

        self.simulated = Simulated(initialize_head=True, head_node_args={"num_cpus": 1})
        self.nodes = [self.simulated.add_node(num_cpus=1) for _ in range(2)]

    def replicas(self, opener: Callable[[], Engine], count: int, **more: Any) -> Replicas:
        """Open replicas there."""
        return Replicas(opener, Cluster(self.simulated.address), count, more.pop("needs", Needs()), **more)

    def remove(self) -> str:
        """Let a node go away as in a power cut; return its id."""
        node = self.nodes.pop()
        self.simulated.remove_node(node, allow_graceful=False)
        return str(node.node_id)

    def add(self, **has: int) -> str:
        """Let a node join; return its id."""
        self.nodes.append(self.simulated.add_node(**{"num_cpus": 1, **has}))
        return str(self.nodes[-1].node_id)


@pytest.fixture(scope="module", autouse=True)
def token() -> Iterator[None]:
    """Give Ray a token for its clusters, which it would else leave in the home of whoever tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_AUTH_TOKEN", "of these tests")
        yield


@pytest.fixture(scope="module")
def machines() -> Iterator[Machines]:
    """Return the cluster, whose sockets need a short path."""
    # Replicas are not given these tests to import.
    ray.cloudpickle.register_pickle_by_value(sys.modules[__name__])
    folder = Path(tempfile.mkdtemp(prefix="ray-", dir="/tmp"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("RAY_TMPDIR", str(folder))
        patched.setenv("RAY_USAGE_STATS_ENABLED", "0")
        (folder / "ray").mkdir()
        cluster = Machines()
        yield cluster
        cluster.simulated.shutdown()
    shutil.rmtree(folder, ignore_errors=True)


Opening = Callable[[], AbstractContextManager[Engine]]


@pytest.fixture(scope="module")
def shared(machines: Machines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replicas]:
    """Return two replicas that all tests of what every engine keeps ask; the last of them closes it."""
    engine = machines.replicas(partial(scripted, tmp_path_factory.mktemp("pids")), 2)
    yield engine
    engine.close()


@pytest.fixture
def opening(shared: Replicas) -> tuple[str, Opening]:
    """Return a name and how the engine is opened, once for all."""

    @contextmanager
    def opened() -> Iterator[Engine]:
        yield shared

    return "replicas", opened


@pytest.fixture
def pids(tmp_path: Path) -> Path:
    """Return the folder in which replicas leave their process ids."""
    folder = tmp_path / "pids"
    folder.mkdir()
    return folder


@pytest.fixture
def catalog(letters: Path) -> Catalog:
    """Return the catalogue with `letters` at hand, 400 questions of 80 patients."""
    rows = "".join(
        f"{n},Which organ is number {n}?,Liver,Spleen,Lung,{'ABC'[n % 3]},CT,Organ Recognition,p{n % 80}\n"
        for n in range(400)
    )
    table = letters / "tasks" / "letters.csv"
    table.write_text(table.read_text(encoding="utf-8").splitlines(keepends=True)[0] + rows, encoding="utf-8")
    catalog = Catalog([letters])
    Library(home()).add(catalog.tasks["letters"], table)
    return catalog


class Disturbing(Silence):
    """Kills a replica after 100 replies and removes a node after 200; counts what is said to each."""

    def __init__(self, machines: Machines, pids: Path) -> None:
        self.keys: list[str] = []
        self.gone = ""
        self._machines = machines
        self._pids = pids

    def replied(self, reply: Reply) -> None:
        """Do it at the right moment."""
        self.keys.append(reply.key)
        if len(self.keys) == 100:
            victim = next(path for path in self._pids.iterdir() if path.name.startswith(self._head()))
            os.kill(int(victim.name.rpartition("-")[2]), signal.SIGKILL)
        if len(self.keys) == 200:
            self.gone = self._machines.remove()

    def _head(self) -> str:
        return str(self._machines.simulated.head_node.node_id)


def test_a_dead_replica_and_a_lost_node_change_no_table(
    machines: Machines, pids: Path, catalog: Catalog, tmp_path: Path
) -> None:
    """400 questions, one replica killed and one node lost on the way: each answered once, and the same board."""
    from vqa_eval.boards import to_json

    boards = {}
    watcher = Disturbing(machines, pids)
    openers: dict[str, Callable[[], Engine]] = {
        "cluster": lambda: machines.replicas(partial(scripted, pids, 0.02), 3),
        "alone": lambda: ScriptedEngine(say),
    }
    for name, opened in openers.items():
        order = Order(models=("random",), tree=("letters",), out=tmp_path / name)
        prepared = prepare(order, catalog, Library(home()))
        looks_on = watcher if name == "cluster" else Silence()
        store, boards[name] = run(prepared, catalog, looks_on, lambda ref, store, opened=opened: opened())
        assert [] == store.faults(1)
    assert (400, 400) == (len(watcher.keys), len(set(watcher.keys)))
    opened_on = [path.name.partition("-")[0] for path in pids.iterdir()]
    assert watcher.gone in opened_on
    assert 4 <= len(opened_on)  # three, and at least the one in the place of the killed
    assert to_json(boards["alone"]) == to_json(boards["cluster"])


def test_a_node_that_joins_gets_work(machines: Machines, pids: Path) -> None:
    """The work begins with the replicas that find room; the one that did not begins when a node brings room."""
    keys: list[str] = []
    joined = "nobody yet"

    def works_there() -> bool:
        return any(path.name.startswith(joined) for path in pids.iterdir())

    def until_it_works_there() -> Iterator[Request]:
        given_up = time.monotonic() + 120
        for n in itertools.takewhile(lambda _: not works_there() and time.monotonic() < given_up, itertools.count()):
            yield make_request(n, pictures=0)

    with closing(machines.replicas(partial(scripted, pids, 0.05), len(machines.nodes) + 2)) as engine:
        for reply in engine.ask(until_it_works_there()):
            keys.append(reply.key)
            if len(keys) == 20:
                joined = machines.add()
    assert works_there()
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize("count", [1, 2])
def test_a_request_that_kills_is_a_fault(machines: Machines, pids: Path, count: int) -> None:
    """A request that ends three replicas is a fault of its own; every other one is answered, and each end is told."""
    told: list[str] = []
    engine = machines.replicas(partial(scripted, pids, poison="demo/7"), count, notice=told.append)
    replies = {reply.key: reply for reply in engine.ask(make_request(n, pictures=0) for n in range(20))}
    engine.close()
    faults = [reply.fault for reply in replies.values() if reply.fault]
    assert (20, ["engine"]) == (len(replies), [fault.kind for fault in faults])
    assert "3 replicas ended while they were asked this" in faults[0].detail
    assert make_request(7, pictures=0).key == next(key for key, reply in replies.items() if reply.fault)
    ended = [line for line in told if line.startswith("a replica ended")]
    assert 3 == len(ended)
    assert all("ActorDiedError" in line and "class_name" not in line for line in ended)
    assert told[0].endswith(f" of {count} replicas answer")
    assert all(one != other for one, other in itertools.pairwise(told))


def test_a_model_that_cannot_be_opened_ends_the_run(machines: Machines) -> None:
    """What an engine says when it is opened is said here, with the machine, and is not tried again."""

    def refuses() -> Engine:
        raise EngineError("./mine holds no config.json", "name the folder")

    with pytest.raises(EngineError, match=r"^\./mine holds no config\.json \(on .+\)$") as caught:
        machines.replicas(refuses, 2)
    assert "name the folder" == caught.value.hint


def test_replicas_of_two_models_are_refused(machines: Machines, pids: Path) -> None:
    """Where the weights of a node differ, the run ends rather than mixing them."""

    def differs() -> Engine:
        engine = ScriptedEngine(lambda request: "A")
        engine.identity = replace(engine.identity, revision=str(os.getpid()))
        return engine

    def ask_for_ever() -> None:
        with closing(machines.replicas(differs, 2)) as engine:
            for _ in engine.ask(make_request(n, pictures=0) for n in itertools.count()):
                pass

    with pytest.raises(EngineError, match="is not the model of the others: identity"):
        ask_for_ever()


def test_no_room_is_said(machines: Machines) -> None:
    """Where no replica finds room, the error says what each asks for and what there is."""
    count = 1 + len(machines.nodes)
    says = rf"within 1 s: each asks for 1 GPU and 1 CPU on one node, and there is {count} CPU .* on {count} nodes$"
    with pytest.raises(EngineError, match=says):
        machines.replicas(lambda: ScriptedEngine([]), 1, needs=Needs(gpus=1), patience=1)


def test_each_replica_has_gpus_of_its_own(machines: Machines, pids: Path) -> None:
    """Where there are GPUs, a local model gets as many replicas as fit, each with as many as it is cut over.

    Ray hands out numbers of GPUs; none is needed for that.
    """
    machines.add(num_cpus=2, num_gpus=4)
    ref = ModelRef("mine", "transformers", "org/mine", ModelCard("mine", "Mine"))

    def sees(ref: ModelRef, settings: EngineSettings) -> Engine:
        (pids / os.environ["CUDA_VISIBLE_DEVICES"]).touch()
        assert ("", None, {"max_model_len": "512"}) == (settings.ray, settings.replicas, settings.options)
        time.sleep(0.2)
        return ScriptedEngine(say)

    options = {"max_model_len": "512", "ray_wait": "60"}
    settings = EngineSettings(pids, ray=machines.simulated.address, tensor_parallel=2, options=options)
    with closing(open_replicas(ref, settings, sees)) as engine:
        replies = [
            reply for reply, _ in zip(engine.ask(map(make_request, itertools.count())), range(200), strict=False)
        ]
    assert 200 == len({reply.key for reply in replies})
    assert ["0,1", "2,3"] == sorted(path.name for path in pids.iterdir())


@pytest.mark.parametrize("address", ["ray://head:10001", "nonsense", "127.0.0.1:{free}"])
def test_an_address_without_cluster_is_said_at_once(address: str) -> None:
    """An address at which nobody answers is an error within seconds, with what to type."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        with pytest.raises(EngineError) as caught:
            Cluster(address.format(free=free.getsockname()[1]))
    assert "--ray" in caught.value.hint


def test_a_local_model_says_the_same_in_two_replicas(tiny_folder: Path, home: Path) -> None:
    """`--ray local --replicas 2` starts Ray, gives the replies of one engine under its name, and leaves nothing."""
    card = ModelCard("tiny-vlm", "tiny-vlm", build="tiny-vlm", schemes=("transformers",))
    ref = parse_model("tiny-vlm", {"tiny-vlm": card})
    requests = [make_request(n) for n in range(24)]
    said = {}
    before = set(Path("/tmp").glob("vqa-ray-*"))
    for ray_address in ("", "local"):
        copies = 2 if ray_address else None
        engine = open_engine(ref, EngineSettings(home, batch_size=4, device="cpu", ray=ray_address, replicas=copies))
        said[ray_address] = {reply.key: reply.text for reply in engine.ask(requests)}
        identity = engine.identity
        engine.close()
    assert said[""] == said["local"]
    assert 24 == len(said["local"])
    assert ("tiny-vlm", "transformers") == (identity.name, identity.engine.partition(" ")[0])
    assert not ray.is_initialized()
    assert before == set(Path("/tmp").glob("vqa-ray-*"))
