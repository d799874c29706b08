"""Labelling engines: published weights are read and nothing else, labels stay the same, what lacks is named."""

import json
import os
import sys
import tarfile
import warnings
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
import torch

from tests.engines.standins import Pulling, make_request
from tests.labellers import build_chexbert, build_radgraph, install_radgraph
from vqa_eval.engines import Engine, EngineSettings, open_engine, parse_model
from vqa_eval.engines import chexbert as scheme
from vqa_eval.errors import EngineError
from vqa_eval.metrics.labels import FIVE, POSITIVE
from vqa_eval.records import Prompt, Request, Sampling

REPORTS = (
    "No pleural effusion.",
    "Small pleural effusion.",
    "The heart is large and the lungs are clear.",
    "Edema of the lung, large effusions, the heart is normal. " * 9,
    "no",
)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with a CheXbert of random weights, built once."""
    return build_chexbert(tmp_path_factory.mktemp("labellers") / "chexbert")


def opened(name: str, home: Path = Path("home"), batch_size: int | None = None, device: str | None = None) -> Engine:
    """Return the engine that `--labeller name` opens."""
    return open_engine(parse_model(name, {}), EngineSettings(home, batch_size, device=device))


def asked(*texts: str) -> list[Request]:
    """Return a request for each text, keyed by the text."""
    return [Request(text, "b/0", Prompt(text), (), Sampling()) for text in texts]


def said(engine: Engine, *texts: str) -> dict[str, str]:
    """Return what the engine says of each text."""
    return {reply.key: reply.text for reply in engine.ask(asked(*texts))}


# --- CheXbert


def test_every_condition_is_called(weights: Path) -> None:
    """A report has one class for each of the 14 conditions in the heads' order; No Finding is there or blank."""
    labels = json.loads(said(opened(f"chexbert:{weights}"), REPORTS[0])[REPORTS[0]])
    assert list(scheme.CONDITIONS) == list(labels)
    assert (14, "Enlarged Cardiomediastinum", "No Finding") == (len(labels), *list(labels)[:: len(labels) - 1])
    assert {"blank", "positive", "negative", "uncertain"} >= set(labels.values())
    assert labels["No Finding"] in {"blank", "positive"}
    assert set(FIVE) <= set(labels)
    assert set(scheme.CLASSES) > POSITIVE


def test_labels_are_those_of_the_published_layers(weights: Path) -> None:
    """Head n reads the last layer at the first token; the class is the likeliest in the published order."""
    from transformers import BertConfig, BertModel, BertTokenizer

    state = torch.load(weights / "chexbert.pth", weights_only=True)["model_state_dict"]
    bert = BertModel(BertConfig.from_pretrained(weights)).eval()
    own = {name.removeprefix("module.bert."): value for name, value in state.items() if ".bert." in name}
    bert.load_state_dict(own)
    inputs = BertTokenizer.from_pretrained(weights)(REPORTS[1], return_tensors="pt")
    with torch.inference_mode():
        first = bert(**inputs).last_hidden_state[0, 0]
    classes = []
    for head in range(14):
        scores = state[f"module.linear_heads.{head}.weight"] @ first + state[f"module.linear_heads.{head}.bias"]
        classes.append(("blank", "positive", "negative", "uncertain")[int(scores.argmax())])
    assert classes == list(json.loads(said(opened(f"chexbert:{weights}"), REPORTS[1])[REPORTS[1]]).values())


def test_labels_depend_on_the_text_alone(weights: Path) -> None:
    """Another order, another batch and another opening give the same labels; other words give others."""
    first = said(opened(f"chexbert:{weights}"), *REPORTS)
    assert first == said(opened(f"chexbert:{weights}", batch_size=2), *reversed(REPORTS))
    assert len(set(first.values())) > 1


def test_white_space_and_case_do_not_count(weights: Path) -> None:
    """Line ends and capitals are evened out before words are looked up."""
    texts = ("no pleural effusion .", " No\n pleural\t\n effusion.\n")
    assert 1 == len(set(said(opened(f"chexbert:{weights}"), *texts).values()))


