"""What a run will cost and how long it will take: from its price and its load, or from what a probe measured."""

from dataclasses import dataclass

from vqa_eval.engines import EngineSettings, ModelRef
from vqa_eval.engines.openai.engine import CONCURRENCY
from vqa_eval.pipeline.preflight import Load
from vqa_eval.pipeline.pricing import Money, cost, written
from vqa_eval.pipeline.probing import Pace
from vqa_eval.records import Price
from vqa_eval.store import Usage


@dataclass(frozen=True, slots=True)
class Range:
    """Between which two amounts something lies."""

    low: float
    high: float


def money_range(price: Price, load: Load, max_tokens: int, batch: bool = False) -> Range:
    """Return what all requests cost if every reply is one token, and if every one is as long as it may be."""
    low, high = (
        cost(price, load.tokens.total, load.requests * reply_tokens, batch) or 0.0 for reply_tokens in (1, max_tokens)
    )
    return Range(low, high)


def money_as(price: Price, requests: int, usage: Usage, batch: bool = False) -> Money | None:
    """Return what so many requests cost if they use what the asked ones did on the mean; None where none tells."""
    if not usage.told:
        return None
    share = requests / usage.told
    told = cost(price, round(usage.prompt_tokens * share), round(usage.reply_tokens * share), batch)
    return None if told is None else Money(told, price.currency.upper())


def at_once(ref: ModelRef, settings: EngineSettings) -> int | None:
    """Return how many requests a run keeps under way at its widest; None for a model that runs here."""
    return (settings.concurrency or CONCURRENCY) * max(1, len(ref.base_urls)) if ref.scheme == "openai" else None


def time_range(
    left: int, pace: Pace, settings: EngineSettings, *, tokens: float = 0.0, widest: int | None = None
) -> Range:
    """Return the seconds that so many requests take.

    High: at the probe's pace. Low: with `widest` under way at once, if each is then as quick as in the probe, in
    which a short line, a budget or a stranger's server may have kept fewer under way. Neither is less than the limits
    of requests and tokens a minute permit; `tokens` are those of one request and its reply.
    """
    limits = [0.0]
    if settings.requests_per_minute:
        limits.append(60 * left / settings.requests_per_minute)
    if settings.tokens_per_minute:
        limits.append(60 * left * tokens / settings.tokens_per_minute)
    least = max(limits)
    wider = pace.rate
    if pace.at_once and pace.seconds and widest:
        wider = max(wider, min(widest, left) / pace.seconds)
    return Range(max(least, left / wider), max(least, left / pace.rate))


def budget_words(budget: Money, found: Range | None) -> str:
    """Say whether a budget suffices for what all is expected to cost; None where that is not known."""
    if found is None:
        return f"whether the budget of {budget} suffices is unknown"
    verdict = "may or may not suffice"
    if found.high <= budget.amount:
        verdict = "suffices"
    elif found.low > budget.amount:
        verdict = "does not suffice: the run will stop at it"
    return f"by the estimate of ≈ {money_words(found, budget.currency)} in all the budget of {budget} {verdict}"


def money_words(found: Range, currency: str) -> str:
    """Return a range of money: "0.80 to 3.10 USD"."""
    low, high = written(found.low), written(found.high)
    return f"{low} {currency}" if low == high else f"{low} to {high} {currency}"


def time_words(found: Range) -> str:
    """Return a range of seconds as people say it: "3 min to 9 min"."""
    low, high = duration(found.low), duration(found.high)
    return low if low == high else f"{low} to {high}"


def duration(seconds: float) -> str:
    """Return seconds in the two units that count: "8 s", "3 min", "2 h 10 min", "3 d 4 h"."""
    if seconds < 1:
        return "under 1 s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return _two(minutes, 60, "h", "min")
    return _two(round(minutes / 60), 24, "d", "h")


def _two(number: int, size: int, large: str, small: str) -> str:
    whole, rest = divmod(number, size)
    return f"{whole} {large} {rest} {small}" if rest else f"{whole} {large}"
