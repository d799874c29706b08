"""What a row's answers rest on: the same samples read, asked, ordered or pictured in another way, side by side."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Literal, get_args

from vqa_eval.boards.columns import Judged, column
from vqa_eval.boards.terms import term
from vqa_eval.metrics import Metric, for_shares
from vqa_eval.metrics.baselines import prior
from vqa_eval.metrics.pooling import number
from vqa_eval.records import PLAIN, Interval, Kind, Node, Row, Sample, Variant
from vqa_eval.stats import letter_bias, mean_interval, paired_difference

Form = Literal["percent", "points", "number"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a check."""

    name: str
    value: float | None
    interval: Interval | None = None
    form: Form = "percent"
    """percent: a share; points: a difference of shares; number: as it is (a p value, an error)."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """What one row shows on one node."""

    row: Row
    node: Node
    """() for the whole selection."""
    n: int
    """Samples with a reply in every way that is compared."""
    clusters: int
    missing: int
    """Samples that were due and have no reply in one of the ways."""
    figures: tuple[Figure, ...]


@dataclass(frozen=True, slots=True)
class Check:
    """One table: a question about the answers and what each row shows."""

    name: str
    about: str
    lines: tuple[CheckLine, ...]


Put = Mapping[Variant, Sequence[Judged]]
"""What one row made of every sample in each variant that its model was asked in."""

Read = Mapping[str, Sequence[Judged]]
"""What each reader made of one row's plain replies."""


Nodes = Mapping[Node, Sequence[int]]
"""The samples of each node, by their positions in the run; () is the whole selection."""


def readers_check(samples: Sequence[Sample], rows: Mapping[Row, Read], nodes: Nodes) -> Check:
    """Return each reader's accuracy on the plain replies to choice questions, ours first, never mixed."""
    lines = []
    for row, read in rows.items():
        for node, asked in nodes.items():
            due = [at for at in asked if samples[at].kind == "choice" and samples[at].has_key]
            complete = [at for at in due if all(judged[at].scores for judged in read.values())]
            if complete:
                figures = (_accuracy(reader, samples, complete, judged) for reader, judged in read.items())
                lines.append(_line(row, node, _Compared(samples, due, complete), figures))
    about = "The same replies as other harnesses read them; where one of them guesses, the guess earns its chance."
    return Check("readers", about, tuple(lines))


def variant_checks(
    samples: Sequence[Sample], rows: Mapping[Row, Put], nodes: Nodes, due: Mapping[Variant, Set[int]]
) -> tuple[Check, ...]:
    """Return the checks that the variants of the rows allow; kinds of samples never share a table.

    `due` says which samples are put in which variant, by their positions: a sample counts where it has a reply
    in every way in which it is due, and is missing otherwise.
    """
    found = []
    board = _Run(samples, rows, nodes, due)
    for way in _WAYS:
        for kind in get_args(Kind):
            known = {at for at, sample in enumerate(samples) if sample.kind == kind and sample.has_key}
            lines = _lines(way, known, board)
            if lines:
                found.append(Check(way.name if kind == "choice" else f"{way.name}, {kind}", way.about, tuple(lines)))
    return tuple(found)


def _lines(way: "_Way", known: Set[int], board: "_Run") -> list[CheckLine]:
    lines = []
    for row, put in board.rows.items():
        used = [variant for variant in put if variant.kind in way.variants]
        for node, asked in board.nodes.items() if used else ():
            asks = {at: [variant for variant in used if at in board.due[variant]] for at in asked if at in known}
            due = [at for at, variants in asks.items() if variants]
            complete = [at for at in due if all(put[variant][at].answer for variant in (PLAIN, *asks[at]))]
            if complete:
                figures = way.figures(board.samples, complete, put, used)
                lines.append(_line(row, node, _Compared(board.samples, due, complete), figures))
    return lines


@dataclass(frozen=True, slots=True)
class _Run:
    """What the checks of a run look at."""

    samples: Sequence[Sample]
    rows: Mapping[Row, Put]
    nodes: Nodes
    due: Mapping[Variant, Set[int]]


@dataclass(frozen=True, slots=True)
class _Compared:
    """Which samples are compared: those due, and of them those with a reply in every way."""

    samples: Sequence[Sample]
    due: Sequence[int]
    complete: Sequence[int]


def _line(row: Row, node: Node, compared: _Compared, figures: Iterable[Figure]) -> CheckLine:
    clusters = len({compared.samples[at].cluster for at in compared.complete})
    missing = len(compared.due) - len(compared.complete)
    return CheckLine(row, node, len(compared.complete), clusters, missing, tuple(figures))


def _values(samples: Sequence[Sample], at: Sequence[int], judged: Sequence[Judged]) -> list[float]:
    """Return the headline value of each sample: its first score."""
    return [judged[position].scores[0].value or 0.0 for position in at]


def _clusters(samples: Sequence[Sample], at: Sequence[int]) -> list[str]:
    return [samples[position].cluster for position in at]


def _accuracy(name: str, samples: Sequence[Sample], at: Sequence[int], judged: Sequence[Judged]) -> Figure:
    mean = mean_interval(_values(samples, at, judged), _clusters(samples, at))
    return Figure(name, mean.mean, mean.interval)


def _channels(samples: Sequence[Sample], at: Sequence[int], put: Put, used: Sequence[Variant]) -> list[Figure]:
    figures = [_accuracy("free text", samples, at, put[PLAIN])]
    names = {"choice": "constrained choice", "logprobs": "log-probabilities"}
    figures += [_accuracy(names[variant.kind], samples, at, put[variant]) for variant in used]
    for variant in used:
        if variant.kind == "logprobs":
            figures += [_calibration(metric, samples, at, put[variant]) for metric in for_shares()]
    return figures


