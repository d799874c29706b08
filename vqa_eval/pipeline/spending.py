"""A budget: requests start as long as what is spent, what is under way and the next one fit into it."""

import threading
from collections.abc import Iterable, Iterator, Mapping

from vqa_eval.engines import ModelRef, host_of
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.pricing import Money, cost, most, total
from vqa_eval.records import Price, Reply, Request
from vqa_eval.store import RunStore, Usage

FIRST = 4
"""Requests that start before any reply has told what one costs: models count pictures very differently."""


class Spending:
    """What a run may cost in all: every model, every row, and what earlier goes of it have cost."""

    def __init__(self, budget: Money, prices: Mapping[str, Price | None], batch: bool = False) -> None:
        """Allow so much for the models, by name; one whose price is None charges nobody.

        Use `spending_on`, which refuses models whose price must be known.
        """
        self.budget = budget
        self.spent = 0.0
        """In the budget's currency; a reply without usage is taken to cost what was expected of it."""
        self.exhausted = False
        """Whether something was left unasked for the sake of the budget."""
        self._prices = dict(prices)
        self._batch = batch

    def meters(self, store: RunStore) -> "dict[str, Meter | None]":
        """Return what watches over each model, having counted what the run has cost so far."""
        self.spent, self.exhausted = 0.0, False
        return {
            model: Meter(self, price, self._batch, store.usage.of_model(model)) if price else None
            for model, price in self._prices.items()
        }


class Meter:
    """What one model costs while it is asked; engines may pull requests in a thread of their own."""

    def __init__(self, spending: Spending, price: Price, batch: bool, before: Usage) -> None:
        """Go on where the model's earlier replies have used so much."""
        self._spending = spending
        self._price = price
        self._batch = batch
        self._told = before.told
        self._known = total(price, before)
        self._untold = before.untold
        # A batch is not cut short to learn from it: it may take a day.
        self._learning = before.told == 0 and not batch
        self._under_way: dict[str, float] = {}
        self._lock = threading.Lock()
        spending.spent += self._known

    def portions(self, requests: Iterable[Request]) -> Iterator[Iterator[Request]]:
        """Yield the requests in portions, each to be asked to its end before the next one is begun.

        A portion ends where the next request might not fit beside what is under way; once that has landed and
        cost less than was expected, another portion goes on with it. Of a model whose replies nobody knows yet the
        first few are such a portion. The last one ends with the requests or the budget.
        """
        waiting = iter(requests)
        held = next(waiting, None)
        if held is not None and self._untold:
            self._spending.spent += self._untold * self._expected(held)
            self._untold = 0

        def portion() -> Iterator[Request]:
            nonlocal held
            while held is not None and self._allows(held):
                yield held
                held = next(waiting, None)

        while held is not None:
            if self._spending.exhausted or self._fits(held) is None:
                self._spending.exhausted = True
                return
            yield portion()
            self._learning = False
            self._under_way.clear()  # an engine replies to each request or raises

    def landed(self, reply: Reply) -> None:
        """Count what a reply has cost; a fault is taken to cost nothing, as providers charge replies."""
        with self._lock:
            expected = self._under_way.pop(reply.key, 0.0)
            if reply.fault is not None:
                return
            told = cost(self._price, reply.prompt_tokens, reply.reply_tokens, self._batch)
            if told is not None:
                self._told += 1
                self._known += told
            self._spending.spent += expected if told is None else told

    def _expected(self, request: Request) -> float:
        """Return the mean cost of what the model has replied, before its first reply the most it can be."""
        return self._known / self._told if self._told else most(self._price, request, self._batch)

    def _allows(self, request: Request) -> bool:
        with self._lock:
            if self._learning and len(self._under_way) >= FIRST and not self._told:
                return False
            expected = self._fits(request)
            if expected is not None:
                self._under_way[request.key] = expected
        return expected is not None

    def _fits(self, request: Request) -> float | None:
        """Return what the request is expected to cost where that still fits, else None."""
        expected = self._expected(request)
        flying = expected * len(self._under_way) if self._told else sum(self._under_way.values())
        return expected if self._spending.spent + flying + expected <= self._spending.budget.amount else None


def spending_on(budget: Money, models: Iterable[ModelRef], batch: bool = False) -> Spending:
    """Return the budget over these models; EngineError where one charges that bears no price in this currency.

    A model that runs inside this process charges nobody, unless its card says otherwise; a server may, even on
    this machine.
    """
    prices: dict[str, Price | None] = {}
    for ref in models:
        price = ref.card.price
        if price is None and (ref.scheme == "openai" or host_of(ref)):
            raise EngineError(f"--budget {budget}: no price is known of {ref.name}", _how_to_add(ref, budget.currency))
        if price is not None and price.currency.upper() != budget.currency:
            raise EngineError(
                f"--budget {budget}: {ref.name} is paid in {price.currency.upper()}",
                f"give the budget in {price.currency.upper()}, or the card's price in {budget.currency}",
            )
        prices[ref.name] = price
    if not any(prices.values()):
        raise EngineError(f"--budget {budget}: none of the models costs anything", "leave --budget away")
    return Spending(budget, prices, batch)


def _how_to_add(ref: ModelRef, currency: str) -> str:
    name = "my-" + ref.location.rsplit("/", 1)[-1]
    return (
        f"write FOLDER/models/{name}.yaml: {{id: {name}, title: {name}, schemes: [openai], api_name: {ref.location},"
        f" price: {{input: X, output: Y, currency: {currency}}}}}, where X and Y are what a million tokens cost;"
        f" then type: --catalog FOLDER --model {name}"
    )
