"""Texts are counted by the model's own tokenizer where it lies here, and by length where it does not."""

import json
from pathlib import Path

import pytest

from vqa_eval.engines import ModelRef
from vqa_eval.pipeline.tokenizing import BY_LENGTH, counter
from vqa_eval.records import ModelCard

WORDS = {
    "version": "1.0",
    "pre_tokenizer": {"type": "Whitespace"},
    "model": {"type": "WordLevel", "vocab": {"[UNK]": 0, "lung": 1}, "unk_token": "[UNK]"},
}
"""A tokenizer whose tokens are words."""


def ref(location: str, scheme: str = "transformers") -> ModelRef:
    """Return a model that lies there."""
    return ModelRef(location, scheme, location, ModelCard(location, location))


def test_a_folder_counts_by_its_own_tokenizer(tmp_path: Path) -> None:
    """`tokenizer.json` beside the weights is read without loading a model."""
    pytest.importorskip("tokenizers", reason="comes with vqa-eval[transformers]")
    (tmp_path / "tokenizer.json").write_text(json.dumps(WORDS))
    found = counter(ref(str(tmp_path)), tmp_path / "home")
    assert (4, "the model's own tokenizer") == (found.tokens("Which lung is it"), found.words)


def test_a_model_built_here_counts_by_its_own_tokenizer(tmp_path: Path) -> None:
    """Checkpoints that are built here lie in the home folder."""
    pytest.importorskip("tokenizers", reason="comes with vqa-eval[transformers]")
    folder = tmp_path / "models" / "tiny"
    folder.mkdir(parents=True)
    (folder / "tokenizer.json").write_text(json.dumps(WORDS))
    assert 2 == counter(ref("tiny"), tmp_path).tokens("lung here")


@pytest.mark.parametrize("location", ["any", "org/name-that-nobody-fetched", "no such/../name"])
def test_others_count_by_length(location: str, tmp_path: Path) -> None:
    """Four characters a token, labelled as such, the last one begun counted; nothing is fetched."""
    for scheme in ("openai", "transformers"):
        found = counter(ref(location, scheme), tmp_path)
        assert BY_LENGTH is found
    assert (0, 1, 2, "4 characters a token") == (*map(BY_LENGTH.tokens, ("", "four", "five5")), BY_LENGTH.words)


def test_a_damaged_tokenizer_is_passed_over(tmp_path: Path) -> None:
    """A file that cannot be read leaves the rule of thumb; the run itself says what is wrong."""
    (tmp_path / "tokenizer.json").write_text("{")
    assert BY_LENGTH is counter(ref(str(tmp_path)), tmp_path / "home")
