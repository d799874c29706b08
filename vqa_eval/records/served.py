"""What is known about a served model: how its server wants to be spoken to, and what it charges."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True)
class Dialect:
    """Where a server departs from the chat-completions protocol; the defaults depart in nothing."""

    limit: str = ""
    """Field that limits the tokens of a reply; empty: max_completion_tokens at the provider, max_tokens elsewhere."""
    omit: tuple[str, ...] = ()
    """Fields that the server refuses, such as "temperature" or "seed"."""
    system: Literal["turn", "text"] = "turn"
    """Whether the system text is a turn of its own or stands before the question."""
    detail: Literal["", "low", "high", "auto"] = ""
    """How closely the provider is to look at pictures; empty leaves it to the provider."""
    choice: Literal["", "structured_outputs", "json_schema", "none"] = ""
    """How a reply is kept to labels; empty: structured_outputs on a server of one's own, else a JSON schema."""
    key_header: str = ""
    """Header that bears the key in the place of `Authorization: Bearer`, such as "api-key" at Azure."""
    extra: Mapping[str, object] = field(default_factory=dict)
    """Further fields of every request, such as {"reasoning_effort": "low"}."""


@dataclass(frozen=True, slots=True)
class Price:
    """What a million tokens cost, as noted on a day; providers change it without notice."""

    input: float
    output: float
    currency: str = "USD"
    batch: float | None = None
    """Factor of a request that a batch API may answer within a day; None: no batch API is known."""
    noted: str = ""
    """Day on which the price was read, as 2026-11-22, and where."""
