"""Slices of a run become cells, cells become tables, tables become text, Markdown, CSV and JSON."""

from vqa_eval.boards.board import Board, Section, make_sections
from vqa_eval.boards.cells import Cell
from vqa_eval.boards.checks import Check, readers_check, variant_checks
from vqa_eval.boards.columns import Judged
from vqa_eval.boards.documents import to_checks_csv, to_csv, to_json, to_markdown, to_wide_csv
from vqa_eval.boards.glance import summary_tables
from vqa_eval.boards.lines import Line, Table, make_check_table, make_screen_table, make_table, percent
from vqa_eval.boards.measures import own_sections
from vqa_eval.boards.summary import Summary, make_summaries

__all__ = [
    "Board",
    "Cell",
    "Check",
    "Judged",
    "Line",
    "Section",
    "Summary",
    "Table",
    "make_check_table",
    "make_screen_table",
    "make_sections",
    "make_summaries",
    "make_table",
    "own_sections",
    "percent",
    "readers_check",
    "summary_tables",
    "to_checks_csv",
    "to_csv",
    "to_json",
    "to_markdown",
    "to_wide_csv",
    "variant_checks",
]
