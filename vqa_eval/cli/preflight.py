"""The dry run on the screen: what would be sent, what it costs, how long it takes and what it can show."""

from collections.abc import Sequence

from vqa_eval.boards.lines import ABSENT, KINDS
from vqa_eval.catalog import Catalog
from vqa_eval.cli.hints import counted
from vqa_eval.cli.screen import note, out, show_table
from vqa_eval.engines import EngineSettings
from vqa_eval.pipeline.accounts import Prices, prices_of
from vqa_eval.pipeline.forecast import duration, money_as, money_range, money_words, time_range, time_words
from vqa_eval.pipeline.preflight import Load, loads
from vqa_eval.pipeline.probing import Probe, Probed
from vqa_eval.pipeline.resolution import ASSUMED, resolutions
from vqa_eval.pipeline.run import Prepared
from vqa_eval.pipeline.tokenizing import counter
from vqa_eval.records import Price
from vqa_eval.store import RunStore
from vqa_eval.tree import path

UNKNOWN = "unknown"


def show_preflight(prepared: Prepared, catalog: Catalog, settings: EngineSettings) -> list[Load]:
    """Print what a run would send, cost and be able to show; nobody is asked."""
    counters = {ref.name: counter(ref, settings.home) for ref in prepared.models}
    found = list(loads(prepared, lambda ref: counters[ref.name]))
    _show_loads(found)
    _show_tokens(found, prepared, settings)
    _show_memory(found)
    told = dict.fromkeys(counters[load.model].words for load in found)
    note(
        f"tokens: texts by {', '.join(told)}, without what a chat template adds; pictures as one token for 28 × 28"
        " pixels as sent, by their headers. Models differ"
    )
    _note_prices(prices_of(prepared.models))
    _show_resolution(prepared, catalog)
    return found


def show_probe(probe: Probe, found: Sequence[Load], prices: Prices, settings: EngineSettings) -> None:
    """Print what asking some samples measured; their replies stay in the run's folder."""
    by_row = {(load.model, load.prompt): load for load in found}
    lines = []
    for one in probe.rows:
        load = by_row.get((one.row.model, one.row.prompt))
        if load is not None:
            lines.append(_probe_line(one, load, probe.store, prices.get(load.model), settings))
    out.print()
    heads = ("replies", "faults", "tokens in, mean", "tokens out, mean", "seconds each", "at once", "replies/s")
    columns = ("model", "prompt", *heads, "left to ask", "time left", "money in all")
    show_table(f"probe of {counted(len(probe.samples), 'sample')}", columns, lines, (False, False) + (True,) * 10)
    _note_pace(probe, settings)
    gpu = f", {_bytes(probe.peak.accelerator)} of the GPU by torch" if probe.peak.accelerator is not None else ""
    note(f"peak memory of this process: {_bytes(probe.peak.resident)}{gpu}; the heaviest sample was among the asked")
    note(f"the replies are kept: the same command without --dry-run --probe goes on from them: {probe.store.folder}")


def note_untimed() -> None:
    """Say what a dry run that asks nobody cannot tell."""
    note("time: unknown, nobody was asked: add --probe 20, which asks 20 samples and keeps their replies")


def _show_loads(found: Sequence[Load]) -> None:
    columns = ("prompt", "samples", "requests", "pictures", "distinct", "not at hand")
    of_prompt = {load.prompt: load for load in found}
    lines = [
        (
            load.prompt,
            f"{load.samples:,}",
            f"{load.requests:,}",
            f"{load.pictures:,}",
            f"{load.distinct_pictures:,}",
            f"{load.pictures_missing:,}",
        )
        for load in of_prompt.values()
    ]
    models = ", ".join(dict.fromkeys(load.model for load in found))
    show_table(f"dry run for {models}", columns, lines, (False,) + (True,) * 5)
    if missing := max(load.pictures_missing for load in found):
        note(f"! {counted(missing, 'sample')} without a picture at hand: requests here, but each will be a fault")


