"""Data whose terms keep them on the machine stay there, unless somebody answers for it."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.conftest import TASK
from tests.watchers import Silence
from vqa_eval.catalog import Catalog
from vqa_eval.engines import EngineSettings, host_of, parse_model, reference
from vqa_eval.errors import DataError
from vqa_eval.pipeline.consent import refuse_remote, refuse_remote_reader
from vqa_eval.pipeline.run import Order, prepare, run, usual_opener
from vqa_eval.samples import Library, home


@pytest.fixture
def kept(letters: Path) -> Catalog:
    """Return the catalogue with `letters` at hand and its data bound to this machine."""
    terms = TASK.replace("evaluate: test", "evaluate: test\naccess: credentialed\nremote: forbidden")
    (letters / "tasks" / "letters.yaml").write_text(terms, encoding="utf-8")
    catalog = Catalog([letters])
    Library(home()).add(catalog.tasks["letters"], letters / "tasks" / "letters.csv")
    return catalog


def order(base_url: str, *allowed: str, model: str = "openai:some") -> Order:
    """Return an order for one model on `letters`."""
    return Order((model,), ("letters",), base_url=base_url, allow_remote=allowed)


@pytest.mark.parametrize("base_url", ["", "https://api.example.org/v1", "http://192.168.0.7:8000/v1"])
def test_a_model_elsewhere_is_refused(kept: Catalog, base_url: str) -> None:
    """A provider and a server on another machine are refused, with a key or without: benchmark, licence, way out."""
    with pytest.raises(DataError, match=r"the terms of letters \(CC0-1.0\) forbid") as caught:
        prepare(order(base_url), kept, Library(home()))
    assert "--allow-remote letters" in caught.value.hint


@pytest.mark.parametrize("base_url", ["http://localhost:8000/v1", "http://127.0.0.1:1/v1", "http://[::1]:8000/v1"])
def test_a_model_on_this_machine_may_see_them(kept: Catalog, base_url: str) -> None:
    """A server on this machine, a local model and a baseline keep the data here."""
    assert 5 == prepare(order(base_url), kept, Library(home())).plan.size
    assert prepare(order("", model="random"), kept, Library(home())).models


def test_somebody_may_answer_for_it(kept: Catalog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A named benchmark may be sent; naming one that the run does not ask is an error, not a shrug."""
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    assert prepare(order("https://api.example.org/v1", "letters"), kept, Library(home())).models
    with pytest.raises(DataError, match="--allow-remote leters: the run asks nothing of it"):
        prepare(order("https://api.example.org/v1", "leters"), kept, Library(home()))


def test_open_data_may_go_anywhere(letters: Path) -> None:
    """Without the flag nothing is refused."""
    task = Catalog([letters]).tasks["letters"]
    ref = parse_model("openai:some", {}, "https://api.example.org/v1", ready=False)
    refuse_remote([ref], [task])
    with pytest.raises(DataError):
        refuse_remote([ref], [replace(task, remote="forbidden")])


def test_an_engine_that_does_not_say_is_taken_to_send(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheme from outside without `host` counts as remote; one that says "here" does not."""
    ref = replace(parse_model("openai:some", {}, "http://localhost:1/v1"), scheme="strange")
    monkeypatch.setattr(reference, "scheme_module", lambda _: SimpleNamespace())
    assert "strange" in host_of(ref)
    monkeypatch.setattr(reference, "scheme_module", lambda _: SimpleNamespace(host=lambda ref: ""))
    assert "" == host_of(ref)


def test_a_reader_elsewhere_gets_nothing_either(kept: Catalog, tmp_path: Path) -> None:
    """An extractor is shown options and replies: kept data, and data whose terms are unknown, stay here."""
    away = parse_model("openai:some", {}, "https://api.example.org/v1", ready=False)
    here = parse_model("openai:some", {}, "http://localhost:8000/v1", ready=False)
    prepared = prepare(Order(("majority",), ("letters",), out=tmp_path / "run"), kept, Library(home()))
    store, _ = run(prepared, kept, Silence(), usual_opener(EngineSettings(tmp_path)))
    with pytest.raises(DataError, match="the terms of letters forbid"):
        refuse_remote_reader(away, store, kept.tasks)
    with pytest.raises(DataError, match="the terms of letters are not known") as caught:
        refuse_remote_reader(away, store, Catalog().tasks)
    assert "--catalog" in caught.value.hint
    refuse_remote_reader(here, store, kept.tasks)
    refuse_remote_reader(away, store, {"letters": replace(kept.tasks["letters"], remote="allowed")})
