"""Money: what is typed, what a reply costs, and that nothing unknown costs nothing."""

import math

import pytest

from tests.engines.standins import make_request
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.pricing import Money, cost, most, parse_money, total, written
from vqa_eval.records import Price, Sampling
from vqa_eval.store import Usage

PRICE = Price(input=2.5, output=10.0, batch=0.5)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("20usd", Money(20, "USD")),
        ("20 USD", Money(20, "USD")),
        (" 15.5eur ", Money(15.5, "EUR")),
        (".5usd", Money(0.5, "USD")),
    ],
)
def test_a_budget_is_a_number_and_a_currency(typed: str, said: Money) -> None:
    """Spaces and case make no difference."""
    assert said == parse_money(typed)


@pytest.mark.parametrize(
    "typed", ["20", "usd", "20 dollars", "-3usd", "0usd", "1e3usd", "1,5eur", "nanusd", f"{10**400}usd"]
)
def test_what_is_no_budget_is_refused_with_an_example(typed: str) -> None:
    """A number alone names no currency, and nothing, less than nothing and too much are no budget."""
    with pytest.raises(EngineError) as refused:
        parse_money(typed)
    assert "--budget 20usd" in refused.value.hint


def test_a_reply_costs_its_tokens() -> None:
    """A million tokens in at 2.5 and a tenth of it out at 10 are 3.5; through a batch API half of that."""
    assert 3.5 == cost(PRICE, 1_000_000, 100_000)
    assert 1.75 == cost(PRICE, 1_000_000, 100_000, batch=True)
    assert 3.5 == cost(Price(2.5, 10.0), 1_000_000, 100_000, batch=True)


@pytest.mark.parametrize("tokens", [(None, 3), (3, None), (None, None)])
def test_a_reply_without_usage_has_no_cost(tokens: tuple[int | None, int | None]) -> None:
    """It is unknown, which is not 0."""
    assert cost(PRICE, *tokens) is None


def test_batched_replies_of_a_run_cost_their_share() -> None:
    """Of two million tokens in, one came through the batch API."""
    usage = Usage(replies=3, told=2, prompt_tokens=2_000_000, reply_tokens=0, batch_prompt_tokens=1_000_000)
    assert 2.5 + 1.25 == total(PRICE, usage)


def test_the_most_that_a_request_can_cost() -> None:
    """Its characters by four, its pixels by 28 × 28, and the longest reply that it allows."""
    request = make_request(1, pictures=1, sampling=Sampling(max_tokens=100))
    (picture,) = request.pictures
    by_hand = len(request.prompt.text) / 4 + picture.width * picture.height / 784
    assert by_hand == request.expected_tokens
    assert cost(PRICE, math.ceil(by_hand), 100) == most(PRICE, request)


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0.00"),
        (1234.5, "1,234.50"),
        (0.01, "0.01"),
        (0.5, "0.50"),
        (0.115, "0.115"),
        (0.00123456, "0.00123"),
        (3.061e-5, "0.0000306"),
    ],
)
def test_small_amounts_keep_three_digits(amount: float, text: str) -> None:
    """Below a cent an amount is not rounded to nothing."""
    assert text == written(amount)
