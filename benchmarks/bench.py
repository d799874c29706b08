"""One sitting of the benchmark: a server, two contenders, what they are asked, and what their runs cost."""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from benchmarks.contenders import TABLES, Bare, Contender, Kind, Load, Outcome, VqaEval
from benchmarks.hosting import Hosted
from benchmarks.measure import Measured, measure
from benchmarks.report import Bar, Line
from benchmarks.server import Counts, Settings
from benchmarks.workload import write_catalog, write_pictures, write_texts


@dataclass(frozen=True)
class Sizes:
    """How much is asked, and how fast the model is."""

    texts: int = 5000
    pictures: int = 2000
    more_pictures: int = 20_000
    stored: int = 100_000
    """Replies that are scored again."""
    few: int = 1000
    """Texts where requests are counted rather than seconds."""
    latency: float = 0.2


QUICK = Sizes(texts=200, pictures=60, more_pictures=200, stored=500, few=200, latency=0.02)


@dataclass(frozen=True)
class Go:
    """One run of a contender, and what the server counted meanwhile."""

    measured: Measured
    counts: Counts
    outcome: Outcome | None
    """None where the run was killed."""

    @property
    def wall(self) -> float:
        """Seconds from the start of the process to its end."""
        return self.measured.wall

    @property
    def peak(self) -> float:
        """Mebibytes."""
        return self.measured.peak / 2**20

    @property
    def first_request(self) -> float:
        """Seconds from the start of the process to its first request; NaN where none came."""
        first = self.counts.first_request
        return float("nan") if first is None else first - self.measured.began

    @property
    def others(self) -> float:
        """Cores that programs other than the contender and the server took."""
        return (self.measured.busy - self.measured.cpu - self.counts.cpu_seconds) / self.measured.wall

    @property
    def said(self) -> Outcome:
        """What the contender says came out; of a run that was not killed."""
        assert self.outcome is not None
        return self.outcome

    @property
    def hopeless(self) -> list[int]:
        """The questions that came and were never answered."""
        return [number for number in self.counts.attempts if number not in self.counts.answered]

    @property
    def beyond_need(self) -> int:
        """Requests beyond one for each question and one for each fault."""
        return self.counts.requests - len(self.counts.attempts) - self.counts.faults.total()


@dataclass
class Bench:
    """A fake server, two contenders, and a folder for what they read and write."""

    sizes: Sizes
    folder: Path
    server: Hosted
    rounds: int = 1
    goes: list[tuple[str, str, Go]] = field(default_factory=list)
    """Every run so far: part, contender, and what it cost."""
    _tables: dict[Kind, int] = field(default_factory=dict)
    """Questions in the tables that lie ready."""

    def __post_init__(self) -> None:
        self.bare = Bare()
        self.ours = VqaEval(self.folder / "home", write_catalog(self.folder / "catalog"))
        self.log = self.folder / "errors.log"

    def ready(self, kind: Kind, count: int) -> None:
        """Write a table and add it to vqa-eval's home; nothing is done where it lies ready."""
        if self._tables.get(kind) == count:
            return
        say(f"making {count:,} questions with {kind}")
        (write_texts if kind == "text" else write_pictures)(self.folder, count)
        done = measure(self.ours.add(self._load(kind)), self.ours.environment(), self.log)
        if done.exit_code:
            raise self.broken(f"vqa-eval could not add {TABLES[kind]}")
        self._tables[kind] = count

    def warm(self) -> None:
        """Run both once, so that bytecode is there and files are in memory before anything is measured."""
        self.ready("text", QUICK.texts)
        for contender in (self.bare, self.ours):
            self.go("warming up", contender, "text", Settings(latency=0.0))

    def go(
        self,
        part: str,
        contender: Contender,
        kind: Kind,
        settings: Settings,
        *,
        attempts: int = 8,
        out: Path | None = None,
        kill_when: Callable[[], bool] | None = None,
    ) -> Go:
        """Run a contender against a server that behaves so; into `out`, or a folder that is new."""
        say(f"{part}: {contender.name}")
        out = out or self.folder / f"run-{len(self.goes)}"
        self.server.behave(settings)
        command = contender.ask(self._load(kind, settings.slots, attempts), out)
        measured = measure(command, contender.environment(), self.log, kill_when=kill_when)
        try:
            outcome = None if measured.killed else contender.outcome(out, measured.said)
        except (OSError, ValueError) as error:
            raise self.broken(f"{contender.name} ended with {measured.exit_code} and without a result") from error
        done = Go(measured, self.server.counts(), outcome)
        self.goes.append((part, contender.name, done))
        return done

    def both(self, part: str, kind: Kind, settings: Settings, *, attempts: int = 8) -> "Pair":
        """Run both in turn, `rounds` times, so that a noisy spell meets both."""
        pair = Pair([], [])
        for _ in range(self.rounds):
            pair.bare.append(self.go(part, self.bare, kind, settings, attempts=attempts))
            pair.ours.append(self.go(part, self.ours, kind, settings, attempts=attempts))
        return pair

    def line(self, part: str, measure: str, of: Mapping[str, float], bar: Bar | None = None) -> Line:
        """Return figures by contender as a line."""
        return Line(part, measure, of[self.ours.name], of[self.bare.name], bar)

    def broken(self, what: str) -> RuntimeError:
        """Return the error with the last that the contenders said of theirs."""
        return RuntimeError(f"{what}: {self.log.read_text(errors='replace')[-2000:]}")

    def _load(self, kind: Kind, in_flight: int = 64, attempts: int = 8) -> Load:
        return Load(kind, self.folder, self.server.url, in_flight or 64, attempts)


@dataclass(frozen=True)
class Pair:
    """The runs of both contenders on the same questions."""

    ours: list[Go]
    bare: list[Go]

    def line(self, part: str, measure: str, of: Callable[[Go], float], bar: Bar | None = None) -> Line:
        """Return the medians as a line; where a run misses an exact bar, the line shows that run."""
        values = [of(go) for go in self.ours]
        missed = [value for value in values if bar and bar.exact and not bar.holds(value)]
        return Line(part, measure, missed[0] if missed else median(values), median(map(of, self.bare)), bar)


def say(what: str) -> None:
    """Tell how far the benchmark is."""
    sys.stderr.write(f"{what}\n")
