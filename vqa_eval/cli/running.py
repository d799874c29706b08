"""Commands that make, score and print runs."""

import time
from dataclasses import replace

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vqa_eval.catalog import Catalog
from vqa_eval.cli.screen import err, note, out
from vqa_eval.engines import EngineSettings, check_settings
from vqa_eval.errors import EngineError
from vqa_eval.pipeline.accounts import Prices, accounts, prices_of, write_usage
from vqa_eval.pipeline.plan import Plan
from vqa_eval.pipeline.pricing import parse_money
from vqa_eval.pipeline.run import Order, Prepared, prepare, run, usual_opener
from vqa_eval.pipeline.spending import Spending, spending_on
from vqa_eval.records import PLAIN, Reply, Row, Variant
from vqa_eval.samples import Library, home
from vqa_eval.store import RunStore

DRAWN_EVERY = 0.1
"""Seconds."""


def run_order(
    order: Order, catalog: Catalog, settings: EngineSettings, dry_run: bool, *, budget: str = "", probe: int = 0
) -> int:
    """Do the main job; return 0, or 1 where samples are left without a reply."""
    if probe and not dry_run:
        raise EngineError("--probe measures for a dry run", f"add --dry-run: it asks {probe} samples and keeps them")
    limit = parse_money(budget) if budget else None
    # With --serve the model's own engine may lack its library: vLLM is what must be there.
    ready = (not dry_run or probe > 0) and not settings.serve
    prepared = prepare(order, catalog, Library(home()), ready=ready)
    check_settings(prepared.models, settings)
    spending = spending_on(limit, prepared.models, settings.batch and not dry_run) if limit else None
    say_plan(prepared.plan)
    kept = any(pick.task.remote == "forbidden" for pick in prepared.plan.picks)
    if kept and order.base_url and not order.allow_remote:
        note(f"! {order.base_url} counts as this machine: where it passes requests on is for you to know")
    try:
        if dry_run:
            look_ahead(prepared, catalog, settings, probe, spending)
            return 0
        with Screen() as screen:
            opener = usual_opener(replace(settings, notice=screen.notice))
            store, board = run(prepared, catalog, screen, opener, spending)
    except KeyboardInterrupt:
        left = "batches under way go on at the provider, and " if settings.batch else ""
        note(f"stopped; nothing is lost: {left}the same command goes on. {prepared.folder}")
        return 130
    from vqa_eval.cli.showing import exit_code, show_board, write_board

    write_board(board, store.folder)
    show_board(board)
    say_usage(store, prices_of(prepared.models), spending)
    out.print(f"\nrun: {store.folder}", soft_wrap=True)
    return exit_code(store)


def look_ahead(
    prepared: Prepared, catalog: Catalog, settings: EngineSettings, probe: int, spending: Spending | None
) -> None:
    """Print what a run would send, cost, take and show; with a probe, having asked that many samples."""
    from vqa_eval.cli.preflight import note_budget, note_untimed, show_preflight, show_probe
    from vqa_eval.pipeline.choosing import spread_over
    from vqa_eval.pipeline.probing import probe as ask_probe

    if probe:
        refuse_under_way(prepared)
    loads = show_preflight(prepared, catalog, settings)
    if spending:
        note_budget(spending.budget, loads, prepared, settings)
    if not probe:
        note_untimed()
        return
    chosen = spread_over(prepared, probe, [load.heaviest.sample for load in loads if load.heaviest])
    with Screen() as screen:
        # A batch API answers within a day; a probe is asked at once, for the usual price.
        live = replace(settings, batch=False, options={}) if settings.batch else settings
        probed = ask_probe(prepared, chosen, screen, usual_opener(replace(live, notice=screen.notice)), spending)
    show_probe(probed, loads, prepared, settings)
    if spending and spending.exhausted:
        note(spending.sentence)


