"""Sample logs of lm-eval: likelihoods and texts of real logs, and what is wrong with broken ones."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from vqa_eval.errors import DataError
from vqa_eval.predictions import Prediction, find

DATA = Path(__file__).parent / "data"
"""Logs that `data/write_lm_eval.py` made lm-eval 0.4.13 write, with a model that has no weights."""


def log(task: str) -> Path:
    """Return the real log of a task."""
    (path,) = DATA.glob(f"samples_{task}_*.jsonl")
    return path


def read(path: Path) -> list[Prediction]:
    """Return the predictions of a file."""
    return list(find("lm_eval").read(path).predictions)


def sample(**changes: Any) -> dict[str, Any]:
    """Return a line of a multiple-choice log with some fields changed."""
    arguments = {
        f"gen_args_{n}": {"arg_0": "Which?", "arg_1": f" {text}"} for n, text in enumerate(("Liver", "Spleen"))
    }
    fields = {
        "doc_id": 0,
        "doc": {},
        "target": "1",
        "arguments": arguments,
        "resps": [[["-2.0", "False"]], [["-1", "True"]]],
    }
    return {**fields, "filter": "none", **changes}


def write(path: Path, *samples: dict[str, Any]) -> Path:
    """Write a log."""
    path.write_text("".join(json.dumps(entry) + "\n" for entry in samples), encoding="utf-8")
    return path


@pytest.mark.parametrize("task", ["organs_mc", "organs_letters"])
def test_the_likeliest_option_is_what_lm_eval_counts(task: str) -> None:
    """On a real log the option with the largest log-probability is right where lm-eval's own `acc` is 1."""
    recorded = [json.loads(line)["acc"] for line in log(task).read_text(encoding="utf-8").splitlines()]
    found = read(log(task))
    right = [float(prediction.logprobs.index(max(prediction.logprobs)) in prediction.correct) for prediction in found]  # type: ignore[type-var]
    assert recorded == right
    assert 0 < sum(right) < len(right)


def test_options_in_full() -> None:
    """Continuations are the options; the log names the task, and the document's question stands without its prompt."""
    first, second, *_ = read(log("organs_mc"))
    assert "organs_mc" == find("lm_eval").read(log("organs_mc")).dataset
    assert ("0", "Which organ is bright?", ("Liver", "Spleen"), (0,)) == (
        first.id,
        first.question,
        first.options,
        first.correct,
    )
    assert ("", (-4.050000000000001, -4.45, -2.95)) == (second.text, second.logprobs)
    assert "CT" == first.cells["modality"]


def test_options_as_letters() -> None:
    """Where letters are measured, the document's own options stand behind them; mutual information is left out."""
    found = read(log("organs_letters"))
    assert [("Liver", "Spleen"), ("Liver", "Spleen", "Lung")] == [prediction.options for prediction in found[:2]]
    assert [2, 3, 3, 2] == [len(prediction.logprobs) for prediction in found]
    assert [(0,), (2,), (1,), (1,)] == [prediction.correct for prediction in found]


def test_generated_text() -> None:
    """Each reply of each question once, whatever the filters; the document's options make it a choice."""
    found = read(log("organs_gen"))
    assert [(str(n), draw) for n in range(4) for draw in (0, 1)] == [(p.id, p.draw) for p in found]
    assert ["The answer is (A).", "The answer is (B).", "", "It could be (A) or (B)."] == [p.text for p in found[::2]]
    assert [(0,), (2,), (1,), (1,)] == [prediction.correct for prediction in found[::2]]


def test_an_open_question_has_references(tmp_path: Path) -> None:
    """Without options in the document, the target is a reference, or a Python list of them."""
    arguments = {"gen_args_0": {"arg_0": "What is it?", "arg_1": {"until": ["\n"]}}}
    lines = [
        sample(doc_id=n, arguments=arguments, resps=[["a liver"]], target=t)
        for n, t in enumerate(("liver", "['a', 'b']"))
    ]
    found = read(write(tmp_path / "samples_x.jsonl", *lines))
    assert [("liver",), ("a", "b")] == [prediction.references for prediction in found]
    assert [("What is it?", "a liver")] * 2 == [(prediction.question, prediction.text) for prediction in found]


