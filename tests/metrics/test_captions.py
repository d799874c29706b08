"""Caption metrics on a small corpus: the originals' numbers, and what holds of every profile and every text."""

import subprocess
import sys
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu, sentence_bleu
from sacrebleu.tokenizers.tokenizer_zh import TokenizerZh

from tests.metrics.captions import ORDERS, PROFILES, UNFITTED, answer, number, sample
from vqa_eval.metrics import caption, caption_coco, caption_medevalkit, caption_vlmevalkit
from vqa_eval.metrics.metric import Metric
from vqa_eval.records import Answer

# What was said of five pictures, one of them refused, and one with two references.
CORPUS = (
    (
        "The tumor is a high-grade serous carcinoma. Margins are free of tumor.",
        "High-grade serous carcinoma of the ovary, 3.5 cm. The margins are free of tumor.",
    ),
    (
        "No evidence of metastasis in 12 lymph nodes (0/12).",
        "Twelve lymph nodes show no evidence of metastasis (0/12).",
        "There is no metastasis in the 12 lymph nodes.",
    ),
    (
        "Invasive ductal carcinoma, grade 2, ER+ and HER2-negative",
        "Invasive ductal carcinoma of the breast, Nottingham grade 2; ER positive, HER2-negative.",
    ),
    ("", "The gastric mucosa shows chronic gastritis with Helicobacter."),
    ("Lung.", "Lung adenocarcinoma, acinar-predominant, invading the pleura."),
)

# Computed by pycocoevalcap 1.2 (for coco after its PTBTokenizer), and by nltk 3.10.4 with rouge 1.0.1.
GOLDEN = {
    "caption_coco.bleu1": 0.4917633880300347,
    "caption_coco.bleu2": 0.4206020645224817,
    "caption_coco.bleu3": 0.3403772440995261,
    "caption_coco.bleu4": 0.2336666692782683,
    "caption_coco.rouge_l": 0.43278123148447756,
    "caption_coco.cider_d": 2.3315885942961487,
    "caption_vlmevalkit.bleu1": 0.3007976886317547,
    "caption_vlmevalkit.bleu2": 0.23509600119176485,
    "caption_vlmevalkit.bleu3": 0.15641446385496643,
    "caption_vlmevalkit.bleu4": 0.10038917631288177,
    "caption_vlmevalkit.rouge_l": 0.22267092806012134,
    "caption_vlmevalkit.cider_d": 1.1310464654769041,
    "caption_medevalkit.bleu1": 0.3967759313918114,
    "caption_medevalkit.bleu2": 0.3099912679063549,
    "caption_medevalkit.bleu3": 0.22314656560157572,
    "caption_medevalkit.bleu4": 0.1659478878171718,
    "caption_medevalkit.rouge_l": 0.42047618703333905,
}

ASKED = [sample(str(at), *references) for at, (_, *references) in enumerate(CORPUS)]
SAID = [answer(text) for text, *_ in CORPUS]

text = st.text(max_size=40)
spoken = st.text(alphabet="abcd .,-'7é左肺", min_size=1, max_size=30)
words = st.sampled_from(["the", "tumor", "lung", "is", "of", "a", "grade", "high", "free"])
sentence = st.lists(words, min_size=4, max_size=12).map(" ".join)
every_metric = pytest.mark.parametrize("metric", UNFITTED, ids=lambda metric: metric.name)


def one(metric: Metric, said: Answer, *references: str) -> float | None:
    """Return the score of one answer, in a corpus with two other samples."""
    first, *others = sample("1", *references), sample("2", "the spleen is large"), sample("3", "no fracture is seen")
    return (metric.fit([first, *others]) if metric.fit else metric).score(first, said)


@pytest.mark.parametrize(("name", "expected"), GOLDEN.items())
def test_profiles_meet_the_originals(name: str, expected: float) -> None:
    """On the small corpus every profile says what the software says that it is named after."""
    found = number(next(metric for metric in UNFITTED if metric.name == name), ASKED, SAID)
    assert expected == pytest.approx(found, abs=1e-6)


def test_default_bleu_is_sacrebleus() -> None:
    """BLEU of every order comes from one set of sums, with several references; a sample's is `sentence_bleu`."""
    streams = [[references[0] for _, *references in CORPUS], [[*references, None][1] for _, *references in CORPUS]]
    whole = corpus_bleu([said for said, *_ in CORPUS], streams, lowercase=True)
    shares = [share / 100 for share in whole.precisions]
    for order in ORDERS:
        expected = whole.bp * np.prod(shares[:order]) ** (1 / order)
        assert expected == pytest.approx(number(getattr(caption, f"bleu{order}"), ASKED, SAID), abs=1e-9)
    assert whole.sys_len / whole.ref_len == number(caption.length_ratio, ASKED, SAID)
    for said, *references in CORPUS:
        expected = sentence_bleu(said, references, lowercase=True).score / 100 if said else 0.0
        assert expected == pytest.approx(caption.bleu4.score(sample("x", *references), answer(said)), abs=1e-9)


