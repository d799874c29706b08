"""What a run would send: counted by hand on a few questions, pictures by their headers."""

import io
from pathlib import Path

import pytest
from PIL import Image

from tests.pipeline.paid import ordered, paid_catalog
from vqa_eval.catalog import Catalog
from vqa_eval.errors import PictureError
from vqa_eval.pipeline.choosing import spread_over
from vqa_eval.pipeline.due import Checks
from vqa_eval.pipeline.preflight import Counter, Load, Spread, loads
from vqa_eval.pipeline.run import Order, Prepared, prepare
from vqa_eval.pipeline.tokenizing import BY_LENGTH
from vqa_eval.rendering import render
from vqa_eval.samples import Library, home

BY_WORD = Counter(lambda text: len(text.split()), "words")

TASK = """\
id: shown
title: Shown
about: A benchmark with pictures, made by a test.
licence: CC0-1.0
evaluate: test
prompt: letter
forms:
  - name: test
    format: csv
    kind: choice
    files: [shown.csv]
    split: test
    id: id
    question: question
    options: [A, B]
    answer: {letter: answer}
    image: {file: picture, folder: pictures}
"""
ROWS = """\
id,question,A,B,answer,picture
1,Is it small?,Yes,No,A,small.png
2,Is it large?,Yes,No,A,large.png
3,Is it large still?,Yes,No,B,large.png
4,Is it there?,Yes,No,B,none.png
"""


def only(prepared: Prepared, counter: Counter = BY_LENGTH) -> Load:
    """Return what the one row of an order would send."""
    (load,) = loads(prepared, lambda ref: counter)
    return load


@pytest.fixture
def shown(tmp_path: Path) -> Catalog:
    """Return the catalogue with a benchmark of a small and a large picture at hand, and one that is missing."""
    tasks = tmp_path / "catalog" / "tasks"
    (tasks / "pictures").mkdir(parents=True)
    for name, size in (("small", (56, 28)), ("large", (280, 560))):
        file = io.BytesIO()
        Image.new("RGB", size).save(file, "PNG")
        (tasks / "pictures" / f"{name}.png").write_bytes(file.getvalue())
    (tasks / "shown.yaml").write_text(TASK, encoding="utf-8")
    (tasks / "shown.csv").write_text(ROWS, encoding="utf-8")
    catalog = Catalog([tasks.parent])
    Library(home()).add(catalog.tasks["shown"], tasks / "shown.csv")
    return catalog


def order(catalog: Catalog, folder: Path, **given: object) -> Prepared:
    """Return the order to ask `shown`."""
    fields = {"models": ("openai:any",), "base_url": "http://127.0.0.1:9/v1", "tree": ("shown",), **given}
    return prepare(Order(out=folder / "run", **fields), catalog, Library(home()))  # type: ignore[arg-type]


def test_tokens_are_those_of_the_prompts(letters: Path, tmp_path: Path) -> None:
    """Every prompt is rendered and counted as the model counts; the largest and the sum are exact."""
    prepared = ordered(paid_catalog(letters, paid=1), tmp_path)
    prompts = [render(prepared.prompts["letter"], sample) for sample in prepared.plan.samples()]
    words = [len(prompt.system.split()) + len(prompt.text.split()) for prompt in prompts]
    load = only(prepared, BY_WORD)
    assert (5, 5, 0, 0) == (load.samples, load.requests, load.pictures, load.picture_tokens)
    assert Spread(sorted(words)[2], max(words), max(words), sum(words)) == load.tokens
    assert sum(words) == load.text_tokens


def test_pictures_count_by_their_pixels(shown: Catalog, tmp_path: Path) -> None:
    """56 x 28 pixels are 2 tokens and 280 x 560 are 200; one that is not at hand is counted as missing."""
    load = only(order(shown, tmp_path))
    assert (4, 4, 2, 1) == (load.requests, load.pictures, load.distinct_pictures, load.pictures_missing)
    assert 2 + 200 + 200 == load.picture_tokens
    assert load.text_tokens + 402 == load.tokens.total


def test_the_heaviest_sample_is_named(shown: Catalog, tmp_path: Path) -> None:
    """The larger picture with the longer question: three bytes a pixel, and the file as it is stored."""
    heaviest = only(order(shown, tmp_path)).heaviest
    assert heaviest is not None
    stored = (tmp_path / "catalog" / "tasks" / "pictures" / "large.png").stat().st_size
    assert ("shown/3", stored, 3 * 280 * 560) == (heaviest.sample, heaviest.stored, heaviest.decoded)


def test_a_probe_asks_what_can_be_asked(shown: Catalog, tmp_path: Path) -> None:
    """A sample whose picture is not at hand would only be a fault; where that is all of them, it is an error."""
    assert {"shown/1", "shown/2", "shown/3"} == spread_over(order(shown, tmp_path), 4)
    drawn = (order(shown, tmp_path, limit=1, seed=seed) for seed in range(99))
    without = next(one for one in drawn if ["shown/4"] == [sample.id for sample in one.plan.samples()])
    with pytest.raises(PictureError, match="no sample has its picture"):
        spread_over(without, 4)


def test_variants_are_requests(shown: Catalog, tmp_path: Path) -> None:
    """Another channel and another order are sent with the picture, the blind question without it."""
    plain = only(order(shown, tmp_path))
    load = only(order(shown, tmp_path, checks=Checks(("choice",), orders=2, blind=True)))
    assert (4 * 4, 3 * 4) == (load.requests, load.pictures)
    assert (4 * plain.text_tokens, 3 * 402) == (load.text_tokens, load.picture_tokens)


def test_what_a_model_scales_down_is_counted_so(shown: Catalog, tmp_path: Path) -> None:
    """A card's longest side holds for the pictures that are sent: 280 x 560 at most 280 long is 140 x 280."""
    (tmp_path / "catalog" / "models").mkdir()
    card = (
        "{id: near, title: Near, schemes: [openai], api_name: near, base_url: 'http://127.0.0.1:9/v1', max_side: 280}"
    )
    (tmp_path / "catalog" / "models" / "near.yaml").write_text(card)
    catalog = Catalog([tmp_path / "catalog"])
    assert 2 + 50 + 50 == only(order(catalog, tmp_path, models=("near",), base_url="")).picture_tokens


def test_baselines_are_sent_nothing(letters: Path, tmp_path: Path) -> None:
    """Beside a model a baseline has no line."""
    prepared = ordered(paid_catalog(letters, paid=1), tmp_path, ("random", "paid"), prompts=("letter", "steps"))
    found = [(load.model, load.prompt) for load in loads(prepared, lambda ref: BY_LENGTH)]
    assert [("paid", "letter"), ("paid", "steps")] == found


def test_a_spread_is_of_ranks() -> None:
    """Of 1 to 100 half are at most 50 and nineteen of twenty at most 95; of nothing all is 0."""
    assert Spread(50, 95, 100, 5050) == Spread.of(range(1, 101))
    assert Spread(7, 7, 7, 7) == Spread.of([7])
    assert Spread(0, 0, 0, 0) == Spread.of([])
