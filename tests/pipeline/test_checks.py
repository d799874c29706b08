"""What answers rest on: channels, orders of the options, pictures, draws, other readers, an extractor."""

import base64
import io
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from tests.stored import questions, right, stored
from tests.watchers import Silence
from vqa_eval.boards import Board, make_check_table
from vqa_eval.catalog import Catalog
from vqa_eval.engines.scripted import ScriptedEngine
from vqa_eval.errors import CatalogError, EngineError
from vqa_eval.pipeline.due import ALL, Checks
from vqa_eval.pipeline.extract import extract, unparsed
from vqa_eval.pipeline.flips import flips, snapshot
from vqa_eval.pipeline.mark import mark
from vqa_eval.pipeline.rank import rank
from vqa_eval.pipeline.run import Order, prepare, run
from vqa_eval.records import PLAIN, Answer, BoardSpec, Fault, Reply, Request, Sampling, Variant
from vqa_eval.samples import Library, home
from vqa_eval.store import Reading, RunStore

TASK = """\
id: colours
title: Colours
about: A benchmark made by a test.
licence: CC0-1.0
evaluate: test
prompt: letter
forms:
  - name: test
    files: [colours.csv]
    format: csv
    split: test
    kind: choice
    id: id
    question: question
    options: [A, B, C]
    answer: {letter: answer}
    image: {base64: picture}
    cluster: patient
    facets: {modality: modality}
"""

COLOURS = ("red", "green", "blue", "yellow")

Says = Callable[[Request], str | Reply]
Go = Callable[..., tuple[RunStore, Board, ScriptedEngine]]


