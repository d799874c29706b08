"""Checks: each figure is the statistic that its name says, on the samples that have a reply in every way."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.boards import Check, Judged, make_check_table, readers_check, variant_checks
from vqa_eval.boards.checks import CheckLine, Figure
from vqa_eval.metrics import find
from vqa_eval.metrics.pooling import number
from vqa_eval.records import PLAIN, Answer, Image, Kind, ModelIdentity, Row, Sample, Score, Variant
from vqa_eval.rendering import option_labels, varied
from vqa_eval.stats import letter_bias, mean_interval, paired_difference

ROW = Row(1, "m", "letter", ModelIdentity("m", "engine", "rev"))
OTHER = Row(2, "n", "letter")
BLIND, WRONG, CHOICE, SHARES = Variant("blind"), Variant("wrong-image"), Variant("choice"), Variant("logprobs")
NOTHING = Judged(None, ())

HEADLINES: dict[Kind, str] = {"choice": "choice.accuracy", "open": "text.exact_match", "caption": "text.token_f1"}


def sample(at: int, kind: Kind = "choice", options: int = 3, cluster: str = "") -> Sample:
    """Return a sample with a picture; the key goes round the letters."""
    texts = tuple(f"text {place}" for place in range(options)) if kind == "choice" else ()
    return Sample(
        id=f"b/{at}",
        benchmark="b",
        split="test",
        kind=kind,
        question="?",
        options=texts,
        correct=(at % options,) if texts else (),
        references=() if texts else ("yes",),
        images=(Image("x.png", f"{at}"),),
        nodes=(("modality", "CT" if at % 2 else "MRI"),),
        cluster=cluster or f"p{at}",
    )


def judged(one: Sample, value: float, said: str = "", status: str = "answered") -> Judged:
    """Return a reply that earns a value under the headline metric."""
    answer = Answer(status, (said,) if one.options else (), said)  # type: ignore[arg-type]  # a status, as text
    return Judged(answer, (Score(one.id, HEADLINES[one.kind], value),))


def says(one: Sample, variant: Variant, letter: str) -> Judged:
    """Return the reply of a letter to a choice sample as its variant puts it; nothing where it does not apply."""
    put = varied(one, variant)
    if put is None:
        return NOTHING
    right = option_labels(len(put.options))[put.correct[0]]
    return judged(one, float(letter == right), letter)


Put = Mapping[Variant, Sequence[Judged]]


def due_of(*puts: Put) -> dict[Variant, set[int]]:
    """Return every sample as due in every variant, but in an order of the options only those that have a reply."""
    found: dict[Variant, set[int]] = {}
    for put in puts:
        for variant, entries in put.items():
            due = {at for at, entry in enumerate(entries) if entry.answer or variant.kind != "rotate"}
            found.setdefault(variant, set()).update(due)
    return found


def checks(samples: Sequence[Sample], put: Put) -> dict[str, Check]:
    """Return the checks of one row by name, on the whole selection and on the modalities."""
    nodes = {(): list(range(len(samples)))}
    for modality in ("CT", "MRI"):
        found = [at for at, one in enumerate(samples) if one.nodes == (("modality", modality),)]
        nodes |= {("modality", modality): found} if found else {}
    return {check.name: check for check in variant_checks(samples, {ROW: put}, nodes, due_of(put))}


def whole(check: Check) -> CheckLine:
    """Return the line of the whole selection."""
    (line,) = [line for line in check.lines if not line.node]
    return line


def values(line: CheckLine) -> dict[str, float | None]:
    """Return a line's figures by name."""
    return {figure.name: figure.value for figure in line.figures}


HITS = st.lists(st.tuples(*[st.sampled_from([0.0, 1.0])] * 2, st.sampled_from("pqrs")), min_size=2, max_size=25)


