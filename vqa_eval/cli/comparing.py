"""The command that holds rows of runs against each other."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from vqa_eval.boards import Line, Table, percent
from vqa_eval.boards.comparison import Comparison, Difference
from vqa_eval.boards.documents import csv_text, markdown_table
from vqa_eval.boards.lines import ABSENT, KINDS
from vqa_eval.boards.terms import term
from vqa_eval.catalog import Catalog
from vqa_eval.cli.screen import out
from vqa_eval.cli.showing import show_lines
from vqa_eval.errors import CatalogError
from vqa_eval.pipeline.compare import Compared, compare
from vqa_eval.records import Interval

FORMS = ("screen", "md", "csv", "json")
ALPHA = 0.05
"""Where an adjusted p stands out in the map of nodes."""


def compare_runs(folders: Sequence[Path], axes: Sequence[str], against: str, form: str, catalog: Catalog) -> int:
    """Print ranks, paired differences and a map of nodes of the rows of some runs."""
    known = [axis.id for axis in catalog.axes]
    unknown = [axis for axis in axes if axis not in known]
    if unknown:
        raise CatalogError(f"no axis {unknown[0]!r}", f"axes: {', '.join(known)}")
    if form not in FORMS:
        raise CatalogError(f"--format {form!r}", f"forms: {', '.join(FORMS)}")
    found = compare(folders, axes or catalog.boards["default"].axes, against)
    tables = [table for comparison in found.comparisons for table in _tables(comparison)]
    if form == "csv":
        out.print(_csv(found), end="", soft_wrap=True, markup=False)
    elif form == "json":
        out.print(json.dumps(_document(found), ensure_ascii=False, indent=1), soft_wrap=True, markup=False)
    elif form == "md":
        lines = [line for table in tables for line in (*markdown_table(table), "")]
        notes = [f"- {note}" for note in found.notes]
        signed = [f"- {name}: `{signature}`" for name, signature in found.signatures.items()]
        out.print("\n".join([*lines, *notes, *signed]), soft_wrap=True, markup=False)
    else:
        for table in tables:
            show_lines(table)
        out.print()
        for note in found.notes:
            out.print(f"! {note}", style="yellow", soft_wrap=True, markup=False)
        for name, signature in found.signatures.items():
            out.print(f"{name}: {signature}", style="dim", soft_wrap=True, markup=False)
    return 0


def _tables(comparison: Comparison) -> list[Table]:
    metric = term(comparison.metric)
    size = f"{comparison.n:,} samples in {comparison.clusters:,} clusters that every row has a score on"
    left = f", {comparison.left_out:,} left out" if comparison.left_out else ""
    of = f" of {comparison.benchmark}" if comparison.benchmark else ""
    about = f"{KINDS[comparison.kind]}{of}, {metric}: {size}{left}"
    ranks = sorted(zip(comparison.names, comparison.ranking.ranks, strict=True), key=lambda entry: entry[1].rank)
    table = Table(
        about,
        ("rank", "model · prompt", metric, "first in"),
        (True, False, True, True),
        tuple(Line((rank.shown, name, percent(rank.mean), percent(rank.first))) for name, rank in ranks),
    )
    differing = [one for one in comparison.nodes if _differs(one)]
    tested = sum(one.p is not None for one in comparison.nodes)
    title = f"nodes that differ: {len(differing):,} of {tested:,} tests (Benjamini-Hochberg, {ALPHA:.0%} false finds)"
    return [
        table,
        _pairs(comparison, comparison.whole, "paired differences, p by Holm over the pairs"),
        *([_pairs(comparison, differing, title)] if differing else []),
    ]


def _differs(one: Difference) -> bool:
    return one.adjusted is not None and one.adjusted < ALPHA


def _pairs(comparison: Comparison, differences: Sequence[Difference], title: str) -> Table:
    below = any(one.node for one in comparison.nodes) and title.startswith("nodes")
    head = ("node",) if below else ()
    columns = (
        *head,
        "pair",
        "n (clusters)",
        "difference",
        "95 % interval",
        "won : lost",
        "p",
        "adjusted p",
        "shows from",
    )
    lines = []
    for one in differences:
        first, second = (comparison.names[at] for at in one.pair)
        paired = one.paired
        node = ("/".join(one.node),) if below else ()
        numbers = (
            f"{paired.n:,} ({paired.clusters:,})",
            f"{100 * paired.difference:+.1f}",
            _between(paired.interval),
            f"{paired.wins:,} : {paired.losses:,}",
            _p(one.p),
            _p(one.adjusted),
            ABSENT if paired.detectable is None else f"{100 * paired.detectable:.1f}",
        )
        lines.append(Line((*node, f"{first} − {second}", *numbers)))
    return Table(title, columns, (False,) * (len(head) + 1) + (True,) * 7, tuple(lines))


def _between(interval: Interval | None) -> str:
    return f"{100 * interval.low:+.1f} to {100 * interval.high:+.1f}" if interval else ABSENT


def _p(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.3g}"


FIELDS = (
    "kind",
    "benchmark",
    "metric",
    "axis",
    "node",
    "first",
    "second",
    "n",
    "clusters",
    "difference",
    "low",
    "high",
    "won",
    "lost",
    "p",
    "adjusted_p",
    "mcnemar_exact",
    "mcnemar_mid",
    "shows_from",
)


def _csv(found: Compared) -> str:
    return csv_text(FIELDS, (record for one in found.comparisons for record in _records(one)))


def _records(comparison: Comparison) -> list[dict[str, Any]]:
    return [
        {
            "kind": comparison.kind,
            "benchmark": comparison.benchmark,
            "metric": comparison.metric,
            "axis": one.node[0] if one.node else "",
            "node": "/".join(name.replace("/", "∕") for name in one.node[1:]),
            "first": comparison.names[one.pair[0]],
            "second": comparison.names[one.pair[1]],
            "n": one.paired.n,
            "clusters": one.paired.clusters,
            "difference": one.paired.difference,
            "low": one.paired.interval.low if one.paired.interval else None,
            "high": one.paired.interval.high if one.paired.interval else None,
            "won": one.paired.wins,
            "lost": one.paired.losses,
            "p": one.p,
            "adjusted_p": one.adjusted,
            "mcnemar_exact": one.mcnemar.exact if one.mcnemar else None,
            "mcnemar_mid": one.mcnemar.mid if one.mcnemar else None,
            "shows_from": one.paired.detectable,
        }
        for one in (*comparison.whole, *comparison.nodes)
    ]


def _document(found: Compared) -> dict[str, Any]:
    return {
        "notes": list(found.notes),
        "signatures": found.signatures,
        "comparisons": [
            {
                "kind": one.kind,
                "benchmark": one.benchmark,
                "metric": one.metric,
                "n": one.n,
                "left_out": one.left_out,
                "clusters": one.clusters,
                "tau": one.ranking.tau,
                "ranks": {name: asdict(rank) for name, rank in zip(one.names, one.ranking.ranks, strict=True)},
                "differences": _records(one),
            }
            for one in found.comparisons
        ],
    }
