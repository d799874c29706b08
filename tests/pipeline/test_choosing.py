"""What a probe asks: spread over the whole run, and never what has its reply."""

import itertools
from pathlib import Path

import pytest

from tests.pipeline.paid import ordered, paid_catalog, says
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.pipeline.choosing import spread_over
from vqa_eval.pipeline.probing import probe
from vqa_eval.pipeline.run import Order, Prepared, prepare
from vqa_eval.samples import Library, home


def test_samples_are_spread_over_the_run(letters: Path, tmp_path: Path) -> None:
    """Two of five are the first and the middle one, not the first two; what is wanted also is among them."""
    prepared = ordered(paid_catalog(letters, paid=1), tmp_path)
    assert {"letters/1", "letters/3"} == spread_over(prepared, 2)
    assert {"letters/1", "letters/3", "letters/5"} == spread_over(prepared, 2, ["letters/5"])
    assert {f"letters/{number}" for number in range(1, 6)} == spread_over(prepared, 99)


@pytest.mark.parametrize(("size", "last"), [(20, 37), (38, 38), (3, 26)])
def test_the_spread_reaches_the_end(tmp_path: Path, size: int, last: int) -> None:
    """Of 38 samples twenty are every other one or the next, not the first twenty."""
    prepared = asking("modality/CT", tmp_path)
    places = {sample.id: place for place, sample in enumerate(prepared.plan.samples(), start=1)}
    chosen = sorted(places[sample] for sample in spread_over(prepared, size))
    assert (size, 1, last) == (len(chosen), chosen[0], chosen[-1])
    gaps = {after - before for before, after in itertools.pairwise(chosen)}
    assert max(gaps) - min(gaps) <= 1


def test_what_has_its_reply_is_not_chosen_again(letters: Path, tmp_path: Path) -> None:
    """The same probe again asks others, and in the end nobody, whatever else is wanted."""
    prepared = ordered(paid_catalog(letters, paid=1), tmp_path)
    seen: list[frozenset[str]] = []
    for _ in range(3):
        seen.append(spread_over(prepared, 2, ["letters/5"]))
        probe(prepared, seen[-1], Silence(), lambda ref, store: ScriptedEngine(says())).store.close()
    assert [{"letters/1", "letters/3", "letters/5"}, {"letters/2", "letters/4"}, set()] == seen


def asking(node: str, folder: Path) -> Prepared:
    """Return the order to ask a node of the demo."""
    order = Order(models=("openai:any",), base_url="http://127.0.0.1:9/v1", tree=(node,), out=folder / "run")
    return prepare(order, Catalog(), Library(home()))
