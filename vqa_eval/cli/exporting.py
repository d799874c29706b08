"""The command that writes a run's replies in the form that a benchmark's maintainers take."""

from pathlib import Path

from vqa_eval.catalog import Catalog
from vqa_eval.cli.screen import note, out
from vqa_eval.pipeline.export import export
from vqa_eval.pipeline.exports import find
from vqa_eval.samples import Library, home


def export_run(run: Path, to: str, file: Path | None, catalog: Catalog) -> int:
    """Write the files and say what is in them and what is done with them next; return 0."""
    written = export(run, to, file, catalog, Library(home()))
    for one in written:
        out.print(f"{one.path}: {one.rows:,} rows of {one.model}", soft_wrap=True, markup=False)
        if one.published not in (None, one.rows):
            note(f"  ! INCOMPLETE: the published split has {one.published:,} rows; add all of its files")
        if one.empty:
            note(f"  ! {one.empty:,} replies are empty")
        if one.mended:
            note(f"  ! {one.mended:,} cells held a character that xlsx cannot; it is written as U+FFFD")
    note(find(to).then)
    return 0
