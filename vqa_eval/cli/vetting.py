"""What a look over a benchmark found, on the screen."""

from collections.abc import Iterable

from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from vqa_eval.cli.screen import err, note, one_line, out
from vqa_eval.pipeline.vetting import Finding

_STYLES = {"wrong": "bold red", "odd": "yellow", "fine": "green"}


class Watch:
    """Progress of a look over a benchmark, one bar a step."""

    def __init__(self) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=err,
            transient=True,
            disable=not err.is_terminal,
        )

    def __enter__(self) -> "Watch":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def begins(self, step: str, total: int) -> None:
        """Begin a bar, and take the last one away; where no bar can move, say that the step begins."""
        if self._progress.disable:
            note(f"{step}: {total:,} …")
        for task in self._progress.task_ids:
            self._progress.remove_task(task)
        self._progress.add_task(escape(step), total=total)

    def goes(self, done: int) -> None:
        """Move the bar."""
        self._progress.update(self._progress.task_ids[-1], completed=done)


def show_findings(benchmark: str, findings: Iterable[Finding]) -> int:
    """Print a line a check, the wrong first; return 1 where something is wrong, else 0."""
    order = ("wrong", "odd", "fine")
    found = sorted((finding for finding in findings if finding.of), key=lambda finding: order.index(finding.grade))
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold cyan")
    for name in ("", "found", "of"):
        table.add_column(name, justify="right" if name else "left", no_wrap=True)
    table.add_column("check", overflow="fold")
    for finding in (finding for finding in found if finding.count):
        style = _STYLES[finding.grade]
        words = f"[bold]{escape(finding.check)}[/]" + (f": {escape(one_line(finding.said))}" if finding.said else "")
        if finding.examples:
            more = ", …" if finding.count > len(finding.examples) else ""
            words += f"\n[dim]{escape(one_line(', '.join(finding.examples)))}{more}[/]"
        table.add_row(f"[{style}]{finding.grade}[/]", f"{finding.count:,}", f"{finding.of:,}", words)
    out.print(table)
    clean = dict.fromkeys(finding.check for finding in found if not finding.count)
    out.print(f"[green]none of these[/]  {escape(', '.join(clean))}")
    counts = {grade: sum(finding.grade == grade for finding in found) for grade in order}
    told = ", ".join(f"{count} {grade}" for grade, count in counts.items() if count)
    out.print(f"\n{escape(benchmark)}: {len(found)} checks, {told}", soft_wrap=True)
    return int(counts["wrong"] > 0)
