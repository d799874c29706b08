"""Logs of inspect_ai: real ones of two generations in both forms, and what is wrong with broken ones."""

import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest

from vqa_eval.errors import DataError
from vqa_eval.predictions import Prediction, find

DATA = Path(__file__).parent / "data"
"""Logs that `data/write_inspect_ai.py` made inspect_ai write, with its mock model: organs.eval and organs.json by
version 0.3.285, organs-deflated.eval by version 0.3.100."""


def read(path: Path) -> list[Prediction]:
    """Return the predictions of a file."""
    return list(find("inspect_ai").read(path).predictions)


@pytest.fixture
def log() -> dict[str, Any]:
    """Return the real log as one document, to be changed."""
    found: dict[str, Any] = json.loads((DATA / "organs.json").read_text(encoding="utf-8"))
    return found


def write(path: Path, log: dict[str, Any]) -> Path:
    """Write a changed log."""
    path.write_text(json.dumps(log, indent=2), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["organs.json", "organs-deflated.eval", "organs.eval"])
def test_real_logs(name: str) -> None:
    """Both forms and both generations give the questions, options, keys, replies and the failed sample."""
    if name == "organs.eval" and sys.version_info < (3, 14):
        pytest.importorskip("backports.zstd", reason="the extra `inspect` is not installed")
    opened = find("inspect_ai").read(DATA / name)
    assert ("organs", "mockllm/model", 4, ()) == (opened.dataset, opened.model, opened.asked, opened.notes)
    found = list(opened.predictions)
    assert ["a1", "a2", "a3", "a4"] == [prediction.id for prediction in found]
    assert "Which organ is dark?" == found[1].question
    assert ("Liver", "Spleen", "Lung") == found[1].options
    assert [(0,), (2,), (1,), (1,)] == [prediction.correct for prediction in found]
    assert ["ANSWER: A", "It is dark, so\n\nANSWER: B", "", ""] == [prediction.text for prediction in found]
    assert ["stop", "stop", "length", ""] == [prediction.finish for prediction in found]
    assert [None, None, None, "engine"] == [p.fault.kind if p.fault else None for p in found]
    assert ["CT", "CT", "T1 MRI", "T1 MRI"] == [prediction.cells["modality"] for prediction in found]