def _show_tokens(found: Sequence[Load], prepared: Prepared, settings: EngineSettings) -> None:
    prices = prices_of(prepared.models)
    most = prepared.manifest.sampling.max_tokens
    lines = []
    for load in found:
        price = prices[load.model]
        whole = load.picture_tokens is not None
        pictures = f"{load.picture_tokens:,}" if load.picture_tokens is not None else UNKNOWN
        money = UNKNOWN
        if price and whole:
            money = money_words(money_range(price, load, most, settings.batch), price.currency.upper())
        spread = load.tokens
        each = [f"{number:,}" if whole else UNKNOWN for number in (spread.middle, spread.high, spread.most)]
        lines.append((load.model, load.prompt, *each, f"{load.text_tokens:,}", pictures, money))
    out.print()
    columns = ("model", "prompt", "p50 ≈", "p95 ≈", "max ≈", "text in all ≈", "pictures in all ≈", "money")
    show_table(
        f"tokens of a request; money with replies of 1 to {most:,} tokens", columns, lines, (False, False) + (True,) * 6
    )


def _show_memory(found: Sequence[Load]) -> None:
    seen = {load.heaviest.sample: load.heaviest for load in found if load.heaviest}
    for heaviest in seen.values():
        decoded = f"pictures of {_bytes(heaviest.stored)}, {_bytes(heaviest.decoded)} decoded"
        said = decoded if heaviest.stored else "no picture whose size is known"
        note(f"heaviest sample: {heaviest.sample}: {said}, {counted(heaviest.characters, 'character')} of text")


def _note_prices(prices: Prices) -> None:
    for model, price in prices.items():
        if price:
            noted = f" ({price.noted})" if price.noted else ""
            currency = price.currency.upper()
            note(f"price of {model}: {price.input:g} {currency} a million tokens in, {price.output:g} out{noted}")


def _show_resolution(prepared: Prepared, catalog: Catalog) -> None:
    found = resolutions(prepared.plan.samples(), catalog.boards["default"].axes)
    lines = [
        (
            KINDS[one.kind],
            path(one.node) if one.node else "all",
            f"{one.samples:,}",
            f"{one.clusters:,}",
            ABSENT if one.best is None else f"{100 * one.best:.1f}",
            ABSENT if one.worst is None else f"{100 * one.worst:.1f}",
        )
        for one in found
    ]
    out.print()
    columns = ("questions", "node", "n", "clusters", "shows from", "if clusters are alike")
    show_table("smallest difference that each node can show", columns, lines, (False, False) + (True,) * 4)
    for said in ASSUMED:
        note(said)


def _probe_line(
    one: Probed, load: Load, store: RunStore, price: Price | None, settings: EngineSettings
) -> tuple[str, ...]:
    usage = store.usage.of_row(one.row.number)
    left = sum(
        total - done for done, total in (store.requests(one.row.number, variant) for variant in store.variants())
    )
    pace = one.pace
    each = (usage.prompt_tokens / usage.told, usage.reply_tokens / usage.told) if usage.told else None
    time = UNKNOWN
    if settings.batch:
        time = "within a day"
    elif pace:
        time = time_words(time_range(left, pace, settings, sum(each) if each else 0.0))
    money = money_as(price, load, usage, settings.batch) if price else None
    return (
        one.row.model,
        one.row.prompt,
        f"{one.replies:,}",
        f"{one.faults:,}",
        *([f"{number:,.0f}" for number in each] if each else [UNKNOWN] * 2),
        UNKNOWN if pace is None or pace.seconds is None else f"{pace.seconds:.2f}",
        UNKNOWN if pace is None or pace.at_once is None else f"{pace.at_once:,}",
        UNKNOWN if pace is None else f"{pace.rate:,.2f}",
        f"{left:,}",
        time,
        f"≈ {money}" if money else UNKNOWN,
    )


def _note_pace(probe: Probe, settings: EngineSettings) -> None:
    """Say what the expected time rests on."""
    paces = [one.pace for one in probe.rows if one.pace]
    if any(pace.at_once is None for pace in paces):
        note("time of a model that runs here: replies over seconds of the whole probe, slow start and tail included")
    if any(pace.at_once for pace in paces):
        said = "time of a served model: requests under way at once over their mean seconds, as in the probe"
        if settings.concurrency:
            said += f"; the shorter one with --concurrency {settings.concurrency}, if each is then as quick"
        note(said)
    opened = {one.row.model: one.opening for one in probe.rows if one.pace}
    for model, seconds in opened.items():
        if seconds is not None and seconds >= 1:
            note(f"{model}: {duration(seconds)} until it was open, once a run")


def _bytes(number: int) -> str:
    """Return bytes as people read them: "3.4 MB"."""
    size = float(number)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"
