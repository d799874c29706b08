"""What replies cost: a price for a million tokens times the tokens that a provider counted."""

import math
import re
from dataclasses import dataclass

from vqa_eval.errors import EngineError
from vqa_eval.records import Price, Request
from vqa_eval.store import Usage

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in one currency; amounts in two are never added."""

    amount: float
    currency: str

    def __str__(self) -> str:
        return f"{written(self.amount)} {self.currency}"


def written(amount: float) -> str:
    """Return an amount as people read it: with cents, and below one with three digits that count."""
    if amount == 0 or amount >= 1:
        return f"{amount:,.2f}"
    whole, _, part = f"{amount:.{2 - math.floor(math.log10(amount))}f}".partition(".")
    return f"{whole}.{part.rstrip('0'):0<2}"


def parse_money(text: str) -> Money:
    """Return what "20usd", "20 USD" or "15.5eur" says; EngineError for anything else, and for nothing at all."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?|\.\d+)\s*([A-Za-z]{3})\s*", text)
    if found is None:
        raise EngineError(f"{text!r} is no amount of money", "give it with its currency: --budget 20usd")
    amount = float(found[1])
    if not 0 < amount < math.inf:
        raise EngineError(f"a budget of {text.strip()} asks nothing", "give it with its currency: --budget 20usd")
    return Money(amount, found[2].upper())


def cost(price: Price, prompt_tokens: int | None, reply_tokens: int | None, batch: bool = False) -> float | None:
    """Return what a reply costs in the price's currency; None where its tokens are not told.

    With `batch` it was asked through the provider's batch API, which charges `price.batch` of the usual where
    that is known, and is taken to charge all of it where it is not.
    """
    if prompt_tokens is None or reply_tokens is None:
        return None
    factor = price.batch if batch and price.batch is not None else 1.0
    return factor * (prompt_tokens * price.input + reply_tokens * price.output) / _MILLION


def total(price: Price, usage: Usage) -> float:
    """Return what the replies that tell their usage cost together."""
    batched = (usage.batch_prompt_tokens, usage.batch_reply_tokens)
    others = (usage.prompt_tokens - batched[0], usage.reply_tokens - batched[1])
    return (cost(price, *others) or 0.0) + (cost(price, *batched, batch=True) or 0.0)


def most(price: Price, request: Request, batch: bool = False) -> float:
    """Return what a request costs where its reply is as long as it may be; its own tokens are estimated."""
    told = cost(price, math.ceil(request.expected_tokens), request.sampling.max_tokens, batch)
    assert told is not None, "both numbers of tokens are given"
    return told
