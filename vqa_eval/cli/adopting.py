"""The command that takes in predictions which another harness stored."""

from collections.abc import Sequence
from pathlib import Path

from vqa_eval.catalog import Catalog
from vqa_eval.cli.scoring import Scoring, score_runs
from vqa_eval.cli.screen import note, out, show_table
from vqa_eval.pipeline.adopt import Adopted, adopt
from vqa_eval.samples import Library, home


def import_predictions(
    files: Sequence[Path], model: str, task: str | None, folder: Path | None, catalog: Catalog
) -> int:
    """Make a run of stored predictions, say what was read, and print its board.

    model: the name on the board; empty takes the files' own. task: the benchmark whose columns the files repeat.
    folder: where the run goes; None takes a name under runs/. Returns 0, or 1 where questions have no reply.
    """
    run, read = adopt(files, model, folder, catalog, task=task, library=Library(home()))
    columns = ("file", "harness", "benchmark", "samples", "with key", "empty", "faults")
    show_table("", columns, [_line(entry) for entry in read], (False, False, False, True, True, True, True))
    for entry in read:
        if entry.draws:
            note(f"  ! {entry.file}: {entry.draws:,} further replies to the same questions are left out")
    code = score_runs([run], catalog, Scoring())
    out.print(f"\nrun: {run}", soft_wrap=True, markup=False)
    return code


def _line(entry: Adopted) -> tuple[str, ...]:
    counts = (entry.samples, entry.with_key, entry.empty, entry.faults)
    return (entry.file, entry.harness, entry.benchmark, *(f"{count:,}" for count in counts))
