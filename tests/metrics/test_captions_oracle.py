"""Caption metrics on real reports against the originals, each sample answered with another one's caption."""

import importlib.util
import shutil
import warnings
from pathlib import Path
from time import process_time
from types import ModuleType

import numpy as np
import pytest
from nltk.translate.bleu_score import sentence_bleu
from rouge_score.rouge_scorer import RougeScorer
from sacrebleu import corpus_bleu

from tests.metrics.captions import ORDERS, answer, number, sample, slidebench
from vqa_eval.metrics import caption, caption_coco, caption_medevalkit, caption_vlmevalkit, meteor
from vqa_eval.metrics.ptb import sentence
from vqa_eval.records import Answer, Sample

Pairs = tuple[list[Sample], list[Answer]]
Texts = dict[int, list[str]]

needs_oracle = pytest.mark.skipif(
    importlib.util.find_spec("pycocoevalcap") is None, reason="pycocoevalcap is not installed"
)


@pytest.fixture(scope="module")
def pairs(shared_data: Path) -> Pairs:
    """Return the captions of SlideBench, each answered with the one 101 rows further on."""
    asked = [found for found, _ in slidebench(shared_data)]
    assert 734 == len(asked)
    return asked, [answer(asked[(at + 101) % len(asked)].references[0]) for at in range(len(asked))]


def test_bleu_equals_sacrebleu(pairs: Pairs) -> None:
    """Corpus BLEU of every order, and the ratio of lengths."""
    asked, said = pairs
    whole = corpus_bleu([reply.text for reply in said], [[one.references[0] for one in asked]], lowercase=True)
    for order in ORDERS:
        expected = whole.bp * np.prod([share / 100 for share in whole.precisions[:order]]) ** (1 / order)
        assert expected == pytest.approx(number(getattr(caption, f"bleu{order}"), asked, said), abs=1e-6)
    assert whole.sys_len / whole.ref_len == pytest.approx(number(caption.length_ratio, asked, said))


def test_rouge_equals_rouge_score(pairs: Pairs) -> None:
    """ROUGE-L of every single sample of a third of them."""
    scorer = RougeScorer(["rougeL"])
    for one, reply in list(zip(*pairs, strict=True))[::3]:
        expected = scorer.score(one.references[0], reply.text)["rougeL"].fmeasure
        assert expected == pytest.approx(caption.rouge_l.score(one, reply), abs=1e-6)


def meets_pycocoevalcap(profile: ModuleType, known: Texts, found: Texts, pairs: Pairs) -> None:
    """Compare BLEU, ROUGE-L and CIDEr-D of a profile with the original's on texts made ready."""
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    bleu, _ = Bleu(4).compute_score(known, found, verbose=0)
    for order in ORDERS:
        assert bleu[order - 1] == pytest.approx(number(getattr(profile, f"bleu{order}"), *pairs), abs=1e-6)
    mean, _ = Rouge().compute_score(known, found)
    assert mean == pytest.approx(number(profile.rouge_l, *pairs), abs=1e-6)
    mean, scores = Cider().compute_score(known, found)
    fitted = profile.cider_d.fit(pairs[0])
    assert mean == pytest.approx(number(fitted, *pairs), abs=1e-6)
    assert list(scores) == pytest.approx([fitted.score(*pair) for pair in zip(*pairs, strict=True)], abs=1e-6)


@needs_oracle
def test_pycocoevalcap_is_met_on_raw_strings(pairs: Pairs) -> None:
    """VLMEvalKit's way: the strings as they are."""
    known = {at: [one.references[0]] for at, one in enumerate(pairs[0])}
    found = {at: [reply.text] for at, reply in enumerate(pairs[1])}
    meets_pycocoevalcap(caption_vlmevalkit, known, found, pairs)


