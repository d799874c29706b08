"""Who is measured: vqa-eval and the bare client, each as the command that somebody would type."""

import json
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from benchmarks.measure import clean_environment

Kind = Literal["text", "pictures"]

TABLES: dict[Kind, str] = {"text": "text.jsonl", "pictures": "pictures.tsv"}


@dataclass(frozen=True)
class Load:
    """What is asked of a contender."""

    kind: Kind
    folder: Path
    """Where the tables lie."""
    url: str
    in_flight: int
    attempts: int = 8


@dataclass(frozen=True)
class Outcome:
    """What a contender says came out."""

    scored: int
    right: int
    faults: int
    """Questions without an answer."""


class Contender(Protocol):
    """A client under measurement."""

    name: str

    def environment(self) -> Mapping[str, str]:
        """Return the environment that it runs in."""
        ...

    def ask(self, load: Load, out: Path) -> list[str]:
        """Return the command that asks everything; again it goes on where it stopped."""
        ...

    def rescore(self, out: Path) -> list[str]:
        """Return the command that scores what was stored again."""
        ...

    def outcome(self, out: Path, said: str) -> Outcome:
        """Return what came out, from what it wrote and said."""
        ...


class Bare:
    """benchmarks/bare.py."""

    name = "bare"

    def environment(self) -> Mapping[str, str]:
        """Return the clean environment."""
        return clean_environment()

    def ask(self, load: Load, out: Path) -> list[str]:
        """Return its command."""
        table = load.folder / TABLES[load.kind]
        return [
            sys.executable, "-m", "benchmarks.bare", "--table", str(table), "--base-url", load.url,
            "--in-flight", str(load.in_flight), "--attempts", str(load.attempts), "--out", f"{out}.jsonl",
        ]  # fmt: skip

    def rescore(self, out: Path) -> list[str]:
        """Return its command."""
        return [sys.executable, "-m", "benchmarks.bare", "--rescore", f"{out}.jsonl"]

    def outcome(self, out: Path, said: str) -> Outcome:
        """Read what it printed."""
        return Outcome(**json.loads(said))


class VqaEval:
    """The program of this checkout, its data added before."""

    name = "vqa-eval"

    def __init__(self, home: Path, catalog: Path) -> None:
        self._home = home
        self._catalog = catalog

    def environment(self) -> Mapping[str, str]:
        """Return the clean environment with a home of its own."""
        return clean_environment(VQA_EVAL_HOME=str(self._home))

    def add(self, load: Load) -> list[str]:
        """Return the command that prepares a table."""
        return self._typed("data", "add", f"bench-{load.kind}", str(load.folder / TABLES[load.kind]))

    def ask(self, load: Load, out: Path) -> list[str]:
        """Return the command that asks, scores and prints the board."""
        return self._typed(
            "--model", "openai:fake", "--base-url", load.url, "--tree", f"benchmark/bench-{load.kind}",
            "--sampling", "max_tokens=16", "--concurrency", str(load.in_flight), "--attempts", str(load.attempts),
            "--out", str(out),
        )  # fmt: skip

    def rescore(self, out: Path) -> list[str]:
        """Return the command that marks the run again and prints the board."""
        return self._typed("score", str(out))

    def outcome(self, out: Path, said: str) -> Outcome:
        """Read the board."""
        whole = json.loads((out / "board.json").read_text(encoding="utf-8"))["cells"][0]
        scored = whole["n"] - whole["missing"]
        return Outcome(scored, round(whole["value"] * scored), whole["missing"])

    def _typed(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "vqa_eval", *words, "--catalog", str(self._catalog)]
