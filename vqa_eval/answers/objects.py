"""A rule that reads JSON: a field with the answer, a flag on each option, or one label among other fields."""

import json
import re
from collections import deque
from collections.abc import Iterator, Mapping

from vqa_eval.answers import claims, verdicts
from vqa_eval.answers.expressions import expression
from vqa_eval.answers.page import Finding, Page
from vqa_eval.answers.passage import Passage
from vqa_eval.answers.readings import field_reading

_KEY = (
    r"(?:final|correct|predicted|selected|chosen|best|right|my|mcq|model)?[_ -]?(?:answers?|ans|choices?|options?|"
    r"letters?|selections?|prediction|label|response|result|selected|pick|答案|选项|respuesta|réponse|antwort|resposta)"
    r"(?:[_ -]?(?:letter|choice|option|label|key|text))?"
)
_ANSWER_KEY = expression(rf"(?i){_KEY}\Z")
_LISTING_KEY = expression(r"(?i)(?:options|choices|letters)\Z")
_BESIDE_KEY = expression(
    r"(?i).*(?:question|prompt|option|choice|incorrect|wrong|reject|exclud|eliminat|alternativ|second|runner|other|"
    r"id\b|index|number|role|model|type|name|status|confidence|image|patient|grade|group|error|reason|expla|detail)"
)
_FIELD = expression(
    rf"(?i)(?<!\\)[\"']{_KEY}[\"']\s{{0,3}}:\s{{0,3}}(?:\"([^\"\n]{{0,400}})\"|'([^'\n]{{0,400}})'|"
    rf"\[([^\[\]]{{0,400}})\]|(\d{{1,3}})\b)"
)
_MOST = 500
"""Fields looked at; an object with more is no reply to a question."""


def json_field(page: Page) -> Finding | None:
    """Read a JSON object with an answer in it, or a JSON list of answers."""
    text = page.text
    if not page.holds("{", "[", '"', "'"):
        return None
    start, end = text.find("{"), text.rfind("}") + 1
    bare = text.strip(" \n,`")
    listed = _parsed(bare) if bare.startswith("[") else None
    if isinstance(listed, list) and listed:
        scalars = not any(isinstance(item, dict | list) for item in listed)
        return _field(page, _joined(listed), 0, len(text)) if scalars else _object(page, listed, 0, len(text))
    if 0 <= start < end:
        parsed = _parsed(text[start:end])
        found = _object(page, parsed, start, end) if isinstance(parsed, dict) else None
        if found is not None:
            return found
        if isinstance(parsed, dict) and parsed and bare.startswith("{") and bare.endswith("}"):
            return Finding("unparsed", (), start, end)
    return _quoted_field(page) or _unclosed(page, bare)


def _quoted_field(page: Page) -> Finding | None:
    """Read the last field with an answer in what looks like JSON and is not."""
    found: re.Match[str] | None = None
    if ":" in page.text:
        for found in _FIELD.finditer(page.text):  # noqa: B007 - the last one is read below
            pass
    if found is None:
        return None
    value = next(group for group in found.groups() if group is not None)
    return _field(page, re.sub(r"[\"']", "", value), *found.span())


def _unclosed(page: Page, bare: str) -> Finding | None:
    """Find an object that breaks off before its answer."""
    if not bare.startswith("{") or "}" in bare or '"' not in bare or claims.strong_claims(page):
        return None
    return Finding("truncated", (), 0, len(page.text))


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _pairs(parsed: object) -> Iterator[tuple[str, object]]:
    """Yield the fields of an object, the outer ones first."""
    waiting: deque[tuple[str, object]] = deque([("", parsed)])
    for _ in range(_MOST):
        if not waiting:
            return
        key, value = waiting.popleft()
        yield key, value
        if isinstance(value, dict):
            waiting.extend(value.items())
        elif isinstance(value, list):
            waiting.extend((key, item) for item in value if isinstance(item, dict | list))


def _object(page: Page, parsed: object, start: int, end: int) -> Finding | None:
    """Read an object's answer field, its flags on the options, or the only label in it."""
    for key, value in _pairs(parsed):
        said = _answer(page, key, value)
        if said is not None:
            return _field(page, said, start, end)
    for _, value in _pairs(parsed):
        flags = _flags(page, value) if isinstance(value, dict) else []
        if len(flags) > 1:
            return verdicts.decide(page, flags, start, end) or Finding("unparsed", (), start, end)
    return _only_label(page, parsed, start, end)


def _answer(page: Page, key: str, value: object) -> str | None:
    """Return the text of a field that is the answer: a text, a number or a list of them."""
    if isinstance(value, dict):
        # {"B": "Meningioma"}: the label is the field's name.
        names = list(value)
        return names[0] if len(names) == 1 and page.options.labelled(names[0].strip(" .()")) is not None else None
    if not _ANSWER_KEY.match(key) or isinstance(value, bool) or not isinstance(value, str | int | list):
        return None
    if not isinstance(value, list):
        return str(value)
    listing = _LISTING_KEY.match(key) and len(value) > 1 and not page.multi
    return None if listing or any(isinstance(item, dict | list) for item in value) else _joined(value)


def _joined(values: list[object]) -> str:
    return ", ".join(str(value) for value in values[:50])


def _flags(page: Page, fields: Mapping[str, object]) -> list[verdicts.Item]:
    """Return the verdicts of an object whose fields are named by the options."""
    found = []
    for key, value in fields.items():
        at = page.options.labelled(key.strip(" .()"))
        at = page.options.equal(key) if at is None else at
        if at is None:
            return []
        if isinstance(value, bool) or value in (0, 1):
            found.append(verdicts.Item(at, "good" if value else "bad"))
        elif isinstance(value, str):
            found.append(verdicts.Item(at, verdicts.judge(value)))
    return found


def _only_label(page: Page, parsed: object, start: int, end: int) -> Finding | None:
    """Read the one field that says an option and nothing else, under whatever name."""
    chosen: set[int] = set()
    for key, value in _pairs(parsed):
        if isinstance(value, str) and len(value) < 200 and not _BESIDE_KEY.match(key):
            finding = field_reading(_page(page, value, start))
            chosen.update(finding.chosen if finding is not None and finding.status == "answered" else ())
    return Finding("answered", tuple(chosen), start, end) if len(chosen) == 1 else None


def _page(page: Page, value: str, start: int) -> Page:
    return Page(Passage(value, [start] * len(value)), page.options, page.multi, "")


def _field(page: Page, value: str, start: int, end: int) -> Finding:
    """Read a text that is the answer and nothing else; what it does not say is not looked for elsewhere."""
    finding = field_reading(_page(page, value, start))
    if finding is None:
        return Finding("unparsed", (), start, end)
    return Finding(finding.status, finding.chosen, start, end)