@needs_oracle
@pytest.mark.skipif(shutil.which("java") is None, reason="there is no java on the PATH")
def test_pycocoevalcap_is_met_after_its_tokenizer(pairs: Pairs) -> None:
    """The whole COCO protocol: raw captions through Stanford's tokenizer, in Java, into the measures."""
    from pycocoevalcap.tokenizer.ptbtokenizer import PTBTokenizer

    asked, said = pairs
    try:
        known = PTBTokenizer().tokenize({at: [{"caption": one.references[0]}] for at, one in enumerate(asked)})
        found = PTBTokenizer().tokenize({at: [{"caption": reply.text}] for at, reply in enumerate(said)})
    except PermissionError:
        pytest.skip("pycocoevalcap writes beside its jar, which is read-only here")
    meets_pycocoevalcap(caption_coco, known, found, pairs)


def test_medevalkits_bleu_equals_nltk(pairs: Pairs) -> None:
    """The mean of nltk's sentence BLEU on its words, where empty replies are skipped but divided by."""
    asked, said = pairs
    said = [*said[:-10], *[Answer("empty")] * 10]
    texts = [(one.references[0], reply.text) for one, reply in zip(asked, said, strict=True)]
    words = [[[*filter(None, text.lower().replace(".", " .").split(" "))] for text in pair] for pair in texts]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for order in ORDERS:
            scores = [sentence_bleu([known], found, weights=[1 / order] * order) for known, found in words if found]
            ours = number(getattr(caption_medevalkit, f"bleu{order}"), asked, said)
            assert sum(scores) / len(asked) == pytest.approx(ours, abs=1e-6)


def test_medevalkits_rouge_equals_the_package(pairs: Pairs) -> None:
    """The number that `rouge` 1.0.1 gave for these pairs."""
    assert 0.24165916728092474 == pytest.approx(number(caption_medevalkit.rouge_l, *pairs), abs=1e-6)


def test_marking_is_cheap(pairs: Pairs) -> None:
    """All default metrics of 734 reports take seconds, a thousand replicates of BLEU less than one."""
    asked, said = pairs
    caption.tokens.cache_clear()
    caption.words.cache_clear()
    begun = process_time()
    for name in ("bleu1", "bleu2", "bleu3", "bleu4", "rouge_l", "cider_d", "length_ratio"):
        number(getattr(caption, name), asked, said)
    assert 6 > process_time() - begun
    units = np.array([caption.bleu4.unit(*pair) for pair in zip(asked, said, strict=True)])  # type: ignore[misc]
    places = np.random.default_rng(0).integers(len(units), size=(1000, len(units)))
    begun = process_time()
    assert all(caption.bleu4.pool(units[drawn]) for drawn in places)  # type: ignore[misc]
    assert 1 > process_time() - begun


def test_meteor_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without pycocoevalcap, and without Java, METEOR says what to install."""
    meteor.missing.cache_clear()
    for failure, expected in ((ImportError, "pip install"), (FileNotFoundError, "Java")):

        def fails(failure: type[Exception] = failure) -> None:
            raise failure

        monkeypatch.setattr(meteor, "_program", fails)
        assert expected in meteor.missing()
        meteor.missing.cache_clear()


@needs_oracle
def test_meteor_equals_the_original() -> None:
    """Scores of samples, and the number of the corpus from their sums; empty and perfect captions among them."""
    if meteor.missing():
        pytest.skip(meteor.missing())
    rows = (
        ("the tumor is a high grade carcinoma", "the tumour was a high-grade carcinoma of the lung"),
        ("margins are free", "margins are free"),
        ("", "no metastasis is seen"),
        ("lung", "liver", "the lung"),
        ("kidney stones", "brain"),
    )
    asked = [sample(str(at), *references) for at, (_, *references) in enumerate(rows)]
    said = [answer(text) for text, *_ in rows]
    known = {at: [sentence(reference) for reference in one.references] for at, one in enumerate(asked)}
    original = meteor._running()
    mean, scores = original.compute_score(known, {at: [sentence(reply.text)] for at, reply in enumerate(said)})
    ours = [caption_coco.meteor.score(*pair) for pair in zip(asked, said, strict=True)]
    assert scores == pytest.approx(ours, abs=1e-6)
    assert mean == pytest.approx(number(caption_coco.meteor, asked, said), abs=1e-6)
