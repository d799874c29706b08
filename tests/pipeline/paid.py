"""A benchmark of five questions and models that charge, asked without a net."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from tests.watchers import Silence
from vqa_eval.boards import Board
from vqa_eval.catalog import Catalog
from vqa_eval.engines import Engine
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.pricing import parse_money
from vqa_eval.pipeline.run import Order, Prepared, prepare, run
from vqa_eval.pipeline.spending import Spending, spending_on
from vqa_eval.records import Reply, Request
from vqa_eval.samples import Library, home
from vqa_eval.store import RunStore

CARD = """\
id: {name}
title: A model that charges
schemes: [openai]
api_name: {name}
base_url: http://127.0.0.1:9/v1
price: {{input: {price}, output: {price}, currency: {currency}, batch: 0.5}}
"""


def paid_catalog(letters: Path, **prices: float | str) -> Catalog:
    """Return the catalogue with `letters` at hand and a card for each model, by its price for a million tokens."""
    folder = letters / "models"
    folder.mkdir(exist_ok=True)
    for name, price in prices.items():
        amount, _, currency = str(price).partition(" ")
        (folder / f"{name}.yaml").write_text(CARD.format(name=name, price=amount, currency=currency or "USD"))
    catalog = Catalog([letters])
    Library(home()).add(catalog.tasks["letters"], letters / "tasks" / "letters.csv")
    return catalog


def says(text: str = "A", tokens: int | None = 500_000, out: int | None = 500_000) -> Callable[[Request], Reply]:
    """Return what answers with so many tokens in and out: at a price of 1 the usual reply costs 1."""
    return lambda request: Reply(request.key, text, "stop", tokens, out, 0.5)


class Eager(ScriptedEngine):
    """Keeps several requests under way, as a served engine does."""

    def __init__(self, answers: Callable[[Request], Reply], width: int) -> None:
        super().__init__(answers)
        self.width = width
        self.portions = 0
        """How often it was asked."""

    def ask(self, requests: Iterable[Request]) -> Iterator[Reply]:
        """Yield replies in order, pulling as far ahead as may be under way."""
        self.portions += 1
        pulled, flight = iter(requests), list[Request]()
        while True:
            while len(flight) < self.width and (request := next(pulled, None)) is not None:
                self.asked.append(request)
                flight.append(request)
            if not flight:
                return
            yield self._reply(flight.pop(0))


def ordered(catalog: Catalog, folder: Path, models: tuple[str, ...] = ("paid",), **order: object) -> Prepared:
    """Return the order to ask `letters`."""
    given = {"models": models, "tree": ("letters",), "out": folder / "run", **order}
    return prepare(Order(**given), catalog, Library(home()))  # type: ignore[arg-type]  # named as the fields are


def go(
    prepared: Prepared, catalog: Catalog, engines: dict[str, Engine], budget: str = ""
) -> tuple[RunStore, Board, Spending | None]:
    """Ask within a budget; return the run, its board and what was spent."""
    spending = spending_on(parse_money(budget), prepared.models) if budget else None
    store, board = run(prepared, catalog, Silence(), lambda ref, store: engines[ref.name], spending)
    return store, board, spending