@settings(deadline=None, max_examples=30)
@given(HITS)
@pytest.mark.parametrize(
    ("variant", "name", "other"),
    [(BLIND, "without its picture", "without"), (WRONG, "another picture", "with another")],
)
def test_what_looking_brings_is_paired(
    variant: Variant, name: str, other: str, drawn: list[tuple[float, float, str]]
) -> None:
    """Plain and changed pictures stand with their intervals; the gain is the paired difference with its p."""
    samples = [sample(at, cluster=cluster) for at, (_, _, cluster) in enumerate(drawn)]
    columns = [[entry[at] for entry in drawn] for at in range(3)]
    put = {
        way: [judged(*entry) for entry in zip(samples, column, strict=True)]
        for way, column in zip((PLAIN, variant), columns[:2], strict=True)
    }
    line = whole(checks(samples, put)[name])
    seen, unseen = mean_interval(columns[0], columns[2]), mean_interval(columns[1], columns[2])
    gain = paired_difference(*columns)
    assert (
        Figure("with its picture", seen.mean, seen.interval),
        Figure(other, unseen.mean, unseen.interval),
        Figure("image gain", gain.difference, gain.interval, "points"),
        Figure("p", gain.p, form="number"),
    ) == line.figures
    assert (len(drawn), len(set(columns[2])), 0) == (line.n, line.clusters, line.missing)


def test_without_a_plain_reply_nothing_is_compared() -> None:
    """A sample whose plain question was a fault counts for neither side, and is missing."""
    samples = [sample(at) for at in range(3)]
    put = {PLAIN: [judged(samples[0], 1.0), NOTHING, judged(samples[2], 1.0)], BLIND: [judged(s, 0.0) for s in samples]}
    line = whole(checks(samples, put)["without its picture"])
    assert (2, 2, 1, 1.0) == (line.n, line.clusters, line.missing, values(line)["image gain"])


def test_what_was_never_put_that_way_is_not_missing() -> None:
    """A question without a picture is not asked blind, and nobody misses it there."""
    samples = [sample(at) for at in range(3)]
    put = {PLAIN: [judged(s, 1.0) for s in samples], BLIND: [judged(samples[0], 0.0), NOTHING, NOTHING]}
    (check,) = variant_checks(samples, {ROW: put}, {(): [0, 1, 2]}, {BLIND: {0}})
    assert (1, 0) == (whole(check).n, whole(check).missing)
    (check,) = variant_checks(samples, {ROW: put}, {(): [0, 1, 2]}, {BLIND: {0, 1}})
    assert (1, 1) == (whole(check).n, whole(check).missing)


def test_each_node_has_its_own_line() -> None:
    """The whole selection and every node with a compared sample have a line each; a node without one has none."""
    samples = [sample(at) for at in range(4)]
    put = {PLAIN: [judged(s, 1.0) for s in samples], BLIND: [judged(s, float(s.id == "b/1")) for s in samples]}
    check = checks(samples, put)["without its picture"]
    assert [((), 4, 0.25), (("modality", "CT"), 2, 0.5), (("modality", "MRI"), 2, 0.0)] == [
        (line.node, line.n, values(line)["without"]) for line in check.lines
    ]
    put[BLIND] = [NOTHING if at % 2 else entry for at, entry in enumerate(put[BLIND])]
    check = checks(samples, put)["without its picture"]
    assert [(), ("modality", "MRI")] == [line.node for line in check.lines]


def test_kinds_never_share_a_line() -> None:
    """Choice, open and caption samples give a check each, under the headline metric of each; keyless ones none."""
    samples = [sample(0), sample(1, "open"), sample(2, "caption"), Sample("b/3", "b", "test", "open", "?")]
    put = {way: [judged(s, value) for s in samples] for way, value in ((PLAIN, 0.5), (BLIND, 0.25))}
    found = checks(samples, put)
    names = ["without its picture", "without its picture, open", "without its picture, caption"]
    assert names == list(found)
    assert [(1, 0.25)] * 3 == [(whole(found[name]).n, values(whole(found[name]))["image gain"]) for name in names]


