"""How metrics are called in tables: the field's own spelling of their names."""

import re

_SPELLINGS = {
    "rouge l": "ROUGE-L",
    "cider d": "CIDEr-D",
    "meteor": "METEOR",
    "f1": "F1",
    "iou": "IoU",
    "auc": "AUC",
    "mcc": "MCC",
    "ece": "ECE",
    "auroc": "AUROC",
    "aurc": "AURC",
    "brier": "Brier",
    "snp": "SNP",
}
_WORDS = re.compile(rf"\b(?:{'|'.join(_SPELLINGS)})\b")


def term(metric: str) -> str:
    """Return the term of a metric's full name: "BLEU-4" of "caption.bleu4"."""
    plain = metric.partition(".")[2].replace("_", " ")
    plain = re.sub(r"\bbleu(\d)\b", r"BLEU-\1", plain)
    return _WORDS.sub(lambda found: _SPELLINGS[found[0]], plain)
