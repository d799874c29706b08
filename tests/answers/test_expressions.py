"""Expressions are compiled late, and are what they would have been."""

import importlib
import pkgutil
import re

import pytest

from vqa_eval import answers
from vqa_eval.answers.expressions import expression


def test_every_expression_of_the_rules_can_be_compiled() -> None:
    """Each one that a module holds is an expression, though most are not used by a short reply."""
    modules = [
        importlib.import_module(f"vqa_eval.answers.{one.name}") for one in pkgutil.iter_modules(answers.__path__)
    ]
    kind = type(expression(""))
    held = [value for module in modules for value in vars(module).values() if isinstance(value, kind)]
    assert len(held) > 150
    for value in held:
        assert re.compile(value.pattern, value._flags).pattern == value.pattern


def test_a_late_expression_does_what_a_compiled_one_does() -> None:
    """Search, match, replacement and splitting are those of `re`; what is no expression says so when it is used."""
    late, known = expression("(?P<letter>[a-c])-", re.IGNORECASE), re.compile("(?P<letter>[a-c])-", re.IGNORECASE)
    text = "A-b-c d-"
    assert known.findall(text) == late.findall(text)
    assert [found.span("letter") for found in known.finditer(text)] == [
        found.span("letter") for found in late.finditer(text)
    ]
    assert (known.sub("*", text), known.split(text)) == (late.sub("*", text), late.split(text))
    assert late.match("d") is None
    with pytest.raises(re.error):
        expression("(").search("")
