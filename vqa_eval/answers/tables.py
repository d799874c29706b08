"""A rule that reads Markdown tables: a cell under or beside the word "answer", or a verdict on each option."""

from collections.abc import Sequence
from typing import NamedTuple

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.readings import field_reading

_ANSWER_CELL = expression(
    r"(?i)\W*(?:(?:the|my|your|model|final|correct|best|selected|chosen|predicted|most\s+likely)\s+)*(?:answers?|ans|"
    r"choices?|options?|selections?|responses?|predictions?|diagnosis|letters?|results?|答案|选项|正解)"
    r"(?:\s+(?:choice|option|letter))?\W*"
)
_RULE = expression(r"[\s|:=-]*-[\s|:=-]*")
_MOST = 40
"""Rows looked at; a longer table is no answer to one question."""


class _Cell(NamedTuple):
    start: int
    end: int


def table(page: Page) -> Finding | None:
    """Read the cell that a table's head or first column calls the answer."""
    if page.text.count("|") < 2:
        return None
    rows = _rows(page.text)
    places = _under_head(page.text, rows) or _beside(page.text, rows)
    if len(places) != 1:
        return None
    cell = places[0]
    finding = field_reading(page.part(cell.start, cell.end))
    if finding is None or finding.status != "answered":
        return None
    return Finding("answered", finding.chosen, finding.start + cell.start, finding.end + cell.start)


def _rows(text: str) -> list[list[_Cell]]:
    """Return the cells of each line with bars in it; the line under the head is no row."""
    found: list[list[_Cell]] = []
    start = 0
    for line in text.split("\n"):
        end = start + len(line)
        if "|" in line and not _RULE.fullmatch(line) and len(found) < _MOST:
            inner = line.strip().strip("|")
            place = start + line.find(inner) if inner else start
            cells = []
            for cell in inner.split("|"):
                cells.append(_Cell(place, place + len(cell)))
                place += len(cell) + 1
            found.append(cells)
        start = end + 1
    return found


def _under_head(text: str, rows: Sequence[Sequence[_Cell]]) -> list[_Cell]:
    """Return the cells of the one column called the answer, where the table asks one question."""
    if len(rows) != 2:
        return []
    head, row = rows
    columns = [at for at, cell in enumerate(head) if _ANSWER_CELL.fullmatch(text, *cell)]
    return [row[at] for at in columns if at < len(row)]


def _beside(text: str, rows: Sequence[Sequence[_Cell]]) -> list[_Cell]:
    """Return the cells behind a first cell that says "answer"."""
    return [row[1] for row in rows if len(row) == 2 and _ANSWER_CELL.fullmatch(text, *row[0])]
