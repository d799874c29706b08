"""Labels as tokens: how they are spelled after a prompt, kept to, and weighed against each other."""

import math
from collections.abc import Sequence
from typing import Any

import pytest

from vqa_eval.engines.transformers.spelling import Along, OnlyLabels, Spelling, log_probabilities, spell

pytestmark = pytest.mark.engine

END = 9
NUMBERS = Spelling(("1", "10", "2", "100"), ((1,), (1, 0), (2,), (1, 0, 0)))
"""Ten digits as tokens; 9 ends the reply."""


def trained(pre_tokenizer: Any, decoder: Any, words: Sequence[str]) -> Any:
    """Return a byte-pair tokenizer that knows the words, each as often as it is needed to become one token."""
    from tokenizers import Tokenizer, models, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer, tokenizer.decoder = pre_tokenizer, decoder
    tokenizer.train_from_iterator(list(words) * 5, trainers.BpeTrainer(vocab_size=400, show_progress=False))
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer)


def words_of(tokenizer: Any, spelling: Spelling) -> list[list[str]]:
    """Return the tokens of each label as the vocabulary writes them."""
    return [tokenizer.convert_ids_to_tokens(list(tokens)) for tokens in spelling.tokens]


def test_a_label_is_spelled_without_a_space_before_it() -> None:
    """A tokenizer that puts a space before a lone word spells the label as it stands right after the prompt."""
    from tokenizers import decoders, pre_tokenizers

    marks = {"replacement": "▁", "prepend_scheme": "first"}
    corpus = ["ASSISTANT: A", "USER: Which?", "A"]
    tokenizer = trained(pre_tokenizers.Metaspace(**marks), decoders.Metaspace(**marks), corpus)
    assert ["▁A"] == tokenizer.tokenize("A")
    assert [["A"]] == words_of(tokenizer, spell(tokenizer, "USER: Which? ASSISTANT:", ("A",)))


def test_a_label_that_would_melt_into_the_prompt_is_spelled_alone() -> None:
    """After a prompt that ends in a space, which is a token already, the label is what can still be said."""
    from tokenizers import decoders, pre_tokenizers

    split = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer = trained(split, decoders.ByteLevel(), ["answer: lung", "\nlung", "answer: "])
    assert "Ġlung" == tokenizer.tokenize("answer: lung")[-1]
    assert [["lung"]] == words_of(tokenizer, spell(tokenizer, "answer: ", ("lung",)))


def test_a_label_that_cannot_be_written_is_said() -> None:
    """Where a label's letters are not in the vocabulary nothing else is weighed in its place."""
    from tokenizers import decoders, pre_tokenizers

    tokenizer = trained(pre_tokenizers.Metaspace(), decoders.Metaspace(), ["answer:", "A"])
    with pytest.raises(ValueError, match="cannot write the label 'Ω'"):
        spell(tokenizer, "answer:", ("Ω",))


def test_each_row_goes_on_as_its_own_labels_do() -> None:
    """At every step a row keeps the tokens that continue a label, and the end where a label is whole."""
    import torch

    only = OnlyLabels([NUMBERS, NUMBERS, Spelling(("4",), ((4,),)), NUMBERS], 2, {END})
    said = torch.tensor([[7, 7, 1], [7, 7, 2], [7, 7, 4], [7, 7, 1]])
    scores = torch.arange(40.0).reshape(4, 10)
    for now, allowed in ((said[:, :2], [{1, 2}, {1, 2}, {4}, {1, 2}]), (said, [{0, END}, {END}, {END}, {0, END}])):
        kept = only(now, scores)
        assert allowed == [set(row.isfinite().nonzero().flatten().tolist()) for row in kept]
        assert kept[kept.isfinite()].equal(scores[kept.isfinite()])


def test_scores_that_are_no_numbers_choose_nothing() -> None:
    """A model whose scores overflowed is an error, not a label."""
    import torch

    with pytest.raises(ValueError, match="not numbers"):
        OnlyLabels([NUMBERS], 0, {END})(torch.empty((1, 0), dtype=torch.long), torch.full((1, 10), float("nan")))


def test_rows_follow_their_own_way() -> None:
    """Each row is made to say its tokens; past them it repeats its last one."""
    import torch

    along = Along([(1, 0), (2,)], 1)
    said = torch.tensor([[7, 1], [7, 2]])
    assert [1, 2] == along(said[:, :1], torch.zeros(2, 10)).argmax(dim=-1).tolist()
    assert [0, 2] == along(said, torch.zeros(2, 10)).argmax(dim=-1).tolist()


@pytest.mark.parametrize(
    ("row", "label", "tokens"), [([1, END], "1", 1), ([1, 0, END], "10", 2), ([1, 0, 0], "100", 3)]
)
def test_the_longest_label_is_read(row: list[int], label: str, tokens: int) -> None:
    """What a row spells is read to its end."""
    assert (label, tokens) == NUMBERS.read(row)


def test_no_label_is_read_where_none_stands() -> None:
    """A row that spells no label is an error."""
    with pytest.raises(ValueError, match="spell none of the labels"):
        NUMBERS.read([5, END])


def test_one_pass_shows_all_beginnings_on_its_way() -> None:
    """Labels of one token need no way; of several, only the longest beginnings are walked."""
    assert [()] == Spelling(("A", "B"), ((1,), (2,))).beginnings()
    assert [(1, 0)] == NUMBERS.beginnings()
    assert [(1,), (3,)] == Spelling(("x", "y", "z"), ((1, 2), (3, 2), (1, 3))).beginnings()


def test_a_label_excludes_the_longer_ones() -> None:
    """With labels 1, 10, 100 and 2 every reply begins with one of them or with none, and the shares say so."""
    import torch

    # A digit's probability after each beginning.
    after = {
        (): {1: 0.5, 2: 0.3, 3: 0.2},
        (1,): {0: 0.4, 5: 0.5, END: 0.1},
        (1, 0): {0: 0.25, END: 0.75},
    }
    seen = {}
    for said, shares in after.items():
        seen[said] = torch.full((10,), float("-inf"))
        for token, share in shares.items():
            seen[said][token] = math.log(share)
    expected = [0.5 * 0.6, 0.5 * 0.4 * 0.75, 0.3, 0.5 * 0.4 * 0.25]
    assert expected == pytest.approx([math.exp(value) for value in log_probabilities(NUMBERS, seen)])
    assert 0.8 == pytest.approx(sum(expected))


def test_scores_that_are_no_numbers_weigh_nothing() -> None:
    """A model whose scores overflowed is an error, not a row of missing values."""
    import torch

    with pytest.raises(ValueError, match="not numbers"):
        log_probabilities(Spelling(("A",), ((1,),)), {(): torch.full((10,), float("nan"))})