def test_older_logs(tmp_path: Path) -> None:
    """Before requests had names they were lists, and likelihoods were numbers."""
    line = sample(
        arguments=[["Which?", " Liver"], ["Which?", " Spleen"]], resps=[[[-2.0, False]], [[-math.inf, False]]]
    )
    (found,) = read(write(tmp_path / "samples_x.jsonl", line))
    assert (("Liver", "Spleen"), (-2.0, -math.inf)) == (found.options, found.logprobs)


def test_options_in_the_contexts(tmp_path: Path) -> None:
    """Where one continuation is measured behind several contexts, what differs in the contexts is the option."""
    arguments = [["The liver and", " is bright"], ["The spleen and", " is bright"]]
    (found,) = read(write(tmp_path / "samples_x.jsonl", sample(arguments=arguments)))
    assert (("liver and", "spleen and"), (1,)) == (found.options, found.correct)


def test_a_likelihood_that_is_no_number_is_not_known(tmp_path: Path) -> None:
    """NaN is no probability: that option's is not known."""
    (found,) = read(write(tmp_path / "samples_x.jsonl", sample(resps=[[["nan", "False"]], [["-1.0", "True"]]])))
    assert (None, -1.0) == found.logprobs


def test_several_right_options_are_no_key(tmp_path: Path) -> None:
    """Where any of several continuations counts as right, a choice of one has no key."""
    (found,) = read(write(tmp_path / "samples_x.jsonl", sample(target="[0, 1]")))
    assert () == found.correct


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"target": "2"}, "line 1, target: '2' is not one of 2 options"),
        ({"target": "-100"}, "line 1, target: '-100' is not one of 2 options"),
        ({"resps": [[["-2.0", "False"]]]}, "line 1, resps: not one list of replies for each of 2 requests"),
        ({"resps": [[["x", "False"]], [[]]]}, "line 1, resps: [['x', 'False']] is no pair"),
        ({"resps": [[], []]}, "line 1, resps: [] is no pair"),
        ({"arguments": {}}, "line 1, arguments: not the requests"),
        ({"arguments": 3}, "line 1, arguments: not the requests"),
        ({"arguments": {"gen_args_0": {"arg_0": "Which?"}}, "resps": [["-3.5"]]}, "line 1: a likelihood of one text"),
        (
            {
                "arguments": {"gen_args_0": {"arg_0": "Which?", "arg_1": {}}},
                "resps": [["A"]],
                "doc": {"choices": ["Liver", "Spleen"]},
                "target": "(C)",
            },
            "line 1, target: '(C)' is not one of 2 options",
        ),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, changes: dict[str, Any], says: str) -> None:
    """A target outside the options, replies that are none and likelihoods of no answer name file and line."""
    with pytest.raises(DataError) as caught:
        read(write(tmp_path / "samples_x.jsonl", sample(**changes)))
    assert f"samples_x.jsonl, {says}" in caught.value.message
    assert caught.value.hint


@pytest.mark.parametrize("field", ["doc_id", "arguments", "resps"])
def test_a_missing_field_is_named(tmp_path: Path, field: str) -> None:
    """A line without a field says which, and what it has."""
    line = sample()
    del line[field]
    with pytest.raises(DataError, match=rf"samples_x\.jsonl, line 1: no field '{field}'; found: '"):
        read(write(tmp_path / "samples_x.jsonl", line))


@pytest.mark.parametrize("broken", ['{"doc_id": 1,', "[1, 2]", "[" * 100_000, '{"doc_id": ' + "9" * 5000 + "}"])
def test_a_broken_line_is_named(tmp_path: Path, broken: str) -> None:
    """A line that was cut off, is no record, nests without end or holds an endless number names its line."""
    path = write(tmp_path / "samples_x.jsonl", sample())
    path.write_text(path.read_text(encoding="utf-8") + broken + "\n", encoding="utf-8")
    with pytest.raises(DataError, match=r"samples_x\.jsonl, line 2"):
        read(path)


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A line longer than any sample is not read to its end."""
    monkeypatch.setattr("vqa_eval.predictions.texts.LARGEST_LINE", 100)
    with pytest.raises(DataError, match=r"samples_x\.jsonl, line 1: longer than 100 characters"):
        read(write(tmp_path / "samples_x.jsonl", sample()))
