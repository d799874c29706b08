"""Commands that make, score and print runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from vqa_eval.boards import Board, make_screen_table, to_csv, to_json, to_markdown
from vqa_eval.catalog import Catalog
from vqa_eval.cli.screen import err, note, out, show_table
from vqa_eval.engines import EngineSettings
from vqa_eval.errors import CatalogError, StoreError
from vqa_eval.pipeline.estimate import estimate
from vqa_eval.pipeline.mark import mark
from vqa_eval.pipeline.plan import Plan
from vqa_eval.pipeline.rank import rank
from vqa_eval.pipeline.run import Order, prepare, run, usual_opener
from vqa_eval.records import BoardSpec, Reply, Row
from vqa_eval.samples import Library, home
from vqa_eval.store import RunStore

WIDE_ENOUGH = 100
"""Columns of a window in which a table may name its baselines."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What the machine allows; no reply may depend on it."""

    batch_size: int | None = None
    concurrency: int | None = None
    device: str | None = None


def run_order(order: Order, catalog: Catalog, settings: Settings, dry_run: bool) -> int:
    """Do the main job; return 0, or 1 where samples are left without a reply."""
    prepared = prepare(order, catalog, Library(home()), ready=not dry_run)
    say_plan(prepared.plan)
    if dry_run:
        lines = [
            (
                entry.prompt,
                f"{entry.samples:,}",
                f"{entry.pictures:,}",
                f"{entry.distinct_pictures:,}",
                f"{entry.pictures_missing:,}",
                f"{entry.text_tokens:,}",
                "unknown" if entry.picture_tokens is None and entry.pictures else f"{entry.picture_tokens or 0:,}",
            )
            for entry in estimate(prepared)
        ]
        columns = ("prompt", "samples", "pictures", "distinct", "not at hand", "text tokens ≈", "picture tokens ≈")
        show_table(f"dry run for {', '.join(order.models)}", columns, lines, (False,) + (True,) * 6)
        note("text: 4 characters a token; pictures: 28 × 28 pixels a token. Models differ; nobody was asked.")
        return 0
    opener = usual_opener(
        EngineSettings(
            home=home(), batch_size=settings.batch_size, concurrency=settings.concurrency, device=settings.device
        )
    )
    try:
        with Screen() as screen:
            store, board = run(prepared, catalog, screen, opener)
    except KeyboardInterrupt:
        note(f"stopped; nothing is lost. The same command goes on: {prepared.folder}")
        return 130
    write_board(board, store.folder)
    show_board(board)
    out.print(f"\nrun: {store.folder}", soft_wrap=True)
    return _exit_code(store)


def score_runs(folders: Sequence[Path], catalog: Catalog) -> int:
    """Mark stored runs again and print their boards."""
    codes = []
    for folder in folders:
        store = RunStore.open(folder)
        mark(store)
        board = rank(store, catalog.boards["default"])
        write_board(board, folder)
        show_board(board)
        codes.append(_exit_code(store))
    return max(codes)


def print_boards(folders: Sequence[Path], name: str, axes: Sequence[str], form: str, catalog: Catalog) -> int:
    """Print the boards of stored runs in a form."""
    if name not in catalog.boards:
        raise CatalogError(f"no board {name!r}", f"boards: {', '.join(catalog.boards)}")
    spec = catalog.boards[name]
    if axes:
        spec = BoardSpec(spec.id, spec.about, tuple(axes))
    unknown = [axis for axis in spec.axes if axis not in {known.id for known in catalog.axes}]
    if unknown:
        raise CatalogError(f"board {name}: no axis {unknown[0]!r}", f"axes: {', '.join(a.id for a in catalog.axes)}")
    forms = {"md": to_markdown, "csv": to_csv, "json": to_json}
    if form != "screen" and form not in forms:
        raise CatalogError(f"--format {form!r}", f"forms: screen, {', '.join(forms)}")
    codes = []
    for folder in folders:
        store = RunStore.open(folder)
        if store.marks.unmarked():  # a run that was interrupted before it was marked
            mark(store)
        board = rank(store, spec)
        if form == "screen":
            show_board(board)
        else:
            out.print(forms[form](board), end="", soft_wrap=True, markup=False)
        codes.append(_exit_code(store))
    return max(codes)


