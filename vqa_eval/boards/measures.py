"""What a benchmark is reported in itself: its own metrics on its own samples, kinds together where it takes them so."""

from collections.abc import Mapping, Sequence

from vqa_eval.boards.board import OWN, Section
from vqa_eval.boards.cells import Cell, Slice
from vqa_eval.boards.columns import Judged, Marked
from vqa_eval.boards.places import by_place, place_name
from vqa_eval.boards.terms import term
from vqa_eval.metrics import Metric
from vqa_eval.metrics.baselines import prior
from vqa_eval.records import Answer, Row, Sample


def own_sections(
    samples: Sequence[Sample],
    rows: Mapping[Row, Sequence[Judged]],
    shares: Mapping[Row, Sequence[Judged]],
    measures: Mapping[str, Sequence[Metric]],
) -> tuple[Section, ...]:
    """Return a table for each benchmark, or part of one, that `measures` names and the run has samples of.

    `shares` gives what rows made of the samples when they were asked for the log-probabilities of the options;
    rows that were not are absent. A metric of probabilities takes them from there, unless the replies to the
    plain question bring them, and has no number otherwise.
    """
    priors = [prior(sample) for sample in samples]
    plain = {row: Marked(judged) for row, judged in rows.items()}
    asked = {row: Marked(judged) for row, judged in shares.items()}
    sections = []
    for place, found in by_place(range(len(samples)), samples).items():
        pieces = [
            (metric, Slice(place, None, positions, samples, priors))
            for metric in measures.get(place_name(place), ())
            if (positions := [at for at in found if _applies(metric, samples[at])])
        ]
        if not pieces:
            continue
        cells, silent = [], []
        for row, marked in plain.items():
            for metric, piece in pieces:
                source = _source(metric, piece.positions, marked, asked.get(row))
                cells.append(piece.cell(row, metric, source))
                values = source.column(metric.name).values
                if all(values[at] is None for at in piece.positions):
                    silent.append(cells[-1])
        metrics = tuple(metric for metric, _ in pieces)
        kinds = sorted({samples[at].kind for _, piece in pieces for at in piece.positions})
        notes = tuple(note for metric in metrics for note in _why_not(metric, cells, silent))
        sections.append(
            Section(" and ".join(kinds), metrics, "", tuple(cells), OWN, benchmark=place_name(place), notes=notes)
        )
    return tuple(sections)


def _applies(metric: Metric, sample: Sample) -> bool:
    """Return whether the metric can score the sample, whatever is answered."""
    if sample.kind not in metric.kinds or not sample.has_key:
        return False
    if sample.kind != "choice" or metric.fit or (metric.missing and metric.missing()):
        return True
    count = len(sample.options)
    silent = Answer("unparsed", shares=(1 / count,) * count if metric.needs_shares and count else ())
    return metric.score(sample, silent) is not None


def _source(metric: Metric, positions: Sequence[int], plain: Marked, shares: Marked | None) -> Marked:
    """Return what the metric's number of a row is taken from."""
    if not metric.needs_shares or shares is None:
        return plain
    values = plain.column(metric.name).values
    return shares if all(values[at] is None for at in positions) else plain


def _why_not(metric: Metric, cells: Sequence[Cell], silent: Sequence[Cell]) -> list[str]:
    """Return why rows have no number under a metric, where that is not for want of replies.

    `silent` are the cells of which no sample has a score.
    """
    cells = [cell for cell in cells if cell.metric == metric.name]
    without = [cell for cell in cells if cell.value is None and cell.missing < cell.n]
    if not without:
        return []
    why = "undefined on these samples"
    if any(cell in silent for cell in without):
        if metric.missing and metric.missing():
            why = metric.missing()
        elif metric.needs_shares:
            why = "needs --channels logprobs"
        elif metric.labeller:
            why = f"needs vqa-eval score RUN --labeller {metric.labeller}:PATH"
    whose = "" if len(without) == len(cells) else f" of {', '.join(dict.fromkeys(cell.row.model for cell in without))}"
    return [f"{term(metric.name)}{whose}: {why}"]
