"""The parts of the benchmark: each asks both contenders the same and returns lines of the table."""

from collections.abc import Callable
from statistics import median

from benchmarks.bench import Bench, Go, say
from benchmarks.contenders import Kind
from benchmarks.measure import measure
from benchmarks.report import Bar, Line
from benchmarks.server import Settings

ATTEMPTS = 3
"""Requests for one question where some never heal."""
POISONED = 0.005
"""Share of the questions that never heal."""


def speed(kind: Kind, slots: int) -> Callable[[Bench], list[Line]]:
    """Return the part that asks everything once: how near to the model's own speed, and at what cost."""
    part = f"{kind}, {slots} slots"

    def measured(bench: Bench) -> list[Line]:
        sizes = bench.sizes
        count = sizes.texts if kind == "text" else sizes.pictures
        bench.ready(kind, count)
        pair = bench.both(part, kind, Settings(slots=slots, latency=sizes.latency))
        ideal = count * sizes.latency / slots
        slow = Bar("≤", 1.15 if kind == "text" else 1.25, "ratio") if slots <= 64 else None
        share = Bar("≥", 0.7, "ratio") if slots > 64 else None
        cpu = Bar("≤", 1.0 if kind == "text" else 1.5)
        return [
            pair.line(part, "wall, s", lambda go: go.wall, slow),
            pair.line(part, "share of the ideal rate", lambda go: ideal / go.wall, share),
            pair.line(part, "CPU s per 1,000", lambda go: go.measured.cpu / count * 1000, cpu),
            pair.line(part, "peak memory, MiB", lambda go: go.peak, Bar("<", 150)),
            pair.line(part, "first request, s", lambda go: go.first_request, Bar("<", 1)),
            pair.line(part, "answers that are right", lambda go: go.said.right, Bar("=", count)),
        ]

    return measured


def resume(bench: Bench) -> list[Line]:
    """Kill each half way and start it again: what is asked twice, and how soon it goes on."""
    part, settings, count = "resume", Settings(slots=16, latency=bench.sizes.latency), bench.sizes.few
    bench.ready("text", count)

    def half_way() -> bool:
        return bench.server.counts().answers >= count / 2

    twice, lost, began, ended = {}, {}, {}, {}
    for contender in (bench.bare, bench.ours):
        out = bench.folder / f"resumed-{contender.name}"
        first = bench.go(part, contender, "text", settings, out=out, kill_when=half_way)
        if not first.measured.killed:
            raise RuntimeError(f"{contender.name} was done before it could be killed")
        second = bench.go(part, contender, "text", settings, out=out)
        name = contender.name
        twice[name] = float(sum(first.counts.attempts[number] > 0 for number in second.counts.attempts))
        lost[name] = float(sum(first.counts.answered[number] > 0 for number in second.counts.attempts))
        began[name] = second.first_request / first.first_request
        ended[name] = float(second.said.right)

    return [
        bench.line(part, "questions asked twice", twice, Bar("≤", settings.slots)),
        bench.line(part, "answers that were lost", lost, Bar("≤", settings.slots)),
        bench.line(part, "first request, as a multiple of a fresh start's", began),
        bench.line(part, "answers that are right", ended, Bar("=", count)),
    ]


def memory(bench: Bench) -> list[Line]:
    """Ask about few and about many pictures: what memory grows with the benchmark."""
    part = "memory"
    settings = Settings(latency=bench.sizes.latency / 4)  # how long it takes does not matter here
    peaks = []
    for count in (bench.sizes.pictures, bench.sizes.more_pictures):
        bench.ready("pictures", count)
        pair = bench.both(f"{part}, {count:,}", "pictures", settings)
        peaks.append(pair.line(part, f"peak memory at {count:,} pictures, MiB", lambda go: go.peak))
    few, many = peaks
    bare = (many.bare or 0.0) - (few.bare or 0.0)
    return [few, many, Line(part, "growth, MiB", many.ours - few.ours, bare, Bar("<", 60))]