def test_a_row_that_was_not_asked_has_no_line() -> None:
    """Of two rows only the one whose model could be asked in a variant stands in its check."""
    samples = [sample(0)]
    plain = {PLAIN: [judged(samples[0], 1.0)]}
    rows = {ROW: plain, OTHER: {**plain, BLIND: [judged(samples[0], 0.0)]}}
    (check,) = variant_checks(samples, rows, {(): [0]}, due_of(*rows.values()))
    assert [OTHER] == [line.row for line in check.lines]
    assert () == variant_checks(samples, {ROW: plain}, {(): [0]}, due_of(plain))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(2, 4), st.text("ABCD", min_size=4, max_size=4)), min_size=1, max_size=12))
def test_orders(drawn: list[tuple[int, str]]) -> None:
    """Mean over a sample's own orders, all of them right, its chance, and how the letters given differ from the key."""
    samples = [sample(at, options=options) for at, (options, _) in enumerate(drawn)]
    variants = [PLAIN, *(Variant("rotate", places) for places in range(1, max(options for options, _ in drawn)))]
    put = {
        variant: [says(one, variant, letters[variant.number]) for one, (_, letters) in zip(samples, drawn, strict=True)]
        for variant in variants
    }
    given_letters: dict[str, int] = {}
    key: dict[str, int] = {}
    means, strict, chances = [], [], []
    for one, (options, letters) in zip(samples, drawn, strict=True):
        rights = ["ABCD"[(one.correct[0] - places) % options] for places in range(options)]
        hits = [letter == right for letter, right in zip(letters, rights, strict=False)]
        means.append(sum(hits) / options)
        strict.append(float(all(hits)))
        chances.append(options**-options)
        for letter, right in zip(letters, rights, strict=False):
            given_letters[letter] = given_letters.get(letter, 0) + 1
            key[right] = key.get(right, 0) + 1
    line = whole(checks(samples, put)["order of the options"])
    found, bias = values(line), letter_bias(given_letters, key)
    assert bias is not None
    assert np.mean(means) == pytest.approx(found["mean of orders"])
    assert np.mean(strict) == pytest.approx(found["right in every order"])
    assert np.mean(chances) == pytest.approx(found["chance of that"])
    assert (bias.distance, bias.p) == (found["position bias (total variation)"], found["its p"])
    assert np.mean([entry.scores[0].value for entry in put[PLAIN]]) == pytest.approx(found["first order"])
    assert (len(drawn), 0) == (line.n, line.missing)


def test_chance_where_every_right_option_is_asked_for() -> None:
    """A guess is one of the 2^k - 1 sets of options, in each order."""
    one = replace(sample(0), multi=True, correct=(0, 2))
    put = {way: [judged(one, 1.0, "A")] for way in (PLAIN, Variant("rotate", 1), Variant("rotate", 2))}
    found = values(whole(checks([one], put)["order of the options"]))
    assert (1 / 7) ** 3 == pytest.approx(found["chance of that"])


def test_numbered_options_have_places_too() -> None:
    """Who is always right has no bias, also where options are numbered because letters do not suffice."""
    one = replace(sample(4, options=30), correct=(4,))
    put = {PLAIN: [judged(one, 1.0, "5")], Variant("rotate", 1): [judged(one, 1.0, "4")]}
    found = values(whole(checks([one], put)["order of the options"]))
    assert 0.0 == found["position bias (total variation)"]


def test_letters_that_are_no_answer_show_no_bias() -> None:
    """Replies without one letter do not count for the bias; without any letter it is not defined."""
    samples = [sample(at) for at in range(3)]
    put = {way: [judged(s, 0.0, "", "refused") for s in samples] for way in (PLAIN, Variant("rotate", 1))}
    for entries in put.values():
        entries[:] = [Judged(Answer("refused"), entry.scores) for entry in entries]
    found = values(whole(checks(samples, put)["order of the options"]))
    assert (None, None) == (found["position bias (total variation)"], found["its p"])
    assert 0.0 == found["mean of orders"]


