"""Slices of a run become cells, cells become tables, tables become text, Markdown, CSV and JSON."""

from vqa_eval.boards.board import Board, Judged, Section, light, make_sections
from vqa_eval.boards.cells import Cell
from vqa_eval.boards.documents import to_csv, to_json, to_markdown
from vqa_eval.boards.lines import Line, Table, make_screen_table, make_table, percent

__all__ = [
    "Board",
    "Cell",
    "Judged",
    "Line",
    "Section",
    "Table",
    "light",
    "make_screen_table",
    "make_sections",
    "make_table",
    "percent",
    "to_csv",
    "to_json",
    "to_markdown",
]
