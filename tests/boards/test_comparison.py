"""Rows held against each other: signs, corrections and ranks are those of the statistics, on common samples alone."""

from collections.abc import Mapping, Sequence
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vqa_eval.boards import Judged
from vqa_eval.boards.comparison import Comparison, make_comparison
from vqa_eval.records import Answer, Kind, Node, Sample, Score
from vqa_eval.stats import (
    benjamini_hochberg,
    holm,
    mcnemar,
    paired_difference,
    rank_bootstrap,
    sign_flip,
)

HEADLINES: dict[Kind, str] = {"choice": "choice.accuracy", "open": "text.exact_match"}
CT: Node = ("modality", "CT")
MRI: Node = ("modality", "MRI")

Values = Sequence[float | None]


def sample(number: int, cluster: str, kind: Kind = "choice") -> Sample:
    """Return a sample with a key."""
    options = ("x", "y") if kind == "choice" else ()
    return Sample(f"b/{number}", "b", "test", kind, "?", options, (0,) if options else (), ("yes",), cluster=cluster)


def row(samples: Sequence[Sample], values: Values) -> list[Judged]:
    """Return a row whose headline scores are the values; None is a sample without a reply."""
    return [
        Judged(None, ()) if value is None else Judged(Answer("answered"), (Score(one.id, HEADLINES[one.kind], value),))
        for one, value in zip(samples, values, strict=True)
    ]


def compared(
    rows: Sequence[Values], clusters: Sequence[str] = (), nodes: Mapping[Node, Sequence[int]] | None = None
) -> Comparison:
    """Return the comparison of rows of scores on choice samples, each its own cluster where none are named."""
    samples = [sample(at, cluster) for at, cluster in enumerate(clusters or map(str, range(len(rows[0]))))]
    names = tuple("mnopq"[: len(rows)])
    found = make_comparison("choice", names, samples, [row(samples, values) for values in rows], nodes=nodes)
    assert found is not None
    return found


HITS = st.sampled_from([0.0, 1.0])
TWO = st.lists(st.tuples(HITS, HITS, st.sampled_from("pqrstu")), min_size=1, max_size=30)
THREE = st.lists(st.tuples(HITS, HITS, HITS, st.sampled_from("pqrstu")), min_size=2, max_size=30)


@settings(deadline=None, max_examples=30)
@given(TWO)
def test_swapped_rows_swap_the_sign(drawn: list[tuple[float, float, str]]) -> None:
    """With the rows swapped, difference and interval change sign, wins and losses change places, and p stays."""
    first, second, clusters = ([entry[at] for entry in drawn] for at in range(3))
    nodes = {CT: range(0, len(drawn), 2), MRI: range(1, len(drawn), 2)}
    one, other = compared([first, second], clusters, nodes), compared([second, first], clusters, nodes)
    for here, there in zip((*one.whole, *one.nodes), (*other.whole, *other.nodes), strict=True):
        assert (here.node, here.p, here.adjusted, here.mcnemar) == (there.node, there.p, there.adjusted, there.mcnemar)
        assert here.paired.difference == -there.paired.difference
        assert (here.paired.wins, here.paired.losses) == (there.paired.losses, there.paired.wins)
        assert here.paired.p == pytest.approx(there.paired.p)
        assert here.paired.detectable == pytest.approx(there.paired.detectable)
        assert (here.paired.interval is None) == (there.paired.interval is None)
        if here.paired.interval and there.paired.interval:
            assert (here.paired.interval.low, here.paired.interval.high) == pytest.approx(
                (-there.paired.interval.high, -there.paired.interval.low)
            )
    assert one.ranking.ranks == other.ranking.ranks[::-1]


@settings(deadline=None, max_examples=30)
@given(THREE)
def test_the_numbers_are_those_of_the_statistics(drawn: list[tuple[float, float, float, str]]) -> None:
    """Differences, p values, Holm over the pairs, Benjamini-Hochberg over nodes and pairs, and ranks are all theirs."""
    *rows, clusters = ([entry[at] for entry in drawn] for at in range(4))
    nodes: dict[Node, Sequence[int]] = {CT: range(0, len(drawn), 2), MRI: range(1, len(drawn), 3)}
    found = compared(rows, clusters, nodes)
    places: list[tuple[Node, Sequence[int]]] = [((), range(len(drawn))), *nodes.items()]
    expected = []
    for node, positions in places:
        for first, second in combinations(range(3), 2):
            columns = [[column[at] for at in positions] for column in (rows[first], rows[second], clusters)]
            flip = sign_flip(*columns) if len(set(columns[2])) > 1 else None
            expected.append(((first, second), node, paired_difference(*columns), flip and flip.p))
    assert expected == [(one.pair, one.node, one.paired, one.p) for one in (*found.whole, *found.nodes)]
    p = [entry[3] for entry in expected]
    assert holm(p[:3]) == [one.adjusted for one in found.whole]
    assert benjamini_hochberg(p[3:]) == [one.adjusted for one in found.nodes]
    assert rank_bootstrap(rows, clusters) == found.ranking
    assert (len(drawn), 0, len(set(clusters))) == (found.n, found.left_out, found.clusters)