def refuse_under_way(prepared: Prepared) -> None:
    """Raise `EngineError` where batches hold what a probe would ask once more."""
    from vqa_eval.engines.batches import check_none_under_way

    for ref in prepared.models:
        try:
            check_none_under_way(prepared.folder, ref.name)
        except EngineError as error:
            raise EngineError(
                error.message, "collect them before a probe: the same command with --batch, without --dry-run --probe"
            ) from error


def say_usage(store: RunStore, prices: Prices, spending: Spending | None) -> None:
    """Say what each row has used and cost, and what the budget left unasked."""
    write_usage(store, prices)
    for account in accounts(store, prices):
        note(account.sentence)
    if spending and spending.exhausted:
        note(spending.sentence)


def say_plan(plan: Plan) -> None:
    """Say what a run covers and what it leaves out, before anything is asked."""
    covered = ", ".join(f"{name} {count:,}" for name, count in plan.by_benchmark().items())
    drawn = f", {plan.size:,} of them drawn with seed {plan.seed}" if plan.size < plan.matching else ""
    note(f"{plan.selection or 'everything at hand'}: {plan.matching:,} samples ({covered}){drawn}")
    for missing in plan.left_out:
        rows = f"{missing.samples:,} rows as published" if missing.samples else "size unknown"
        note(f"  not at hand: {missing.name} ({rows}); {missing.command}")


class Screen:
    """Progress of a run: done, rate, time left and faults."""

    def __init__(self) -> None:
        """Draw nothing before the first row begins."""
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[faults]}"),
            console=err,
        )
        self._task = self._progress.add_task("", visible=False, rate="", faults="")
        self._faults = self._replies = self._done = 0
        self._began = self._drawn = 0.0
        self._draws = False

    def __enter__(self) -> "Screen":
        self._progress.start()
        self._draws = True
        return self

    def __exit__(self, *_: object) -> None:
        self.rests()

    def rests(self) -> None:
        """Draw no more; the thread that draws would keep others from forking."""
        if self._draws:
            self._progress.stop()
        self._draws = False

    def opens(self, model: str) -> None:
        """Say that a model is being loaded."""
        self.notice(f"opening {model} …")

    def notice(self, text: str) -> None:
        """Print a line above the bar."""
        self._progress.console.print(text, style="dim", markup=False)

    def lacks(self, row: Row, pictures: int) -> None:
        """Say that samples will be faults."""
        said = f"{pictures:,} samples name a picture that is not at hand: each is a fault, not a wrong answer"
        self._progress.console.print(said, style="yellow", markup=False)

    def begins(self, row: Row, variant: Variant, done: int, total: int) -> None:
        """Begin a bar for the row in a variant; replies from an earlier go are done already."""
        put = "" if variant == PLAIN else f" · {variant.name}"
        if done:
            said = f"{row.model}{put}: {done:,} of {total:,} replies are there; going on"
            self._progress.console.print(said, style="dim", markup=False)
        self._faults = self._replies = 0
        self._done = done
        self._began = time.monotonic()
        self._progress.update(self._task, visible=False)
        self._task = self._progress.add_task(
            escape(f"{row.model} · {row.prompt}{put}"), total=total, completed=done, rate="", faults="no faults"
        )

    def replied(self, reply: Reply) -> None:
        """Count a reply or a fault; what is counted is drawn ten times a second, as often as anybody sees it."""
        self._replies += 1
        self._faults += reply.fault is not None
        now = time.monotonic()
        if now - self._drawn >= DRAWN_EVERY:
            self._draw(now)

    def _draw(self, now: float) -> None:
        faults = f"[red]{self._faults} faults[/]" if self._faults else "no faults"
        rate = f"{self._replies / (now - self._began):.1f}/s" if now > self._began else ""
        self._progress.update(self._task, completed=self._done + self._replies, rate=rate, faults=faults)
        self._drawn = now

    def ends(self, row: Row, done: int) -> None:
        """Show how many samples have their reply now."""
        self._draw(time.monotonic())
        self._progress.update(self._task, completed=done)