@pytest.mark.parametrize("text", ["axial", "left upper lobe", "no acute abnormality of the chest"])
def test_no_bleu_is_above_one(text: str) -> None:
    """What is said word for word scores 1 and not a digit more, of one sample and of many."""
    for order in ORDERS:
        metric = getattr(caption, f"bleu{order}")
        assert 1.0 == pytest.approx(metric.score(sample("x", text), answer(text)))
        assert metric.score(sample("x", text), answer(text)) <= 1.0


def test_default_rouge_is_rouge_scores() -> None:
    """ROUGE-L is the F1 with the best reference."""
    scorer = RougeScorer(["rougeL"])
    for said, *references in CORPUS:
        expected = scorer.score_multi(references, said)["rougeL"].fmeasure
        assert expected == pytest.approx(caption.rouge_l.score(sample("x", *references), answer(said)), abs=1e-9)


@given(st.text(alphabet=st.characters(max_codepoint=127), max_size=40), st.text(alphabet="ab cB.9_-", max_size=20))
def test_ascii_words_are_rouge_scores(said: str, reference: str) -> None:
    """For ASCII text the words of ROUGE-L are those of rouge-score, and so is F1."""
    expected = RougeScorer(["rougeL"]).score(reference, said)["rougeL"].fmeasure
    found = caption.rouge_l.score(sample("x", reference), answer(said))
    assert expected == (0.0 if found is None else pytest.approx(found))


def test_settings_say_what_a_number_depends_on() -> None:
    """The setting is in sacrebleu's form, with the version that is installed; a fitted metric names its documents."""
    assert (
        f"case:lc|tok:13a|norm:nfkc+ws+chars.v1|smooth:exp|empty:0|nrefs:var|impl:sacrebleu-{version('sacrebleu')}"
        == caption.bleu4.setting
    )
    assert "df:none" in caption.cider_d.setting.split("|")
    assert caption.cider_d.fit is not None
    fitted = caption.cider_d.fit(ASKED)
    assert "df:corpus(n=5)" in fitted.setting.split("|")
    assert fitted.fit is None
    assert ["default", "coco-ptb", "vlmevalkit-raw", "medevalkit"] == [profile.PROFILE for profile in PROFILES]
    assert len({metric.setting for metric in UNFITTED if metric.name.endswith("bleu4")}) == len(PROFILES)


def test_a_metric_that_is_not_fitted_scores_nothing() -> None:
    """CIDEr-D without document frequencies is no number."""
    for metric in (caption.cider_d, caption_coco.cider_d, caption_vlmevalkit.cider_d):
        assert metric.score(ASKED[0], SAID[0]) is None


@every_metric
@pytest.mark.parametrize("status", ["refused", "hedged", "truncated", "empty", "unparsed"])
def test_no_answer_scores_zero(metric: Metric, status: str) -> None:
    """A reply that is no answer scores 0 whatever it carries, and its references are counted."""
    reply = Answer(status, text="the tumor is free")
    assert 0.0 == one(metric, reply, "the tumor is free")
    if metric.unit:
        unit = metric.unit(sample("1", "the tumor is free"), reply)
        assert unit is not None
        assert (0.0, 4.0) == unit[:2]


@every_metric
def test_without_key_nothing_is_scored(metric: Metric) -> None:
    """A sample without references has no score, which is not a zero."""
    assert one(metric, answer("lung")) is None
    assert metric.unit is None or metric.unit(sample("1"), answer("lung")) is None


def test_answers_without_hits_lower_a_corpus() -> None:
    """An empty answer costs BLEU by its reference's length, and only by that."""
    full = [answer("the margins are free of tumor"), answer("the lung is clear of tumor")]
    asked = [sample("1", "the margins are free of tumor"), sample("2", "the lung is clear of tumor")]
    assert 1.0 == pytest.approx(number(caption.bleu4, asked, full))
    assert np.exp(1 - 12 / 6) == pytest.approx(number(caption.bleu4, asked, [full[0], Answer("empty")]))
    assert 0.5 == number(caption.length_ratio, asked, [full[0], Answer("empty")])


@pytest.mark.parametrize(
    ("said", "reference"),
    [
        ("左肺有结节", "左肺有结节。"),
        ("ปอดปกติ", "ปอดปกติ"),
        ("лёгкие чистые", "Лёгкие чистые"),
        ("फेफड़े साफ हैं", "फेफड़े साफ हैं"),
        ("肺に結節", "肺に結節がある"),
    ],
)
def test_no_script_is_emptied(said: str, reference: str) -> None:
    """Text in any script scores by what it shares, under the default profile."""
    for metric in (caption.bleu1, caption.rouge_l, caption.length_ratio):
        found = metric.score(sample("x", reference), answer(said))
        assert found is not None
        assert found > 0.4
    assert caption.tokens(said)
    assert caption.words(said)