def test_an_unknown_compression_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python reads no Zstandard and its backport is not installed, the hint names the extra."""
    if sys.version_info >= (3, 14):
        monkeypatch.setattr("zipfile._check_compression", _refuses)
    monkeypatch.setattr("vqa_eval.predictions.archives._zipfile", lambda: zipfile)
    with pytest.raises(DataError, match=r"organs\.eval, header\.json: compressed in a way") as caught:
        find("inspect_ai").read(DATA / "organs.eval")
    assert "pip install 'vqa-eval[inspect]'" == caught.value.hint


def _refuses(_: int) -> None:
    raise NotImplementedError


def test_a_run_that_did_not_end_says_so(tmp_path: Path, log: dict[str, Any]) -> None:
    """The status of a log that is no success is a note for the board."""
    log["status"] = "cancelled"
    assert ("x.json: the log's status is 'cancelled'",) == find("inspect_ai").read(
        write(tmp_path / "x.json", log)
    ).notes


def test_an_archive_without_its_end_is_read(tmp_path: Path) -> None:
    """The archive of a run that was killed has no header, but says at its beginning what was run."""
    killed = tmp_path / "killed.eval"
    with zipfile.ZipFile(DATA / "organs-deflated.eval") as whole, zipfile.ZipFile(killed, "w") as part:
        for name in ("_journal/start.json", "samples/a1_epoch_1.json"):
            part.writestr(name, whole.read(name))
    opened = find("inspect_ai").read(killed)
    assert (4, ("killed.eval: the log's status is 'started'",)) == (opened.asked, opened.notes)
    assert ["a1"] == [prediction.id for prediction in opened.predictions]


def test_epochs_are_draws(tmp_path: Path, log: dict[str, Any]) -> None:
    """A second epoch is a further reply to the same question."""
    log["samples"].append({**log["samples"][0], "epoch": 2})
    assert [("a1", 0), ("a1", 1)] == [(p.id, p.draw) for p in read(write(tmp_path / "x.json", log)) if p.id == "a1"]


def test_pictures_are_named(tmp_path: Path, log: dict[str, Any]) -> None:
    """A picture is known by its attachment, address or path, and by its digest where the log holds its pixels."""
    pictures = ["attachment://0a1b", "pictures/1.png", "data:image/png;base64,AAAA"]
    content = [{"type": "image", "image": name} for name in pictures]
    told = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [*content, {"type": "text", "text": "Which?"}]},
    ]
    log["samples"][0]["input"] = told
    first = read(write(tmp_path / "x.json", log))[0]
    assert "Which?" == first.question
    assert ("attachment://0a1b", "pictures/1.png") == first.pictures[:2]
    assert 64 == len(first.pictures[2])


def test_long_text_in_attachments_is_found(tmp_path: Path, log: dict[str, Any]) -> None:
    """A question that the log keeps among its attachments is read from there."""
    log["samples"][0] |= {"input": "attachment://0a1b", "attachments": {"0a1b": "Which of these?"}}
    assert "Which of these?" == read(write(tmp_path / "x.json", log))[0].question


@pytest.mark.parametrize(
    ("target", "correct"), [("B", (1,)), (["A", "B"], (0, 1)), ("Spleen", (1,)), ("", ()), ([], ())]
)
def test_how_a_target_may_be_written(
    tmp_path: Path, log: dict[str, Any], target: object, correct: tuple[int, ...]
) -> None:
    """A letter, several, an option in full, or none."""
    log["samples"][0]["target"] = target
    assert correct == read(write(tmp_path / "x.json", log))[0].correct


def test_an_open_question_has_references(tmp_path: Path, log: dict[str, Any]) -> None:
    """Without choices every target is a reference."""
    log["samples"][0] |= {"choices": None, "target": ["liver", "the liver"]}
    first = read(write(tmp_path / "x.json", log))[0]
    assert ((), (), ("liver", "the liver")) == (first.options, first.correct, first.references)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"output": {"choices": [], "completion": ""}}, "engine"),
        ({"output": None}, "engine"),
        ({"output": {"choices": []}, "limit": {"type": "time", "limit": 5}}, "timeout"),
        ({"error": {"message": "429 too many requests"}}, "engine"),
    ],
)
def test_no_output_is_a_fault(tmp_path: Path, log: dict[str, Any], changes: dict[str, Any], kind: str) -> None:
    """A sample whose model was never heard, or that ended in an error, is missing rather than wrong."""
    log["samples"][0] |= changes
    first = read(write(tmp_path / "x.json", log))[0]
    assert first.fault is not None
    assert (kind, "") == (first.fault.kind, first.text)


def test_content_in_parts_is_joined(tmp_path: Path, log: dict[str, Any]) -> None:
    """Where the log has no completion, the text parts of the first choice are the reply; reasoning is not."""
    content = [
        {"type": "reasoning", "reasoning": "B?"},
        {"type": "text", "text": "ANSWER: "},
        {"type": "text", "text": "A"},
    ]
    log["samples"][0]["output"] = {"choices": [{"message": {"content": content}, "stop_reason": "content_filter"}]}
    first = read(write(tmp_path / "x.json", log))[0]
    assert ("ANSWER: A", "filter") == (first.text, first.finish)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"target": "C"}, "sample 1, target: 'C' is not the letter of one of 2 options"),
        ({"target": 3}, "sample 1: choices or target are no list of texts"),
        ({"choices": "AB"}, "sample 1: choices or target are no list of texts"),
    ],
)
def test_a_wrong_sample_is_named(tmp_path: Path, log: dict[str, Any], changes: dict[str, Any], says: str) -> None:
    """A target outside the options and fields of another kind name file and sample."""
    log["samples"][0] |= changes
    with pytest.raises(DataError) as caught:
        read(write(tmp_path / "x.json", log))
    assert f"x.json, {says}" in caught.value.message


@pytest.mark.parametrize("field", ["id", "input", "target"])
def test_a_missing_field_is_named(tmp_path: Path, log: dict[str, Any], field: str) -> None:
    """A sample without a field says which, and what it has."""
    del log["samples"][1][field]
    with pytest.raises(DataError, match=rf"x\.json, sample 2: no field '{field}'; found: '"):
        read(write(tmp_path / "x.json", log))


def test_a_broken_document_is_named(tmp_path: Path) -> None:
    """A document that was cut off says in which line."""
    whole = (DATA / "organs.json").read_text(encoding="utf-8")
    path = tmp_path / "x.json"
    path.write_text(whole[: len(whole) // 2], encoding="utf-8")
    with pytest.raises(DataError, match=r"x\.json, line \d+: not JSON"):
        read(path)


def test_a_broken_member_is_named(tmp_path: Path) -> None:
    """A sample that is no JSON says which member of the archive it is."""
    broken = tmp_path / "broken.eval"
    with zipfile.ZipFile(DATA / "organs-deflated.eval") as whole, zipfile.ZipFile(broken, "w") as part:
        part.writestr("header.json", whole.read("header.json"))
        part.writestr("samples/a1_epoch_1.json", whole.read("samples/a1_epoch_1.json")[:100])
    with pytest.raises(DataError, match=r"broken\.eval, samples/a1_epoch_1\.json, line \d+: not JSON"):
        read(broken)


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    """One flipped byte inside a member is found by its checksum."""
    data = bytearray((DATA / "organs-deflated.eval").read_bytes())
    data[data.index(b"samples/a1_epoch_1.json") + 60] ^= 0xFF
    (tmp_path / "x.eval").write_bytes(data)
    with pytest.raises(DataError, match=r"x\.eval, samples/a1_epoch_1\.json: broken"):
        read(tmp_path / "x.eval")


def test_an_archive_that_unpacks_beyond_bounds_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What an archive would unpack to is looked at before anything is read."""
    monkeypatch.setattr("vqa_eval.predictions.archives.LARGEST_MEMBER", 1_000_000)
    bomb = tmp_path / "bomb.eval"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("header.json", b" " * 1_000_001)
    assert bomb.stat().st_size < 2_000
    with pytest.raises(DataError, match=r"bomb\.eval: unpacks to 1,000,001 bytes"):
        read(bomb)


def test_no_member_is_unpacked_beside_its_archive(tmp_path: Path) -> None:
    """A member whose name leads out of the folder is read like any other or not at all; no file appears."""
    odd = tmp_path / "in" / "odd.eval"
    odd.parent.mkdir()
    with zipfile.ZipFile(DATA / "organs-deflated.eval") as whole, zipfile.ZipFile(odd, "w") as part:
        part.writestr("header.json", whole.read("header.json"))
        part.writestr("samples/../../out.json", whole.read("samples/a1_epoch_1.json"))
    assert ["a1"] == [prediction.id for prediction in read(odd)]
    assert ["in", "odd.eval"] == [path.name for path in sorted(tmp_path.rglob("*"))]
