"""A budget: requests start as long as what is spent, what is under way and the next one fit into it."""

import math
import threading
from collections.abc import Iterable, Iterator, Mapping

from vqa_eval.engines import ModelRef, host_of
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.pricing import Money, cost, most, written
from vqa_eval.records import Price, Reply, Request
from vqa_eval.store import RunStore

FIRST = 4
"""Requests that start before any reply has told what one costs: models count pictures very differently.

Later no more are under way than have told: the first ones may all be about one picture."""
CAUTION = 2.0
"""Standard errors above the mean that the cost of what is under way is taken to be: 39 times of 40 it is less."""


class Spending:
    """What a run may cost in all: every model, every row, and what earlier goes of it have cost."""

    def __init__(self, budget: Money, prices: Mapping[str, Price | None], batch: bool = False) -> None:
        """Allow so much for the models, by name; one whose price is None charges nobody.

        Use `spending_on`, which refuses models whose price must be known.
        """
        self.budget = budget
        self.exhausted = False
        """Whether something was left unasked for the sake of the budget."""
        self._prices = dict(prices)
        self._batch = batch
        self._meters: list[Meter] = []

    @property
    def spent(self) -> float:
        """In the budget's currency; what tells no usage is taken to cost what is expected of its like."""
        return sum(meter.spent for meter in self._meters)

    @property
    def sentence(self) -> str:
        """What was spent, and that something was left unasked for the sake of the budget."""
        untold = sum(meter.untold for meter in self._meters)
        said = f"{written(self.spent)} of {self.budget} are spent"
        if untold:
            replies = "1 reply tells" if untold == 1 else f"{untold:,} replies tell"
            said = f"about {said} by estimate, as {replies} no usage"
        return (
            f"stopped at the budget: {said}, and the next request may cost more than is left. The same command with a"
            " larger --budget goes on"
        )

    def meters(self, store: RunStore) -> "dict[str, Meter | None]":
        """Return what watches over each model, having counted what the run has cost so far."""
        self.exhausted = False
        longest = store.manifest.sampling.max_tokens
        meters = {
            model: Meter(self, price, self._batch, longest, store.usage.each(model)) if price else None
            for model, price in self._prices.items()
        }
        self._meters = [meter for meter in meters.values() if meter]
        return meters


class Meter:
    """What one model costs while it is asked; engines may pull requests in a thread of their own."""

    def __init__(
        self,
        spending: Spending,
        price: Price,
        batch: bool,
        longest: int,
        before: Iterable[tuple[int | None, int | None, bool]],
    ) -> None:
        """Go on after earlier replies: tokens in, tokens out, and whether they came through a batch API.

        `longest` is the tokens that a reply may have.
        """
        self._spending = spending
        self._price = price
        self._batch = batch
        self._longest = longest
        self._costs = _Costs()
        self._guesses = _Costs()
        """The most that requests of this go can cost, of all that were pulled."""
        self.untold = 0
        """Replies that tell no usage."""
        self._elsewhere = 0
        for prompt_tokens, reply_tokens, batched in before:
            told = cost(price, prompt_tokens, reply_tokens, batched)
            if told is None:
                self.untold += 1
            else:
                self._costs.add(told)
        self._began = bool(self._costs.number or self.untold)
        self._under_way: dict[str, float] = {}
        self._lock = threading.Lock()

    @property
    def spent(self) -> float:
        """What is told, and of each reply that tells nothing the mean of those that do.

        Where none does, it is the mean of the most that the requests of this go can cost: the same rule whether
        the reply came in this go or before.
        """
        return self._costs.sum + self.untold * self._of_untold

    @property
    def _of_untold(self) -> float:
        if self._costs.number:
            return self._costs.mean
        if self._guesses.number:
            return self._guesses.mean
        return cost(self._price, 0, self._longest, self._batch) or 0.0

    def portions(self, requests: Iterable[Request], elsewhere: int = 0) -> Iterator[Iterator[Request]]:
        """Yield the requests in portions, each to be asked to its end before the next one is begun.

        A portion ends where the next request might not fit beside what is under way; once that has landed and
        cost less than was expected, another portion goes on with it. The first portions are small, until enough is
        known of what a reply costs. The last one ends with the requests or the budget. Room is left for as many
        replies as are under way `elsewhere`, to what other rows have asked.
        """
        waiting = iter(requests)
        self._elsewhere = elsewhere
        held = self._pulled(waiting)

        def portion() -> Iterator[Request]:
            nonlocal held
            while held is not None and self._allows(held):
                yield held
                held = self._pulled(waiting)

        while held is not None:
            if self._spending.exhausted or self._fits(held) is None:
                self._spending.exhausted = True
                return
            yield portion()
            self._began = True
            self._under_way.clear()  # an engine replies to each request or raises

    def landed(self, reply: Reply) -> None:
        """Count what a reply has cost; a fault is taken to cost nothing, as providers charge replies."""
        with self._lock:
            self._under_way.pop(reply.key, None)
            if reply.fault is not None:
                return
            told = cost(self._price, reply.prompt_tokens, reply.reply_tokens, reply.batched)
            if told is None:
                self.untold += 1
            else:
                self._costs.add(told)

    def _pulled(self, waiting: Iterator[Request]) -> Request | None:
        request = next(waiting, None)
        if request is not None:
            with self._lock:
                self._guesses.add(most(self._price, request, self._batch))
        return request

    def _expected(self, request: Request) -> float:
        """Return the mean cost of what the model has replied, before its first reply the most it can be."""
        return self._costs.mean if self._costs.number else most(self._price, request, self._batch)

    def _allows(self, request: Request) -> bool:
        with self._lock:
            if len(self._under_way) >= self._most_at_once():
                return False
            expected = self._fits(request)
            if expected is not None:
                self._under_way[request.key] = expected
        return expected is not None

    def _most_at_once(self) -> float:
        """Return how many requests may be under way for what is known of their cost."""
        unknown = self._began and not self._costs.number  # these replies tell nothing, nor will the next ones
        # A batch is not cut short to learn from it: it may take a day.
        return math.inf if self._batch or unknown else max(FIRST, self._costs.number)

    def _fits(self, request: Request) -> float | None:
        """Return what the request is expected to cost where it still fits beside what is under way, else None."""
        expected = self._expected(request)
        if self._costs.number:
            together = self._costs.of_further(len(self._under_way) + self._elsewhere + 1)
        else:
            together = sum(self._under_way.values()) + (self._elsewhere + 1) * expected
        return expected if self._spending.spent + together <= self._spending.budget.amount else None


class _Costs:
    """What replies have cost, and so what further ones will."""

    def __init__(self) -> None:
        self.number = 0
        self.sum = 0.0
        self._squares = 0.0

    def add(self, amount: float) -> None:
        """Count one reply."""
        self.number += 1
        self.sum += amount
        self._squares += amount * amount

    @property
    def mean(self) -> float:
        return self.sum / self.number

    def of_further(self, number: int) -> float:
        """Return what so many further replies hardly cost more than: a prediction from mean and variance so far.

        The variance is that of the further ones, and that of the mean, which few replies tell badly.
        """
        spread = self._squares - self.number * self.mean**2
        variance = max(0.0, spread) / (self.number - 1) if self.number > 1 else 0.0
        return number * self.mean + CAUTION * math.sqrt(variance * (number + number**2 / self.number))


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