def test_chinese_is_split_as_sacrebleu_splits_it() -> None:
    """For Chinese with Latin terms the tokens are those of sacrebleu's zh tokenizer."""
    for said in ("左肺上叶见3.5 cm结节,边界清楚", "HER2阳性(3+)、Ki-67约20%", "未见异常"):
        assert tuple(TokenizerZh()(said.lower()).split()) == caption.tokens(said)


def test_what_a_profile_would_empty_is_refused() -> None:
    """Where the original's tokenizer would leave nothing of a text, there is no score rather than a zero."""
    rare = "\U00020000\U00020001"  # Han of a plane that Stanford's tokenizer drops.
    assert caption_coco.bleu1.score(sample("x", "lung"), answer(rare)) is None
    assert caption_coco.bleu1.score(sample("x", rare), answer("lung")) is None
    assert caption.rouge_l.score(sample("x", "+++"), answer("+++")) is None
    assert 0.0 == caption.rouge_l.score(sample("x", "lung"), answer("+++"))
    assert 1.0 == caption.rouge_l.score(sample("x", rare), answer(rare))


def test_medevalkit_compares_sets_of_words() -> None:
    """Its ROUGE-L takes the words of common subsequences of sentences, each word once."""
    score = caption_medevalkit.rouge_l.score(
        sample("x", "tumor of the lung. tumor free margins"), answer("Tumor tumor lung")
    )
    precision, recall = 2 / 2, 2 / 6
    assert 2 * precision * recall / (precision + recall) == pytest.approx(score, abs=1e-6)


def test_vlmevalkit_compares_raw_strings() -> None:
    """Case and punctuation make other words, and of two spaces together one is a word."""
    assert 0.0 == pytest.approx(caption_vlmevalkit.bleu1.score(sample("x", "Tumor."), answer("tumor")), abs=1e-6)
    assert 0.0 < (caption_vlmevalkit.rouge_l.score(sample("x", "a  b"), answer("c  d")) or 0.0)


@every_metric
@settings(max_examples=25, deadline=None)
@given(said=text, reference=text)
def test_any_text_can_be_scored(metric: Metric, said: str, reference: str) -> None:
    """No text is an error; a score lies between 0 and the metric's top."""
    found = one(metric, answer(said), reference)
    if found is not None:
        assert 0.0 <= found <= (metric.top or float("inf")) + 1e-9


@every_metric
@settings(max_examples=25, deadline=None)
@given(reference=sentence, other=sentence)
def test_a_perfect_caption_has_the_largest_score(metric: Metric, reference: str, other: str) -> None:
    """The reference itself scores the top, and no other text scores more."""
    perfect, less = one(metric, answer(reference), reference), one(metric, answer(other), reference)
    assert perfect is not None
    assert less is not None
    if metric.name == "caption.length_ratio":
        assert 1.0 == perfect
    else:
        assert perfect >= less - 1e-9
        assert metric.top is None or metric.top == pytest.approx(perfect, abs=1e-6)


@every_metric
@settings(max_examples=20, deadline=None)
@given(rows=st.lists(st.tuples(spoken, spoken), min_size=2, max_size=5), data=st.data())
def test_order_of_samples_does_not_matter(metric: Metric, rows: Sequence[tuple[str, str]], data: st.DataObject) -> None:
    """A number is that of a set of samples, in whatever order they come."""
    pairs = [(sample(str(at), reference), answer(said)) for at, (said, reference) in enumerate(rows)]
    mixed = data.draw(st.permutations(pairs))
    found = number(metric, [asked for asked, _ in pairs], [said for _, said in pairs])
    again = number(metric, [asked for asked, _ in mixed], [said for _, said in mixed])
    assert found == (again if found is None else pytest.approx(again, abs=1e-12))


@every_metric
@settings(max_examples=20, deadline=None)
@given(said=sentence, references=st.lists(sentence, min_size=1, max_size=3))
def test_a_pool_of_one_is_its_own_score(metric: Metric, said: str, references: list[str]) -> None:
    """A corpus of one sample has that sample's score."""
    if metric.pool is None or metric.unit is None:
        assert metric.unit is None
        return
    asked, reply = sample("x", *references), answer(said)
    assert metric.score(asked, reply) == pytest.approx(metric.pool(np.array([metric.unit(asked, reply)])), abs=1e-12)


def test_modules_load_without_libraries() -> None:
    """Importing the profiles imports no library that is slow to load."""
    code = (
        "import sys, vqa_eval.metrics.caption, vqa_eval.metrics.caption_coco, vqa_eval.metrics.caption_vlmevalkit,"
        "vqa_eval.metrics.caption_medevalkit, vqa_eval.metrics.caption_floors;"
        "sys.exit(bool({'numpy', 'sacrebleu', 'nltk', 'rouge_score', 'pycocoevalcap'} & set(sys.modules)))"
    )
    assert 0 == subprocess.run([sys.executable, "-c", code], check=False).returncode
