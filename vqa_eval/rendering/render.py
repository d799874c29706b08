"""A sample under one prompt technique becomes the text that is sent: Jinja, sandboxed, nothing undefined."""

from functools import lru_cache
from string import ascii_uppercase

from jinja2 import StrictUndefined, Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from vqa_eval.errors import CatalogError, RenderError
from vqa_eval.records import Prompt, PromptSpec, Sample

_JINJA = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined,
    keep_trailing_newline=True,  # official prompts are matched byte for byte, their last newline too
    trim_blocks=True,
    lstrip_blocks=True,
    autoescape=False,
)

LARGEST_PROMPT = 1_000_000
"""Characters of one rendered turn; a runaway template stops here."""


def option_labels(count: int) -> tuple[str, ...]:
    """Return the labels of `count` options: A to Z, or numbers from 1 where letters do not suffice."""
    if count <= len(ascii_uppercase):
        return tuple(ascii_uppercase[:count])
    return tuple(str(number) for number in range(1, count + 1))


def render(spec: PromptSpec, sample: Sample) -> Prompt:
    """Return the prompt for the sample.

    Raises CatalogError where the template cannot be compiled and RenderError where it names what the sample
    has not, or grows beyond a million characters.
    """
    labels = option_labels(len(sample.options))
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
        system = compiled(spec.id, spec.system).render(values)
        text = compiled(spec.id, spec.template).render(values)
    except (TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise RenderError(
            f"prompt {spec.id} on {sample.id}: {error}",
            "a template sees question, options, context, kind, multi, pictures, benchmark",
        ) from error
    if max(len(system), len(text)) > LARGEST_PROMPT:
        raise RenderError(f"prompt {spec.id} on {sample.id}: longer than a million characters", "shorten it")
    return Prompt(text, system, labels)


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
