"""A board on the screen and in files."""

from pathlib import Path

from vqa_eval.boards import (
    Board,
    Table,
    make_check_table,
    make_screen_table,
    to_checks_csv,
    to_csv,
    to_json,
    to_markdown,
)
from vqa_eval.cli.screen import out, show_table
from vqa_eval.errors import StoreError
from vqa_eval.store import RunStore

WIDE_ENOUGH = 100
"""Columns of a window in which a table may name its baselines."""


def show_board(board: Board) -> None:
    """Print a board: the whole selection, the axes, then signatures and notes."""
    out.print(f"\n{board.title}", style="bold", soft_wrap=True, markup=False)
    for section in board.sections:
        show_lines(make_screen_table(section, narrow=out.width < WIDE_ENOUGH))
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
    """Write board.md, board.csv and board.json (and checks.csv) beside the run, each whole or not at all."""
    texts = {"board.md": to_markdown(board), "board.csv": to_csv(board), "board.json": to_json(board)}
    if board.checks:
        texts["checks.csv"] = to_checks_csv(board)
    else:
        (folder / "checks.csv").unlink(missing_ok=True)  # of an earlier scoring
    for name, text in texts.items():
        write_text(folder / name, text)


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
