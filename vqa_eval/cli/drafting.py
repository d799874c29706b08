"""A drafted task file on the screen: what each column means and why, what was not placed, and what to type next."""

import shlex
from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape
from rich.table import Table

from vqa_eval.cli.screen import err, one_line, out
from vqa_eval.pipeline.draft import Draft
from vqa_eval.pipeline.drafting.tables import HUB


def show_draft(draft: Draft) -> None:
    """Print what each column means and why, and in yellow what was not placed."""
    for form in draft.forms:
        table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold cyan")
        if len(draft.forms) > 1:
            out.print(f"[bold]table {escape(form.keys['name'])}[/]")
        for name in ("column", "means", "because"):
            table.add_column(name, overflow="fold")
        for meaning in form.meanings:
            columns = ", ".join(meaning.columns) or "–"
            table.add_row(*(escape(one_line(cell)) for cell in (columns, meaning.says, meaning.why)))
        out.print(table)
        for warning in form.warnings:
            out.print(f"[yellow]![/] {escape(one_line(warning))}")
        out.print()
    for name, reason in draft.unread.items():
        err.print(f"[yellow]! {escape(name)} was left out: {escape(one_line(reason))}[/]")


def show_next(benchmark: str, source: str, folder: Path, written: Sequence[Path]) -> None:
    """Print the files that were written and the commands that go on from there."""
    for path in written:
        out.print(f"wrote {escape(str(path))}", soft_wrap=True)
    mine = f"--catalog {shlex.quote(str(folder))}"
    add = f"get {benchmark}" if source.startswith(HUB) else f"add {benchmark} {shlex.quote(source)}"
    node = f"benchmark/{benchmark}"
    out.print("\n[dim]look into it, decide what its remarks ask, then:[/]")
    for words in (f"data {add}", f"data check {benchmark}", f"show -t {node}", f"-m majority -t {node}"):
        out.print(f"  vqa-eval {escape(words)} {escape(mine)}", soft_wrap=True)
