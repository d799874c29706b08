"""Replies to open questions and descriptions: the text itself, without what surrounds it."""

import json
import re
from collections import deque

from vqa_eval.answers.expressions import expression
from vqa_eval.answers.passage import Passage, normalise
from vqa_eval.answers.wrappers import strip_markup, strip_reasoning, strip_turns
from vqa_eval.records import Answer

_ELEMENT = expression(
    r"(?i)<(?P<name>(?:final[_ -]?)?(?:answer|ans|caption|report|response|output|result|"
    r"description))\s?>(?P<inner>[^<]*)<\s?/\s?(?P=name)\s?>"
)
_OPEN_ELEMENT = expression(r"(?i)<(?:final[_ -]?)?(?:answer|caption|report)\s?>")
_FINAL_LINE = expression(
    r"(?im)^[ \t]*(?:the\s+)?(?:final\s+)?(?:answer|diagnosis)(?:\s+is)?[ \t]*:[ \t]*\n?(?=[^\n]*\S)"
)
_LED = expression(
    r"(?i)\s*(?:the\s+)?(?:final\s+|correct\s+|best\s+)?(?:answer|response|caption|"
    r"description)(?:\s+to\s+the\s+question)?\s*(?:is\b\s*:?|:)\s*(?=\S)"
)
_KEY = expression(r"(?i)(?:final[_ -]?)?(?:answer|caption|report|response|description|output|result|text)\Z")
_QUOTES = (('"', '"'), ("'", "'"), ("“", "”"), ("`", "`"), ("«", "»"))
_REFUSES = expression(
    r"(?i)\s*(?:(?:I'm|I\s+am|we\s+are)\s+(?:very\s+|so\s+|really\s+)?(?:sorry|afraid|unable|not\s+able)|"
    r"sorry\b|apologies|I\s+apologi[sz]e|unfortunately,?\s+(?:I|we)\b|as\s+an\s+(?:AI|artificial|language)|"
    r"(?:I|we)\s+(?:cannot|can't|can\s+not|do\s+not|don't|won't|will\s+not|am\s+unable|could\s+not|"
    r"couldn't)\s+(?:\w+ly\s+)?(?:assist|help|provide|view|see|access|answer|diagnose|identify|interpret|"
    r"tell|say|determine|describe|analy[sz]e|know|have|comply|process)\b|"
    r"抱歉|对不起|很抱歉|無法|无法|我不能|申し訳|죄송|lo\s+siento|désolé|je\s+ne\s+peux\s+pas|ich\s+kann\s+(?:nicht|keine)|"
    r"desculpe|mi\s+dispiace|извините|к\s+сожалению)"
)
_NOTHING = expression(r"(?i)[\W_]*(?:nan|null|undefined|\[?no\s+(?:response|answer|output)\]?)?[\W_]*")
_FAILED = expression(
    r"(?i)\s*(?:failed\s+to\s+obtain|(?:api|connection|internal)\s+(?:server\s+)?error|"
    r"error\s+code\s*[:\d]|rate\s+limit\s+exceeded|request\s+(?:failed|timed\s+out))"
)


def read_text(reply: str, finish: str = "") -> Answer:
    """Return the text of a reply to an open question or of a description; never an exception.

    Reasoning, chat tokens, further turns, code fences, an answer element or JSON field, "The answer is:" and
    quotes around the whole are taken away; the words stay as written.  A text cut by the length limit
    (finish "length") is truncated, except where a closed element shows that the answer came; a reply that
    begins by declining is refused.  Only an answered reply carries text.
    """
    passage, opened = strip_reasoning(_as_written(reply))
    if opened:
        return Answer("truncated", rule="open_reasoning")
    passage = _stripped(strip_turns(passage))
    rule = "whole_text"
    closed = False
    for name, part in (
        ("json_field", _json(passage)),
        ("element", _element(passage)),
        ("final_line", _final_line(passage)),
    ):
        if part is not None:
            passage, rule, closed = part, name, name != "final_line"
            break
    passage = _unwrapped(passage)
    return _verdict(passage, rule, finish, closed=closed)


def _verdict(passage: Passage, rule: str, finish: str, *, closed: bool) -> Answer:
    text = passage.text
    cut = finish == "length" and not closed
    span = passage.span(0, len(text))
    if _NOTHING.fullmatch(text[:80]) and len(text) < 80:
        return Answer("truncated" if cut else "empty", rule="blank", span=span)
    if _FAILED.match(text):
        return Answer("unparsed", rule="error_text", span=span)
    if _REFUSES.match(text) and len(text.split()) <= _LONG:
        return Answer("refused", rule="declines", span=span)
    if cut:
        return Answer("truncated", rule="length", span=span)
    return Answer("answered", text=text, rule=rule, span=span)


_LONG = 80
"""A reply that apologises and then goes on for longer than this has said something after all."""


def _as_written(reply: str) -> Passage:
    """Return the reply without invisible characters; the words of a free text are scored, so they stay."""
    plain = normalise(reply)
    return plain if reply.isascii() else Passage(reply, range(len(reply))).sub(_INVISIBLE, "")


_INVISIBLE = expression("[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\u00ad]")


def _stripped(passage: Passage) -> Passage:
    start = len(passage.text) - len(passage.text.lstrip())
    return passage.cut(start, len(passage.text.rstrip()))


def _json(passage: Passage) -> Passage | None:
    bare = _stripped(strip_markup(passage)).text
    if not (bare.startswith("{") and bare.endswith("}")):
        return None
    try:
        parsed = json.loads(bare)
    except (ValueError, RecursionError):
        return None
    for key, value in parsed.items():
        if _KEY.match(key) and isinstance(value, str | int | float) and not isinstance(value, bool):
            at = passage.places[0]
            return Passage(str(value), [at] * len(str(value)))
    return None


def _element(passage: Passage) -> Passage | None:
    found = deque(_ELEMENT.finditer(passage.text), maxlen=1)
    return passage.cut(*found[0].span("inner")) if found else None


def _final_line(passage: Passage) -> Passage | None:
    found = deque(_FINAL_LINE.finditer(passage.text), maxlen=1)
    return passage.cut(found[0].end()) if found else None


def _unwrapped(passage: Passage) -> Passage:
    """Return the text without markup, a leading phrase and quotes around the whole."""
    passage = _stripped(strip_markup(passage.sub(_OPEN_ELEMENT, "")))
    led = _LED.match(passage.text)
    if led:
        passage = _stripped(passage.cut(led.end()))
    boxed = re.fullmatch(r"\\?boxed\s?\{([^{}]*)\}\.?", passage.text)
    if boxed:
        passage = _stripped(passage.cut(*boxed.span(1)))
    for opening, closing in _QUOTES:
        text = passage.text
        if len(text) > 1 and text[0] == opening and text[-1] == closing and opening not in text[1:-1]:
            passage = _stripped(passage.cut(1, len(text) - 1))
    return passage
