"""Caption metrics as VLMEvalKit computes them: pycocoevalcap on the strings as they are.

Source: VLMEvalKit e8e78f0, vlmeval/dataset/image_caption.py: neither PTBTokenizer nor lower case, so that
"Tumor", "tumor" and "tumor." are three words.  It prints all numbers times 100, also CIDEr.
"""

from vqa_eval.metrics import cider, coco
from vqa_eval.metrics.ngrams import ORDERS, Tokens

PROFILE = "vlmevalkit-raw"

_SETTING = "case:mixed|tok:none|as:pycocoevalcap-1.2|impl:own"


def _words(text: str) -> Tokens:
    return tuple(text.split())


def _pieces(text: str) -> Tokens:
    # ROUGE-L cuts at every single space: of two together one is an empty word, a line break is part of a word.
    return tuple(text.split(" ")) if text.strip() else ()


bleu1, bleu2, bleu3, bleu4 = (coco.bleu("caption_vlmevalkit", order, _words, _SETTING) for order in ORDERS)
rouge_l = coco.rouge_l("caption_vlmevalkit", _pieces, _SETTING)
cider_d = cider.measure("caption_vlmevalkit", _words, _SETTING)