def test_a_report_is_cut_where_the_model_ends(weights: Path) -> None:
    """What stands behind the model's last position changes no label; the tokens that were read are counted."""
    engine = opened(f"chexbert:{weights}")
    long, longer = ("edema " * 30, "edema " * 30 + "no effusion")
    assert 1 == len(set(said(engine, long, longer).values()))
    assert [24, 6] == [reply.prompt_tokens for reply in engine.ask(asked(long, "no pleural effusion ."))]


def test_weights_from_before_are_read(weights: Path, tmp_path: Path) -> None:
    """A checkpoint without "module." and with the counted positions of old versions gives the same labels."""
    folder = copied(weights, tmp_path / "old")
    state = torch.load(folder / "chexbert.pth", weights_only=True)["model_state_dict"]
    plain = {name.removeprefix("module."): value for name, value in state.items()}
    plain["bert.embeddings.position_ids"] = torch.arange(24).unsqueeze(0)
    torch.save({"model_state_dict": plain}, folder / "chexbert.pth")
    assert said(opened(f"chexbert:{weights}"), *REPORTS) == said(opened(f"chexbert:{folder}"), *REPORTS)


def copied(weights: Path, folder: Path) -> Path:
    """Return a copy of a folder of weights."""
    folder.mkdir()
    for path in weights.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return folder


def test_the_revision_is_what_the_files_hold(weights: Path, tmp_path: Path) -> None:
    """The same files elsewhere are the same labeller; one weight or one word more is another."""
    before = opened(f"chexbert:{weights}").identity
    folder = copied(weights, tmp_path / "copy")
    assert before == opened(f"chexbert:{folder}").identity
    assert ("chexbert", "reading 1") == (before.name, before.engine)
    kept = torch.load(folder / "chexbert.pth", weights_only=True)
    kept["model_state_dict"]["module.linear_heads.0.bias"][0] += 1
    torch.save(kept, folder / "chexbert.pth")
    assert before.revision != opened(f"chexbert:{folder}").identity.revision


class Payload:
    """An object whose unpickling makes a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return os.mkdir, (str(self._folder),)


def test_a_checkpoint_that_could_run_code_is_refused(weights: Path, tmp_path: Path) -> None:
    """Anything but weights in the file is refused with what to do, and none of it runs."""
    folder = copied(weights, tmp_path / "evil")
    torch.save({"model_state_dict": {}, "more": Payload(tmp_path / "made")}, folder / "chexbert.pth")
    with pytest.raises(EngineError, match="could run code") as caught:
        opened(f"chexbert:{folder}")
    assert "StanfordAIMI/RRG_scorers" in caught.value.hint
    assert not (tmp_path / "made").exists()
    torch.load(folder / "chexbert.pth", weights_only=False)
    assert (tmp_path / "made").exists()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda kept: kept.pop("model_state_dict"), "is no CheXbert checkpoint"),
        (lambda kept: kept["model_state_dict"].pop("module.linear_heads.13.bias"), "linear_heads.13.bias"),
        (lambda kept: kept["model_state_dict"].update({"module.more": torch.ones(1)}), "more"),
        (lambda kept: kept["model_state_dict"].update({"module.linear_heads.0.bias": torch.ones(3)}), "size mismatch"),
    ],
)
def test_other_weights_are_refused(weights: Path, tmp_path: Path, change: object, says: str) -> None:
    """A weight that lacks, is too many or of another shape is an error, never filled with random numbers."""
    folder = copied(weights, tmp_path / "other")
    kept = torch.load(folder / "chexbert.pth", weights_only=True)
    assert callable(change)
    change(kept)
    torch.save(kept, folder / "chexbert.pth")
    with pytest.raises(EngineError, match=says):
        opened(f"chexbert:{folder}")


def test_half_a_file_is_refused(weights: Path, tmp_path: Path) -> None:
    """A download that was cut short is an error with what to do."""
    folder = copied(weights, tmp_path / "half")
    (folder / "chexbert.pth").write_bytes((weights / "chexbert.pth").read_bytes()[:1000])
    with pytest.raises(EngineError, match="is no CheXbert checkpoint"):
        opened(f"chexbert:{folder}")


@pytest.mark.parametrize("name", ["chexbert.pth", "config.json", "vocab.txt"])
def test_files_that_lack_are_named(weights: Path, tmp_path: Path, name: str) -> None:
    """Before anything is loaded, the message says that CheXbert is not installed, which file lacks and whose it is."""
    folder = copied(weights, tmp_path / "part")
    (folder / name).unlink()
    with pytest.raises(EngineError, match=f"not installed in .*{name}") as caught:
        parse_model(f"chexbert:{folder}", {})
    assert "google-bert/bert-base-uncased" in caught.value.hint


def test_the_hub_out_of_reach(tmp_path: Path) -> None:
    """A name on the hub that is not in the cache says what to put where instead."""
    with pytest.raises(EngineError, match="cannot be had from the hub") as caught:
        opened("chexbert:nobody/nothing", tmp_path)
    assert "chexbert:./FOLDER" in caught.value.hint


def test_weights_from_the_hub_get_the_vocabulary_of_bert(
    weights: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A repository that holds the weights alone is completed by bert-base-uncased, and labels the same."""
    folders = {"StanfordAIMI/RRG_scorers": copied(weights, tmp_path / "scorers"), scheme.BASE: weights}
    for name in ("config.json", "vocab.txt"):
        (folders["StanfordAIMI/RRG_scorers"] / name).unlink()
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda repository, **_: str(folders[repository]))
    engine = opened("chexbert:StanfordAIMI/RRG_scorers")
    assert opened(f"chexbert:{weights}").identity == engine.identity
    assert said(opened(f"chexbert:{weights}"), *REPORTS) == said(engine, *REPORTS)


