"""What a benchmark is reported in itself: its own metrics on its own samples, kinds together where it takes them so."""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from vqa_eval.boards.board import OWN, Section
from vqa_eval.boards.cells import Slice, resampling_notes
from vqa_eval.boards.columns import Judged, Marked
from vqa_eval.boards.places import by_place, place_name
from vqa_eval.boards.terms import term
from vqa_eval.metrics import Metric
from vqa_eval.metrics.baselines import prior
from vqa_eval.records import Answer, Row, Sample


def own_sections(
    samples: Sequence[Sample],
    rows: Mapping[Row, Sequence[Judged]],
    shares: Mapping[Row, Sequence[Judged] | None],
    measures: Mapping[str, Sequence[Metric]],
) -> tuple[Section, ...]:
    """Return a table for each benchmark, or part of one, that `measures` names and the run has samples of.

    `shares` gives what rows made of the samples when they were asked for the log-probabilities of the options, or
    None for those that cannot be asked; rows that were not are absent. A metric of probabilities takes them from
    there, unless the replies to the plain question bring them, and has no number otherwise.
    """
    priors = [prior(sample) for sample in samples]
    plain = {row: Marked(judged) for row, judged in rows.items()}
    asked = {row: Marked(judged) for row, judged in shares.items() if judged is not None}
    cannot = {row for row, judged in shares.items() if judged is None}
    sections = []
    for place, found in by_place(range(len(samples)), samples).items():
        pieces = [
            (metric, Slice(place, None, positions, samples, priors))
            for metric in measures.get(place_name(place), ())
            if (positions := [at for at in found if _applies(metric, samples[at])])
        ]
        if not pieces:
            continue
        cells = []
        reasons: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
        for row, marked in plain.items():
            for metric, piece in pieces:
                source = _source(metric, piece.positions, marked, asked.get(row))
                cells.append(piece.cell(row, metric, source))
                if cells[-1].value is None and cells[-1].missing < cells[-1].n:
                    why = _why_not(metric, piece.positions, source, row in cannot)
                    reasons[metric.name, why].append(row.model)
        notes = [
            f"{term(name)}{'' if len(models) == len(rows) else ' of ' + ', '.join(dict.fromkeys(models))}: {why}"
            for (name, why), models in reasons.items()
        ]
        metrics = tuple(metric for metric, _ in pieces)
        kinds = sorted({samples[at].kind for _, piece in pieces for at in piece.positions})
        sections.append(
            Section(
                kind=" and ".join(kinds),
                metrics=metrics,
                axis="",
                cells=tuple(cells),
                profile=OWN,
                benchmark=place_name(place),
                notes=(*notes, *resampling_notes(cells)),
            )
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


def _why_not(metric: Metric, positions: Sequence[int], source: Marked, cannot: bool) -> str:
    """Return why a metric has no number of samples that have replies; `cannot` that no probabilities can be had."""
    scores = [score for at in positions for score in source.judged[at].scores if score.metric == metric.name]
    if all(score.value is None for score in scores):
        if metric.missing and metric.missing():
            return metric.missing()
        if metric.needs_shares and cannot:
            return "cannot be asked this way: logprobs"
        if metric.needs_shares:
            return "needs --channels logprobs"
        if metric.labeller:
            return f"needs vqa-eval score RUN --labeller {metric.labeller}:PATH"
    if not scores:
        return "no score stored yet: vqa-eval score RUN"
    where = next((part for part in metric.about.split("; ") if part.startswith("undefined ")), "")
    return "undefined on these samples" + (f" ({where})" if where else "")