def test_corrections_count_their_own_tests() -> None:
    """Three pairs are corrected by Holm among themselves, six pairs on nodes by Benjamini-Hochberg among themselves."""
    rows: list[Values] = [[1.0] * 20, [0.0] * 10 + [1.0] * 10, [0.0] * 20]
    found = compared(rows, nodes={CT: range(10), MRI: range(10, 20)})
    assert [2 / 2**10, 2 / 2**20, 2 / 2**10] == pytest.approx([one.p for one in found.whole])
    assert [2 * 2 / 2**10, 3 * 2 / 2**20, 2 * 2 / 2**10] == pytest.approx([one.adjusted for one in found.whole])
    assert [2 / 2**10] * 2 + [1.0] * 2 + [2 / 2**10] * 2 == pytest.approx([one.p for one in found.nodes])
    assert [6 / 4 * 2 / 2**10] * 2 + [1.0] * 2 + [6 / 4 * 2 / 2**10] * 2 == pytest.approx(
        [one.adjusted for one in found.nodes]
    )


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(*[st.sampled_from([0.0, 1.0, None])] * 3), min_size=1, max_size=12))
def test_only_common_samples_count(drawn: list[tuple[float | None, ...]]) -> None:
    """A sample that any row has no score on counts for none; `left_out` counts those that some row has one on."""
    samples = [sample(at, f"p{at}") for at in range(len(drawn))]
    rows = [row(samples, values) for values in zip(*drawn, strict=True)]
    common = [at for at, values in enumerate(drawn) if None not in values]
    some = [at for at, values in enumerate(drawn) if any(value is not None for value in values)]
    found = make_comparison("choice", ("m", "n", "o"), samples, rows, nodes={CT: range(len(drawn))})
    if not common:
        assert found is None
        return
    assert found is not None
    assert (len(common), len(some) - len(common), len(common)) == (found.n, found.left_out, found.clusters)
    assert {len(common)} == {one.paired.n for one in (*found.whole, *found.nodes)}
    means = [sum(drawn[at][model] or 0.0 for at in common) / len(common) for model in range(3)]
    assert means == pytest.approx([rank.mean for rank in found.ranking.ranks])


def test_a_node_without_a_common_sample_is_not_in_the_map() -> None:
    """A node on which a row has no score at all is left out of the map; the others keep their n."""
    rows: list[Values] = [[1.0, 1.0, None], [0.0, 1.0, 1.0]]
    found = compared(rows, nodes={CT: [0, 1], MRI: [2]})
    assert [(CT, 2)] == [(one.node, one.paired.n) for one in found.nodes]
    assert (2, 1) == (found.n, found.left_out)


def test_kinds_and_keyless_samples_stay_out() -> None:
    """A comparison is of one kind under its headline metric; samples without a key are not counted as left out."""
    keyless = Sample("b/9", "b", "test", "choice", "?", ("x", "y"))
    samples = [sample(0, "p"), sample(1, "q"), sample(2, "r", "open"), keyless]
    rows = [row(samples, values) for values in ([1.0, 0.0, 1.0, 1.0], [0.0, 0.0, None, None])]
    found = make_comparison("choice", ("m", "n"), samples, rows)
    assert found is not None
    assert ("choice", "choice.accuracy", 2, 0) == (found.kind, found.metric, found.n, found.left_out)
    assert make_comparison("open", ("m", "n"), samples, rows) is None
    assert make_comparison("caption", ("m", "n"), samples, rows) is None


def test_mcnemar_where_it_may_be() -> None:
    """With every sample its own patient p is McNemar's exact one, and both are given; with shared patients neither."""
    rows: list[Values] = [[1.0] * 7 + [0.0] * 3, [0.0] * 6 + [1.0] * 3 + [0.0]]
    (alone,) = compared(rows).whole
    assert mcnemar(6, 2) == alone.mcnemar
    assert mcnemar(6, 2).exact == pytest.approx(alone.p)
    (shared,) = compared(rows, [f"p{at // 2}" for at in range(10)]).whole
    assert shared.mcnemar is None
    assert shared.p is not None


def test_grades_are_not_right_and_wrong() -> None:
    """Scores between 0 and 1 have a sign-flip p and no McNemar test."""
    (graded,) = compared([[0.5, 0.25, 1.0, 0.0], [0.0, 0.0, 0.5, 0.0]]).whole
    assert graded.mcnemar is None
    assert 0.25 == graded.p  # 2 of the 2³ patterns of the three that differ


def test_one_patient_tells_no_p() -> None:
    """With a single cluster there is a difference and nothing to say how sure it is; no test is counted."""
    found = compared([[1.0, 1.0], [0.0, 0.0]], ["p", "p"])
    (whole,) = found.whole
    assert (1.0, None, None, None) == (whole.paired.difference, whole.paired.interval, whole.p, whole.adjusted)
    assert ["n/a", "n/a"] == [rank.shown for rank in found.ranking.ranks]


def test_declared_pairs_alone_are_tested() -> None:
    """Pairs that are declared are the only ones, in their order and direction; ranks still hold every row."""
    samples = [sample(at, f"p{at}") for at in range(6)]
    rows = [row(samples, values) for values in ([1.0] * 6, [1.0, 0.0] * 3, [0.0] * 6)]
    found = make_comparison("choice", ("m", "n", "o"), samples, rows, pairs=[(2, 0)], nodes={CT: range(6)})
    assert found is not None
    assert [((2, 0), -1.0)] * 2 == [(one.pair, one.paired.difference) for one in (*found.whole, *found.nodes)]
    (whole,) = found.whole
    assert whole.p == whole.adjusted
    assert 3 == len(found.ranking.ranks)
    none = make_comparison("choice", ("m", "n", "o"), samples, rows, pairs=[])
    assert none is not None
    assert ((), ()) == (none.whole, none.nodes)


def test_rows_that_are_alike_share_their_rank() -> None:
    """Equal rows have the same rank and interval, a difference of 0 and p 1."""
    found = compared([[1.0, 0.0, 1.0, 0.0, 1.0]] * 2)
    assert found.ranking.ranks[0] == found.ranking.ranks[1]
    assert "1" == found.ranking.ranks[0].shown
    (whole,) = found.whole
    assert (0.0, 1.0, 1.0) == (whole.paired.difference, whole.p, whole.adjusted)