def say_plan(plan: Plan) -> None:
    """Say what a run covers and what it leaves out, before anything is asked."""
    covered = ", ".join(f"{name} {count:,}" for name, count in plan.by_benchmark().items())
    drawn = f", {plan.size:,} of them drawn with seed {plan.seed}" if plan.size < plan.matching else ""
    note(f"{plan.selection or 'everything at hand'}: {plan.matching:,} samples ({covered}){drawn}")
    for missing in plan.left_out:
        rows = f"{missing.samples:,} rows as published" if missing.samples else "size unknown"
        note(f"  not at hand: {missing.name} ({rows}); {missing.command}")


def show_board(board: Board) -> None:
    """Print a board: the whole selection, the axes, then signatures and notes."""
    out.print(f"\n{board.title}", style="bold", soft_wrap=True, markup=False)
    for section in board.sections:
        table = make_screen_table(section, narrow=out.width < WIDE_ENOUGH)
        out.print()
        show_table(
            table.title,
            table.columns,
            [line.cells for line in table.lines],
            table.numeric,
            [line.baseline for line in table.lines],
        )
    out.print()
    for text in board.notes:
        out.print(f"! {text}", style="yellow", soft_wrap=True, markup=False)
    for number, text in board.signatures.items():
        out.print(f"{number}. {text}", style="dim", soft_wrap=True, markup=False)


def write_board(board: Board, folder: Path) -> None:
    """Write board.md, board.csv and board.json beside the run, each whole or not at all."""
    texts = {"board.md": to_markdown(board), "board.csv": to_csv(board), "board.json": to_json(board)}
    for name, text in texts.items():
        partial = folder / f"{name}.partial"
        try:
            partial.write_text(text, encoding="utf-8")
            partial.replace(folder / name)
        except OSError as error:
            raise StoreError(f"{folder / name}: {error.strerror}", "check the folder's permissions") from error


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
        self._faults = 0

    def __enter__(self) -> "Screen":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def opens(self, model: str) -> None:
        """Say that a model is being loaded."""
        self._progress.console.print(f"opening {model} …", style="dim", markup=False)

    def lacks(self, row: Row, pictures: int) -> None:
        """Say that samples will be faults."""
        said = f"{pictures:,} samples name a picture that is not at hand: each is a fault, not a wrong answer"
        self._progress.console.print(said, style="yellow", markup=False)

    def begins(self, row: Row, done: int, total: int) -> None:
        """Begin a bar for the row; replies from an earlier go are done already."""
        if done:
            said = f"{row.model}: {done:,} of {total:,} replies are there; going on"
            self._progress.console.print(said, style="dim", markup=False)
        self._faults = 0
        self._progress.update(self._task, visible=False)
        self._task = self._progress.add_task(
            escape(f"{row.model} · {row.prompt}"), total=total, completed=done, rate="", faults="no faults"
        )

    def replied(self, reply: Reply) -> None:
        """Count a reply or a fault."""
        self._faults += reply.fault is not None
        task = self._progress.tasks[-1]
        speed = f"{task.speed:.1f}/s" if task.speed else ""
        faults = f"[red]{self._faults} faults[/]" if self._faults else "no faults"
        self._progress.update(self._task, advance=1, rate=speed, faults=faults)

    def ends(self, row: Row, done: int) -> None:
        """Show how many samples have their reply now."""
        self._progress.update(self._task, completed=done)


def _exit_code(store: RunStore) -> int:
    return int(any(store.count_unasked(row.number) for row in store.rows()))