# --- RadGraph


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Install the package that plays radgraph."""
    install_radgraph(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.delitem(sys.modules, "radgraph", raising=False)


@pytest.mark.usefixtures("package")
def test_entities_in_the_published_form(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """An annotation is kept as the package gives it; what the package prints and warns of stays away."""
    before = list(warnings.filters)
    engine = opened(f"radgraph:{build_radgraph(tmp_path / 'radgraph-xl')}")
    (text,) = said(engine, "no edema").values()
    assert {
        "entities": {
            "1": {"tokens": "no", "label": "OBS-DP", "start_ix": 0, "end_ix": 0, "relations": [["modify", "2"]]},
            "2": {"tokens": "edema", "label": "OBS-DA", "start_ix": 1, "end_ix": 1, "relations": []},
        }
    } == json.loads(text)
    assert ("", "") == capfd.readouterr()
    assert before == list(warnings.filters)


@pytest.mark.usefixtures("package")
def test_the_model_is_part_of_the_revision(tmp_path: Path) -> None:
    """Two models of the package are two labellers, even where their files were the same."""
    one, other = (opened(f"radgraph:{build_radgraph(tmp_path / name)}") for name in ("radgraph", "radgraph-xl"))
    assert ("radgraph", "radgraph 0.0.1") == (one.identity.name, one.identity.engine)
    assert one.identity.revision.partition(":")[2] == other.identity.revision.partition(":")[2]
    assert one.identity.revision != other.identity.revision


@pytest.mark.usefixtures("package")
@pytest.mark.parametrize(("device", "card"), [(None, None), ("cpu", -1), ("cuda", 0), ("cuda:1", 1)])
def test_the_device_as_the_package_counts(tmp_path: Path, device: str | None, card: int | None) -> None:
    """The processor is -1, a card its number, and no choice is left to the package."""
    folder = build_radgraph(tmp_path / "radgraph")
    engine = opened(f"radgraph:{folder}", device=device)
    assert ("radgraph", str(tmp_path), card) == engine._annotate.made  # type: ignore[attr-defined]


@pytest.mark.usefixtures("package")
def test_a_report_that_is_not_annotated_is_a_fault(tmp_path: Path) -> None:
    """An exception and a report that the package leaves out are faults of that report; the next is annotated."""
    engine = opened(f"radgraph:{build_radgraph(tmp_path / 'radgraph')}")
    replies = list(engine.ask(asked("crash", "skip", "edema")))
    faults = [reply.fault and (reply.fault.kind, reply.fault.detail) for reply in replies]
    assert [("engine", "ValueError: crashed"), ("engine", "radgraph gave no annotation of this text"), None] == faults


@pytest.mark.usefixtures("package")
def test_weights_that_the_package_refuses(tmp_path: Path) -> None:
    """What the package raises at opening is one line with what to do."""
    with pytest.raises(EngineError, match="RuntimeError: weights broken") as caught:
        opened(f"radgraph:{build_radgraph(tmp_path / 'radgraph', 'broken')}")
    assert "radgraph.tar.gz" in caught.value.hint


@pytest.mark.parametrize(("scheme", "library"), [("radgraph", "radgraph"), ("chexbert", "torch")])
def test_a_package_that_is_not_installed(scheme: str, library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without its libraries a labeller says what to install."""
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == library else ModuleSpec(name, None))
    with pytest.raises(EngineError, match=f"needs .*{library}") as caught:
        parse_model(f"{scheme}:anything", {})
    assert "pip install 'vqa-eval[reports]'" == caught.value.hint