def rescoring(bench: Bench) -> list[Line]:
    """Store many replies, then score them again, board included."""
    part, count = "rescoring", bench.sizes.stored
    bench.ready("text", count)
    rates, cpu, peaks, stored, begun = {}, {}, {}, {}, {}
    for contender in (bench.bare, bench.ours):
        name, out = contender.name, bench.folder / f"stored-{contender.name}"
        storing = bench.go(f"{part}, storing", contender, "text", Settings(latency=0.0), out=out)
        say(f"{part}: {name}")
        done = [measure(contender.rescore(out), contender.environment(), bench.log) for _ in range(bench.rounds)]
        if any(go.exit_code for go in done):
            raise bench.broken(f"{name} could not score again")
        rates[name] = count / median(go.wall for go in done)
        cpu[name] = median(go.cpu for go in done) / count * 1000
        peaks[name] = max(go.peak for go in done) / 2**20
        stored[name], begun[name] = storing.peak, storing.first_request
    return [
        bench.line(part, "replies a second", rates),
        bench.line(part, "CPU s per 1,000", cpu),
        bench.line(part, "peak memory, MiB", peaks),
        bench.line(part, f"first request of {count:,}, s", begun),
        bench.line(part, f"peak memory of asking {count:,}, MiB", stored),
    ]


def poison(bench: Bench) -> list[Line]:
    """Ask where some questions fail at every attempt: they alone are faults, and none is asked too often."""
    part, count = "poison", bench.sizes.few
    bench.ready("text", count)
    pair = bench.both(part, "text", Settings(latency=bench.sizes.latency, poisoned=POISONED), attempts=ATTEMPTS)
    hopeless = len(pair.ours[0].hopeless)
    return [
        pair.line(part, "questions that never heal", lambda go: len(go.hopeless), Bar("≥", 1)),
        pair.line(part, "scored", lambda go: go.said.scored, Bar("=", count - hopeless)),
        pair.line(part, "scored as right", lambda go: go.said.right, Bar("=", count - hopeless)),
        pair.line(part, "counted as faults", lambda go: go.said.faults, Bar("=", hopeless)),
        pair.line(part, "requests for each of them", requests_each, Bar("=", ATTEMPTS)),
        pair.line(part, "exit code", lambda go: go.measured.exit_code, Bar("≠", 0)),
    ]


def requests_each(go: Go) -> float:
    """Return the requests for every question that never healed; NaN where they are not the same for all."""
    seen = {go.counts.attempts[number] for number in go.hopeless}
    return seen.pop() if len(seen) == 1 else float("nan")


def faults(bench: Bench) -> list[Line]:
    """Ask where some attempts fail and heal: 429, 500 and lost connections leave no trace."""
    part, count = "faults", bench.sizes.few
    bench.ready("text", count)
    patience = 5 * bench.sizes.latency
    behaviour = Settings(latency=bench.sizes.latency, limited=0.05, failing=0.02, resetting=0.01, retry_after=patience)
    pair = bench.both(part, "text", behaviour)
    return [
        pair.line(part, "faults met", lambda go: go.counts.faults.total(), Bar("≥", 1)),
        pair.line(part, "answers that are right", lambda go: go.said.right, Bar("=", count)),
        pair.line(part, "requests beyond need", lambda go: go.beyond_need, Bar("=", 0)),
        pair.line(part, "wall, s", lambda go: go.wall),
        pair.line(part, "exit code", lambda go: go.measured.exit_code, Bar("=", 0)),
    ]


PARTS: dict[str, Callable[[Bench], list[Line]]] = {
    "text64": speed("text", 64),
    "text256": speed("text", 256),
    "image64": speed("pictures", 64),
    "image256": speed("pictures", 256),
    "resume": resume,
    "poison": poison,
    "faults": faults,
    "rescoring": rescoring,
    "memory": memory,
}

USUAL = tuple(name for name in PARTS if name != "memory")
"""Without what takes minutes and gigabytes."""
