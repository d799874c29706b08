"""A board on the screen and in files."""

from pathlib import Path

from vqa_eval.boards import (
    Board,
    Table,
    make_check_table,
    make_screen_table,
    summary_tables,
    to_checks_csv,
    to_csv,
    to_json,
    to_markdown,
    to_wide_csv,
)
from vqa_eval.cli.screen import gap_of, out, show_table
from vqa_eval.errors import StoreError
from vqa_eval.store import RunStore

WIDE_ENOUGH = 100
"""Columns of a window in which a table may name its baselines."""


def show_board(board: Board) -> None:
    """Print a board: benchmarks side by side, their own measures, the whole selection, the axes, what it rests on."""
    out.print(f"\n{board.title}", style="bold", soft_wrap=True, markup=False)
    for summary in board.summaries:
        for table in summary_tables(summary, out.width, gap_of(out.width)):
            show_lines(table)
    for section in (*board.own, *board.sections):
        show_lines(make_screen_table(section, narrow=out.width < WIDE_ENOUGH))
        for said in section.notes:
            out.print(said, style="dim", soft_wrap=True, markup=False)
    for check in board.checks:
        show_lines(make_check_table(check))
        out.print(check.about, style="dim", soft_wrap=True, markup=False)
    out.print()
    for text in board.notes:
        out.print(f"! {text}", style="yellow", soft_wrap=True, markup=False)
    for number, text in board.signatures.items():
        out.print(f"{number}. {text}", style="dim", soft_wrap=True, markup=False)


def show_lines(table: Table) -> None:
    """Print a table of a board."""
    out.print()
    cells = [line.cells for line in table.lines]
    show_table(table.title, table.columns, cells, table.numeric, [line.baseline for line in table.lines])


def write_board(board: Board, folder: Path) -> None:
    """Write board.md, board.csv and board.json beside the run, each whole or not at all.

    Where there is something for them also checks.csv and board-wide.csv, the benchmarks side by side.
    """
    texts = {"board.md": to_markdown(board), "board.csv": to_csv(board), "board.json": to_json(board)}
    texts["checks.csv"] = to_checks_csv(board) if board.checks else ""
    texts["board-wide.csv"] = to_wide_csv(board) if board.summaries else ""
    for name, text in texts.items():
        if text:
            write_text(folder / name, text)
        else:
            (folder / name).unlink(missing_ok=True)  # of an earlier scoring


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all; StoreError where it cannot be."""
    partial = path.with_name(f"{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", "check the folder's permissions") from error


def exit_code(store: RunStore) -> int:
    """Return 0, or 1 where a sample that was asked has no reply."""
    variants = store.variants()
    return int(any(store.count_unasked(row.number, variant) for row in store.rows() for variant in variants))
