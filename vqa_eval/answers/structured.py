"""Answers in a form that a prompt may have asked for: JSON, an element, a box."""

import json
import re
from collections import deque
from collections.abc import Iterator

from vqa_eval.answers import lines, statements, wording
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.passage import Passage

_KEY = (
    r"(?:final|correct|predicted|selected|chosen|best|my)?[_ -]?(?:answers?|choices?|options?|letters?|"
    r"selections?|prediction|label|response|result|selected|答案)(?:[_ -]?(?:letter|choice|option|label|"
    r"key))?"
)
_ANSWER_KEY = re.compile(rf"(?i){_KEY}\Z")
_FIELD = re.compile(
    rf"(?i)(?<!\\)[\"']{_KEY}[\"']\s{{0,3}}:\s{{0,3}}(?:\"([^\"\n]{{0,400}})\"|'([^'\n]{{0,400}})'|"
    rf"\[([^\[\]]{{0,400}})\]|(\d{{1,3}})\b)"
)
_ELEMENT = re.compile(
    r"(?is)<(?P<name>(?:final[_ -]?)?(?:answer|ans|choice|option|result|response|output|solution|final|"
    r"letter))\s?>(?P<inner>[^<]{0,1000})<\s?/\s?(?P=name)\s?>"
    r"|\[(?P<square>(?:FINAL[_ ]?)?ANSWER)\](?P<inner2>[^\[\]]{0,400})\[/(?P=square)\]"
)
_DOUBLE = re.compile(r"\[\[\s{0,3}([^\[\]\n]{1,80}?)\s{0,3}\]\]|\{\{\s{0,3}([^{}\n]{1,80}?)\s{0,3}\}\}")
_BOX = re.compile(r"\\?\b(?:boxed|fbox)\s{0,2}\{")


def json_field(page: Page) -> Finding | None:
    """Read a JSON object with an answer in it, or a JSON list of answers."""
    text = page.text
    start, end = text.find("{"), text.rfind("}")
    if 0 <= start < end:
        for value in _answers(_parsed(text[start : end + 1])):
            return _field(page, value, start, end + 1)
    if text.lstrip().startswith("["):
        listed = _parsed(text.strip())
        if isinstance(listed, list) and listed:
            return _field(page, _joined(listed), 0, len(text))
    if ":" not in text or not page.holds('"', "'"):
        return None
    found = None
    for field in _FIELD.finditer(text):
        found = field
    if found is None:
        return None
    value = next(group for group in found.groups() if group is not None)
    return _field(page, re.sub(r"[\"']", "", value), *found.span())


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _answers(parsed: object) -> Iterator[str]:
    """Yield the answer that an object holds: a text, a number or a list of them."""
    if isinstance(parsed, dict):
        for key, value in parsed.items():
            if _ANSWER_KEY.match(key) and isinstance(value, str | int | list) and not isinstance(value, bool):
                yield _joined(value) if isinstance(value, list) else str(value)


def _joined(values: list[object]) -> str:
    return ", ".join(str(value) for value in values[:50])


def _field(page: Page, value: str, start: int, end: int) -> Finding:
    """Read a text that is the answer and nothing else; what it does not say is not looked for elsewhere."""
    inner = Page(Passage(value, [start] * len(value)), page.options, page.multi, "")
    finding = field_reading(inner)
    if finding is None:
        return Finding("unparsed", (), start, end)
    return Finding(finding.status, finding.chosen, start, end)


def element(page: Page) -> Finding | None:
    """Read the last closed answer element: <answer>B</answer>, [[B]]."""
    if not page.holds("<", "[", "{"):
        return None
    found: tuple[int, int] | None = None
    for match in _ELEMENT.finditer(page.text):
        found = match.span("inner") if match.group("inner") is not None else match.span("inner2")
    if found is None:
        for match in _DOUBLE.finditer(page.text):
            found = match.span(1) if match.group(1) is not None else match.span(2)
    return None if found is None else _inside(page, *found)


def boxed(page: Page) -> Finding | None:
    r"""Read the last \boxed{…}, however its braces are nested."""
    if not page.holds("box"):
        return None
    found: tuple[int, int] | None = None
    for match in deque(_BOX.finditer(page.text), maxlen=20):
        depth = 1
        for place in range(match.end(), min(len(page.text), match.end() + 600)):
            depth += {"{": 1, "}": -1}.get(page.text[place], 0)
            if depth == 0:
                found = match.end(), place
                break
    return None if found is None else _inside(page, *found)


def _inside(page: Page, start: int, end: int) -> Finding | None:
    inner = page.part(start, end)
    if not inner.text.strip():
        return None
    finding = field_reading(inner)
    if finding is None:
        return Finding("unparsed", (), start, end)
    return Finding(finding.status, finding.chosen, start + finding.start, start + finding.end)


def field_reading(page: Page) -> Finding | None:
    """Return what a text says that is meant to be an answer and nothing else."""
    rules = (
        lines.whole_reply,
        lines.label_line,
        lines.leading_label,
        statements.declared,
        wording.option_words,
    )
    return next((finding for rule in rules if (finding := rule(page)) is not None), None)