def test_channels_and_their_calibration() -> None:
    """Three accuracies on the samples with a reply in every channel, and what the shares are worth as metrics say."""
    samples = [sample(at) for at in range(8)]
    shares = [(0.5, 0.3, 0.2), (0.1, 0.8, 0.1), (0.4, 0.4, 0.2), (0.2, 0.2, 0.6)] * 2
    names = ("calibration.ece", "calibration.brier", "calibration.auroc", "calibration.aurc")
    metrics = [find(name) for name in (*names, "calibration.coverage_at_risk")]
    answers = [
        Answer("conflict", shares=each)
        if each[0] == each[1]
        else Answer("answered", ("ABC"[each.index(max(each))],), shares=each)
        for each in shares
    ]
    read = [
        Judged(
            answer,
            (
                Score(one.id, "choice.accuracy", find("choice.accuracy").score(one, answer)),
                *(Score(one.id, m.name, m.score(one, answer), (m.unit and m.unit(one, answer)) or ()) for m in metrics),
            ),
        )
        for one, answer in zip(samples, answers, strict=True)
    ]
    put = {
        PLAIN: [judged(s, 0.0, "A") for s in samples[:-1]] + [NOTHING],
        CHOICE: [judged(s, 1.0, "A") for s in samples],
        SHARES: read,
    }
    line = whole(checks(samples, put)["channels"])
    assert (7, 1) == (line.n, line.missing)
    found = {figure.name: figure for figure in line.figures}
    accuracy = mean_interval([entry.scores[0].value or 0.0 for entry in read[:-1]], [s.cluster for s in samples[:-1]])
    assert (0.0, 1.0) == (found["free text"].value, found["constrained choice"].value)
    assert (accuracy.mean, accuracy.interval) == (found["log-probabilities"].value, found["log-probabilities"].interval)
    for at, (metric, figure) in enumerate(zip(metrics, line.figures[3:], strict=True), start=1):
        scores = [entry.scores[at] for entry in read[:-1]]
        expected = number(metric, [s.value or 0.0 for s in scores], [s.unit for s in scores], list("1234567"))
        assert expected is not None
        assert (expected.mean, expected.interval, "number") == (figure.value, figure.interval, figure.form)


@settings(deadline=None, max_examples=30)
@given(st.lists(st.text("AB", min_size=3, max_size=3), min_size=2, max_size=12))
def test_draws(drawn: list[str]) -> None:
    """Mean over the draws, the lowest and the highest one, how often all say the same, the variance within a sample."""
    samples = [sample(at, options=2) for at in range(len(drawn))]
    ways = [PLAIN, Variant("draw", 1), Variant("draw", 2)]
    put = {
        way: [says(one, way, said[at]) for one, said in zip(samples, drawn, strict=True)] for at, way in enumerate(ways)
    }
    hits = np.array([[entry.scores[0].value for entry in put[way]] for way in ways])
    found = values(whole(checks(samples, put)["draws"]))
    assert {
        "mean of draws": pytest.approx(hits.mean()),
        "lowest draw": pytest.approx(hits.mean(axis=1).min()),
        "highest draw": pytest.approx(hits.mean(axis=1).max()),
        "same answer in every draw": pytest.approx(np.mean([len(set(said)) == 1 for said in drawn])),
        "variance within a sample": pytest.approx(hits.var(axis=0, ddof=1).mean()),
    } == found


@pytest.mark.parametrize("ways", [(Variant("draw", 1), Variant("draw", 2)), (CHOICE, SHARES)])
def test_a_reply_in_every_way_is_needed(ways: tuple[Variant, Variant]) -> None:
    """A sample that one of several draws or channels brought no reply to counts for none of them, and is missing."""
    samples = [sample(at) for at in range(4)]
    put = {way: [judged(one, 1.0, "A") for one in samples] for way in (PLAIN, *ways)}
    put[ways[0]][1] = NOTHING
    put[ways[1]][2] = NOTHING
    (check,) = checks(samples, put).values()
    assert (2, 2, 2) == (whole(check).n, whole(check).clusters, whole(check).missing)


