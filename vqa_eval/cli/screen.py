"""The terminal: tables, progress and errors, in colour where there is a person and plain where there is a pipe."""

import sys
from collections.abc import Sequence
from typing import Literal

from rich.console import Console
from rich.markup import escape
from rich.table import Table as RichTable

from vqa_eval.errors import VqaEvalError

LEAST = 18
"""Columns that a name keeps in a narrow window before the table grows wider than the window."""
WIDE = 160
"""Columns of a table in a pipe or a file, where no window sets them."""

out = Console(highlight=False, emoji=False, width=None if sys.stdout.isatty() else WIDE)
"""Where results go."""
err = Console(stderr=True, highlight=False, emoji=False)
"""Where progress, notes and errors go, so that results can be piped."""


def show_error(error: VqaEvalError) -> None:
    """Print one red line that says what went wrong, and one that says what to type next."""
    err.print(f"[bold red]error:[/] [red]{escape(one_line(error.message))}[/]", soft_wrap=True)
    if error.hint:
        err.print(f"  [dim]→[/] {escape(one_line(error.hint))}", soft_wrap=True)


def say(text: str, style: str = "") -> None:
    """Print text that may hold anything: no markup is read in it, and control characters do not reach the terminal."""
    clean = "".join(char if char.isprintable() or char in "\n\t" else "\N{REPLACEMENT CHARACTER}" for char in text)
    out.print(clean, style=style or None, markup=False, soft_wrap=True)


def note(text: str) -> None:
    """Print a line for people beside the results."""
    err.print(f"[dim]{escape(text)}[/]", soft_wrap=True)


def show_table(
    title: str,
    columns: Sequence[str],
    lines: Sequence[Sequence[str]],
    numeric: Sequence[bool] = (),
    dim: Sequence[bool] = (),
) -> None:
    """Print a table; numbers flush right, `dim` lines grey."""
    table = RichTable(
        title=escape(title) or None,
        title_justify="left",
        title_style="bold",
        box=None,
        padding=(0, gap := gap_of(out.width), 0, 0),
    )
    needed = 0
    for position, column in enumerate(columns):
        right = position < len(numeric) and numeric[position]
        side: Literal["left", "right"] = "right" if right else "left"
        # Numbers keep their line, their heads may take two; where the window is narrow, names are folded.
        head = "\n".join(column.rsplit(" ", 1)) if right and out.width < WIDE and "\n" not in column else column
        table.add_column(escape(head), justify=side, no_wrap=right, overflow="fold", header_style="bold cyan")
        longest = max(len(part) for text in (head, *(line[position] for line in lines)) for part in text.split("\n"))
        needed += gap + (longest if right else min(longest, LEAST))
    for position, line in enumerate(lines):
        grey = position < len(dim) and dim[position]
        table.add_row(*(escape(cell) for cell in line), style="dim" if grey else "")
    if needed > out.width:
        # A window too narrow for the numbers gets long lines: a digit that is cut off is a wrong number.
        Console(highlight=False, emoji=False, width=needed, file=out.file).print(table, crop=False)
    else:
        out.print(table)


def gap_of(width: int) -> int:
    """Return how many columns of a window stand between two columns of a table."""
    return 2 if width >= WIDE else 1


def one_line(text: str) -> str:
    """Return the text on one line, without control characters (data and servers may send anything)."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())
