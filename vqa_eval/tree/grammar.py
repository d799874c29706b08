"""The selection grammar: text to expression.

    either  = both { ("," | "|") both }
    both    = single { "&" single }
    single  = { "!" } ( "(" either ")" | path )
    path    = segment { "/" segment }
    segment = [ "=" ] ( bare name, with "*" and "?" as globs | 'quoted' | "quoted" )

A bare name runs up to the next of , | & ! ( ) / and may hold blanks, digits and hyphens. Inside quotes every
sign means itself; the quote itself is written twice.
"""

from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from vqa_eval.errors import TreeError
from vqa_eval.tree.expression import And, Everything, Expression, Named, Not, Or, Segment
from vqa_eval.tree.names import EXACTLY, OPERATORS, QUOTES

_END = "end"
_NAME = "name"
_EITHER = frozenset(",|")
_DEEPEST = 50
"""Parentheses within parentheses that are read; people need two, and Python's stack is not endless."""
_QUOTING = "A name that holds one of , | & ! ( ) / * ? goes in quotes: department/'Oncology (Medical)'."
_EXAMPLE = "Write, for instance, modality/CT,MRI & !task/DD."


class _Token(NamedTuple):
    kind: str
    """An operator, or _NAME, or _END."""
    at: int
    segment: Segment | None = None


def parse(texts: Sequence[str]) -> Expression:
    """Give what the texts say together: each is read by itself, all must hold; no text is `Everything`.

    Raises `TreeError` with the text, the position and a hint where one cannot be read.
    """
    parts = [_Parser(text).read() for text in texts if text.strip()]
    if not parts:
        return Everything()
    return parts[0] if len(parts) == 1 else And(tuple(parts))


def _fail(text: str, at: int, what: str, hint: str) -> NoReturn:
    # Line breaks and tabs would move the caret away from its sign.
    shown = "".join(" " if sign.isspace() else sign for sign in text)
    message = f"the selection cannot be read at sign {at + 1}: {what}\n  {shown}\n  {' ' * at}^"
    raise TreeError(message, hint)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    at = 0
    while at < len(text):
        sign = text[at]
        if sign.isspace():
            at += 1
        elif sign in OPERATORS:
            tokens.append(_Token(sign, at))
            at += 1
        else:
            token, at = _segment(text, at)
            tokens.append(token)
    tokens.append(_Token(_END, len(text.rstrip())))
    return tokens


def _segment(text: str, start: int) -> tuple[_Token, int]:
    at = start
    exact = text[at] == EXACTLY
    if exact:
        at += 1
        while at < len(text) and text[at].isspace():
            at += 1
    if at < len(text) and text[at] in QUOTES:
        name, end = _quoted(text, at)
        return _Token(_NAME, start, Segment(name, literal=True, exact=exact)), end
    end = at
    while end < len(text) and text[end] not in OPERATORS:
        end += 1
    name = " ".join(text[at:end].split())
    if not name:
        _fail(text, start, "a name is missing after =", "Write, for instance, modality/=MRI.")
    return _Token(_NAME, start, Segment(name, exact=exact)), end


def _quoted(text: str, start: int) -> tuple[str, int]:
    """Give the text between quotes and the position behind them; a doubled quote means itself."""
    mark = text[start]
    pieces: list[str] = []
    at = start + 1
    while (close := text.find(mark, at)) >= 0:
        pieces.append(text[at:close])
        if text[close + 1 : close + 2] != mark:
            return mark.join(pieces), close + 1
        at = close + 2
    _fail(text, start, f"the quote {mark} is not closed", f"Put {mark} behind the name too.")


class _Parser:
    """Reads one text from left to right."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def read(self) -> Expression:
        expression = self._either()
        if self._kind != _END:
            self._left_over()
        return expression

    def _left_over(self) -> NoReturn:
        if self._kind == ")":
            self._fail("a ) without its (", "Take it out, or open the group before it.")
        if self._kind == "(":
            self._fail("a ( straight after a name", _QUOTING)
        self._fail("an operator is missing here", "Join names by , (or), & (and) or & ! (and not).")

    @property
    def _kind(self) -> str:
        return self._tokens[self._next].kind

    def _fail(self, what: str, hint: str) -> NoReturn:
        _fail(self._text, self._tokens[self._next].at, what, hint)

    def _either(self) -> Expression:
        parts = [self._both()]
        while self._kind in _EITHER:
            self._next += 1
            parts.append(self._both())
        return parts[0] if len(parts) == 1 else Or(tuple(parts))

    def _both(self) -> Expression:
        parts = [self._single()]
        while self._kind == "&":
            self._next += 1
            parts.append(self._single())
        return parts[0] if len(parts) == 1 else And(tuple(parts))

    def _single(self) -> Expression:
        negated = False
        while self._kind == "!":
            negated = not negated
            self._next += 1
        part = self._group() if self._kind == "(" else self._path()
        return Not(part) if negated else part

    def _group(self) -> Expression:
        self._depth += 1
        if self._depth > _DEEPEST:
            self._fail(f"more than {_DEEPEST} groups within groups", "Say it with fewer parentheses.")
        self._next += 1
        part = self._either()
        if self._kind != ")":
            self._fail("a ) is missing here", f"Close the group. {_QUOTING}")
        self._next += 1
        self._depth -= 1
        return part

    def _path(self) -> Named:
        follows = self._next > 0 and self._tokens[self._next - 1].kind in _EITHER
        segments = [self._name()]
        while self._kind == "/":
            if segments[-1].exact:
                self._fail("= says that nothing below is meant", "Put = before the last name only.")
            self._next += 1
            segments.append(self._name())
        return Named(tuple(segments), follows)

    def _name(self) -> Segment:
        segment = self._tokens[self._next].segment
        if segment is None:
            self._fail("a name is missing here", _EXAMPLE)
        self._next += 1
        return segment
