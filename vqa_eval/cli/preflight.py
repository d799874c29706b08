"""The dry run on the screen: what would be sent, what it costs, how long it takes and what it can show."""

from collections.abc import Mapping, Sequence

from vqa_eval.boards.lines import ABSENT, KINDS
from vqa_eval.catalog import Catalog
from vqa_eval.cli.hints import counted
from vqa_eval.cli.screen import note, out, show_table
from vqa_eval.engines import EngineSettings, ModelRef
from vqa_eval.pipeline.accounts import Prices, prices_of
from vqa_eval.pipeline.forecast import (
    Range,
    at_once,
    budget_words,
    duration,
    money_as,
    money_range,
    money_words,
    time_range,
    time_words,
)
from vqa_eval.pipeline.preflight import Load, loads
from vqa_eval.pipeline.pricing import Money
from vqa_eval.pipeline.probing import Probe, Probed
from vqa_eval.pipeline.resolution import ASSUMED, resolutions
from vqa_eval.pipeline.run import Prepared
from vqa_eval.pipeline.tokenizing import counter
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


def show_probe(probe: Probe, found: Sequence[Load], prepared: Prepared, settings: EngineSettings) -> None:
    """Print what asking some samples measured; their replies stay in the run's folder."""
    by_row = {(load.model, load.prompt): load for load in found}
    refs = {ref.name: ref for ref in prepared.models}
    rows = [one for one in probe.rows if (one.row.model, one.row.prompt) in by_row]
    out.print()
    heads = ("replies", "faults", "tokens in, mean", "tokens out, mean", "seconds each", "at once", "replies/s")
    columns = ("model", "prompt", *heads, "left to ask", "time left", "money in all")
    lines = [_probe_line(one, probe.store, refs[one.row.model], settings) for one in rows]
    show_table(_probe_title(probe, rows), columns, lines, (False, False) + (True,) * 10)
    if not probe.samples:
        note("every sample that can be asked has its reply: nobody was asked, and no time was measured")
    _note_pace(rows, refs, settings)
    gpu = f", {_bytes(probe.peak.accelerator)} of the GPU by torch" if probe.peak.accelerator is not None else ""
    heaviest = _heaviest_words(probe, rows, {load.heaviest.sample for load in found if load.heaviest})
    note(f"peak memory of this process: {_bytes(probe.peak.resident)}{gpu}{heaviest}")
    note(f"the replies are kept: the same command without --dry-run --probe goes on from them: {probe.store.folder}")


def note_budget(budget: Money, found: Sequence[Load], prepared: Prepared, settings: EngineSettings) -> None:
    """Say whether a budget suffices by what the requests are estimated to cost."""
    most = prepared.manifest.sampling.max_tokens
    prices = prices_of(prepared.models)
    charged = [(price, load) for load in found if (price := prices[load.model])]
    ranges = [money_range(price, load, most, settings.batch) for price, load in charged]
    known = all(load.picture_tokens is not None for _, load in charged)
    total = Range(sum(one.low for one in ranges), sum(one.high for one in ranges))
    note(budget_words(budget, total if known else None))


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
    columns = ("model", "prompt", "p50 ≈", "p95 ≈", "max ≈", "text in all ≈", "pictures in all ≈", "money ≈")
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


def _probe_title(probe: Probe, rows: Sequence[Probed]) -> str:
    """Return how many samples were asked, of how many that were to be."""
    wanted, asked = len(probe.samples), len(frozenset[str]().union(*(one.asked for one in rows)))
    return f"probe of {counted(wanted, 'sample')}{f', of which {asked:,} were asked' if asked < wanted else ''}"


def _heaviest_words(probe: Probe, rows: Sequence[Probed], heaviest: frozenset[str] | set[str]) -> str:
    """Return whether the peak is that of the heaviest sample too."""
    if not heaviest:
        return ""
    if all(heaviest <= one.landed for one in rows):
        return "; the heaviest sample was among the asked"
    return f"; the heaviest sample was not among {'those that replied' if heaviest & probe.samples else 'the asked'}"


def _probe_line(one: Probed, store: RunStore, ref: ModelRef, settings: EngineSettings) -> tuple[str, ...]:
    row, pace, price = one.row, one.pace, ref.card.price
    usage = store.usage.of_row(row.number)
    asked = [variant for variant in store.variants() if not store.declined(row.number, variant)]
    requests = [store.requests(row.number, variant) for variant in asked]
    left = sum(total - done for done, total in requests)
    each = (usage.prompt_tokens / usage.told, usage.reply_tokens / usage.told) if usage.told else None
    time = UNKNOWN
    if not left:
        time = ABSENT
    elif settings.batch:
        time = "within a day"
    elif pace:
        tokens = sum(each) if each else 0.0
        time = time_words(time_range(left, pace, settings, tokens=tokens, widest=at_once(ref, settings)))
    money = money_as(price, sum(total for _, total in requests), usage, settings.batch) if price else None
    return (
        row.model,
        row.prompt,
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


def _note_pace(rows: Sequence[Probed], refs: Mapping[str, ModelRef], settings: EngineSettings) -> None:
    """Say what the expected time rests on."""
    paces = {one.row.model: one.pace for one in rows if one.pace}
    if any(pace.at_once is None for pace in paces.values()):
        note("time of a model that runs here: replies over seconds of the whole probe, slow start and tail included")
    served = {name: pace.at_once for name, pace in paces.items() if pace.at_once}
    if served:
        note("time of a served model: requests under way at once over their mean seconds, as in the probe")
    for name, number in served.items():
        widest = at_once(refs[name], settings)
        if widest and widest > number:
            note(
                f"{name}: {number} were under way at once, the run may have {widest} (a short probe, a budget or a"
                " provider lets few start at first): the shorter time is with these, if each is then as quick"
            )
    opened = {one.row.model: one.opening for one in rows if one.pace}
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