def picture(colour: str) -> str:
    """Return a picture of one colour, in base64."""
    out = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(out, "PNG")
    return base64.b64encode(out.getvalue()).decode()


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    """Return a catalogue with four questions on four pictures of four patients; the key goes round the letters."""
    tasks = tmp_path / "catalog" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "colours.yaml").write_text(TASK, encoding="utf-8")
    lines = ["id,question,A,B,C,answer,modality,patient,picture"]
    options = (("red", "pink", ""), ("grey", "green", ""), ("cyan", "white", "blue"), ("yellow", "black", "brown"))
    for number, (colour, (one, two, three)) in enumerate(zip(COLOURS, options, strict=True), 1):
        letter = "ABC"[(one, two, three).index(colour)]
        lines.append(f"{number},Which colour?,{one},{two},{three},{letter},CT,p{number},{picture(colour)}")
    (tasks / "colours.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    catalog = Catalog([tasks.parent])
    Library(home()).add(catalog.tasks["colours"], tasks)
    return catalog


@pytest.fixture
def go(catalog: Catalog, tmp_path: Path) -> Go:
    """Return what asks a script the four questions with some checks, again and again into one folder."""

    def ask(says: Says, checks: Checks, sampling: Sampling | None = None) -> tuple[RunStore, Board, ScriptedEngine]:
        order = Order(
            models=("random",),
            tree=("benchmark/colours",),
            out=tmp_path / "run",
            sampling=sampling or Sampling(),
            checks=checks,
        )
        engine = ScriptedEngine(says)
        prepared = prepare(order, catalog, Library(home()))
        return *run(prepared, catalog, Silence(), lambda ref, store: engine), engine

    return ask


def figures(board: Board, name: str) -> dict[str, float | None]:
    """Return a check's figures on the whole selection."""
    check = next(check for check in board.checks if check.name == name)
    (line,) = [line for line in check.lines if not line.node]
    return {figure.name: figure.value for figure in line.figures}


def counts(board: Board, name: str) -> tuple[int, int]:
    """Return how many samples a check compares on the whole selection, and how many are missing from it."""
    check = next(check for check in board.checks if check.name == name)
    (line,) = [line for line in check.lines if not line.node]
    return line.n, line.missing


def sees(request: Request) -> str:
    """Say the label of the colour that the picture has; without one, the first label."""
    if not request.pictures:
        return request.prompt.labels[0]
    with Image.open(io.BytesIO(request.pictures[0].data)) as opened:
        shade = opened.convert("RGB").getpixel((4, 4))
    known = {Image.new("RGB", (1, 1), colour).getpixel((0, 0)): colour for colour in COLOURS}
    lines = [line for line in request.prompt.text.splitlines() if known[shade] in line]
    return lines[0].strip("( ")[0] if lines else request.prompt.labels[-1]


def test_a_model_that_sees_is_right_in_every_order(go: Go) -> None:
    """All cyclic orders: the right option is found wherever it stands; chance is 1/k to the power of the orders."""
    _, board, engine = go(sees, Checks(orders=ALL))
    found = figures(board, "order of the options")
    assert (1.0, 1.0, 1.0) == (found["first order"], found["mean of orders"], found["right in every order"])
    assert pytest.approx((2 * 0.5**2 + 2 * (1 / 3) ** 3) / 4) == found["chance of that"]
    assert 0.0 == found["position bias (total variation)"]
    assert 2 * 2 + 2 * 3 == len(engine.asked)


def test_a_model_that_likes_a_letter_is_found_out(go: Go) -> None:
    """Always A is right once in each round: the mean of the orders is chance and no sample is right in all."""
    _, board, _ = go(lambda request: "A", Checks(orders=ALL))
    found = figures(board, "order of the options")
    assert 0.5 == found["first order"]
    assert pytest.approx((0.5 + 0.5 + 1 / 3 + 1 / 3) / 4) == found["mean of orders"]
    assert 0.0 == found["right in every order"]
    assert pytest.approx(0.6) == found["position bias (total variation)"]


def test_an_order_without_a_reply_is_missing(go: Go) -> None:
    """A sample with a fault in one of its orders is not right in every order; it is missing."""

    def says(request: Request) -> str | Reply:
        # The options cyan, white and blue, moved on by one place.
        if "white" in request.prompt.text and request.prompt.text.index("white") < request.prompt.text.index("cyan"):
            return Reply(request.key, fault=Fault("server", "500"))
        return sees(request)

    _, board, _ = go(says, Checks(orders=ALL))
    assert (3, 1) == counts(board, "order of the options")


def test_what_looking_brings(go: Go) -> None:
    """Blind, a model that sees falls back to the first option; the gain is paired and has its p."""
    store, board, engine = go(sees, Checks(blind=True, wrong_image=True))
    blind = figures(board, "without its picture")
    assert (1.0, 0.5, 0.5) == (blind["with its picture"], blind["without"], blind["image gain"])
    other = figures(board, "another picture")
    assert other["with another"] is not None
    assert 1.0 > other["with another"]
    assert 12 == len(engine.asked)
    assert [0] * 4 == [len(request.pictures) for request in engine.asked[4:8]]
    own = {request.sample: request.pictures[0].digest for request in engine.asked[:4]}
    assert all(own[request.sample] != request.pictures[0].digest for request in engine.asked[8:])
    assert [PLAIN, Variant("blind"), Variant("wrong-image")] == store.variants()


def test_a_fault_without_the_picture_is_missing(go: Go) -> None:
    """A sample that was due blind and met a fault there is missing from the check."""

    def says(request: Request) -> str | Reply:
        if not request.pictures and request.sample == "colours/1":
            return Reply(request.key, fault=Fault("server", "500"))
        return sees(request)

    _, board, _ = go(says, Checks(blind=True))
    assert (3, 1) == counts(board, "without its picture")


def test_checks_are_added_to_a_run(go: Go) -> None:
    """The same command with one switch more asks only what is new; without it again nothing is asked or lost."""
    _, first, engine = go(sees, Checks())
    assert (4, ()) == (len(engine.asked), first.checks)
    _, second, engine = go(sees, Checks(blind=True))
    assert ([0] * 4, 1) == ([len(request.pictures) for request in engine.asked], len(second.checks))
    _, third, engine = go(sees, Checks())
    assert ([], second) == (engine.asked, third)


def test_draws(go: Go) -> None:
    """Three draws with seeds of their own: the mean over them, and how often they agree."""

    def wavers(request: Request) -> str:
        return sees(request) if request.sampling.seed < 2 or "red" in request.prompt.text else "Z"

    _, board, engine = go(wavers, Checks(draws=3), Sampling(temperature=0.7))
    found = figures(board, "draws")
    assert {0, 1, 2} == {request.sampling.seed for request in engine.asked}
    assert 12 == len({request.key for request in engine.asked})
    assert pytest.approx((1 + 3 * 2 / 3) / 4) == found["mean of draws"]
    assert 0.25 == found["same answer in every draw"]
    assert (0.25, 1.0) == (found["lowest draw"], found["highest draw"])
    assert pytest.approx(3 / 4 / 3) == found["variance within a sample"]


def test_greedy_draws_are_refused(go: Go) -> None:
    """Draws of a model without temperature are all the same; the error says what to add."""
    with pytest.raises(EngineError, match="greedy") as caught:
        go(sees, Checks(draws=3))
    assert "temperature" in caught.value.hint


def test_three_channels_side_by_side(go: Go) -> None:
    """One run holds free text, constrained choice and log-probabilities, with calibration from the last."""

    def says(request: Request) -> str | Reply:
        right = sees(request)
        if request.channel == "text":
            return "I am not sure."
        if request.channel == "choice":
            return right
        shares = [0.8 if label == right else 0.2 / (len(request.prompt.labels) - 1) for label in request.prompt.labels]
        return Reply(request.key, logprobs=tuple(math.log(share) for share in shares))

    store, board, _ = go(says, Checks(channels=("choice", "logprobs")))
    found = figures(board, "channels")
    assert (0.0, 1.0, 1.0) == (found["free text"], found["constrained choice"], found["log-probabilities"])
    assert pytest.approx(0.2, rel=1e-4) == found["ECE"]
    assert pytest.approx(0.04, rel=1e-4) == found["Brier"]
    _, answer, _ = store.marks.verdict(Reading(1, Variant("logprobs")), "colours/1")
    assert answer is not None
    assert pytest.approx((0.8, 0.2), rel=1e-4) == answer.shares


def test_log_probabilities_that_did_not_come(go: Go) -> None:
    """A text that comes through the log-probability channel is no answer of that channel."""

    def says(request: Request) -> str | Reply:
        return Reply(request.key, sees(request), "stop") if request.channel == "logprobs" else sees(request)

    _, board, _ = go(says, Checks(channels=("logprobs",)))
    found = figures(board, "channels")
    assert (1.0, 0.0) == (found["free text"], found["log-probabilities"])


def test_what_an_engine_cannot_do_is_said(catalog: Catalog, tmp_path: Path) -> None:
    """A model without a channel is not asked through it; the board says so and the run is complete."""
    order = Order(("random",), ("benchmark/colours",), out=tmp_path / "run", checks=Checks(("choice",), blind=True))
    engine = ScriptedEngine(sees)
    engine.channels = frozenset({"text"})
    store, board = run(prepare(order, catalog, Library(home())), catalog, Silence(), lambda ref, store: engine)
    assert 0 == store.count_unasked(1, Variant("choice"))
    assert ["without its picture"] == [check.name for check in board.checks]
    assert any("cannot be asked this way: choice" in note for note in board.notes)


def test_other_harnesses_read_the_same_replies(go: Go, catalog: Catalog) -> None:
    """Profiles stand beside our reading, each in its own column, until a scoring asks for none."""
    store, _, _ = go(lambda request: "", Checks())
    mark(store, ("medevalkit", "mmmu", "vlmevalkit"))
    found = figures(rank(store, catalog.boards["default"]), "readers")
    # An empty reply is A to one, a guess among 2 or 3 to another, and no answer to us.
    assert {"vqa-eval": 0.0, "medevalkit": 0.5, "mmmu": pytest.approx((1 / 2 + 1 / 3) / 2), "vlmevalkit": 0.0} == found
    mark(store)
    assert found == figures(rank(store, catalog.boards["default"]), "readers")
    mark(store, ())
    assert () == rank(store, catalog.boards["default"]).checks


def test_a_further_check_keeps_the_last_scoring(go: Go) -> None:
    """Profiles and metrics asked for at the last scoring stay when a run goes on with one check more."""
    store, _, _ = go(sees, Checks())
    mark(store, ("mmmu",), ("classification.macro_f1",))
    _, board, _ = go(sees, Checks(blind=True))
    assert ["readers", "without its picture"] == sorted(check.name for check in board.checks)
    assert ["vqa-eval", "mmmu"] == list(figures(board, "readers"))
    assert "classification.macro_f1" in {cell.metric for section in board.sections for cell in section.cells}


def test_a_profile_that_is_none(go: Go) -> None:
    """The error names the profiles that there are."""
    store, _, _ = go(sees, Checks())
    with pytest.raises(CatalogError, match="lmms") as caught:
        mark(store, ("lmms",))
    assert "vlmevalkit" in caught.value.hint


def test_an_extractor_reads_what_is_unparsed_once(go: Go, catalog: Catalog) -> None:
    """A second model reads only the unparsed replies, never sees picture or question, and is asked once."""

    def rambles(request: Request) -> str:
        return (
            "Quite a bright square." if "red" in request.prompt.text or "blue" in request.prompt.text else sees(request)
        )

    store, _, _ = go(rambles, Checks())
    assert ["colours/1", "colours/3"] == [sample.id for sample, _ in unparsed(store, 1)]
    reader = ScriptedEngine({"colours/1": "A", "colours/3": "NONE"}, name="reader")
    extract(store, reader, catalog.extracts["option"])
    assert [(), ()] == [request.pictures for request in reader.asked]
    assert all("Which colour" not in request.prompt.text for request in reader.asked)
    mark(store)
    found = figures(rank(store, catalog.boards["default"]), "readers")
    assert {"vqa-eval": 0.5, "extractor reader": 0.75} == found
    again = ScriptedEngine({}, name="reader")
    extract(store, again, catalog.extracts["option"])
    assert [] == again.asked


def test_an_extractor_that_fails_is_no_wrong_answer(go: Go, catalog: Catalog) -> None:
    """A fault of the extractor takes its sample out of the column and is asked again later."""
    store, _, _ = go(lambda request: "Quite a bright square.", Checks())
    reader = ScriptedEngine(lambda request: "A", faults={"colours/1": Fault("server", "500")}, name="reader")
    extract(store, reader, catalog.extracts["option"])
    mark(store)
    assert (3, 1) == counts(rank(store, catalog.boards["default"]), "readers")
    again = ScriptedEngine(lambda request: "A", name="reader")
    extract(store, again, catalog.extracts["option"])
    assert ["colours/1"] == [request.sample for request in again.asked]


def test_what_an_extractor_was_not_asked_is_missing(go: Go, catalog: Catalog) -> None:
    """An extractor that died half way has a column in which the rest is missing, not wrong."""
    store, _, _ = go(lambda request: "Quite a bright square.", Checks())
    with pytest.raises(EngineError):
        extract(store, ScriptedEngine(lambda request: "A", dies_after=1, name="reader"), catalog.extracts["option"])
    mark(store)
    assert (1, 3) == counts(rank(store, catalog.boards["default"]), "readers")


def test_an_extractor_that_changed_is_forgotten(go: Go, catalog: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """What another revision said goes with its column, also where nothing is left for the new one to read."""
    from vqa_eval.pipeline import mark as marking

    store, _, _ = go(lambda request: "Quite a bright square.", Checks())
    extract(store, ScriptedEngine(lambda request: "A", name="reader"), catalog.extracts["option"])
    mark(store)
    assert (4, 0) == counts(rank(store, catalog.boards["default"]), "readers")
    monkeypatch.setattr(marking, "read_choice", lambda *_: Answer("refused", rule="better rules"))
    mark(store)
    other = ScriptedEngine(lambda request: "B", name="reader")
    other.identity = replace(other.identity, revision="2")
    extract(store, other, catalog.extracts["option"])
    mark(store)
    assert ([], []) == (other.asked, store.extractions.readers())
    assert () == rank(store, catalog.boards["default"]).checks


def test_what_flips_when_rules_change(go: Go, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rule that reads otherwise is found sample by sample, with both rules and the change of the score."""
    from vqa_eval.pipeline import mark as marking

    store, _, _ = go(sees, Checks())
    before = snapshot(store)
    assert [] == list(flips(store, before))
    theirs = Answer("unparsed", rule="stricter")
    read = marking.read_choice
    monkeypatch.setattr(marking, "read_choice", lambda reply, *rest: theirs if reply == "B" else read(reply, *rest))
    mark(store)
    (flip,) = flips(store, before)
    assert ("colours/2", "B", -1.0) == (flip.sample, flip.reply, flip.change)
    assert flip.before is not None
    assert flip.after is not None
    assert ("answered", "unparsed", "stricter") == (flip.before.status, flip.after.status, flip.after.rule)


def test_checks_of_parts_stand_apart(tmp_path: Path) -> None:
    """Where a benchmark is there in two parts a check has a line for each, and none over both."""
    samples = [replace(one, nodes=(("benchmark", "b", "xy"[at % 2]),)) for at, one in enumerate(questions(8))]
    store = stored(tmp_path / "run", samples, {"m": right(samples, 0)})
    mark(store, ("vlmevalkit",))
    (check,) = rank(store, BoardSpec("b", "", ("benchmark",))).checks
    assert [(("benchmark", "b", "x"), 4), (("benchmark", "b", "y"), 4)] == [(line.node, line.n) for line in check.lines]
    assert ["b/x", "b/y"] == [line.cells[0] for line in make_check_table(check).lines]
