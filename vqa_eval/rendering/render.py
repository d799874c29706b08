"""A sample under one prompt technique becomes the text that is sent: Jinja, sandboxed, nothing undefined."""

from functools import lru_cache
from string import ascii_uppercase
from typing import Any

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vqa_eval.errors import CatalogError, RenderError
from vqa_eval.records import Prompt, PromptSpec, Sample
from vqa_eval.records.prompt import Labelling

LARGEST_PROMPT = 1_000_000
"""Characters of one rendered turn; a runaway template stops here."""


class _Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which no single product can outgrow a prompt either."""

    intercepted_binops = frozenset(("*", "**"))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """Return the product of two modest operands; SecurityError otherwise."""
        sizes = [len(side) if isinstance(side, (str, list, tuple)) else side for side in (left, right)]
        modest = all(isinstance(size, (int, float)) and abs(size) <= LARGEST_PROMPT for size in sizes)
        if operator == "**" or not modest or abs(sizes[0] * sizes[1]) > LARGEST_PROMPT:
            raise SecurityError(f"{operator} makes too much")
        return super().call_binop(context, operator, left, right)


_JINJA = _Sandbox(
    undefined=StrictUndefined,
    keep_trailing_newline=True,  # official prompts are matched byte for byte, their last newline too
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
)


@lru_cache(maxsize=2**8)
def option_labels(count: int, labelling: Labelling = "letters") -> tuple[str, ...]:
    """Return the labels of `count` options: A to Z, or numbers from 1 where letters do not suffice or are not meant."""
    if labelling == "letters" and count <= len(ascii_uppercase):
        return tuple(ascii_uppercase[:count])
    return tuple(str(number) for number in range(1, count + 1))


def render(spec: PromptSpec, sample: Sample) -> Prompt:
    """Return the prompt for the sample.

    Raises CatalogError where the template cannot be compiled and RenderError where it names what the sample
    has not, or grows beyond a million characters.
    """
    labels = option_labels(len(sample.options), spec.labels)
    values = {
        "question": sample.question,
        "options": [{"label": label, "text": text} for label, text in zip(labels, sample.options, strict=True)],
        "context": sample.context,
        "kind": sample.kind,
        "multi": sample.multi,
        "pictures": len(sample.images),
        "benchmark": sample.benchmark,
    }
    try:
        system = _bounded(compiled(spec.id, spec.system), values) if spec.system else ""
        text = _bounded(compiled(spec.id, spec.template), values)
    except CatalogError:
        raise
    except Exception as error:  # an expression of somebody else's may fail in any way
        raise RenderError(
            f"prompt {spec.id} on {sample.id}: {str(error) or type(error).__name__}",
            "a template sees question, options, context, kind, multi, pictures, benchmark",
        ) from error
    return Prompt(text, system, labels)


def _bounded(template: Template, values: dict[str, Any]) -> str:
    pieces: list[str] = []
    size = 0
    for piece in template.generate(values):
        size += len(piece)
        if size > LARGEST_PROMPT:
            raise ValueError("longer than a million characters")
        pieces.append(piece)
    return "".join(pieces)


@lru_cache(maxsize=256)
def compiled(name: str, source: str) -> Template:
    """Return the compiled template; CatalogError with its line where it is no Jinja."""
    try:
        return _JINJA.from_string(source)
    except TemplateError as error:
        line = getattr(error, "lineno", 0)
        raise CatalogError(
            f"prompt {name}, line {line} of the body: {error}", "mend the template and run: vqa-eval check"
        ) from error
