"""The driver: `python -m benchmarks` prints one table of vqa-eval beside the bare client.

Nothing is read from outside and nothing is left behind: questions and pictures are made in a temporary folder, the
server is a process of this machine. Seconds depend on the machine; the ratios are what is compared.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path

from benchmarks.bench import QUICK, Bench, Sizes
from benchmarks.hosting import Hosted
from benchmarks.parts import PARTS, USUAL
from benchmarks.report import Line, to_markdown

NOISY = 0.2
"""Cores taken by other programs from which on walls say little."""


def main(words: list[str] | None = None) -> int:
    """Measure and print; return 0, or 1 with --strict where a bar is missed."""
    reading = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    reading.add_argument("--parts", default=",".join(USUAL), help=f"by comma, of: {', '.join(PARTS)}")
    reading.add_argument("--memory", action="store_true", help="the part `memory` too: minutes, and 6 GB of disk")
    reading.add_argument("--rounds", type=int, default=1, help="runs of each contender, in turn; medians are shown")
    reading.add_argument("--quick", action="store_true", help="small numbers: does it work, not how fast it is")
    reading.add_argument("--strict", action="store_true", help="exit code 1 where a bar is missed")
    reading.add_argument("--json", type=Path, help="file for the table, every single run, and the machine")
    reading.add_argument("--folder", type=Path, help="folder for what is made, which is kept; else a temporary one")
    given = reading.parse_args(words)
    names = [*filter(None, given.parts.split(",")), *(["memory"] if given.memory else [])]
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        reading.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    with tempfile.TemporaryDirectory(prefix="vqa-eval-bench-") as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        with Hosted(folder) as server:
            bench = Bench(QUICK if given.quick else Sizes(), folder.resolve(), server, given.rounds)
            bench.warm()
            lines = [line for name in dict.fromkeys(names) for line in PARTS[name](bench)]
    sys.stdout.write(f"{to_markdown(lines)}\n{remarks(bench, given.quick)}\n")
    if given.json:
        given.json.write_text(document(bench, lines), encoding="utf-8")
    return int(given.strict and any(line.verdict == "over" for line in lines))


def remarks(bench: Bench, quick: bool) -> str:
    """Return what a reader must know beside the table."""
    others = max(go.others for _, _, go in bench.goes)
    said = [f"{os.cpu_count()} cores, Python {platform.python_version()}, medians of {bench.rounds}."]
    if quick:
        said.append("Small numbers: starting takes most of the time, so only the exact bars (=, ≠) say anything.")
    if others > NOISY:
        said.append(f"Other programs took up to {others:.1f} cores: no walls and shares of a quiet machine.")
    return " ".join(said)


def document(bench: Bench, lines: list[Line]) -> str:
    """Return everything as JSON."""
    table = [
        {**asdict(line), "bar": str(line.bar or ""), "ratio": line.ratio, "verdict": line.verdict} for line in lines
    ]
    goes = []
    for part, contender, go in bench.goes:
        counts = dict(vars(go.counts))
        del counts["attempts"], counts["answered"]  # one entry for each question
        cost = {name: value for name, value in asdict(go.measured).items() if name not in {"said", "began"}}
        goes.append({
            "part": part, "contender": contender, **cost, "first_request": go.first_request, "others": go.others,
            "server": counts, "outcome": go.outcome and asdict(go.outcome),
        })  # fmt: skip
    machine = {"cores": os.cpu_count(), "python": platform.python_version(), "system": platform.platform()}
    sizes = asdict(bench.sizes)
    return json.dumps({"machine": machine, "sizes": sizes, "lines": table, "runs": goes}, ensure_ascii=False, indent=1)


if __name__ == "__main__":
    sys.exit(main())
