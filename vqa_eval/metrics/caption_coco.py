"""Caption metrics of the COCO protocol: Penn Treebank tokens, then pycocoevalcap's measures.

The tokens are our own (`ptb`), so that no Java is needed; METEOR alone asks for it.
"""

from vqa_eval.metrics import cider, coco, ptb
from vqa_eval.metrics.meteor import measure
from vqa_eval.metrics.ngrams import ORDERS, Tokens

PROFILE = "coco-ptb"

_SETTING = f"case:lc|tok:ptb.v{ptb.VERSION}|as:pycocoevalcap-1.2|impl:own"


def _words(text: str) -> Tokens:
    return tuple(ptb.sentence(text).split())


def _pieces(text: str) -> Tokens:
    # ROUGE-L keeps a token whole that holds a no-break space; the other measures cut it.
    return tuple(filter(None, ptb.sentence(text).split(" ")))


bleu1, bleu2, bleu3, bleu4 = (coco.bleu("caption_coco", order, _words, _SETTING) for order in ORDERS)
rouge_l = coco.rouge_l("caption_coco", _pieces, _SETTING)
cider_d = cider.measure("caption_coco", _words, _SETTING)
meteor = measure("caption_coco", ptb.sentence, _SETTING)
