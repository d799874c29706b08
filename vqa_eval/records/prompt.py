"""A prompt technique as written, and a prompt as rendered for one sample."""

from dataclasses import dataclass
from typing import Literal

Labelling = Literal["letters", "numbers"]
"""What names the options bear: A, B, C … or 1, 2, 3 …"""


@dataclass(frozen=True, slots=True)
class PromptSpec:
    """One file of `prompts/`: a YAML head and a Jinja body."""

    id: str
    about: str
    template: str
    """Jinja source of the user turn; sees question, options, context, kind, multi, pictures, benchmark."""
    system: str = ""
    """Jinja source of the system turn; empty sends none."""
    source: str = ""
    """Where the wording comes from, for prompts that must match an official one."""
    digest: str = ""
    """sha256 (hex) of all that is sent or changes how replies are read: the prompt's part of a signature."""
    labels: Labelling = "letters"
    unsure: str = ""
    """Label that the prompt offers a model that does not know; where an option bears it, it means that option."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """What one sample becomes under one technique; pictures come before the text."""

    text: str
    system: str = ""
    labels: tuple[str, ...] = ()
    """The names that the options bear in the text, in order: ("A", "B", "C")."""