def test_the_same_answer_is_said_alike() -> None:
    """Texts that differ in their case alone are the same answer; another status is another, whatever is said."""
    samples = [sample(at, "open") for at in range(3)]
    said = (
        [("Yes", "answered"), ("no", "answered"), ("", "refused")],
        [("YES", "answered"), ("maybe", "answered"), ("", "empty")],
    )
    put = {
        way: [judged(one, 0.0, text, status) for one, (text, status) in zip(samples, entries, strict=True)]
        for way, entries in zip((PLAIN, Variant("draw", 1)), said, strict=True)
    }
    assert pytest.approx(1 / 3) == values(whole(checks(samples, put)["draws, open"]))["same answer in every draw"]


def test_readers_on_the_same_replies() -> None:
    """Each reader's accuracy with its interval, ours first, on the samples that all of them could read."""
    samples = [sample(at) for at in range(4)]
    ours = [judged(s, value) for s, value in zip(samples, (1.0, 0.0, 1.0, 0.0), strict=True)]
    theirs = [judged(s, 0.25) for s in samples[:3]] + [NOTHING]
    check = readers_check(
        samples, {ROW: {"vqa-eval": ours, "mmmu": theirs}}, {(): range(4), ("modality", "CT"): [1, 3]}
    )
    line, below = check.lines
    mean = mean_interval([1.0, 0.0, 1.0], ["p0", "p1", "p2"])
    assert (Figure("vqa-eval", mean.mean, mean.interval), Figure("mmmu", 0.25, None)) == line.figures
    assert (3, 3, 1) == (line.n, line.clusters, line.missing)
    assert (("modality", "CT"), 1, 1, {"vqa-eval": 0.0, "mmmu": 0.25}) == (
        below.node,
        below.n,
        below.missing,
        values(below),
    )


def test_readers_read_choices_with_a_key() -> None:
    """Open questions and questions without a key are in no reader's number, and not missing from it."""
    keyless = Sample("b/9", "b", "test", "choice", "?", ("x", "y"))
    samples = [sample(0), sample(1, "open"), keyless]
    read = [judged(s, 1.0) for s in samples]
    (line,) = readers_check(samples, {ROW: {"vqa-eval": read, "mmmu": read}}, {(): range(3)}).lines
    assert (1, 0) == (line.n, line.missing)
    assert () == readers_check(samples[1:], {ROW: {"vqa-eval": read[1:]}}, {(): range(2)}).lines


def test_a_check_as_a_table() -> None:
    """A line a row, a column a figure, a dash where a row has no such figure; nodes stand in the files alone."""
    samples = [sample(at) for at in range(2)]
    plain, blind = [judged(s, 1.0) for s in samples], [judged(samples[0], 0.0), NOTHING]
    logprobs = {PLAIN: plain, CHOICE: plain}
    rows = {ROW: {PLAIN: plain, BLIND: blind, CHOICE: plain}, OTHER: logprobs | {SHARES: plain}}
    nodes = {(): [0, 1], ("modality", "MRI"): [0]}
    found = {
        check.name: make_check_table(check) for check in variant_checks(samples, rows, nodes, due_of(*rows.values()))
    }
    table = found["without its picture"]
    assert ("model", "prompt", "n (clusters)", "with its picture", "without", "image gain", "p") == table.columns
    assert [("m", "letter", "1 (1, 1 missing)", "100.0", "0.0", "+100.0", "–")] == [line.cells for line in table.lines]
    channels = found["channels"]
    shown = {line.cells[0]: line.cells[channels.columns.index("log-probabilities")] for line in channels.lines}
    assert {"m": "–", "n": "100.0 (34.2 to 100.0)"}.keys() == shown.keys()
    assert "–" == shown["m"]
    assert shown["n"].startswith("100.0 (")
    for table in found.values():
        assert {len(table.columns)} == {len(line.cells) for line in table.lines}
        assert len(table.columns) == len(table.numeric)