@pytest.mark.usefixtures("package")
def test_models_of_radgraph_have_names(tmp_path: Path) -> None:
    """A name or a folder that is no model's, and a folder that lacks a file, are refused with the names there are."""
    for name in ("radgraph:radgraph-xxl", f"radgraph:{build_radgraph(tmp_path / 'mine')}"):
        with pytest.raises(EngineError) as caught:
            parse_model(name, {})
        assert "modern-radgraph-xl" in caught.value.hint
    (build_radgraph(tmp_path / "radgraph") / "weights.th").unlink()
    with pytest.raises(EngineError, match=r"not installed in .*weights\.th"):
        parse_model(f"radgraph:{tmp_path / 'radgraph'}", {})


@pytest.mark.usefixtures("package")
def test_a_model_is_fetched_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's archive is unpacked under the home folder, and not asked for again."""
    archive = packed(tmp_path, build_radgraph(tmp_path / "radgraph"), "")
    fetched: list[str] = []
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda _, name: fetched.append(name) or str(archive))
    for _ in range(2):
        assert "1" in json.loads(said(opened("radgraph:radgraph", tmp_path / "home"), "edema")["edema"])["entities"]
    assert ["radgraph.tar.gz"] == fetched


@pytest.mark.usefixtures("package")
def test_an_archive_that_leaves_its_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that would be written elsewhere is an error, and no half of a model stays under its name."""
    archive = packed(tmp_path, build_radgraph(tmp_path / "radgraph"), "../../outside/")
    monkeypatch.setattr("huggingface_hub.hf_hub_download", lambda _, name: str(archive))
    with pytest.raises(EngineError, match="cannot be had from the hub: OutsideDestinationError"):
        opened("radgraph:radgraph", tmp_path / "home")
    assert not (tmp_path / "home" / "models" / "radgraph").exists()
    assert not (tmp_path / "home" / "outside").exists()


def packed(folder: Path, model: Path, below: str) -> Path:
    """Return an archive of a model's files, which it says lie below a path."""
    archive = folder / f"{model.name}.tar.gz"
    with tarfile.open(archive, "w:gz") as opened_archive:
        for path in sorted(model.iterdir()):
            opened_archive.add(path, f"{below}{path.name}")
    return archive


# --- both


@pytest.mark.parametrize("name", ["chexbert", "radgraph"])
@pytest.mark.usefixtures("package")
def test_a_labeller_keeps_the_contract_of_engines(name: str, weights: Path, tmp_path: Path) -> None:
    """Text alone, one reply a request, pulled as needed, pictures refused, and nothing said after `close`."""
    folder = weights if name == "chexbert" else build_radgraph(tmp_path / "radgraph")
    engine = opened(f"{name}:{folder}", batch_size=2)
    assert (frozenset({"text"}), False) == (engine.channels, engine.looks_at_pictures)
    pulling = Pulling([make_request(n, pictures=0) for n in range(9)])
    replies = engine.ask(pulling)
    first = next(replies)
    assert pulling.pulled <= 2
    assert [None] * 9 == [reply.fault for reply in (first, *replies)]
    (refused,) = engine.ask([make_request(0)])
    assert refused.fault is not None
    assert "reads text only" in refused.fault.detail
    engine.close()
    engine.close()
    with pytest.raises(EngineError, match="is closed"):
        list(engine.ask([]))
