"""What a run has used and cost, row by row on the screen and sample by sample in a file."""

import csv
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from vqa_eval.engines import ModelRef
from vqa_eval.errors import StoreError
from vqa_eval.pipeline.pricing import Money, cost, total
from vqa_eval.records import Price, Row
from vqa_eval.store import RunStore, Usage

FILE = "usage.csv"
HEADS = (
    "sample", "model", "prompt", "variant", "prompt_tokens", "reply_tokens", "seconds", "money", "currency",
    "shares_reply_of",
)  # fmt: skip

Prices = Mapping[str, Price | None]
"""Model, as typed, to what it charges; None where that is not known."""


@dataclass(frozen=True, slots=True)
class Account:
    """What one row has used."""

    row: Row
    usage: Usage
    money: Money | None
    """Cost of the replies that tell their usage; None where no price is known."""

    @property
    def sentence(self) -> str:
        """All of it on one line: "openai:gpt-4o: 1,234 replies, 456,789 tokens in, 5,678 out, 1.23 USD"."""
        usage = self.usage
        said = f"{self.row.model} · {self.row.prompt}: {usage.replies:,} {'reply' if usage.replies == 1 else 'replies'}"
        if not usage.told:
            return f"{said}, none of which tells its usage"
        said += f", {usage.prompt_tokens:,} tokens in, {usage.reply_tokens:,} out"
        said += f", {self.money}" if self.money else ""
        return said + (f" ({usage.untold:,} without usage)" if usage.untold else "")


def prices_of(models: Iterable[ModelRef]) -> dict[str, Price | None]:
    """Return the prices that the models' cards bear."""
    return {ref.name: ref.card.price for ref in models}


def accounts(store: RunStore, prices: Prices) -> Iterator[Account]:
    """Yield what each row has used that has replies; baselines, which use nothing, are none of them."""
    for row in store.rows():
        usage = store.usage.of_row(row.number)
        price = prices.get(row.model)
        if usage.told or (usage.replies and price):
            money = Money(total(price, usage), price.currency.upper()) if price else None
            yield Account(row, usage, money)


def write_usage(store: RunStore, prices: Prices) -> Path | None:
    """Write what every sample has used beside the run, whole or not at all; None where no reply tells anything.

    A reply that samples share is counted at the first of them; what is not told is empty, never 0.
    """
    rows = {row.number: row for row in store.rows()}
    path = store.folder / FILE
    if not any(store.usage.of_row(number).told for number in rows):
        path.unlink(missing_ok=True)
        return None
    partial = path.with_name(f"{FILE}.partial")
    try:
        with partial.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(HEADS)
            for used in store.usage.of_samples():
                row, price = rows[used.row], prices.get(rows[used.row].model)
                named = (used.sample, row.model, row.prompt, used.variant)
                if used.shares:
                    writer.writerow((*named, "", "", "", "", "", used.shares))
                    continue
                money = cost(price, used.prompt_tokens, used.reply_tokens, used.batched) if price else None
                told = (used.prompt_tokens, used.reply_tokens, used.seconds)
                said = "" if money is None else f"{money:.10f}".rstrip("0").rstrip(".")
                writer.writerow((*named, *told, said, price.currency.upper() if price and said else "", ""))
        partial.replace(path)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", "check the folder's permissions") from error
    return path