def _calibration(metric: Metric, samples: Sequence[Sample], at: Sequence[int], judged: Sequence[Judged]) -> Figure:
    found = column([judged[position] for position in at], metric.name)
    known = [place for place, value in enumerate(found.values) if value is not None or found.units[place]]
    clusters = [samples[at[place]].cluster for place in known]
    values = [found.values[place] or 0.0 for place in known]
    result = number(metric, values, [found.units[place] for place in known], clusters)
    return Figure(term(metric.name), result.mean if result else None, result.interval if result else None, "number")


def _orders(samples: Sequence[Sample], at: Sequence[int], put: Put, used: Sequence[Variant]) -> list[Figure]:
    orders = {position: [put[PLAIN], *(put[v] for v in used if put[v][position].answer)] for position in at}
    hits = {
        position: [judged[position].scores[0].value or 0.0 for judged in judgements]
        for position, judgements in orders.items()
    }
    clusters = _clusters(samples, at)
    mean = mean_interval([sum(hits[position]) / len(hits[position]) for position in at], clusters)
    strict = mean_interval([float(all(hits[position])) for position in at], clusters)
    guesses = [found.chance if (found := prior(samples[position])) else 0.0 for position in at]
    chance = sum(guess ** len(hits[position]) for guess, position in zip(guesses, at, strict=True)) / len(at)
    given: Counter[str] = Counter()
    key: Counter[str] = Counter()
    for position in at:
        for variant in (PLAIN, *used):
            answer = put[variant][position].answer
            if answer is not None and len(answer.letters) == 1 and len(samples[position].correct) == 1:
                count = len(samples[position].options)
                given[_place(answer.letters[0])] += 1
                key[str((samples[position].correct[0] - variant.number) % count)] += 1
    bias = letter_bias(given, key)
    return [
        _accuracy("first order", samples, at, put[PLAIN]),
        Figure("mean of orders", mean.mean, mean.interval),
        Figure("right in every order", strict.mean, strict.interval),
        Figure("chance of that", chance),
        Figure("position bias (total variation)", bias.distance if bias else None),
        Figure("its p", bias.p if bias else None, form="number"),
    ]


def _place(label: str) -> str:
    """Return the position that a label names: letters where they suffice, else numbers from 1."""
    return str(int(label) - 1 if label.isdigit() else ord(label) - ord("A"))


def _against(name: str) -> Callable[[Sequence[Sample], Sequence[int], Put, Sequence[Variant]], list[Figure]]:
    def figures(samples: Sequence[Sample], at: Sequence[int], put: Put, used: Sequence[Variant]) -> list[Figure]:
        (variant,) = used
        plain, other = _values(samples, at, put[PLAIN]), _values(samples, at, put[variant])
        gain = paired_difference(plain, other, _clusters(samples, at))
        return [
            _accuracy("with its picture", samples, at, put[PLAIN]),
            _accuracy(name, samples, at, put[variant]),
            Figure("image gain", gain.difference, gain.interval, "points"),
            Figure("p", gain.p, form="number"),
        ]

    return figures


def _draws(samples: Sequence[Sample], at: Sequence[int], put: Put, used: Sequence[Variant]) -> list[Figure]:
    draws = [put[PLAIN], *(put[variant] for variant in used)]
    values = [_values(samples, at, judged) for judged in draws]
    means = [sum(one) / len(one) for one in values]
    clusters = _clusters(samples, at)
    average = mean_interval([sum(each) / len(draws) for each in zip(*values, strict=True)], clusters)
    said = [[_said(judged[position]) for judged in draws] for position in at]
    stable = mean_interval([float(len(set(each)) == 1) for each in said], clusters)
    k = len(draws)
    within = [sum((value - sum(each) / k) ** 2 for value in each) / (k - 1) for each in zip(*values, strict=True)]
    return [
        Figure("mean of draws", average.mean, average.interval),
        Figure("lowest draw", min(means)),
        Figure("highest draw", max(means)),
        Figure("same answer in every draw", stable.mean, stable.interval),
        Figure("variance within a sample", sum(within) / len(within), form="number"),
    ]


def _said(judged: Judged) -> object:
    answer = judged.answer
    return (answer.status, answer.letters, answer.text.casefold()) if answer else None


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to check: which variants it needs and what it makes of them."""

    name: str
    about: str
    variants: tuple[str, ...]
    figures: Callable[[Sequence[Sample], Sequence[int], Put, Sequence[Variant]], list[Figure]]


_WAYS = (
    _Way(
        "channels",
        "One question, three ways to take the answer: free text, one label only, the labels' log-probabilities.",
        ("choice", "logprobs"),
        _channels,
    ),
    _Way(
        "order of the options",
        "The options moved on place by place: a model that sees says the same wherever the right one stands.",
        ("rotate",),
        _orders,
    ),
    _Way(
        "without its picture",
        "The same questions without the picture; the gain is what looking brings.",
        ("blind",),
        _against("without"),
    ),
    _Way(
        "another picture",
        "The same questions with the picture of another sample of the benchmark.",
        ("wrong-image",),
        _against("with another"),
    ),
    _Way(
        "draws",
        "The same question several times: how far an answer is the model's and how far the dice's.",
        ("draw",),
        _draws,
    ),
)
