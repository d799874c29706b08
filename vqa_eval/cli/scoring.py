"""Commands that score stored runs and print their boards."""

import gc
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vqa_eval.boards import to_csv, to_json, to_markdown
from vqa_eval.boards.documents import csv_text
from vqa_eval.catalog import Catalog
from vqa_eval.cli.labelling import label_run, parse_labellers
from vqa_eval.cli.screen import note, one_line, out, show_table
from vqa_eval.cli.showing import exit_code, show_board, write_board, write_text
from vqa_eval.engines import EngineSettings, ModelRef, open_engine, parse_model
from vqa_eval.errors import CatalogError, EngineError
from vqa_eval.pipeline.consent import refuse_remote_reader
from vqa_eval.pipeline.extract import extract, reader_name
from vqa_eval.pipeline.flips import Flip, Read, flips, snapshot
from vqa_eval.pipeline.mark import all_profiles, mark, refresh
from vqa_eval.pipeline.rank import rank
from vqa_eval.records import BoardSpec
from vqa_eval.samples import home
from vqa_eval.store import RunStore

SHOWN_FLIPS = 20
"""Flipped samples that are printed; all of them are written."""


@dataclass(frozen=True, slots=True)
class Scoring:
    """How stored replies are scored again."""

    profiles: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    """Metrics beside those of each kind of sample."""
    diff: bool = False
    extractor: str = ""
    """A model as it is typed at --model; empty for none."""
    base_url: str = ""
    labellers: tuple[str, ...] = ()
    """What labels reports, as typed: "chexbert:FOLDER"."""


def score_runs(folders: Sequence[Path], catalog: Catalog, scoring: Scoring) -> int:
    """Mark stored runs again and print their boards."""
    names = all_profiles() if scoring.profiles == ("all",) else scoring.profiles
    extractor = _extractor(catalog, scoring)  # before anything is marked
    labellers = parse_labellers(scoring.labellers)
    # Answers and scores make no circles; the collector would walk through all of them again and again.
    gc.disable()
    codes = []
    for folder in folders:
        store = RunStore.open(folder)
        if extractor:
            refuse_remote_reader(extractor, store, catalog.tasks)
        before, versions = (snapshot(store), store.marks.marked_by) if scoring.diff else ({}, "")
        mark(store, names, scoring.metrics)
        if extractor:
            _extract(store, catalog, extractor)
            mark(store, names, scoring.metrics)
        for ref in labellers:
            label_run(store, ref)
        if labellers:
            mark(store, names, scoring.metrics)
        if scoring.diff:
            _show_flips(store, list(flips(store, before)), versions)
        board = rank(store, catalog.boards["default"])
        write_board(board, folder)
        show_board(board)
        codes.append(exit_code(store))
    return max(codes)


def _extractor(catalog: Catalog, scoring: Scoring) -> ModelRef | None:
    if not scoring.extractor:
        return None
    ref = parse_model(scoring.extractor, catalog.models, scoring.base_url or None)
    if ref.scheme == "baseline":
        raise EngineError(f"{scoring.extractor} reads nothing", "name a model: --extractor openai:NAME")
    return ref


def _extract(store: RunStore, catalog: Catalog, ref: ModelRef) -> None:
    engine = open_engine(ref, EngineSettings(home=home()))
    said = Counter[str]()
    try:
        extract(
            store, engine, catalog.extracts["option"], lambda reply: said.update(["fault" if reply.fault else "reply"])
        )
    finally:
        engine.close()
    kept = len(list(store.extractions.replies(store.rows()[0].number, reader_name(engine.identity.name))))
    note(f"{ref.name}: {said['reply']:,} replies and {said['fault']:,} faults now, {kept:,} samples in all")


def _show_flips(store: RunStore, found: Sequence[Flip], before: str) -> None:
    """Print which samples flip, by the rules that decide, and write all of them beside the run."""
    after = store.marks.marked_by
    note(f"before: {before or 'never marked'}")
    note(f"now:    {after}")
    if not found:
        out.print("no sample is read or scored otherwise than before")
        (store.folder / "flips.csv").unlink(missing_ok=True)  # of an earlier scoring
        return
    ways = Counter((_rule(flip.before), _rule(flip.after)) for flip in found)
    gains = {
        way: sum(flip.change or 0.0 for flip in found if (_rule(flip.before), _rule(flip.after)) == way) for way in ways
    }
    lines = [(old, new, f"{count:,}", f"{gains[old, new]:+g}") for (old, new), count in ways.most_common()]
    show_table(
        "what flips, and by which rule", ("before", "now", "samples", "score"), lines, (False, False, True, True)
    )
    samples = [
        (flip.sample, _said(flip.before), _said(flip.after), f"{flip.change or 0:+g}", one_line(flip.reply)[:60])
        for flip in found[:SHOWN_FLIPS]
    ]
    out.print()
    show_table("", ("sample", "before", "now", "score", "reply"), samples, (False, False, False, True, False))
    fields = ("sample", "model", "prompt", "variant", "before", "before_rule", "now", "now_rule", "change", "reply")
    records = (
        {
            "sample": flip.sample,
            "model": flip.row.model,
            "prompt": flip.row.prompt,
            "variant": flip.variant.name,
            "before": _said(flip.before),
            "before_rule": flip.before.rule if flip.before else "",
            "now": _said(flip.after),
            "now_rule": flip.after.rule if flip.after else "",
            "change": flip.change,
            "reply": flip.reply,
        }
        for flip in found
    )
    write_text(store.folder / "flips.csv", csv_text(fields, records))
    note(f"{len(found):,} in all: {store.folder / 'flips.csv'}")


def _rule(read: Read | None) -> str:
    return f"{read.status}: {read.rule}" if read else "not read"


def _said(read: Read | None) -> str:
    return one_line(read.said)[:40] or read.status if read else "not read"


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
        refresh(store)
        board = rank(store, spec)
        if form == "screen":
            show_board(board)
        else:
            out.print(forms[form](board), end="", soft_wrap=True, markup=False)
        codes.append(exit_code(store))
    return max(codes)
