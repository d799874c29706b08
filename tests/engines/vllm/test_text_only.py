"""A model that reads text alone on questions shaped as ProteinLMBench's, from the command to the board."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.cli.typed import vqa_eval
from tests.engines.vllm.opening import NEEDS_VLLM
from vqa_eval.store import FILE

pytestmark = [*NEEDS_VLLM]

ROWS = 18
LONG = 5
"""Number of the row whose question is longer than the model can place."""
VLLM_OPTIONS = ["--engine-options", "enforce_eager=true,max_model_len=2048", "--batch-size", "16"]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory, checkpoint: Callable[[str], Path]) -> dict[str, Path]:
    """Return the folders of two runs on the same questions: through transformers, and through vLLM."""
    folder = tmp_path_factory.mktemp("text-only")
    model, home = checkpoint("qwen2"), str(folder / "home")
    rows = [
        {
            "question": f"Which of these binds to protein {number}?" + " Again:" * (2000 if number == LONG else 0),
            # From two options to ten, so that the label 1 begins the label 10.
            "options": [f"option {place}: the ligand {number}-{place}" for place in range(1, 3 + number % 9)],
            "answer": f"option {1 + number % 2}",
            "explanation": "",
        }
        for number in range(ROWS)
    ]
    table = folder / "ProteinLMBench.json"
    table.write_text(json.dumps(rows), encoding="utf-8")
    added = vqa_eval("data", "add", "proteinlmbench", str(table), cwd=folder, VQA_EVAL_HOME=home)
    assert 0 == added.returncode, added.stdout + added.stderr
    for name, words in {"transformers": [str(model)], "vllm": [f"vllm:{model}", *VLLM_OPTIONS]}.items():
        asked = ["--tree", "benchmark/proteinlmbench", "--channels", "text,choice,logprobs", "--dtype", "float32"]
        sampling = ["--sampling", "max_tokens=16", "--out", name]
        done = vqa_eval("--model", *words, *asked, *sampling, cwd=folder, VQA_EVAL_HOME=home)
        # The prompt that is too long has no reply, so neither run is whole.
        assert 1 == done.returncode, done.stdout + done.stderr
    return {name: folder / name for name in ("transformers", "vllm")}


def replies(run: Path, variant: str) -> dict[str, dict[str, Any]]:
    """Return the replies of a run by sample."""
    base = sqlite3.connect(run / FILE)
    base.row_factory = sqlite3.Row
    found = base.execute("SELECT * FROM asks JOIN replies USING (key) WHERE variant = ?", (variant,)).fetchall()
    base.close()
    return {row["sample"]: dict(row) for row in found}


def test_the_long_prompt_alone_is_a_fault(runs: dict[str, Path]) -> None:
    """In each channel and engine one sample failed and the others are answered."""
    for run in runs.values():
        for variant in ("plain", "choice", "logprobs"):
            told = replies(run, variant)
            (fault,) = (json.loads(reply["fault"]) for reply in told.values() if reply["fault"])
            assert ("rejected", ROWS) == (fault["kind"], len(told))


def test_both_engines_say_the_same(runs: dict[str, Path]) -> None:
    """The same labels are chosen, and each label is as likely, ten of them being the most."""
    for variant in ("choice", "logprobs"):
        here, within = (replies(run, variant) for run in runs.values())
        whole = [sample for sample, reply in here.items() if not reply["fault"]]
        assert ROWS - 1 == len(whole)
        assert [here[sample]["text"] for sample in whole] == [within[sample]["text"] for sample in whole]
        assert [here[sample]["prompt_tokens"] for sample in whole] == [within[s]["prompt_tokens"] for s in whole]
        if variant == "logprobs":
            values = [(json.loads(here[s]["logprobs"]), json.loads(within[s]["logprobs"])) for s in whole]
            assert 10 == max(len(one) for one, _ in values)
            for one, other in values:
                assert one == pytest.approx(other, abs=1e-4)


def test_both_boards_are_the_same(runs: dict[str, Path]) -> None:
    """No number depends on the engine, in any channel; the fault is missing, and not a wrong answer."""
    here, within = (json.loads((run / "board.json").read_text(encoding="utf-8"))["figures"] for run in runs.values())
    counts, others = ({one["figure"]: (one["n"], one["missing"]) for one in figures} for figures in (here, within))
    assert counts == others
    assert (ROWS - 1, 1) == counts["free text"]
    assert len(counts) > 2
    # Measures of the log-probabilities follow the last bits of their sums.
    assert [one["value"] for one in here] == pytest.approx([one["value"] for one in within], abs=1e-5)
