r"""Rules that read answers in a form that a prompt may have asked for: an element, a box."""

import re
from collections import deque

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.readings import field_reading

_NAME = (
    r"(?:[a-z]{1,12}[_ -]?)?(?:answers?|ans|choice|option|result|response|output|"
    r"solution|final|letter|selection|selected|prediction|label|diagnosis|conclusion|verdict|pick)"
    r"(?:[_ -]?(?:choice|option|letter|label))?"
)
_ELEMENT = expression(
    rf"(?is)<(?P<name>{_NAME})(?:\s[^<>\n]{{0,80}})?>(?P<inner>[^<]{{0,1000}})<\s?/\s?(?P=name)\s?>"
    rf"|<(?:{_NAME})\s[^<>\n]{{0,80}}?\b(?:letter|value|choice|option|answer|label|key)\s?=\s?[\"']?(?P<attribute>[^\"'<>/]{{1,80}})"
    r"|\[(?P<square>(?:FINAL[_ ]?)?(?:ANSWER|ANS))\](?P<inner2>[^\[\]]{0,400})\[/(?P=square)\]"
)
_DOUBLE = expression(
    r"\[\[\s{0,3}([^\[\]\n]{1,80}?)\s{0,3}\]\]|\{\{\s{0,3}([^{}\n]{1,80}?)\s{0,3}\}\}|"
    r"<<<?\s{0,3}([^<>\n]{1,80}?)\s{0,3}>>>?"
)
_HEADING = expression(r"(?i)\W*(?:final\s+)?(?:answer|option|choice)\W*")
_BOX = expression(r"\\?\b(?:boxed|f(?:rame)?box)\s{0,2}\{|\\(?:answer|ans|final)\{")
_MOST = 20
"""Boxes and elements looked at, from the end."""


def element(page: Page) -> Finding | None:
    """Read the last closed answer element: <answer>B</answer>, [[B]]; every one where several are asked for."""
    if not page.holds("<", "[", "{"):
        return None
    found = deque((_inner(match) for match in _ELEMENT.finditer(page.text)), maxlen=_MOST)
    if not found:
        doubled = (_inner(match) for match in _DOUBLE.finditer(page.text) if not _HEADING.fullmatch(match.group()))
        found = deque(doubled, maxlen=_MOST)
    return _together(page, found)


def _inner(match: re.Match[str]) -> tuple[int, int]:
    """Return where the content of a match stands: the last of its groups."""
    last = max(at for at in range(1, len(match.groups()) + 1) if match.group(at) is not None)
    return match.span(last)


def boxed(page: Page) -> Finding | None:
    r"""Read the last \boxed{…}, however its braces are nested; every one where several are asked for."""
    if not page.holds("box", "\\ans", "\\final"):
        return None
    found: deque[tuple[int, int]] = deque(maxlen=_MOST)
    for match in deque(_BOX.finditer(page.text), maxlen=_MOST):
        depth = 1
        for place in range(match.end(), min(len(page.text), match.end() + 600)):
            depth += {"{": 1, "}": -1}.get(page.text[place], 0)
            if depth == 0:
                found.append((match.end(), place))
                break
    return _together(page, found)


def _together(page: Page, spans: deque[tuple[int, int]]) -> Finding | None:
    """Return what the last of these places says, or all of them where several options are asked for."""
    if not spans:
        return None
    last = _inside(page, *spans[-1])
    if not page.multi or last is None or len(spans) == 1:
        return last
    read = [finding for start, end in spans if (finding := _inside(page, start, end)) is not None]
    if any(finding.status != "answered" for finding in read):
        return last
    chosen = {index for finding in read for index in finding.chosen}
    return Finding("answered", tuple(sorted(chosen)), read[0].start, read[-1].end)


def _inside(page: Page, start: int, end: int) -> Finding | None:
    inner = page.part(start, end)
    if not inner.text.strip():
        return None
    finding = boxed(inner) or field_reading(inner)
    if finding is None:
        return Finding("unparsed", (), start, end)
    return Finding(finding.status, finding.chosen, start + finding.start, start + finding.end)
